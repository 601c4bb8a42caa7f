"""A ledger whose database fails: the answer is a denial that says so, and service resumes by itself."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.ledger_kit import AT, opened, place_of
from tests.adapters.postgres_server import Postgres

from alpr_policy import Mode, Outcome, PolicyDecisionPoint
from alpr_policy_adapters.ledger import Ledger, recording, verify

sa = pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
BACKENDS = ("sqlite", "postgresql")
SEARCH = {
    "action": "search.run",
    "at": "2026-05-04T10:00:00-04:00",
    "departments": ["cambridge"],
    "facts": {"purpose": "criminal_investigation", "requester.id": "officer-7", "plate.number": "4KAN 123"},
}


@pytest.fixture(params=BACKENDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a new ledger is to be, in either database."""
    return place_of(request.param, tmp_path, lambda: request.getfixturevalue("postgres"))


def _recorder(ledger: Ledger) -> Any:
    return recording(PolicyDecisionPoint.load(), ledger, clock=lambda: AT)


def _is_not_recorded(decision: Any, why: str) -> bool:
    (reason,) = decision.reasons
    return (Outcome.DENY, False, "not_recorded") == (
        decision.outcome,
        decision.proceed,
        reason.rule,
    ) and why in reason.text


def test_a_decision_stands_before_it_is_returned(place: str) -> None:
    """The decision is the decision point's own, and the ledger holds it with its request."""
    ledger = opened(place)
    decision, receipt = _recorder(ledger).with_receipt(SEARCH)
    row = ledger.row(receipt.seq)

    assert PolicyDecisionPoint.load().decide(SEARCH) == decision
    assert row is not None
    assert decision.to_wire() == row.whole["decision"]
    assert SEARCH["facts"] == row.whole["request"]["facts"]
    assert "officer-7" not in str(row.body)
    assert "4KAN" not in str(row.body)


def test_a_full_disk_denies_and_service_resumes(tmp_path: Path) -> None:
    """When the disk is full the answer is a denial that says so; with room again the next call is answered."""
    ledger = opened(str(tmp_path / "ledger.db"))
    decide = _recorder(ledger)
    decide(SEARCH)
    limit = [0]

    @sa.event.listens_for(ledger.database.engine, "begin")
    def _limit(connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={limit[0] or 1_000_000}")

    limit[0] = 1  # SQLite takes this for as many pages as there are
    answers = [decide(SEARCH) for _ in range(30)]
    limit[0] = 0
    resumed = decide(SEARCH)

    assert _is_not_recorded(answers[-1], "full")
    assert PolicyDecisionPoint.load().decide(SEARCH) == resumed
    assert [] == verify(ledger).findings
    assert ledger.head().size == 4 + sum(one.outcome is not Outcome.DENY for one in answers)


def test_in_observe_mode_what_is_not_recorded_passes_and_says_so(tmp_path: Path) -> None:
    """Observing lets pass whatever the outcome, and the reason says that nothing was recorded."""
    path = tmp_path / "ledger.db"
    decide = _recorder(opened(str(path), wait=0.1))
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        decision = decide(SEARCH, mode=Mode.OBSERVE)

    assert (Outcome.DENY, True, "not_recorded") == (decision.outcome, decision.proceed, decision.reasons[0].rule)


def test_a_lock_held_too_long_denies_and_service_resumes(place: str) -> None:
    """While another writer holds on, the answer is a denial that says so; once it lets go the next call is answered."""
    holder, ledger = opened(place), opened(place, wait=0.3)
    decide = _recorder(ledger)
    with holder.database.writing() as connection:
        connection.execute(sa.text("SELECT 1"))
        held = decide(SEARCH)

    assert _is_not_recorded(held, "lock")
    assert Outcome.DENY is not decide(SEARCH).outcome


def test_a_request_that_cannot_be_kept_is_denied(tmp_path: Path) -> None:
    """A value that no row can hold is no reason to let anything pass, nor to raise."""
    deep: Any = 1
    for _ in range(200):
        deep = {"x": deep}
    decide = _recorder(opened(str(tmp_path / "ledger.db")))

    assert _is_not_recorded(decide({**SEARCH, "facts": {"purpose": deep}}), "levels deep")


def test_a_database_that_is_gone_denies_and_service_resumes(postgres: Postgres) -> None:
    """While the server is stopped the answer is a denial that says so; when it is back the next call is answered."""
    ledger = opened(postgres.database(), wait=2)
    decide = _recorder(ledger)
    before = decide(SEARCH)
    postgres.stop()
    gone = [decide(SEARCH), decide(SEARCH)]
    postgres.start()
    after = decide(SEARCH)

    assert all(_is_not_recorded(one, "the ledger cannot be used now") for one in gone)
    assert before == after
    assert [] == verify(ledger).findings
    assert 4 == ledger.head().size
