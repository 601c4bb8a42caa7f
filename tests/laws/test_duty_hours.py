"""Who is on duty agrees with a clock on the wall, and is not known rather than guessed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from alpr_policy.model.directory import DAYS, Directory
from alpr_policy.model.duty_hours import on_duty
from alpr_policy.reading.directory import read_directory_data

Raw = dict[str, Any]
# About both clock changes of 2026, by quarters of an hour.
STARTS = [dt.datetime(2026, 3, 6, tzinfo=dt.UTC), dt.datetime(2026, 10, 30, tzinfo=dt.UTC)]
instants = st.builds(
    lambda start, quarters: start + dt.timedelta(minutes=15 * quarters),
    st.sampled_from(STARTS),
    st.integers(0, 4 * 24 * 5),
)
clocks = st.builds(lambda hour, quarter: f"{hour:02}:{15 * quarter:02}", st.integers(0, 23), st.integers(0, 3))
days = st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True)
hours = st.fixed_dictionaries({"days": days, "start": clocks, "end": clocks})
dates = st.sampled_from([(start + dt.timedelta(days=n)).date().isoformat() for start in STARTS for n in range(6)])
bounded = st.one_of(
    hours,
    st.builds(lambda one, date, which: {**one, which: date}, hours, dates, st.sampled_from(("from", "until"))),
)
law = settings(max_examples=300)


def roster(told: list[Raw], absences: list[Raw] | None = None) -> Directory:
    """Return a directory of one person with some hours."""
    data: Raw = {"directory": 1, "timezone": "America/New_York", "persons": [{"id": "p-1", "hours": told}]}
    return read_directory_data(data if absences is None else {**data, "absences": absences})


def said(known: Directory, at: dt.datetime) -> bool | None:
    """Say whether the person is on duty."""
    return on_duty(known, known.persons[0], at)


def by_the_wall(told: Raw, at: dt.datetime, known: Directory) -> bool:
    """Say what a clock on the wall and a calendar beside it say, with no thought of instants."""
    local = at.astimezone(known.zone)
    clock, today, before = f"{local:%H:%M}", DAYS[local.weekday()], DAYS[local.weekday() - 1]
    over_midnight = told["end"] <= told["start"]
    if today in told["days"] and told["start"] <= clock and (over_midnight or clock < told["end"]):
        return True
    return before in told["days"] and over_midnight and clock < told["end"]


@law
@given(st.lists(hours, min_size=1, max_size=3), instants)
def test_duty_is_as_the_clock_on_the_wall_says(told: list[Raw], at: dt.datetime) -> None:
    """Whoever is on duty is so by the clock on the wall, which is not known only in an hour shown twice."""
    known = roster(told, absences=[])
    found = said(known, at)
    local = at.astimezone(known.zone)
    shown_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()

    assert found is any(by_the_wall(one, at, known) for one in told) or (found is None and shown_twice)


@law
@given(st.lists(bounded, max_size=3), bounded, instants)
def test_more_hours_never_take_duty_away(told: list[Raw], more: Raw, at: dt.datetime) -> None:
    """Whoever is on duty by some hours is so by these and others; nobody is off duty by hours that are not told."""
    fewer, all_of = said(roster(told, absences=[]), at), said(roster([*told, more], absences=[]), at)

    assert fewer is not True or all_of is True
    assert told or fewer is None


@law
@given(st.lists(bounded, min_size=1, max_size=3), instants)
def test_what_is_not_told_of_absence_is_not_known(told: list[Raw], at: dt.datetime) -> None:
    """Who is on duty by the hours is off duty when away, and not known to be on duty where absences are not told."""
    by_hours = said(roster(told, absences=[]), at)

    assert by_hours is not True or said(roster(told), at) is None
    assert by_hours is True or said(roster(told), at) is by_hours
    assert said(roster(told, absences=[{"person": "p-1"}]), at) is False
