"""When a span of the calendar began, for a whole column of instants: exact, without time zones in the table engine.

For the instants of one UTC day the way back by a span is the same length of time, but for a few instants at which it
changes: a local midnight, a night in which the clock is changed, or one that lies a span before. Those pieces are
worked out here, and a table engine only looks up in which of them an instant lies.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan, instant, subtract

DAY: Final = dt.timedelta(days=1)
HOUR: Final = dt.timedelta(hours=1)
TICK: Final = dt.timedelta(microseconds=1)
SECOND: Final = dt.timedelta(seconds=1)
_UTC: Final = dt.UTC


@dataclass(frozen=True, slots=True)
class Piece:
    """Instants from `first` to before `end` (UTC, without zone): each began `back` before itself, or all at `fixed`."""

    first: dt.datetime
    end: dt.datetime
    back: dt.timedelta | None
    fixed: dt.datetime | None


def begun(moment: dt.datetime, span: CalendarSpan, zone: ZoneInfo) -> dt.datetime:
    """Return the instant that lies `span` before one in UTC without zone, likewise."""
    return instant(subtract(moment.replace(tzinfo=_UTC), span, zone)).replace(tzinfo=None)


def pieces(days: Iterable[dt.date], span: CalendarSpan, zone: ZoneInfo) -> list[Piece]:
    """Return the pieces of some UTC days, in order."""
    return [piece for day in sorted(set(days)) for piece in _pieces_of(day, span, zone)]


def _pieces_of(day: dt.date, span: CalendarSpan, zone: ZoneInfo) -> list[Piece]:
    first = dt.datetime.combine(day, dt.time.min)
    edges = sorted({one for one in _edges(first, span, zone) if first < one < first + DAY} | {first, first + DAY})
    found: list[Piece] = []
    for begin, end in pairwise(edges):
        for piece in _told(begin, end, span, zone):
            before = found[-1] if found else None
            if before is not None and piece.back is not None and before.back == piece.back:
                found[-1] = Piece(before.first, piece.end, piece.back, None)
            else:
                found.append(piece)
    return found


def _told(begin: dt.datetime, end: dt.datetime, span: CalendarSpan, zone: ZoneInfo) -> list[Piece]:
    """Return a stretch between two edges as pieces: one, unless something changes that no edge foretold."""
    at_begin, at_end = begun(begin, span, zone), begun(end - TICK, span, zone)
    if begin - at_begin == end - TICK - at_end:
        return [Piece(begin, end, begin - at_begin, None)]
    if at_begin == at_end:
        return [Piece(begin, end, None, at_begin)]
    middle = begin + (end - begin) / 2
    return [*_told(begin, middle, span, zone), *_told(middle, end, span, zone)]


def _edges(first: dt.datetime, span: CalendarSpan, zone: ZoneInfo) -> set[dt.datetime]:
    """Return every instant of a UTC day at which the way back can change, and others that do no harm."""
    offsets = {_offset(first + number * 12 * HOUR, zone) for number in range(-2, 5)}
    edges = set(_changes(first.date(), zone))
    offsets |= {_offset(edge + side, zone) for edge in edges for side in (-SECOND, SECOND)}
    for number in (-1, 0, 1, 2):
        local = first.date() + number * DAY
        midnight = dt.datetime.combine(local, dt.time.min)
        edges |= {midnight - offset for offset in offsets}
        # A time of that local day may lead back to one at which the clock is changed.
        then = begun(midnight + 12 * HOUR - _offset(midnight, zone), span, zone)
        shown = then + _offset(then, zone)
        for change in (one for near in (-DAY, 0 * DAY, DAY) for one in _changes(_date(then, near), zone)):
            for side in (-SECOND, 0 * SECOND):
                wall = change + _offset(change + side, zone)
                moved = midnight + (wall - dt.datetime.combine(shown.date(), dt.time.min))
                edges |= {moved - offset for offset in offsets} | {change + (first - begun(first, span, zone))}
    return edges


def _date(moment: dt.datetime, more: dt.timedelta) -> dt.date:
    try:
        return (moment + more).date()
    except OverflowError:
        return moment.date()


@lru_cache(maxsize=20_000)
def _changes(day: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, ...]:
    """Return the instants of a UTC day, to the second, at which a zone's offset changes."""
    if not 10 < day.year < 9990:
        return ()
    first = dt.datetime.combine(day, dt.time.min)
    found = []
    for number in range(24):
        low, high = first + number * HOUR, first + (number + 1) * HOUR
        if _offset(low, zone) == _offset(high, zone):
            continue
        after = _offset(high, zone)
        while high - low > SECOND:
            middle = low + (high - low) // (2 * SECOND) * SECOND
            low, high = (low, middle) if _offset(middle, zone) == after else (middle, high)
        found.append(high)
    return tuple(found)


def _offset(moment: dt.datetime, zone: ZoneInfo) -> dt.timedelta:
    found = moment.replace(tzinfo=_UTC).astimezone(zone).utcoffset()
    assert found is not None
    return found
