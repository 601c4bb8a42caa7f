"""Where a duty of a profile stands: its statement with parameters filled, put to the calendar of language.md §7."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan, end_of_day, start_of_day
from alpr_policy.meaning.schedule import (
    Counted,
    DueWindow,
    DutyStanding,
    DutyStatus,
    EventMoment,
    FirstPeriod,
    Promptness,
    Recurrence,
    Trigger,
    duty_status,
    next_due,
)
from alpr_policy.model.condition import ParameterRef
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import EventRecord, Moment
from alpr_policy.model.statements import Duty
from alpr_policy.model.values import Unknown
from alpr_policy.vocabulary import VOCABULARY


def duty_named(profile: Profile, task: str, cite: str) -> Duty | None:
    """Return the duty of a task that rests on a clause."""
    return next((duty for duty in profile.duties if duty.task == task and cite in duty.cite), None)


def recurrence(profile: Profile, duty: Duty) -> Recurrence:
    """Return when a duty recurs, with the values of its parameters; one that is not filled leaves its place open."""
    within = _filled(profile, duty.within)
    return Recurrence(
        every=_span(profile, duty.every),
        counted=Counted(duty.counted),
        first_period=FirstPeriod(duty.first_period),
        on_date=_month_day(duty.on_date),
        after=" or ".join(duty.after) or None,
        within=within if isinstance(within, CalendarSpan) else Promptness(str(within or "as_ordered")),
        early=duty.early,
        late_after=_span(profile, duty.late_after),
    )


def duty_state(
    profile: Profile, duty: Duty, events: Iterable[EventRecord] | None, done: Iterable[Moment], at: dt.datetime
) -> DutyStatus:
    """Say where a duty stands at `at`, for one department, person, device, entry or case.

    `events` are those that happened to it (None: nobody knows), `done` when the duty was done. What is known only by
    its day counts from the end of that day, or from `at` on the day of `at` itself, so a doing serves what happened on
    its day. Whether the duty's `when` applies is the caller's to ask.
    """
    effective = profile.first_day
    rec = recurrence(profile, duty)
    if effective is None:
        return _open("the first day of the policy has not been set")
    if rec.kind is Trigger.after and events is None:
        return _open(f"it is not known whether `{rec.after}` happened")
    happened, moments, zone = _history(profile, duty, events, done, at)
    status = duty_status(rec, effective=effective, done=moments, events=happened, at=at, zone=zone)
    within = duty.within
    unset = isinstance(within, ParameterRef) and _filled(profile, within) is None
    if isinstance(within, ParameterRef) and unset and status.standing is DutyStanding.undetermined:
        return dataclasses.replace(status, why=f"the deadline `{within.name}` has not been set")
    return status


def next_date(
    profile: Profile, duty: Duty, events: Iterable[EventRecord] | None, done: Iterable[Moment], at: dt.datetime
) -> DueWindow | None:
    """Return from when and until when doing the duty next would be in time; None where none can be told."""
    effective = profile.first_day
    if effective is None or (duty.after and events is None):
        return None
    happened, moments, zone = _history(profile, duty, events, done, at)
    rec = recurrence(profile, duty)
    return next_due(rec, effective=effective, done=moments, events=happened, at=at, zone=zone)


def _history(
    profile: Profile, duty: Duty, events: Iterable[EventRecord] | None, done: Iterable[Moment], at: dt.datetime
) -> tuple[list[EventMoment], list[dt.datetime], ZoneInfo]:
    """Return what triggers a duty and when it was done, as instants of the profile's time zone."""
    zone = ZoneInfo(profile.timezone)
    names = frozenset(VOCABULARY.expand(duty.after))  # no profile adds a group
    happened = [_event(one, at, zone) for one in events or () if one.event in names and one.at is not None]
    return happened, [_moment(one, at, zone, late=bool(duty.after)) for one in done], zone


def _open(why: str) -> DutyStatus:
    return DutyStatus(standing=DutyStanding.undetermined, due_from=None, due_by=None, why=why, missed_periods=0)


def _filled(profile: Profile, value: CalendarSpan | str | ParameterRef | None) -> object:
    if isinstance(value, ParameterRef):
        parameter = profile.parameters.get(value.name)
        return parameter.value if parameter is not None else None
    return value


def _span(profile: Profile, value: CalendarSpan | ParameterRef | None) -> CalendarSpan | None:
    filled = _filled(profile, value)
    return filled if isinstance(filled, CalendarSpan) else None


def _month_day(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    month, day = text.split("-")
    return int(month), int(day)


def _event(event: EventRecord, at: dt.datetime, zone: ZoneInfo) -> EventMoment:
    assert event.at is not None
    ordered = None if isinstance(event.ends, Unknown) else event.ends
    by = end_of_day(ordered, zone) if ordered is not None and not isinstance(ordered, dt.datetime) else ordered
    return EventMoment(_moment(event.at, at, zone, late=True), by)


def _moment(moment: Moment, at: dt.datetime, zone: ZoneInfo, *, late: bool) -> dt.datetime:
    """Return a bare date as the first instant of its day, or as the last that has come by `at`."""
    if isinstance(moment, dt.datetime):
        return moment
    if not late:
        return start_of_day(moment, zone)
    day = at.astimezone(zone).date()
    return at if moment == day else end_of_day(moment, zone)
