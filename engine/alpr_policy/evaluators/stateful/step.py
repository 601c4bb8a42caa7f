"""The step: what one event makes of a case, and what may be done after it. Pure, and total over hostile events."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from alpr_policy.durations import instant, parse_moment
from alpr_policy.errors import Diagnostic
from alpr_policy.evaluators.stateful.asking import plain_request, request_of, shut_because, status_of
from alpr_policy.evaluators.stateful.case import Case, Owed, Status
from alpr_policy.evaluators.stateful.events import BODIES, FORBIDDING, CaseEvent, EventKind, sounded
from alpr_policy.evaluators.stateful.serving import Knowing, Nothing, Timer, timers_of, unserved
from alpr_policy.evaluators.stateful.taking import Decide, Refusal, Taken, opened, take
from alpr_policy.model.decision import Decision
from alpr_policy.model.request import Request

MAX_REVISION: Final = 1_000
# A case that is full can still be brought to its end.
ENDING: Final = frozenset(
    {EventKind.DISPOSED, EventKind.DUTY_DONE, EventKind.WITHDRAWN, EventKind.CLOSED, EventKind.TICK}
)
NOTHING: Final = Nothing()
EARLIEST_DAY: Final = dt.timedelta(hours=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What an event made of a case.

    `decision` answers whether the act that is asked for may be done at that moment; None where nothing is asked for.
    For `done` it is the answer under which the act was done, or was not. `obligations` are those still owed. `refused`
    says why the event was not taken: then the case is as it was.
    """

    case: Case | None
    decision: Decision | None = None
    obligations: tuple[Owed, ...] = ()
    timers: tuple[Timer, ...] = ()
    status: Status | None = None
    refused: Diagnostic | None = None
    done: bool = False

    def to_wire(self) -> dict[str, Any]:
        """Return the step as plain JSON data, without the case."""
        return {
            "case": self.case.id if self.case is not None else None,
            "revision": self.case.revision if self.case is not None else 0,
            "status": str(self.status) if self.status is not None else None,
            "done": self.done,
            "refused": _refused_wire(self.refused) if self.refused is not None else None,
            "decision": self.decision.to_wire() if self.decision is not None else None,
            "obligations": [_owed_wire(one) for one in self.obligations],
            "timers": [timer.to_wire() for timer in self.timers],
        }


def _refused_wire(refused: Diagnostic) -> dict[str, str]:
    return {"code": refused.code, "message": refused.message, "help": refused.help}


def _owed_wire(owed: Owed) -> dict[str, Any]:
    told = owed.obligation
    return {"task": told.task, "by": list(told.by), "due": told.due, "rule": told.rule, "profile": told.profile}


def step(decide: Decide, case: Case | None, event: CaseEvent, now: dt.datetime, *, knowing: Knowing = NOTHING) -> Step:
    """Take one event into a case (None: none is open yet), and say what may be done and what is owed at `now`.

    Never raises for what an event holds. The case that comes out depends on `case`, the event, and what `decide` and
    `knowing` answer at the event's own time, so replaying events gives the same case; `now`, which must not lie before
    the event, is the time of the answer alone.
    """
    now, sound = instant(now), sounded(event)
    seen_at = max(now, case.last) if case is not None else now  # a clock that went back answers nothing
    if isinstance(sound, Diagnostic):
        return _seen(decide, knowing, case, seen_at, refused=sound)
    event = sound
    refused = _before(case, event, now)
    taken: Taken | None = None
    if refused is None:
        try:
            if case is None:
                taken = Taken(opened(event))
            else:
                taken = take(decide, knowing, case, event)
            refused = taken.refused or _strange(knowing, case, taken.case, event)
        except Refusal as error:
            refused = error.diagnostic
    if refused is not None:
        decision = taken.decision if taken is not None and taken.decision is not None else None
        return _seen(decide, knowing, case, seen_at, decision=decision, refused=refused)
    assert taken is not None
    at_done = taken.decision if taken.done else None
    return _seen(decide, knowing, taken.case, now, decision=at_done, done=taken.done)


def look(
    decide: Decide, case: Case, now: dt.datetime, action: str | None = None, *, knowing: Knowing = NOTHING
) -> Step:
    """Say what may be done and what is owed at `now`, of the act asked for or of another; nothing is taken."""
    decision = decide(request_of(case, now, action)) if action is not None else None
    return _seen(decide, knowing, case, instant(now), decision=decision)


def _before(case: Case | None, event: CaseEvent, now: dt.datetime) -> Diagnostic | None:
    """Return what forbids to take an event whatever its kind does: its time, its case, its name."""
    at, kind = event.at, event.kind
    if at > now:
        return _refused("case-clock", f"the event is of {at.isoformat()}, and it is {now.isoformat()}", "set the clock")
    if case is None:
        if kind != EventKind.OPENED:
            return _refused("case-order", f"`{kind}` comes before the case was opened", "open it first")
    elif kind == EventKind.OPENED:
        return _refused("case-order", f"the case `{case.id[:60]}` is open already", "give a new case a new name")
    elif (found := _of_case(case, event, at)) is not None:
        return found
    if _nameless(event):
        return _refused("case-nobody", f"`{kind}` by nobody counts for nothing", "say `by` whom")
    when = event.body.get("when")
    if isinstance(when, str) and _ahead(when, at):
        return _refused("case-clock", f"`when` is {when}, and the event of {at.isoformat()}", "record it when it was")
    return None


def _ahead(when: str, at: dt.datetime) -> bool:
    """Say whether a moment lies after an instant; a bare day does where it has begun nowhere on earth."""
    moment = parse_moment(when)
    return moment > at if isinstance(moment, dt.datetime) else moment > (at + EARLIEST_DAY).date()


def _of_case(case: Case, event: CaseEvent, at: dt.datetime) -> Diagnostic | None:
    if event.body.get("case", case.id) != case.id:
        return _refused("case-other", f"the event is of `{str(event.body['case'])[:60]}`, and this is `{case.id[:60]}`")
    if at < case.last:
        told = f"the event is of {at.isoformat()}, and the last of the case of {case.last.isoformat()}"
        return _refused("case-clock", told, "set the clock")
    if case.over:
        return shut_because(case)
    if case.revision >= MAX_REVISION and event.kind not in ENDING:
        return _refused(
            "case-full", f"this case has had {case.revision:,} events", "bring it to its end, open a new one"
        )
    return None


def _nameless(event: CaseEvent) -> bool:
    """Say whether an event is worth nothing for want of a name; what forbids is taken without one."""
    if event.by is not None or not BODIES[event.kind].named:
        return False
    return not FORBIDDING & {event.body.get("result"), event.body.get("decision")}


def _strange(knowing: Knowing, before: Case | None, after: Case, event: CaseEvent) -> Diagnostic | None:
    """Refuse a record with a word that no profile knows, since all records beside it would be unknown for ever.

    One that forbids is taken all the same: then the case stays unknown, which opens nothing.
    """
    if event.kind not in (EventKind.APPROVAL, EventKind.CHECK, EventKind.HAPPENED) or before is None:
        return None
    if FORBIDDING & {event.body.get("result"), event.body.get("decision")}:
        return None
    told = knowing.unknown_word(_with_events(after))
    known = told is None or told == knowing.unknown_word(_with_events(before))
    return None if known else _refused("case-word", str(told))


def _with_events(case: Case) -> Request:
    """Return a case's request with the events that happened in it, though others may have happened outside."""
    return dataclasses.replace(plain_request(case, case.last), events=case.events)


def _seen(
    decide: Decide,
    knowing: Knowing,
    case: Case | None,
    now: dt.datetime,
    *,
    decision: Decision | None = None,
    refused: Diagnostic | None = None,
    done: bool = False,
) -> Step:
    """Return a case as it looks at a time."""
    if case is None:
        return Step(case=None, refused=refused)
    if decision is None and case.asked is not None and not case.over:
        decision = decide(request_of(case, now))
    return Step(
        case=case,
        decision=decision,
        obligations=() if case.over else unserved(case),
        timers=timers_of(case, now, plain_request(case, now), knowing),
        status=status_of(case, now),
        refused=refused,
        done=done,
    )


def _refused(code: str, message: str, help: str = "") -> Diagnostic:
    return Diagnostic(code, message, help=help)
