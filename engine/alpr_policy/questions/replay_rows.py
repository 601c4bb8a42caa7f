"""A row of a table of acts as a request (docs/replay.md)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from alpr_policy.reading.records import RECORDS

# Columns that are no facts.
STRUCTURE: Final = frozenset({"row", "id", "at", "action", "agency", "unit", "none", "withheld"})
TIMES: Final = frozenset(f"{kind}.{end}" for kind in RECORDS for end in ("first", "last"))
REQUESTER: Final = "@requester"
LONGEST_RECORDS: Final = 1_000_000
_SIMPLE: Final = frozenset({str, bool, int})


def is_fact(column: str) -> bool:
    """Say whether a column holds a fact."""
    return column not in STRUCTURE and column not in RECORDS and column not in TIMES


class RowReader:
    """Reads rows of certain columns as requests: which column holds what is found out once."""

    def __init__(self, columns: Sequence[str], sets: Collection[str]) -> None:
        """Read rows of `columns`; `sets` are the facts that are sets."""
        place = {name: number for number, name in enumerate(columns)}
        self._facts = [(number, name, name in sets) for name, number in place.items() if is_fact(name)]
        self._records = [(place[kind], place.get(f"{kind}.last"), kind) for kind in RECORDS if kind in place]
        self._none, self._withheld = place.get("none"), place.get("withheld")
        self._at, self._action = place.get("at"), place.get("action")

    def request(self, values: Sequence[Any]) -> dict[str, Any]:
        """Return a row as a request, in plain data.

        What cannot be told from the row is left out and so unknown. Nothing is corrected: a value that a fact cannot
        have is handed on and judged as such.
        """
        facts: dict[str, Any] = {}
        for number, name, is_set in self._facts:
            value = values[number]
            if value is None:
                continue
            plain = value if value.__class__ in _SIMPLE else _plain(value)
            if plain is not None:
                facts[name] = _members(plain) if is_set else plain
        for name in _names(_at(values, self._none)):
            facts.setdefault(name, None)
        for name in _names(_at(values, self._withheld)):
            facts.setdefault(name, "withheld")
        at, action = _at(values, self._at), _at(values, self._action)
        request: dict[str, Any] = {"action": action or "", "at": _plain(at), "facts": facts}
        for number, last, kind in self._records:
            if values[number] is not None:
                request[kind] = _records(kind, values[number], _at(values, last), facts.get("requester.id"))
        return request


def request_of(row: Mapping[str, Any], sets: Collection[str]) -> dict[str, Any]:
    """Return a row as a request, in plain data; `sets` are the facts that are sets."""
    return RowReader(tuple(row), sets).request(tuple(row.values()))


def _at(values: Sequence[Any], place: int | None) -> Any:
    return None if place is None else values[place]


def _names(listed: Any) -> tuple[str, ...]:
    return tuple(listed.split()) if isinstance(listed, str) else ()


def _plain(value: Any) -> Any:
    """Return a value as plain data; not a number is no value."""
    match value:
        case dt.datetime():
            return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).isoformat()
        case dt.date():
            return value.isoformat()
        case float():
            return None if value != value else int(value) if value.is_integer() else value
        case _:
            return value


def _members(value: Any) -> Any:
    return value if not isinstance(value, str) else value.split("|") if value else []


def _records(kind: str, given: Any, last: Any, requester: Any) -> Any:
    """Return a list of records; one that cannot be read is handed on as it is, and is then unknown."""
    if not isinstance(given, str) or len(given) > LONGEST_RECORDS:
        return given
    try:
        found = json.loads(given)
    except (ValueError, RecursionError):
        return given
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        return given
    return [_absolute(kind, one, last, requester) for one in found]


def _absolute(kind: str, record: dict[str, Any], last: Any, requester: Any) -> dict[str, Any]:
    """Return a record with its person and its time in place of what is told relative to the act."""
    found = dict(record)
    by = found.get("by")
    if by == REQUESTER:
        found["by"] = requester
    elif isinstance(by, str) and by.startswith("@"):
        found["by"] = f"other-{by[1:]}"
    if "earlier" in found:
        earlier = found.pop("earlier")
        known = isinstance(last, dt.datetime) and isinstance(earlier, int) and 0 <= earlier < 10**10
        moment = _plain(last - dt.timedelta(seconds=earlier)) if known else "unknown"
        found["placed" if kind == "holds" else "at"] = moment
    return found
