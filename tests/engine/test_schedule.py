"""When duties are due: the table of language §7 by examples, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from alpr_policy.durations import CalendarSpan, Unit, end_of_day, instant, parse_moment, start_of_day
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

CASES = Path(__file__).parents[1] / "cases" / "calendar"
NEW_YORK = ZoneInfo("America/New_York")
EFFECTIVE = date(2026, 1, 1)


def moment(text: str) -> datetime:
    """Read a moment that has a time of day."""
    found = parse_moment(text)
    assert isinstance(found, datetime)
    return found


def recurrence(written: dict[str, Any]) -> Recurrence:
    """Read a recurrence from the words of a case."""
    kinds = {"counted": Counted, "first_period": FirstPeriod}
    spans = {"every", "early", "late_after"}
    read: dict[str, Any] = {key: kinds[key](value) if key in kinds else value for key, value in written.items()}
    read |= {key: CalendarSpan.parse(value) for key, value in written.items() if key in spans}
    if "on_date" in written:
        read["on_date"] = tuple(written["on_date"])
    if "within" in written:
        prompt = written["within"] in list(Promptness)
        read["within"] = Promptness(written["within"]) if prompt else CalendarSpan.parse(written["within"])
    return Recurrence(**read)


def event(written: str | dict[str, str]) -> EventMoment:
    """Read an event from the words of a case."""
    if isinstance(written, str):
        return EventMoment(moment(written))
    return EventMoment(moment(written["at"]), moment(written["ordered_by"]))


def status(
    rec: Recurrence,
    at: datetime,
    done: Sequence[datetime] = (),
    events: Sequence[EventMoment] = (),
    effective: date = EFFECTIVE,
) -> DutyStatus:
    """Ask for the standing of a duty in New York."""
    return duty_status(rec, effective=effective, done=done, events=events, at=at, zone=NEW_YORK)


def steps() -> list[Any]:
    """List every moment of every case as one parameter, named by the case and the moment."""
    found = []
    for file in sorted(CASES.glob("duties_*.yaml")):
        for case in yaml.safe_load(file.read_text(encoding="utf-8")):
            found += [pytest.param(case, step, id=f"{case['name']}, {step['at']}") for step in case["expect"]]
    return found


@pytest.mark.parametrize(("case", "step"), steps())
def test_a_duty_stands_where_the_table_puts_it(case: dict[str, Any], step: dict[str, Any]) -> None:
    """Every moment of every case has its standing, its window, its count of misses and its sentence."""
    actual = status(
        recurrence(case["recurrence"]),
        at=moment(step["at"]),
        done=[moment(text) for text in case.get("done", [])],
        events=[event(written) for written in case.get("events", [])],
        effective=date.fromisoformat(case["effective"]),
    )

    assert (step["standing"], step.get("missed", 0)) == (actual.standing, actual.missed_periods)
    if "from" in step:
        assert step["from"] == (actual.due_from and actual.due_from.isoformat())
    if "by" in step:
        assert step["by"] == (actual.due_by and actual.due_by.isoformat())
    if "why" in step:
        assert step["why"] == actual.why


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({"every": "1 day", "on_date": (7, 1)}, "a duty has one trigger: `every`, `on_date` or `after`"),
        ({"on_date": (7, 1), "after": "hotlist.add"}, "a duty has one trigger: `every`, `on_date` or `after`"),
        (
            {"every": "8 hours", "counted": "calendar"},
            "`every: 8 hours` has no calendar periods: count it as `rolling`",
        ),
        ({"on_date": (2, 30)}, "`on_date: 02-30` is no day of any year"),
        ({"on_date": (13, 1)}, "`on_date: 13-01` is no day of any year"),
        ({"on_date": (6, 0)}, "`on_date: 06-00` is no day of any year"),
    ],
)
def test_a_recurrence_without_meaning_is_refused(written: dict[str, Any], sentence: str) -> None:
    """What no calendar can answer is refused when it is written, so that no evaluation has to."""
    with pytest.raises(ValueError) as refused:
        recurrence(written)

    assert sentence == str(refused.value)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ({"every": "1 day"}, Trigger.every),
        ({}, Trigger.every),
        ({"on_date": (7, 1)}, Trigger.on_date),
        ({"after": "hotlist.add"}, Trigger.after),
    ],
)
def test_a_recurrence_knows_its_trigger(written: dict[str, Any], kind: Trigger) -> None:
    """The trigger is the field that is given, and `every` when it waits for a parameter."""
    assert kind is recurrence(written).kind


def due(
    rec: Recurrence, at: str, done: Sequence[str] = (), events: Sequence[str] = ()
) -> tuple[str, str | None] | None:
    """Ask for the next due window in New York, as text."""
    window = next_due(
        rec,
        effective=EFFECTIVE,
        done=[moment(text) for text in done],
        events=[event(text) for text in events],
        at=moment(at),
        zone=NEW_YORK,
    )
    if window is None:
        return None
    return (window.due_from.isoformat(), window.due_by.isoformat() if window.due_by else None)


def test_a_missed_period_is_not_due_next() -> None:
    """When a calendar period was missed, what can still be served is the present one."""
    monthly = recurrence({"every": "1 month", "counted": "calendar"})

    assert ("2026-03-01T00:00:00-05:00", "2026-03-31T23:59:59-04:00") == due(monthly, "2026-03-05T10:00-05:00")


def test_the_next_window_after_a_doing_is_the_next_period() -> None:
    """A doing in a period leaves the one after it to be served."""
    monthly = recurrence({"every": "1 month", "counted": "calendar"})
    done = ["2026-01-20T10:00-05:00"]

    assert ("2026-02-01T00:00:00-05:00", "2026-02-28T23:59:59-05:00") == due(monthly, "2026-01-25T10:00-05:00", done)


def test_a_lapsed_rolling_duty_is_still_owed_for_its_day() -> None:
    """A rolling duty that nobody did is due for the day that passed."""
    yearly = recurrence({"every": "1 year"})

    assert ("2027-01-01T00:00:00-05:00", "2027-01-01T23:59:59-05:00") == due(yearly, "2027-03-05T10:00-05:00")


def test_a_day_already_served_early_is_not_due_next() -> None:
    """A doing early enough for this year's day leaves next year's to be served."""
    yearly = recurrence({"on_date": (7, 1), "early": "1 month"})
    window = due(yearly, "2026-06-20T10:00-04:00", ["2026-06-15T10:00-04:00"])

    assert ("2027-07-01T00:00:00-04:00", "2027-07-01T23:59:59-04:00") == window


def test_what_follows_an_event_has_no_next_window_before_it() -> None:
    """No window can be told before an event, and none ends where the text names no deadline."""
    soon = recurrence({"after": "hotlist.add"})
    added = ["2026-06-01T07:00-04:00"]

    assert due(soon, "2026-06-02T10:00-04:00") is None
    assert ("2026-06-01T07:00:00-04:00", None) == due(soon, "2026-06-02T10:00-04:00", events=added)


def test_a_period_that_nobody_has_set_has_no_next_window() -> None:
    """An unfilled parameter gives no date to wait for."""
    assert due(recurrence({}), "2026-06-02T10:00-04:00") is None


def test_a_moment_without_offset_is_refused() -> None:
    """A standing is never computed from a moment whose zone would have to be guessed."""
    with pytest.raises(ValueError, match="a moment needs its offset from UTC"):
        status(Recurrence(every=CalendarSpan(1, Unit.day)), at=datetime(2026, 3, 1))


units = st.sampled_from(Unit)
calendar_units = st.sampled_from([unit for unit in Unit if unit not in (Unit.minute, Unit.hour)])
spans = st.builds(CalendarSpan, st.integers(1, 40) | st.integers(1, 10_000), units)
maybe_spans = st.none() | spans
rolling = st.builds(Recurrence, every=spans)
calendar = st.builds(
    Recurrence,
    every=st.builds(CalendarSpan, st.integers(1, 40) | st.integers(1, 10_000), calendar_units),
    counted=st.just(Counted.calendar),
    first_period=st.sampled_from(FirstPeriod),
)
days_of_year = st.dates(date(2000, 1, 1), date(2000, 12, 31)).map(lambda day: (day.month, day.day))
on_date = st.builds(Recurrence, on_date=days_of_year, early=maybe_spans)
after = st.builds(
    Recurrence,
    after=st.just("hotlist.add"),
    within=spans | st.sampled_from(Promptness),
    early=maybe_spans,
    late_after=maybe_spans,
)
recurrences = rolling | calendar | on_date | after
moments = st.datetimes(datetime(2025, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))
doings = st.lists(moments, max_size=5)
happenings = st.lists(st.builds(EventMoment, moments, st.none() | moments), max_size=5)


@given(recurrences, moments, doings, happenings)
def test_doing_a_duty_now_leaves_nothing_due(
    rec: Recurrence, at: datetime, done: list[datetime], events: list[EventMoment]
) -> None:
    """A doing at this very instant gives not_due for every duty, whatever was missed before."""
    assert DutyStanding.not_due is status(rec, at, [*done, at], events).standing


@given(recurrences, moments, doings, happenings)
def test_the_standing_is_where_the_moment_lies_in_the_window(
    rec: Recurrence, at: datetime, done: list[datetime], events: list[EventMoment]
) -> None:
    """Not due lies before the window, due in it, overdue after it; and only overdue needs a miss."""
    found = status(rec, at, done, events)
    if found.due_from is None:
        assert DutyStanding.not_due is found.standing
        return
    begun = instant(found.due_from) <= at
    # The last timely instant is a whole second; the rest of that second still belongs to its day.
    slack = timedelta(0) if rec.kind is Trigger.after else timedelta(microseconds=999_999)
    ended = found.due_by is not None and at > instant(found.due_by) + slack
    where = {
        DutyStanding.not_due: (False, False),
        DutyStanding.due: (True, False),
        DutyStanding.overdue: (True, True),
        DutyStanding.undetermined: (True, False),
    }

    assert where[found.standing] == (begun, ended)
    assert found.standing is not DutyStanding.overdue or found.missed_periods >= 1


@given(recurrences, moments, doings, happenings, st.randoms(use_true_random=False))
def test_order_and_repeats_do_not_matter(
    rec: Recurrence, at: datetime, done: list[datetime], events: list[EventMoment], shuffle: Any
) -> None:
    """The same doings in another order, and said twice, give the same answer."""
    again, events_again = [*done, *done], list(events)
    shuffle.shuffle(again)
    shuffle.shuffle(events_again)

    assert status(rec, at, done, events) == status(rec, at, again, events_again)


@given(recurrences, moments, doings, happenings)
def test_the_future_does_not_matter(
    rec: Recurrence, at: datetime, done: list[datetime], events: list[EventMoment]
) -> None:
    """Leaving out doings and events later than the moment asked about changes nothing."""
    past_done = [moment for moment in done if moment <= at]
    past_events = [event for event in events if event.at <= at]

    assert status(rec, at, past_done, past_events) == status(rec, at, done, events)


@given(
    recurrences, st.datetimes(datetime(2020, 1, 1), datetime(2025, 12, 31), timezones=st.just(UTC)), doings, happenings
)
def test_nothing_is_due_before_the_effective_date(
    rec: Recurrence, at: datetime, done: list[datetime], events: list[EventMoment]
) -> None:
    """Before the policy is in force every duty is not due, and none was missed."""
    found = status(rec, at, done, events)

    assert (DutyStanding.not_due, 0) == (found.standing, found.missed_periods)


@given(recurrences, moments, doings, happenings)
def test_the_next_window_has_not_been_served(
    rec: Recurrence, at: datetime, done: list[datetime], events: list[EventMoment]
) -> None:
    """The next window is the status's own, except that a missed calendar period gives way to the present one."""
    found = status(rec, at, done, events)
    window = next_due(rec, effective=EFFECTIVE, done=done, events=events, at=at, zone=NEW_YORK)
    own = DueWindow(due_from=found.due_from, due_by=found.due_by) if found.due_from else None
    healed = found.standing is DutyStanding.overdue and rec.counted is Counted.calendar

    assert healed or own == window
    assert not healed or (
        window is not None and window.due_by is not None and instant(window.due_by) > at - timedelta(1)
    )


@given(calendar, st.integers(0, 5000), st.integers(0, 86_399))
def test_calendar_periods_follow_each_other_without_gap(rec: Recurrence, later: int, second: int) -> None:
    """Done at any time, the next window begins the second after the present one ends."""
    at = start_of_day(EFFECTIVE + timedelta(days=later), NEW_YORK) + timedelta(seconds=second)
    undone = next_due(rec, effective=EFFECTIVE, done=[], events=[], at=at, zone=NEW_YORK)
    done = next_due(rec, effective=EFFECTIVE, done=[at], events=[], at=at, zone=NEW_YORK)
    assert undone is not None and undone.due_by is not None and done is not None
    begun = instant(undone.due_from) <= instant(at)

    assert instant(done.due_from) - instant(undone.due_by) == timedelta(seconds=1) if begun else done == undone


@given(recurrences, st.sampled_from([datetime.min, datetime.max]), st.sampled_from([date.min, EFFECTIVE, date.max]))
def test_no_date_is_too_far_to_judge(rec: Recurrence, edge: datetime, effective: date) -> None:
    """At either end of time, from either end of time, an answer is given and nothing is raised."""
    at = edge.replace(tzinfo=UTC)
    found = status(rec, at, [at], [EventMoment(at)], effective)

    assert DutyStanding.undetermined is not found.standing
    assert instant(end_of_day(effective, NEW_YORK)) >= instant(start_of_day(effective, NEW_YORK))
