"""What happened and what was done: the events and doings against which duties, audits and evidence are held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from alpr_policy.model.request import Moment
from alpr_policy.model.values import Unknown
from alpr_policy.model.wire import plain

# The task under which the review of an override is reported; the doing's `of` is the id of the override.
REVIEW: Final = "review_override"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event of the vocabulary, or an act that was done: to what, when, on which facts, and where that is recorded.

    `outcome` is what the decision on an act was; one without is taken to have been allowed. `ends` is the day by which
    an order wants something done.
    """

    event: str
    of: str | None = None
    at: Moment | None = None
    ends: Moment | Unknown | None = None
    reference: str | None = None
    outcome: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data."""
        wire: dict[str, Any] = {name: value for name, value in plain(self).items() if value is not None}
        return wire | ({"ends": "unknown"} if isinstance(self.ends, Unknown) else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """That a task was done: for what, when, by whom in which roles, what it covered, and where that is recorded.

    `roles` or `covers` of None are not known, and empty ones are known to be none. `accepted` is what the decision
    point said when it was reported; a doing that was refused then never counts.
    """

    task: str
    of: str | None = None
    at: Moment | None = None
    by: str | None = None
    roles: tuple[str, ...] | None = None
    covers: tuple[str, ...] | None = None
    reference: str | None = None
    accepted: bool | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data; what is known to be empty stays, since leaving it out would say less."""
        wire: dict[str, Any] = plain(self)
        for name in ("roles", "covers"):
            if getattr(self, name) == ():
                wire[name] = []
        return wire if self.accepted is not False else wire | {"accepted": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """All that is known to have happened. `events` of None: nobody knows. `facts` hold for the department as such."""

    events: tuple[Happening, ...] | None = None
    doings: tuple[Doing, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data."""
        events = {} if self.events is None else {"events": [one.to_wire() for one in self.events]}
        return {
            **events,
            "doings": [one.to_wire() for one in self.doings],
            **({"facts": plain(self.facts)} if self.facts else {}),
        }


class Member(Protocol):
    """What duties need to know of a person: an id, when training was completed, whether still in service."""

    @property
    def id(self) -> str:
        """The person's id."""
        ...

    @property
    def trained(self) -> Sequence[Moment]:
        """The moments at which training was completed."""
        ...

    def active_at(self, at: dt.datetime) -> bool:
        """Say whether the person belongs to those on whom the policy's duties fall."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPerson:
    """A person of a plain list: from which day until which, both included; without them, from ever and for ever."""

    id: str
    trained: tuple[Moment, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    timezone: str = "UTC"

    def active_at(self, at: dt.datetime) -> bool:
        """Say whether a moment lies within the person's days."""
        day = at.astimezone(ZoneInfo(self.timezone)).date()
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data; the time zone is the department's and is not written."""
        wire: dict[str, Any] = plain(self)
        wire.pop("timezone", None)
        return wire
