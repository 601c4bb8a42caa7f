"""Cases from Python: what they ask, what they give to others, which entries go stale, and what is no case or event."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from tests.suites import read_suite
from tests.test_stories import STORIES, Point

from alpr_policy import Mode, Outcome, PolicyDecisionPoint
from alpr_policy.evaluators.stateful import (
    Case,
    CaseError,
    CaseEvent,
    EventKind,
    Status,
    read_case,
    read_event,
    request_of,
    standing_grants,
)
from alpr_policy.questions.cases import Desk, stale_sweep
from alpr_policy.questions.stories import Story, story_differences
from alpr_policy.questions.suites import SuiteError
from alpr_policy.reading.catalog import build
from alpr_policy.reading.profiles import load_source
from alpr_policy.source import SourceFile

AT = dt.datetime(2026, 5, 4, 14, tzinfo=dt.UTC)
HEAD = """
language: 1
profile: example
department: Example Police Department
policy: {title: Plate Readers, number: "1", effective: 2025-01-01}
timezone: America/New_York
silence: allow
outline: ["1"]
permissions:
  - {id: any, cite: "1", action: use}
"""
BARRED = """
roles: {administrator: {title: Administrator, cite: "1"}}
prohibitions:
  - {id: barred, cite: "1", action: alert.deliver, when: {alert.categories: {has: gang}},
     excused_by: {topic: alert_exception, by: administrator}}
"""
EVERY = """
duties:
  - {id: upkeep, cite: "1", task: update_entry, for_each: entry, every: 30 days}
"""
KEPT = """
retention:
  - {id: entries, cite: "1", data: entry, at_most: 60 days, from: created}
"""


def desk(*parts: str) -> Desk:
    """Return a desk over one small profile."""
    loaded = load_source(SourceFile("example.yaml", HEAD + "".join(parts)))
    assert [] == [d for d in loaded.diagnostics if d.is_error]
    return Desk.of(PolicyDecisionPoint(build([loaded])))


def event(kind: str, *, hours: float = 0, by: str | None = "officer-7", **body: Any) -> CaseEvent:
    """Return an event so many hours after the start."""
    return read_event({"kind": kind, "at": (AT + dt.timedelta(hours=hours)).isoformat(), "by": by, **body})


def opened(action: str, **body: Any) -> CaseEvent:
    """Return an event that opens a case of the small profile."""
    return event("opened", case="case-1", action=action, departments=["example"], **body)


def after(here: Desk, *events: CaseEvent) -> Case:
    """Return the case that events make; each must be taken."""
    steps = list(here.run(events))
    assert [] == [step.refused for step in steps if step.refused is not None]
    case = steps[-1].case
    assert case is not None
    return case


def test_records_of_a_case_are_known_and_the_outside_is_not() -> None:
    """A case knows that nobody approved, checked or wrote; of holds and events outside it knows nothing until told."""
    here = desk(BARRED)
    case = after(here, opened("data.purge"))
    asked = request_of(case, AT)
    told = request_of(after(here, opened("data.purge"), event("supplied", holds=[], events=[])), AT)

    assert ((), (), (), None, None) == (asked.approvals, asked.checks, asked.documents, asked.holds, asked.events)
    assert ((), ()) == (told.holds, told.events)
    assert {"requester.id": "officer-7"} == asked.facts


@pytest.mark.parametrize("first", ["officer-7", None])
def test_another_person_brings_own_facts(first: str | None) -> None:
    """What was told of one requester, or of nobody named, is not taken for the next; what is told of the act stays."""
    here, told = desk(), {"requester.sworn": True, "purpose": "audit", "case.state": "open", "login.owner": "requester"}
    opening = read_event({**opened("data.use", facts=told).to_wire(), "by": first})
    case = after(here, opening, event("asked", by="officer-8", action="data.use"))
    same = after(here, opened("data.use", facts=told), event("asked", action="data.use"))

    assert {"requester.id": "officer-8", "case.state": "open"} == case.facts
    assert {"requester.id": "officer-7", **told} == same.facts


def test_nobody_is_made_the_requester_by_a_fact() -> None:
    """Who asks is told by asking: no fact that is supplied puts another person, or any, in that place."""
    here = desk()
    asked, unasked = after(here, opened("data.use")), after(here, event_of_nobody("data.use"))
    steps = [
        here.take(one, event("supplied", facts={"requester.id": "chief-1"}, source="somebody"))
        for one in (asked, unasked)
    ]

    assert ["case-order"] * 2 == [step.refused.code for step in steps if step.refused is not None]
    assert here.take(asked, event("supplied", facts={"requester.id": "officer-7"})).refused is None


def event_of_nobody(action: str) -> CaseEvent:
    """Return an opening event without a person."""
    return read_event({**opened(action).to_wire(), "by": None})


def test_exception_stands_for_other_cases() -> None:
    """What one case grants stands for another until it ends, for whom it was granted and nobody else."""
    here = desk(BARRED)
    scope, ends = {"requester.id": "officer-7"}, (AT + dt.timedelta(days=2)).isoformat()
    wish = opened("alert.deliver", topic="alert_exception", facts={"alert.categories": ["gang"]})
    grant = event("approval", by="boss-1", role="administrator", decision="granted", scope=scope, expires=ends)
    exception = after(here, wish, grant)

    def shown(by: str, days: int) -> Outcome:
        now = AT + dt.timedelta(days=days)
        granted = [{**one} for one in standing(exception, now)]
        facts = {"alert.categories": ["gang"], "requester.id": by}
        hit = opened("alert.deliver", facts=facts, standing=granted)
        decision = here.take(None, hit, now).decision
        assert decision is not None
        return decision.outcome

    assert [Outcome.ALLOW, Outcome.DENY, Outcome.DENY] == [
        shown("officer-7", 1),
        shown("officer-8", 1),
        shown("officer-7", 3),
    ]
    assert () == standing_grants(after(here, wish, grant, event("closed")), AT)


def standing(case: Case, now: dt.datetime) -> list[dict[str, Any]]:
    """Return the standing grants of a case as another case is told of them."""
    wire = json.loads(case.canonical())
    return [one["record"] for one in wire["approvals"]] if standing_grants(case, now) else []


@pytest.mark.parametrize(
    ("profile", "days", "stale"),
    [("", 9_000, False), (EVERY, 29, False), (EVERY, 30, True), (KEPT, 60, False), (KEPT, 61, True)],
)
def test_sweep_says_what_the_profile_says(profile: str, days: int, stale: bool) -> None:
    """An entry goes stale by a duty owed for each entry, or by the end of its retention, and not by itself."""
    here = desk(profile)
    case = after(here, opened("hotlist.add"), event("done", hours=1))
    now = AT + dt.timedelta(hours=1, days=days)
    found = stale_sweep(here.pdp, [case], now)

    assert ([("case-1", EventKind.HAPPENED)] if stale else []) == [(name, one.kind) for name, one in found]
    for _, one in found:
        step = here.take(case, one, now)
        assert Status.STALE is step.status
        assert step.case is not None
        assert [] == stale_sweep(here.pdp, [step.case], now)


def test_sweep_passes_over_what_is_gone() -> None:
    """An entry that was never made or was taken off is never stale, and one that was altered begins anew."""
    here = desk(EVERY)
    wish, made = opened("hotlist.add"), event("done", hours=1)
    removed = after(here, wish, made, event("asked", hours=2, action="hotlist.remove"), event("done", hours=3))
    altered = after(here, wish, made, event("asked", hours=2, action="hotlist.change"), event("done", hours=480))
    cases = [after(here, wish), removed, altered]

    assert [] == stale_sweep(here.pdp, cases, AT + dt.timedelta(days=40))
    assert 1 == len(stale_sweep(here.pdp, cases, AT + dt.timedelta(days=51)))


def test_observed_act_goes_on_and_uses_nothing_up() -> None:
    """In mode observe an act goes on without leave; it rests on no approval then."""
    here = Desk.of(desk(BARRED).pdp, Mode.OBSERVE)
    case = after(here, opened("alert.deliver", facts={"alert.categories": ["gang"]}), event("done"))

    assert [()] == [act.rests_on for act in case.acts]


def test_event_ahead_of_the_clock_is_refused() -> None:
    """An event that lies ahead of the clock is refused with both times, in a case and before one is open."""
    here = desk()
    case = after(here, opened("data.use"))
    steps = [
        here.take(None, opened("data.use"), AT - dt.timedelta(seconds=1)),
        here.take(case, event("tick", hours=1), AT),
    ]

    for step in steps:
        assert step.refused is not None
        assert "case-clock" == step.refused.code
        assert 2 == step.refused.message.count("2026-05-04T")


def test_case_opens_once_and_keeps_its_name() -> None:
    """A case is opened before anything else, only once, and takes no event of another case."""
    here = desk()
    case = after(here, opened("data.use"))
    tried = [(None, event("tick")), (case, opened("data.use")), (case, event("tick", case="case-2"))]
    refused = [here.take(one, tried_event).refused for one, tried_event in tried]

    assert ["case-order", "case-order", "case-other"] == [one.code if one is not None else "" for one in refused]


def test_full_case_can_still_end() -> None:
    """After a thousand events a case takes no more, but can be brought to its end."""
    here = desk()
    case = after(here, opened("stop.start"), *(event("happened", event="hit_acted_on") for _ in range(999)))
    more, end = (
        here.take(case, event("asked", action="stop.start")),
        here.take(case, event("disposed", outcome="arrest")),
    )

    assert more.refused is not None
    assert "case-full" == more.refused.code
    assert (None, Status.DISPOSED) == (end.refused, end.status)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (None, "an event is a group of keys"),
        ({"kind": "opend", "at": AT.isoformat()}, "`opend` is no kind of event (did you mean `opened`?)"),
        ({"kind": "tick"}, "an event says when"),
        ({"kind": "tick", "at": "2026-05-04"}, "an event says when"),
        (
            {"kind": "done", "at": AT.isoformat(), "acton": "x"},
            "`acton` is not a key of `done` (did you mean `action`?)",
        ),
        ({"kind": "opened", "at": AT.isoformat(), "case": "c"}, "`opened` needs `action`"),
        ({"kind": "supplied", "at": AT.isoformat(), "by": "x"}, "`supplied` brings one of"),
        (
            {"kind": "check", "at": AT.isoformat(), "check": "visual", "result": "passed"},
            "`result` must be one of pass",
        ),
        ({"kind": "asked", "at": AT.isoformat(), "action": "x", "facts": {"a": 1.5}}, "the value of `a`"),
        (
            {"kind": "asked", "at": AT.isoformat(), "action": "x", "facts": {"a.b": ["x" * 2_000] * 101}},
            "an event holds at most 200,000 characters",
        ),
        ({"kind": "asked", "at": AT.isoformat(), "action": "x" * 301}, "`action` must be a short text"),
        ({"kind": "asked", "at": AT.isoformat(), "action": "x", "facts": {"a.b": ["x"] * 201}}, "the value of `a.b`"),
    ],
)
def test_no_event(raw: Any, said: str) -> None:
    """What is no event is refused with one sentence that says why."""
    with pytest.raises(CaseError) as caught:
        read_event(raw)

    assert [said] == [one.message[: len(said)] for one in caught.value.diagnostics]


@pytest.mark.parametrize(
    "spoil",
    [
        {"version": 2},
        {"subject": "murder"},
        {"revision": "1"},
        {"acts": [{}]},
        {"approvals": 3},
        {"opened": "yesterday"},
        {"strange": 1},
        {"facts": {"a": 1.5}},
    ],
)
def test_no_case(spoil: dict[str, Any]) -> None:
    """What was altered since it was written is no case."""
    wire = after(desk(), opened("data.use")).to_wire()

    with pytest.raises(CaseError):
        read_case({**wire, **spoil})


def suite(folder: Path, text: str) -> list[str]:
    """Return what is wrong with a file of stories."""
    file = folder / "suite.yaml"
    file.write_text("profile: leicester\nat: 2026-05-04T10:00:00-04:00\nstories:\n" + text, encoding="utf-8")
    try:
        read_suite(file)
    except SuiteError as error:
        return [f"{d.code} {d.span.line}" for d in error.diagnostics]
    return []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  - {name: x, action: data.use, steps: [{kind: tick}]}\n", ["bad-story 4"]),
        ("  - {name: x, action: data.use, steps: [{by: x, expect: {done: true}}]}\n", ["bad-story 4"]),
        ("  - {name: x, action: data.use, steps: [{advance: 1 day}, {expect: {done: true}}]}\n", ["bad-story 4"]),
        ("  - {name: x, action: data.use, steps: [{kind: tik, expect: {done: true}}]}\n", ["event-shape 4"]),
        ("  - {name: x, action: data.use, steps: [{kind: tick, expect: {dun: true}}]}\n", ["unknown-key 4"]),
        ("  - {name: x, action: data.use, steps: [{kind: tick, expect: {status: gone}}]}\n", ["bad-choice 4"]),
        (
            "  - {name: x, action: data.use, checks: [{check: a, result: pass}], steps: [{expect: {done: false}}]}\n",
            ["bad-story 4"],
        ),
        ("  - {name: x, use: nobody, action: data.use, steps: [{expect: {done: false}}]}\n", ["unknown-base 4"]),
        (
            "  - {name: x, action: data.use, steps: [{kind: tick, ask: data.use, expect: {done: false}}]}\n",
            ["bad-story 4"],
        ),
        ("  - {name: x, action: data.use, steps: [{expect: {done: false}}]}\n", []),
    ],
)
def test_story_that_could_pass_by_mistake_is_refused(text: str, expected: list[str], tmp_path: Path) -> None:
    """A story that expects nothing, or whose event cannot be read, is an error and not a pass."""
    assert expected == suite(tmp_path, text)


OTHER: dict[str, Any] = {
    "outcome": "allow",
    "done": True,
    "status": "waiting",
    "refused": "case-full",
    "owed": ["report"],
}


@pytest.mark.parametrize(("story", "point"), [pytest.param(s, point, id=name) for name, s, point in STORIES])
def test_another_course_is_noticed(story: Story, point: Point) -> None:
    """Every story fails where something else is expected of any of its steps."""
    for number, step in enumerate(story.steps):
        for key in step.expect.keys() & OTHER.keys():
            expect = dict(step.expect)
            other = not expect[key] if key == "done" else OTHER[key]
            expect[key] = other if other != step.expect[key] else "deny" if key == "outcome" else "closed"
            steps = (*story.steps[:number], _with(step, expect), *story.steps[number + 1 :])

            assert [] != story_differences(_steps(story, steps), point("compiled")), (number, key)


def _with(step: Any, expect: dict[str, Any]) -> Any:
    return type(step)(step.event, expect, step.advance, step.at, step.ask, step.place)


def _steps(story: Story, steps: tuple[Any, ...]) -> Story:
    return Story(name=story.name, departments=story.departments, at=story.at, steps=steps)
