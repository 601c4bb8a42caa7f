"""Decisions that are written down together: nothing is handed on before it stands, and what cannot stand is denied."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sqlalchemy", reason="the extra ledger is not installed")

from tests.adapters.office_kit import NOON, Clock, people, village
from tests.adapters.pipeline_kit import Told, arrived, judge, made, plate, source

from alpr_policy import Decision, PolicyDecisionPoint
from alpr_policy_adapters.ledger import Kind, Ledger, LedgerUnavailableError, Wanted, recompute, verify
from alpr_policy_adapters.office import Office

PAYLOADS = 20
SEARCH: dict[str, Any] = {
    "action": "search.run",
    "at": NOON,
    "facts": {"purpose": "criminal_investigation", "plate.number": "TEST01", "requester.id": "officer-7"},
    "approvals": [
        {
            "topic": "search.run",
            "decision": "granted",
            "by": "chief-1",
            "role": "chief",
            "at": "2026-05-04T10:00:00-04:00",
            "scope": {"plate.number": "TEST01"},
        }
    ],
}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Make a ledger."""
    made_here = Ledger.open(str(tmp_path / "ledger.db"), create=True)
    yield made_here
    made_here.close()


def decided(ledger: Ledger) -> list[str]:
    """Return the outcomes that stand in a ledger, in order."""
    rows = ledger.rows(Wanted(kinds=frozenset({Kind.DECISION})))
    return [row.body["decision"]["outcome"] for row in rows]


def refuse(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Let the ledger fail whenever more than `most` rows are to be written in one transaction."""
    commit = ledger.commit

    def failing(batches: Any) -> Any:
        if sum(len(batch) for batch in batches) > most:
            raise LedgerUnavailableError("the disk is full")
        return commit(batches)

    monkeypatch.setattr(ledger, "commit", failing)


def test_a_stretch_is_written_at_its_end(ledger: Ledger) -> None:
    """Until the end of a stretch nothing of it stands in the ledger; then all of it does."""
    office = Office(village(), ledger, directory=people(), clock=Clock())
    request = {"action": "stop.start", "at": NOON, "facts": {"purpose": "stolen_property"}}
    with office.together():
        answers = [office.decide(request, departments=["village"]).outcome.value for _ in range(5)]
        assert [] == decided(ledger)
    assert answers == decided(ledger)
    assert verify(ledger).is_whole


def test_what_a_stretch_holds_back_is_counted_in_it(ledger: Ledger) -> None:
    """The third search for one plate is noted within a stretch as it is outside of one."""
    office = Office(village(), ledger, directory=people(), clock=Clock())
    with office.together():
        told = [office.decide(SEARCH, departments=["village"]) for _ in range(3)]
    assert ["allow", "allow", "allow"] == decided(ledger)
    assert [[], [], ["repeats"]] == [[one.rule for one in decision.warnings] for decision in told]
    assert 0 == len(recompute(ledger).different)


def test_a_stretch_that_cannot_be_written_says_so(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the end of a stretch fails, it raises and nothing of it stands; the next one is written."""
    office = Office(village(), ledger, directory=people(), clock=Clock())
    request = {"action": "stop.start", "at": NOON, "facts": {"purpose": "stolen_property"}}
    office.decide(request, departments=["village"])
    with monkeypatch.context() as patch:
        refuse(ledger, patch, most=2)
        with pytest.raises(LedgerUnavailableError, match="disk is full"), office.together():
            for _ in range(3):
                office.decide(request, departments=["village"])
    assert 1 == len(decided(ledger))
    with office.together():
        office.decide(request, departments=["village"])
    assert 2 == len(decided(ledger))


class Slow(Office):
    """An office that takes its time, so that several payloads wait for it."""

    def decide(self, *request: Any, **more: Any) -> Decision:
        """Judge and record, slowly."""
        time.sleep(0.002)
        return super().decide(*request, **more)


@pytest.mark.parametrize(("most", "outcomes"), [(10_000, {"allow"}), (1, {"allow"}), (0, {"deny"})])
def test_nothing_is_handed_on_unrecorded(
    most: int, outcomes: set[str], ledger: Ledger, pdp: PolicyDecisionPoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where many cannot be written at once each is judged and written by itself, and denied where that fails too."""
    office = Slow(pdp, ledger)
    office.decide({"action": "read.capture", "at": NOON}, departments=["cambridge"])
    before, commit, largest, told = len(decided(ledger)), ledger.commit, [0], Told()

    def watched(batches: Any) -> Any:
        size = sum(len(batch) for batch in batches)
        largest[0] = max(largest[0], size)
        if size > most:
            raise LedgerUnavailableError("the disk is full")
        return commit(batches)

    monkeypatch.setattr(ledger, "commit", watched)
    items = [arrived(plate(f"TEST{number:02}"), done=told.mark(number)) for number in range(PAYLOADS)]
    pipeline = made(told, pdp, source("gate", *items), judge=judge(office))
    pipeline.start()
    assert pipeline.wait(30)
    pipeline.stop()
    monkeypatch.undo()

    answers = [one for step in told.steps for one in step.decisions.values()]
    recorded = decided(ledger)[before:]
    assert (PAYLOADS, outcomes) == (len(answers), {one.outcome.value for one in answers})
    assert largest[0] > 1
    assert (["allow"] * PAYLOADS if most else []) == recorded
    assert all(one.reasons[0].rule == "not_recorded" for one in answers if one.outcome.value == "deny")
    assert PAYLOADS == len(told.done)
    assert verify(ledger).is_whole
