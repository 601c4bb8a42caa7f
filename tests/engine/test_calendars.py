"""The calendar file of duties: what real calendar programs read, and the rules of RFC 5545 that they rely on."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from zoneinfo import ZoneInfo

import icalendar
import pytest
from tests.office_kit import FILES, at, doing, happening, harbour

from alpr_policy.model.past import Past
from alpr_policy.model.profile import Profile
from alpr_policy.questions.calendars import Entry, calendar_text, entries, escaped, folded, month_of
from alpr_policy.questions.duties import duties
from alpr_policy.reading.catalog import Catalog
from alpr_policy.reading.past import read_past_file, read_people_file

ZONE = ZoneInfo("America/New_York")
STAMP = at("2026-11-27T12:00:00-05:00")
ONCE = ("UID", "DTSTAMP", "DTSTART", "SUMMARY", "DESCRIPTION", "CLASS", "RRULE", "PRIORITY", "STATUS", "TRANSP")


def found(past: Past | None = None, when: dt.datetime = STAMP, profile: Profile | None = None) -> list[Entry]:
    """Return the entries of the small department."""
    text = profile or harbour()
    happened = past or read_past_file(FILES / "happened.yaml")[0]
    people = read_people_file(FILES / "persons.yaml", text.timezone)[0]
    return entries(text, duties(text, happened, when, people=people, devices=["reader-1"]), when)


def file_text() -> str:
    """Return the file of the small department."""
    return calendar_text(found(), name="Harbour; Police, Department", stamp=STAMP)


def test_a_calendar_program_reads_it() -> None:
    """A calendar program finds each entry with its day, its rule and its text as they were meant."""
    calendar = icalendar.Calendar.from_ical(file_text())
    events = {str(one["SUMMARY"]): one for one in calendar.walk("VEVENT")}
    audit = events["Hold an audit of access and hits"]

    assert "Harbour\\; Police\\, Department" == str(calendar["NAME"])  # which this reader leaves as it stands
    assert dt.date(2026, 11, 30) == audit["DTSTART"].dt
    assert {"FREQ": ["MONTHLY"], "INTERVAL": [1], "BYMONTHDAY": [-1]} == dict(audit["RRULE"])
    assert dt.date(2026, 1, 31) == events["Overdue: Hold an audit of access and hits"]["DTSTART"].dt
    assert (
        dt.datetime(2026, 11, 12, 14, tzinfo=dt.UTC)
        == events["Overdue: Update the entry (entry entry-8)"]["DTSTART"].dt
    )
    assert ["Tell the users"] == [str(one["SUMMARY"]) for one in calendar.walk("VTODO")]
    assert str(audit["DESCRIPTION"]).startswith(
        "Owed by the Records Lieutenant or whoever is acting in the office.\nUnder 5.a"
    )


def test_rules_of_the_format() -> None:
    """Lines end in CRLF and have at most 75 octets; components close in order; what may stand once stands once."""
    text = file_text()
    lines = text.removesuffix("\r\n").split("\r\n")
    unfolded = text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
    open_now: list[str] = []
    for line in unfolded:
        name, _, value = line.partition(":")
        if name == "BEGIN":
            open_now.append(value)
        elif name == "END":
            assert value == open_now.pop()

    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert [] == [line for line in lines if len(line.encode()) > 75]
    assert [] == open_now
    assert [] == [line for line in unfolded if not re.match(r"[A-Z-]+(;[A-Z]+=[^:;]+)*:", line)]
    for part in re.findall(r"BEGIN:VEVENT\n(.*?)END:VEVENT", "\n".join(unfolded), re.DOTALL):
        names = [re.split("[;:]", line)[0] for line in part.splitlines()]
        assert [1, 1, 1] == [names.count(name) for name in ("UID", "DTSTAMP", "DTSTART")]
        assert [] == [name for name in ONCE if names.count(name) > 1]


def test_the_same_duty_and_window_has_the_same_id() -> None:
    """An entry keeps its id from file to file, a repeating one even when its window has passed; no two share one."""
    now, later = found(), found(when=at("2026-12-05T12:00:00-05:00"))
    repeating = {one.line.duty: one.uid for one in now if one.repeat}
    ids = [one.uid for one in now]

    assert file_text() == file_text()
    assert len(set(ids)) == len(ids)
    assert repeating == {one.line.duty: one.uid for one in later if one.repeat}
    assert {one.uid for one in now if one.overdue} <= {one.uid for one in later}


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("on_date: '02-29'", "FREQ=YEARLY;INTERVAL=1;BYMONTH=2;BYMONTHDAY=-1"),
        ("on_date: '07-01'", "FREQ=YEARLY;INTERVAL=1;BYMONTH=7;BYMONTHDAY=1"),
        ("every: 1 quarter, counted: calendar", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1"),
        ("every: 2 years, counted: calendar", "FREQ=YEARLY;INTERVAL=2;BYMONTH=12;BYMONTHDAY=-1"),
        ("every: 2 weeks, counted: calendar", "FREQ=WEEKLY;INTERVAL=2"),
        ("every: 10 days, counted: calendar", "FREQ=DAILY;INTERVAL=10"),
        ("every: 1 month", ""),
    ],
)
def test_what_recurs_by_the_calendar_repeats(every: str, expected: str) -> None:
    """A schedule that is plain calendar recurrence is one repeating entry, and any other a single one."""
    from alpr_policy import parse_profile

    profile = parse_profile(
        'language: 1\nprofile: one\ndepartment: One\npolicy: {title: O, number: "1", effective: 2026-01-01}\n'
        "timezone: America/New_York\nsilence: allow\noutline: ['1']\n"
        f"duties: [{{id: d, cite: '1', task: audit, {every}}}]\n"
    )
    when = at("2026-01-02T12:00:00-05:00")
    rules = [one.repeat.rule if one.repeat else "" for one in found(Past(events=()), when, profile)]

    assert [expected] == rules


def test_what_a_text_asks_ends_with_it() -> None:
    """An entry repeats until the last day of its policy, and no longer."""
    profile = harbour()
    ending = dataclasses.replace(profile, policy=dataclasses.replace(profile.policy, until=dt.date(2027, 1, 15)))
    (audit,) = [one for one in found(profile=ending) if one.repeat and one.line.duty == "audit"]
    assert audit.repeat is not None

    assert "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=-1;UNTIL=20270115" == audit.repeat.rule
    assert [11, 12] == [day.month for day in audit.days(dt.date(2026, 11, 1), dt.date(2027, 12, 31), ZONE)]


@pytest.mark.parametrize(
    ("firsts", "until", "expected"),
    [
        (("2026-01-01",), "", None),
        (("2026-01-01", "2027-03-01"), "", "2027-02-28"),
        (("2026-01-01", "2027-03-01"), "2027-01-15", "2027-01-15"),
        (("2025-01-01", "2026-01-01"), "", None),
        (("2026-01-01", "2028-01-01", "2027-03-01"), "", "2027-02-28"),
    ],
)
def test_a_text_ends_when_another_takes_over(firsts: tuple[str, ...], until: str, expected: str | None) -> None:
    """Entries repeat until the day before a later version begins, or the text's own last day if that comes sooner."""
    texts = [replaced(harbour(), first, until if first == "2026-01-01" else "") for first in firsts]
    catalog = Catalog({"harbour": tuple(sorted(texts, key=lambda one: str(one.first_day)))})
    (text,) = [one for one in texts if one.first_day == dt.date(2026, 1, 1)]
    lines = duties(text, Past(events=()), STAMP)
    ends = {one.repeat.until for one in entries(text, lines, STAMP, last=catalog.last_day(text)) if one.repeat}

    assert {dt.date.fromisoformat(expected) if expected else None} == ends


def replaced(profile: Profile, first: str, until: str) -> Profile:
    """Return a text with another first and last day."""
    ends = dt.date.fromisoformat(until) if until else None
    policy = dataclasses.replace(profile.policy, effective=dt.date.fromisoformat(first), until=ends)
    return dataclasses.replace(profile, policy=policy)


def test_a_month() -> None:
    """A month shows each entry on its days, what is overdue on the day it was due."""
    november = month_of(found(), dt.date(2026, 11, 1), dt.date(2026, 11, 30), ZONE)
    told = {day.day: sorted(one.line.duty for one in several) for day, several in november.items()}

    assert {12: ["spent"], 20: ["tell"], 29: ["aim"], 30: ["audit"]} == told


def test_what_has_no_date_is_in_no_calendar() -> None:
    """A duty whose period nobody has set is in no calendar."""
    assert [] == [one for one in found() if one.line.duty == "look"]


def test_a_deadline_is_an_instant() -> None:
    """A deadline that is no end of a day keeps its time, in UTC."""
    past = Past(
        events=(happening("shift_started", "2026-11-27T11:50:00-05:00", "reader-1"),), doings=(doing("x", None),)
    )
    (one,) = [one for one in found(past) if one.line.duty == "list-of-the-shift"]

    assert dt.datetime(2026, 11, 27, 17, 20, tzinfo=dt.UTC) == one.due


def test_texts_are_escaped_and_folded() -> None:
    """Signs with a meaning in the format are escaped, control characters go, and no letter is torn in folding."""
    assert "a\\, b\\; c\\\\ d\\n e f" == escaped("a, b; c\\ d\n e\x07f")
    assert ["x" * 74, " ü"] == folded("x" * 74 + "ü").split("\r\n")
