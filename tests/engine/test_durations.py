"""Spans and moments: reading, ordering, calendar arithmetic and its laws."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from alpr_policy.durations import (
    EARLIEST,
    LATEST,
    CalendarSpan,
    Unit,
    add,
    compare,
    end_of_day,
    instant,
    parse_moment,
    passed,
    reached,
    start_of_day,
    subtract,
)

CASES = Path(__file__).parents[1] / "cases" / "calendar"
NEW_YORK = ZoneInfo("America/New_York")
ZONES = st.sampled_from([NEW_YORK, *map(ZoneInfo, ("America/Phoenix", "America/Havana", "Europe/London", "UTC"))])
TICK = timedelta(microseconds=1)

units = st.sampled_from(Unit)
elapsed_units = st.sampled_from([Unit.minute, Unit.hour])
day_units = st.sampled_from([Unit.day, Unit.week])
calendar_units = st.sampled_from([u for u in Unit if u not in (Unit.minute, Unit.hour)])
spans = st.builds(CalendarSpan, st.integers(1, 800), units)
moments = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))
# The nights on which New York's clocks change, where every mistake of an hour shows.
changes = st.sampled_from([datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)])
near_changes = st.builds(lambda at, s: at + timedelta(seconds=s), changes, st.integers(-200_000, 200_000))
starts = moments | near_changes


def cases(file: str) -> pytest.MarkDecorator:
    """Turn a file of named cases into parameters of a test."""
    loaded = yaml.safe_load((CASES / file).read_text(encoding="utf-8"))
    return pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in loaded])


def span(text: str) -> CalendarSpan:
    """Read a span."""
    return CalendarSpan.parse(text)


def moment(text: str) -> datetime:
    """Read a moment that has a time of day."""
    found = parse_moment(text)
    assert isinstance(found, datetime)
    return found


@cases("spans.yaml")
def test_a_span_reads_as_written_or_is_refused_with_a_sentence(case: dict[str, Any]) -> None:
    """Every case of spans.yaml is read, or refused with exactly its message."""
    if "gives" in case:
        assert case["gives"] == str(span(case["text"]))
    else:
        with pytest.raises(ValueError) as refused:
            span(case["text"])

        assert case["refused"] == str(refused.value)


@pytest.mark.parametrize("count", [0, -1, 10_001])
def test_a_span_is_never_built_with_a_count_out_of_bounds(count: int) -> None:
    """The bounds of a count hold for spans that were not read from text."""
    with pytest.raises(ValueError, match="the number is from 1 to 10000"):
        CalendarSpan(count, Unit.day)


@given(spans)
def test_a_written_span_reads_back_as_itself(a: CalendarSpan) -> None:
    """Reading undoes writing."""
    assert a == span(str(a))


@cases("lengths.yaml")
def test_a_span_has_a_least_and_a_greatest_length(case: dict[str, Any]) -> None:
    """Every case of lengths.yaml has its bounds."""
    a = span(case["span"])

    assert timedelta(hours=case["shortest"]) == a.shortest
    assert timedelta(hours=case["longest"]) == a.longest


@cases("order.yaml")
def test_two_spans_are_ordered_only_where_every_start_agrees(case: dict[str, Any]) -> None:
    """Every case of order.yaml has its order, and the opposite one when turned round."""
    a, b = map(span, case["spans"])

    assert case["order"] == compare(a, b)
    assert (None if case["order"] is None else -case["order"]) == compare(b, a)


@cases("add.yaml")
def test_adding_and_subtracting_follow_the_local_calendar(case: dict[str, Any]) -> None:
    """Every case of add.yaml gives its moment, in local time."""
    start = parse_moment(case["from"])
    moved = (
        add(start, span(case["add"]), NEW_YORK) if "add" in case else subtract(start, span(case["subtract"]), NEW_YORK)
    )

    assert case["gives"] == moved.isoformat()
    assert NEW_YORK is moved.tzinfo


@cases("days.yaml")
def test_a_local_day_has_a_first_instant_and_a_last_second(case: dict[str, Any]) -> None:
    """Every case of days.yaml has its two ends."""
    zone, day = ZoneInfo(case["zone"]), date.fromisoformat(case["day"])

    assert case["begins"] == start_of_day(day, zone).isoformat()
    assert case["ends"] == end_of_day(day, zone).isoformat()


@cases("bounds.yaml")
def test_the_boundary_instant_belongs_to_both_keeping_and_purging(case: dict[str, Any]) -> None:
    """Every case of bounds.yaml says whether a floor is reached and whether a ceiling is passed."""
    ends = (parse_moment(case["from"]), span(case["span"]), moment(case["at"]), NEW_YORK)

    assert case["reached"] == reached(*ends)
    assert case["passed"] == passed(*ends)


@cases("moments.yaml")
def test_a_moment_reads_as_written_or_is_refused_with_a_sentence(case: dict[str, Any]) -> None:
    """Every case of moments.yaml is read, or refused with exactly its message."""
    if "gives" in case:
        assert case["gives"] == parse_moment(case["text"]).isoformat()
    else:
        with pytest.raises(ValueError) as refused:
            parse_moment(case["text"])

        assert case["refused"] == str(refused.value)


def test_a_skipped_day_ends_before_it_and_begins_after_it() -> None:
    """Where a whole day is left out, its start is the next instant and its end the last second before."""
    samoa = ZoneInfo("Pacific/Apia")

    assert "2011-12-31T00:00:00+14:00" == start_of_day(date(2011, 12, 30), samoa).isoformat()
    assert "2011-12-29T23:59:59-10:00" == end_of_day(date(2011, 12, 30), samoa).isoformat()


def test_a_skipped_wall_time_with_a_fraction_moves_to_the_whole_second() -> None:
    """The first wall time that exists has no fraction of its own."""
    start = datetime(2026, 3, 7, 2, 59, 59, 999_999, tzinfo=NEW_YORK)

    assert "2026-03-08T03:00:00-04:00" == add(start, span("1 day"), NEW_YORK).isoformat()


def test_a_moment_without_offset_is_refused() -> None:
    """Nothing is computed from a moment whose zone would have to be guessed."""
    with pytest.raises(ValueError, match="a moment needs its offset from UTC"):
        instant(datetime(2026, 1, 1))


@given(starts, starts, st.builds(CalendarSpan, st.integers(1, 10_000), elapsed_units), ZONES)
def test_elapsed_time_keeps_the_order_of_starts(s: datetime, t: datetime, a: CalendarSpan, zone: ZoneInfo) -> None:
    """Of two starts the later one never ends sooner, minutes and hours being elapsed time."""
    first, second = sorted((s, t))

    assert instant(add(first, a, zone)) <= instant(add(second, a, zone))


@given(starts, starts, st.builds(CalendarSpan, st.integers(1, 800), day_units), ZONES)
def test_days_keep_the_order_of_wall_clocks(s: datetime, t: datetime, a: CalendarSpan, zone: ZoneInfo) -> None:
    """Of two local wall times the later one never ends sooner; in a repeated hour it is the wall clock that counts."""
    first, second = sorted((s, t), key=lambda m: m.astimezone(zone).replace(tzinfo=None))

    assert instant(add(first, a, zone)) <= instant(add(second, a, zone))


@given(starts, st.integers(1, 1000), st.builds(CalendarSpan, st.integers(1, 800), calendar_units), ZONES)
def test_calendar_spans_keep_the_order_of_days(s: datetime, later: int, a: CalendarSpan, zone: ZoneInfo) -> None:
    """Of two starts at one wall time on different days the later one never ends sooner, month ends included."""
    local = s.astimezone(zone)
    second = (local.replace(tzinfo=None) + timedelta(days=later)).replace(tzinfo=zone)

    assert instant(add(local, a, zone)) <= instant(add(second, a, zone))


@given(starts, starts, spans, ZONES)
def test_a_later_start_never_ends_on_an_earlier_day(s: datetime, t: datetime, a: CalendarSpan, zone: ZoneInfo) -> None:
    """Whatever the span, the local day of the end never moves back when the start moves on."""
    first, second = sorted((s, t))

    assert add(first, a, zone).date() <= add(second, a, zone).date()


@given(starts, spans, ZONES)
def test_a_span_leads_forward_and_back(s: datetime, a: CalendarSpan, zone: ZoneInfo) -> None:
    """Adding always ends later than the start, subtracting always sooner."""
    assert instant(subtract(s, a, zone)) < s < instant(add(s, a, zone))


@given(starts, spans, ZONES)
def test_reached_and_passed_agree_with_add(s: datetime, a: CalendarSpan, zone: ZoneInfo) -> None:
    """At start + span a floor is reached and a ceiling not passed; the smallest step either side changes one."""
    end = instant(add(s, a, zone))

    assert (False, False) == (reached(s, a, end - TICK, zone), passed(s, a, end - TICK, zone))
    assert (True, False) == (reached(s, a, end, zone), passed(s, a, end, zone))
    assert (True, True) == (reached(s, a, end + TICK, zone), passed(s, a, end + TICK, zone))


@given(st.dates(date(1970, 1, 2), date(2100, 1, 1)), spans, ZONES)
def test_a_bare_date_is_the_last_second_of_its_day(day: date, a: CalendarSpan, zone: ZoneInfo) -> None:
    """A span from a date is the span from the end of that day."""
    assert add(end_of_day(day, zone), a, zone).isoformat() == add(day, a, zone).isoformat()


@given(spans, spans)
def test_compare_turned_round_is_the_opposite(a: CalendarSpan, b: CalendarSpan) -> None:
    """If one span is longer the other is shorter; neither is asked twice."""
    order = compare(a, b)

    assert (None if order is None else -order) == compare(b, a)


@given(spans, spans, starts, ZONES)
def test_compare_holds_from_every_start(a: CalendarSpan, b: CalendarSpan, s: datetime, zone: ZoneInfo) -> None:
    """A span that compares shorter never ends later, and equal ones end together."""
    first, second = instant(add(s, a, zone)), instant(add(s, b, zone))
    order = compare(a, b)

    assert order != -1 or first <= second
    assert order != 1 or first >= second
    assert order != 0 or first == second


@given(st.integers(1, 45), units, st.integers(1, 1500), units, starts)
def test_compare_holds_for_spans_of_like_length(n: int, u: Unit, m: int, v: Unit, s: datetime) -> None:
    """The order holds where spans of different units are nearly as long as each other."""
    a, b = CalendarSpan(n, u), CalendarSpan(m, v)
    order = compare(a, b)
    ends = instant(add(s, a, NEW_YORK)) - instant(add(s, b, NEW_YORK))

    assert order != -1 or ends <= timedelta(0)
    assert order != 1 or ends >= timedelta(0)


@pytest.mark.parametrize("unit", ["month", "quarter", "year"])
@pytest.mark.parametrize("count", [1, 2, 5, 11])
def test_the_days_of_a_span_are_found_on_the_calendar(unit: str, count: int) -> None:
    """The bounds are the least and the most that some start really takes, in a zone without clock changes."""
    a, utc = span(f"{count} {unit}"), ZoneInfo("UTC")
    days = [date(1895, 1, 1) + timedelta(days=n) for n in range(366 * 14)]
    lengths = [instant(add(start_of_day(day, utc), a, utc)) - instant(start_of_day(day, utc)) for day in days]

    assert timedelta(hours=-1) == a.shortest - min(lengths)
    assert timedelta(hours=1) == a.longest - max(lengths)


@given(spans, starts, ZONES)
def test_no_start_takes_less_or_more_than_the_bounds(a: CalendarSpan, s: datetime, zone: ZoneInfo) -> None:
    """Shortest and longest hold from every start."""
    taken = instant(add(s, a, zone)) - s

    assert a.shortest <= taken <= a.longest


@given(
    st.datetimes(timezones=st.sampled_from([UTC, NEW_YORK, ZoneInfo("Pacific/Kiritimati")])),
    st.builds(CalendarSpan, st.sampled_from([1, 10_000]), units),
    ZONES,
)
def test_arithmetic_never_raises_and_never_leaves_its_bounds(s: datetime, a: CalendarSpan, zone: ZoneInfo) -> None:
    """From any moment that can be written at all, the result can be shown, compared and used again."""
    later, sooner = add(s, a, zone), subtract(s, a, zone)

    assert EARLIEST <= instant(sooner) <= instant(s) <= instant(later) <= LATEST
    assert not passed(later, a, s, zone)


@pytest.mark.parametrize("text", ["2 minutes", "2 hours", "1 day", "1 month"])
def test_every_kind_of_span_stops_at_the_year_9990(text: str) -> None:
    """Elapsed time and calendar time beyond the last year we tell are the last moment there is."""
    start = datetime(9990, 12, 31, 23, 59, tzinfo=NEW_YORK)

    assert LATEST == instant(add(start, span(text), NEW_YORK))


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "UTC"])
@pytest.mark.parametrize("edge", [datetime.min, datetime.max])
def test_the_ends_of_time_are_clamped(zone: str, edge: datetime) -> None:
    """The first and the last moment that can be written become the bounds of arithmetic."""
    clamped = EARLIEST if edge == datetime.min else LATEST

    assert clamped == instant(edge.replace(tzinfo=ZoneInfo(zone)))
