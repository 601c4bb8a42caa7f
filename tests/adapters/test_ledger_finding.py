"""Finding rows of a ledger by what was decided, for some departments, the newest first, and past damaged ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.ledger_kit import duty, opened, place_of

from alpr_policy_adapters.ledger import Kind, Ledger, LedgerDamagedError, Wanted

pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")


def decided(act: str, outcome: str, *departments: str) -> Any:
    """Return a row with a decision; what judged it says another outcome, which is not the decision's own."""
    judged = [{"profile": "town", "outcome": "deny"}]
    body = {"decision": {"action": act, "outcome": outcome, "judged_by": judged}}
    return duty(1, kind=Kind.DECISION, body=body, departments=departments)


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def ledger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Make a ledger in either database: its first row, four decisions, a duty, and a body that is like a decision."""
    made = opened(
        place_of(request.param, tmp_path_factory.mktemp("ledger"), lambda: request.getfixturevalue("postgres"))
    )
    made.append([decided("search.run", "allow", "east"), decided("search.run", "deny", "west"),
                 decided("data.share", "deny", "east", "west"), decided("search_run", "needs", "eas%")])  # fmt: skip
    made.append([duty(2), duty(3, body={"decision": ["deny"], "outcome": "deny"})])
    return made


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(act="search.run"), [2, 3]),
        (Wanted(act="search_run"), [5]),
        (Wanted(outcome="deny"), [3, 4]),
        (Wanted(outcome="allow"), [2]),
        (Wanted(act="search.run", outcome="deny"), [3]),
        (Wanted(outcome='deny"'), []),
        (Wanted(among=frozenset({"east"})), [1, 2, 4, 6, 7]),
        (Wanted(among=frozenset({"east", "west"})), [1, 2, 3, 4, 6, 7]),
        (Wanted(among=frozenset({"eas_"})), [1, 6, 7]),
        (Wanted(among=frozenset()), [1, 6, 7]),
        (Wanted(among=frozenset({"west"}), outcome="deny"), [3, 4]),
    ],
)
def test_rows_are_found_by_what_was_decided_and_for_whom(ledger: Ledger, wanted: Wanted, expected: list[int]) -> None:
    """Act and outcome are the decision's own, rows of no department are for all, and no sign stands for others."""
    assert expected == [row.seq for row in ledger.rows(wanted)]
    assert expected[::-1] == [row.seq for row in ledger.rows(replace(wanted, newest_first=True))]


def test_the_newest_come_first_over_many_chunks(tmp_path: Path) -> None:
    """Hundreds of rows come in the other order, each once, between the bounds."""
    ledger = opened(str(tmp_path / "ledger.db"))
    ledger.append([duty(number) for number in range(350)])
    assert list(range(351, 0, -1)) == [row.seq for row in ledger.rows(Wanted(newest_first=True))]
    assert list(range(300, 19, -1)) == [row.seq for row in ledger.rows(Wanted(newest_first=True, first=20, last=300))]


def test_a_damaged_row_says_which_it_is(tmp_path: Path) -> None:
    """The error names the row, so that reading can go on behind it."""
    import sqlite3

    place = str(tmp_path / "ledger.db")
    ledger = opened(place)
    ledger.append([duty(1), duty(2)])
    with sqlite3.connect(place) as connection:
        connection.execute("DROP TRIGGER rows_stay_update")
        connection.execute("UPDATE rows SET body = '{' WHERE seq = 2")
    with pytest.raises(LedgerDamagedError) as told:
        list(ledger.rows())
    assert (2, "ledger-damaged") == (told.value.seq, told.value.diagnostics[0].code)
