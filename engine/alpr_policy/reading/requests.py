"""From plain data (JSON, YAML, a dict) to a request. Never raises: a fault denies or leaves a fact unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from alpr_policy.durations import parse_moment, recent_moment, settled
from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.model.request import (
    ApprovalRecord,
    CheckRecord,
    DocumentRecord,
    EventRecord,
    HoldRecord,
    Moment,
    Request,
)
from alpr_policy.model.values import Gap, Unknown, is_text, printable
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import VOCABULARY

MAX_FACTS, MAX_RECORDS, MAX_WORD = 500, 1_000, 300
KEYS = ("action", "at", "departments", "facts", "approvals", "checks", "documents", "holds", "events", "id", "request")
# The names of facts that never hold further names, and the classes of values that are no groups.
_KEYS = frozenset(KEYS)
DOTTED = frozenset(name for name in VOCABULARY.facts if "." in name)
PLAIN = frozenset({str, bool, int, list, tuple})
NO_TIME = dt.datetime(1, 1, 2, tzinfo=dt.UTC)


class _Malformed(ValueError):
    """A record that cannot be used; its sentence says why."""


def _word(raw: Any, key: str) -> str:
    if raw.__class__ is str and 0 < len(raw) <= MAX_WORD and raw.isascii():
        return raw
    if not is_text(raw, MAX_WORD) or not raw:
        raise _Malformed(f"`{key}` must be a short text")
    return raw


def _group(raw: Any, most: int) -> dict[Any, Any] | None:
    """Return the keys and values of a group; None for anything else, and for one that does not give what it lists."""
    try:
        return dict(raw) if isinstance(raw, Mapping) and len(raw) <= most else None
    except Exception:  # whatever a caller's own class does wrong, it gives us nothing to read
        return None


def _shown(key: Any) -> str:
    return printable(key[:60]) if isinstance(key, str) else "that"


def _maybe_word(raw: Any, key: str) -> str | None:
    return None if raw is None or raw in ("unknown", "withheld") else _word(raw, key)


@dataclass(frozen=True, slots=True)
class _OneOf:
    """Reads one of a few words."""

    choices: tuple[str, ...]

    def __call__(self, raw: Any, key: str) -> str:
        if not isinstance(raw, str) or raw not in self.choices:
            raise _Malformed(f"`{key}` must be one of {', '.join(self.choices)}")
        return raw


def _one_of(*choices: str) -> _OneOf:
    return _OneOf(choices)


def _moment(raw: Any, key: str) -> Moment | None:
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
        raise _Malformed(f"`{key}`: {error}") from None


def _no_time(key: str) -> Moment:
    raise _Malformed(f"`{key}` must be a time")


def _end(raw: Any, key: str) -> Moment | Unknown | None:
    """Read an end: none given is no end, but an end that is not told may have come."""
    return Unknown(Gap.WITHHELD) if raw in ("unknown", "withheld") else _moment(raw, key)


def _ended(raw: Any, key: str) -> Moment | Unknown | bool | None:
    return raw if isinstance(raw, bool) else _end(raw, key)


def _scope(raw: Any, key: str) -> Mapping[str, Any]:
    if raw is None:
        return {}
    group = _group(raw, 50)
    if group is None or not all(isinstance(name, str) for name in group):
        raise _Malformed(f"`{key}` must name facts and their values")
    flat: dict[str, Any] = {}
    for name, value in group.items():
        nested = isinstance(value, Mapping) and "." not in name and "conflict" not in value
        flat |= {f"{name}.{inner}": one for inner, one in value.items()} if nested else {name: value}
    return flat


def _fields(raw: Any, key: str) -> tuple[str, ...]:
    """Fields as a list of the filled ones, or as a group in which an empty value is an empty field."""
    if raw is None:
        return ()
    group = _group(raw, 50)
    if group is not None:
        raw = [name for name, value in group.items() if value not in (None, "", False, "unknown", "withheld")]
    if not isinstance(raw, list | tuple) or len(raw) > 50:
        raise _Malformed(f"`{key}` must be a list of filled fields")
    return tuple(_word(one, key) for one in raw)


Reader = Callable[[Any, str], Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    build: Callable[..., Any]
    fields: Mapping[str, Reader]
    required: tuple[str, ...]


_CAPACITY = _one_of("holder", "designee", "acting")
RECORDS: dict[str, _Kind] = {
    "approvals": _Kind(
        ApprovalRecord,
        {
            "topic": _word,
            "by": _maybe_word,
            "role": _maybe_word,
            "capacity": _CAPACITY,
            "decision": _one_of("granted", "refused", "pending"),
            "at": _moment,
            "purpose": _maybe_word,
            "scope": _scope,
            "expires": _end,
            "ended": _ended,
        },
        ("topic", "decision"),
    ),
    "checks": _Kind(
        CheckRecord,
        {
            "check": _word,
            "part": _maybe_word,
            "result": _one_of("pass", "fail", "unclear"),
            "source": _maybe_word,
            "by": _maybe_word,
            "role": _maybe_word,
            "capacity": _CAPACITY,
            "at": _moment,
        },
        ("check", "result"),
    ),
    "documents": _Kind(
        DocumentRecord,
        {"kind": _word, "fields": _fields, "issued_by": _maybe_word, "at": _moment, "expires": _end},
        ("kind",),
    ),
    "holds": _Kind(
        HoldRecord,
        {
            "basis": _word,
            "by": _maybe_word,
            "role": _maybe_word,
            "capacity": _CAPACITY,
            "placed": _moment,
            "ends": _end,
            "scope": _scope,
        },
        ("basis",),
    ),
    "events": _Kind(EventRecord, {"event": _word, "of": _maybe_word, "at": _moment, "ends": _end}, ("event",)),
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
        _moment: _MOMENT,
        _end: _MOMENT,
        _ended: {"anyOf": [{"type": "boolean"}, _MOMENT]},
        _scope: {"type": ["object", "null"], "maxProperties": 50},
        _fields: {"anyOf": [*filled, {"type": "null"}]},
    }
    return schemas[read]


class _Faults:
    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def note(self, code: str, message: str, help: str = "") -> None:
        self.found.append(Diagnostic(code, message, help=help, severity=Severity.WARNING))


def read_request(raw: Any) -> Request:
    """Read one request; a fault without which nothing can be judged makes it fatal."""
    plain = _plain_request(raw) if raw.__class__ is dict else None
    if plain is not None:
        return plain
    faults = _Faults()
    raw = _group(raw, MAX_FACTS)
    if raw is None:
        faults.note("request-shape", "a request is a group of keys", "it needs at least `action` and `at`")
        return _request("", NO_TIME, faults, fatal=True)
    for key in raw:
        if key not in KEYS:
            faults.note("request-key", f"`{_shown(key)}` is not a key of a request", did_you_mean(_shown(key), KEYS))
    action, at = raw.get("action"), _instant(raw.get("at"), faults)
    action = printable(action) if isinstance(action, str) else action
    if not is_text(action, MAX_WORD) or not action:
        faults.note("request-action", "a request names its `action`", "see `alpr-policy facts`")
        action = ""
    departments = _departments(raw.get("departments"), faults)
    lists = {name: _records(name, raw[name], faults) for name in RECORDS if raw.get(name) is not None}
    identity = raw.get("id")
    return _request(
        action,
        at or NO_TIME,
        faults,
        fatal=not action or at is None or departments is None,
        departments=departments or (),
        facts=_facts(raw.get("facts"), faults),
        id=identity if is_text(identity, MAX_WORD) else None,
        **lists,
    )


def _plain_request(raw: dict[Any, Any]) -> Request | None:
    """Read a request as programs write it, with nothing in it to take apart or to find fault with; None for others."""
    action, at, facts, names = raw.get("action"), raw.get("at"), raw.get("facts", {}), raw.get("departments", ())
    if not (isinstance(action, str) and _is_word(action) and isinstance(at, str)):
        return None
    if not raw.keys() <= _KEYS or raw.get("id") is not None:
        return None
    moment = recent_moment(at)
    if moment.__class__ is not dt.datetime or facts.__class__ is not dict or len(facts) > MAX_FACTS:
        return None
    if not (names.__class__ is list or names.__class__ is tuple) or len(names) > 50:
        return None
    for name in names:
        if not _is_word(name):
            return None
    for name in facts.keys() - DOTTED:
        if not _stands_by_itself(name, facts[name]):
            return None
    lists: dict[str, Any] = {}
    for name, kind in RECORDS.items():
        records = raw.get(name)
        if records is not None:
            read = _plain_records(kind, records)
            if read is None:
                return None
            lists[name] = read
    departments = tuple(names) if len(names) < 2 else tuple(dict.fromkeys(names))
    return Request(action=action, at=moment, departments=departments, facts=dict(facts), **lists)


def _is_word(raw: Any) -> bool:
    return raw.__class__ is str and 0 < len(raw) <= MAX_WORD and raw.isascii()


def _plain_records(kind: _Kind, raw: Any) -> tuple[Any, ...] | None:
    """Read a list of records in which nothing is wrong; None for any other."""
    if raw.__class__ is not list or len(raw) > MAX_RECORDS:
        return None
    try:
        return tuple([_record(kind, one) for one in raw])
    except _Malformed:
        return None


def _request(action: str, at: dt.datetime, faults: _Faults, *, fatal: bool, **parts: Any) -> Request:
    return Request(action=action, at=at, faults=tuple(faults.found), fatal=fatal, **parts)


def _instant(raw: Any, faults: _Faults) -> dt.datetime | None:
    try:
        moment = _moment(raw, "at")
    except _Malformed as error:
        faults.note("request-time", str(error), "write it as 2026-05-01T12:00:00-04:00")
        return None
    if not isinstance(moment, dt.datetime):
        faults.note(
            "request-time",
            "a request says when: `at` with date, time and offset",
            "write it as 2026-05-01T12:00:00-04:00",
        )
        return None
    return moment


def _departments(raw: Any, faults: _Faults) -> tuple[str, ...] | None:
    names = [raw] if isinstance(raw, str) else [] if raw is None else raw
    if not isinstance(names, list | tuple) or len(names) > 50 or not all(is_text(n, MAX_WORD) and n for n in names):
        # An unreadable list must not lose a department whose policy binds, so nothing can be judged.
        faults.note("request-departments", "`departments` is a list of profile ids")
        return None
    return tuple(dict.fromkeys(names))


def _facts(raw: Any, faults: _Faults) -> Mapping[str, Any]:
    if raw is None:
        return {}
    group = _group(raw, MAX_FACTS)
    if group is None:
        faults.note("request-facts", f"`facts` is a group of at most {MAX_FACTS} facts")
        return {}
    if all(_stands_by_itself(name, group[name]) for name in group.keys() - DOTTED):
        return group
    found: dict[str, Any] = {}
    for name, value in _flat(group, faults):
        if name in found:
            faults.note("request-facts", f"the fact `{name[:60]}` is given twice")
            value = {"conflict": [found[name], value]}
        found[name] = value
    return found


def _stands_by_itself(name: Any, value: Any) -> bool:
    """Say whether a fact's name is one as it stands, and no group of names."""
    if not is_text(name, MAX_WORD):
        return False
    return "." in name or value is None or value.__class__ in PLAIN


def _flat(raw: Mapping[Any, Any], faults: _Faults) -> Iterator[tuple[str, Any]]:
    """Yield facts by their dotted names; `{stop: {basis: hit}}` is `stop.basis`."""
    for name, value in raw.items():
        inside = _group(value, MAX_FACTS)
        if not is_text(name, MAX_WORD):
            faults.note("request-facts", "the name of a fact is a short text")
        elif "." not in name and inside is not None and "conflict" not in inside:
            named = {f"{name}.{inner}" if isinstance(inner, str) else inner: one for inner, one in inside.items()}
            yield from _flat(named, faults)
        else:
            yield name, value


def _records(name: str, raw: Any, faults: _Faults) -> tuple[Any, ...] | None:
    """Read a record list; one bad record makes the whole list unknown, since it might be the one that forbids."""
    if raw == []:
        return ()
    if raw in ("unknown", "withheld"):
        return None
    if not isinstance(raw, list | tuple) or len(raw) > MAX_RECORDS:
        faults.note("request-records", f"`{name}` is a list of at most {MAX_RECORDS} records")
        return None
    try:
        return tuple(_record(RECORDS[name], one) for one in raw)
    except _Malformed as error:
        faults.note("request-records", f"a record of `{name}` cannot be read, so all of them are unknown: {error}")
        return None


def _record(kind: _Kind, raw: Any) -> Any:
    if raw.__class__ is not dict or len(raw) > 50:
        raw = _group(raw, 50)
    if raw is None:
        raise _Malformed("it is not a group of keys")
    for key in raw:
        if key not in kind.fields:
            raise _Malformed(f"`{_shown(key)}` is not one of its keys ({did_you_mean(_shown(key), kind.fields)})")
    for key in kind.required:
        if raw.get(key) is None:
            raise _Malformed(f"it needs `{key}`")
    fields = kind.fields
    return kind.build(**{key: fields[key](value, key) for key, value in raw.items() if value is not None})
