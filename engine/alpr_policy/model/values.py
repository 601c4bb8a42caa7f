"""The values a fact can have, and the ways in which it can be unknown (language.md §2)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeGuard
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan, instant


class Gap(StrEnum):
    """Why a fact is unknown."""

    ABSENT = "absent"
    UNSTATED = "unknown"
    WITHHELD = "withheld"
    CONFLICT = "conflict"
    INVALID = "invalid"

    # That of its text, which is kept, and not the one by which an enumeration works it out each time.
    __hash__ = str.__hash__


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that is not known. It never opens a door."""

    gap: Gap
    detail: str = ""

    def __hash__(self) -> int:
        """Return a hash that is quick to come by: most are told apart by their detail or not at all."""
        return hash(self.detail)


ABSENT = Unknown(Gap.ABSENT)


@dataclass(frozen=True, slots=True)
class Age:
    """How long ago something was: kept as its two ends, since spans are compared by calendar (language.md §7)."""

    start: dt.datetime | dt.date
    at: dt.datetime
    zone: ZoneInfo

    @property
    def is_to_come(self) -> bool:
        """Say whether the moment lies after the act; a bare date does where its whole day does."""
        if isinstance(self.start, dt.datetime):
            return instant(self.start) > instant(self.at)
        return self.start > self.at.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class PartialSet:
    """A set of which some members are known and others may exist."""

    known: frozenset[str]


Known = bool | int | str | dt.datetime | dt.date | frozenset[str] | Age | CalendarSpan | PartialSet
# None is *null*: known not to exist.
Value = Known | None | Unknown


def is_text(raw: object, longest: int) -> TypeGuard[str]:
    """Say whether this is a text of bounded length that can be written down: half of a character cannot."""
    return isinstance(raw, str) and len(raw) <= longest and (raw.isascii() or not _HALF.search(raw))


def printable(text: str) -> str:
    """Return a text that can be written down, with an escape such as `\\ud800` for each half of a character."""
    return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


_HALF = re.compile("[\ud800-\udfff]")
