"""What a case asks of the decision point, what it gives to other cases, and where it stands."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Final

from alpr_policy.durations import instant
from alpr_policy.errors import Diagnostic
from alpr_policy.evaluators.stateful.case import Case, DoneAct, Gathered, Status, Subject
from alpr_policy.model.request import ApprovalRecord, CheckRecord, Request

ADDING: Final = ("hotlist.add",)
REMOVING: Final = ("hotlist.remove",)
RENEWING: Final = ("hotlist.change", "hotlist.remove")
STALE: Final = "entry_stale"


def request_of(case: Case, now: dt.datetime, action: str | None = None) -> Request:
    """Return the request by which a case asks whether an act may be done: the one asked for, if none is named.

    It carries the facts of the case and its own records: approvals, checks and documents are known to be those; holds
    and events are unknown until somebody told them. An approval that served a done act is left out, and so is a pass
    that was on record when an act of this kind was done: the next of its kind is checked anew. A case that is
    over, a rejected hit and a hit that was disposed of ask for nothing any more: their request is fatal, and denied.
    """
    request = plain_request(case, now, action)
    shut = shut_because(case)
    return dataclasses.replace(request, faults=(shut,), fatal=True) if shut is not None else request


def plain_request(
    case: Case,
    now: dt.datetime,
    action: str | None = None,
    *,
    done: DoneAct | None = None,
    without: frozenset[int] = frozenset(),
) -> Request:
    """Return the request of a case: for a further act, or for one that is `done`, on all that it rested on.

    `without` numbers approvals that are to be left out.
    """
    act = action or wanted(case)
    restored = done.rests_on if done is not None else ()
    approvals = tuple(
        one.record
        for number, one in enumerate(case.approvals, start=1)
        if (one.used is None or number in restored) and number not in without
    )
    return Request(
        action=act,
        at=instant(now),
        departments=case.departments,
        facts=case.facts,
        approvals=(*case.standing, *approvals),
        checks=case.checks if done is not None else _fresh(case, act),
        documents=case.documents,
        holds=case.holds if case.holds_told else None,
        events=case.events if case.events_told else None,
        id=case.id,
    )


def _fresh(case: Case, action: str) -> tuple[CheckRecord, ...]:
    """Return the checks that count for a further act: a pass that was on record when its like was done does not."""
    spent = max((act.checks for act in case.acts if act.action == action), default=0)
    if not spent:
        return case.checks
    return tuple(one for place, one in enumerate(case.checks) if place >= spent or one.result != "pass")


def wanted(case: Case) -> str:
    """Return the act that a case speaks of: the one asked for, else the last that was done."""
    return case.asked.action if case.asked is not None else case.acts[-1].action if case.acts else ""


def shut_because(case: Case) -> Diagnostic | None:
    """Return why a case lets no act through any more, whatever it holds; None where it may."""
    if case.withdrawn:
        return Diagnostic("case-over", "the case was withdrawn")
    if case.closed:
        return Diagnostic("case-over", "the case is closed")
    if case.rejected is not None:
        told = f"a check of this hit failed on {case.rejected.isoformat(' ', 'seconds')}"
        return Diagnostic("case-rejected", told, help="record how it ended (`disposed`)")
    if case.disposition is not None:
        return Diagnostic("case-disposed", f"this hit was disposed of: {case.disposition[:60]}")
    return None


def ended(record: ApprovalRecord, now: dt.datetime) -> bool:
    """Say whether a grant surely has ended; one whose end is not told, or is a bare day, is left to the profile."""
    if record.ended is True:
        return True
    ends = [one for one in (record.ended, record.expires) if isinstance(one, dt.datetime)]
    return any(end < now for end in ends)


def live_grants(case: Case, now: dt.datetime) -> tuple[Gathered, ...]:
    """Return the approvals gathered in a case that were granted, serve no act yet and have not surely ended."""
    return tuple(
        one
        for one in case.approvals
        if one.record.decision == "granted" and one.used is None and not ended(one.record, now)
    )


def standing_grants(case: Case, now: dt.datetime) -> tuple[ApprovalRecord, ...]:
    """Return the approvals that an open exception gives to other cases, each with its scope and end.

    Whether one counts for a request (who gave it, for what purpose, whom it covers) is asked of the profile there. A
    refusal goes with them, so that what was refused is not taken for never asked.
    """
    if case.subject is not Subject.EXCEPTION or case.over:
        return ()
    return tuple(
        one.record
        for one in case.approvals
        if one.record.topic == case.topic
        and (one.record.decision == "refused" or (one.record.decision == "granted" and not ended(one.record, now)))
    )


def status_of(case: Case, now: dt.datetime) -> Status:
    """Say where a case stands."""
    if case.closed:
        return Status.CLOSED
    if case.withdrawn:
        return Status.WITHDRAWN
    if case.disposition is not None:
        return Status.DISPOSED
    if case.rejected is not None:
        return Status.REJECTED
    if case.subject is Subject.EXCEPTION and any(r.decision == "granted" for r in standing_grants(case, now)):
        return Status.STANDING
    if case.asked is not None and not case.done(*ADDING):
        return Status.WAITING
    if case.subject is Subject.ENTRY and case.done(*REMOVING):
        return Status.REMOVED
    if case.subject is Subject.ENTRY and case.done(*ADDING):
        return Status.STALE if is_stale(case) else Status.ACTIVE
    return Status.WAITING if case.asked is not None else Status.DONE


def is_stale(case: Case) -> bool:
    """Say whether an entry must be updated or taken off: it went stale, or an update is owed, and neither was done."""
    renewed = max((act.at for act in case.done(*ADDING, *RENEWING)), default=None)
    told = [e.at for e in case.events if e.event == STALE and isinstance(e.at, dt.datetime)]
    stale = any(renewed is None or at >= renewed for at in told)
    return stale or any(one.obligation.task == "update_entry" for one in case.owed if one.served is None)


def open_entry(case: Case) -> bool:
    """Say whether a case holds an entry that was made and not yet taken off."""
    return case.subject is Subject.ENTRY and not case.over and bool(case.done(*ADDING)) and not case.done(*REMOVING)
