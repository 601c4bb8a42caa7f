"""What a second opinion does to a decision, in code and on the command line."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from typing import Any

import pytest
from tests.adapters.cli_kit import FILES, TOWN, run
from tests.adapters.durable_kit import needs_library

from alpr_policy import Decision, Outcome, PolicyDecisionPoint, read_request
from alpr_policy.errors import ExitCode, MissingExtraError, RequestError
from alpr_policy_adapters.durable import (
    Cage,
    Limits,
    NoAnswerError,
    Opinion,
    judging,
    read_opinion,
    second_opinion,
    strengthened,
    with_second_opinion,
)
from alpr_policy_adapters.durable.lowering import Question

PATIENT = Limits(seconds=60)
SEARCH = json.loads((FILES / "search.json").read_text(encoding="utf-8"))
GRANT = {
    "topic": "search.run",
    "decision": "granted",
    "by": "chief-1",
    "role": "chief",
    "at": "2026-05-04T09:00:00-04:00",
}
GRANTED = SEARCH | {"facts": SEARCH["facts"] | {"data.custodian": "department"}, "approvals": [GRANT]}


@pytest.fixture
def town() -> PolicyDecisionPoint:
    """Return the decision point of the example town."""
    return PolicyDecisionPoint.load(FILES / "town.yaml")


class Saying:
    """Stands for the cage and says one thing of every statement, or fails."""

    def __init__(self, state: str) -> None:
        self.state = state

    def ask(self, questions: Sequence[Question]) -> list[str]:
        if self.state == "nothing":
            raise NoAnswerError("the worker ended by signal 11")
        return [self.state for _ in questions]


def opinion_on(town: PolicyDecisionPoint, raw: dict[str, Any], state: str) -> tuple[Decision, Opinion, Decision]:
    """Return a decision, the opinion of one that says `state`, and the decision with what it adds."""
    request = read_request(raw)
    decision = town.decide(request)
    opinion = second_opinion(judging(town, request), request, decision, Saying(state))
    return decision, opinion, strengthened(decision, opinion)


@needs_library
def test_an_opinion_that_agrees(town: PolicyDecisionPoint) -> None:
    """A grant that both see is allowed, with the decision as it was."""
    request = read_request(GRANTED)
    heard: list[Opinion] = []
    with Cage(PATIENT) as cage:
        decide = with_second_opinion(
            town.decide, lambda one: judging(town, one), cage, lambda _, opinion: heard.append(opinion)
        )
        decision = decide(request)

    assert town.decide(request) == decision
    assert [("approval.chief-approves", "granted", True)] == [
        (one.statement, one.derived, one.agrees) for opinion in heard for one in opinion.conclusions
    ]


@pytest.mark.parametrize("state", ["none", "self", "wrong_role", "refused", "unknown", "pending"])
def test_an_opinion_that_sees_no_grant(town: PolicyDecisionPoint, state: str) -> None:
    """What is allowed waits for the approval that the second opinion does not see, and a fault says so."""
    before, opinion, after = opinion_on(town, GRANTED, state)

    assert Outcome.ALLOW is before.outcome
    assert (Outcome.NEEDS, False) == (after.outcome, after.proceed)
    assert ["chief-approves"] == [need.name for need in after.needs]
    told = f"the second opinion disagrees: `approval.chief-approves` is `{state}` there and `granted` here"
    assert after.faults[-1].startswith(told)
    assert "chief-approves" in opinion.unmet


def test_an_opinion_on_less(town: PolicyDecisionPoint) -> None:
    """An approval that only the second opinion sees is a disagreement, and its need stays."""
    raw = GRANTED | {"approvals": []}
    before, opinion, after = opinion_on(town, raw, "granted")

    assert Outcome.NEEDS is before.outcome
    assert [need.name for need in before.needs] == [need.name for need in after.needs]
    assert not opinion.agrees


def test_no_opinion(town: PolicyDecisionPoint) -> None:
    """Where the worker gives none, what was allowed waits for somebody to look at the case."""
    before, opinion, after = opinion_on(town, GRANTED, "nothing")

    assert Outcome.ALLOW is before.outcome
    assert [("check", "second_opinion")] == [(need.kind.value, need.name) for need in after.needs]
    assert "there is no second opinion: the worker ended by signal 11" == opinion.sentence() == after.faults[-1]


def test_a_denial_stays(town: PolicyDecisionPoint) -> None:
    """A denial is what it was, whatever the second opinion says, which is recorded all the same."""
    raw = GRANTED | {"approvals": [GRANT | {"decision": "refused"}]}
    before, opinion, after = opinion_on(town, raw, "granted")

    assert Outcome.DENY is before.outcome
    assert before == after
    assert not opinion.agrees


def test_a_gate_that_was_passed_over(town: PolicyDecisionPoint) -> None:
    """A decision that allows what an approval bars is not let through, though both come to the same state."""
    request = read_request(GRANTED | {"approvals": []})
    wrongly = town.decide(read_request(GRANTED))
    opinion = second_opinion(judging(town, request), request, wrongly, Saying("none"))

    assert ("chief-approves",) == opinion.unmet
    assert Outcome.NEEDS is strengthened(wrongly, opinion).outcome


def test_a_defect_is_no_opinion(town: PolicyDecisionPoint) -> None:
    """A defect of the second opinion is a need, and not an error of the caller's."""

    class Defect:
        def ask(self, questions: Sequence[Question]) -> list[str]:
            raise ZeroDivisionError

    request = read_request(GRANTED)
    opinion = second_opinion(judging(town, request), request, town.decide(request), Defect())

    assert "it could not be worked out: ZeroDivisionError" == opinion.error


def test_as_recorded(town: PolicyDecisionPoint) -> None:
    """An opinion is plain data that can be read back, and what is none is refused."""
    _, opinion, _ = opinion_on(town, GRANTED, "none")
    wire = json.loads(json.dumps(opinion.to_wire()))

    assert ("disagrees", "durable_rules") == (wire["second_opinion"], wire["by"])
    assert (opinion.conclusions, opinion.unmet, opinion.error) == (
        read_opinion(wire).conclusions,
        read_opinion(wire).unmet,
        read_opinion(wire).error,
    )
    for bad in ({"conclusions": [{"profile": 1}]}, {"conclusions": 7}, {"error": 7}, {"unmet": [None]}):
        with pytest.raises(RequestError, match="opinion-shape"):
            read_opinion(bad)


def test_too_many_records(town: PolicyDecisionPoint) -> None:
    """A case that is too large for the library has no second opinion, and waits."""
    _, opinion, after = opinion_on(town, GRANTED | {"approvals": [GRANT] * 101}, "granted")

    assert "a request brings more than 100 approvals" == opinion.error
    assert Outcome.NEEDS is after.outcome


@needs_library
def test_departments_are_each_asked() -> None:
    """Where several departments bind, each one's statements are worked out, with words that only one of them knows."""
    pdp = PolicyDecisionPoint.load(FILES / "town.yaml")
    declared = [{"topic": "vendor_access", "decision": "granted"}, GRANT]
    request = read_request(GRANTED | {"departments": ["exampletown", "cambridge", "leicester"], "approvals": declared})
    decision = pdp.decide(request)
    with Cage(PATIENT) as cage:
        opinion = second_opinion(judging(pdp, request), request, decision, cage)

    assert "the second opinion agrees" == opinion.sentence()
    assert "exampletown" in {one.profile for one in opinion.conclusions}
    assert decision == strengthened(decision, opinion)


# On the command line


@needs_library
def test_decide_with_a_second_opinion() -> None:
    """`decide --second-opinion durable` gives the decision as it is where both agree, one by one and as a stream."""
    alone = run("decide", *TOWN, "--json", "--second-opinion", "durable", input=json.dumps(GRANTED))
    plain = run("decide", *TOWN, "--json", input=json.dumps(GRANTED))
    lines = "\n".join(json.dumps(raw) for raw in (GRANTED, SEARCH, GRANTED | {"approvals": []}))
    stream = run("decide", *TOWN, "--json", "--stream", "--second-opinion", "durable", input=lines)

    assert (ExitCode.OK, plain.stdout, "") == (alone.exit_code, alone.stdout, alone.stderr)
    assert ["allow", "allow", "needs"] == [json.loads(line)["outcome"] for line in stream.stdout.splitlines()]


@needs_library
def test_decide_without_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an answer the act waits, and standard error says why."""
    monkeypatch.setattr(Cage, "ask", Saying("nothing").ask)
    result = run("decide", *TOWN, "--json", "--second-opinion", "durable", input=json.dumps(GRANTED))

    assert ExitCode.NEEDS == result.exit_code
    assert "there is no second opinion: the worker ended by signal 11\n" == result.stderr
    assert "needs" == json.loads(result.stdout)["outcome"]


def test_decide_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the library is not installed, the command says how to get it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    result = run("decide", *TOWN, "--second-opinion", "durable", input=json.dumps(GRANTED))

    assert ExitCode.MISSING_EXTRA == result.exit_code
    assert "pip install 'alpr-policy[durable]'" in result.stderr
    with pytest.raises(MissingExtraError):
        Cage()
