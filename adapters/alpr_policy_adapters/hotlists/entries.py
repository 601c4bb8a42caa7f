"""What one entry of a hot list says, and the bounds and errors of lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from alpr_policy.errors import PolicyError
from alpr_policy.model.quick import quick
from alpr_policy.vocabulary import VOCABULARY
from alpr_policy_adapters.registration import normalise

CATEGORIES = frozenset(VOCABULARY.lists["categories"])
MAX_PLATE = 10
MAX_SHOWN = 40
SEPARATORS = frozenset(" -.·•")
"""What may stand between a plate's characters in a list; anything else is no plate, and a wildcard none either."""
WILDCARDS = frozenset("?*@#[]")
"""What stands for characters in a partial plate, where a mapping allows partial plates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HotListLimits:
    """How large a list may be: bytes of the file and of one line, entries, columns, characters of a cell, faults.

    `max_faults` counts the lines refused or repeated, `max_partial` the partial plates; a file beyond any of these is
    refused whole.
    """

    max_bytes: int = 256 * 1024 * 1024
    max_rows: int = 2_000_000
    max_line_bytes: int = 1024 * 1024
    max_columns: int = 200
    max_cell: int = 2_000
    max_faults: int = 100_000
    max_partial: int = 10_000
    max_json_bytes: int = 32 * 1024 * 1024


DEFAULT_LIMITS = HotListLimits()


class HotListError(PolicyError):
    """A list, or the mapping that says how it is laid out, cannot be used at all."""


class Late:
    """What is read from its row only when somebody asks for it; most hits are looked at for a few fields alone.

    A field without a value makes `fill` put all of them in place. Threads may do so at once: the values are the same.
    """

    __slots__ = ("_fill",)

    if not TYPE_CHECKING:  # where types are checked a name that is no field is a mistake

        def __getattr__(self, name: str) -> Any:
            """Fill every field, and give this one; raises AttributeError for what is none."""
            if name == "_fill":
                raise AttributeError(name)
            fill = self._fill
            if fill is not None:
                table, row = fill
                table.fill(self, row)
                LATE.__set__(self, None)  # so that an entry that is kept does not keep its list
            return object.__getattribute__(self, name)


LATE: Any = Late.__dict__["_fill"]


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class HotListEntry(Late):
    """One entry: `state` is None where the list does not say it; days are local, instants carry their offset.

    `plate` is normalised, `listed_as` is as the list has it (empty where that is the same). A partial plate keeps its
    wildcards in `plate`. `unstacked` is the plate without letters that the list marks as stacked, empty without any.
    `timezone` is where the days are counted, None for that of the read. `line` is the line of the file, `loaded_at`
    when the list was loaded, None where that is not known.
    """

    plate: str
    state: str | None
    category: str
    source: str
    effective: date | datetime | None
    expires: date | datetime | None
    entry_id: str
    line: int
    listed_as: str = ""
    unstacked: str = ""
    plate_type: str = ""
    reason: str = ""
    case_number: str = ""
    list_name: str = ""
    timezone: str | None = None
    loaded_at: datetime | None = None

    @property
    def partial(self) -> bool:
        """Say whether the plate is listed in part, with wildcards."""
        return not WILDCARDS.isdisjoint(self.plate)

    def in_force(self, at: datetime) -> bool:
        """Say whether the entry holds at that instant; the first and the last day count."""
        start, end = self.effective, self.expires
        local = at.astimezone(_zone(self.timezone)) if self.timezone else at
        day = local.date()  # a day is that of the read's own offset, unless the list has a time zone
        begun = start is None or (start <= local if isinstance(start, datetime) else start <= day)
        return begun and (end is None or (local <= end if isinstance(end, datetime) else day <= end))

    def list_age(self, at: datetime) -> timedelta | None:
        """Give how long before `at` the list was loaded, negative if after; None when that is not known."""
        return at - self.loaded_at if self.loaded_at is not None else None

    def to_dict(self) -> dict[str, Any]:
        """Give the entry as JSON values; what a list seldom says stands there only where it does."""
        written: dict[str, Any] = {
            "plate": self.plate,
            "state": self.state,
            "category": self.category,
            "source": self.source,
            "effective": self.effective.isoformat() if self.effective else None,
            "expires": self.expires.isoformat() if self.expires else None,
            "entry_id": self.entry_id,
            "line": self.line,
        }
        seldom = ("listed_as", "unstacked", "plate_type", "reason", "case_number", "list_name", "timezone")
        return written | {name: getattr(self, name) for name in seldom if getattr(self, name)}


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def plate_of(text: str) -> str | None:
    """Give the normalised plate; None when a character is neither letter, digit nor separator."""
    if text.isalnum() and text.isascii() and len(text) <= MAX_PLATE:
        return text if text.isupper() else text.upper()
    plate = normalise(text)
    stray = [c for c in text if c not in SEPARATORS and not normalise(c)]
    return plate if not stray and 0 < len(plate) <= MAX_PLATE else None


def now() -> datetime:
    """Give the present moment, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def first_day(value: date | datetime) -> date:
    """Give the day of a day or instant."""
    return value.date() if isinstance(value, datetime) else value


def shown(text: str) -> str:
    """Give a cell as an error may show it: short, and nothing that moves a cursor."""
    clean = "".join(c if c.isprintable() else "?" for c in text[: MAX_SHOWN + 1])
    return clean if len(clean) <= MAX_SHOWN else clean[:MAX_SHOWN] + "…"
