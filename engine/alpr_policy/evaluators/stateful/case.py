"""A case: an act that is wanted, with all that was gathered for it so far. Pure data, written and read the same."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from alpr_policy.durations import instant
from alpr_policy.errors import Diagnostic
from alpr_policy.evaluators.stateful.events import CaseError, read_facts, record_wire, utc_text
from alpr_policy.model.decision import Obligation
from alpr_policy.model.request import ApprovalRecord, CheckRecord, DocumentRecord, EventRecord, HoldRecord
from alpr_policy.reading.records import RECORDS, MalformedError, read_moment, read_record

VERSION: Final = 1


class Subject(StrEnum):
    """What a case is about; it follows from the act that opens it, and says what must be so before it can close."""

    REQUEST = "request"
    HIT = "hit"
    ENTRY = "entry"
    RELEASE = "release"
    EXCEPTION = "exception"


class Status(StrEnum):
    """Where a case stands."""

    WAITING = "waiting"
    DONE = "done"
    STANDING = "standing"
    ACTIVE = "active"
    STALE = "stale"
    REMOVED = "removed"
    REJECTED = "rejected"
    DISPOSED = "disposed"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The act that is wanted now, since when, and whose hand would do it."""

    action: str
    at: dt.datetime
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """An approval that was gathered in the case; `used` is the number (from 1) of the done act that it served."""

    record: ApprovalRecord
    used: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneAct:
    """An act that was done: when, by whom, and on which of the gathered approvals (numbers from 1) it rested.

    `checks` is how many checks were on record then: their passes were for this act, and not for the next of its kind.
    """

    action: str
    at: dt.datetime
    by: str | None = None
    rests_on: tuple[int, ...] = ()
    checks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What must follow an act or event of the case; `deadline` is the last timely instant, where there is one.

    `act` is the number (from 1) of the done act that it follows, or `event` the event. `served` is when it was done.
    """

    obligation: Obligation
    since: dt.datetime
    deadline: dt.datetime | None = None
    act: int | None = None
    event: str | None = None
    served: dt.datetime | None = None
    served_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that is known of one case after so many events (`revision`); `last` is the time of the last of them.

    `holds_told` and `events_told` say that somebody told which holds and events there are outside: before, what
    lies outside is unknown. `rejected` is when a check of the hit failed.
    """

    id: str
    subject: Subject
    opened: dt.datetime
    last: dt.datetime
    revision: int = 1
    departments: tuple[str, ...] = ()
    topic: str | None = None
    asked: Asked | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    approvals: tuple[Gathered, ...] = ()
    standing: tuple[ApprovalRecord, ...] = ()
    checks: tuple[CheckRecord, ...] = ()
    documents: tuple[DocumentRecord, ...] = ()
    holds: tuple[HoldRecord, ...] = ()
    holds_told: bool = False
    events: tuple[EventRecord, ...] = ()
    events_told: bool = False
    acts: tuple[DoneAct, ...] = ()
    owed: tuple[Owed, ...] = ()
    rejected: dt.datetime | None = None
    disposition: str | None = None
    withdrawn: bool = False
    closed: bool = False

    @property
    def over(self) -> bool:
        """Say whether nothing can happen to the case any more."""
        return self.withdrawn or self.closed

    def done(self, *actions: str) -> tuple[DoneAct, ...]:
        """Return the done acts of these names."""
        return tuple(act for act in self.acts if act.action in actions)

    def to_wire(self) -> dict[str, Any]:
        """Return the case as plain JSON data."""
        return {"version": VERSION} | {name: _plain(getattr(self, name)) for name in self.__slots__}

    def canonical(self) -> bytes:
        """Return the bytes that stand for this case: the same events give the same bytes."""
        return json.dumps(self.to_wire(), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


_RECORD = (ApprovalRecord, CheckRecord, DocumentRecord, HoldRecord, EventRecord)
_PARTS = (Asked, Gathered, DoneAct, Owed, Obligation)


def _plain(value: Any) -> Any:
    if isinstance(value, _RECORD):
        return record_wire(value)
    if isinstance(value, _PARTS):
        return {name: _plain(getattr(value, name)) for name in type(value).__slots__}
    if isinstance(value, dt.datetime):
        return utc_text(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return dict(sorted(value.items()))
    return value


def read_case(raw: Mapping[str, Any]) -> Case:
    """Read a case that `Case.to_wire` wrote; raises CaseError for anything else."""
    try:
        return _case(raw)
    except (MalformedError, AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        told = f"this is no case as it is stored: {str(error)[:200]}"
        raise CaseError([Diagnostic("case-shape", told)]) from None


def _case(raw: Mapping[str, Any]) -> Case:
    if raw["version"] != VERSION:
        raise ValueError(f"version {str(raw['version'])[:20]}; version {VERSION} can be read")
    if strange := set(raw) - set(Case.__slots__) - {"version"}:
        raise ValueError(f"`{str(min(map(str, strange)))[:60]}` is no part of one")
    return Case(
        id=_text(raw["id"]),
        subject=Subject(raw["subject"]),
        opened=_time(raw["opened"]),
        last=_time(raw["last"]),
        revision=_number(raw["revision"]),
        departments=tuple(map(_text, raw["departments"])),
        topic=_maybe(raw["topic"]),
        asked=None if raw["asked"] is None else _asked(raw["asked"]),
        facts=read_facts(raw["facts"], "facts"),
        sources={_text(name): _text(source) for name, source in raw["sources"].items()},
        approvals=tuple(
            Gathered(record=read_record(RECORDS["approvals"], one["record"]), used=_maybe_number(one["used"]))
            for one in raw["approvals"]
        ),
        standing=records("approvals", raw["standing"]),
        checks=records("checks", raw["checks"]),
        documents=records("documents", raw["documents"]),
        holds=records("holds", raw["holds"]),
        holds_told=raw["holds_told"] is True,
        events=records("events", raw["events"]),
        events_told=raw["events_told"] is True,
        acts=tuple(
            DoneAct(
                action=_text(one["action"]),
                at=_time(one["at"]),
                by=_maybe(one["by"]),
                rests_on=tuple(map(_number, one["rests_on"])),
                checks=_number(one["checks"]),
            )
            for one in raw["acts"]
        ),
        owed=tuple(map(_owed, raw["owed"])),
        rejected=None if raw["rejected"] is None else _time(raw["rejected"]),
        disposition=_maybe(raw["disposition"]),
        withdrawn=raw["withdrawn"] is True,
        closed=raw["closed"] is True,
    )


def records(kind: str, raw: Iterable[Any]) -> tuple[Any, ...]:
    """Read records of one kind; raises MalformedError."""
    return tuple(read_record(RECORDS[kind], one) for one in raw)


def _asked(raw: Mapping[str, Any]) -> Asked:
    return Asked(action=_text(raw["action"]), at=_time(raw["at"]), by=_maybe(raw["by"]))


def _owed(raw: Mapping[str, Any]) -> Owed:
    told = raw["obligation"]
    return Owed(
        obligation=Obligation(
            task=_text(told["task"]),
            rule=_text(told["rule"]),
            profile=_text(told["profile"]),
            cite=tuple(map(_text, told["cite"])),
            by=tuple(map(_text, told["by"])),
            due=_text(told["due"]),
            unless_known=tuple(map(_text, told["unless_known"])),
        ),
        since=_time(raw["since"]),
        deadline=None if raw["deadline"] is None else _time(raw["deadline"]),
        act=_maybe_number(raw["act"]),
        event=_maybe(raw["event"]),
        served=None if raw["served"] is None else _time(raw["served"]),
        served_by=_maybe(raw["served_by"]),
    )


def _time(raw: Any) -> dt.datetime:
    moment = read_moment(raw, "a time")
    if not isinstance(moment, dt.datetime):
        raise ValueError("a time is missing")
    return instant(moment)


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError("a text is missing")
    return raw


def _maybe(raw: Any) -> str | None:
    return None if raw is None else _text(raw)


def _number(raw: Any) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise TypeError("a number is missing")
    return raw


def _maybe_number(raw: Any) -> int | None:
    return None if raw is None else _number(raw)
