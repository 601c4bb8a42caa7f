"""What can happen to a case: its events, read from plain data with limits, and written back the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from alpr_policy.durations import instant
from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.model.values import is_text
from alpr_policy.reading.records import RECORDS, MalformedError, group_of, read_moment, read_record, shown_key
from alpr_policy.suggest import did_you_mean

MAX_SIZE: Final = 200_000
MAX_FACTS, MAX_WORD, MAX_TEXT, MAX_LIST, MAX_RECORDS = 500, 300, 2_000, 200, 200
FORBIDDING: Final = frozenset({"fail", "refused"})


class EventKind(StrEnum):
    """The kinds of events; nothing else can happen to a case."""

    OPENED = "opened"
    ASKED = "asked"
    SUPPLIED = "supplied"
    APPROVAL = "approval"
    CHECK = "check"
    DOCUMENT = "document"
    HOLD = "hold"
    HAPPENED = "happened"
    DONE = "done"
    DISPOSED = "disposed"
    DUTY_DONE = "duty_done"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    TICK = "tick"

    __hash__ = str.__hash__


class CaseError(PolicyError):
    """A case or an event of one cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One thing that happened to a case: what, when it was taken up, by whom, and what belongs to its kind.

    `at` is the instant of the step, and orders the events of a case; `body["when"]` may say that what is recorded
    happened earlier. `body` is plain JSON data under the keys of the kind (`BODIES`).
    """

    kind: str
    at: dt.datetime
    by: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict)

    def to_wire(self) -> dict[str, Any]:
        """Return the event as plain JSON data, its time in UTC."""
        head = {"kind": str(self.kind), "at": utc_text(self.at)}
        return head | ({"by": self.by} if self.by is not None else {}) | dict(self.body)


def utc_text(moment: dt.datetime) -> str:
    """Write an instant in UTC, as it is stored."""
    return moment.astimezone(dt.UTC).isoformat()


def read_event(raw: Any) -> CaseEvent:
    """Read one event from plain data; raises CaseError with a sentence."""
    try:
        return _event(raw)
    except MalformedError as error:
        raise CaseError([Diagnostic("event-shape", str(error), help="see docs/cases.md")]) from None


def sounded(event: CaseEvent) -> CaseEvent | Diagnostic:
    """Return an event that a program made as it would be read from plain data, or what is wrong with it."""
    try:
        at = read_moment(event.at, "at")
        if not isinstance(at, dt.datetime):
            raise MalformedError("an event says when: `at` with date, time and offset")
        by = None if event.by is None else _word(event.by, "by")
        return CaseEvent(kind=event.kind, at=instant(at), by=by, body=_body(event.kind, event.body))
    except (MalformedError, AttributeError, TypeError, ValueError, OverflowError, RecursionError) as error:
        return Diagnostic("event-shape", str(error)[:300], help="see docs/cases.md")


def _event(raw: Any) -> CaseEvent:
    group = group_of(raw, 60)
    if group is None:
        raise MalformedError("an event is a group of keys, at least `kind` and `at`")
    kind, at, by = group.pop("kind", None), group.pop("at", None), group.pop("by", None)
    moment = read_moment(at, "at")
    if not isinstance(moment, dt.datetime):
        raise MalformedError("an event says when: `at` with date, time and offset")
    named = None if by is None else _word(by, "by")
    return CaseEvent(kind=str(kind), at=instant(moment), by=named, body=_body(kind, group))


def _body(kind: Any, raw: Any) -> dict[str, Any]:
    group = group_of(raw, 60)
    if group is None:
        raise MalformedError("what belongs to an event is a group of keys")
    shape = BODIES.get(kind) if isinstance(kind, str) else None
    if shape is None:
        known = f"known: {', '.join(BODIES)}"
        if kind is None:
            raise MalformedError(f"an event says its `kind` ({known})")
        hint = did_you_mean(shown_key(kind), BODIES) or known
        raise MalformedError(f"`{shown_key(kind)}` is no kind of event ({hint})")
    given = {key: value for key, value in group.items() if value is not None}
    for key in given:
        if key not in shape.fields:
            hint = did_you_mean(shown_key(key), shape.fields)
            raise MalformedError(f"`{shown_key(key)}` is not a key of `{kind}`" + (f" ({hint})" if hint else ""))
    for key in shape.required:
        if key not in given:
            raise MalformedError(f"`{kind}` needs `{key}`")
    body = {key: shape.fields[key](value, key) for key, value in given.items()}
    if shape.any_of and not any(key in body for key in shape.any_of):
        raise MalformedError(f"`{kind}` brings one of {', '.join(f'`{key}`' for key in shape.any_of)}")
    if _size(body) > MAX_SIZE:
        raise MalformedError(f"an event holds at most {MAX_SIZE:,} characters")
    return body


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(len(key) + _size(one) for key, one in value.items())
    return sum(map(_size, value)) if isinstance(value, list) else 1


def _word(raw: Any, key: str) -> str:
    if not is_text(raw, MAX_WORD) or not raw.strip():
        raise MalformedError(f"`{key}` must be a short text")
    return raw


def _words(raw: Any, key: str) -> list[str]:
    items = [raw] if isinstance(raw, str) else raw
    if not isinstance(items, list | tuple) or len(items) > 50:
        raise MalformedError(f"`{key}` must be a list of short texts")
    return [_word(one, key) for one in items]


def _parts(raw: Any, key: str) -> list[str]:
    parts = _words(raw, key)
    if len(parts) > 10:
        raise MalformedError(f"`{key}` names at most ten parts")
    return parts


def _text(raw: Any, key: str) -> str:
    if not is_text(raw, MAX_TEXT):
        raise MalformedError(f"`{key}` must be a text of at most {MAX_TEXT:,} characters")
    return raw


def _moment(raw: Any, key: str) -> str:
    moment = read_moment(raw, key)
    if moment is None:
        raise MalformedError(f"`{key}` must be a time")
    return utc_text(instant(moment)) if isinstance(moment, dt.datetime) else moment.isoformat()


def _end(raw: Any, key: str) -> str:
    return str(raw) if raw in ("unknown", "withheld") else _moment(raw, key)


def _one_of(*choices: str) -> Callable[[Any, str], str]:
    def read(raw: Any, key: str) -> str:
        if not isinstance(raw, str) or raw not in choices:
            raise MalformedError(f"`{key}` must be one of {', '.join(choices)}")
        return str(raw)

    return read


def _value(raw: Any, key: str, depth: int = 0) -> Any:
    """Return a fact's value as plain data of bounded size."""
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, int) and abs(raw) < 2**62:
        return int(raw)
    if isinstance(raw, dt.datetime | dt.date):
        return raw.isoformat()
    if is_text(raw, MAX_TEXT):
        return str(raw)
    if isinstance(raw, list | tuple) and len(raw) <= MAX_LIST and depth < 3:
        return [_value(one, key, depth + 1) for one in raw]
    if isinstance(raw, set | frozenset) and len(raw) <= MAX_LIST:
        return [_value(one, key, depth + 1) for one in sorted(raw, key=str)]
    if isinstance(raw, Mapping) and set(raw) == {"conflict"} and depth < 2:
        return {"conflict": _value(raw["conflict"], key, depth + 1)}
    raise MalformedError(f"the value of `{key[:60]}` is no text, whole number, yes or no, or list of them")


def read_facts(raw: Any, key: str) -> dict[str, Any]:
    """Return facts under dotted names, as plain data of bounded size; raises MalformedError."""
    group = group_of(raw, MAX_FACTS)
    if group is None:
        raise MalformedError(f"`{key}` is a group of at most {MAX_FACTS} facts")
    flat: dict[str, Any] = {}
    for name, value in group.items():
        _word(name, key)
        nested = group_of(value, MAX_FACTS) if "." not in name and isinstance(value, Mapping) else None
        inner = {name: value} if nested is None or set(nested) == {"conflict"} else nested
        for last, one in inner.items():
            whole = _word(last, key) if inner is not nested else f"{name}.{_word(last, key)}"
            flat[whole] = _value(one, whole)
    if len(flat) > MAX_FACTS:
        raise MalformedError(f"`{key}` is a group of at most {MAX_FACTS} facts")
    return dict(sorted(flat.items()))


def _records(raw: Any, key: str) -> list[dict[str, Any]]:
    """Return records as plain data, each of which can be read as one of its kind."""
    kind = "approvals" if key == "standing" else key
    if not isinstance(raw, list | tuple) or len(raw) > MAX_RECORDS:
        raise MalformedError(f"`{key}` is a list of at most {MAX_RECORDS} records")
    return [record_wire(read_record(RECORDS[kind], one)) for one in raw]


def record_wire(record: Any) -> dict[str, Any]:
    """Return a record as plain data from which the same record is read again; its times in UTC."""
    wire: dict[str, Any] = {}
    for name in type(record).__slots__:
        value = getattr(record, name)
        if value is None or (name == "capacity" and value == "holder"):
            continue
        if isinstance(value, dt.datetime):
            wire[name] = utc_text(instant(value))
        elif isinstance(value, dt.date):
            wire[name] = value.isoformat()
        elif isinstance(value, Mapping):
            if value:
                wire[name] = {str(key): _value(one, str(key)) for key, one in sorted(value.items())}
        elif isinstance(value, tuple):
            if value:
                wire[name] = list(value)
        elif isinstance(value, bool | str):
            wire[name] = value
        else:  # an end that exists and is not told
            wire[name] = "withheld"
    return wire


def _scope(raw: Any, key: str) -> dict[str, Any]:
    scope = read_facts(raw, key)
    if len(scope) > 50:
        raise MalformedError(f"`{key}` names at most 50 facts")
    return scope


Reader = Callable[[Any, str], Any]


@dataclass(frozen=True)
class Body:
    """What belongs to one kind of event; `named` says that it is nothing unless somebody did it."""

    fields: Mapping[str, Reader]
    required: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    named: bool = True


_CAPACITY = _one_of("holder", "designee", "acting")
_COMMON: dict[str, Reader] = {"case": _word, "note": _text, "when": _moment}
_STANDING: dict[str, Reader] = {"standing": _records}
_OUTSIDE: dict[str, Reader] = {**_STANDING, "holds": _records, "events": _records}
_OFFICE: dict[str, Reader] = {"role": _word, "capacity": _CAPACITY}


def _of(*groups: Mapping[str, Reader], required: tuple[str, ...] = (), **more: Any) -> Body:
    fields = dict(_COMMON)
    for group in groups:
        fields |= group
    return Body(fields, required, **more)


BODIES: Final[Mapping[str, Body]] = {
    EventKind.OPENED: _of(
        {"action": _word, "departments": _words, "facts": read_facts, "topic": _word},
        _OUTSIDE,
        required=("case", "action"),
        named=False,
    ),
    EventKind.ASKED: _of({"action": _word, "facts": read_facts}, _STANDING, required=("action",)),
    EventKind.SUPPLIED: _of({"facts": read_facts, "source": _word}, _OUTSIDE, any_of=("facts", *_OUTSIDE), named=False),
    EventKind.APPROVAL: _of(
        {
            "decision": _one_of("granted", "refused", "pending", "ended"),
            "topic": _word,
            "purpose": _word,
            "scope": _scope,
            "expires": _end,
            "of": _word,
        },
        _OFFICE,
        required=("decision",),
    ),
    EventKind.CHECK: _of(
        {"check": _word, "result": _one_of("pass", "fail", "unclear"), "parts": _parts, "source": _word},
        _OFFICE,
        required=("check", "result"),
    ),
    EventKind.DOCUMENT: _of(
        {"document": _word, "fields": _words, "issued_by": _word, "expires": _end}, required=("document",)
    ),
    EventKind.HOLD: _of({"basis": _word, "ends": _end, "scope": _scope}, _OFFICE, required=("basis",)),
    EventKind.HAPPENED: _of({"event": _word, "of": _word, "ends": _end}, required=("event",), named=False),
    EventKind.DONE: _of({"action": _word}, _STANDING),
    EventKind.DISPOSED: _of({"outcome": _word}, required=("outcome",)),
    EventKind.DUTY_DONE: _of({"task": _word, "rule": _word}, required=("task",)),
    EventKind.WITHDRAWN: _of({}),
    EventKind.CLOSED: _of({}),
    EventKind.TICK: _of({}, named=False),
}
