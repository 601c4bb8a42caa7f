"""The tab *Ledger* in a real browser: rows, proofs, verifying, and who may not see any of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import run
from tests.adapters.test_web_ledger import copy, filled
from tests.page.browser_kit import Tab, page_server, violations

pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("cryptography", reason="needs the extra: pip install 'alpr-policy[ledger]'")
DECISIONS = 240


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make a ledger of some hundred rows."""
    folder = tmp_path_factory.mktemp("ledger")
    filled(str(folder / "ledger.db"), folder, DECISIONS)
    return str(folder / "ledger.db")


@pytest.fixture(scope="module")
def recording(place: str) -> Iterator[str]:
    """Give the address of a server that keeps this ledger."""
    with page_server("--open", "--ledger", place) as (url, _):
        yield url


@pytest.fixture
def served(recording: str) -> str:
    """Let the windows of this file be on that server."""
    return recording


def found(place: str, *words: str) -> list[dict[str, Any]]:
    """Return the rows that the command finds, the newest first."""
    lines = run("ledger", "search", "--ledger", place, "--json", *words).stdout.splitlines()
    return [json.loads(line) for line in lines][::-1]


def listed(tab: Tab) -> list[str]:
    """Return the numbers of the rows that are shown."""
    return [one.strip() for one in tab.marked("rows").locator("tbody th").all_inner_texts()]


def test_rows_are_found_as_the_command_finds_them_and_one_is_shown_with_its_proof(
    tab: Tab, place: str, tmp_path: Path
) -> None:
    """Act and outcome narrow the rows down, pages follow, a row is shown in full, and its proof holds elsewhere."""
    page = tab.go("/ledger")
    tab.marked("where").filter(has_text="rows").wait_for()
    tab.choose("outcome", "deny")
    tab.marked("search").click()
    rows = found(place, "--outcome", "deny")
    tab.marked(f"row-{rows[0]['seq']}").wait_for()
    numbers = [f"{one['seq']:,}" for one in rows]
    assert 25 < len(numbers) and numbers[:25] == listed(tab)
    tab.marked("older").click()
    tab.marked(f"row-{rows[25]['seq']}").wait_for()
    assert numbers[25:50] == listed(tab)
    tab.marked(f"row-{rows[25]['seq']}").click()
    page.get_by_text("The row as JSON").click()
    assert rows[25] == json.loads(tab.marked("row-json").locator("pre").inner_text())
    assert "deny" == tab.marked("outcome").last.inner_text() and rows[25]["hash"] in tab.marked("hash").inner_text()
    tab.marked("prove").click()
    tab.marked("holds").filter(has_text="It holds").wait_for()
    with page.expect_download() as told:
        tab.marked("take-proof").click()
    told.value.save_as(tmp_path / "proof.json")
    assert 0 == run("ledger", "check-proof", str(tmp_path / "proof.json")).exit_code
    with page.expect_download() as told:
        tab.marked("export").click()
    told.value.save_as(tmp_path / "rows.jsonl")
    command = run("ledger", "export", "--ledger", place, "--outcome", "deny").stdout
    assert command == (tmp_path / "rows.jsonl").read_text()
    assert [] == violations(tab)
    tab.shot("ledger")


def test_the_whole_is_verified_at_a_click(tab: Tab, place: str) -> None:
    """What verifying tells is what the command tells, and nothing of it writes."""
    before = Path(place).read_bytes()
    tab.go("/ledger")
    tab.marked("part-verify").click()
    tab.marked("verify").click()
    tab.marked("whole").wait_for()
    told = json.loads(run("ledger", "verify", "--ledger", place, "--json").stdout)
    assert told["whole"] and f"Whole: {told['rows']:,} rows" == tab.marked("whole").inner_text()
    assert told["head"] in tab.marked("verified").inner_text()
    assert before == Path(place).read_bytes()


def test_a_tampered_copy_is_told_with_the_place_and_read_all_the_same(chrome: Any, place: str, tmp_path: Path) -> None:
    """A row that was changed is named by verifying; rows that cannot be read are lines that say so."""
    other = copy(place, tmp_path / "copy.db")
    with sqlite3.connect(other) as connection:
        connection.execute("UPDATE rows SET body = replace(body, 'deny', 'allow') WHERE seq = 3")
        connection.execute("UPDATE rows SET body = '[' WHERE seq = ?", (DECISIONS,))
    with page_server("--open", "--ledger", other) as (url, _):
        tab = Tab(chrome, url)
        tab.go("/ledger")
        tab.marked("rows").get_by_text(f"row {DECISIONS} cannot be read").wait_for()
        tab.marked(f"row-{DECISIONS}").click()
        tab.page.get_by_role("alert").get_by_text("cannot be read").wait_for()
        tab.marked("part-verify").click()
        tab.marked("verify").click()
        findings = tab.marked("verified").locator("tbody")
        findings.wait_for()
        report = json.loads(run("ledger", "verify", "--ledger", other, "--json").stdout)
        assert [one["place"] for one in report["findings"]] == findings.locator("tr td:nth-child(2)").all_inner_texts()
        assert {"row 3", f"row {DECISIONS}"} <= {one["place"] for one in report["findings"]}
        assert [] == violations(tab)
        tab.close()
        assert [] == tab.errors == tab.elsewhere


@pytest.mark.parametrize("dark", [False, True])
def test_rows_can_be_read_by_everybody(chrome: Any, served: str, dark: bool) -> None:
    """On a phone, light and dark, axe finds nothing, and nothing but tables scrolls sideways."""
    tab = Tab(chrome, served, width=390, dark=dark)
    page = tab.go("/ledger")
    tab.marked("where").filter(has_text="rows").wait_for()
    tab.marked("row-4").count() or tab.marked("rows").get_by_role("button").first.click()
    tab.marked("hash").wait_for()
    for part in ("search", "verify"):
        tab.marked(f"part-{part}").click()
        page.wait_for_timeout(300)
        assert [] == violations(tab)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    tab.shot(f"ledger-phone-{'dark' if dark else 'light'}")
    tab.close()
    assert [] == tab.errors == tab.elsewhere


def test_who_has_no_scope_sees_neither_tab(chrome: Any, place: str, tmp_path: Path) -> None:
    """A token that may only decide is offered neither What if nor Ledger, and is refused where it goes there."""
    tokens = str(tmp_path / "tokens.json")
    token = json.loads(run("token", "new", "--tokens", tokens, "--scope", "decide", "--json").stdout)["token"]
    with page_server("--tokens", tokens, "--ledger", place) as (url, _):
        tab = Tab(chrome, url)
        page = tab.page
        tab.go("/")
        page.locator("input[name=token]").fill(token)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for()
        assert "Ledger" not in page.locator("nav").inner_text() and "What if" not in page.locator("nav").inner_text()
        for path in ("/ledger", "/what-if"):
            tab.go(path)
            page.get_by_role("alert").get_by_text("does not have the scope `audit`").wait_for()
            assert 0 == tab.marked("search").count() == tab.marked("run").count()
        tab.close()
        assert [] == tab.errors == tab.elsewhere


def test_without_a_ledger_it_is_said_how_to_have_one(chrome: Any) -> None:
    """A server without a ledger says how it is begun with one."""
    with page_server("--open") as (url, _):
        tab = Tab(chrome, url)
        tab.go("/ledger")
        assert "--ledger" in tab.marked("no-ledger").inner_text()
        tab.close()
        assert [] == tab.errors == tab.elsewhere
