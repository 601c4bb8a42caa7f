"""What is to become of stored records: the edges of the calendar, holds over time, plans and outlooks."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tests.laws.rewriting import text_of

from alpr_policy import PolicyDecisionPoint
from alpr_policy.durations import CalendarSpan
from alpr_policy.model.request import HoldRecord
from alpr_policy.model.statements import Retention
from alpr_policy.questions.disposal import Course, StoredRecord, stored
from alpr_policy.questions.disposal_groups import Disposal
from alpr_policy.questions.holds import (
    HoldsError,
    LegalHold,
    due_for_review,
    goes_on,
    holds_to_wire,
    place,
    read_holds,
    release,
    review,
)
from alpr_policy.questions.retention_plan import Plan, Survey
from alpr_policy.source import SourceFile

PDP = PolicyDecisionPoint.load()
NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
TICK = dt.timedelta(microseconds=1)
BULK = {"data.custodian": "vendor", "data.classes": ["read", "bulk"]}


def moment(text: str) -> dt.datetime:
    """Read an instant."""
    return dt.datetime.fromisoformat(text)


def spelled(facts: dict[str, Any], at: str, until: str, department: str = "cambridge", holds: Any = ()) -> list[str]:
    """Return the outlook of a record: each course with the instant from which it holds."""
    disposal = Disposal(PDP, department, at=moment(at), until=moment(until), holds=holds)
    found = disposal.outlook(stored("1", facts))
    return [f"{one.stand.course} {one.at.astimezone(disposal.zone).isoformat()}" for one in found]


EDGES = [
    # Fourteen and thirty days to the hour; the very ends lawful both ways.
    (
        "cambridge",
        "2026-01-01T10:00:00-05:00",
        ["2026-01-15T10:00:00-05:00", "2026-01-31T10:00:00.000001-05:00"],
    ),
    # Over the night in which clocks go forward the wall clock counts, and so they do back.
    (
        "cambridge",
        "2026-02-28T02:30:00-05:00",
        ["2026-03-14T02:30:00-04:00", "2026-03-30T02:30:00.000001-04:00"],
    ),
    (
        "cambridge",
        "2026-10-18T01:30:00-04:00",
        ["2026-11-01T01:30:00-04:00", "2026-11-17T01:30:00.000001-05:00"],
    ),
    # A wall time that does not exist on the last day is the first that does.
    ("cambridge", "2026-02-22T02:30:00-05:00", ["2026-03-08T03:00:00-04:00", "2026-03-24T02:30:00.000001-04:00"]),
    # A leap day's year is over on the 28th.
    (
        "leicester",
        "2028-02-29T12:00:00-05:00",
        ["2029-02-28T12:00:00-05:00", "2029-02-28T12:00:00.000001-05:00"],
    ),
    # Whole days count from the end of the day.
    (
        "billerica",
        "2026-04-01T10:00:00-04:00",
        ["2026-05-01T23:59:59-04:00", "2026-05-01T23:59:59.000001-04:00"],
    ),
]


@pytest.mark.parametrize(("department", "captured", "edges"), EDGES)
def test_edges_of_the_calendar(department: str, captured: str, edges: list[str]) -> None:
    """The end of a floor and that of a ceiling fall where the calendar puts them, to the microsecond."""
    custodian = "department" if department == "leicester" else "vendor"
    nothing = {"record.evidence": "none", "record.demand": "none", "record.acted_on": False, "record.case": "none"}
    facts = {**BULK, **nothing, "record.links": [], "data.custodian": custodian, "record.captured": captured}
    found = spelled(facts, captured, "2029-12-31T00:00:00-05:00", department)

    assert [f"may_go {edges[0]}", f"must_go {edges[1]}"] == found[1:]
    assert found[0].startswith("must_stay ")


def test_two_copies_have_two_clocks() -> None:
    """The vendor's copy and the department's own are two records, each with its place, its clock and its clause."""
    disposal = Disposal(PDP, "cambridge", at=NOON, until=NOON + dt.timedelta(days=40), holds=())
    captured = {"record.captured": "2026-05-03T12:00:00Z"}
    survey = Survey(disposal)
    survey.add("vendor", [stored("1", {**BULK, **captured})])
    survey.add("here", [stored("1", {**BULK, **captured, "data.custodian": "department"})])
    found = [(line.custodian, str(line.stand.course), line.stand.cite) for line in survey.plan().lines]

    assert [("department", "must_go", ("III.I", "IV.F.1-s1")), ("vendor", "must_stay", ("III.I", "IV.F.1-s2"))] == found


def test_records_of_a_day_are_one_question() -> None:
    """A thousand records of one kind on one day are asked about no more often than one of them."""
    start = dt.datetime(2026, 4, 30, 6, tzinfo=dt.UTC)
    many = [StoredRecord(str(n), BULK, {"record.captured": start + dt.timedelta(minutes=n)}) for n in range(1_000)]
    counts = []
    for records in (many, many[:1]):
        disposal = Disposal(PDP, "cambridge", at=NOON, until=NOON + dt.timedelta(days=40), holds=())
        bundles = list(disposal.bundles(records))
        counts.append((len(bundles), disposal.asked))

    assert [(1, 3), (1, 3)] == counts


def test_a_day_that_a_span_of_hours_cuts_is_not_one() -> None:
    """Where a span of hours ends on two local days, the records of one day are told day by day."""
    profile = PDP.catalog.latest("leicester")
    rule = Retention(id="hours", cite=("V-s1",), data=("read",), at_most=CalendarSpan.parse("36 hours"))
    text = text_of(profile_with(profile, rule), PDP.catalog)
    at = moment("2026-05-04T00:30:00-04:00")
    disposal = Disposal(text.pdp, "leicester", at=at, until=at + dt.timedelta(days=9), holds=())
    facts = {"data.custodian": "department", "data.classes": ["read"]}
    clocks = [at + dt.timedelta(hours=hours) for hours in (8, 9, 13, 14)]
    survey = Survey(disposal)
    survey.add("s", [StoredRecord(str(n), facts, {"record.captured": one}) for n, one in enumerate(clocks)])

    assert [("2026-05-05", 2), ("2026-05-06", 2)] == [(str(d.day), d.count) for d in survey.plan().due]


def profile_with(profile: Any, rule: Retention) -> Any:
    """Return a profile with one retention statement alone."""
    import dataclasses

    return dataclasses.replace(profile, retention=(rule,), holds=(), floor=None)


def test_a_hold_ends_and_the_record_goes() -> None:
    """What a hold keeps past its ceiling must go from the instant at which the hold ends."""
    facts = {**BULK, "record.captured": "2026-03-01T12:00:00Z", "record.evidence": "none", "record.demand": "none"}
    facts |= {"record.acted_on": False, "record.links": [], "record.case": "none"}
    hold = HoldRecord(basis="discovery", by="c", placed=NOON - dt.timedelta(days=50), ends=NOON + dt.timedelta(days=2))
    found = spelled(facts, NOON.isoformat(), (NOON + dt.timedelta(days=9)).isoformat(), "billerica", (hold,))

    assert ["held", "must_go"] == [one.partition(" ")[0] for one in found]
    assert "2026-05-06T08:00:00" == found[1].partition(" ")[2][:19]


def test_no_policy_before_its_first_day() -> None:
    """Before a department's text is in force nothing may go, and from its first day on it decides."""
    facts = {**BULK, "record.captured": "2025-01-01T00:00:00Z"}
    first = PDP.catalog.latest("cambridge").first_day
    assert first is not None
    at = dt.datetime.combine(first, dt.time(), dt.UTC) - dt.timedelta(days=1)
    found = spelled(facts, at.isoformat(), (at + dt.timedelta(days=3)).isoformat())

    assert ["no_policy", "must_go"] == [one.partition(" ")[0] for one in found]
    assert f"{first}T00:00:00" == found[1].partition(" ")[2][:19]


@pytest.fixture(scope="module")
def year() -> Plan:
    """Return a plan over a leap day and both changes of the clock, with a read at each noon and midnight."""
    at = moment("2028-01-01T00:00:00-05:00")
    disposal = Disposal(PDP, "cambridge", at=at, until=at + dt.timedelta(days=400), holds=())
    start = moment("2027-12-01T00:00:00-05:00")
    survey = Survey(disposal)
    ticks = [start + dt.timedelta(hours=12 * n) for n in range(2 * 366)]
    survey.add("s", [StoredRecord(str(n), BULK, {"record.captured": one}) for n, one in enumerate(ticks)])
    return survey.plan()


def test_an_outlook_loses_nobody(year: Plan) -> None:
    """On every day what is there and what went is all there was, and each day of the calendar stands once."""
    gone = 0
    days = [one.day for one in year.volumes]
    for one in year.volumes:
        gone += one.purged
        assert year.records == one.kept + one.held + one.unclear + gone

    assert [days[0] + dt.timedelta(days=n) for n in range(401)] == days
    assert dt.date(2028, 2, 29) in days
    assert year.records == gone


def test_an_outlook_says_what_each_day_says(year: Plan) -> None:
    """The volume of a day is what a plan as of its last second finds."""
    for day in ("2028-02-28", "2028-02-29", "2028-03-12", "2028-11-05"):
        at = moment(f"{day}T23:59:59-05:00" if day[5:] < "03-12" or day[5:] >= "11-05" else f"{day}T23:59:59-04:00")
        disposal = Disposal(PDP, "cambridge", at=at, until=at, holds=())
        start = moment("2027-12-01T00:00:00-05:00")
        ticks = [start + dt.timedelta(hours=12 * n) for n in range(2 * 366)]
        survey = Survey(disposal)
        survey.add("s", [StoredRecord(str(n), BULK, {"record.captured": one}) for n, one in enumerate(ticks)])
        there = year.records - survey.plan().count(Course.MUST_GO)

        assert there == next(one.kept + one.unclear for one in year.volumes if str(one.day) == day)


# Holds

HOLDS = """\
holds:
  - {id: letter-7, basis: direction, by: chief-1, role: agency_head, placed: 2026-05-01T10:00:00-04:00,
     scope: {case.number: "C-1", data.classes: [read, alert]}, why: a letter, review: 2026-06-01}
"""


def test_holds_are_read_and_written() -> None:
    """A file of holds is read, and written again it is the same."""
    import json

    (hold,) = holds = read_holds(SourceFile("holds.yaml", HOLDS))

    assert holds == read_holds(SourceFile("holds.json", json.dumps(holds_to_wire(holds))))
    record = hold.record()
    assert ("direction", "chief-1", "agency_head") == (record.basis, record.by, record.role)
    assert {"case.number": "C-1", "data.classes": ("read", "alert")} == record.scope


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("placed: 2026-05-01T10:00:00-04:00", "placed: soon", "hold-moment"),
        ("by: chief-1, ", "", "missing-key"),
        ("review: 2026-06-01", "reveiw: 2026-06-01", "unknown-key"),
        ("review: 2026-06-01", "review: 2026-06-01T10:00:00Z", "wrong-type"),
        ("holds:\n", "holds:\n  - {id: letter-7, basis: b, by: c, role: d, placed: 2026-01-01}\n", "hold-exists"),
    ],
)
def test_a_hold_that_cannot_be_read_refuses_the_file(old: str, new: str, code: str) -> None:
    """One bad hold refuses the whole file, since it might be the one that matters."""
    with pytest.raises(HoldsError) as refused:
        read_holds(SourceFile("holds.yaml", HOLDS.replace(old, new)))

    assert [code] == [d.code for d in refused.value.diagnostics]


def test_a_hold_is_placed_reviewed_and_released() -> None:
    """A hold goes on until it is released, a review moves its day, and each change says what to write down."""
    (hold,) = read_holds(SourceFile("holds.yaml", HOLDS))
    placed = place((), hold, NOON)
    june = dt.datetime(2026, 6, 2, tzinfo=dt.UTC)
    due = due_for_review(placed.holds, june)
    reviewed = review(placed.holds, "letter-7", at=june, by="chief-1", again=dt.date(2026, 9, 1))
    released = release(reviewed.holds, "letter-7", at=june + TICK, by="chief-2")

    assert (hold,) == due
    assert () == due_for_review(reviewed.holds, june)
    assert ["hold_placed", "hold_reviewed", "hold_released"] == [c.event for c in (placed, reviewed, released)]
    assert "chief-2" == released.to_wire()["hold"]["released_by"]
    assert (True, False) == (goes_on(reviewed.hold, june), goes_on(released.hold, june + TICK))
    assert june + TICK == released.hold.record().ends


@pytest.mark.parametrize(
    ("code", "work"),
    [
        ("hold-exists", lambda holds: place(holds, holds[0], NOON)),
        ("hold-unknown", lambda holds: release(holds, "leter-7", at=NOON, by="x")),
        (
            "hold-over",
            lambda holds: release(release(holds, "letter-7", at=NOON, by="x").holds, "letter-7", at=NOON, by="x"),
        ),
        ("hold-time", lambda holds: review(holds, "letter-7", at=NOON - dt.timedelta(days=9), by="x", again=None)),
        ("hold-time", lambda holds: place((), holds[0], NOON - dt.timedelta(days=9))),
    ],
)
def test_a_hold_that_cannot_be_changed(code: str, work: Any) -> None:
    """What cannot be done with a hold is refused, by its code."""
    with pytest.raises(HoldsError) as refused:
        work(read_holds(SourceFile("holds.yaml", HOLDS)))

    assert [code] == [d.code for d in refused.value.diagnostics]


def test_a_scope_keeps_what_it_names_and_what_nobody_knows() -> None:
    """A hold on one case keeps its records and those of which nobody says to which case they belong, and no others."""
    hold = LegalHold(
        id="h", basis="discovery", by="c", role="r", placed=dt.date(2026, 1, 1), scope={"case.number": "C-1"}
    )
    facts = {**BULK, "record.captured": "2026-03-01T12:00:00Z", "record.evidence": "none", "record.demand": "none"}
    facts |= {"record.acted_on": False, "record.links": [], "record.case": "none"}
    disposal = Disposal(PDP, "billerica", at=NOON, until=NOON, holds=(hold.record(),))
    cases = {"C-1": {"case.number": "C-1"}, "C-2": {"case.number": "C-2"}, "none": {"case.number": None}, "unknown": {}}
    found = {name: str(disposal.stand(stored(name, {**facts, **case})).course) for name, case in cases.items()}

    assert {"C-1": "held", "C-2": "must_go", "none": "must_go", "unknown": "unknown"} == found
