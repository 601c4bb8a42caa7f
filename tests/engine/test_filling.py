"""A request is filled with what a directory says, and what contradicts it is not known."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from tests.engine.directory_kit import TOWN, town

from alpr_policy import read_request
from alpr_policy.questions.filling import Filled, fill

AT = "2026-05-04T12:00:00-04:00"


def filled(action: str = "search.run", at: str = AT, facts: dict[str, Any] | None = None, **lists: Any) -> Filled:
    """Fill a request from the town's directory."""
    return fill(town(), read_request({"action": action, "at": at, "facts": facts or {}, **lists}))


def test_the_requester_is_filled_as_of_the_act() -> None:
    """Every fact of the requester is the one of that instant, with the place from which it came."""
    found = filled(facts={"requester.id": "p-1"})

    expected = {
        "requester.id": "p-1",
        "requester.agency": "own",
        "agency.status": "active",
        "requester.roles": ["chief"],
        "requester.designee_of": [],
        "requester.acting_as": [],
        "requester.sworn": True,
        "requester.supervisor": True,
        "requester.on_duty": False,
        "requester.status": "suspended",
        "requester.designated_on": "2025-12-01",
        "requester.trained_on": "2026-01-09",
        "roles.absent": ["chief", "registrar"],
    }
    assert expected == found.request.facts
    assert expected.keys() - {"requester.id"} == found.sources.keys()
    assert ((), ()) == (found.contradictions, found.strangers)
    assert "<directory>" == found.sources["roles.absent"]


@pytest.mark.parametrize(
    ("at", "fact", "value"),
    [
        ("2026-05-11T12:00:00-04:00", "requester.status", "active"),
        ("2025-12-31T12:00:00-05:00", "requester.supervisor", False),
        ("2025-12-31T12:00:00-05:00", "requester.roles", []),
        ("2026-01-08T12:00:00-05:00", "requester.trained_on", "2024-01-10"),
        ("2023-01-08T12:00:00-05:00", "requester.trained_on", None),
        # A training of that very day may still lie ahead, so an earlier one speaks.
        ("2026-01-09T12:00:00-05:00", "requester.trained_on", "2024-01-10"),
        ("2024-01-10T12:00:00-05:00", "requester.trained_on", "2024-01-10"),
        ("2026-07-01T12:00:00-04:00", "roles.absent", ["registrar"]),
    ],
)
def test_other_times_give_other_facts(at: str, fact: str, value: Any) -> None:
    """What changed before or after the act does not count for it."""
    assert value == filled(at=at, facts={"requester.id": "p-1"}).request.facts[fact]


def test_grantee_and_appointee() -> None:
    """Who gets access and who is appointed are filled on the acts to which they belong, and nowhere else."""
    granted = filled("access.grant", facts={"grantee.id": "p-1"}).request.facts
    assert {
        "grantee.id": "p-1",
        "grantee.agency": "own",
        "grantee.kind": "member",
        "grantee.sworn": True,
        "grantee.designated_on": "2025-12-01",
        "grantee.trained_on": "2026-01-09",
        "grantee.training_covers": ["equipment", "policy"],
        "roles.absent": ["chief", "registrar"],
    } == granted
    appointed = filled("role.assign", facts={"appointee.id": "p-1"}).request.facts
    assert (True, False) == (appointed["appointee.employee"], appointed["appointee.command_post"])
    assert {"grantee.id": "p-1", "roles.absent": ["chief", "registrar"]} == filled(
        facts={"grantee.id": "p-1"}
    ).request.facts


def test_a_machine_has_no_requester() -> None:
    """On an act of a machine nothing of persons is filled."""
    assert {"requester.id": "p-1"} == filled("read.capture", facts={"requester.id": "p-1"}).request.facts


def test_somebody_in_no_directory_gets_no_facts() -> None:
    """Of a person whom the directory does not know nothing is said, and the id is reported."""
    found = filled(facts={"requester.id": "p-99", "requester.sworn": True})

    assert {
        "requester.id": "p-99",
        "requester.sworn": True,
        "roles.absent": ["chief", "registrar"],
    } == found.request.facts
    assert ("p-99",) == found.strangers


def test_never_is_null_and_not_told_is_absent() -> None:
    """Never trained and never designated are null; what the directory does not tell is left out."""
    facts = filled(facts={"requester.id": "p-2"}).request.facts
    assert (None, None) == (facts["requester.trained_on"], facts["requester.designated_on"])
    assert {"requester.trained_on", "requester.sworn", "requester.status"}.isdisjoint(
        filled(facts={"requester.id": "p-4"}).request.facts
    )


@pytest.mark.parametrize(
    ("fact", "stated", "held"),
    [
        ("requester.sworn", False, True),
        ("requester.agency", "federal", "own"),
        ("requester.roles", ["chief", "sergeant"], ["chief"]),
        ("requester.roles", [], ["chief"]),
        ("requester.status", "active", "suspended"),
        ("requester.trained_on", "2026-01-08", "2026-01-09"),
        ("requester.trained_on", None, "2026-01-09"),
        ("requester.trained_on", "2026-01-10T00:00:00-05:00", "2026-01-09"),
        ("roles.absent", [], ["chief", "registrar"]),
    ],
)
def test_what_the_directory_contradicts_is_a_conflict(fact: str, stated: Any, held: Any) -> None:
    """A stated fact that the directory contradicts becomes a conflict of both, and is reported with its source."""
    found = filled(facts={"requester.id": "p-1", fact: stated})

    assert {"conflict": [stated, held]} == found.request.facts[fact]
    assert [(fact, stated, held)] == [(one.fact, one.stated, one.held) for one in found.contradictions]
    assert ["directory-contradiction"] == [one.code for one in found.request.faults]
    assert fact not in found.sources


@pytest.mark.parametrize(
    ("fact", "stated"),
    [
        ("requester.sworn", True),
        ("requester.roles", ["chief"]),
        ("requester.trained_on", "2026-01-09"),
        ("requester.trained_on", "2026-01-09T09:30:00-05:00"),
        ("requester.designated_on", dt.date(2025, 12, 1)),
    ],
)
def test_what_agrees_stays_as_it_is(fact: str, stated: Any) -> None:
    """A stated fact that the directory bears out is kept as it was given, an instant beside its day too."""
    found = filled(facts={"requester.id": "p-1", fact: stated})

    assert (stated, ()) == (found.request.facts[fact], found.contradictions)


@pytest.mark.parametrize("raw", ["withheld", {"conflict": [True, False]}, 7])
def test_what_is_withheld_or_senseless_stays_unknown(raw: Any) -> None:
    """A fact that is withheld, in conflict, or no value of its kind is not filled: somebody meant something by it."""
    assert raw == filled(facts={"requester.id": "p-1", "requester.sworn": raw}).request.facts["requester.sworn"]


def test_unknown_is_filled() -> None:
    """A fact that the caller says is unknown is filled as an absent one is."""
    facts = {"requester.id": "p-1", "requester.sworn": "unknown"}
    assert filled(facts=facts).request.facts["requester.sworn"] is True


def test_last_use_comes_from_the_history() -> None:
    """When somebody last used the system is filled where a history is given, and conflicts like any fact."""
    used = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    request = read_request({"action": "search.run", "at": AT, "facts": {"requester.id": "p-1"}})

    assert used.isoformat() == fill(town(), request, last_use={"p-1": used}).request.facts["requester.last_use"]
    assert "requester.last_use" not in fill(town(), request).request.facts


def approval(**changed: Any) -> dict[str, Any]:
    """Return an approval record."""
    return {"topic": "search.run", "decision": "granted", "by": "p-2", "at": AT, **changed}


@pytest.mark.parametrize(
    ("record", "roles"),
    [
        ({"role": "sergeant"}, [("p-2", "sergeant", "holder")]),
        ({"role": "chief", "capacity": "designee"}, [("p-2", "chief", "designee")]),
        ({}, [("p-2", "sergeant", "holder"), ("p-2", "chief", "designee")]),
        ({"at": "2026-05-04T07:00:00-04:00"}, [("p-2", "chief", "designee")]),
        ({"by": "p-4"}, [("p-4", "clerk", "holder")]),
        ({"by": "p-99", "role": "chief"}, [("p-99", "chief", "holder")]),
        ({"by": "p-99"}, [("p-99", None, "holder")]),
        ({"at": None, "role": "chief"}, [("p-2", "chief", "holder")]),
        # On a day of which some hours are in the shift the role may have been held; it is not filled.
        ({"at": "2026-05-04", "role": "sergeant"}, [("p-2", "sergeant", "holder")]),
        ({"at": "2026-05-04"}, [("p-2", "chief", "designee")]),
        # What is contradicted is by nobody known in no role known.
        ({"role": "chief"}, [(None, None, "holder")]),
        ({"role": "sergeant", "capacity": "acting"}, [(None, None, "acting")]),
        ({"role": "sergeant", "at": "2026-05-04T17:00:00-04:00"}, [(None, None, "holder")]),
        ({"role": "sergeant", "at": "2026-05-05"}, [(None, None, "holder")]),
    ],
)
def test_roles_of_those_who_decided(record: dict[str, Any], roles: list[tuple[Any, ...]]) -> None:
    """A record without a role is filled with every role held then; one with a role not held then loses it."""
    found = filled(approvals=[approval(**record)])

    assert roles == [(one.by, one.role, one.capacity) for one in found.request.approvals or ()]
    assert (roles[0][0] is None) is bool(found.contradictions)


def test_checks_and_holds_are_looked_at_too() -> None:
    """Whoever checked or placed a hold is looked up as of then."""
    found = filled(
        checks=[{"check": "visual", "result": "pass", "by": "p-2", "at": AT, "role": "clerk"}],
        holds=[{"basis": "case", "by": "p-4", "placed": AT}],
    )

    assert [None] == [one.role for one in found.request.checks or ()]
    assert ["clerk"] == [one.role for one in found.request.holds or ()]
    assert ["checks[0].role"] == [one.fact for one in found.contradictions]
    assert {"fact": "checks[0].role", "stated": "clerk", "held": ["sergeant", "chief (designee)"]}.items() <= (
        found.contradictions[0].to_wire().items()
    )


def test_filling_twice_changes_nothing_more() -> None:
    """A request that was filled and is filled again stays as it is."""
    once = filled(
        facts={"requester.id": "p-1", "requester.sworn": False}, approvals=[approval(role="chief"), approval()]
    ).request
    twice = fill(town(), once)

    assert (once, ()) == (twice.request, twice.contradictions)


def test_a_request_that_cannot_be_judged_is_left_alone() -> None:
    """A fatal request comes back as it was, and lists that nobody gave stay unknown."""
    request = read_request({"facts": {"requester.id": "p-1"}})

    assert request == fill(town(), request).request
    assert None is filled().request.approvals


def test_agencies_of_others() -> None:
    """An agency that the directory lists gives its kind and the status of that time, a known word itself."""
    people = [{**TOWN["persons"][2], "until": "2027-01-01"}, *TOWN["persons"][3:]]
    request = read_request({"action": "search.run", "at": AT, "facts": {"requester.id": "p-3"}})
    facts = fill(town(persons=people, absences=None), request).request.facts

    assert ("other_police", "suspended") == (facts["requester.agency"], facts["agency.status"])
    other = fill(town(), dataclasses.replace(request, facts={"requester.id": "p-4"})).request.facts
    assert "federal" == other["requester.agency"]
    assert "agency.status" not in other
