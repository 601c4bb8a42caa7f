"""What a case owes, what serves it, and the instants at which something changes by itself."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from alpr_policy.durations import end_of_day, instant, parse_moment
from alpr_policy.evaluators.stateful.asking import live_grants
from alpr_policy.evaluators.stateful.case import Case, Owed
from alpr_policy.model.decision import Obligation
from alpr_policy.model.request import EventRecord, Request

UTC: Final = ZoneInfo("UTC")
AT_ONCE: Final = "at_once"
# What some tasks of the vocabulary consist of: doing the act, or recording how a hit ended, is doing the task.
BY_ACT: Final[dict[str, frozenset[str]]] = {
    "hotlist.change": frozenset({"update_entry"}),
    "hotlist.remove": frozenset({"update_entry", "keep_entry_current"}),
    "data.purge": frozenset({"purge"}),
}
BY_DISPOSITION: Final = frozenset({"record_disposition"})


class Knowing(Protocol):
    """What profiles say of a case beyond decisions; `Nothing` where nobody asks them."""

    def follows(self, request: Request, event: EventRecord) -> tuple[Obligation, ...]:
        """Return what must follow an event that is no act."""

    def unknown_word(self, request: Request) -> str | None:
        """Return which word of a request's records no profile that binds it knows; None where all are known."""

    def grants_end(self, request: Request) -> tuple[tuple[str, dt.datetime], ...]:
        """Return when the granted approvals of a request lapse because a profile says how long they hold."""

    def papers_end(self, request: Request) -> tuple[tuple[str, dt.datetime], ...]:
        """Return when the papers of a request lapse because a profile says how long they hold."""

    def zone(self, request: Request) -> ZoneInfo:
        """Return the time zone in which bare days of the case are counted."""


class Nothing:
    """Knows no profile: nothing follows events, every word may be known, grants end as they say, days are UTC's."""

    def follows(self, request: Request, event: EventRecord) -> tuple[Obligation, ...]:
        """Return nothing."""
        return ()

    def unknown_word(self, request: Request) -> str | None:
        """Return nothing."""
        return None

    def grants_end(self, request: Request) -> tuple[tuple[str, dt.datetime], ...]:
        """Return nothing."""
        return ()

    def papers_end(self, request: Request) -> tuple[tuple[str, dt.datetime], ...]:
        """Return nothing."""
        return ()

    def zone(self, request: Request) -> ZoneInfo:
        """Return UTC."""
        return UTC


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Timer:
    """An instant after which something is different by itself: a grant or paper ends, or a deadline has passed."""

    at: dt.datetime
    what: str
    name: str

    def to_wire(self) -> dict[str, str]:
        """Return the timer as plain JSON data."""
        return {"at": self.at.astimezone(dt.UTC).isoformat(), "what": self.what, "name": self.name}


def owed_by(
    obligations: Iterable[Obligation], since: dt.datetime, *, act: int | None = None, event: str | None = None
) -> tuple[Owed, ...]:
    """Return obligations as a case owes them from an instant on."""
    return tuple(
        Owed(obligation=o, since=since, deadline=_deadline(o, since), act=act, event=event) for o in obligations
    )


def _deadline(obligation: Obligation, since: dt.datetime) -> dt.datetime | None:
    if obligation.due == AT_ONCE:
        return since
    try:
        due = parse_moment(obligation.due)
    except ValueError:
        return None  # the words of a vague deadline
    return instant(due) if isinstance(due, dt.datetime) else None


def unserved(case: Case) -> tuple[Owed, ...]:
    """Return what a case owes and nobody has done yet."""
    return tuple(one for one in case.owed if one.served is None)


def overdue(case: Case, now: dt.datetime) -> tuple[Owed, ...]:
    """Return what should have been done by now; what is due at once is late from the next instant on."""
    return tuple(one for one in unserved(case) if one.deadline is not None and one.deadline < now)


def serve(case: Case, which: Iterable[Owed], at: dt.datetime, by: str | None) -> Case:
    """Mark what was owed as done."""
    done = {id(one) for one in which}
    owed = tuple(
        dataclasses.replace(one, served=at, served_by=by) if id(one) in done and one.served is None else one
        for one in case.owed
    )
    return dataclasses.replace(case, owed=owed)


def tasks_served(case: Case, tasks: frozenset[str], at: dt.datetime, by: str | None) -> Case:
    """Mark every open obligation with one of some tasks as done."""
    found = [one for one in unserved(case) if one.obligation.task in tasks]
    return serve(case, found, at, by) if found else case


def timers_of(case: Case, now: dt.datetime, request: Request, knowing: Knowing) -> tuple[Timer, ...]:
    """Return the instants after `now` at which something changes by itself, in order; they are stored nowhere."""
    if case.over:
        return ()
    zone = knowing.zone(request)

    def moment(end: object) -> dt.datetime | None:
        if isinstance(end, dt.datetime):
            return instant(end)
        return instant(end_of_day(end, zone)) if isinstance(end, dt.date) else None

    grants = [one.record for one in live_grants(case, now)]
    ends: list[tuple[str, str, dt.datetime | None]] = [
        ("grant_ends", r.topic, moment(end))
        for r in (*grants, *(r for r in case.standing if r.decision == "granted"))
        for end in (r.expires, r.ended)
    ]
    ends += [("document_ends", r.kind, moment(r.expires)) for r in case.documents]
    ends += [("hold_ends", r.basis, moment(r.ends)) for r in case.holds]
    ends += [("deadline", one.obligation.task, one.deadline) for one in unserved(case)]
    if grants or case.standing:
        ends += [("grant_ends", topic, at) for topic, at in knowing.grants_end(request)]
    if case.documents and case.asked is not None:
        ends += [("document_ends", kind, at) for kind, at in knowing.papers_end(request)]
    found = {Timer(at=at, what=what, name=name) for what, name, at in ends if at is not None and at > now}
    return tuple(sorted(found))
