"""A case in words: what each event is, what came of it, what waits for whom, and what will change by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from alpr_policy.durations import instant
from alpr_policy.evaluators.stateful import CaseEvent, EventKind, Owed, Step, Timer, overdue
from alpr_policy.model.decision import Need, NeedKind
from alpr_policy.questions.explain import need_text, obligation_text, one_line

TIMERS = {
    "grant_ends": "an approval of `{}` ends",
    "document_ends": "the paper `{}` ends",
    "hold_ends": "the hold on account of `{}` ends",
    "deadline": "`{}` is due",
}


def local(moment: dt.datetime, zone: ZoneInfo) -> str:
    """Write an instant as the clock on the wall shows it, with its offset."""
    return instant(moment).astimezone(zone).isoformat(" ", "seconds")


def event_text(event: CaseEvent) -> str:
    """Say what happened, in a few words."""
    body, by = event.body, f" by {event.by}" if event.by is not None else ""
    match event.kind:
        case EventKind.OPENED | EventKind.ASKED | EventKind.DONE:
            act = f": {body['action']}" if "action" in body else ""
            return f"{event.kind}{by}{act}"
        case EventKind.APPROVAL:
            role = f" as {body['role']}" if "role" in body else ""
            topic = f" of {body['topic']}" if "topic" in body else ""
            return f"approval{topic} {body['decision']}{by}{role}"
        case EventKind.CHECK:
            parts = f" of {' and '.join(body['parts'])}" if "parts" in body else ""
            source = f" through {body['source']}" if "source" in body else ""
            return f"{body['check']} check{parts}{source}: {body['result']}{by}"
        case EventKind.DOCUMENT:
            return f"document {body['document']}{by}"
        case EventKind.HOLD:
            return f"hold on account of {body['basis']}{by}"
        case EventKind.HAPPENED:
            return f"happened: {body['event']}{by}"
        case EventKind.SUPPLIED:
            told = ", ".join([*body.get("facts", {}), *(key for key in ("standing", "holds", "events") if key in body)])
            return f"supplied{by}: {told}"
        case EventKind.DISPOSED:
            return f"disposed of{by}: {body['outcome']}"
        case EventKind.DUTY_DONE:
            return f"duty done{by}: {body['task']}"
    return f"{event.kind}{by}"


def step_text(step: Step) -> str:
    """Say in one line what came of an event."""
    answer = one_line(step.decision) if step.decision is not None else ""
    if step.refused is not None:
        told = step.refused
        # What the answer asks for says more than a help that points to it.
        more = (told.help if told.code != "case-not-allowed" else "", answer)
        return "; ".join([f"not taken: {told.message} [{told.code}]", *filter(None, more)])
    if step.done:
        return f"done, since {answer}"
    if answer or step.status is None:
        return answer
    owed = ", ".join(dict.fromkeys(f"`{one.obligation.task}`" for one in step.obligations))
    return f"taken; nothing is asked for, and the case stands as {step.status}" + (
        f"; still owed: {owed}" if owed else ""
    )


def waiting(step: Step) -> Iterator[str]:
    """Say what is missing for the act that is asked for, and who can supply it."""
    for need in step.decision.needs if step.decision is not None and not step.done else ():
        cited = f" ({', '.join(need.cite)})" if need.cite else ""
        yield f"{_whose(need)}: {need_text(need)}{cited}"


def briefly(late: Sequence[str], owed: Sequence[str], waits: Sequence[str], most: int = 2) -> str:
    """Say what is late, owed and waited for in one line; of many things that are waited for, the first `most`."""
    more = [f"{len(waits) - most} more"] if len(waits) > most else []
    others = (f"owed: {task}" for task in owed if task not in late)
    return "; ".join([*(f"late: {task}" for task in late), *others, *waits[:most], *more])


def _whose(need: Need) -> str:
    if need.kind is NeedKind.ONE_OF:
        return "any one of several"
    if need.roles:
        return " or ".join(role.replace("_", " ") for role in need.roles)
    if need.kind is NeedKind.PARAMETER:
        return "the profile's owner"
    return need.supplied_by or "whoever may do it"


def owed_lines(step: Step, now: dt.datetime) -> Iterator[str]:
    """Say what is owed, what of it is late first."""
    late = overdue(step.case, now) if step.case is not None else ()
    for one in sorted(step.obligations, key=lambda o: (o not in late, o.since)):
        yield ("late: " if one in late else "") + obligation_text(one.obligation) + _because(one)


def _because(one: Owed) -> str:
    return f", after {one.event}" if one.event is not None else ""


def timer_text(timer: Timer, zone: ZoneInfo) -> str:
    """Say what changes by itself, and when."""
    return f"{local(timer.at, zone)}  " + TIMERS.get(timer.what, "{}").format(timer.name)
