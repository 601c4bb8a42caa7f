"""Expected answers over time: a case told step by step, with what should come out after each step.

The steps are events of a case (docs/cases.md), or looks at it; `advance` moves the clock by a span of the calendar in
the department's time zone. A story that could pass by mistake is refused: one that expects nothing, or whose event
cannot be read; and an event that is not taken fails unless its refusal is what was expected.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan, add, instant
from alpr_policy.evaluators.stateful import Case, CaseError, CaseEvent, EventKind, Status, Step, overdue, read_event
from alpr_policy.evaluators.stateful.events import BODIES
from alpr_policy.model.decision import Outcome
from alpr_policy.questions.answers import Mismatch, mismatches
from alpr_policy.questions.cases import Desk
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.suites import ANY, EXPECT, SHARED, MomentShape, no_rules
from alpr_policy.reading.grammar import ACTION, NAME, TEXT
from alpr_policy.reading.groups import Field, ListOf, Record
from alpr_policy.reading.shapes import Choice, Flag, Notes, Period, Word
from alpr_policy.reading.yaml_tree import MappingNode, SequenceNode
from alpr_policy.source import NOWHERE, Span
from alpr_policy.suggest import did_you_mean

NOTHING_ASKED: Final = "none"
_CODE = Word("an error code", r"[a-z]+(-[a-z]+)+", 40)
_MOMENTS = ListOf(MomentShape(), "a list of times", single=True, may_be_empty=True)
_TASKS = ListOf(NAME, "a list of tasks", single=True, may_be_empty=True)
AFTER = Record(
    dict,
    (
        Field("outcome", Choice((*Outcome, NOTHING_ASKED)), "the answer, or `none` where nothing is asked for"),
        *(field for field in EXPECT.fields if field.key != "outcome"),
        Field("done", Flag(), "whether the act was done in this step"),
        Field("refused", _CODE, "the code with which the event is refused"),
        Field("status", Choice(tuple(Status)), "where the case stands"),
        Field("owed", _TASKS, "tasks that the case owes, all of them"),
        Field("overdue", _TASKS, "tasks whose deadline has passed, all of them"),
        Field("timers", _MOMENTS, "the instants at which something changes by itself, all of them"),
    ),
    "what is expected after a step",
)
_EVENT_KEYS = sorted({key for body in BODIES.values() for key in body.fields} | {"kind", "by"})
STEP = Record(
    dict,
    (
        *(Field(key, ANY, f"`{key}` of the event") for key in _EVENT_KEYS),
        Field("ask", ACTION, "look at another act than the one asked for"),
        Field("use", ListOf(NAME, "a list of bases", single=True), "bases whose facts the event brings"),
        Field("advance", Period(), "how much later this is"),
        Field("at", MomentShape(), "when this is"),
        Field("expect", AFTER, "what should come out"),
    ),
    "a step",
    places=True,
)
STORY = Record(
    dict,
    (
        *SHARED,
        Field("action", ACTION, "the act that opens the case", required=True),
        Field("by", TEXT, "who asks; the fact `requester.id` if left out"),
        Field("topic", NAME, "of an exception: what it is about"),
        Field("expect", AFTER, "what should come out once the case is open"),
        Field("steps", ListOf(STEP, "a list of steps"), "what happens", required=True),
    ),
    "a case over time",
    places=True,
)


@dataclass(frozen=True, slots=True)
class StoryStep:
    """One step: the event without its time (None: only a look), when it is, and what is expected."""

    event: Mapping[str, Any] | None
    expect: Mapping[str, Any]
    advance: CalendarSpan | None = None
    at: dt.datetime | None = None
    ask: str | None = None
    place: Span = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One sentence with the steps of a case and what is expected after each."""

    name: str
    departments: tuple[str, ...]
    at: dt.datetime
    steps: tuple[StoryStep, ...]
    clause: tuple[str, ...] = ()
    place: Span = NOWHERE
    strict: bool = False


def story_of(story: dict[str, Any], node: MappingNode, suite: dict[str, Any], notes: Notes) -> Story | None:
    """Make a story of what was read; what is wrong with it is noted."""
    at, bases = story.get("at", suite.get("at")), suite.get("base", {})
    if at is None:
        notes.fault("no-time", "neither the story nor the file says when", node.span, "give it `at`")
        return None
    parts = [*_used(story, node, bases, notes), story]
    departments = list(story.get("departments", (suite["profile"],)))
    event: dict[str, Any] = {"kind": EventKind.OPENED, "case": "case-1", "departments": departments}
    event |= {key: story[key] for key in ("action", "by", "topic") if key in story}
    event["facts"] = {name: value for part in parts for name, value in part.get("facts", {}).items()}
    told = {key: part[key] for part in parts for key in ("approvals", "holds", "events") if key in part}
    event |= {"standing" if key == "approvals" else key: value for key, value in told.items()}
    if kept := sorted({key for part in parts for key in ("checks", "documents") if part.get(key)}):
        help = "let a step bring each: `kind: check`, `kind: document`"
        notes.fault("bad-story", f"a case opens without {' and '.join(kept)}", node.span, help)
    steps = [StoryStep(event, story.get("expect", {}), at=at, place=story["span"])]
    items = node.get("steps")
    for one, item in zip(story["steps"], items.items if isinstance(items, SequenceNode) else (), strict=True):
        if isinstance(item, MappingNode):
            steps.append(_step(one, item, bases, notes))
    for step in steps:
        _readable(step, notes)
        if (
            suite["strict"]
            and step.expect.get("outcome", NOTHING_ASKED) != NOTHING_ASKED
            and "rules" not in step.expect
        ):
            no_rules(step.place, notes)
    if not any(step.expect for step in steps):
        notes.fault("bad-story", "this story expects nothing", node.span, "give its steps `expect`")
    return Story(
        name=story["name"],
        departments=tuple(departments),
        at=at,
        steps=tuple(steps),
        clause=tuple(story.get("clause", ())),
        place=story["span"],
        strict=suite["strict"],
    )


def _used(
    part: Mapping[str, Any], node: MappingNode, bases: Mapping[str, Any], notes: Notes
) -> list[Mapping[str, Any]]:
    for name in part.get("use", ()):
        if name not in bases:
            notes.fault("unknown-base", f"no base is called `{name}`", node.key_span("use"), did_you_mean(name, bases))
    return [bases[name] for name in part.get("use", ()) if name in bases]


def _step(step: dict[str, Any], node: MappingNode, bases: Mapping[str, Any], notes: Notes) -> StoryStep:
    event = {key: step[key] for key in _EVENT_KEYS if key in step}
    facts = {name: value for part in _used(step, node, bases, notes) for name, value in part.get("facts", {}).items()}
    if facts:
        event["facts"] = {**facts, **event.get("facts", {})}
    if event and "kind" not in event:
        notes.fault("bad-story", "an event says its `kind`", node.span, "known: " + ", ".join(EventKind))
    elif not event and not step.get("expect"):
        notes.fault("bad-story", "nothing happens in this step and nothing is expected", node.span)
    if event and "ask" in step:
        notes.fault("bad-story", "a step is an event or looks at an act", node.span, "make two steps of it")
    return StoryStep(
        event or None, step.get("expect", {}), step.get("advance"), step.get("at"), step.get("ask"), step["span"]
    )


def _readable(step: StoryStep, notes: Notes) -> None:
    """Note an event that could not be read; which time it has does not matter here."""
    if step.event is None or "kind" not in step.event:
        return
    try:
        read_event({**step.event, "at": "2026-01-01T00:00:00Z", "when": None})
    except CaseError as error:
        notes.fault("event-shape", error.diagnostics[0].message, step.place, error.diagnostics[0].help)


def tell(story: Story, pdp: PolicyDecisionPoint) -> Iterator[tuple[StoryStep, Step]]:
    """Take the steps of a story one after the other, and give what each made of the case; raises CaseError."""
    desk, zone = Desk.of(pdp), _zone(story, pdp)
    case: Case | None = None
    now = story.at
    for step in story.steps:
        now = step.at if step.at is not None else add(now, step.advance, zone) if step.advance is not None else now
        if step.event is not None:
            taken = desk.take(case, _event(step.event, now))
        elif case is not None:
            taken = desk.look(case, now, step.ask)
        else:
            taken = Step(case=None)
        case = taken.case
        yield step, taken


def story_differences(story: Story, pdp: PolicyDecisionPoint) -> list[str]:
    """Tell a story and return in what it went otherwise than expected; empty when it did not."""
    return [f"line {step.place.line}, step {n}: {one.text}" for n, step, _, found in told(story, pdp) for one in found]


def told(story: Story, pdp: PolicyDecisionPoint) -> Iterator[tuple[int, StoryStep, Step, list[Mismatch]]]:
    """Tell a story and yield each step by number, with what came of it and in what that is not what was expected."""
    now = story.at
    zone = _zone(story, pdp)
    for number, (step, taken) in enumerate(tell(story, pdp)):
        now = step.at if step.at is not None else add(now, step.advance, zone) if step.advance is not None else now
        yield number, step, taken, _differs(step, taken, now, strict=story.strict)


def _differs(step: StoryStep, taken: Step, now: dt.datetime, *, strict: bool) -> list[Mismatch]:
    expect, found = step.expect, []

    def compare(what: str, wanted: object, got: object) -> None:
        if wanted != got:
            found.append(Mismatch(what, f"{what}: expected {wanted}, got {got}"))

    refused = taken.refused
    if refused is not None and expect.get("refused") != refused.code:
        found.append(Mismatch("refused", f"refused: {refused.message} [{refused.code}]"))
    elif refused is None and "refused" in expect:
        found.append(Mismatch("refused", f"refused: expected {expect['refused']}, and it was taken"))
    if "done" in expect:
        compare("done", expect["done"], taken.done)
    if "status" in expect:
        compare("status", expect["status"], str(taken.status))
    if "owed" in expect:
        compare("owed", sorted(expect["owed"]), sorted(o.obligation.task for o in taken.obligations))
    if "overdue" in expect:
        late = overdue(taken.case, instant(now)) if taken.case is not None else ()
        compare("overdue", sorted(expect["overdue"]), sorted(o.obligation.task for o in late))
    if "timers" in expect:
        wanted: Sequence[dt.datetime] = [instant(one) for one in expect["timers"]]
        compare("timers", [t.isoformat() for t in sorted(wanted)], [t.at.isoformat() for t in taken.timers])
    return found + _answer_differs(expect, taken, strict=strict)


def _answer_differs(expect: Mapping[str, Any], taken: Step, *, strict: bool) -> list[Mismatch]:
    answer = {field.key for field in EXPECT.fields} & set(expect)
    if not answer:
        return []
    if taken.decision is None:
        fits = expect.get("outcome") == NOTHING_ASKED
        return [] if fits else [Mismatch("outcome", "outcome: nothing is asked for")]
    wanted = {"outcome": taken.decision.outcome, **expect}
    return mismatches(wanted, taken.decision, strict=strict and "outcome" in expect)


def _event(wire: Mapping[str, Any], now: dt.datetime) -> CaseEvent:
    return read_event({**wire, "at": now})


def _zone(story: Story, pdp: PolicyDecisionPoint) -> ZoneInfo:
    for name in story.departments:
        if name in pdp.catalog.names:
            return ZoneInfo(pdp.catalog.latest(name).timezone)
    return ZoneInfo("UTC")
