"""The pieces in which a span of the calendar leads back are what reckoning instant by instant gives."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_policy.durations import CalendarSpan
from alpr_policy_adapters.tables.calendar import begun, pieces

# The usual, a change of half an hour, changes at midnight, and a day that was left out.
ZONES = ("America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut", "Pacific/Apia", "UTC")
SPANS = (
    "1 day",
    "30 days",
    "1 week",
    "1 month",
    "2 months",
    "1 quarter",
    "1 year",
    "36 hours",
    "90 minutes",
    "10000 years",
)
TURNS = (
    dt.datetime(2026, 3, 8, 7),
    dt.datetime(2026, 11, 1, 6),
    dt.datetime(2026, 4, 4, 15),
    dt.datetime(2026, 10, 3, 15, 30),
    dt.datetime(2026, 3, 8, 5),
    dt.datetime(2026, 3, 28, 22),
    dt.datetime(2011, 12, 30, 10),
    dt.datetime(1900, 1, 1),
    dt.datetime(2024, 2, 29, 12),
    dt.datetime(2026, 3, 31, 3),
)


@given(
    st.sampled_from(ZONES),
    st.sampled_from(SPANS),
    st.sampled_from(TURNS),
    st.sampled_from((0, 0, 1, 30, 31, 28, 90, 365)),
    st.integers(-3 * 86_400, 3 * 86_400),
    st.sampled_from((0, 1, 999_999)),
)
def test_a_piece_leads_back_as_the_calendar_does(
    zone: str, span: str, turn: dt.datetime, days: int, seconds: int, micro: int
) -> None:
    """Every instant lies in exactly one piece of its UTC day, and that leads back to where the calendar does."""
    moment = turn + dt.timedelta(days=days, seconds=seconds, microseconds=micro)
    moment = max(moment, dt.datetime(1900, 1, 1))
    length, where = CalendarSpan.parse(span), ZoneInfo(zone)
    (piece,) = [one for one in pieces([moment.date()], length, where) if one.first <= moment < one.end]
    found = piece.fixed if piece.back is None else moment - piece.back

    assert begun(moment, length, where) == found


@pytest.mark.parametrize("zone", ZONES)
def test_few_pieces_do(zone: str) -> None:
    """A year of days is told in a few pieces a day."""
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=number) for number in range(365)]

    assert len(pieces(days, CalendarSpan.parse("30 days"), ZoneInfo(zone))) < 1_200
