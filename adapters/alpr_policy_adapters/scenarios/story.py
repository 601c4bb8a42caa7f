"""A story: one setting of an act, which many rows of a log have in common, and how it reads as a request."""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final

from alpr_policy_adapters.scenarios.words import UNKNOWN, Band, Numbers, Value

LISTS: Final = ("approvals", "checks", "documents", "holds", "events")
REQUESTER: Final = "@requester"
# A place in a text for what is the row's own.
OWN: Final = {"{person}": "officer-0001", "{plate}": "ZQ000001", "{case}": "26-900001"}
# How much earlier than the act the newest record of each list is, in seconds.
LAGS: Final = {
    "approvals": Band(1_800, 72_000),
    "checks": Band(60, 540),
    "documents": Band(86_400, 1_728_000),
    "holds": Band(172_800, 5_184_000),
    "events": Band(3_600, 21_600),
}

# What becomes of a read at once has its time.
CAPTURED: Final = "record.captured"
FOLLOWING: Final = ("record.stored", "record.uploaded", "record.downloaded", "record.created")


@dataclass(slots=True, kw_only=True)
class Story:
    """An act, the kind of person who does it, its facts and records; a fact that is not there is unknown.

    Facts are plain values, None for what is known not to be, a Band of ages in seconds for a moment before the act, or
    Numbers. Persons of records are relative to the requester, and their times to the newest of their list.
    """

    action: str
    kind: str = ""
    facts: dict[str, Value] = field(default_factory=dict)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    lags: dict[str, Band] = field(default_factory=dict)
    planted: str = ""
    weight: float = 1.0
    outcome: str = ""
    found_by: tuple[str, ...] = ()

    def with_facts(self, facts: dict[str, Value]) -> Story:
        """Return the story with other values of some facts."""
        after = copy.copy(self)
        captured = self.facts.get(CAPTURED)
        if CAPTURED in facts and isinstance(captured, Band) and isinstance(facts[CAPTURED], Band):
            with_it: dict[str, Value] = dict.fromkeys(FOLLOWING, facts[CAPTURED])
            facts = {name: value for name, value in with_it.items() if self.facts.get(name) == captured} | facts
        after.facts = {name: value for name, value in {**self.facts, **facts}.items() if value != UNKNOWN}
        return after

    def with_records(self, name: str, records: list[dict[str, Any]], lag: Band | None = None) -> Story:
        """Return the story with another list of records."""
        after = copy.copy(self)
        after.records = {**self.records, name: records}
        after.lags = {**self.lags, name: lag or self.lags.get(name) or LAGS[name]}
        return after

    def request(self, at: dt.datetime, department: str, share: float = 0.5) -> dict[str, Any]:
        """Return it as a request at an instant; `share` says how far into each of its bands."""
        facts = {name: _plain(name, value, at, share) for name, value in self.facts.items()}
        if self.kind:
            facts["requester.id"] = REQUESTER
        request: dict[str, Any] = {"action": self.action, "at": at.isoformat(), "departments": [department]}
        request["facts"] = facts
        for name in LISTS:
            if name in self.records:
                newest = at - dt.timedelta(seconds=self.lags[name].at(share))
                request[name] = [_dated(name, one, newest) for one in self.records[name]]
        return request

    def key(self) -> str:
        """Tell it from other stories of its search."""
        return repr((self.kind, sorted(self.facts.items(), key=lambda one: one[0]), sorted(self.records.items())))


def _plain(name: str, value: Value, at: dt.datetime, share: float) -> Any:
    if isinstance(value, Band):
        moment = at - dt.timedelta(seconds=value.at(share))
        return moment.date().isoformat() if name in DAYS else moment.isoformat()
    if isinstance(value, Numbers):
        return value.at(share)
    if isinstance(value, str):
        return filled(value)
    return list(value) if isinstance(value, tuple) else value


def filled(text: str) -> str:
    """Return a text with an example in each place that is the row's own."""
    for place, example in OWN.items():
        text = text.replace(place, example)
    return text


def _dated(name: str, record: dict[str, Any], newest: dt.datetime) -> dict[str, Any]:
    found = {key: value for key, value in record.items() if key != "earlier"}
    found["placed" if name == "holds" else "at"] = (newest - dt.timedelta(seconds=record["earlier"])).isoformat()
    return found


# Moments of which a log knows the day alone.
DAYS: Final = frozenset(
    {"requester.trained_on", "requester.designated_on", "grantee.trained_on", "grantee.designated_on"}
)
