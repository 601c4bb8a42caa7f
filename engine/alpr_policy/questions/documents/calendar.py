"""The duties of a policy in the course of a year, and what follows an event; the same in every year."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from alpr_policy.durations import start_of_day
from alpr_policy.model.condition import ParameterRef
from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import Duty
from alpr_policy.questions.documents.parts import Table, clauses
from alpr_policy.questions.duties import task_text
from alpr_policy.questions.own_words import event_words, plainly
from alpr_policy.questions.recurring import repeat_of
from alpr_policy.questions.schedule import next_date, recurrence
from alpr_policy.questions.wording import Wording, listed
from alpr_policy.vocabulary.phrases import DEADLINES, EACH

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DUE = "●"
# The last days of a duty are looked for over so many years, so that one that comes every other year is seen.
YEARS = 12


def calendar_table(profile: Profile, wording: Wording) -> Table | None:
    """Return the duties that recur, with the months of which a last day falls into some year; None without any."""
    rows = [
        (
            f"{_capital(task_text(wording, duty))} {clauses(duty.cite)}",
            _who(duty, wording),
            _rhythm(duty, wording),
            *(DUE if month in _months(profile, duty) else "" for month in range(1, 13)),
        )
        for duty in profile.in_clause_order().duties
        if not duty.after
    ]
    return Table(headings=("duty", "who", "how often", *MONTHS), rows=tuple(rows)) if rows else None


def following_table(profile: Profile, wording: Wording) -> Table | None:
    """Return the duties that follow an act or an event, with their deadlines; None without any."""
    rows = [
        (
            _trigger(duty, wording),
            f"{_capital(task_text(wording, duty))} {clauses(duty.cite)}",
            _who(duty, wording),
            DEADLINES.get(str(duty.within)) or f"within {wording.span(duty.within)}",
        )
        for duty in profile.in_clause_order().duties
        if duty.after
    ]
    return Table(headings=("after", "what must follow", "who", "by when"), rows=tuple(rows)) if rows else None


def _months(profile: Profile, duty: Duty) -> frozenset[int]:
    """Return the months in which the duty has a last day in some year; none where that hangs on when it was done."""
    first = profile.first_day
    if first is None:
        return frozenset()
    zone = ZoneInfo(profile.timezone)
    window = next_date(profile, duty, (), (), start_of_day(first, zone))
    if window is None or window.due_by is None:
        return frozenset()
    due = window.due_by.astimezone(zone).date()
    repeat = repeat_of(recurrence(profile, duty), due)
    if repeat is None:
        return frozenset()
    return frozenset(day.month for day in repeat.between(due, due + dt.timedelta(days=366 * YEARS)))


def _who(duty: Duty, wording: Wording) -> str:
    who = _capital(wording.approvers(duty.by) if duty.by else "the department")
    return who + (" (expected, not compelled)" if duty.force == "should" else "")


def _rhythm(duty: Duty, wording: Wording) -> str:
    each = f", {EACH[duty.for_each]}" if duty.for_each in EACH else ""
    if duty.on_date:
        month, day = duty.on_date.split("-")
        return f"each year on {int(day)} {dt.date(2000, int(month), 1):%B}{each}"
    known = wording.profile.parameters
    if isinstance(duty.every, ParameterRef) and (duty.every.name not in known or known[duty.every.name].value is None):
        return f"open: “{plainly(duty.every.name)}” is not set{each}"
    if duty.every is None:
        return f"no rhythm is stated{each}"
    span = wording.span(duty.every)
    return f"once in each {span.removeprefix('1 ')}{each}" if duty.counted == "calendar" else f"every {span}{each}"


def _trigger(duty: Duty, wording: Wording) -> str:
    known = {*wording.words.actions, *wording.words.groups}
    acts = [name for name in duty.after if name in known]
    said = [event_words(name) for name in duty.after if name not in known]
    said += [wording.acts(acts, happening=True)] if acts else []
    outcome = {"deny": ", if it was refused", "needs": ", if it was held up", "any": ", allowed or not"}
    found = listed(said, "or") + (outcome.get(duty.outcome, "") if acts else "")
    when = f", if {wording.condition(duty.when)}" if duty.when else ""
    return _capital(found + when)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
