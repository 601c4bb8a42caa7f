"""Laws of cases over time, tried on courses that are drawn from the stories."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.courses import START, Course, courses, grounds, is_granting, over_time

from alpr_policy import Outcome
from alpr_policy.evaluators.stateful import (
    Case,
    CaseError,
    CaseEvent,
    EventKind,
    Status,
    look,
    read_case,
    read_event,
    request_of,
)
from alpr_policy.evaluators.stateful.events import BODIES
from alpr_policy.model.decision import NeedKind
from alpr_policy.questions.cases import Desk, decider, replay, stale_sweep
from alpr_policy.questions.decide import Evaluator, PolicyDecisionPoint

SHUT = (Status.WITHDRAWN, Status.CLOSED, Status.REJECTED, Status.DISPOSED)
WAITING_FOR = (NeedKind.APPROVAL, NeedKind.CHECK, NeedKind.DOCUMENT, NeedKind.EXCEPTION)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats() | st.just("2026-05-04T10:00:00Z"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)


def acts(case: Case | None) -> Counter[str]:
    """Return how often each act was done in a case."""
    return Counter(act.action for act in case.acts) if case is not None else Counter()


@given(courses())
@over_time
def test_nothing_is_done_without_leave(course: Course) -> None:
    """An act becomes a done act only by `done`, and only with an answer of every text that lets it at that moment."""
    reference = PolicyDecisionPoint(course.ground.pdp().catalog, evaluator=Evaluator.REFERENCE)
    for before, event, step in course.pairs():
        grown = acts(step.case) != acts(before)
        assert grown is step.done
        if step.done:
            assert before is not None
            assert EventKind.DONE == event.kind
            assert Outcome.ALLOW is reference.decide(request_of(before, event.at)).outcome


@given(courses())
@over_time
def test_what_is_shut_lets_nothing_through(course: Course) -> None:
    """A case that is withdrawn or closed, a hit that is rejected or disposed of: nothing is done, all is denied."""
    pdp = course.ground.pdp()
    shut = False
    for _, event, step in course.pairs():
        assert not (shut and step.done)
        shut = shut or step.status in SHUT
        if shut and step.case is not None:
            assert Outcome.DENY is pdp.decide(request_of(step.case, event.at, "stop.start")).outcome
            assert step.decision is None or step.decision.outcome is Outcome.DENY


@given(courses())
@over_time
def test_no_approval_serves_twice(course: Course) -> None:
    """No approval gathered in a case serves two done acts; what an act rests on was granted and unused before it."""
    served: set[int] = set()
    for before, _, step in course.pairs():
        if step.done:
            assert before is not None
            assert step.case is not None
            act = step.case.acts[-1]
            used = {n for n, one in enumerate(before.approvals, 1) if one.used is not None}
            assert served == used
            assert not used & set(act.rests_on)
            assert {"granted"} >= {before.approvals[n - 1].record.decision for n in act.rests_on}
            served |= set(act.rests_on)


@given(courses(), st.integers(0, 2**32))
@over_time
def test_replay_gives_the_same_bytes(course: Course, seed: int) -> None:
    """The same events give the same case, byte for byte: replayed, read again from what was written, or taken late."""
    desk, chance, case = course.ground.desk(), random.Random(seed), None
    for event in course.events:
        late = event.at + dt.timedelta(seconds=chance.choice((0, 0, 5, 90_000)))
        case = desk.take(case, event, late).case
        case = read_case(json.loads(case.canonical())) if case is not None and chance.random() < 0.3 else case
    written = [json.loads(json.dumps(event.to_wire())) for event in course.events]
    again = replay(course.ground.pdp(), map(read_event, written)).case

    assert case is not None
    assert again is not None
    assert case.canonical() == again.canonical()


@given(courses(backwards=False), st.integers(0, 2**32))
@over_time
def test_less_said_never_does_more(course: Course, seed: int) -> None:
    """Where no check may follow an act, leaving out a grant or a passed check never makes an act be done.

    Where one may, a check through a source that does not count is worse than none (language.md, Checks).
    """
    if any(event.body.get("facts", {}).get("status.prevented") for event in course.events):
        return
    granting = [n for n, event in enumerate(course.events) if is_granting(event)]
    if granting:
        left_out = random.Random(seed).choice(granting)
        fewer = dataclasses.replace(course, events=(*course.events[:left_out], *course.events[left_out + 1 :]))

        assert acts(fewer.steps()[-1].case) <= acts(course.steps()[-1].case)


@given(courses(backwards=False), st.integers(0, 2**32))
@over_time
def test_records_of_one_instant_in_any_order(course: Course, seed: int) -> None:
    """Approvals, checks and papers that are recorded at one instant give the same answer in any order."""
    opening = course.events[0]
    kinds = (EventKind.APPROVAL, EventKind.CHECK, EventKind.DOCUMENT)
    records = [
        dataclasses.replace(event, at=opening.at)
        for event in course.events
        if event.kind in kinds and event.body.get("decision") != "ended" and event.body.get("check") != "vissual"
    ]
    mixed = random.Random(seed).sample(records, len(records))
    one, other = (dataclasses.replace(course, events=(opening, *r)).steps()[-1] for r in (records, mixed))

    assert one.decision == other.decision
    assert one.status is other.status


@given(courses(), st.integers(0, 400))
@over_time
def test_time_alone_does_nothing(course: Course, days: int) -> None:
    """The passing of time does no act, changes only a case's clock, and supplies no approval, check or paper."""
    last = course.steps()[-1]
    if last.case is None or last.case.over:
        return
    at = max(event.at for event in course.events) + dt.timedelta(days=days)
    ticked = course.ground.desk().take(last.case, CaseEvent(kind=EventKind.TICK, at=at))

    assert ticked.refused is None
    assert dataclasses.replace(last.case, revision=last.case.revision + 1, last=at) == ticked.case
    if last.decision is not None and any(need.kind in WAITING_FOR for need in last.decision.needs):
        assert ticked.decision is not None
        assert Outcome.ALLOW is not ticked.decision.outcome


@given(courses())
@over_time
def test_what_is_owed_stays_owed(course: Course) -> None:
    """Every obligation of a done act is owed by its case, and is never lost: it is served once, or stays open."""
    for before, event, step in course.pairs():
        if before is None or step.case is None:
            continue
        kept = step.case.owed[: len(before.owed)]
        assert [one.obligation for one in before.owed] == [one.obligation for one in kept]
        served = [(was, now) for was, now in zip(before.owed, kept, strict=True) if was != now]
        assert all(was.served is None and now.served == event.at for was, now in served)
        if step.done and step.decision is not None:
            new = [one.obligation for one in step.case.owed[len(before.owed) :]]
            assert list(step.decision.obligations) == new
        assert not (step.status is Status.CLOSED and step.refused is None and any(not o.served for o in step.case.owed))


@given(courses(), st.sampled_from(sorted(BODIES)), st.dictionaries(st.text(max_size=12), plain, max_size=4), plain)
@over_time
def test_any_event_is_taken_or_refused(course: Course, kind: str, extra: dict[str, Any], value: Any) -> None:
    """Whatever an event holds it is taken, or refused with a code and a reason, and then the case is as it was."""
    desk = course.ground.desk()
    case = course.steps(desk)[-1].case
    keys = dict.fromkeys(BODIES[kind].fields, value)
    for body in (extra, keys, {**dict.fromkeys(BODIES[kind].required, "x"), **extra}):
        raw = {"kind": kind, "at": START.isoformat(), "by": "officer-7", **body}
        try:
            event = read_event(raw)
        except CaseError as error:
            assert ["event-shape"] == [one.code for one in error.diagnostics]
            event = CaseEvent(kind=kind, at=value if value else START, by=value, body=body)
        step = desk.take(case, event, START + dt.timedelta(days=2_000))
        assert (step.refused is None) or (step.case == case and step.refused.code and step.refused.message)


@given(courses(), st.integers(0, 3_000))
@over_time
def test_only_a_profile_makes_an_entry_stale(course: Course, days: int) -> None:
    """The sweep calls no entry stale unless a text says when entries go stale."""
    case = course.steps()[-1].case
    if case is not None:
        now = case.last + dt.timedelta(days=days)
        assert [] == stale_sweep(course.ground.pdp(), [case], now)


@given(courses())
@over_time
def test_a_look_takes_nothing(course: Course) -> None:
    """To look at a case gives what its last step gave, and leaves it as it was."""
    for _, event, step in course.pairs():
        if step.case is not None and step.refused is None and not step.done and event.at == step.case.last:
            desk = course.ground.desk()
            seen = look(decider(course.ground.pdp()), step.case, event.at, knowing=desk.knowing)
            assert (step.decision, step.timers, step.status) == (seen.decision, seen.timers, seen.status)
            assert step.case is seen.case


def test_the_courses_reach_what_the_laws_speak_of() -> None:
    """The drawn courses do acts, use approvals, reject, dispose, withdraw, close, owe, serve and are refused, often."""
    found: Counter[str] = Counter()

    @given(courses())
    @settings(over_time, max_examples=3 * over_time.max_examples)
    def count(course: Course) -> None:
        for _, _, step in course.pairs():
            found["done"] += step.done
            found[str(step.status)] += 1
            found[step.refused.code if step.refused is not None else "taken"] += 1
        case = step.case
        if case is not None:
            found["resting on approvals"] += any(act.rests_on for act in case.acts)
            found["acts after acts"] += len(case.acts) > 1
            found["served"] += any(one.served is not None for one in case.owed)

    count()
    reached = ("done", "resting on approvals", "acts after acts", "served", "case-not-allowed", "case-order")
    statuses = (*SHUT, Status.WAITING, Status.DONE, Status.ACTIVE, Status.STALE)

    assert len(grounds()) > 8
    assert [] == [name for name in (*reached, *map(str, statuses)) if found[name] < 3], found


@pytest.mark.parametrize("ground", ["leicester_time", "waltham_time"])
def test_as_many_acts_as_approvals(ground: str) -> None:
    """Of a search that waits for its own approval no more are done than approvals were given in the case."""

    @given(courses(ground=ground))
    @over_time
    def hold(course: Course) -> None:
        first = course.events[0]
        if first.body["action"] != "search.run" or first.body.get("standing"):
            return
        granted = sum(event.body.get("decision") == "granted" for event in course.events)
        case = Desk.of(course.ground.pdp()).take(None, first).case
        for event in course.events[1:]:
            case = course.ground.desk().take(case, event).case
        assert case is not None
        assert len(case.done("search.run")) <= granted

    hold()
