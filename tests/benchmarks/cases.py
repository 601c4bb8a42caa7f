"""Events of cases per second, in memory: the stories of five departments, taken again at different seconds."""

from __future__ import annotations

import datetime as dt
import statistics
from pathlib import Path
from typing import Any

from tests.benchmarks.timing import all_of, goal, percentile, say, table

from alpr_policy import PolicyDecisionPoint
from alpr_policy.evaluators.stateful import CaseEvent, read_event
from alpr_policy.questions.cases import Desk
from alpr_policy.questions.stories import tell
from alpr_policy.questions.suites import read_suite
from alpr_policy.reading.catalog import folders, load_catalog

ROOT = Path(__file__).parents[2]
DEPARTMENTS = ("billerica", "cambridge", "exampletown", "leicester", "waltham")
ROUNDS, COPIES, GOAL, LONG = 5, 20, 5_000, 200
START = dt.datetime(2026, 5, 4, 14, tzinfo=dt.UTC)


def run() -> dict[str, Any]:
    """Measure, print, and return the figures."""
    pdp = PolicyDecisionPoint(load_catalog(folders([ROOT / "examples" / "demo" / "policies"])))
    desk = Desk.of(pdp)
    rates: dict[str, list[float]] = {}
    for number in range(ROUNDS):
        for name in DEPARTMENTS:
            say(f"cases: {name}, round {number + 1} of {ROUNDS}")
            courses = _courses(name, pdp, first=number * COPIES)
            events = sum(map(len, courses))
            seconds = all_of(lambda course: list(desk.run(course)), courses) * len(courses) / 1e6
            rates.setdefault(name, []).append(events / seconds)
    wires = [event.to_wire() for course in _courses("cambridge", pdp, first=0) for event in course]
    reading = 1e6 / all_of(read_event, wires)
    case = _long_case(desk)
    writing = all_of(lambda one: one.canonical(), [case] * 50)
    slowest = min(statistics.median(found) for found in rates.values())
    table(
        f"Cases: events per second, {ROUNDS} rounds of every story {COPIES} times; each event decides at least once",
        ("", "median", "slowest round"),
        [(name, statistics.median(found), percentile(found, 0.0)) for name, found in rates.items()],
        [
            goal(f"{GOAL:,} events per second under every department", slowest >= GOAL),
            f"reading an event from plain data: {reading:,.0f} per second",
            f"writing a case of {case.revision} events as canonical bytes: {writing:,.0f} µs",
        ],
    )
    return {"events per second": rates, "events read per second": reading, "canonical µs": writing}


def _courses(name: str, pdp: PolicyDecisionPoint, first: int) -> list[list[CaseEvent]]:
    """Return the events of a department's stories, each story several times at other seconds, for other cases."""
    stories = read_suite(ROOT / "tests" / "policies" / f"{name}_time.yaml").stories
    found: list[list[CaseEvent]] = []
    for copy in range(first, first + COPIES):
        for story in stories:
            now, events = story.at + dt.timedelta(seconds=copy), []
            for step, taken in tell(story, pdp):
                if step.event is not None and taken.case is not None:
                    now = max(now, taken.case.last + dt.timedelta(seconds=copy))
                    events.append(read_event({**step.event, "at": now, **_named(step.event, copy)}))
            found.append(events)
    return found


def _named(event: Any, copy: int) -> dict[str, str]:
    return {"case": f"case-{copy}"} if "case" in event else {}


def _long_case(desk: Desk) -> Any:
    """Return a case that has had many events."""
    raw = {"kind": "opened", "case": "long", "at": START, "by": "officer-7", "action": "stop.start"}
    case = desk.take(None, read_event({**raw, "departments": ["cambridge"], "facts": {"stop.basis": "hit"}})).case
    look = {"kind": "check", "by": "officer-7", "check": "visual", "parts": ["state"], "result": "pass"}
    for number in range(1, LONG):
        case = desk.take(case, read_event({**look, "at": START + dt.timedelta(seconds=number)})).case
    return case
