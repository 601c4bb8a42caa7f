"""The tab *What if* in a real browser: what it shows and gives is what `alpr-policy replay` gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import run
from tests.page.browser_kit import Tab, page_server, violations

pytest.importorskip("duckdb", reason="needs the extra: pip install 'alpr-policy[replay]'")
ROWS = 1_200
LONG = 90_000
# What a replay takes is told by each run for itself.
OWN = {"seconds": 0, "cpu_seconds": 0}


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with an invented log and a link that leads out of it."""
    folder = tmp_path_factory.mktemp("logs")
    words = ("--department", "cambridge", "--rows", str(ROWS), "--detail", "0.05", str(folder / "acts.parquet"))
    assert 0 == run("generate", *words).exit_code
    (folder / "link.parquet").symlink_to(folder / "acts.parquet")
    return folder


@pytest.fixture(scope="module")
def replaying(logs: Path) -> Iterator[str]:
    """Give the address of a server that has this folder."""
    with page_server("--open", "--logs", str(logs)) as (url, _):
        yield url


@pytest.fixture
def served(replaying: str) -> str:
    """Let the windows of this file be on that server."""
    return replaying


def began(tab: Tab, log: str) -> Any:
    """Choose a log and two texts, and begin."""
    page = tab.go("/what-if")
    tab.choose("log", log)
    tab.choose("baseline", "Cambridge")
    tab.choose("proposed", "Waltham")
    switch = tab.marked("as-if")
    if switch.get_attribute("aria-checked") != "true":
        switch.click()
    tab.marked("run").click()
    return page


def taken(tab: Tab, mark: str, folder: Path) -> bytes:
    """Take a file away by its button."""
    with tab.page.expect_download() as told:
        tab.marked(mark).click()
    path = folder / str(told.value.suggested_filename)
    told.value.save_as(path)
    return path.read_bytes()


def test_a_log_of_the_folder_is_judged_and_what_comes_of_it_is_what_the_command_says(
    tab: Tab, logs: Path, tmp_path: Path
) -> None:
    """The JSON, the report and the rows that are taken away are those of `alpr-policy replay`."""
    page = tab.go("/what-if")
    tab.marked("log").click()
    offered = page.get_by_role("option").all_inner_texts()
    assert 1 == sum("acts.parquet" in one for one in offered) and not any("link" in one for one in offered)
    page.keyboard.press("Escape")
    began(tab, "acts.parquet")
    tab.marked("take-replay-json").wait_for(timeout=180_000)
    report, flips = tmp_path / "report.html", tmp_path / "flips.parquet"
    words = (str(logs / "acts.parquet"), "--baseline", "cambridge", "--proposed", "waltham", "--as-if")
    told = json.loads(run("replay", *words, "--json", "--html", str(report), "--flips", str(flips)).stdout)
    given = json.loads(taken(tab, "take-replay-json", tmp_path))
    told["effort"] |= OWN
    assert told == {**given, "effort": {**given["effort"], **OWN}}
    assert f"{told['totals']['flips']:,}" == tab.marked("tile-get-another-outcome").inner_text()
    ours, theirs = (text.split("How it was done")[0] for text in
                    (taken(tab, "take-report-html", tmp_path).decode(), report.read_text()))  # fmt: skip
    assert theirs == ours
    tab.shot("what-if")
    assert [] == violations(tab)
    tab.marked("part-rows").click()
    tab.marked("flips-where").filter(has_text="of").wait_for()
    assert f"of {told['totals']['flips']:,}" in tab.marked("flips-where").inner_text()
    assert told["totals"]["flips"] == taken(tab, "take-flips-csv", tmp_path).count(b"\n") - 1
    tab.marked("part-sure").click()
    assert "0 came out otherwise" in tab.marked("effort").first.inner_text()
    tab.go("/what-if")  # what came of it, and the part that was looked at, are still there
    assert "0 came out otherwise" in tab.marked("effort").first.inner_text()


def test_an_uploaded_log_is_judged_and_a_replay_can_be_stopped(tab: Tab, tmp_path: Path) -> None:
    """A long replay ends at a click; a log that cannot be read is told, and one that can be is judged."""
    log = tmp_path / "march.csv"
    log.write_text("at,action,purpose\n" + "2026-03-01 12:00:00,search.run,personal\n" * LONG)
    page = tab.go("/what-if")
    page.get_by_text("Upload a log").click()
    tab.marked("upload").locator("input[type=file]").set_input_files(str(log))
    tab.marked("log").get_by_text("Uploaded: march.csv").wait_for()
    began(tab, "Uploaded: march.csv")
    tab.marked("stop").click()
    tab.marked("result").get_by_text("stopped").wait_for()
    short = tmp_path / "april.txt.csv"
    short.write_text("at,action,purpose\n2026-04-01 12:00:00,search.run,personal\n")
    page.get_by_text("Upload a log").click()
    tab.marked("upload").locator("input[type=file]").set_input_files(str(short))
    tab.marked("log").get_by_text("Uploaded: april.txt.csv").wait_for()
    began(tab, "Uploaded: april.txt.csv")
    tab.marked("take-replay-json").wait_for(timeout=180_000)
    assert "1" == tab.marked("tile-rows-judged-under-both").inner_text()


@pytest.mark.parametrize("dark", [False, True])
def test_the_form_can_be_worked_and_read_by_everybody(chrome: Any, served: str, dark: bool) -> None:
    """On a phone, light and dark, axe finds nothing, and nothing but tables scrolls sideways."""
    tab = Tab(chrome, served, width=390, dark=dark)
    page = tab.go("/what-if")
    page.get_by_text("Upload a log").click()
    page.wait_for_timeout(300)
    assert [] == violations(tab)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    tab.shot(f"what-if-phone-{'dark' if dark else 'light'}")
    tab.close()
    assert [] == tab.errors == tab.elsewhere
