"""How each kind of event is taken into a case. What may be done is asked of the decision point, and of nothing else."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from alpr_policy.durations import instant, parse_moment
from alpr_policy.errors import Diagnostic
from alpr_policy.evaluators.stateful.asking import (
    ADDING,
    REMOVING,
    ended,
    plain_request,
    request_of,
    shut_because,
)
from alpr_policy.evaluators.stateful.case import Asked, Case, DoneAct, Gathered, Subject, records
from alpr_policy.evaluators.stateful.events import CaseEvent, EventKind
from alpr_policy.evaluators.stateful.serving import (
    BY_ACT,
    BY_DISPOSITION,
    Knowing,
    owed_by,
    serve,
    tasks_served,
    unserved,
)
from alpr_policy.model.decision import Decision, Outcome
from alpr_policy.model.request import Moment, Request
from alpr_policy.vocabulary import MACHINE_ACTIONS

Decide = Callable[[Request], Decision]
SUBJECTS: Final[dict[str, Subject]] = {
    "alert.deliver": Subject.HIT,
    "stop.start": Subject.HIT,
    "hotlist.request": Subject.ENTRY,
    "hotlist.add": Subject.ENTRY,
    "hotlist.change": Subject.ENTRY,
    "hotlist.remove": Subject.ENTRY,
    "data.share": Subject.RELEASE,
}
MAX_FACTS: Final = 500
# What speaks of the person who asks, and of that person's own grounds; it does not pass to the next one.
PERSONAL: Final = ("requester.", "login.", "basis.", "reason.")
PERSONAL_NAMES: Final = frozenset({"agency.status", "alert_profile.set", "purpose", "purpose.contradicted"})
UNDETERMINED: Final = "undetermined"


class Refusal(Exception):
    """An event cannot be taken; never leaves `step`."""

    def __init__(self, code: str, message: str, help: str = "") -> None:
        """Keep why, in words."""
        super().__init__(message)
        self.diagnostic = Diagnostic(code, message, help=help)


def _fault(code: str, message: str, help: str = "") -> Refusal:
    return Refusal(code, message, help)


@dataclass(frozen=True, slots=True)
class Taken:
    """A case after an event; with `refused` the event did not count, on account of the decision."""

    case: Case
    decision: Decision | None = None
    done: bool = False
    refused: Diagnostic | None = None


def opened(event: CaseEvent) -> Case:
    """Return the case that an event opens."""
    body, at = event.body, instant(event.at)
    action, topic = str(body["action"]), body.get("topic")
    case = Case(
        id=str(body["case"]),
        subject=Subject.EXCEPTION if topic is not None else SUBJECTS.get(action, Subject.REQUEST),
        opened=at,
        last=at,
        departments=tuple(dict.fromkeys(body.get("departments", ()))),
        topic=topic,
    )
    return _ask(_outside(case, body), event, action)


def take(decide: Decide, knowing: Knowing, case: Case, event: CaseEvent) -> Taken:
    """Take an event that is sound, of this case, in time and named; raises Refusal."""
    at = instant(event.at)
    moved = _outside(dataclasses.replace(case, revision=case.revision + 1, last=at), event.body)
    if event.kind == EventKind.DONE:
        return _done(decide, knowing, moved, event)
    after = _TAKERS[event.kind](moved, event)
    if event.kind == EventKind.HAPPENED:
        record = after.events[-1]
        follows = knowing.follows(plain_request(after, at), record)
        return Taken(dataclasses.replace(after, owed=(*after.owed, *owed_by(follows, at, event=record.event))))
    if event.kind in _RECORDING and any(one.act is not None for one in unserved(after)):
        after = _made_good(decide, after, event)
    return Taken(after)


# Asking and supplying


def _asked(case: Case, event: CaseEvent) -> Case:
    _still_open(case)
    return _ask(case, event, str(event.body["action"]))


def _ask(case: Case, event: CaseEvent, action: str) -> Case:
    """Set the act that is wanted, and by whom; another person brings facts and grounds of their own."""
    facts = dict(event.body.get("facts", {}))
    named = facts.get("requester.id", event.by)
    by = named if isinstance(named, str) else None
    if case.facts.get("requester.id") != by:
        case = _without(case, [name for name in case.facts if name.startswith(PERSONAL) or name in PERSONAL_NAMES])
    if by is not None:
        facts["requester.id"] = by
    case = _with_facts(case, facts, event.by or "the opening")
    return dataclasses.replace(case, asked=Asked(action=action, at=instant(event.at), by=by))


def _supplied(case: Case, event: CaseEvent) -> Case:
    facts = event.body.get("facts", {})
    here = case.facts.get("requester.id")
    if "requester.id" in facts and facts["requester.id"] != here:
        told = "the requester is the person who asks"
        raise _fault("case-order", told, "let the other person ask: `asked` with `by`")
    return _with_facts(case, facts, str(event.body.get("source") or event.by or "not told"))


def _with_facts(case: Case, facts: Mapping[str, Any], source: str) -> Case:
    if not facts:
        return case
    whole = {**case.facts, **facts}
    if len(whole) > MAX_FACTS:
        raise _fault("case-full", f"a case holds at most {MAX_FACTS} facts")
    return dataclasses.replace(case, facts=whole, sources={**case.sources, **dict.fromkeys(facts, source)})


def _without(case: Case, names: list[str]) -> Case:
    facts = {name: value for name, value in case.facts.items() if name not in names}
    sources = {name: source for name, source in case.sources.items() if name not in names}
    return dataclasses.replace(case, facts=facts, sources=sources)


def _outside(case: Case, body: Mapping[str, Any]) -> Case:
    """Take what lies outside the case as it is told now: standing approvals, holds and events."""
    told: dict[str, Any] = {}
    if "standing" in body:
        told["standing"] = records("approvals", body["standing"])
    if "holds" in body:
        told |= {"holds": records("holds", body["holds"]), "holds_told": True}
    if "events" in body:
        told |= {"events": records("events", body["events"]), "events_told": True}
    return dataclasses.replace(case, **told) if told else case


# Records


def _moment(event: CaseEvent) -> Moment:
    when = event.body.get("when")
    return parse_moment(when) if isinstance(when, str) else instant(event.at)


def _approval(case: Case, event: CaseEvent) -> Case:
    body = event.body
    topic = body.get("topic") or case.topic or (case.asked.action if case.asked is not None else None)
    if topic is None:
        raise _fault("case-order", "nothing is asked for, so an approval has to name its `topic`")
    if body["decision"] == "ended":
        return _end(case, event, str(topic))
    if body["decision"] == "granted" and case.subject is Subject.EXCEPTION and not body.get("scope"):
        raise _fault("case-order", "an exception says for whom or for what it is granted", "give it `scope`")
    kept = {key: body[key] for key in ("decision", "role", "capacity", "purpose", "scope", "expires") if key in body}
    if body["decision"] == "granted" and not body.get("scope") and case.asked is not None and case.asked.by is not None:
        # What is granted in a case is granted for what is asked there, and so to whoever asks.
        kept["scope"] = {"requester.id": case.asked.by}
    (record,) = records("approvals", [{**kept, "topic": topic, "by": event.by, "at": _moment(event)}])
    return dataclasses.replace(case, approvals=(*case.approvals, Gathered(record=record)))


def _end(case: Case, event: CaseEvent, topic: str) -> Case:
    """End the live grants of a topic, of one person or of all."""
    at, of = instant(event.at), event.body.get("of")

    def meant(one: Gathered) -> bool:
        record = one.record
        return (
            record.decision == "granted" and record.topic == topic and of in (None, record.by) and not ended(record, at)
        )

    if not any(meant(one) for one in case.approvals):
        raise _fault("case-order", f"no such grant of `{topic[:60]}` is in force here")
    approvals = tuple(
        dataclasses.replace(one, record=dataclasses.replace(one.record, ended=True)) if meant(one) else one
        for one in case.approvals
    )
    return dataclasses.replace(case, approvals=approvals)


def _check(case: Case, event: CaseEvent) -> Case:
    body = event.body
    kept = {key: body[key] for key in ("check", "result", "source", "role", "capacity") if key in body}
    parts = body.get("parts") or [None]
    made = records("checks", [{**kept, "part": part, "by": event.by, "at": _moment(event)} for part in parts])
    failed = case.subject is Subject.HIT and body["result"] == "fail" and case.rejected is None
    if not failed:
        return dataclasses.replace(case, checks=(*case.checks, *made))
    return dataclasses.replace(case, checks=(*case.checks, *made), rejected=instant(event.at), asked=None)


def _document(case: Case, event: CaseEvent) -> Case:
    body = event.body
    kept = {key: body[key] for key in ("fields", "issued_by", "expires") if key in body}
    made = records("documents", [{**kept, "kind": body["document"], "at": _moment(event)}])
    return dataclasses.replace(case, documents=(*case.documents, *made))


def _hold(case: Case, event: CaseEvent) -> Case:
    kept = {key: event.body[key] for key in ("basis", "role", "capacity", "ends", "scope") if key in event.body}
    made = records("holds", [{**kept, "by": event.by, "placed": _moment(event)}])
    return dataclasses.replace(case, holds=(*case.holds, *made))


def _happened(case: Case, event: CaseEvent) -> Case:
    kept = {key: event.body[key] for key in ("event", "of", "ends") if key in event.body}
    made = records("events", [{**kept, "at": _moment(event)}])
    return dataclasses.replace(case, events=(*case.events, *made))


# Doing


def _still_open(case: Case) -> None:
    shut = shut_because(case)
    if shut is not None:
        raise _fault(shut.code, shut.message, shut.help)


def _done(decide: Decide, knowing: Knowing, case: Case, event: CaseEvent) -> Taken:
    """Ask again, at the moment of the act; only an answer that lets it go on makes it a done act."""
    _still_open(case)
    asked, at = case.asked, instant(event.at)
    if asked is None:
        raise _fault("case-order", "no act is asked for", "each act is asked for before it is done")
    if event.body.get("action", asked.action) != asked.action:
        raise _fault("case-order", f"what is asked for is `{asked.action}`", "ask for the other act first")
    if event.by != asked.by and asked.action not in MACHINE_ACTIONS:
        who = f"`{asked.by[:60]}`" if asked.by is not None else "nobody yet"
        raise _fault("case-order", f"it was asked for by {who}", "whoever does the act asks for it")
    decision = decide(request_of(case, at))
    if not decision.proceed:
        told = f"`{asked.action}` may not be done: the answer is {decision.outcome}"
        return Taken(case, decision, refused=_not_allowed(told))
    number, used = len(case.acts) + 1, _rests_on(decide, case, at, decision)
    approvals = tuple(
        dataclasses.replace(one, used=number) if place in used else one
        for place, one in enumerate(case.approvals, start=1)
    )
    act = DoneAct(action=asked.action, at=at, by=event.by, rests_on=used, checks=len(case.checks))
    case = tasks_served(case, BY_ACT.get(asked.action, frozenset()), at, event.by)
    case = dataclasses.replace(
        case,
        asked=None,
        approvals=approvals,
        acts=(*case.acts, act),
        owed=(*case.owed, *owed_by(decision.obligations, at, act=number)),
    )
    if asked.action in ADDING:
        case = _with_facts(case, {"entry.added": at.isoformat()}, "the case")
    return Taken(case, decision, done=True)


def _not_allowed(told: str) -> Diagnostic:
    return Diagnostic("case-not-allowed", told, help="the decision says what is missing, or what forbids it")


def _rests_on(decide: Decide, case: Case, at: dt.datetime, decision: Decision) -> tuple[int, ...]:
    """Return the gathered grants without which the act could not have been done; of several that would do, the oldest.

    They are found by asking again without each in turn, so that what an approval is stays the profile's to say. In mode
    observe an act may go on without an answer that allows it, and then rests on none.
    """
    if decision.outcome is not Outcome.ALLOW:
        return ()
    here = [n for n, one in enumerate(case.approvals, 1) if one.used is None and one.record.decision == "granted"]

    def needless(some: list[int], left: frozenset[int]) -> frozenset[int]:
        """Add to `left` what of some grants can be left out beside it, the newest first; halves, since most can."""
        without = left.union(some)
        again = decide(plain_request(case, at, without=without))
        if again.outcome is Outcome.ALLOW and again.obligations == decision.obligations:
            return without
        if len(some) == 1:
            return left
        middle = len(some) // 2
        return needless(some[:middle], needless(some[middle:], left))

    left = needless(here, frozenset()) if here else frozenset()
    return tuple(number for number in here if number not in left)


_RECORDING = frozenset({EventKind.CHECK, EventKind.DOCUMENT, EventKind.SUPPLIED, EventKind.APPROVAL})


def _made_good(decide: Decide, case: Case, event: CaseEvent) -> Case:
    """Serve what an act left to be done afterwards, and is no longer owed now that more is on record.

    The answer for the act as it stands now says so: it allows without the obligation, or the very rule forbids, since
    what was put off was done and failed.
    """
    at = instant(event.at)
    for number in sorted({one.act for one in unserved(case) if one.act is not None}):
        act = case.acts[number - 1]
        now = decide(plain_request(case, at, act.action, done=act))
        still = {(o.profile, o.rule, o.task) for o in now.obligations}
        failed = {(r.profile, r.rule) for r in now.reasons if now.outcome is Outcome.DENY and r.effect == "forbid"}
        for one in unserved(case):
            o = one.obligation
            gone = now.outcome is Outcome.ALLOW and (o.profile, o.rule, o.task) not in still
            if one.act == number and (gone or (o.profile, o.rule) in failed):
                case = serve(case, [one], at, event.by)
    return case


# Ending


def _disposed(case: Case, event: CaseEvent) -> Case:
    outcome = str(event.body["outcome"])
    if case.subject is not Subject.HIT:
        raise _fault("case-order", f"a case of sort `{case.subject}` is not disposed of", "close it")
    if case.disposition is not None:
        raise _fault("case-order", f"this hit was disposed of already: {case.disposition[:60]}")
    if outcome == UNDETERMINED:
        raise _fault("case-order", f"`{UNDETERMINED}` is no end of a hit")
    at = instant(event.at)
    case = _with_facts(case, {"hit.outcome": outcome}, event.by or "")
    case = dataclasses.replace(case, disposition=outcome, asked=None)
    return tasks_served(case, BY_DISPOSITION, at, event.by)


def _duty_done(case: Case, event: CaseEvent) -> Case:
    task, rule = event.body["task"], event.body.get("rule")
    found = [o for o in unserved(case) if o.obligation.task == task and rule in (None, o.obligation.rule)]
    if not found:
        owed = ", ".join(sorted({o.obligation.task for o in unserved(case)})) or "nothing"
        raise _fault("case-order", f"`{str(task)[:60]}` is not owed here; owed: {owed}")
    return serve(case, found, instant(event.at), event.by)


def _withdrawn(case: Case, event: CaseEvent) -> Case:
    if case.subject is Subject.HIT:
        raise _fault("case-unready", "a hit is not withdrawn: it ends in a disposition", "record it: `disposed`")
    if case.acts:
        raise _fault("case-unready", f"`{case.acts[-1].action}` was done already", "close the case in the end")
    return dataclasses.replace(case, asked=None, withdrawn=True)


def _closed(case: Case, event: CaseEvent) -> Case:
    if case.subject is Subject.HIT and case.disposition is None:
        raise _fault("case-unready", "this hit has no disposition", "record how it ended: `disposed`")
    if case.subject is Subject.ENTRY and case.done(*ADDING) and not case.done(*REMOVING):
        raise _fault("case-unready", "the entry is still there", "take it off: `hotlist.remove`")
    owed = sorted({one.obligation.task for one in unserved(case)})
    if owed:
        raise _fault("case-unready", f"still owed: {', '.join(owed)}", "report what was done: `duty_done`")
    return dataclasses.replace(case, asked=None, closed=True)


def _tick(case: Case, event: CaseEvent) -> Case:
    return case


_TAKERS: Final[dict[str, Callable[[Case, CaseEvent], Case]]] = {
    EventKind.ASKED: _asked,
    EventKind.SUPPLIED: _supplied,
    EventKind.APPROVAL: _approval,
    EventKind.CHECK: _check,
    EventKind.DOCUMENT: _document,
    EventKind.HOLD: _hold,
    EventKind.HAPPENED: _happened,
    EventKind.DISPOSED: _disposed,
    EventKind.DUTY_DONE: _duty_done,
    EventKind.WITHDRAWN: _withdrawn,
    EventKind.CLOSED: _closed,
    EventKind.TICK: _tick,
}
