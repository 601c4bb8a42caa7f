"""Courses of cases, drawn from the stories: openings and events that belong together, dropped and mixed up."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from tests.test_stories import STORIES

from alpr_policy import PolicyDecisionPoint
from alpr_policy.evaluators.stateful import Case, CaseEvent, Step, read_event
from alpr_policy.questions.cases import Desk

Raw = dict[str, Any]
START = dt.datetime(2026, 5, 4, 14, tzinfo=dt.UTC)
WAITS = (0, 0, 0, 1, 60, 3_600, 86_400, 40 * 86_400)
GRANTING = ({"decision": "granted"}, {"result": "pass"})
over_time = settings(
    max_examples=max(150, settings.default.max_examples if settings.default.max_examples > 100 else 0),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    deadline=None,
)


@dataclass(frozen=True)
class Ground:
    """Stories under one set of profiles: how their cases open, and what happens in them."""

    name: str
    point: Any
    openings: tuple[Raw, ...]
    events: tuple[tuple[Raw, ...], ...]

    def desk(self, evaluator: str = "compiled") -> Desk:
        """Return a desk that decides under these profiles."""
        return Desk.of(self.pdp(evaluator))

    def pdp(self, evaluator: str = "compiled") -> PolicyDecisionPoint:
        """Return the decision point over these profiles."""
        found: PolicyDecisionPoint = self.point(evaluator)
        return found


@cache
def grounds() -> tuple[Ground, ...]:
    """Return the grounds, one for each file of stories."""
    found: dict[str, tuple[Any, list[Raw], list[tuple[Raw, ...]]]] = {}
    for name, story, point in STORIES:
        _, openings, events = found.setdefault(name.partition(":")[0], (point, [], []))
        first, *later = (dict(step.event) for step in story.steps if step.event is not None)
        openings.append(first)
        events.append(tuple(later))
    return tuple(Ground(name, point, tuple(o), tuple(e)) for name, (point, o, e) in sorted(found.items()))


@dataclass(frozen=True)
class Course:
    """A case with all its events, each with its time."""

    ground: Ground
    events: tuple[CaseEvent, ...]

    def steps(self, desk: Desk | None = None) -> list[Step]:
        """Take the events one after the other."""
        return list((desk or self.ground.desk()).run(self.events))

    def pairs(self) -> list[tuple[Case | None, CaseEvent, Step]]:
        """Return each event with the case before it and the step that it made."""
        found, case = [], None
        for event, step in zip(self.events, self.steps(), strict=True):
            found.append((case, event, step))
            case = step.case
        return found


def is_granting(event: CaseEvent) -> bool:
    """Say whether an event can only open: a grant, or a check that was passed."""
    return any(set(one.items()) <= {(k, v) for k, v in event.body.items() if isinstance(v, str)} for one in GRANTING)


@st.composite
def courses(draw: st.DrawFn, *, ground: str = "", backwards: bool = True) -> Course:
    """Draw a course: a story's own events, some left out, with events of others and of nobody's put between."""
    here = draw(st.sampled_from([one for one in grounds() if ground in one.name]))
    chance = random.Random(draw(st.integers(0, 2**32)))
    number = chance.randrange(len(here.openings))
    raws = [one for one in here.events[number] if chance.random() > 0.15]
    pool = [one for events in here.events for one in events]
    by = here.openings[number].get("by", here.openings[number]["facts"].get("requester.id", "officer-7"))
    again = here.openings[number]["action"]
    own = ({"kind": "done", "by": by}, {"kind": "asked", "by": by, "action": again}, {"kind": "tick"})
    for _ in range(chance.randrange(8)):
        one = chance.choice(pool if chance.random() < 0.4 else own)
        raws.insert(chance.randint(0, len(raws)), one)
    now, events = START, []
    for raw in (here.openings[number], *raws):
        if events:
            now += dt.timedelta(seconds=chance.choice(WAITS))
        at = now - dt.timedelta(seconds=chance.choice(WAITS)) if backwards and chance.random() < 0.03 else now
        kept = {key: value for key, value in raw.items() if key != "when"}
        events.append(read_event({**kept, "at": at}))
    return Course(here, tuple(events))
