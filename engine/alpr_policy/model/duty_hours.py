"""Whether somebody is on duty at an instant, by the hours and absences of a directory; None where these do not say it.

Hours are those of the local clock. A stretch of duty belongs to the day on which it begins, with a night that it runs
into; where the clock shows its start or end twice that night, the hour between is not known.
"""

from __future__ import annotations

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

from alpr_policy.durations import instant, shown_at, start_of_day
from alpr_policy.model.directory import DAYS, Directory, DutyHours, Person

DAY: Final = dt.timedelta(days=1)
TICK: Final = dt.timedelta(microseconds=1)


def on_duty(directory: Directory, person: Person, at: dt.datetime) -> bool | None:
    """Say whether a person is on duty at an instant; None where it is not told.

    Nobody is off duty for want of hours: false is said only of somebody who is gone or away, and outside of hours that
    are told for that day and for the day before, whose night may last into it.
    """
    if not person.hours:
        return None
    at = instant(at)
    if not directory.belongs(person, at):
        return False
    away = directory.is_away(person, at)
    if away:
        return False
    by_hours = _by_hours(directory, person, person.hours, at)
    # Whose absences are not told may be on leave.
    return None if by_hours and away is None else by_hours


def _by_hours(directory: Directory, person: Person, hours: tuple[DutyHours, ...], at: dt.datetime) -> bool | None:
    zone = directory.zone
    day = at.astimezone(zone).date()
    found = {_within(one, begun, at, zone) for one in hours for begun in (day - DAY, day)}
    if True in found:
        return True
    begins = instant(start_of_day(day - DAY, zone))
    came = None if person.since is None else directory.stretch(person.since)[0]
    told = _are_told(hours, begins if came is None else max(begins, came), at, zone)
    return None if None in found or not told else False


def _within(hours: DutyHours, begun: dt.date, at: dt.datetime, zone: ZoneInfo) -> bool | None:
    """Say whether an instant lies in the duty that begins on a day; None where a clock set back leaves it open."""
    if DAYS[begun.weekday()] not in hours.days or not _in_force(hours, begun, at):
        return False
    start, end = dt.time.fromisoformat(hours.start), dt.time.fromisoformat(hours.end)
    first, surely = shown_at(begun, start, zone)
    until, last = shown_at(begun if start < end else begun + DAY, end, zone)
    if surely <= at < until:
        return True
    return None if first <= at < last else False


def _in_force(hours: DutyHours, begun: dt.date, at: dt.datetime) -> bool:
    """Say whether hours hold for the duty that begins on a day: a date counts for that day, an instant is exact."""
    since, until = hours.since, hours.until
    if since is not None and not (instant(since) <= at if isinstance(since, dt.datetime) else since <= begun):
        return False
    return until is None or (at <= instant(until) if isinstance(until, dt.datetime) else begun <= until)


def _are_told(hours: tuple[DutyHours, ...], begins: dt.datetime, at: dt.datetime, zone: ZoneInfo) -> bool:
    """Say whether hours are in force through the whole of a stretch of time, one after the other if need be."""
    spans = [(one.begins(zone), one.ends(zone)) for one in hours]
    reached = begins
    for since, until in sorted(spans, key=lambda span: (span[0] is not None, span[0] or begins)):
        if since is None or since <= reached:
            reached = at if until is None else max(reached, until + TICK)
        if reached >= at:
            return True
    return False
