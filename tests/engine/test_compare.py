"""Comparing and verifying small texts whose differences can be seen with the naked eye."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.comparing_kit import by_trying_all, compared, made, of, proven
from tests.laws.subjects import Text

from alpr_policy import PolicyDecisionPoint
from alpr_policy.evaluators.symbolic.duel import Bound, Ground, Question
from alpr_policy.evaluators.symbolic.truths import ALL
from alpr_policy.questions.compare import USUAL_TIME, Comparison, Relation, compare
from alpr_policy.questions.differing import expected, sentence
from alpr_policy.questions.proving import Verdict
from alpr_policy.questions.sides import TextError, side_of
from alpr_policy.questions.suites import read_suite
from alpr_policy.questions.verify import ClaimError

APPROVED = "approvals:\n  - {{id: by-office, cite: a, action: search.run, by: [{{role: {role}}}]}}\n"
AGED = "prohibitions:\n  - {{id: old, cite: a, action: search.run, when: {{record.age: {{more_than: {span}}}}}}}\n"
CHECKED = "checks:\n  - {{id: live, cite: a, action: search.run, check: status, sources: [{sources}]}}\n"


@pytest.mark.parametrize(
    ("first", "second", "relation"),
    [
        ("", "", Relation.EQUIVALENT),
        ("", APPROVED.format(role="chief"), Relation.STRICTER),
        (APPROVED.format(role="chief"), "", Relation.LAXER),
        (APPROVED.format(role="chief"), APPROVED.format(role="deputy"), Relation.BOTH),
        (AGED.format(span="30 days"), AGED.format(span="60 days"), Relation.LAXER),
        (AGED.format(span="4 weeks"), AGED.format(span="28 days"), Relation.EQUIVALENT),
        (AGED.format(span="30 days"), AGED.format(span="1 month"), Relation.BOTH),
        (AGED.format(span="28 days"), AGED.format(span="1 month"), Relation.LAXER),
        (AGED.format(span="31 days"), AGED.format(span="1 month"), Relation.STRICTER),
        (CHECKED.format(sources="ncic"), CHECKED.format(sources="ncic, rms"), Relation.LAXER),
    ],
)
def test_how_two_texts_stand(first: str, second: str, relation: Relation) -> None:
    """Offices, spans of the calendar and sources are compared by what they let through."""
    assert relation == of(first, second).relation


def test_a_wider_source_can_turn_a_failure_into_a_doubt() -> None:
    """Where more sources count, a pass from one of them beside a failure is unclear, so a denial becomes a question."""
    found = of(CHECKED.format(sources="ncic"), CHECKED.format(sources="ncic, rms"))
    ways = {(one.first.value, one.second.value) for act in found.acts for one in act.differences}

    assert {("needs", "allow"), ("deny", "needs")} <= ways


def test_only_the_act_that_differs_is_named() -> None:
    """An act on which both texts say the same is equivalent, and shows no difference."""
    found = of("", APPROVED.format(role="chief"))

    assert ["search.run"] == [act.action for act in found.acts if act.relation is not Relation.EQUIVALENT]


def test_the_sentence_names_what_matters() -> None:
    """A difference is told as the act, the facts of the rule, both outcomes and the rule with its clause."""
    one, two = made("one"), made("two", APPROVED.format(role="chief"))
    (first, *_) = [d for act in compare(one, two).acts for d in act.differences]
    told = "searching stored reads, where the approval “by office” is not asked for: allow → needs"

    assert f"{told}; two says so in `by-office` (a)" == sentence(first, one, two)


def test_differences_can_be_kept_as_expected_answers(tmp_path: Path) -> None:
    """What is saved is a file of expected answers, which holds under both texts."""
    import json

    one, two = made("one"), made("two", AGED.format(span="30 days"))
    told = [(d, sentence(d, one, two)) for act in compare(one, two).acts for d in act.differences]
    kept = tmp_path / "kept" / "cases.yaml"
    kept.parent.mkdir()
    kept.write_text(json.dumps(expected(told, one, two)), encoding="utf-8")
    suite = read_suite(kept)
    points = {side.profile.profile: Text.alone(side.profile).pdp for side in (one, two)}
    answers = [points[case.as_if[0]].decide(dict(case.request), as_if=case.as_if).outcome.value for case in suite.cases]

    assert ["allow", "deny"] == answers[:2]
    assert [case.expect["outcome"] for case in suite.cases] == answers


def test_as_a_floor_only_what_is_laxer_counts() -> None:
    """Beside a floor a stricter text is fine, the silence of the floor binds nobody, and only a laxer rule is told."""
    tighter = of(AGED.format(span="60 days"), AGED.format(span="30 days"), floor=True)
    laxer = of(AGED.format(span="30 days"), AGED.format(span="60 days"), floor=True)

    assert Relation.EQUIVALENT == tighter.relation
    assert [("search.run", "old")] == [(d.action, d.rule) for act in laxer.acts for d in act.differences]


def test_what_is_not_decided_in_time_is_said() -> None:
    """Without any time left the search says so, and claims neither equivalence nor difference."""
    found = _hard()

    assert Relation.UNDECIDED == found.relation
    assert all("not decided within 1e-09 s" in told for act in found.acts for told in act.undecided)


def _hard() -> Comparison:
    """Compare two texts that say the same in other words, on so many facts that it takes many steps to see it."""
    names = ("case.state", "requester.status", "basis.kind", "basis.concerns", "agency.status")
    values = ("open", "active", "court_order", "safety", "active")
    pairs = list(zip(names, values, strict=True))
    one = ", ".join(f"{{{name}: {value}}}" for name, value in pairs)
    other = ", ".join(f"{{not: {{{name}: {value}}}}}" for name, value in reversed(pairs))
    rule = "prohibitions:\n  - {{id: hard, cite: a, action: search.run, when: {{{cond}}}}}\n"
    return of(
        rule.format(cond=f"not: {{any: [{other}]}}"),
        rule.format(cond=f"all: [{one}]"),
        actions=["search.run"],
        seconds=1e-9,
    )


def test_enough_acts_are_tried_in_full() -> None:
    """The law that holds the search to trying every class is not empty: many acts have few enough of them."""
    tried = [by_trying_all(*compared(seed)[:2], act.action, 800) for seed in range(3) for act in compared(seed)[2].acts]

    assert len(tried) // 2 < sum(one is not None for one in tried)


@pytest.mark.parametrize(
    ("word", "code"), [("cambridge@never", "compare-text"), ("cambridge@1999-01-01", "compare-text")]
)
def test_a_text_that_cannot_be_taken(word: str, code: str) -> None:
    """A day that is none, or on which no text was in force, is refused."""
    with pytest.raises(TextError, match=r"not a day|no text") as caught:
        side_of(PolicyDecisionPoint.load(), word)

    assert [code] == [one.code for one in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("kind", "claim", "verdict"),
    [
        ("never", "search.run: {purpose: personal}", Verdict.HOLDS),
        ("never", "search.run: {purpose: warrant}", Verdict.FAILS),
        ("never", "search.run: {reason.recorded: false}", Verdict.HOLDS),
        ("denies", "search.run: {reason.recorded: false}", Verdict.FAILS),
        ("denies", "search.run: {record.age: {more_than: 31 days}}", Verdict.HOLDS),
        ("denies", "search.run: {record.age: {more_than: 29 days}}", Verdict.FAILS),
    ],
)
def test_claims(kind: str, claim: str, verdict: Verdict) -> None:
    """A claim holds where no request goes against it, and fails with one that does."""
    (found, *_) = proven(AGED.format(span="30 days"), **{kind: [claim]})

    assert verdict == found.verdict
    assert (verdict is Verdict.FAILS) == (found.request is not None)


@pytest.mark.parametrize("claim", ["search.run", "search.ran: {purpose: personal}", "search.run: {purpos: personal}"])
def test_a_claim_that_cannot_be_read(claim: str) -> None:
    """A claim about an act or fact that is none is refused."""
    with pytest.raises(ClaimError):
        proven("", never=[claim])


FAULTS = """\
prohibitions:
  - {id: dead, cite: a, action: search.run, when: {all: [{purpose: personal}, {purpose: warrant}]}}
  - {id: wide, cite: a, action: search.run, when: {requester.agency: [vendor, company]}}
  - {id: idle, cite: a, action: search.run, when: {requester.agency: vendor}}
  - {id: barred, cite: a, action: data.share, unless: {all: [{share.sale: true}, {share.sale: false}]}}
"""


def test_what_is_wrong_in_a_text() -> None:
    """A statement that can never apply, one that others cover, and an act that is always denied are each found."""
    found = proven(FAULTS)
    wrong = {(one.kind, one.about) for one in found if one.verdict is Verdict.FAILS}
    unused = {act for kind, act in wrong if kind == "allowable"}

    bans = {one for one in wrong if one[0] == "live" or one[1] in ("dead", "wide", "idle")}

    assert {("live", "dead"), ("shadowed", "idle"), ("overlap", "wide"), ("overlap", "idle")} == bans
    assert "data.share" in unused
    assert "search.run" not in unused


def test_the_solver_agrees_with_the_search() -> None:
    """Where z3 is installed it finds a case exactly where the search does, and its cases meet every bound."""
    pytest.importorskip("z3", reason="the extra verify is not installed")
    from tests.comparing_kit import shipped_side

    from alpr_policy.evaluators.symbolic.classes import Space
    from alpr_policy.evaluators.symbolic.gates import gates
    from alpr_policy.evaluators.symbolic.solver import solve

    one, other = shipped_side("cambridge"), shipped_side("waltham")
    space = Space((*one.rulesets, *other.rulesets), USUAL_TIME)
    mine, theirs = gates(one.rulesets, "search.run", 0), gates(other.rulesets, "search.run", len(one.rulesets))
    ground = Ground(space, (*mine, *theirs), "search.run")
    for gate in mine:
        bounds = (Bound(gate, max(gate.levels), 2), *(Bound(o, 0, max(gate.levels) - 1) for o in theirs))
        question = ground.question(bounds)
        found, searched = solve(question), question.search.find(question.wishes, float("inf"), {}, set())

        assert (searched is None) == (found is None)
        assert found is None or _meets(question, found)


def _meets(question: Question, found: dict[int, Any]) -> bool:
    masks = [ALL] * question.search.tests
    for number, value in found.items():
        for test, truth in zip(question.search.groups[number].atoms, value.truths, strict=True):
            masks[test] = truth
    return all(not wish.formula(masks) & ~wish.allowed for wish in question.wishes)


DATED = "prohibitions:\n  - {{id: dated, cite: a, action: search.run, when: {{at: {{{when}}}}}}}\n"


def test_tests_of_the_time_itself() -> None:
    """A rule about when an act is done is looked at on both sides of its day."""
    before, after = DATED.format(when="before: 2020-05-01"), DATED.format(when="before: 2020-06-01")

    assert Relation.STRICTER == of(before, after).relation
    assert Verdict.HOLDS == proven(before, denies=["search.run: {at: {before: 2020-05-01}}"])[0].verdict
    assert Verdict.FAILS == proven(before, denies=["search.run: {at: {before: 2020-06-01}}"])[0].verdict


def test_the_solver_takes_over_where_the_search_gives_up() -> None:
    """With no time for the search, z3 comes to the same on an act that is not about stored data."""
    pytest.importorskip("z3", reason="the extra verify is not installed")
    from tests.comparing_kit import shipped_side

    from alpr_policy.evaluators.symbolic.solver import solve

    one, other = shipped_side("cambridge"), shipped_side("waltham")
    searched = compare(one, other, actions=["search.run", "stop.start"])
    solved = compare(one, other, actions=["search.run", "stop.start"], seconds=1e-9, solver=solve)

    assert [act.relation for act in searched.acts] == [act.relation for act in solved.acts]
    assert [{(one.rule, one.first, one.second) for one in act.differences if one.laxer} for act in searched.acts] == [
        {(one.rule, one.first, one.second) for one in act.differences if one.laxer} for act in solved.acts
    ]


def test_a_value_that_only_one_text_knows() -> None:
    """A word that one text adds to a list does not hide those that both know."""
    known = "all: [{recipient.kind: {not_in: [court]}}, {not: {recipient.kind: {none: true}}}]"
    ban = f"prohibitions:\n  - {{id: others, cite: a, action: data.share, when: {{{known}}}}}\n"
    other = "prohibitions:\n  - {id: court, cite: a, action: data.share, when: {recipient.kind: court}}\n"
    found = of(ban, other + "facts:\n  recipient.kind: {add_values: [aa_first]}\n")
    ways = {(one.action, one.first.value, one.second.value) for act in found.acts for one in act.differences}

    assert {("data.share", "deny", "allow"), ("data.share", "allow", "deny")} == ways
