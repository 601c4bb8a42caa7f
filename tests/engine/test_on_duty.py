"""Who is on duty: by hours of the local clock, over midnight and clock changes, and never by a guess."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tests.engine.directory_kit import town

from alpr_policy import read_request
from alpr_policy.model.duty_hours import on_duty
from alpr_policy.questions.filling import fill
from alpr_policy.questions.persons import standing_of

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
EARLY = {"days": ["mon", "tue"], "start": "07:00", "end": "15:00"}
NIGHT = {"days": ["mon"], "start": "22:00", "end": "06:00"}
ROUND = {"days": ["mon"], "start": "08:00", "end": "08:00"}
MAY = {**NIGHT, "days": DAYS, "until": "2026-05-31"}
JUNE = {**EARLY, "days": DAYS, "from": "2026-06-01"}
# A half night of overtime, beside hours that are always in force.
EXTRA = {"days": DAYS, "start": "00:00", "end": "00:00", "from": "2026-05-06T20:00:00-04:00"}
EXTRA |= {"until": "2026-05-06T23:00:00-04:00"}


def said(at: str, *hours: dict[str, Any], absences: Any = (), **more: Any) -> bool | None:
    """Say whether somebody with some hours is on duty; 4 May 2026 is a Monday."""
    person = {"id": "p-1", "hours": list(hours), **more}
    known = town(persons=[person], absences=list(absences) if absences is not None else None)
    return on_duty(known, known.persons[0], dt.datetime.fromisoformat(at))


@pytest.mark.parametrize(
    ("at", "hours", "expected"),
    [
        ("2026-05-04T06:59:59-04:00", [EARLY], False),
        ("2026-05-04T07:00:00-04:00", [EARLY], True),
        ("2026-05-04T14:59:59-04:00", [EARLY], True),
        ("2026-05-04T15:00:00-04:00", [EARLY], False),
        ("2026-05-06T12:00:00-04:00", [EARLY], False),
        # The same instant in another zone.
        ("2026-05-04T11:00:00+00:00", [EARLY], True),
        ("2026-05-04T21:59:59-04:00", [NIGHT], False),
        ("2026-05-04T23:59:59-04:00", [NIGHT], True),
        ("2026-05-05T05:59:59-04:00", [NIGHT], True),
        ("2026-05-05T06:00:00-04:00", [NIGHT], False),
        # Monday's early hours belong to Sunday's night, on which there is no duty.
        ("2026-05-04T03:00:00-04:00", [NIGHT], False),
        ("2026-05-05T07:59:59-04:00", [ROUND], True),
        ("2026-05-05T08:00:00-04:00", [ROUND], False),
        ("2026-05-06T21:00:00-04:00", [EARLY, EXTRA], True),
        ("2026-05-06T23:00:01-04:00", [EARLY, EXTRA], False),
        ("2026-05-06T19:59:59-04:00", [EARLY, EXTRA], False),
    ],
)
def test_hours_of_the_local_clock(at: str, hours: list[Any], expected: bool) -> None:
    """Duty runs from its start until just before its end, and a night belongs to the day on which it begins."""
    assert expected is said(at, *hours)


@pytest.mark.parametrize(
    ("at", "hours", "expected"),
    [
        ("2026-05-31T23:00:00-04:00", [MAY], True),
        # The last night runs out in June, and then nothing is told.
        ("2026-06-01T05:59:59-04:00", [MAY], True),
        ("2026-06-01T06:00:00-04:00", [MAY], None),
        ("2026-06-01T06:00:00-04:00", [MAY, JUNE], False),
        ("2026-06-01T06:00:00-04:00", [JUNE, MAY], False),
        ("2026-06-01T07:00:00-04:00", [JUNE], True),
        # What was told for the night before the first day, nobody knows.
        ("2026-06-01T06:00:00-04:00", [JUNE], None),
        ("2026-06-02T06:00:00-04:00", [JUNE], False),
        ("2026-05-20T12:00:00-04:00", [JUNE], None),
    ],
)
def test_hours_hold_for_their_days(at: str, hours: list[Any], expected: bool | None) -> None:
    """Outside of the days for which hours are told nothing is said, and the last night counts to its end."""
    assert expected is said(at, *hours)


@pytest.mark.parametrize(
    ("at", "start", "end", "expected"),
    [
        # On 8 March 2026 the clock goes from 02:00 to 03:00.
        ("2026-03-08T01:59:59-05:00", "02:30", "10:00", False),
        ("2026-03-08T03:00:00-04:00", "02:30", "10:00", True),
        ("2026-03-08T01:59:59-05:00", "22:00", "02:30", True),
        ("2026-03-08T03:00:00-04:00", "22:00", "02:30", False),
        ("2026-03-08T05:59:59-04:00", "22:00", "06:00", True),
        ("2026-03-08T06:00:00-04:00", "22:00", "06:00", False),
        # On 1 November 2026 it shows the hour from 01:00 twice.
        ("2026-11-01T01:30:00-04:00", "22:00", "06:00", True),
        ("2026-11-01T01:30:00-05:00", "22:00", "06:00", True),
        ("2026-11-01T05:59:59-05:00", "22:00", "06:00", True),
        ("2026-11-01T01:29:59-04:00", "01:30", "09:00", False),
        ("2026-11-01T01:30:00-04:00", "01:30", "09:00", None),
        ("2026-11-01T01:29:59-05:00", "01:30", "09:00", None),
        ("2026-11-01T01:30:00-05:00", "01:30", "09:00", True),
        ("2026-11-01T01:29:59-04:00", "22:00", "01:30", True),
        ("2026-11-01T01:30:00-04:00", "22:00", "01:30", None),
        ("2026-11-01T01:30:00-05:00", "22:00", "01:30", False),
    ],
)
def test_nights_of_a_clock_change(at: str, start: str, end: str, expected: bool | None) -> None:
    """A time that is skipped is the instant after the gap, and between two showings of one it is not known."""
    assert expected is said(at, {"days": DAYS, "start": start, "end": end})


NOON = "2026-05-04T12:00:00-04:00"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, True),
        ({"absences": [{"person": "p-1", "from": "2026-05-04", "until": "2026-05-04"}]}, False),
        ({"absences": [{"person": "p-1", "from": "2026-05-05"}]}, True),
        ({"absences": [{"role": "chief"}]}, True),
        # Without a list of absences anybody may be on leave.
        ({"absences": None}, None),
        ({"until": "2026-05-03"}, False),
        ({"from": "2026-05-05"}, False),
        # The state of somebody's access is a fact of its own.
        ({"status": "suspended"}, True),
    ],
)
def test_who_is_away_is_off_duty(more: dict[str, Any], expected: bool | None) -> None:
    """On leave, not yet come or gone is off duty, whatever the hours say; suspended access is not."""
    assert expected is said(NOON, EARLY, **more)


@pytest.mark.parametrize("person", [{}, {"hours": []}])
@pytest.mark.parametrize("away", [[], [{"person": "p-1"}]])
def test_nobody_is_off_duty_for_want_of_hours(person: dict[str, Any], away: list[Any]) -> None:
    """Of somebody without hours nothing is said, be they left out or none."""
    known = town(persons=[{"id": "p-1", **person}], absences=away, complete=["hours"])

    assert on_duty(known, known.persons[0], dt.datetime.fromisoformat(NOON)) is None


def test_somebody_who_came_that_day() -> None:
    """Who began to belong here on a day had no night before it."""
    late = "2026-06-01T06:00:00-04:00"

    assert [False, None] == [said(late, JUNE, **{"from": day}) for day in ("2026-06-01", "2026-05-31")]


@pytest.mark.parametrize(
    ("stated", "given", "contradicted"),
    [
        (None, False, ()),
        ("unknown", False, ()),
        (False, False, ()),
        (True, {"conflict": [True, False]}, ("requester.on_duty",)),
    ],
)
def test_a_request_is_filled(stated: Any, given: Any, contradicted: tuple[str, ...]) -> None:
    """The fact is filled with its place, and what a caller states otherwise is a conflict as with any fact."""
    known = town(persons=[{"id": "p-1", "hours": [NIGHT]}], absences=[])
    facts = {"requester.id": "p-1"} | ({} if stated is None else {"requester.on_duty": stated})
    found = fill(known, read_request({"action": "search.run", "at": NOON, "facts": facts}))

    assert given == found.request.facts["requester.on_duty"]
    assert contradicted == tuple(one.fact for one in found.contradictions)
    assert (not contradicted) is ("requester.on_duty" in found.sources)


def test_the_standing_of_a_person_tells_it() -> None:
    """What is shown of a person holds it, and leaves it out where it is not told."""
    known = town(persons=[{"id": "p-1", "hours": [EARLY]}, {"id": "p-2"}], absences=[])
    told = [standing_of(known, one, dt.datetime.fromisoformat(NOON)).to_wire().get("on_duty") for one in known.persons]

    assert [True, None] == told
