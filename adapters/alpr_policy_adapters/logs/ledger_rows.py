"""Rows of our own ledger's export: decisions become the requests that were judged, as far as they were given out.

Personal values stand beside their rows, and only where the export was asked for them; without them, and where they were
purged, the facts are withheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alpr_policy_adapters.logs.rows import Fault, Made, Status

FORM = "alpr-policy ledger export 1"
LISTS = ("approvals", "checks", "documents", "holds", "events")
DEEPEST = 50


def is_head(value: Any) -> bool:
    """Say whether this is the first line of an export."""
    return isinstance(value, dict) and value.get("form") == FORM


def decision_of(line: int, value: Any) -> Made:
    """Make a request of one row of an export; a row that is no decision becomes none."""
    kind = value.get("kind") if isinstance(value, dict) else None
    body = value.get("body") if isinstance(value, dict) else None
    if not isinstance(kind, str) or not isinstance(body, dict):
        fault = Fault(code="log-line", message="this is no row of a ledger", line=line, fatal=True)
        return Made(act="", at="", facts={}, status={}, faults=[fault])
    made = Made(act="", at="", facts={}, status={}, faults=[], kind=kind[:80])
    made.number = str(value.get("hash", ""))[:80]
    made.key = (made.number,) if made.number else ()
    request = body.get("request")
    if kind != "decision" or not isinstance(request, dict):
        return made
    personal = value.get("personal")
    _request(made, request, personal if isinstance(personal, dict) else {}, value.get("commitments"), line)
    return made


def _request(made: Made, bare: Mapping[str, Any], personal: Mapping[str, Any], commitments: Any, line: int) -> None:
    shown = {place: one.get("value") for place, one in personal.items() if isinstance(one, dict)}
    hidden = [place for place in commitments if place not in shown] if isinstance(commitments, dict) else []
    whole: dict[str, Any] = {"request": _plain(dict(bare), 0)}
    for place, value in shown.items():
        _put(whole, place.split("/")[1:], _plain(value, 0))
    request = whole["request"]
    act, at, departments = request.get("action"), request.get("at"), request.get("departments")
    fits = isinstance(act, str) and isinstance(at, str) and isinstance(departments, list)
    if not fits or request.get("fatal") is True or "/request/departments" in hidden:
        told = "what was judged had no act, time or departments, or they are withheld"
        made.faults.append(Fault(code="log-time", message=told, line=line, fatal=True))
        return
    made.act, made.at, made.departments = act, at, tuple(str(one) for one in departments)
    _facts(made, request, hidden)
    made.records = {
        # A record that lacks a name may be the one that forbids, so the whole list is unknown then.
        name: "withheld" if any(place.startswith(f"/request/{name}/") for place in hidden) else request[name]
        for name in LISTS
        if name in request
    }


def _facts(made: Made, request: Mapping[str, Any], hidden: list[str]) -> None:
    facts, others = request.get("facts"), request.get("others")
    values = {**(facts if isinstance(facts, dict) else {}), **(others if isinstance(others, dict) else {})}
    for name, value in values.items():
        made.facts[name] = value
        untold = isinstance(value, str) and value in ("unknown", "withheld")
        made.status[name] = Status.WITHHELD if untold else Status.BLANK if value is None else Status.PRESENT
    for place in hidden:
        if place.startswith("/request/facts/"):
            made.facts[_name(place)] = "withheld"
            made.status[_name(place)] = Status.WITHHELD


def _put(inside: Any, names: list[str], value: Any) -> None:
    """Put a value in the place that a JSON pointer names; a place that is not there is passed over."""
    *way, last = [name.replace("~1", "/").replace("~0", "~") for name in names] or [""]
    for name in way:
        if isinstance(inside, dict):
            inside = inside.get(name)
        else:
            inside = inside[int(name)] if _is_place(inside, name) else None
    if isinstance(inside, dict):
        inside[last] = value
    elif _is_place(inside, last):
        inside[int(last)] = value


def _is_place(inside: Any, name: str) -> bool:
    return isinstance(inside, list) and name.isascii() and name.isdecimal() and int(name[:9]) < len(inside)


def _name(place: str) -> str:
    return place.split("/", 3)[3].replace("~1", "/").replace("~0", "~")


def _plain(value: Any, depth: int) -> Any:
    """Return a value as JSON has it; what the ledger keeps in a form of its own is turned back, or unknown."""
    if depth > DEEPEST:
        return "unknown"
    if isinstance(value, list):
        return [_plain(one, depth + 1) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((kind, held),) = value.items()
        match kind:
            case "$moment" | "$span":
                return held
            case "$set":
                return _plain(held, depth + 1)
            case "$unknown":
                return "withheld" if isinstance(held, list) and "withheld" in held else "unknown"
        if kind.startswith("$"):
            return "unknown"
    return {name: _plain(one, depth + 1) for name, one in value.items()}
