"""Plans of retention: many records at once are said what each would be said by itself, at every instant."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from hypothesis import strategies as st
from tests.adapters.retention_kit import CrashError, Fuse, Memory, Notebook
from tests.laws.rewriting import text_of
from tests.laws.strategies import Raw, Subject, Target, everywhere, requests, subjects
from tests.laws.subjects import AWKWARD_TIMES, STORED

from alpr_policy import Outcome
from alpr_policy.durations import add, instant, parse_moment
from alpr_policy.model.request import HoldRecord, Request
from alpr_policy.model.statements import Hold
from alpr_policy.questions.disposal import Outlook, Stand, StoredRecord, stored, weigh
from alpr_policy.questions.disposal_clocks import CLOCKS, TICK
from alpr_policy.questions.disposal_groups import Disposal
from alpr_policy.reading.requests import read_request
from alpr_policy_adapters.stores.purge import PurgeOrder, purge

STEPS = (dt.timedelta(0), TICK, -TICK, dt.timedelta(seconds=1), dt.timedelta(hours=1), dt.timedelta(days=1))


def asked(data: st.DataObject, name: str) -> tuple[Subject, Request, Raw]:
    """Draw a profile and a request about stored data under it, mostly one that some retention statement reaches."""
    subject = data.draw(subjects(name))
    kept: list[Target] = [target for target in subject.targets if target.actions == STORED]
    raw = data.draw(requests(subject, data.draw(st.sampled_from(kept)) if kept else None))
    return subject, read_request(raw), raw["facts"]


def records(data: st.DataObject, disposal: Disposal, facts: Raw, request: Request) -> list[StoredRecord]:
    """Draw records with the same facts and clocks near the edges of the rules, in the awkward nights, or unreadable."""
    found: list[StoredRecord] = []
    edges = disposal.watched.edges
    for number in range(data.draw(st.integers(1, 3))):
        mine: dict[str, Any] = dict(facts)
        for clock in sorted(CLOCKS):
            way = data.draw(st.integers(0, 5))
            if way > 2:
                base = request.at if way < 5 else parse_moment(data.draw(st.sampled_from(AWKWARD_TIMES)))
                assert isinstance(base, dt.datetime)
                spans = [edge.span for edge in edges if edge.clock == clock and edge.span is not None]
                start = instant(base)
                if spans:
                    start -= instant(add(base, data.draw(st.sampled_from(spans)), disposal.zone)) - start
                start += data.draw(st.sampled_from(STEPS))
                mine[clock] = start.date() if way == 3 else start.astimezone(disposal.zone)
            elif way == 2:
                mine[clock] = data.draw(st.sampled_from(("unknown", None, "soon", 7)))
        found.append(stored(f"r{number}", mine, request.events))
        # One of the same kind and mostly the same day, so that what is said of a day's records is said of several.
        moved = dt.timedelta(hours=data.draw(st.integers(-12, 12)))
        other = {name: one + moved if isinstance(one, dt.datetime) else one for name, one in mine.items()}
        found.append(stored(f"r{number} too", other, request.events))
    return found


def held(outlook: Outlook, at: dt.datetime) -> Stand:
    """Return what an outlook says of an instant."""
    return [change.stand for change in outlook if change.at <= at][-1]


@everywhere
def test_many_records_are_said_what_each_is_said(name: str, data: st.DataObject) -> None:
    """What a plan says of a record at any instant is what the decision point says of that record alone."""
    subject, request, facts = asked(data, name)
    at = instant(request.at) - data.draw(st.sampled_from((dt.timedelta(0), dt.timedelta(days=3), dt.timedelta(40))))
    until = at + dt.timedelta(days=data.draw(st.sampled_from((2, 50))))
    disposal = Disposal(subject.text.pdp, subject.text.name, at=at, until=until, holds=request.holds, samples=9)
    several = records(data, disposal, facts, request)
    bundles = list(disposal.bundles(several))
    of = {key: bundle for bundle in bundles for key in bundle.keys}

    assert sorted(record.key for record in several) == sorted(of)
    for record in several:
        outlook = disposal.outlook(record)
        edges = {point + step for point in (request.at, *(c.at for c in outlook)) for step in (-TICK, dt.timedelta(0))}
        inside = [at, until, *sorted(instant(p) for p in edges if at <= p <= until)]
        inside += [at + (until - at) * data.draw(st.integers(0, 1000)) / 1000 for _ in range(2)]
        for point in inside:
            alone = weigh(subject.text.pdp, subject.text.name, record, request.holds, point)
            assert alone == held(outlook, point)
        bundle = of[record.key]
        assert disposal.stand(record) == outlook[0].stand
        assert [c.stand for c in outlook] == [c.stand for c in bundle.first] == [c.stand for c in bundle.last]
        assert all(a.at <= b.at <= c.at for a, b, c in zip(bundle.first, outlook, bundle.last, strict=True))
        days = [[c.at.astimezone(disposal.zone).date() for c in one] for one in (bundle.first, outlook, bundle.last)]
        assert days[0] == days[1] == days[2]


def to_purge(data: st.DataObject, name: str) -> tuple[Subject, Request, Memory]:
    """Draw a profile and a store with some records under it."""
    subject, request, facts = asked(data, name)
    disposal = Disposal(subject.text.pdp, subject.text.name, at=request.at, until=request.at, holds=request.holds)
    several = records(data, disposal, facts, request)
    return subject, request, Memory({record.key: record for record in several})


def purged(subject: Subject, request: Request, store: Memory, journal: Notebook, holds: Any = "as asked") -> None:
    """Purge all that must or may go, killed wherever the fuses burn through, until a run comes to its end."""
    order = PurgeOrder(
        pdp=subject.text.pdp,
        department=subject.text.name,
        stores=(store,),
        holds=lambda: request.holds if holds == "as asked" else holds,
        clock=lambda: request.at,
        may_go=True,
        batch=2,
    )
    try:
        purge(order, journal)
    except CrashError:
        store.fuse = journal.fuse = Fuse()
        purge(order, journal)


@everywhere
def test_a_purge_deletes_what_may_go_and_nothing_else(name: str, data: st.DataObject) -> None:
    """A purge deletes just the records whose purging the decision point allows at that moment, and notes each."""
    subject, request, store = to_purge(data, name)
    asking = {**vars_of(request), "action": "data.purge"}
    facts = {key: {**record.facts, **record.moments} for key, record in store.held.items()}
    decisions = {key: subject.text.pdp.decide(Request(**{**asking, "facts": own})) for key, own in facts.items()}
    allowed = {key for key, decision in decisions.items() if decision.outcome is Outcome.ALLOW}
    journal = Notebook()
    purged(subject, request, store, journal)

    assert facts.keys() - allowed == store.held.keys()
    assert sorted(allowed) == sorted(journal.names("deleted")) == sorted(journal.names("going"))
    for decision in decisions.values():
        assert decision.standing not in ("must_keep", "held") or decision.outcome is Outcome.DENY


def vars_of(request: Request) -> dict[str, Any]:
    """Return what a purge knows of a request: its time, department, holds and events."""
    return {
        "at": request.at,
        "departments": request.departments,
        "holds": request.holds,
        "events": request.events,
    }


@everywhere
def test_a_killed_purge_ends_as_any(name: str, data: st.DataObject) -> None:
    """A purge that is killed at any step and run again ends as one that was not, and a further run does nothing."""
    subject, request, store = to_purge(data, name)
    killed, proof, journal = Memory(dict(store.held)), Notebook(), Notebook()
    purged(subject, request, store, proof)
    killed.fuse = journal.fuse = Fuse(data.draw(st.integers(0, 3 + 2 * len(proof.lines))))
    purged(subject, request, killed, journal)
    lines = len(journal.lines)
    purged(subject, request, killed, journal)

    assert store.held == killed.held
    assert sorted(proof.names("deleted")) == sorted(journal.names("deleted"))
    assert set(journal.names("deleted")) <= set(journal.names("going"))
    assert lines == len(journal.lines)


@everywhere
def test_a_hold_placed_meanwhile_stops_a_purge(name: str, data: st.DataObject) -> None:
    """A hold on all data that is placed while a purge is under way keeps every record that is still there."""
    subject, request, store = to_purge(data, name)
    hold = Hold(id="stop", cite=("title",), basis="direction")
    profile = dataclasses.replace(subject.text.profile, holds=(*subject.text.profile.holds, hold))
    held_subject = Subject(text_of(profile, subject.text.catalog), effort=1)
    # It was begun while nobody had placed a hold, and ended by a crash after some steps.
    before = store.held.copy()
    journal = Notebook()
    store.fuse = journal.fuse = Fuse(data.draw(st.integers(0, 9)))
    order = PurgeOrder(
        pdp=held_subject.text.pdp,
        department=profile.profile,
        stores=(store,),
        holds=lambda: (),
        clock=lambda: request.at,
        may_go=True,
        batch=2,
    )
    try:
        purge(order, journal)
    except CrashError:
        store.fuse = journal.fuse = Fuse()
    there = store.held.copy()
    placed = HoldRecord(basis="direction", by="deputy-1", placed=request.at)
    purged(held_subject, request, store, journal, (placed,))

    assert there == store.held
    assert before.items() >= there.items()
