"""Comparing two texts is exact: nothing is claimed that no request shows, and nothing is overlooked."""

from __future__ import annotations

import random
from itertools import islice

import pytest
from tests.comparing_kit import (
    ASKING,
    OTHER_THINGS,
    by_trying_all,
    compared,
    neighbours,
    permitting,
    side,
    without_permission,
)
from tests.laws.agreement import drawn
from tests.laws.strategies import SHIPPED, extended, small

from alpr_policy.evaluators.compiled import Compiled
from alpr_policy.evaluators.symbolic.duel import Ground
from alpr_policy.questions.compare import Relation, Side, compare, outcome
from alpr_policy.reading.requests import read_request

SEEDS = range(36)
DRAWN = 40
MOST = 800


def decided(text: Side, raw: dict[str, object]) -> int:
    """Return how strict the compiled evaluator's answer is, under a text and its floors."""
    request = read_request(dict(raw))
    several = [Compiled(one, with_lifecycle=n == 0) for n, one in enumerate(text.rulesets)]
    return max(one.judge(request).outcome.strictness for one in several)


@pytest.mark.parametrize("seed", [*SEEDS, *OTHER_THINGS])
def test_every_difference_is_shown_by_its_request(seed: int) -> None:
    """A request that a comparison shows is decided by both evaluators as it says."""
    first, second, found = compared(seed)
    for one in (difference for act in found.acts for difference in act.differences):
        raw = dict(one.request)

        assert one.first.strictness == outcome(first.rulesets, raw).strictness == decided(first, raw)
        assert one.second.strictness == outcome(second.rulesets, raw).strictness == decided(second, raw)
        assert one.first is not one.second


@pytest.mark.parametrize("seed", [*SEEDS, *OTHER_THINGS])
def test_no_drawn_request_shows_what_was_overlooked(seed: int) -> None:
    """Where two texts answer a drawn request differently, their comparison says so of that act and direction."""
    first, second, found = compared(seed)
    acts = {act.action: act for act in found.acts}
    for subject in neighbours(seed):
        for raw in drawn(subject, random.Random(seed), DRAWN):
            one, other = outcome(first.rulesets, raw), outcome(second.rulesets, raw)
            act = acts.get(raw["action"])
            if act is None or one is other or act.undecided:
                continue

            assert (other.strictness < one.strictness) in {difference.laxer for difference in act.differences}


@pytest.mark.parametrize("seed", [*SEEDS, *OTHER_THINGS])
def test_searching_agrees_with_trying_all(seed: int) -> None:
    """Where the classes are few, the search answers as deciding a request of each combination of them does."""
    first, second, found = compared(seed)
    for act in found.acts:
        tried = by_trying_all(first, second, act.action, MOST)
        if tried is None or act.undecided:
            continue
        ways = {difference.laxer for difference in act.differences}

        assert tried == (True in ways, False in ways)


@pytest.mark.parametrize("name", [*SHIPPED, *range(40)])
def test_a_text_is_equivalent_to_itself(name: str | int) -> None:
    """A text compared with itself is equivalent, on every act."""
    text = side(SHIPPED[name] if isinstance(name, str) else small(name), "itself")

    assert Relation.EQUIVALENT == compare(text, text).relation


@pytest.mark.parametrize("seed", [*SEEDS, *OTHER_THINGS])
def test_the_other_way_round(seed: int) -> None:
    """Comparing two texts the other way round says the same of each act, with laxer and stricter exchanged."""
    first, second, found = compared(seed)
    turned = {Relation.LAXER: Relation.STRICTER, Relation.STRICTER: Relation.LAXER}

    assert [turned.get(act.relation, act.relation) for act in found.acts] == [
        act.relation for act in compare(second, first).acts
    ]


@pytest.mark.parametrize("name", [*SHIPPED, *range(24)])
def test_asking_more_is_nowhere_laxer(name: str | int) -> None:
    """A text with another's requirements, approvals, checks and documents added is nowhere laxer."""
    subject = SHIPPED[name] if isinstance(name, str) else small(name)
    more = extended(subject, len(str(name)), ASKING)
    found = compare(side(subject, "less"), side(more, "more"))

    assert found.relation in (Relation.EQUIVALENT, Relation.STRICTER)


@pytest.mark.parametrize("name", [*SHIPPED, *range(12)])
def test_without_a_permission_it_is_nowhere_laxer(name: str | int) -> None:
    """A text without one of its permissions that ban nothing is nowhere laxer."""
    text = side(SHIPPED[name], name) if isinstance(name, str) else side(next(islice(permitting(), name, None)), "small")
    less = without_permission(text)

    assert compare(text, less).relation in (Relation.EQUIVALENT, Relation.STRICTER)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_solver_comes_to_the_same(seed: int) -> None:
    """With no time for the search, z3 says the same of each act as the search, or leaves stored data undecided."""
    pytest.importorskip("z3", reason="the extra verify is not installed")
    from alpr_policy.evaluators.symbolic.solver import solve

    first, second, found = compared(seed)
    for one, other in zip(found.acts, compare(first, second, seconds=1e-9, solver=solve).acts, strict=True):
        stored = one.action in ("data.store", "data.purge")

        assert stored or not other.undecided
        assert one.relation == other.relation or (stored and other.undecided)


@pytest.mark.parametrize("seed", SEEDS)
def test_looking_where_standings_differ_hides_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of stored data the search says the same if it also looks where no statement tells the two texts apart."""
    first, second, found = compared(seed)
    monkeypatch.setattr(Ground, "_between_standings", lambda *_: ())
    stored = [act for act in found.acts if act.action in ("data.store", "data.purge")]
    for one, other in zip(stored, compare(first, second, actions=[a.action for a in stored]).acts, strict=True):
        assert other.undecided or one.relation == other.relation
