"""Cells of audit logs: is one blank, withheld or filled, and what time or number does it say?

Marks and spellings are those seen in published exports; docs/logs.md lists them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from zoneinfo import ZoneInfo

from alpr_policy_adapters.columns import in_zone
from alpr_policy_adapters.logs.rows import Status

# Three stars or number signs and more, with or without blanks; the word itself; a section of law put in its place.
_MARK = r"(?:\*(?:\s*\*){2,}|#(?:\s*#){2,}|[\[(<]?\s*redacted\s*[\])>]?|7923\.600\s+GC)"
_WHOLE = re.compile(rf"\s*{_MARK}(?:[\s,;/]+{_MARK})*\s*", re.IGNORECASE)
_PART = re.compile(r"\*{3,}|#{3,}|[\[(<]\s*redacted\s*[\])>]|\bredacted\b", re.IGNORECASE)
_HINT = re.compile(r"[*#]|redacted|7923", re.IGNORECASE)
BLANKS = frozenset({"", "——", "—"})
_COUNT = re.compile(r"[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3}", re.ASCII)
_CLOCK = re.compile(
    r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}),?\s+(?P<hour>\d{1,2}):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d))?(?:\s*(?P<half>[AP])\.?M\.?)?(?:\s*(?P<utc>UTC|GMT|Z))?",
    re.ASCII | re.IGNORECASE,
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:\s?Z|\s?UTC|[+-]\d\d:?\d\d)?", re.ASCII)
NO_OFFSET = "the time has no offset, and no time zone was given"
NO_TIME = "this is no time"


@lru_cache(maxsize=50_000)
def status_of(cell: str) -> Status:
    """Say whether a cell is blank, withheld, partly withheld or filled."""
    if cell.strip() in BLANKS:
        return Status.BLANK
    if not _HINT.search(cell):
        return Status.PRESENT
    if _WHOLE.fullmatch(cell):
        return Status.WITHHELD
    return Status.PARTLY if _PART.search(cell) else Status.PRESENT


def is_withheld(cell: str, marks: Iterable[str] = ()) -> bool:
    """Say whether a cell is nothing but a mark of withholding, of the usual ones or of `marks`."""
    return status_of(cell) is Status.WITHHELD or cell.strip() in marks


def read_count(cell: str) -> int | None:
    """Read a whole number, with or without commas between thousands; None for anything else."""
    text = cell.strip()
    return int(text.replace(",", "")) if _COUNT.fullmatch(text) else None


def read_time(cell: str, zone: ZoneInfo | None) -> dt.datetime | str:
    """Read an instant, in UTC, or say in a sentence why there is none. `zone` is that of times without an offset."""
    text = " ".join(cell.split())
    try:
        found = _iso(text) if _ISO.fullmatch(text) else _clock(text)
    except ValueError:  # a thirteenth month, or a 25th hour
        return NO_TIME
    if found is None:
        return NO_TIME
    if found.tzinfo is None:
        if zone is None:
            return NO_OFFSET
        return in_zone(found, zone)
    return found.astimezone(dt.UTC)


def _iso(text: str) -> dt.datetime:
    plain = text.removesuffix("UTC").rstrip() + "Z" if text.endswith("UTC") else text.replace(" Z", "Z")
    return dt.datetime.fromisoformat(plain)


def _clock(text: str) -> dt.datetime | None:
    """Read the American form, in twelve hours or 24."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute = (int(match[name]) for name in ("year", "month", "day", "hour", "minute"))
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0)
    found = dt.datetime(year, month, day, hour, minute, int(match["second"] or 0))
    return found.replace(tzinfo=dt.UTC) if match["utc"] else found


def read_window(cell: str, zone: ZoneInfo | None) -> tuple[dt.datetime, dt.datetime] | str:
    """Read two instants, on two lines or joined by "to" or a dash; a sentence where there are not just two."""
    parts = [part for part in re.split(r"[\r\n]+", cell.strip()) if part.strip()]
    if len(parts) == 1:
        parts = re.split(r"\s+(?:to|-|–|—)\s+", parts[0])
    if len(parts) != 2:
        return "these are not two times"
    first, last = (read_time(part.strip().rstrip("-–—").removesuffix(" to"), zone) for part in parts)
    if isinstance(first, str):
        return first
    return last if isinstance(last, str) else (first, last)


def shown(moment: dt.datetime) -> str:
    """Write an instant as requests hold it."""
    return moment.isoformat()
