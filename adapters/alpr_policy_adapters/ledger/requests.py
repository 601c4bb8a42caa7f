"""A request as plain JSON data, and back again without loss: the very one that was judged, faults included."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Mapping
from typing import Any, Final

from alpr_policy.durations import CalendarSpan
from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.model.request import Request
from alpr_policy.model.values import Gap, Unknown
from alpr_policy.reading.records import RECORDS
from alpr_policy_adapters.ledger.errors import LedgerRowError

MOMENTS: Final = frozenset({"at", "expires", "ended", "placed", "ends"})
LARGE: Final = 2**53
DEEP: Final = 50


def request_wire(request: Request) -> dict[str, Any]:
    """Return a request as plain JSON data; raises LedgerRowError for values nested beyond 50 levels.

    What a program handed over and JSON has no word for stands as `{"$kind": …}`.
    """
    wire: dict[str, Any] = {"action": request.action, "at": request.at.isoformat()}
    wire["departments"] = list(request.departments)
    wire["facts"] = {_name(name): _out(value, 0) for name, value in request.facts.items()}
    for kind in RECORDS:
        records = getattr(request, kind)
        if records is not None:
            wire[kind] = [_record(one) for one in records]
    if request.id is not None:
        wire["id"] = request.id
    if request.faults:
        wire["faults"] = [{"code": one.code, "message": one.message, "help": one.help} for one in request.faults]
    if request.fatal:
        wire["fatal"] = True
    return wire


def request_of(wire: Mapping[str, Any]) -> Request:
    """Return the request that `request_wire` wrote; raises ValueError, TypeError or KeyError for anything else."""
    lists: dict[str, Any] = {}
    for name, kind in RECORDS.items():
        if name in wire:
            lists[name] = tuple(kind.build(**_fields(one)) for one in wire[name])
    faults = tuple(
        Diagnostic(one["code"], one["message"], help=one["help"], severity=Severity.WARNING)
        for one in wire.get("faults", ())
    )
    return Request(
        action=wire["action"],
        at=dt.datetime.fromisoformat(wire["at"]),
        departments=tuple(wire["departments"]),
        facts={name: _in(value) for name, value in {**wire["facts"], **wire.get("others", {})}.items()},
        id=wire.get("id"),
        faults=faults,
        fatal=wire.get("fatal", False),
        **lists,
    )


def _record(record: Any) -> dict[str, Any]:
    wire: dict[str, Any] = {}
    for field in dataclasses.fields(record):
        name, value = field.name, getattr(record, field.name)
        default = {} if name == "scope" else () if name == "fields" else field.default
        if value == default and value.__class__ is default.__class__:
            continue
        if name in MOMENTS and isinstance(value, dt.date):
            wire[name] = value.isoformat()
        elif name == "scope":
            wire[name] = {_name(inner): _out(one, 0) for inner, one in value.items()}
        else:
            wire[name] = list(value) if isinstance(value, tuple) else _out(value, 0)
    return wire


def _fields(wire: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in wire.items():
        if name in MOMENTS and isinstance(value, str):
            found[name] = _moment(value)
        elif name == "scope":
            found[name] = {inner: _in(one) for inner, one in value.items()}
        elif name == "fields":
            found[name] = tuple(value)
        else:
            found[name] = _in(value)
    return found


def _moment(text: str) -> dt.datetime | dt.date:
    return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise LedgerRowError("the names of facts are texts")
    return name


def _out(value: Any, depth: int) -> Any:
    """Write one value of a fact."""
    if depth > DEEP:
        raise LedgerRowError(f"a value is at most {DEEP} levels deep")
    match value:
        case None | bool() | str():
            return str(value) if isinstance(value, str) else value
        case int():
            return int(value) if abs(value) < LARGE else {"$integer": hex(value)}
        case float():
            return value if math.isfinite(value) else {"$number": repr(value)}
        case list() | tuple():
            return [_out(one, depth + 1) for one in value]
        case set() | frozenset():
            return {"$set": sorted((_out(one, depth + 1) for one in value), key=repr)}
        case dt.datetime() | dt.date():
            return {"$moment": value.isoformat()}
        case CalendarSpan():
            return {"$span": str(value)}
        case Unknown():
            return {"$unknown": [value.gap.value, value.detail]}
        case Mapping():
            inside = {_name(name): _out(one, depth + 1) for name, one in value.items()}
            return {"$group": inside} if len(inside) == 1 and next(iter(inside)).startswith("$") else inside
    return {"$other": type(value).__name__}


class _Other:
    """Stands for a value that no fact can have; only the name of its class was kept, since only that is ever shown."""


def _in(value: Any) -> Any:
    if isinstance(value, list):
        return [_in(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) != 1 or not next(iter(value)).startswith("$"):
        return {name: _in(one) for name, one in value.items()}
    ((kind, held),) = value.items()
    match kind:
        case "$integer":
            return int(held, 16)
        case "$number":
            return float(held)
        case "$set":
            return frozenset(_in(one) for one in held)
        case "$moment":
            return _moment(held)
        case "$span":
            return CalendarSpan.parse(held)
        case "$unknown":
            return Unknown(Gap(held[0]), held[1])
        case "$group":
            return {name: _in(one) for name, one in held.items()}
    return type(str(held), (_Other,), {})()
