"""The office: cases, decisions, overrides and duties, each in the ledger before it is answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sqlalchemy", reason="the extra ledger is not installed")

from tests.adapters.office_kit import NOON, Clock, people, village

from alpr_policy import PolicyDecisionPoint
from alpr_policy.evaluators.stateful import CaseError
from alpr_policy.model.past import Doing
from alpr_policy_adapters.ledger import Kind, Ledger, Wanted, recompute, verify
from alpr_policy_adapters.office import Memory, Office, acting, authority_of, override, report_duty
from alpr_policy_adapters.office.journal import LedgerJournal
from alpr_policy_adapters.stores.journal import Doomed, Spared


@pytest.fixture
def point() -> PolicyDecisionPoint:
    """Return the village's decision point."""
    return village()


@pytest.fixture
def office(tmp_path: Path, point: PolicyDecisionPoint) -> Iterator[Office]:
    """Open an office on a new ledger."""
    ledger = Ledger.open(str(tmp_path / "ledger.db"), create=True)
    yield Office(point, ledger, directory=people(), clock=Clock())
    ledger.close()


def search(name: str, office: Office) -> None:
    """Open a case in which a search is asked for."""
    facts = {"purpose": "criminal_investigation", "plate.number": "TEST01"}
    event = {"kind": "opened", "action": "search.run", "by": "officer-7", "departments": ["village"], "facts": facts}
    assert office.take(name, event).step.refused is None


def outcome(office: Office, name: str) -> str:
    """Return what may be done in a case now."""
    decision = office.look(name).decision
    assert decision is not None
    return decision.outcome.value


def test_an_approval_by_whom_the_directory_knows_lets_the_search_be_done_once(office: Office) -> None:
    """The chief's role comes from the directory; the grant serves one search and no second."""
    search("s-1", office)
    assert "needs" == outcome(office, "s-1")
    grant = {"kind": "approval", "decision": "granted", "by": "chief-1", "scope": {"plate.number": "TEST01"}}
    assert office.take("s-1", grant).step.refused is None
    assert "allow" == outcome(office, "s-1")
    assert office.take("s-1", {"kind": "done", "by": "officer-7"}).step.done is True
    assert office.take("s-1", {"kind": "asked", "action": "search.run", "by": "officer-7"}).step.refused is None
    again = office.take("s-1", {"kind": "done", "by": "officer-7"}).step
    assert (False, "case-not-allowed") == (again.done, again.refused.code if again.refused else "")


def test_a_role_that_the_directory_does_not_give_approves_nothing(office: Office) -> None:
    """An officer who calls himself chief is contradicted, and the search still needs its approval."""
    search("s-1", office)
    claim = {"kind": "approval", "decision": "granted", "by": "clerk-2", "role": "chief"}
    office.take("s-1", claim | {"scope": {"plate.number": "TEST01"}})
    assert "needs" == outcome(office, "s-1")


def test_every_step_and_every_refused_event_stands_in_the_ledger(office: Office) -> None:
    """Of four events three are steps of the case and one, which came too early, is kept as refused."""
    search("s-1", office)
    office.take("s-1", {"kind": "done", "by": "officer-7"})
    scope = {"plate.number": "TEST01"}
    office.take("s-1", {"kind": "approval", "decision": "granted", "by": "chief-1", "scope": scope})
    office.take("s-1", {"kind": "done", "by": "officer-7"})
    rows = [row for row in office.ledger.rows() if "event" in row.body]
    assert [("s-1", 1), None, ("s-1", 2), ("s-1", 3)] == [row.case for row in rows]
    assert verify(office.ledger).is_whole
    assert 3 == recompute(office.ledger).same


def test_another_office_on_the_same_ledger_goes_on_where_the_first_stopped(
    office: Office, point: PolicyDecisionPoint
) -> None:
    """A case is the same for whoever opens the ledger."""
    search("s-1", office)
    other = Office(point, office.ledger, directory=office.directory, clock=office.clock)
    other.take("s-1", {"kind": "withdrawn", "by": "officer-7"})
    assert "case-over" == getattr(office.take("s-1", {"kind": "done", "by": "officer-7"}).step.refused, "code", "")


def test_an_exception_granted_in_one_case_excuses_the_acts_it_names(office: Office) -> None:
    """The exception is a case of its own; requests that tell their approvals are judged with it, until it ends."""
    request: dict[str, Any] = {
        "action": "alert.deliver",
        "at": "2026-05-04T18:00:00-04:00",
        "facts": {"purpose": "stolen_property", "alert.categories": ["gang"], "requester.id": "officer-7"},
        "approvals": [],
    }
    assert "deny" == office.decide(request, departments=["village"]).outcome
    opened = {"kind": "opened", "action": "alert.deliver", "topic": "alert_exception", "by": "officer-7"}
    office.take("x-1", opened | {"departments": ["village"]})
    scope = {"requester.id": "officer-7"}
    granted = office.take("x-1", {"kind": "approval", "decision": "granted", "by": "chief-1", "scope": scope})
    assert granted.step.refused is None
    assert "allow" == office.decide(request, departments=["village"]).outcome
    office.take("x-1", {"kind": "closed", "by": "chief-1"})
    assert "deny" == office.decide(request, departments=["village"]).outcome


@pytest.mark.parametrize("end", [{"kind": "approval", "decision": "ended"}, {"kind": "closed"}])
def test_nothing_is_done_on_an_exception_that_has_ended_since(end: dict[str, Any], office: Office) -> None:
    """A case that was opened while an exception ran is refused once it ended, is shown so, and replays the same."""
    wish = {"kind": "opened", "action": "alert.deliver", "by": "officer-7", "departments": ["village"]}
    done = {"kind": "done", "by": "officer-7"}
    facts = {"purpose": "stolen_property", "alert.categories": ["gang"]}
    scope = {"requester.id": "officer-7", "alert.categories": ["gang"]}
    office.take("x-1", wish | {"topic": "alert_exception"})
    office.take("x-1", {"kind": "approval", "decision": "granted", "by": "chief-1", "scope": scope})
    for name in ("a-1", "a-2"):
        office.take(name, wish | {"facts": facts})
        assert "allow" == outcome(office, name)
    assert office.take("a-1", done).step.done
    office.take("x-1", end | {"by": "chief-1"})
    assert "deny" == outcome(office, "a-2")
    assert "case-not-allowed" == getattr(office.take("a-2", done).step.refused, "code", None)
    assert 0 == len(recompute(office.ledger).different)


def test_what_cannot_be_recorded_is_denied_and_the_next_call_tries_again(office: Office) -> None:
    """While the database refuses writes the answer is a denial that says so, and then things go on by themselves."""
    import sqlalchemy as sa

    request = {"action": "alert.deliver", "at": NOON, "facts": {"purpose": "stolen_property"}, "approvals": []}
    request["facts"] |= {"alert.categories": ["stolen_vehicle"]}
    assert "allow" == office.decide(request, departments=["village"]).outcome
    search("s-1", office)
    with office.ledger.database.engine.connect() as connection:
        pages = connection.execute(sa.text("PRAGMA page_count")).scalar()

    def full(connection: Any, _: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    office.ledger.database.engine.dispose()
    sa.event.listen(office.ledger.database.engine, "connect", full)
    note = "x" * 500_000
    large = office.decide(request | {"facts": request["facts"] | {"plate.number": note}}, departments=["village"])
    assert ("deny", "not_recorded") == (large.outcome, large.reasons[0].rule)
    refused = office.take("s-1", {"kind": "withdrawn", "by": "officer-7", "note": "y" * 2_000})
    taken = [refused] + [office.take("s-1", {"kind": "tick", "note": "y" * 2_000}) for _ in range(40)]
    stopped = [one for one in taken if one.receipt is None]
    assert stopped and all(one.step.decision and one.step.decision.outcome == "deny" for one in stopped)
    sa.event.remove(office.ledger.database.engine, "connect", full)
    office.ledger.database.engine.dispose()
    assert "allow" == office.decide(request, departments=["village"]).outcome
    assert verify(office.ledger).is_whole


def test_an_override_by_who_may_is_kept_and_shown_by_the_audit(office: Office) -> None:
    """The chief may act against a denied search for an hour; an officer may not."""
    facts = {"purpose": "personal", "requester.id": "officer-7"}
    denied = {"action": "search.run", "at": NOON, "facts": facts, "approvals": []}
    decision, receipt = office.decided(denied, departments=["village"])
    assert "deny" == decision.outcome and receipt is not None
    for person, may in (("officer-7", False), ("chief-1", True)):
        authority = authority_of(office.directory, person, NOON)
        assert authority is not None
        assert may is override(office, receipt.seq, person=authority, at=NOON, why="a child is missing").answer.may
    memory = Memory(office.ledger, "village")
    assert ["chief-1"] == [one.by for one in memory.overrides()]
    assert [True] == [act.done for act in memory.acts()]


def test_of_two_overrides_in_one_instant_the_second_is_refused(office: Office, monkeypatch: Any) -> None:
    """Whoever looked before another override was written, and writes after it, is refused and leaves no row."""
    denied = {"action": "search.run", "at": NOON, "facts": {"purpose": "personal"}, "approvals": []}
    rows = [receipt.seq for _ in range(2) if (receipt := office.decided(denied, departments=["village"])[1])]
    chief, why = authority_of(office.directory, "chief-1", NOON), "a child is missing"
    assert chief is not None
    looked, told = acting._overridden_before, []

    def look(one: Office, act: str) -> int | None:
        found = looked(one, act)
        for row in rows[:1] if not told else ():
            told.append(row)
            told.append(override(office, row, person=chief, at=NOON, why=why).answer.may)
        return found

    monkeypatch.setattr(acting, "_overridden_before", look)
    late = override(office, rows[0], person=chief, at=NOON, why=why)
    other = override(office, rows[1], person=chief, at=NOON, why=why)

    assert [rows[0], True] == told
    assert (False, None) == (late.answer.may, late.receipt)
    assert "it was overridden already" in late.answer.why
    assert other.answer.may and other.receipt is not None
    assert [f"override-{row}" for row in rows] == [one.id for one in Memory(office.ledger, "village").overrides()]


def test_a_duty_reported_by_who_owes_it_counts_and_another_is_kept_without_counting(office: Office) -> None:
    """The clerk's audit stands in the ledger as refused, the chief's as done."""
    for by, role in (("clerk-2", "clerk"), ("chief-1", "chief")):
        doing = Doing(task="audit", at=NOON, by=by, roles=(role,), covers=("query_records",))
        report_duty(office, doing, department="village")
    found = Memory(office.ledger, "village").past().doings
    assert [("clerk-2", False), ("chief-1", True)] == [(one.by, one.accepted) for one in found]


def test_an_office_knows_each_case_by_its_last_step_alone(office: Office) -> None:
    """One that is opened later, on the same ledger, holds the cases as they stand, and reads no row but their last."""
    for name in ("s-1", "s-2"):
        search(name, office)
        office.take(name, {"kind": "tick"})
    office.take("s-1", {"kind": "withdrawn", "by": "officer-7"})
    fresh = Office(office.point, office.ledger, directory=office.directory)
    fresh.book.renew()
    assert [("s-2", 2), ("s-1", 3)] == [(one.id, one.revision) for one in fresh.book.all()]
    assert ["s-2"] == [one.id for one in fresh.book.open()]
    assert [("s-2", 2), ("s-1", 3)] == [row.case for row in office.ledger.rows(Wanted(case_heads=True))]


def test_a_purged_case_is_gone_and_says_so(office: Office) -> None:
    """Purging the rows of a case takes the case with it; the chain stays whole."""
    search("s-1", office)
    rows = [row.seq for row in office.ledger.rows() if row.case is not None]
    office.ledger.purge(rows, cite=["VIII"], by="clerk-2", at=NOON)
    fresh = Office(office.point, office.ledger, directory=office.directory)
    with pytest.raises(CaseError, match="purged"):
        fresh.look("s-1")
    assert verify(office.ledger).is_whole
    assert ["purged under VIII"] == [one.why for one in recompute(office.ledger).not_recomputable]
    assert {Kind.PURGE} & {row.kind for row in office.ledger.rows()}


def test_a_third_search_for_one_plate_by_one_person_is_noted_from_the_ledger(office: Office) -> None:
    """The profile counts searches of one plate by one person in thirty days, and the ledger answers."""
    told = []
    for number in range(3):
        search(f"s-{number}", office)
        scope = {"plate.number": "TEST01"}
        office.take(f"s-{number}", {"kind": "approval", "decision": "granted", "by": "chief-1", "scope": scope})
        step = office.take(f"s-{number}", {"kind": "done", "by": "officer-7"}).step
        assert step.done and step.decision is not None
        told.append([one.rule for one in step.decision.warnings])
    assert [[], [], ["repeats"]] == told
    assert 0 == len(recompute(office.ledger).different)


def test_a_purge_of_stored_records_stands_in_the_ledger_and_can_be_taken_up_again(office: Office) -> None:
    """What was begun and not finished is told to whoever goes on, and nothing once it is done."""
    journal, at = LedgerJournal(office, "village"), NOON.isoformat()
    doomed = [Doomed("reads", str(number), "must_go", ("days",), ("IX",)) for number in range(3)]
    assert journal.unfinished() is None
    journal.begin("plan-1", at, doomed)
    journal.going("plan-1", at, doomed[:1])
    journal.deleted("plan-1", at, [("reads", "0")])
    journal.close()
    journal = LedgerJournal(office, "village")
    again = journal.unfinished()
    assert again is not None
    assert (("reads", "1"), ("reads", "2")) == again.left and again.complete
    journal.spared("plan-1", at, [Spared("reads", "1", "held", ("case",), ("X",))])
    journal.deleted("plan-1", at, [("reads", "2")])
    journal.done("plan-1", at)
    assert journal.unfinished() is None
    assert verify(office.ledger).is_whole
