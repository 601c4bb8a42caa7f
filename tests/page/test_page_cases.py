"""The tab *Cases and duties* in a real browser: an act is asked for, approved by another person, done and closed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import run
from tests.page.browser_kit import Tab, page_server, violations

pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, dict[str, str]]]:
    """Give a server of Leicester with a ledger and tokens: its address, the ledger, and a token of each person."""
    folder = tmp_path_factory.mktemp("kept")
    ledger, tokens = folder / "ledger.db", folder / "tokens.json"
    assert 0 == run("ledger", "init", "-l", str(ledger)).exit_code
    made = {}
    for person, scopes in (
        ("officer-7", ("decide",)),
        ("chief-1", ("decide", "approve", "audit")),
    ):
        words = [word for scope in scopes for word in ("--scope", scope)]
        made[person] = run("token", "new", "--tokens", str(tokens), "--person", person, *words).stdout.strip()
    with page_server("--ledger", str(ledger), "--tokens", str(tokens), departments=("leicester",)) as (url, _):
        yield url, ledger, made


@pytest.fixture
def windows(chrome: Any, kept: tuple[str, Path, dict[str, str]]) -> Iterator[Any]:
    """Give a way to open a window as a person who has signed in; in none may anything have gone wrong."""
    url, _, made = kept
    several: list[Tab] = []

    def opened(person: str, **more: Any) -> Tab:
        tab = Tab(chrome, url, **more)
        several.append(tab)
        tab.go("/")
        tab.page.get_by_label("Token").fill(made[person])
        tab.page.get_by_role("button", name="Sign in").click()
        tab.page.get_by_text(person, exact=True).wait_for()
        return tab

    yield opened
    for tab in several:
        tab.close()
        assert [] == tab.errors
        assert [] == tab.elsewhere


def test_an_act_waits_for_another_person_and_is_then_done(windows: Any, kept: tuple[str, Path, dict[str, str]]) -> None:
    """An officer opens a case from the form, the chief approves it, and the ledger says the same of each step."""
    officer = windows("officer-7")
    officer.choose("data.custodian", "department")
    officer.marked("open-case").click()
    officer.marked("case-name").locator("input").fill("search-9")
    officer.marked("case-opened").click()
    officer.page.get_by_text("Opened: row").wait_for()
    assert "needs" == _look(kept)["decision"]["outcome"]

    chief = windows("chief-1")
    chief.go("/cases")
    chief.page.get_by_role("button", name="search-9").click()
    assert "needs" == chief.marked("case-outcome").inner_text()
    chief.marked("grant").click()
    chief.page.get_by_text("Taken: row").wait_for()
    assert "allow" == chief.marked("case-outcome").inner_text()
    found = _look(kept)
    assert "allow" == found["decision"]["outcome"]
    assert [("chief-1", "granted")] == [(one["by"], one["decision"]) for one in _approvals(found)]
    chief.shot("cases")


def test_cases_and_duties_can_be_worked_and_read_by_everybody(windows: Any) -> None:
    """Axe finds nothing in the tab in light and dark, and on a phone the page itself does not scroll sideways."""
    for more in ({}, {"dark": True}, {"width": 390}):
        tab = windows("chief-1", **more)
        tab.go("/cases")
        tab.marked("duties-leicester").wait_for()
        assert [] == violations(tab)
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= tab.page.viewport_size["width"]


def test_a_part_of_the_page_takes_its_scope(windows: Any) -> None:
    """Who may only decide is shown no other part, and by its address gets a refusal instead."""
    tab = windows("officer-7")
    assert ["Try", "Compare"] == tab.page.get_by_role("navigation").get_by_role("link").all_inner_texts()
    tab.go("/cases")
    assert "this token does not have the scope `approve`" == tab.page.get_by_role("alert").inner_text().strip()


def _approvals(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [one["record"] for one in found["kept"]["approvals"]]


def _look(kept: tuple[str, Path, dict[str, str]]) -> dict[str, Any]:
    """Return how the case stands by the command line."""
    found: dict[str, Any] = json.loads(run("case", "show", "search-9", "-l", str(kept[1]), "--json").stdout)
    return found
