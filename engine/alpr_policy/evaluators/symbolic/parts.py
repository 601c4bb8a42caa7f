"""Parts of a request that give some facts their values, and how several of them are put together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from alpr_policy.durations import CalendarSpan
from alpr_policy.model.request import Request
from alpr_policy.reading.records import RECORDS
from alpr_policy.reading.requests import read_request

REQUESTER = "officer-1"
UNKNOWN = "unknown"
Raw = dict[str, Any]


class Part(NamedTuple):
    """Facts and records of a request, as plain data; `absent` are offices whose holder is away."""

    facts: Mapping[str, Any] = MappingProxyType({})
    records: tuple[tuple[str, Raw], ...] = ()
    absent: frozenset[str] = frozenset()


NOTHING = Part()


def united(one: Part, other: Part) -> Part | None:
    """Put two parts together; None where they contradict each other."""
    for name, value in other.facts.items():
        if name in one.facts and one.facts[name] != value:
            return None
    added = tuple(record for record in other.records if record not in one.records)
    return Part({**one.facts, **other.facts}, one.records + added, one.absent | other.absent)


def raw_request(action: str, at: dt.datetime, part: Part) -> Raw:
    """Return the request of a part as plain data: the requester is named, and a list that is not filled is empty."""
    told = {"requester.id": REQUESTER, "roles.absent": part.absent, **part.facts}
    facts = {name: _plain(value) for name, value in sorted(told.items()) if value != UNKNOWN}
    raw: Raw = {"action": action, "at": at.isoformat(), "facts": facts}
    for name in RECORDS:
        given = [record for listed, record in part.records if listed == name]
        # Of events nothing is said unless one matters, so that a count of them may be stated.
        if given or name != "events":
            raw[name] = [record for record in given if record]
    return raw


def request_of(action: str, at: dt.datetime, part: Part) -> Request:
    """Return the request of a part."""
    return read_request(raw_request(action, at, part))


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, CalendarSpan) else value
