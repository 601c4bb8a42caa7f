"""Records of a request: approvals, checks, documents, holds and events, read field by field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from alpr_policy.durations import parse_moment, recent_moment, settled
from alpr_policy.model.request import (
    ApprovalRecord,
    CheckRecord,
    DocumentRecord,
    EventRecord,
    HoldRecord,
    Moment,
)
from alpr_policy.model.values import Gap, Unknown, is_text, printable
from alpr_policy.reading.plain_records import MOMENT, SCOPE, WORD, Sort, plain_reader
from alpr_policy.suggest import did_you_mean

MAX_RECORDS, MAX_WORD = 1_000, 300
# Written for any field, these say that it is not told.
UNTOLD: Final = frozenset({"unknown", "withheld"})


class MalformedError(ValueError):
    """A record that cannot be used; its sentence says why."""


def _word(raw: Any, key: str) -> str:
    if raw.__class__ is str and 0 < len(raw) <= MAX_WORD and raw.isascii():
        return raw
    if not is_text(raw, MAX_WORD) or not raw:
        raise MalformedError(f"`{key}` must be a short text")
    return raw


def group_of(raw: Any, most: int) -> dict[Any, Any] | None:
    """Return the keys and values of a group; None for anything else, and for one that does not give what it lists."""
    try:
        return dict(raw) if isinstance(raw, Mapping) and len(raw) <= most else None
    except Exception:  # whatever a caller's own class does wrong, it gives us nothing to read
        return None


def shown_key(key: Any) -> str:
    """Return a key as it can be shown in a sentence."""
    return printable(key[:60]) if isinstance(key, str) else "that"


def _maybe_word(raw: Any, key: str) -> str | None:
    return None if raw is None or raw in ("unknown", "withheld") else _word(raw, key)


@dataclass(frozen=True, slots=True)
class _OneOf:
    """Reads one of a few words."""

    choices: tuple[str, ...]

    def __call__(self, raw: Any, key: str) -> str:
        if not isinstance(raw, str) or raw not in self.choices:
            raise MalformedError(f"`{key}` must be one of {', '.join(self.choices)}")
        return raw


def _one_of(*choices: str) -> _OneOf:
    return _OneOf(choices)


def read_moment(raw: Any, key: str) -> Moment | None:
    """Read a time; None where it is not told. Raises MalformedError."""
    if raw is None or raw in ("unknown", "withheld"):
        return None
    if raw.__class__ is str and (recent := recent_moment(raw)) is not None:
        return recent
    try:
        if isinstance(raw, dt.datetime):
            return settled(raw)
        if isinstance(raw, dt.date):
            return raw
        return parse_moment(raw) if isinstance(raw, str) else _no_time(key)
    except ValueError as error:
        raise MalformedError(f"`{key}`: {error}") from None


def _no_time(key: str) -> Moment:
    raise MalformedError(f"`{key}` must be a time")


def _end(raw: Any, key: str) -> Moment | Unknown | None:
    """Read an end: none given is no end, but an end that is not told may have come."""
    return Unknown(Gap.WITHHELD) if raw in ("unknown", "withheld") else read_moment(raw, key)


def _ended(raw: Any, key: str) -> Moment | Unknown | bool | None:
    return raw if isinstance(raw, bool) else _end(raw, key)


def _scope(raw: Any, key: str) -> Mapping[str, Any]:
    if raw is None:
        return {}
    group = group_of(raw, 50)
    if group is None or not all(isinstance(name, str) for name in group):
        raise MalformedError(f"`{key}` must name facts and their values")
    flat: dict[str, Any] = {}
    for name, value in group.items():
        nested = isinstance(value, Mapping) and "." not in name and "conflict" not in value
        flat |= {f"{name}.{inner}": one for inner, one in value.items()} if nested else {name: value}
    return flat


def _fields(raw: Any, key: str) -> tuple[str, ...]:
    """Fields as a list of the filled ones, or as a group in which an empty value is an empty field."""
    if raw is None:
        return ()
    group = group_of(raw, 50)
    if group is not None:
        raw = [name for name, value in group.items() if value not in (None, "", False, "unknown", "withheld")]
    if not isinstance(raw, list | tuple) or len(raw) > 50:
        raise MalformedError(f"`{key}` must be a list of filled fields")
    return tuple(_word(one, key) for one in raw)


Reader = Callable[[Any, str], Any]


@dataclass(frozen=True)
class Kind:
    """One kind of record: what builds it, how each field is read, and what it cannot do without."""

    build: Callable[..., Any]
    fields: Mapping[str, Reader]
    required: tuple[str, ...]

    @cached_property
    def plain(self) -> Mapping[str, Sort]:
        """Return how each field that may be plain is read; the other fields are left out."""
        sorts: dict[Reader, Sort] = {
            _word: WORD,
            _maybe_word: WORD,
            read_moment: MOMENT,
            _end: MOMENT,
            _scope: SCOPE,
        }
        found = {key: frozenset(r.choices) if isinstance(r, _OneOf) else sorts.get(r) for key, r in self.fields.items()}
        return {key: sort for key, sort in found.items() if sort is not None}

    @cached_property
    def read_plain(self) -> Callable[[Any], Any]:
        """Return what reads a record in which nothing is to be taken apart or found fault with; None for others."""
        return plain_reader(self.build, self.plain, self.required, UNTOLD, MAX_WORD)


_CAPACITY = _one_of("holder", "designee", "acting")
RECORDS: dict[str, Kind] = {
    "approvals": Kind(
        ApprovalRecord,
        {
            "topic": _word,
            "by": _maybe_word,
            "role": _maybe_word,
            "capacity": _CAPACITY,
            "decision": _one_of("granted", "refused", "pending"),
            "at": read_moment,
            "purpose": _maybe_word,
            "scope": _scope,
            "expires": _end,
            "ended": _ended,
        },
        ("topic", "decision"),
    ),
    "checks": Kind(
        CheckRecord,
        {
            "check": _word,
            "part": _maybe_word,
            "result": _one_of("pass", "fail", "unclear"),
            "source": _maybe_word,
            "by": _maybe_word,
            "role": _maybe_word,
            "capacity": _CAPACITY,
            "at": read_moment,
        },
        ("check", "result"),
    ),
    "documents": Kind(
        DocumentRecord,
        {"kind": _word, "fields": _fields, "issued_by": _maybe_word, "at": read_moment, "expires": _end},
        ("kind",),
    ),
    "holds": Kind(
        HoldRecord,
        {
            "basis": _word,
            "by": _maybe_word,
            "role": _maybe_word,
            "capacity": _CAPACITY,
            "placed": read_moment,
            "ends": _end,
            "scope": _scope,
        },
        ("basis",),
    ),
    "events": Kind(EventRecord, {"event": _word, "of": _maybe_word, "at": read_moment, "ends": _end}, ("event",)),
}


_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)"
INSTANT_PATTERN, MOMENT_PATTERN = f"^{_DAY}{_CLOCK}$", f"^(?:{_DAY}(?:{_CLOCK})?|unknown|withheld)$"
_SHORT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": MAX_WORD}
_MOMENT: dict[str, Any] = {"type": ["string", "null"], "pattern": MOMENT_PATTERN}


def field_schema(read: Reader) -> dict[str, Any]:
    """Describe as JSON Schema what a field of a record takes."""
    if isinstance(read, _OneOf):
        return {"enum": [*read.choices, None]}
    filled = [{"type": "array", "items": _SHORT, "maxItems": 50}, {"type": "object", "maxProperties": 50}]
    schemas: dict[Reader, dict[str, Any]] = {
        _word: _SHORT,
        _maybe_word: {**_SHORT, "type": ["string", "null"]},
        read_moment: _MOMENT,
        _end: _MOMENT,
        _ended: {"anyOf": [{"type": "boolean"}, _MOMENT]},
        _scope: {"type": ["object", "null"], "maxProperties": 50},
        _fields: {"anyOf": [*filled, {"type": "null"}]},
    }
    return schemas[read]


def read_record(kind: Kind, raw: Any) -> Any:
    """Read one record of a kind; raises MalformedError with a sentence."""
    if raw.__class__ is not dict or len(raw) > 50:
        raw = group_of(raw, 50)
    if raw is None:
        raise MalformedError("it is not a group of keys")
    for key in raw:
        if key not in kind.fields:
            hint = did_you_mean(shown_key(key), kind.fields)
            raise MalformedError(f"`{shown_key(key)}` is not one of its keys ({hint})")
    for key in kind.required:
        if raw.get(key) is None:
            raise MalformedError(f"it needs `{key}`")
    fields = kind.fields
    return kind.build(**{key: fields[key](value, key) for key, value in raw.items() if value is not None})
