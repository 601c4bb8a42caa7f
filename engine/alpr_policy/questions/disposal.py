"""What is to become of stored records: which must go, may go or must stay, under which clause, and what changes when.

Nothing here decides: `weigh` asks the decision point about one record at one instant. `disposal_groups` asks it about
many records at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from alpr_policy.model.decision import Decision, Outcome
from alpr_policy.model.request import EventRecord, HoldRecord, Moment, Request
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.disposal_clocks import CLOCKS, TICK

GONE = frozenset({"purge_due", "not_here"})


class Course(StrEnum):
    """What may be done with a record: the word for a standing and the answers that go with it."""

    MUST_GO = "must_go"
    MAY_GO = "may_go"
    MUST_STAY = "must_stay"
    HELD = "held"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    SILENT = "silent"
    NO_POLICY = "no_policy"


class StoredRecord(NamedTuple):
    """A record of a store: its key, its facts, and apart from these the moments of its clocks.

    Records that share one object as `facts` are worked through fastest. `events` None means that nobody knows.
    """

    key: str
    facts: Mapping[str, Any]
    moments: Mapping[str, Any] = {}
    events: tuple[EventRecord, ...] | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """A statement on which an answer rests, with its clauses and what it says."""

    profile: str
    rule: str
    cite: tuple[str, ...]
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """What holds of a record at an instant. `asks` names what is not known, where that leaves it open."""

    course: Course
    standing: str | None
    purge: Outcome
    store: Outcome
    grounds: tuple[Ground, ...] = ()
    asks: tuple[str, ...] = ()

    @property
    def cite(self) -> tuple[str, ...]:
        """Return the clauses, each once."""
        return tuple(dict.fromkeys(clause for ground in self.grounds for clause in ground.cite))

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data."""
        grounds = [{"profile": g.profile, "rule": g.rule, "cite": [*g.cite], "effect": g.effect} for g in self.grounds]
        wire = {"course": str(self.course), "standing": self.standing, "data.purge": self.purge.value}
        return {**wire, "data.store": self.store.value, "grounds": grounds, "asks": [*self.asks]}


class Change(NamedTuple):
    """From which instant on (UTC) something holds of a record."""

    at: dt.datetime
    stand: Stand

    @property
    def last_before(self) -> dt.datetime:
        """Return the last instant of what held before; for a ceiling that is its very end."""
        return self.at - TICK


Outlook = tuple[Change, ...]
"""What holds of a record from the instant of the question on, and each change up to the end of the outlook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Records of which the same holds on the same local days; the changes of `first` come soonest, of `last` latest."""

    facts: Mapping[str, Any]
    count: int
    keys: tuple[str, ...]
    first: Outlook
    last: Outlook


def weigh(
    pdp: PolicyDecisionPoint,
    department: str,
    record: StoredRecord,
    holds: tuple[HoldRecord, ...] | None,
    at: dt.datetime,
) -> Stand:
    """Ask the decision point about purging and storing one record at an instant; never raises for what it holds.

    `holds` None means that nobody knows which there are.
    """
    facts = {**record.facts, **record.moments}
    asked: dict[str, Any] = {
        "at": at,
        "departments": (department,),
        "facts": facts,
        "holds": holds,
        "events": record.events,
    }
    purge = pdp.decide(Request(action="data.purge", **asked))
    store = pdp.decide(Request(action="data.store", **asked))
    course = _course(purge)
    told = store if course is Course.MUST_GO else purge
    asks = tuple(dict.fromkeys(need.name or str(need.kind) for need in purge.needs)) if course is Course.UNKNOWN else ()
    grounds = tuple(Ground(r.profile, r.rule, r.cite, r.effect) for r in told.reasons)
    return Stand(
        course=course,
        standing=purge.standing,
        purge=purge.outcome,
        store=store.outcome,
        grounds=tuple(dict.fromkeys(grounds)),
        asks=asks,
    )


def _course(purge: Decision) -> Course:
    if purge.standing is None:
        return Course.NO_POLICY
    if purge.outcome is Outcome.ALLOW:
        return Course.MUST_GO if purge.standing in GONE else Course.MAY_GO
    if purge.outcome is Outcome.NEEDS:
        return Course.UNKNOWN
    named = {"must_keep": Course.MUST_STAY, "held": Course.HELD, "silent": Course.SILENT}
    return named.get(purge.standing, Course.BLOCKED)


def stored(key: str, facts: Mapping[str, Any], events: tuple[EventRecord, ...] | None = None) -> StoredRecord:
    """Return a record of which all facts stand in one mapping, its clocks among them."""
    moments: dict[str, Moment | Any] = {name: value for name, value in facts.items() if name in CLOCKS}
    return StoredRecord(key, {name: value for name, value in facts.items() if name not in CLOCKS}, moments, events)
