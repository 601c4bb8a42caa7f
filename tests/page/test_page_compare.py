"""The tab *Compare* in a real browser: what it shows and hands out is what `matrix` and `compare` write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.adapters.cli_kit import run
from tests.page.browser_kit import Tab, violations

AT = "2026-05-04T12:00:00-04:00"
BOTH = ("-p", "waltham", "-p", "cambridge")


@pytest.fixture
def tab(chrome: Any, apart: str) -> Iterator[Tab]:
    """Give a window on the server whose kept forms no other file of tests reads."""
    opened = Tab(chrome, apart)
    yield opened
    opened.close()
    assert opened.errors == []
    assert opened.elsewhere == []


def told(*words: str) -> Any:
    """Return what a command writes with `--json`."""
    return json.loads(run(*words, "--json").stdout)


def test_departments_stand_side_by_side_as_the_matrix_has_them(tab: Tab) -> None:
    """The topic that is looked for, at the time that is typed, gives what `matrix --json` writes, silence included."""
    page = tab.go("/compare")
    tab.marked("as-of").locator("input").fill(AT)
    tab.marked("subject").locator("input").fill("retention")
    page.get_by_role("option", name="topic retention").click()
    found = told("matrix", "retention", *BOTH, "--as-of", AT)
    page.get_by_role("heading", name=found["title"], exact=True).wait_for()
    assert found == json.loads(tab.handed_out("download"))
    said = tab.marked("retention").inner_text()
    assert "silent" in said and all(one["period"] in said for c in found["columns"] for one in c["kept"])
    tab.shot("compare")


def test_who_is_stricter_is_what_the_command_line_finds(tab: Tab) -> None:
    """The table of every two texts stands below its button, and hands out what `matrix --stricter --json` writes."""
    page = tab.go("/compare")
    page.get_by_role("tab", name="Who is stricter").click()
    tab.marked("rank").click()
    tab.marked("ranked-acts").wait_for(timeout=60_000)
    found = told("matrix", "--stricter", *BOTH)
    assert found == json.loads(tab.handed_out("download"))
    assert len(found["acts"]) == tab.marked("ranked-acts").locator("tbody tr").count()
    tab.shot("compare-stricter")


def test_a_difference_can_be_tried(tab: Tab) -> None:
    """Each difference is the command's sentence, and its request, tried, comes to both outcomes that it names."""
    page = tab.go("/compare")
    page.get_by_role("tab", name="Two texts").click()
    tab.marked("only").click()
    page.get_by_role("option", name="search.run", exact=True).click()
    page.keyboard.press("Escape")
    tab.marked("compare").click()
    tab.marked("of-search.run").click(timeout=60_000)
    found = told("compare", "waltham", "cambridge", "--action", "search.run")
    assert found == json.loads(tab.handed_out("download"))
    told_here = tab.marked("difference").all_inner_texts()
    assert sorted(one["sentence"] for one in found["acts"][0]["differences"]) == sorted(told_here)
    tab.shot("compare-two")
    first = next(one for one in found["acts"][0]["differences"] if one["sentence"] == told_here[0])
    tab.marked("try").first.click()
    page.wait_for_url(f"{tab.url}/page/")
    page.get_by_text(f": {first['first']}").first.wait_for()
    judged = [line for line in page.locator(".quiet").all_inner_texts() if line.startswith(("waltham,", "cambridge,"))]
    outcomes = {"waltham": first["first"], "cambridge": first["second"]}
    assert outcomes == {line.partition(",")[0]: line.partition(": ")[2].partition(",")[0] for line in judged}


@pytest.mark.parametrize(("width", "dark"), [(1280, True), (390, False)])
def test_the_comparison_can_be_read_by_everybody(chrome: Any, apart: str, width: int, dark: bool) -> None:
    """Axe finds nothing in any part of it, dark and on a phone, where the tables scroll and the page does not."""
    tab = Tab(chrome, apart, width=width, dark=dark)
    page = tab.go("/compare")
    for part, mark in (("Side by side", "acts"), ("Who is stricter", "rank"), ("Two texts", "compare")):
        page.get_by_role("tab", name=part).click()
        tab.marked(mark).wait_for()
        page.wait_for_timeout(400)  # labels and panels move into their places
        assert [] == violations(tab), part
        assert width == page.evaluate("document.documentElement.scrollWidth"), part
    tab.close()
    assert [] == tab.errors
