"""Reads, payloads, judges and pipelines with small queues, and what they tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from tests.adapters.plates_kit import DEMO

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.hotlists import load_csv
from alpr_policy_adapters.payloads import Received
from alpr_policy_adapters.pipeline import (
    Arrived,
    Capacity,
    Judge,
    Lookout,
    Pipeline,
    Source,
    Step,
    load_setting,
)
from alpr_policy_adapters.plate_read import PlateRead

AT = datetime.fromisoformat("2026-05-04T10:00:00-04:00")
SETTING = load_setting(DEMO / "context.yaml")
ENTRIES = load_csv(DEMO / "hotlist.csv").entries
QUICK = Capacity(frames=2, parcels=2, first_pause=0.001, longest_pause=0.004)
VISUAL = [{"check": "visual", "part": p, "result": "pass", "by": "officer-7"} for p in ("characters", "state")]


def plate(text: str = "4KAN123", state: str | None = "CA", **parts: Any) -> PlateRead:
    """Make a read as a payload gives it."""
    return PlateRead(raw=text, plate=text, confidence=0.9, state=state, source="axis", captured_at=AT, **parts)


def arrived(*reads: PlateRead, done: Callable[[], None] | None = None, **parts: Any) -> Arrived:
    """Make an item of one payload with these reads."""
    return Arrived(received=Received(system="axis", reads=reads, **parts), done=done)


def judge(pdp: Any, *departments: str, **parts: Any) -> Judge:
    """Make a judge for the demo's setting; Cambridge unless others are named."""
    parts = {"setting": SETTING, "clock": lambda _: AT, **parts}
    return Judge(pdp=pdp, departments=departments or ("cambridge",), **parts)


class Told:
    """Keeps what a pipeline tells, and the steps that its sinks get."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []
        self.steps: list[Step] = []
        self.done: list[int] = []

    def report(self, source: str, problem: Diagnostic) -> None:
        self.problems.append((source, problem.code))

    def mark(self, number: int) -> Callable[[], None]:
        return lambda: self.done.append(number)


def made(told: Told, pdp: Any, *sources: Source, sinks: Any = None, **parts: Any) -> Pipeline:
    """Make a pipeline with small queues over the demo's list."""
    asks = parts.pop("judge", None) or judge(pdp)
    parts = {"capacity": QUICK, "report": told.report, **parts}
    lookout = parts.pop("lookout", None) or Lookout(
        ENTRIES, asks.pdp if hasattr(asks.pdp, "catalog") else pdp, ("cambridge",)
    )
    return Pipeline(sources, asks, lookout, [told.steps.append] if sinks is None else sinks, **parts)


def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something that other threads bring about."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.002)


def source(name: str, *items: Any, live: bool = False) -> Source:
    """Make a source of these items; an exception among them is raised when it is its turn."""

    def opened() -> Iterator[Any]:
        for item in items:
            if isinstance(item, Exception):
                raise item
            yield item

    return Source(name=name, open=opened, live=live)
