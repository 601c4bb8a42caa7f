"""Calendar spans and moments: how long a policy says something lasts, and when that is over.

Spans are never turned into a number of days (language §7): "1 month" is added on the local calendar of the
profile's time zone, and two spans are compared only where every start gives the same order.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from difflib import get_close_matches
from enum import StrEnum
from functools import cache, lru_cache
from itertools import accumulate
from typing import Final, Literal
from zoneinfo import ZoneInfo

MOST_UNITS: Final = 10_000
LONGEST_TEXT: Final = 40
FIRST_YEAR, LAST_YEAR = 1900, 2200
# Arithmetic stops a day inside what `datetime` holds, so that every zone can still show the result.
EARLIEST: Final = datetime(1, 1, 2, tzinfo=UTC)
LATEST: Final = datetime(9999, 12, 30, 23, 59, 59, tzinfo=UTC)
_FIRST_SAFE_YEAR, _LAST_SAFE_YEAR = 10, 9990
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_CLOCK_SHIFT: Final = timedelta(hours=1)
_MONTHS_IN_CYCLE: Final = 400 * 12


class Unit(StrEnum):
    """What a span is counted in; minutes and hours are elapsed time, the others follow the local calendar."""

    minute = "minute"
    hour = "hour"
    day = "day"
    week = "week"
    month = "month"
    quarter = "quarter"
    year = "year"


# Units of one family have a fixed ratio; between families the ratio depends on the start.
_FAMILY: Final = {
    Unit.minute: (Unit.minute, 1),
    Unit.hour: (Unit.minute, 60),
    Unit.day: (Unit.day, 1),
    Unit.week: (Unit.day, 7),
    Unit.month: (Unit.month, 1),
    Unit.quarter: (Unit.month, 3),
    Unit.year: (Unit.month, 12),
}
_WORDS: Final = {word: unit for unit in Unit for word in (str(unit), f"{unit}s")}


@dataclass(frozen=True, slots=True)
class CalendarSpan:
    """A length of time as a policy writes it, such as "14 days"; `count` is from 1 to 10,000.

    `==` compares the wording ("7 days" is not "1 week"); `compare` compares the length.
    """

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        """Refuse a count that no policy means."""
        if not 1 <= self.count <= MOST_UNITS:
            raise ValueError(f"`{self.count} {self.unit}s` is not a span: the number is from 1 to {MOST_UNITS}")

    @classmethod
    def parse(cls, text: str) -> CalendarSpan:
        """Read "N unit" or "N units"; raise ValueError with a sentence for anything else."""
        number, _, word = text.partition(" ")
        if len(text) > LONGEST_TEXT or not number or not word or " " in word:
            raise ValueError(f"`{_shown(text)}` is not a span: give a whole number and a unit, such as `14 days`")
        if word not in _WORDS:
            raise ValueError(f"`{_shown(word)}` is not a unit of time; {_unit_help(word)}")
        if number.startswith("-"):
            raise ValueError(f"`{_shown(text)}` runs backwards: the number is from 1 to {MOST_UNITS}")
        if not re.fullmatch(r"[1-9]\d*", number, re.ASCII) or int(number) > MOST_UNITS:
            raise ValueError(f"`{_shown(text)}` is not a span: the number is whole, from 1 to {MOST_UNITS}")
        return cls(int(number), _WORDS[word])

    def __str__(self) -> str:
        """Write the span as a policy would: "1 year", "14 days"."""
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    @property
    def shortest(self) -> timedelta:
        """The least time this can take from any start, in a zone whose clock shifts by at most an hour."""
        return self._bounds()[0]

    @property
    def longest(self) -> timedelta:
        """The most time this can take from any start, in a zone whose clock shifts by at most an hour."""
        return self._bounds()[1]

    def _bounds(self) -> tuple[timedelta, timedelta]:
        """Return the least and the most time this can take."""
        family, count = _normal(self)
        if family is Unit.minute:
            return timedelta(minutes=count), timedelta(minutes=count)
        fewest, most = _days(self)
        return timedelta(days=fewest) - _CLOCK_SHIFT, timedelta(days=most) + _CLOCK_SHIFT


def compare(a: CalendarSpan, b: CalendarSpan) -> Literal[-1, 0, 1] | None:
    """Order two spans run from one start: -1 if `a` never ends after `b`, 0 if always together, None if it depends.

    1 week is 7 days and 1 year is 12 months, but 24 hours and 1 day depend on the night (language §7).
    """
    (family_a, count_a), (family_b, count_b) = _normal(a), _normal(b)
    if family_a is family_b:
        return 0 if count_a == count_b else -1 if count_a < count_b else 1
    if Unit.minute in (family_a, family_b):
        return _order(a.shortest, a.longest, b.shortest, b.longest)
    # Both end at the wall clock they began at, so the hour of a clock change cancels out: whole days decide.
    return _order(*map(_as_days, (*_days(a), *_days(b))))


def add(moment: datetime | date, span: CalendarSpan, zone: ZoneInfo) -> datetime:
    """Return the moment that lies `span` after `moment`, in `zone` (language §7).

    A bare date is the last second of its day. A result beyond year 9990 is LATEST: evaluation never raises. Results
    in one zone must be compared through `instant`: Python's own `<` overlooks which of two equal wall times is meant.
    """
    return _moved(moment, span, zone, 1)


def subtract(moment: datetime | date, span: CalendarSpan, zone: ZoneInfo) -> datetime:
    """Return the moment that lies `span` before `moment`, by the rules of `add`; before year 10 it is EARLIEST."""
    return _moved(moment, span, zone, -1)


def reached(start: datetime | date, span: CalendarSpan, at: datetime, zone: ZoneInfo) -> bool:
    """Say whether a floor of `span` from `start` is reached: from the very instant start + span on."""
    return instant(at) >= instant(add(start, span, zone))


def passed(start: datetime | date, span: CalendarSpan, at: datetime, zone: ZoneInfo) -> bool:
    """Say whether a ceiling of `span` from `start` is passed: only after the instant start + span."""
    return instant(at) > instant(add(start, span, zone))


@lru_cache(maxsize=4096)
def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a local day; where midnight is skipped, the first that exists."""
    return _first_at(datetime.combine(day, time.min), zone)


@lru_cache(maxsize=4096)
def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the last second of a local day (23:59:59), the later one should it occur twice."""
    if day.year > _LAST_SAFE_YEAR:
        return LATEST.astimezone(zone)
    return (instant(start_of_day(day + _DAY, zone)) - _SECOND).astimezone(zone)


@lru_cache(maxsize=4096)
def day_is_over(day: date, zone: ZoneInfo) -> datetime:
    """Return what `end_of_day` returns, in UTC."""
    return instant(end_of_day(day, zone))


def shown_at(day: date, clock: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first and the last instant, in UTC, at which a local clock shows a time.

    They differ where the clock is set back over it; where it skips the time, both are the first instant after it.
    """
    wall = datetime.combine(day, clock)
    first = instant(_first_at(wall, zone))
    later = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    is_shown = later.astimezone(zone).replace(tzinfo=None, fold=0) == wall
    return first, later if is_shown and later > first else first


def instant(moment: datetime) -> datetime:
    """Return the same moment in UTC, the one form in which moments may be compared; clamp to EARLIEST..LATEST."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a moment needs its offset from UTC")
    if moment.year <= 1 or moment.year >= LATEST.year:
        # Compared as plain numbers, because converting the outermost hours would overflow.
        wall = moment.replace(tzinfo=None)
        if wall - datetime.min < EARLIEST.replace(tzinfo=None) - datetime.min + offset:
            return EARLIEST
        if datetime.max - wall < datetime.max - LATEST.replace(tzinfo=None) - offset:
            return LATEST
    return moment.astimezone(UTC)


def settled(moment: datetime) -> datetime:
    """Return a moment with its plain offset instead of a zone, since moments of one zone compare by wall clock.

    Raises ValueError with a sentence where there is no offset, or the year is not one of 1900 to 2200.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("an instant needs an offset such as `Z` or `-04:00`")
    if not 1900 <= moment.year <= 2200:
        raise ValueError("the year must be one of 1900 to 2200")
    return moment.replace(tzinfo=timezone(offset), fold=0)


def parse_moment(text: str) -> datetime | date:
    """Read an ISO 8601 moment with its offset, or a bare date, of 1900 to 2200; raise ValueError with a sentence.

    Fractions finer than a microsecond are cut off. Moments without offset, years and months alone are refused.
    """
    found = _parsed(text) if len(text) <= LONGEST_TEXT else None
    if isinstance(found, (datetime, date)):
        return found
    shown = _shown(text)
    if found is None:
        if re.fullmatch(r"\d{4}(-\d{2})?", text, re.ASCII):
            raise ValueError(f"`{shown}` names no day: write year, month and day, such as `2026-02-27`")
        raise ValueError(f"`{shown}` is no moment: write `2026-02-27` or `2026-02-27T09:30:00-05:00`")
    raise ValueError(f"`{shown}` {found}")


def recent_moment(text: str) -> datetime | date | None:
    """Return the moment that a text names, at once where it was read lately; None where it names none."""
    found = _parsed(text) if len(text) <= LONGEST_TEXT else None
    return found if isinstance(found, date) else None


def fresh_moment(text: str) -> datetime | date | None:
    """Return the moment that a text names, for texts that seldom recur; None where it names none."""
    if _USUAL(text) is not None:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None
    return recent_moment(text)


def moment_with_text(text: str) -> tuple[datetime, str] | None:
    """Return the instant that a text names, and how `isoformat` writes it: mostly as it came; None for no instant."""
    usual = _USUAL(text)
    if usual is None:
        other = recent_moment(text)
        return (other, other.isoformat()) if isinstance(other, datetime) else None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found, text if usual.lastindex is None else found.isoformat()


@lru_cache(maxsize=4096)
def _parsed(text: str) -> datetime | date | str | None:
    """Return the moment, what is wrong with it, or None where it has not the form of one; kept, since they recur."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    if found["time"] and not found["offset"]:
        return "has no offset from UTC: end it with `Z` or one like `-05:00`"
    if (found["seconds"] or "").startswith(":60"):
        return "is a leap second: write the second before or after it"
    if not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        return f"is out of reach: the year is from {FIRST_YEAR} to {LAST_YEAR}"
    try:
        return datetime.fromisoformat(text) if found["time"] else date.fromisoformat(text)
    except ValueError:
        return "does not exist: no calendar or clock shows it"


# As nearly all moments come. Without a group in it, `isoformat` writes the moment just so.
_USUAL: Final = re.compile(
    r"(?:19|20)\d\d-\d\d-\d\dT(?!24)\d\d:\d\d:\d\d(\.\d{3}(?:\d{3})?)?(?:(?!-00:00)[+-][0-2]\d:[0-5]\d|(Z))",
    re.ASCII,
).fullmatch
_MOMENT: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}"
    r"(?P<time>T\d{2}:\d{2}(?P<seconds>:\d{2}(?:\.\d{1,9})?)?(?P<offset>Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?",
    re.ASCII,
)


def _shown(text: str) -> str:
    """Return the user's text fit for one line of a message: cut short, without control characters."""
    cut = text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"
    return "".join(c if c.isprintable() else "?" for c in cut)


def _unit_help(word: str) -> str:
    """Suggest the unit that was meant, or list them all."""
    close = get_close_matches(word.lower(), _WORDS, n=1)
    return f"did you mean `{close[0]}`?" if close else "known: " + ", ".join(Unit)


def _normal(span: CalendarSpan) -> tuple[Unit, int]:
    """Express a span in the smallest unit of its family: minute, day or month."""
    family, size = _FAMILY[span.unit]
    return family, span.count * size


def _days(span: CalendarSpan) -> tuple[int, int]:
    """Return the fewest and the most local days that a span of days or months can cover."""
    family, count = _normal(span)
    return (count, count) if family is Unit.day else _days_of_months(count)


@cache
def _days_of_months(count: int) -> tuple[int, int]:
    """Return the fewest and the most days in `count` months, from any day of the calendar's 400-year cycle.

    Fewest starts on the last day of a month that the end clips: 31 January + 1 quarter is 30 April, 89 days.
    """
    lengths = [monthrange(2000 + index // 12, index % 12 + 1)[1] for index in range(_MONTHS_IN_CYCLE)]
    firsts = [0, *accumulate(lengths)]
    cycle_days = firsts.pop()
    fewest, most = cycle_days * MOST_UNITS, 0
    for start, first in enumerate(firsts):
        cycles, end = divmod(start + count, _MONTHS_IN_CYCLE)
        covered = cycles * cycle_days + firsts[end] - first
        most = max(most, covered)
        fewest = min(fewest, covered - max(0, lengths[start] - lengths[end]))
    return fewest, most


def _as_days(count: int) -> timedelta:
    """Return `count` days as a length of time."""
    return timedelta(days=count)


def _order(
    shortest_a: timedelta, longest_a: timedelta, shortest_b: timedelta, longest_b: timedelta
) -> Literal[-1, 1] | None:
    """Order two ranges that differ: only where the longest of one is not longer than the shortest of the other."""
    if longest_a <= shortest_b:
        return -1
    return 1 if longest_b <= shortest_a else None


def _moved(moment: datetime | date, span: CalendarSpan, zone: ZoneInfo, sign: Literal[-1, 1]) -> datetime:
    """Return `moment` moved by `span`, later for sign 1 and earlier for sign -1, kept within EARLIEST..LATEST."""
    start = instant(moment if isinstance(moment, datetime) else end_of_day(moment, zone))
    family, count = _normal(span)
    edge = LATEST if sign == 1 else EARLIEST
    if family is Unit.minute:
        step = timedelta(minutes=count)
        if abs(edge - start) <= step:
            return edge.astimezone(zone)
        moved = (start + sign * step).astimezone(zone)
        return moved if _FIRST_SAFE_YEAR <= moved.year <= _LAST_SAFE_YEAR else edge.astimezone(zone)
    local = start.astimezone(zone)
    day = _moved_day(local.date(), family, sign * count)
    return _first_at(datetime.combine(day, local.time()), zone) if day else edge.astimezone(zone)


def _moved_day(day: date, family: Unit, count: int) -> date | None:
    """Return a day moved by days or months, clipped to the end of a shorter month; None outside years 10..9990."""
    if family is Unit.day:
        ordinal = day.toordinal() + count
        moved = date.fromordinal(ordinal) if 1 <= ordinal <= date.max.toordinal() else None
        return moved if moved and _FIRST_SAFE_YEAR <= moved.year <= _LAST_SAFE_YEAR else None
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if not _FIRST_SAFE_YEAR <= year <= _LAST_SAFE_YEAR:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _first_at(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant at which a local clock shows `wall`, or the first after it where it is skipped."""
    if not _FIRST_SAFE_YEAR <= wall.year <= _LAST_SAFE_YEAR:
        return (EARLIEST if wall.year < _FIRST_SAFE_YEAR else LATEST).astimezone(zone)
    found = wall.replace(tzinfo=zone, fold=0).astimezone(UTC).astimezone(zone)
    if found.replace(tzinfo=None, fold=0) == wall:
        return found
    # A skipped wall time read with the offset of each side brackets the change, which falls on a whole second.
    low, high = (wall.replace(tzinfo=zone, fold=side, microsecond=0).astimezone(UTC) for side in (1, 0))
    after = high.astimezone(zone).utcoffset()
    while high - low > _SECOND:
        middle = low + (high - low) // (2 * _SECOND) * _SECOND
        low, high = (low, middle) if middle.astimezone(zone).utcoffset() == after else (middle, high)
    return high.astimezone(zone)
