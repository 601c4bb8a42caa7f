"""A real server and a real browser: Chromium, headless, against the page of a process of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import PROGRAM, environment

SECONDS = 60
REQUIRED = "chromium" in os.environ.get("ALPR_POLICY_TESTS_REQUIRE", "").replace(",", " ").split()
FLAGS = (
    "--no-sandbox",  # nobody else's pages are shown, and the root user has no sandbox
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
DEPARTMENTS = ("waltham", "cambridge")


def chromium() -> str:
    """Return where Chromium is; skips the test where it is not, or fails where it must be."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        told = "Chromium is not on this machine: install the system package `chromium`"
        if REQUIRED:
            pytest.fail(told)
        pytest.skip(told)
    return found


@contextmanager
def page_server(*words: str, departments: tuple[str, ...] = DEPARTMENTS) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve the page on a free port; give its address and the lines of the server's log as they come."""
    named = [word for name in departments for word in ("--profile", name)]
    command = [*PROGRAM, "serve", "--port", "0", "--page", *named, *words]
    process = subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stderr is not None
    first = process.stderr.readline()
    try:
        lines: list[dict[str, Any]] = [json.loads(first)]
    except ValueError:
        pytest.fail(f"the server did not begin: {(first + process.stderr.read()).decode()}")
    stream = process.stderr
    reader = threading.Thread(target=lambda: lines.extend(json.loads(one) for one in stream), daemon=True)
    reader.start()
    try:
        yield lines[0]["url"], lines
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        finally:
            process.kill()
        reader.join(SECONDS)
        stream.close()


class Tab:
    """One page in the browser. Whatever it says on its console as an error, or loads from elsewhere, is kept."""

    def __init__(self, browser: Any, url: str, *, width: int = 1280, dark: bool = False) -> None:
        """Open a window on a server."""
        scheme = "dark" if dark else "light"
        self.context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.context.set_default_timeout(15_000)
        self.url, self.page = url, self.context.new_page()
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._asked)

    def _said(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.url, "data:", "blob:", self.url.replace("http", "ws", 1))):
            self.elsewhere.append(request.url)

    def go(self, path: str = "/") -> Any:
        """Open a part of the page, and wait until its socket answers."""
        self.page.goto(f"{self.url}/page{path}")
        self.page.wait_for_function("() => window.socket && window.socket.connected")
        return self.page

    def shot(self, name: str) -> None:
        """Keep a screenshot where a folder for them is told."""
        folder = os.environ.get("ALPR_POLICY_SCREENSHOTS", "")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)

    def marked(self, mark: str) -> Any:
        """Return what is marked by a word, or by the name of a fact, which stands on the page as a class."""
        return self.page.locator(f".m-{mark.replace('.', '-').replace('_', '-')}")

    def choose(self, mark: str, option: str) -> None:
        """Choose an option of a list, as with the mouse."""
        self.marked(mark).click()
        self.page.get_by_role("option", name=re.compile(f"^{re.escape(option)}")).first.click()

    def handed_out(self, mark: str) -> str:
        """Press what hands out a file, and return its text."""
        with self.page.expect_download() as waited:
            self.marked(mark).last.click()
        return Path(waited.value.path()).read_text(encoding="utf-8")

    def close(self) -> None:
        """Close the window."""
        self.context.close()


def violations(tab: Tab) -> list[str]:
    """Return what axe finds against WCAG 2.1 A and AA, as rule and place."""
    from axe_playwright_python.sync_playwright import Axe

    # While something is loaded, the framework shows a bar that has no name.
    tab.page.wait_for_function(
        "() => [...document.querySelectorAll('.q-loading-bar')].every((bar) => bar.ariaHidden === 'true')"
    )
    options = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
    found = Axe().run(tab.page, options=options).response["violations"]
    return [f"{one['id']}: {node['target']} {node['html'][:120]}" for one in found for node in one["nodes"]]
