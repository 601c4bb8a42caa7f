"""The form of an act, and what a person can do for a case, without a browser."""

from __future__ import annotations

from typing import Any

import pytest

from alpr_policy import PolicyDecisionPoint
from alpr_policy.reading.requests import read_request
from alpr_policy.vocabulary import FactKind
from alpr_policy_adapters.web.forms import NOT_THERE, RECORDS, UNKNOWN, Field, fields_of, request_of, value_of
from alpr_policy_adapters.web.offers import Offer, event_of, offers, waits_for

AT = "2026-05-04T12:00:00-04:00"


@pytest.fixture(scope="module")
def pdp() -> PolicyDecisionPoint:
    """Give the shipped profiles."""
    return PolicyDecisionPoint.load()


def test_what_a_policy_reads_of_an_act_comes_first(pdp: PolicyDecisionPoint) -> None:
    """The fields that a statement on the act reads come before the others, each group by name."""
    found = fields_of([pdp.catalog.latest("waltham")], "search.run")
    assert [one.is_read for one in found] == sorted((one.is_read for one in found), reverse=True)
    assert {"purpose", "basis.kind", "requester.trained_on"} <= {one.name for one in found if one.is_read}
    assert "case.number" in {one.name for one in found if not one.is_read}


def test_nothing_that_is_worked_out_is_asked_for(pdp: PolicyDecisionPoint) -> None:
    """No field is for what follows from other facts or from records, nor for the instant, which has its own place."""
    for name in pdp.catalog.names:
        profile = pdp.catalog.latest(name)
        for field in fields_of([profile], "search.run"):
            assert not field.name.startswith(("approval.", "check."))
            assert field.name not in ("at", "record.age", "requester.trained")


def test_everything_a_denial_asks_for_has_a_field(pdp: PolicyDecisionPoint) -> None:
    """Of every act under every policy, the form has each fact that an empty request is asked for."""
    for name in pdp.catalog.names:
        profile = pdp.catalog.latest(name)
        for action in sorted(pdp.ruleset(profile).vocabulary.actions):
            decision = pdp.decide(read_request({"action": action, "at": AT}), as_if=f"{name}")
            asked = {need.name for need in decision.needs if need.kind == "fact"} - set(RECORDS)
            assert asked <= {field.name for field in fields_of([profile], action)}, (name, action)


def test_an_empty_field_says_nothing() -> None:
    """What is left as it is stands in no request; what is said not to exist stands there as null."""
    values = {"purpose": UNKNOWN, "case.number": "", "reason.defects": [], "case.state": NOT_THERE, "sworn": False}
    request = request_of("search.run", AT, values, departments=["waltham"], records={"approvals": []})
    assert {"case.state": None, "sworn": False} == request["facts"]
    assert [] == request["approvals"] and "checks" not in request


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (FactKind.BOOL, "yes", True),
        (FactKind.BOOL, "no", False),
        (FactKind.BOOL, UNKNOWN, UNKNOWN),
        (FactKind.COUNT, " 12", 12),
        (FactKind.COUNT, "twelve", "twelve"),
        (FactKind.COUNT, "9" * 30, "9" * 30),
        (FactKind.TEXT, "  26-1 ", "26-1"),
        (FactKind.SET, ["a"], ["a"]),
    ],
)
def test_a_field_gives_the_value_of_its_kind(kind: FactKind, typed: Any, value: Any) -> None:
    """What is typed becomes a value of the fact's kind; what is none stays as it is, and the request says so."""
    assert value == value_of(Field(name="x", kind=kind, means="x", supplied_by="x"), typed)


NEEDS = [
    {"kind": "approval", "name": "server-search", "roles": ["chief"]},
    {"kind": "check", "name": "visual", "parts": ["characters", "state"], "sources": ["dispatch"]},
    {
        "kind": "one_of",
        "one_of": [
            [{"kind": "fact", "name": "basis.kind", "ask": "on what it rests", "expected": "[a, b]"}],
            [{"kind": "document", "name": "request_form", "fields": ["case_number"]}],
            [{"kind": "approval", "name": "server-search", "roles": ["chief"]}],
        ],
    },
    {"kind": "parameter", "name": "command_post"},
]


def test_each_thing_that_is_missing_is_offered_once() -> None:
    """Approvals, checks, papers and facts are offered, those of alternatives too; what only an author fills is not."""
    found = offers(NEEDS)
    assert ["approval", "check", "supplied", "document"] == [one.kind for one in found]
    assert ("a", "b") == found[2].values


@pytest.mark.parametrize(
    ("place", "chosen", "event"),
    [
        (0, {"decision": "granted", "role": "chief"}, {"kind": "approval", "decision": "granted", "role": "chief"}),
        (
            1,
            {"result": "pass", "source": "dispatch"},
            {
                "kind": "check",
                "check": "visual",
                "result": "pass",
                "parts": ["characters", "state"],
                "source": "dispatch",
            },
        ),
        (2, {"value": "a"}, {"kind": "supplied", "facts": {"basis.kind": "a"}}),
        (
            3,
            {"fields": {"case_number": "X"}, "role": "chief"},
            {"kind": "document", "document": "request_form", "fields": {"case_number": "X"}, "issued_by": "chief"},
        ),
    ],
)
def test_an_offer_makes_the_event_that_supplies_it(place: int, chosen: dict[str, Any], event: dict[str, Any]) -> None:
    """What was chosen becomes the event of a case, by the person who chose."""
    offer: Offer = offers(NEEDS)[place]
    assert {**event, "by": "p"} == event_of(offer, "p", chosen)
    assert event == event_of(offer, "", chosen)


def test_a_case_is_found_by_the_roles_it_waits_for() -> None:
    """A case is for a person who holds one of the roles that its lines begin with."""
    line = {"waits_for": ["alpr administrator or chief: approval", "the requester: the purpose"]}
    assert waits_for(line, ["alpr_administrator"])
    assert waits_for(line, ["chief"])
    assert not waits_for(line, ["sergeant"])
    assert not waits_for(line, [])
