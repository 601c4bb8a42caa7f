"""The second opinion: it comes to the same by other means, and whatever it says, nothing more is allowed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import strategies as st
from tests.adapters.durable_kit import drawn, meant, needs_library
from tests.laws.agreement import drawn as drawn_requests
from tests.laws.strategies import NAMES, SHIPPED, cases, often, small

from alpr_policy import Decision, Outcome, PolicyDecisionPoint, read_request
from alpr_policy_adapters.durable import Cage, Limits, NoAnswerError, judging, second_opinion, strengthened
from alpr_policy_adapters.durable.lowering import Question, question

FEW, MANY, REQUESTS = 300, 10_000, 60


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    """Return a cage that has time enough on a busy machine."""
    with Cage(Limits(seconds=60)) as made:
        yield made


def differing(cage: Cage, seeds: range) -> list[tuple[int, str, str]]:
    """Return the drawn cases that come out otherwise, with both states; a worker without an answer counts as one."""
    found = []
    for seed in seeds:
        spec, facts = drawn(seed)
        asked = question(spec, facts)
        state = cage.ask([asked])[0] if asked is not None else "unknown"
        if state != meant(spec, facts):
            found.append((seed, meant(spec, facts), state))
    return found


@needs_library
def test_forward_chaining_comes_to_the_same(cage: Cage) -> None:
    """Approvals, checks and documents come to the same state by forward chaining as by the definition."""
    assert [] == differing(cage, range(FEW))


@needs_library
@pytest.mark.slow
def test_forward_chaining_comes_to_the_same_very_often(cage: Cage) -> None:
    """On ten thousand drawn cases forward chaining comes to the same states as the definition."""
    assert [] == differing(cage, range(FEW, FEW + MANY))


@needs_library
@pytest.mark.parametrize("name", NAMES)
def test_an_agreeing_opinion_changes_nothing(name: str, cage: Cage) -> None:
    """The second opinion on a whole request agrees, and leaves the decision as it is."""
    for number in range(3 if name == "small" else 1):
        subject = small(number) if name == "small" else SHIPPED[name]
        pdp = PolicyDecisionPoint(subject.text.catalog)
        for raw in drawn_requests(subject, random.Random(number), REQUESTS):
            request = read_request(raw)
            decision = pdp.decide(request)
            opinion = second_opinion(judging(pdp, request), request, decision, cage)

            assert "the second opinion agrees" == opinion.sentence()
            assert decision == strengthened(decision, opinion)


class Liar:
    """Says anything, or nothing at all."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def ask(self, questions: Sequence[Question]) -> list[str]:
        if self.rng.random() < 0.2:
            raise NoAnswerError("the worker ended by signal 11")
        return [self.rng.choice(one.order) for one in questions]


def asked_for(decision: Decision) -> set[tuple[str, str]]:
    """Return what is needed; a choice falls away where one of its alternatives is asked for anyway."""
    return {(need.kind.value, need.name) for need in decision.needs if not need.one_of}


@often
def test_a_second_opinion_only_adds(name: str, data: st.DataObject) -> None:
    """Whatever a second opinion says or fails to say, no answer gets milder and no need is dropped."""
    subject, raw = data.draw(cases(name))
    liar = Liar(data.draw(st.randoms(use_true_random=False)))
    request, pdp = read_request(raw), PolicyDecisionPoint(subject.text.catalog)
    decision = pdp.decide(request)
    opinion = second_opinion(judging(pdp, request), request, decision, liar)
    after = strengthened(decision, opinion)

    assert after.outcome.strictness >= decision.outcome.strictness
    assert asked_for(decision) <= asked_for(after)
    assert opinion.agrees or after.outcome is not Outcome.ALLOW
    assert decision.outcome is not Outcome.DENY or decision == after
