"""The tab *Write* in a real browser: its findings, tests and texts are those of the command line."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import ROOT, run
from tests.page.browser_kit import Tab, violations

BOMB = "a: &a [x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(9)
)


@pytest.fixture
def tab(chrome: Any, apart: str) -> Iterator[Tab]:
    """Give a window on the server whose kept forms no other file of tests reads."""
    opened = Tab(chrome, apart)
    yield opened
    opened.close()
    assert opened.errors == []
    assert opened.elsewhere == []


def begin(tab: Tab, option: str, name: str = "") -> None:
    """Begin a draft anew, whatever was in the editor."""
    tab.go("/write").get_by_role("tab", name="Findings").click()
    paste(tab, "x: 1\n")
    tab.page.get_by_text("it cannot be used").wait_for()
    tab.choose("begin-with", option)
    if name:
        tab.marked("name").locator("input").fill(name)
    tab.marked("begin").click()
    tab.marked("sure").click()
    tab.page.get_by_text("it can be used").wait_for()


def paste(tab: Tab, text: str) -> None:
    """Put a text in place of all that is in the editor, as from the clipboard."""
    field = tab.marked("draft").locator(".cm-content")
    field.click()
    tab.page.keyboard.press("Control+a")
    field.evaluate(
        "(field, text) => { const data = new DataTransfer(); data.setData('text/plain', text);"
        "field.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})) }",
        text,
    )


def findings(tab: Tab) -> set[tuple[str, str]]:
    """Return the place and the code of each finding that is listed."""
    cards = tab.marked("finding").all()
    return {
        (one.locator(".m-place").inner_text().removeprefix("line "), one.locator(".place").inner_text())
        for one in cards
    }


def test_what_is_wrong_is_told_as_it_is_typed(tab: Tab, tmp_path: Path) -> None:
    """The errors of a half-typed text are those of `check`, a click shows the line, and the mend takes them away."""
    begin(tab, "Waltham")
    served = (ROOT / "policies" / "waltham.yaml").read_text(encoding="utf-8")
    assert served == tab.handed_out("save")
    broken = served.replace("designee: true", "designe: true", 1)
    paste(tab, broken)
    tab.page.get_by_text("it cannot be used").wait_for()
    path = tmp_path / "draft.yaml"
    path.write_text(broken, encoding="utf-8")
    told = json.loads(run("check", str(path), "--json").stdout)["diagnostics"]
    assert {(f"{one['line']}:{one['column']}", one["code"]) for one in told} == findings(tab)
    tab.marked("place").first.click()
    tab.page.locator(".d-here").get_by_text("designe: true").wait_for()
    tab.shot("write")
    tab.marked("mend").first.click()
    tab.page.get_by_text("it can be used").wait_for()
    assert served == tab.handed_out("save")


def test_a_new_outline_with_its_tests_is_that_of_the_command_line(tab: Tab, tmp_path: Path) -> None:
    """Outline, expected answers, coverage and plain words are those of `new`, `test` and `show`, and stay meanwhile."""
    begin(tab, "A new outline", "mill_brook")
    run("new", "mill_brook", "--yes", "--folder", str(tmp_path))
    profile = tmp_path / "mill_brook.yaml"
    assert profile.read_text(encoding="utf-8") == tab.handed_out("save")
    tab.page.get_by_role("tab", name="Tests").click()
    tab.marked("run").click()
    tab.marked("tested").wait_for(timeout=60_000)
    found = json.loads(run("test", str(profile), "--coverage", "--json").stdout)
    assert f"Tests: {found['passed'] + found['idle']:,} passed, 0 failed" == tab.marked("tested").inner_text()
    assert _without_files(found) == _without_files(json.loads(tab.handed_out("download")))
    tab.shot("write-tests")
    tab.page.get_by_role("tab", name="In plain words").click()
    tab.marked("tell").click()
    tab.page.get_by_text("Who holds which office").wait_for()
    shown = json.loads(run("show", "mill_brook", "--policies", str(profile), "--json").stdout)
    for line in shown["silence"]:
        assert 1 == tab.page.get_by_text(line["text"]).count()
    tab.go("/")
    tab.go("/write")
    assert profile.read_text(encoding="utf-8") == tab.handed_out("save")


def _without_files(data: Any) -> Any:
    """Leave out how files are named: on the page the two have names of their own."""
    if isinstance(data, dict):
        return {key: _without_files(value) for key, value in data.items() if key != "file"}
    if isinstance(data, list):
        return [_without_files(one) for one in data]
    return re.sub(r"^.*\.yaml(?=:)", "", data) if isinstance(data, str) else data


def test_a_test_that_fails_is_explained(tab: Tab) -> None:
    """A draft without the purpose that an expected answer names fails it, with what was expected and what decided."""
    begin(tab, "A new outline", "mill_brook")
    text = tab.handed_out("save")
    paste(tab, text.replace("criminal_investigation", "traffic_enforcement"))
    tab.page.get_by_role("tab", name="Tests").click()
    tab.marked("run").click()
    tab.marked("failed").first.wait_for(timeout=60_000)
    assert re.search(r"answers\.yaml:\d+:\d+: case", tab.marked("failed").first.inner_text())
    assert "outcome" in tab.marked("failed").first.inner_text()


@pytest.mark.parametrize(
    ("text", "told"),
    [(BOMB, "cannot be used"), ("x: " + "[" * 100, "cannot be used"), ("x: 1\n" * 60_000, "file-too-large")],
    ids=["aliases", "depth", "length"],
)
def test_a_hostile_text_is_told_of_and_nothing_else(tab: Tab, text: str, told: str) -> None:
    """Aliases that multiply, depth and length end in findings, and the next text is looked at as ever."""
    tab.go("/write").get_by_role("tab", name="Findings").click()
    paste(tab, text)
    tab.page.get_by_text(told).first.wait_for()
    paste(tab, "language: 1\n")
    tab.page.get_by_text("a profile needs the key `department`").wait_for()


def test_a_text_that_is_too_large_to_be_sent_is_taken_back(chrome: Any, apart: str) -> None:
    """After five megabytes the editor says so and goes back to the text before, on which one can write on."""
    tab = Tab(chrome, apart)
    tab.go("/write")
    paste(tab, "language: 1\n")
    tab.marked("counted").get_by_text("it cannot be used").wait_for()
    paste(tab, "x: 1\n" * 1_000_000)
    tab.page.keyboard.type("y")
    tab.page.get_by_text("this is the last one that arrived").wait_for()
    assert "language: 1\n" == tab.handed_out("save")
    paste(tab, "language: 2\n")
    tab.page.wait_for_timeout(300)
    assert "language: 2\n" == tab.handed_out("save")
    tab.close()
    assert all("exceeds the maximum allowed limit" in one for one in tab.errors)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False)])
def test_the_editor_can_be_worked_and_read_by_everybody(chrome: Any, apart: str, width: int, dark: bool) -> None:
    """Axe finds nothing, light, dark and on a phone, where the page does not scroll sideways."""
    tab = Tab(chrome, apart, width=width, dark=dark)
    page = tab.go("/write")
    page.get_by_role("tab", name="Findings").click()
    paste(tab, "language: 1\nprofile: mill_brook\n")
    tab.marked("finding").first.wait_for()
    for part in ("Findings", "Tests", "In plain words"):
        page.get_by_role("tab", name=part).click()
        assert [] == violations(tab), part
        assert width == page.evaluate("document.documentElement.scrollWidth"), part
    tab.close()
    assert [] == tab.errors


def test_the_outline_binds_from_this_year(tab: Tab) -> None:
    """The outline of today begins on the first day of this year, as that of `new` does."""
    begin(tab, "A new outline", "other_brook")
    assert f"effective: {dt.date.today().year}-01-01" in tab.handed_out("save")
