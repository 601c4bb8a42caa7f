"""The pipeline: nothing is done without a decision, and nothing that came in is lost unsaid."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from alpr_policy import Decision, Mode, Outcome, PolicyDecisionPoint
from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.hotlists import HitKind, load_csv
from alpr_policy_adapters.payloads import Listing, Received, VendorAlert
from alpr_policy_adapters.pipeline import (
    Arrived,
    Capacity,
    Judge,
    Lookout,
    Pipeline,
    Setting,
    Source,
    Step,
    judge_received,
    load_setting,
)
from alpr_policy_adapters.plate_read import PlateRead

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo"
AT = datetime.fromisoformat("2026-05-04T10:00:00-04:00")
ENTRIES = load_csv(DEMO / "hotlist.csv").entries
SETTING = load_setting(DEMO / "context.yaml")
_pdp = PolicyDecisionPoint.load()
DEPARTMENTS = ("cambridge", "leicester")

READS = st.builds(
    PlateRead,
    raw=st.just("x"),
    plate=st.sampled_from([*(entry.plate for entry in ENTRIES), "8QZW650", "4KANI23", "7RBT5B"]),
    confidence=st.none() | st.floats(0, 1),
    state=st.sampled_from([None, "CA", "NY", "MA"]),
    captured_at=st.sampled_from([None, AT]),
    source=st.just("axis"),
)
LISTINGS = st.builds(
    Listing,
    name=st.just("list"),
    reason=st.none(),
    category=st.sampled_from([None, "stolen_vehicle", "violent_person", "gang"]),
)
ALERTS = st.builds(VendorAlert, source=st.just("flock_alert"), listings=st.lists(LISTINGS, max_size=3).map(tuple))
PAYLOADS = st.builds(
    Received,
    system=st.just("axis"),
    reads=st.lists(READS, max_size=3).map(tuple),
    alerts=st.lists(ALERTS, max_size=2).map(tuple),
)
RESULTS = st.sampled_from(["pass", "fail", "unclear"])
CHECKS = st.lists(
    st.fixed_dictionaries(
        {"check": st.sampled_from(["visual", "status"]), "result": RESULTS},
        optional={
            "part": st.sampled_from(["characters", "state"]),
            "by": st.just("officer-7"),
            "at": st.sampled_from(["2026-05-04T10:01:00-04:00", "2026-05-04T09:00:00-04:00", "soon"]),
        },
    ),
    max_size=4,
)
BROKEN = st.sampled_from([ConnectionError("gone"), ValueError("bug"), None, True, "allow", Outcome.ALLOW])


class Unreliable:
    """A decision point that now and then gives no decision."""

    def __init__(self, broken: list[Any]) -> None:
        self.catalog = _pdp.catalog
        self.broken = broken
        self.asked = 0

    def decide(self, request: Any, **parts: Any) -> Decision:
        self.asked += 1
        answer = self.broken[self.asked % len(self.broken)] if self.broken and self.asked % 2 else ...
        if isinstance(answer, Exception):
            raise answer
        return _pdp.decide(request, **parts) if answer is ... else answer


@given(PAYLOADS, st.lists(BROKEN, max_size=3), CHECKS, st.sampled_from(list(Mode)))
def test_nothing_is_done_without_a_decision(
    received: Received, broken: list[Any], checks: list[dict[str, Any]], mode: Mode
) -> None:
    """What may be done has a decision of every department that lets it, and an exact hit or a person's comparison."""
    setting = Setting(facts=SETTING.facts, records={**SETTING.records, "checks": checks})
    judge = Judge(pdp=Unreliable(broken), departments=DEPARTMENTS, clock=lambda _: AT, setting=setting, mode=mode)
    for step in judge_received(received, judge, Lookout(ENTRIES, _pdp, DEPARTMENTS)):
        assert step.decisions
        assert all(isinstance(decision, Decision) for decision in step.decisions.values())
        if step.actionable:
            assert all(decision.proceed for decision in step.decisions.values())
            exact = step.hit is not None and step.hit.kind is HitKind.EXACT
            assert exact or (step.hit is None and step.alert is None) or _compared(checks)
        assert not (step.actionable and step.for_comparison)
        assert not dataclasses.replace(step, decisions={}).actionable


def _compared(checks: list[dict[str, Any]]) -> bool:
    """Say whether somebody is on file who compared something after the read, and nobody who found a difference."""
    visual = [one for one in checks if one["check"] == "visual"]
    fine = [one for one in visual if one.get("by") and one.get("at") == "2026-05-04T10:01:00-04:00"]
    return bool(fine) and all(one["result"] == "pass" for one in visual)


class Sinks:
    """Keeps what two sinks got; the first fails at the steps that are listed."""

    def __init__(self, failing: set[int]) -> None:
        self.failing, self.number = failing, 0
        self.got: list[list[Step]] = [[], []]

    def first(self, step: Step) -> None:
        self.number += 1
        if self.number in self.failing:
            raise OSError("full")
        self.got[0].append(step)

    def second(self, step: Step) -> None:
        self.got[1].append(step)


def _items(payloads: list[Received], done: list[int]) -> list[Arrived]:
    def mark(number: int) -> Callable[[], None]:
        return lambda: done.append(number)

    return [Arrived(received=one, done=mark(number)) for number, one in enumerate(payloads)]


@settings(max_examples=60)
@given(st.lists(PAYLOADS, max_size=8), st.sets(st.integers(1, 20), max_size=3), st.booleans(), st.booleans())
def test_nothing_that_came_in_is_lost_unsaid(
    payloads: list[Received], failing: set[int], drain: bool, at_once: bool
) -> None:
    """What is acknowledged has been through every sink; everything else that was accepted is counted as not so."""
    done: list[int] = []
    told: list[Diagnostic] = []
    sinks = Sinks(failing)
    source = Source(name="files", open=lambda: iter(_items(payloads, done)))
    judge = Judge(pdp=_pdp, departments=("cambridge",), clock=lambda _: AT, setting=SETTING)
    pipeline = Pipeline(
        [source], judge, Lookout(ENTRIES, _pdp, ("cambridge",)), [sinks.first, sinks.second],
        report=lambda _, problem: told.append(problem), capacity=Capacity(frames=1, parcels=1),
    ).start()  # fmt: skip
    if not at_once:
        pipeline.wait(30)
    ending = pipeline.stop(drain=drain, timeout=30)
    totals = ending.metrics["totals"]

    assert totals["accepted"] == len(done) + ending.unacknowledged
    assert sorted(done) == done
    through = [read for step in sinks.got[0] for read in [step.read] if read is not None]
    assert all(any(read is other for other in through) for number in done for read in payloads[number].reads)
    if drain:
        assert totals["accepted"] - len(done) <= len(told)
        assert (ending.drained, len(sinks.got[1])) == (True, totals["steps"])
    if drain and not failing and not at_once:
        assert list(range(len(payloads))) == done
