"""The rhythm of a log: how its rows lie over the hours, days and weeks where the department is."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from alpr_policy_adapters.scenarios.settings import settings

HOUR: Final = 3_600
# Rows whose times follow traffic, those that follow people, and those that a machine makes at any hour.
RHYTHMS: Final = ("traffic", "people", "machine")
# The log is cut into so many stretches for each hour, each of as many rows.
CUTS: Final = 8
SHIFT_STARTS: Final = (7, 15, 23)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the log: its start and length in seconds, who is on shift, and how its rows share the rhythms."""

    start: float
    length: float
    shift: int
    traffic: float
    people: float


def stretches(first: dt.date, days: int, zone: ZoneInfo, shares: Mapping[str, float]) -> list[Stretch]:
    """Cut the days of a log into stretches of as many rows each; `shares` is the share of the rows of each rhythm."""
    hours = _hours(first, days, zone)
    parts = [_intensities(hours, rhythm, shares.get(rhythm, 0.0)) for rhythm in RHYTHMS]
    sums = [sum(one) for one in zip(*parts, strict=True)]
    ends = list(accumulate(sums))
    count = CUTS * len(hours)
    knots = [_moment(place * ends[-1] / count, hours, sums, ends) for place in range(count + 1)]
    found: list[Stretch] = []
    for place in range(count):
        slot = min(bisect_right(ends, (place + 0.5) * ends[-1] / count), len(hours) - 1)
        traffic, people = parts[0][slot] / sums[slot], parts[1][slot] / sums[slot]
        shift = _shift(hours[slot][1])
        found.append(Stretch(knots[place], knots[place + 1] - knots[place], shift, traffic, traffic + people))
    return found


def _hours(first: dt.date, days: int, zone: ZoneInfo) -> list[tuple[int, int, int]]:
    """Return the hours of a log: the second at which each starts, its local hour and its day of the week."""
    start = dt.datetime.combine(first, dt.time(), zone).astimezone(dt.UTC)
    end = dt.datetime.combine(first + dt.timedelta(days=days), dt.time(), zone).astimezone(dt.UTC)
    found: list[tuple[int, int, int]] = []
    while start < end:
        local = start.astimezone(zone)
        found.append((int(start.timestamp()), local.hour, local.weekday()))
        start += dt.timedelta(hours=1)
    return found


def _intensities(hours: Sequence[tuple[int, int, int]], rhythm: str, share: float) -> list[float]:
    figures = settings("figures")
    by_hour = {"traffic": settings("ordinary")["traffic_hours"], "people": figures["search_hours"]}.get(
        rhythm, [1] * 24
    )
    by_day = figures["search_days"] if rhythm == "people" else [1] * 7
    raw = [float(by_hour[hour] * by_day[day]) for _, hour, day in hours]
    whole = sum(raw)
    # What nobody does is left a trace, so that no hour of a log is empty.
    return [share * one / whole + 1e-15 for one in raw]


def _moment(mark: float, hours: Sequence[tuple[int, int, int]], sums: Sequence[float], ends: Sequence[float]) -> float:
    slot = min(bisect_right(ends, mark), len(hours) - 1)
    within = (mark - (ends[slot] - sums[slot])) / sums[slot]
    return hours[slot][0] + HOUR * min(1.0, max(0.0, within))


def _shift(hour: int) -> int:
    return next((place for place, start in enumerate(SHIFT_STARTS[:2]) if start <= hour < SHIFT_STARTS[place + 1]), 2)
