"""Filling a request from a directory adds what was so at that time, and believes nobody whom it contradicts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from alpr_policy import read_request
from alpr_policy.durations import end_of_day, instant, start_of_day
from alpr_policy.model.directory import Directory
from alpr_policy.model.request import Request
from alpr_policy.questions.filling import fill
from alpr_policy.reading.directory import directory_to_wire, read_directory_data

ROLES, PEOPLE = ("chief", "sergeant", "clerk"), ("p-1", "p-2", "p-3")
DAYS = [dt.date(2026, 3, 6) + dt.timedelta(days=number) for number in range(6)]  # the clocks change on the third
moments = st.one_of(
    st.sampled_from(DAYS).map(dt.date.isoformat),
    st.builds(lambda day, hour: f"{day}T{hour:02}:30:00-05:00", st.sampled_from(DAYS), st.integers(0, 23)),
)
Raw = dict[str, Any]


def ordered(period: Raw) -> Raw:
    """Turn a period round that ends before it begins."""
    if {"from", "until"} <= period.keys() and first(period["from"]) > last(period["until"]):
        return {**period, "from": period["until"], "until": period["from"]}
    return period


def first(moment: str) -> dt.datetime:
    """Return the first instant of a moment."""
    day = dt.date.fromisoformat(moment[:10])
    return instant(dt.datetime.fromisoformat(moment) if "T" in moment else start_of_day(day, ZONE))


def last(moment: str) -> dt.datetime:
    """Return the last second of a moment."""
    day = dt.date.fromisoformat(moment[:10])
    return instant(dt.datetime.fromisoformat(moment) if "T" in moment else end_of_day(day, ZONE))


ZONE = read_directory_data({"directory": 1, "timezone": "America/New_York", "persons": []}).zone
ends = st.fixed_dictionaries({}, optional={"from": moments, "until": moments})
holdings = st.builds(
    lambda period, role, capacity: ordered({**period, "role": role, "capacity": capacity}),
    ends,
    st.sampled_from(ROLES),
    st.sampled_from(("holder", "designee", "acting")),
)
people = st.fixed_dictionaries(
    {},
    optional={
        "agency": st.sampled_from(("own", "federal")),
        "sworn": st.one_of(st.booleans(), st.lists(ends.map(ordered), max_size=2)),
        "roles": st.lists(holdings, max_size=3),
        "designated": st.one_of(st.none(), moments),
        "training": st.lists(st.fixed_dictionaries({"completed": moments}, optional={"expires": moments}), max_size=3),
    },
)
absences = st.lists(
    st.builds(
        lambda period, who: ordered({**period, **who}),
        ends,
        st.one_of(
            st.fixed_dictionaries({"person": st.sampled_from(PEOPLE)}),
            st.fixed_dictionaries({"role": st.sampled_from(ROLES)}),
        ),
    ),
    max_size=3,
)


@st.composite
def directories(draw: st.DrawFn) -> Directory:
    """Draw a directory of three persons."""
    persons = [{**draw(people), "id": name} for name in PEOPLE]
    data: Raw = {"directory": 1, "timezone": "America/New_York", "persons": persons}
    return read_directory_data(data | ({"absences": draw(absences)} if draw(st.booleans()) else {}))


facts = st.fixed_dictionaries(
    {},
    optional={
        "requester.id": st.sampled_from((*PEOPLE, "p-9")),
        "requester.sworn": st.sampled_from((True, False, "unknown", "withheld")),
        "requester.roles": st.lists(st.sampled_from(ROLES), unique=True),
        "requester.trained_on": st.one_of(st.none(), moments),
        "requester.status": st.just("active"),
        "roles.absent": st.lists(st.sampled_from(ROLES), unique=True),
        "purpose": st.just("personal"),
    },
)
records = st.lists(
    st.fixed_dictionaries(
        {"topic": st.just("search.run"), "decision": st.sampled_from(("granted", "refused"))},
        optional={
            "by": st.sampled_from((*PEOPLE, "p-9")),
            "role": st.sampled_from(ROLES),
            "capacity": st.sampled_from(("holder", "designee")),
            "at": moments,
        },
    ),
    max_size=3,
)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Draw a request that names some of these persons."""
    hour = draw(st.integers(0, 23))
    at = f"{draw(st.sampled_from(DAYS))}T{hour:02}:15:00-05:00"
    return read_request({"action": "search.run", "at": at, "facts": draw(facts), "approvals": draw(records)})


def covers(period: Raw, at: dt.datetime) -> bool:
    """Say whether a period as written covers an instant."""
    began = "from" not in period or first(period["from"]) <= at
    return began and ("until" not in period or at <= last(period["until"]))


law = settings(max_examples=150)


@law
@given(directories(), requests())
def test_filling_states_what_was_so(directory: Directory, request: Request) -> None:
    """What is filled of a person is what their entries say by themselves at the time of the act."""
    filled = fill(directory, request)
    at, written = instant(request.at), directory_to_wire(directory)
    persons = {one["id"]: one for one in written["persons"]}
    person = persons.get(str(request.facts.get("requester.id")))

    for name in filled.sources:
        if name not in request.facts or request.facts[name] == "unknown":
            value = filled.request.facts.get(name)
            if name == "requester.sworn" and person is not None:
                told = person["sworn"]
                periods = told if isinstance(told, list) else [told]
                assert value is (told if isinstance(told, bool) else any(covers(one, at) for one in periods))
            if name == "requester.roles" and person is not None:
                held = {r["role"] for r in person["roles"] if r.get("capacity", "holder") == "holder" and covers(r, at)}
                assert sorted(held) == value
            if name == "roles.absent":
                assert sorted(absent(written, at)) == value


def absent(written: Raw, at: dt.datetime) -> set[str]:
    """Work out the absent roles role by role."""
    now = [one for one in written["absences"] if covers(one, at)]
    away = {one.get("person") for one in now}
    found = {one["role"] for one in now if "role" in one}
    for role in ROLES:
        holders = {
            person["id"]
            for person in written["persons"]
            for held in person["roles"]
            if held["role"] == role and held.get("capacity", "holder") == "holder" and covers(held, at)
        }
        found |= {role} if holders and holders <= away else set()
    return found


@law
@given(directories(), requests())
def test_filling_overrules_nobody_silently(directory: Directory, request: Request) -> None:
    """A fact that a caller states stays as it is or becomes a conflict that is reported; it is never replaced."""
    filled = fill(directory, request)
    told = {one.fact for one in filled.contradictions}

    for name, value in request.facts.items():
        here = filled.request.facts[name]
        conflict = isinstance(here, dict) and here["conflict"][0] == value
        assert here == value or value == "unknown" or (conflict and name in told)
        assert conflict is (name in told)


@law
@given(directories(), requests())
def test_filling_again_changes_nothing(directory: Directory, request: Request) -> None:
    """A request that is filled once more from the same directory stays as it is, and nothing more is reported."""
    once = fill(directory, request).request
    again = fill(directory, once)

    assert (once, ()) == (again.request, again.contradictions)


@law
@given(directories(), requests())
def test_nobody_is_filled_whom_nobody_knows(directory: Directory, request: Request) -> None:
    """Of a requester who is in no directory no fact is filled, and a record of a stranger stays as it is."""
    request = read_request(
        {
            "action": request.action,
            "at": request.at.isoformat(),
            "facts": {**request.facts, "requester.id": "p-9"},
            "approvals": [{"topic": "search.run", "decision": "granted", "by": "p-9"}],
        }
    )
    filled = fill(directory, request)

    assert filled.request.facts.keys() - request.facts.keys() <= {"roles.absent"}
    assert (request.approvals, ("p-9",)) == (filled.request.approvals, filled.strangers)
