"""Fixtures of the page's tests: one browser for all, and one server that serves two departments without tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.page.browser_kit import FLAGS, Tab, chromium, page_server


@pytest.fixture(scope="session")
def chrome() -> Iterator[Any]:
    """Give Chromium, or skip."""
    pytest.importorskip("nicegui", reason="needs the extra: pip install 'alpr-policy[web]'")
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    path = chromium()
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """Give the address of a server without ledger or tokens."""
    with page_server("--open") as (url, _):
        yield url


@pytest.fixture(scope="session")
def apart() -> Iterator[str]:
    """Give the address of another such server: without tokens all windows on one server share what they kept."""
    with page_server("--open") as (url, _):
        yield url


@pytest.fixture
def tab(chrome: Any, served: str) -> Iterator[Tab]:
    """Give a window; at the end nothing may have gone wrong in it, nor been asked of another machine."""
    opened = Tab(chrome, served)
    yield opened
    opened.close()
    assert opened.errors == []
    assert opened.elsewhere == []
