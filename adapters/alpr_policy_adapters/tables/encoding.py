"""A request as a row of a table of acts (docs/replay.md); `rows.request_of` turns it back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from alpr_policy.durations import instant, parse_moment
from alpr_policy.meaning.typed import MAX_TEXT
from alpr_policy.model.request import Request
from alpr_policy.model.values import is_text
from alpr_policy.model.wire import plain
from alpr_policy.reading.records import MAX_RECORDS, MAX_WORD, RECORDS, UNTOLD
from alpr_policy.vocabulary import VOCABULARY, FactKind

MARK: Final = "|"
LARGEST: Final = 2**62
LONGEST_RECORDS: Final = 1_000_000
REQUESTER: Final = "@requester"
# As whom `request_of` shows the persons beside the requester.
SIGN, OTHER = "@", "other-"
PERSONS: Final = ("approvals", "checks", "holds")
TIME_OF: Final = {"approvals": "at", "checks": "at", "documents": "at", "holds": "placed", "events": "at"}
KINDS: Final[Mapping[str, FactKind]] = {name: fact.kind for name, fact in VOCABULARY.facts.items()}
DERIVED: Final = {name: fact.derived_from for name, fact in VOCABULARY.facts.items() if fact.derived_from}
_OUT: Final = object()


def row_of(request: Request | Mapping[str, Any], own: Mapping[str, FactKind] | None = None) -> dict[str, Any]:
    """Return a request as a row, without `row`, `agency` and `unit`; columns of which nothing is known are left out.

    Takes a request, or plain data as `read_request` takes it with the facts under their dotted names. `own` gives the
    kinds of facts beyond the vocabulary; others of these are kept by what they are. What a column cannot hold (a value
    that the fact cannot have, sources that disagree, a member of a set with a bar in it) counts as withheld.
    """
    told = _plain_request(request) if isinstance(request, Request) else request
    facts = told.get("facts")
    row: dict[str, Any] = {}
    for name in ("id", "action"):
        if is_text(told.get(name), MAX_WORD):
            row[name] = told[name]
    if (at := _moment(told.get("at"))) is not None and isinstance(at, dt.datetime):
        row["at"] = at
    row |= _facts(facts if isinstance(facts, Mapping) else {}, own or {})
    requester = facts.get("requester.id") if isinstance(facts, Mapping) else None
    return row | _records(told, requester)


def _plain_request(request: Request) -> dict[str, Any]:
    """Return a request as plain data; an end that is known to exist and not told is withheld."""
    found: dict[str, Any] = {"action": request.action, "facts": request.facts, "id": request.id}
    if not request.fatal:
        found["at"] = request.at
    for kind in RECORDS:
        records = getattr(request, kind)
        if records is not None:
            found[kind] = [_plain_record(one) for one in records]
    return found


def _plain_record(record: Any) -> dict[str, Any]:
    wire: dict[str, Any] = plain(record)
    for end in ("expires", "ended", "ends"):
        if isinstance(wire.get(end), Mapping):
            wire[end] = "unknown"
    return wire


# Facts


def _facts(facts: Mapping[str, Any], own: Mapping[str, FactKind]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    untold: dict[str, list[str]] = {"none": [], "withheld": []}
    doubtful: list[str] = []
    for name, value in facts.items():
        if value is None:
            untold["none"].append(name)
        elif value.__class__ is str and value == "unknown":
            continue
        elif (cell := cell_of(value, KINDS.get(name) or own.get(name))) is not None:
            found[name] = cell
        else:
            # Of what is told and cannot be held nothing may be filled in or worked out later on.
            untold["withheld"].append(name)
            doubtful += DERIVED.get(name, ()) if value != "withheld" else ()
    for source in doubtful:
        # Sources would speak for it again, as they do for one that is withheld.
        if found.pop(source, None) is not None:
            untold["withheld"].append(source)
    return found | {name: " ".join(sorted(names)) for name, names in untold.items() if names}


def cell_of(value: Any, kind: FactKind | None) -> Any:
    """Return the value of a fact as its column holds it; None where that is unknown."""
    if value.__class__ is str and value in UNTOLD:
        return None
    return _CELLS.get(kind, _as_it_is)(value)  # type: ignore[arg-type]  # a kind that is not told has no reader


def _boolean(value: Any) -> Any:
    return value if isinstance(value, bool) else None


def _count(value: Any) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST else None


def _text(value: Any) -> Any:
    return value if is_text(value, MAX_TEXT) else None


def _set(value: Any) -> Any:
    if not isinstance(value, list | tuple | set | frozenset):
        return None
    fits = all(is_text(one, MAX_TEXT) and one and MARK not in one for one in value)
    return MARK.join(sorted(set(value))) if fits else None


def _moment(value: Any) -> dt.datetime | dt.date | None:
    """Return an instant in UTC without its zone, or a bare date; None for anything else."""
    try:
        found = parse_moment(value) if isinstance(value, str) else value
        if isinstance(found, dt.datetime):
            found = instant(found).replace(tzinfo=None)
        return found if isinstance(found, dt.date) and 1900 <= found.year <= 2200 else None
    except ValueError:
        return None


def _age(value: Any) -> Any:
    return _text(value if isinstance(value, str) else str(value))


def _as_it_is(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, dt.date):
        return _moment(value)
    return _count(value) if isinstance(value, int) else _text(value) if isinstance(value, str) else _set(value)


_CELLS: Final[Mapping[FactKind, Callable[[Any], Any]]] = {
    FactKind.BOOL: _boolean,
    FactKind.COUNT: _count,
    FactKind.ENUM: _text,
    FactKind.TEXT: _text,
    FactKind.SET: _set,
    FactKind.TIME: _moment,
    FactKind.AGE: _age,
}


# Records


def _records(told: Mapping[str, Any], requester: Any) -> dict[str, Any]:
    lists: dict[str, list[Mapping[str, Any]]] = {}
    for kind in RECORDS:
        given = told.get(kind)
        listed = list(given) if isinstance(given, list | tuple) and len(given) <= MAX_RECORDS else None
        if listed is not None and all(isinstance(one, Mapping) for one in listed):
            lists[kind] = listed
    persons = _persons(lists, requester)
    row: dict[str, Any] = {}
    for kind, records in lists.items():
        row |= _listed(kind, records, persons)
    return row


def _persons(lists: Mapping[str, list[Mapping[str, Any]]], requester: Any) -> Mapping[str, str]:
    """Return by which sign each person stands; whoever a record names in another place keeps the name."""
    named = [one["by"] for kind in PERSONS for one in lists.get(kind, ()) if _is_name(one.get("by"))]
    elsewhere = _texts([[one.get("of"), one.get("scope"), one.get("issued_by")] for r in lists.values() for one in r])
    taken = {*named, *(elsewhere or ()), requester if isinstance(requester, str) else ""}
    signs: dict[str, str] = {}
    number = 0
    for name in dict.fromkeys(named):
        # A name that looks like a sign would be taken for one, so it cannot be kept.
        if (elsewhere is None or name in elsewhere) and not name.startswith(SIGN):
            continue
        if name == requester:
            signs[name] = REQUESTER
            continue
        number += 1
        while f"{OTHER}{number}" in taken:
            number += 1
        signs[name] = f"{SIGN}{number}"
    return signs


def _is_name(value: Any) -> bool:
    return is_text(value, MAX_WORD) and bool(value) and value not in UNTOLD


def _texts(value: Any, depth: int = 0) -> set[str] | None:
    """Return all texts in plain data; None where it is too deep to look through."""
    if isinstance(value, str):
        return {value}
    if depth > 20:
        return None
    inside: Iterable[Any] = ()
    if isinstance(value, Mapping):
        inside = value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        inside = value
    found: set[str] = set()
    for one in inside:
        texts = _texts(one, depth + 1)
        if texts is None:
            return None
        found |= texts
    return found


def _listed(kind: str, records: list[Mapping[str, Any]], persons: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns of one list: its records, and when the newest and the oldest of them were."""
    key = TIME_OF[kind]
    moments = [_time(one.get(key)) for one in records]
    times = [one for one in moments if isinstance(one, dt.datetime)]
    last = max(times, default=None)
    relative = all(one is None or isinstance(one, dt.datetime) for one in moments) and all(
        (last - one) % dt.timedelta(seconds=1) == dt.timedelta(0) for one in times if last is not None
    )
    written = []
    for record, moment in zip(records, moments, strict=True):
        one = {name: value for name, value in record.items() if value is not None}
        if _is_name(one.get("by")):
            one["by"] = persons.get(one["by"], one["by"])
        if relative:
            one.pop(key, None)
            if isinstance(moment, dt.datetime) and last is not None:
                one["earlier"] = int((last - moment).total_seconds())
        written.append(one)
    text = _json(written)
    if text is None:
        return {}
    ends = {f"{kind}.last": last, f"{kind}.first": min(times)} if relative and times and last is not None else {}
    return {kind: text, **ends}


def _time(value: Any) -> Any:
    """Return when a record was: None where that is not told, and what no list is relative to as it came."""
    if value is None or (isinstance(value, str) and value in UNTOLD):
        return None
    found = _moment(value)
    return found if isinstance(found, dt.datetime) else _OUT


def _json(value: Any) -> str | None:
    """Write records so that equal ones give equal texts; None where they cannot be written, or not in bounds."""
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=_shown, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None
    return text if len(text) <= LONGEST_RECORDS else None


def _shown(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value) if hasattr(value, "unit") else _unwritable(value)


def _unwritable(value: Any) -> Any:
    raise TypeError(type(value).__name__)
