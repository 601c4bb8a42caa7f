"""Duties of a profile: their statements put to the calendar, with parameters, bare dates and several events."""

from __future__ import annotations

import datetime as dt

import pytest

from alpr_policy import parse_profile
from alpr_policy.durations import parse_moment
from alpr_policy.model.request import EventRecord
from alpr_policy.questions.schedule import duty_named, duty_state, next_date

PROFILE = """
language: 1
profile: town
department: Example
policy: {title: Readers, number: "1", effective: 2026-01-01}
timezone: America/New_York
silence: allow
parameters:
  open_interval: {type: span, value: null, cite: "1"}
  set_interval: {type: span, value: 1 month, cite: "1"}
  open_deadline: {type: span, value: null, cite: "1"}
duties:
  - {id: open, cite: "2", task: audit, every: {parameter: open_interval}}
  - {id: filled, cite: "3", task: audit, every: {parameter: set_interval}, counted: calendar}
  - {id: rolling, cite: "4", task: audit, every: 1 month}
  - {id: yearly, cite: "5", task: policy_review, on_date: "07-01", early: 1 month}
  - {id: either, cite: "6", task: tell_users, after: [law_changed, system_changed], within: 3 days}
  - {id: acts, cite: "7", task: log_transaction, after: search.run, within: at_once}
  - {id: undated, cite: "8", task: report, after: misuse_found, within: {parameter: open_deadline}}
  - {id: ordered, cite: "9", task: audit, after: audit_ordered, within: as_ordered}
outline: ["1", "2", "3", "4", "5", "6", "7", "8", "9"]
"""


def moment(text: str) -> dt.datetime | dt.date:
    """Read a time or a day."""
    return parse_moment(text)


@pytest.mark.parametrize(
    ("task", "cite", "events", "done", "at", "expected"),
    [
        pytest.param("audit", "2", [], [], "2026-05-04T10:00:00-04:00", "undetermined", id="an interval nobody set"),
        pytest.param("audit", "3", [], ["2026-01-31"], "2026-02-28T23:59:59-05:00", "due", id="a filled interval"),
        pytest.param("audit", "3", [], ["2026-01-31"], "2026-03-01T00:00:00-05:00", "overdue", id="a month missed"),
        pytest.param("audit", "4", [], ["2026-03-10"], "2026-04-10T09:00:00-04:00", "due", id="on the day itself"),
        pytest.param("audit", "4", [], ["2026-03-10"], "2026-04-09T23:59:59-04:00", "not_due", id="the day before"),
        pytest.param("audit", "4", [], ["2026-03-10"], "2026-04-11T00:00:00-04:00", "overdue", id="the day after"),
        pytest.param("policy_review", "5", [], ["2026-06-01"], "2026-07-01T09:00:00-04:00", "not_due", id="done early"),
        pytest.param("policy_review", "5", [], ["2026-05-31"], "2026-07-01T09:00:00-04:00", "due", id="done too early"),
        pytest.param(
            "tell_users",
            "6",
            [("system_changed", "2026-05-01T09:00:00-04:00")],
            [],
            "2026-05-02T09:00:00-04:00",
            "due",
            id="the second of two events",
        ),
        pytest.param(
            "tell_users",
            "6",
            [("law_changed", "2026-05-01T09:00:00-04:00")],
            ["2026-05-01"],
            "2026-05-02T09:00:00-04:00",
            "not_due",
            id="done some time on the same day",
        ),
        pytest.param(
            "tell_users", "6", [("law_changed", "2026-05-01")], ["2026-05-01"], "2026-05-01T09:00:00-04:00", "not_due",
            id="both known by their day, and it is today",
        ),
        pytest.param(
            "tell_users", "6", [("law_changed", "2026-05-01")], [], "2026-05-04T23:59:59-04:00", "due",
            id="three days from the end of the event's day",
        ),
        pytest.param(
            "tell_users", "6", [("law_changed", "2026-05-01")], [], "2026-05-05T00:00:00-04:00", "overdue",
            id="three days and a second",
        ),
        pytest.param(
            "tell_users", "6", [("case_closed", "2026-05-01")], [], "2026-05-05T00:00:00-04:00", "not_due",
            id="an event of another name",
        ),
        pytest.param("tell_users", "6", None, [], "2026-05-05T00:00:00-04:00", "undetermined", id="events unknown"),
        pytest.param("audit", "4", None, [], "2026-01-15T00:00:00-05:00", "not_due", id="events not needed"),
        pytest.param(
            "log_transaction", "7", [("search.run", "2026-05-01T09:00:00-04:00")], [], "2026-05-01T09:00:01-04:00",
            "overdue", id="at once is at once",
        ),
        pytest.param(
            "report", "8", [("misuse_found", "2026-05-01T09:00:00-04:00")], [], "2027-05-01T09:00:00-04:00",
            "undetermined", id="a deadline nobody set",
        ),
    ],
)  # fmt: skip
def test_duty_stands(
    task: str,
    cite: str,
    events: list[tuple[str, str]] | None,
    done: list[str],
    at: str,
    expected: str,
) -> None:
    """A duty stands where its statement, its parameters and what is known put it."""
    profile = parse_profile(PROFILE)
    duty = duty_named(profile, task, cite)
    assert duty is not None
    happened = None if events is None else [EventRecord(event=name, at=moment(when)) for name, when in events]
    now = moment(at)
    assert isinstance(now, dt.datetime)

    assert expected == duty_state(profile, duty, happened, [moment(day) for day in done], now).standing


def test_order_may_name_the_day() -> None:
    """A duty done as ordered is late only after the day that the order names."""
    profile = parse_profile(PROFILE)
    duty = duty_named(profile, "audit", "9")
    assert duty is not None
    ordered = EventRecord(event="audit_ordered", at=dt.date(2026, 5, 1), ends=dt.date(2026, 5, 10))
    standings = [
        duty_state(profile, duty, [ordered], [], dt.datetime.fromisoformat(at)).standing
        for at in ("2026-05-10T23:59:59-04:00", "2026-05-11T00:00:00-04:00")
    ]

    assert ["due", "overdue"] == standings


def test_why_names_the_parameter() -> None:
    """Where a parameter is open the reason says which one."""
    profile = parse_profile(PROFILE)
    duty = duty_named(profile, "report", "8")
    assert duty is not None
    event = EventRecord(event="misuse_found", at=dt.date(2026, 5, 1))
    state = duty_state(profile, duty, [event], [], dt.datetime.fromisoformat("2026-06-01T00:00:00-04:00"))

    assert "the deadline `open_deadline` has not been set" == state.why


@pytest.mark.parametrize(
    ("task", "cite", "done", "expected"),
    [
        ("audit", "4", "2026-03-10T09:00:00-04:00", ("2026-04-10", "2026-04-10")),
        ("audit", "3", "2026-03-10T09:00:00-04:00", ("2026-04-01", "2026-04-30")),
        ("audit", "2", "2026-03-10T09:00:00-04:00", None),
        ("report", "8", "2026-03-10T09:00:00-04:00", None),
    ],
)
def test_the_next_date_of_a_duty(task: str, cite: str, done: str, expected: tuple[str, str] | None) -> None:
    """The next window in which doing a duty is in time is told; nothing is told where nothing is set."""
    profile = parse_profile(PROFILE)
    duty = duty_named(profile, task, cite)
    at = moment("2026-03-20T12:00:00-04:00")
    assert duty is not None
    assert isinstance(at, dt.datetime)
    window = next_date(profile, duty, [], [moment(done)], at)
    zone = dt.timezone(dt.timedelta(hours=-4))
    days = window and tuple(one and one.astimezone(zone).date().isoformat() for one in (window.due_from, window.due_by))

    assert expected == days
