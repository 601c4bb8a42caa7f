"""What goes into a ledger and what comes out of it: rows, their kinds, and the personal values beside them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from alpr_policy_adapters.ledger.errors import LedgerRowError

MAX_NAME = 300


class Kind(StrEnum):
    """What a row records."""

    OPENED = "opened"
    DECISION = "decision"
    CASE_EVENT = "case_event"
    SHARE = "share"
    PURGE = "purge"
    DUTY = "duty"
    PROFILE_CHANGE = "profile_change"
    DIRECTORY_CHANGE = "directory_change"
    OVERRIDE = "override"
    AUDIT = "audit"
    SIGN_OFF = "sign_off"
    CHECKPOINT = "checkpoint"
    DEFECT = "defect"


class Sort(StrEnum):
    """Why a value is personal; it says how the value is searched for."""

    PLATE = "plate"
    PERSON = "person"
    CASE = "case"
    FREE_TEXT = "free text"


@dataclass(frozen=True, slots=True)
class PersonalValue:
    """A value that stands beside its row and can be purged. It is plain JSON data."""

    value: Any
    sort: Sort = Sort.FREE_TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """A row to be written.

    `personal` holds values by JSON pointer (RFC 6901) into `body`: where a text stands for a PersonalValue it is free
    text. The body lacks the last name of each pointer. `case` is the case and the revision that this row takes, the
    first being 1. `texts` are to be kept under their SHA-256, each once. `happened` has an offset. With `after` it is
    written only if no row of its kind stands behind that place: what it rests on was looked up as of there.
    """

    kind: Kind
    happened: dt.datetime
    body: Mapping[str, Any]
    personal: Mapping[str, Any] = field(default_factory=dict)
    departments: tuple[str, ...] = ()
    case: tuple[str, int] | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a row is written, and durable: its place in the one order, and its hash."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """That a personal value was purged: by which row of the ledger, under which clauses."""

    by_row: int
    cite: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row as it was written. Times are UTC; `personal` holds what has not been purged, `purged` the rest."""

    seq: int
    kind: Kind
    happened: dt.datetime
    written: dt.datetime
    departments: tuple[str, ...]
    case: tuple[str, int] | None
    body: Mapping[str, Any]
    commitments: Mapping[str, tuple[str, str]]
    previous: str
    hash: str
    personal: Mapping[str, PersonalValue] = field(default_factory=dict)
    purged: Mapping[str, Purged] = field(default_factory=dict)

    @property
    def whole(self) -> dict[str, Any]:
        """Return the body with the personal values that are left, in their places."""
        return put_in(self.body, {pointer: held.value for pointer, held in self.personal.items()})

    def sorts(self) -> frozenset[str]:
        """Return the sorts of personal values that the row had when it was written."""
        return frozenset(sort for sort, _ in self.commitments.values())

    def to_wire(self, *, personal: bool = False) -> dict[str, Any]:
        """Return the row as plain JSON data, with its personal values only where they are asked for."""
        wire: dict[str, Any] = {
            "seq": self.seq,
            "kind": self.kind.value,
            "happened": stamp(self.happened),
            "written": stamp(self.written),
            "departments": list(self.departments),
            "case": self.case[0] if self.case else None,
            "revision": self.case[1] if self.case else None,
            "body": dict(self.body),
            "commitments": {pointer: list(held) for pointer, held in self.commitments.items()},
            "previous": self.previous,
            "hash": self.hash,
        }
        if self.purged:
            wire["purged"] = {p: {"row": one.by_row, "cite": list(one.cite)} for p, one in self.purged.items()}
        if personal:
            wire["personal"] = {p: {"sort": str(one.sort), "value": one.value} for p, one in self.personal.items()}
        return wire


def stamp(moment: dt.datetime) -> str:
    """Write an instant as rows hold it: UTC, to the microsecond; raises LedgerRowError without an offset."""
    if moment.tzinfo is None:
        raise LedgerRowError("the time of a row has an offset")
    try:
        return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")
    except OverflowError:
        raise LedgerRowError("the time of a row is a year from 1 to 9999") from None


def moment_of(text: str) -> dt.datetime:
    """Read an instant as `stamp` writes it; raises ValueError."""
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=dt.UTC)


def pointer(*names: str | int) -> str:
    """Return the JSON pointer to a place in a body."""
    return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names)


def names_in(text: str) -> list[str]:
    """Return the names in a JSON pointer."""
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def put_in(body: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a body with values in the places that pointers name; raises LedgerRowError."""
    whole: dict[str, Any] = json.loads(json.dumps(body))
    for text, value in values.items():
        *way, last = names_in(text) or [""]
        inside = _at(whole, way)
        if isinstance(inside, dict):
            inside[last] = value
        elif isinstance(inside, list) and last.isdecimal() and int(last) < len(inside):
            inside[int(last)] = value
        else:
            raise LedgerRowError("a personal value belongs to no place in its row")
    return whole


def has_room(body: Mapping[str, Any], text: str) -> bool:
    """Say whether a body has the place to which a pointer leads: an absent name of a group, or null in a list."""
    *way, last = names_in(text) or [""]
    inside = _at(body, way)
    if isinstance(inside, Mapping):
        return last not in inside
    return isinstance(inside, list) and last.isdecimal() and int(last) < len(inside) and inside[int(last)] is None


def take_out(body: Any, text: str) -> Any:
    """Take a value out of a body, in place, and return it; raises LedgerRowError where there is none."""
    *way, last = names_in(text) or [""]
    inside = _at(body, way)
    if isinstance(inside, dict) and last in inside:
        return inside.pop(last)
    if isinstance(inside, list) and last.isdecimal() and int(last) < len(inside):
        found, inside[int(last)] = inside[int(last)], None
        return found
    raise LedgerRowError("there is no such place in the row")


def _at(inside: Any, way: list[str]) -> Any:
    for name in way:
        if isinstance(inside, Mapping) and name in inside:
            inside = inside[name]
        elif isinstance(inside, list) and name.isdecimal() and int(name) < len(inside):
            inside = inside[int(name)]
        else:
            return None
    return inside


def places(value: Any, *way: str | int) -> Iterator[tuple[str, Any]]:
    """Yield each value inside plain data that is no group and no list, with its pointer."""
    if isinstance(value, Mapping):
        for name, inside in value.items():
            yield from places(inside, *way, name)
    elif isinstance(value, list | tuple):
        for number, inside in enumerate(value):
            yield from places(inside, *way, number)
    else:
        yield pointer(*way), value
