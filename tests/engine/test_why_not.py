"""What would have to be otherwise: the smallest sets, whose word it is, what bars, and the sentences."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.testing_kit import write

from alpr_policy import Outcome, PolicyDecisionPoint, read_request
from alpr_policy.questions.testing.finding import find, load
from alpr_policy.questions.why_not import Element, Way, WhyNot, why_not
from alpr_policy.questions.why_not.elements import applied, fits
from alpr_policy.questions.why_not.openers import NOTHING, Ways
from alpr_policy.questions.why_not.telling import lines, sentence

AT = "2026-05-04T10:00:00-04:00"
OPEN = {"purpose": "missing_person", "case.state": "open", "basis.protected_trait": "none", "requester.id": "officer-7"}


@pytest.fixture(scope="module")
def pdp(tmp_path_factory: pytest.TempPathFactory) -> PolicyDecisionPoint:
    """Return a decision point that knows the small department."""
    folder = tmp_path_factory.mktemp("smallville")
    write(folder, "cases:\n  - {name: x, action: search.run, expect: {outcome: needs, rules: [official]}}\n")
    return load(find([folder], here=folder))[0]


def asked(pdp: PolicyDecisionPoint, facts: dict[str, Any], action: str = "search.run", **more: Any) -> WhyNot:
    """Ask why an act of the small department is not allowed."""
    raw = {"action": action, "at": AT, "departments": ["smallville"], "facts": facts, **more}
    return why_not(pdp, read_request(raw))


def names(found: WhyNot) -> list[list[tuple[str, str]]]:
    """Return the sets as names with the way of each."""
    return [[(one.way.value, one.name) for one in helped.elements] for helped in found.sets]


def test_approval_is_a_step(pdp: PolicyDecisionPoint) -> None:
    """Where only an approval is missing, it is the one thing to do, or the data would have to lie elsewhere."""
    found = asked(pdp, {**OPEN, "data.custodian": "department"}, approvals=[])

    assert [[("step", "approvals")]] == names(found)
    assert found.complete
    assert "do: get “search run” approved by the chief" == sentence(found.sets[0].elements[0], None)


def test_what_is_not_known_is_supplied_and_what_was_said_would_be_otherwise(pdp: PolicyDecisionPoint) -> None:
    """An unknown fact is to be supplied; one that was stated would have to be another."""
    found = asked(pdp, {**OPEN, "purpose": "personal"}, approvals=[])

    assert [("otherwise", "purpose"), ("supply", "data.custodian")] in [sorted(one) for one in names(found)]


def test_every_value_that_would_do_is_named(pdp: PolicyDecisionPoint) -> None:
    """Of a list all values that lead to allow are told, and no other."""
    found = asked(pdp, {**OPEN, "purpose": "personal", "data.custodian": "device"}, approvals=[])
    (purpose,) = found.sets[0].elements

    assert {"criminal_investigation", "missing_person"} == {purpose.value, *purpose.other}


def test_what_a_machine_recorded_stays(pdp: PolicyDecisionPoint) -> None:
    """Nobody can have a plate read at another time, so data that has to go has to go."""
    facts = {"data.classes": ["read"], "data.custodian": "department", "record.captured": "2026-01-01T00:00:00-05:00"}
    found = asked(pdp, facts, "data.store", holds=[])

    assert (Outcome.DENY, (), True) == (found.decision.outcome, found.sets, found.complete)
    assert [("month", ("6",), 25)] == [(one.rule, one.cite, one.place.line) for one in found.barred]


def test_length_that_somebody_sets_can_be_another(pdp: PolicyDecisionPoint) -> None:
    """A period is set by whoever sets it, so it is no part of the past."""
    found = asked(pdp, {"data.classes": ["read"], "period": "60 days"}, "data.set_period")

    assert [[("otherwise", "period")]] == [one for one in names(found) if len(one) == 1]


def test_act_that_nothing_allows_is_barred(pdp: PolicyDecisionPoint) -> None:
    """An act of which no clause speaks is barred by silence."""
    found = asked(pdp, {}, "stop.start")

    assert ((), ["silence"]) == (found.sets, [one.rule for one in found.barred])
    assert "smallville: no clause allows it" in "\n".join(lines(found, None))


def test_nothing_is_missing_of_what_is_allowed(pdp: PolicyDecisionPoint) -> None:
    """An act that is allowed needs nothing."""
    found = asked(pdp, {**OPEN, "data.custodian": "device"}, approvals=[])

    assert (Outcome.ALLOW, (), ()) == (found.decision.outcome, found.sets, found.barred)
    assert "Nothing stands in the way." == list(lines(found, None))[-1]


@pytest.mark.parametrize("raw", [{}, {"action": "search.run", "at": AT}, {"action": "serch", "at": AT}])
def test_question_that_nobody_can_judge(pdp: PolicyDecisionPoint, raw: dict[str, Any]) -> None:
    """Where there is nothing to judge by, nothing is said of what would help."""
    found = why_not(pdp, read_request(raw), departments=["smallville"] if raw.get("action") == "serch" else [])

    assert ((), ()) == (found.sets, found.barred)
    assert "nothing to judge by" in "\n".join(lines(found, None))


def test_time_that_is_up_is_said(pdp: PolicyDecisionPoint) -> None:
    """A search that is ended before anything was found does not call the act hopeless."""
    raw = {"action": "search.run", "at": AT, "departments": ["smallville"], "facts": {}}
    found = why_not(pdp, read_request(raw), seconds=0)

    assert (False, ()) == (found.complete, found.sets)
    assert "before the search was ended" in "\n".join(lines(found, None))


@pytest.mark.parametrize(
    ("facts", "more"),
    [
        ({}, {}),
        ({"purpose": "personal"}, {"approvals": []}),
        ({**OPEN, "data.custodian": "department"}, {}),
        ({"purpose": "missing_person", "basis.protected_trait": "sole"}, {"approvals": []}),
        ({"basis.protected_trait": "one_factor", "case.state": "closed"}, {}),
    ],
)
def test_smallest_sets_are_the_smallest(pdp: PolicyDecisionPoint, facts: dict[str, Any], more: dict[str, Any]) -> None:
    """No set of fewer elements leads to allow, as trying every one of them shows."""
    found = asked(pdp, facts, **more)
    ways = Ways(found.request, [[pdp.ruleset(pdp.catalog.latest("smallville"))]], frozenset())
    every = _elements(ways)
    smallest = min(len(one.elements) for one in found.sets)
    for size in range(smallest):
        for chosen in itertools.combinations(every, size):
            if _goes_together(chosen):
                assert Outcome.ALLOW != pdp.decide(applied(found.request, chosen)).outcome, chosen
    assert smallest > 0 and found.complete


def _elements(ways: Ways) -> list[Element]:
    """Return every single thing that could be otherwise."""
    facts = sorted({(ways.space.tests[test][0]) for test in ways.tests})
    return sorted({e for view, fact in facts for one in ways.candidates(view, fact) for e in one}, key=repr)


def _goes_together(chosen: Iterable[Element]) -> bool:
    whole = NOTHING
    for one in chosen:
        if not fits(whole, frozenset({one})):
            return False
        whole |= {one}
    return True


def test_several_departments_are_all_to_allow(pdp: PolicyDecisionPoint) -> None:
    """Where two departments bind, a set leads both to allow."""
    raw = {"action": "search.run", "at": AT, "departments": ["smallville", "leicester"], "facts": {**OPEN}}
    found = why_not(pdp, read_request({**raw, "approvals": []}))

    assert found.sets
    for one in found.sets:
        assert Outcome.ALLOW == pdp.decide(applied(found.request, one.elements)).outcome


def test_requirement_can_still_be_seen_to(tmp_path: Path) -> None:
    """What a requirement asks for can be mended, even where a machine recorded that it is not so yet."""
    write(tmp_path, "cases:\n  - {name: x, action: search.run, expect: {outcome: needs, rules: [official]}}\n")
    text = (tmp_path / "smallville.yaml").read_text(encoding="utf-8").replace("force: should, ", "")
    (tmp_path / "smallville.yaml").write_text(text, encoding="utf-8")
    own = load(find([tmp_path], here=tmp_path))[0]
    found = asked(own, {**OPEN, "data.custodian": "device", "reason.recorded": False}, approvals=[])

    assert [[(Way.MEND.value, "reason.recorded")]] == names(found)
    assert "see to it: a reason has been typed in" == sentence(
        found.sets[0].elements[0], own.catalog.latest("smallville")
    )


def test_misspelt_record_is_told_anew(pdp: PolicyDecisionPoint) -> None:
    """A list that holds a word nobody knows has to be given again before an approval counts."""
    strange = [{"topic": "serch", "decision": "granted", "by": "chief-1", "role": "chief", "at": AT}]
    found = asked(pdp, {**OPEN, "data.custodian": "department"}, approvals=strange)

    assert [[("mend", "approvals"), ("step", "approvals")]] == [sorted(one) for one in names(found)]
