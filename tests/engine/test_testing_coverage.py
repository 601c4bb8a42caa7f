"""What tests hold of a profile: the pairs that show a condition to decide, the shares, and what changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.testing_kit import CLEAR, HEAD, PROFILE, searching, write

from alpr_policy import parse_profile
from alpr_policy.ir.nodes import TRUE, All, Any, Atom, Cond, Not, Op
from alpr_policy.meaning.truth import Truth
from alpr_policy.questions.testing.changed import changed
from alpr_policy.questions.testing.covered_page import page
from alpr_policy.questions.testing.covering import Covered, watch
from alpr_policy.questions.testing.finding import find, load
from alpr_policy.questions.testing.probes import POSSIBLE, Leaf, Probe, probes, shown
from alpr_policy.source import NOWHERE

A, B, C = (Atom(str(number), Op.NONE) for number in range(3))
BOTH, EITHER = All((A, B)), Any((A, B))
T, F, U = True, False, None


def probe(tree: Cond, leaves: int) -> Probe:
    """Return a condition of so many leaves."""
    several = tuple(Leaf(TRUE, str(number), NOWHERE) for number in range(leaves))
    return Probe(statement="s", name="when", leaves=several, tree=tree, guard=TRUE, where=POSSIBLE)


@pytest.mark.parametrize(
    ("tree", "vectors", "leaf", "found"),
    [
        (BOTH, [(T, T), (F, T)], 0, "alone"),
        (BOTH, [(T, T), (F, T)], 1, None),
        (BOTH, [(T, F), (F, T)], 0, None),
        (BOTH, [(T, T), (F, F)], 0, None),
        (BOTH, [(T, T), (F, U)], 0, None),
        (BOTH, [(T, T), (U, T)], 0, None),
        (EITHER, [(T, F), (F, F)], 0, "alone"),
        (EITHER, [(T, T), (F, F)], 0, None),
        (EITHER, [(T, U), (F, F)], 0, None),
        (Not(A), [(T,), (F,)], 0, "alone"),
        (All((A, Any((B, C)))), [(T, T, F), (F, F, T)], 0, "masking"),
        (All((A, Any((B, C)))), [(T, T, F), (F, T, F), (F, F, T)], 0, "alone"),
        (All((A, Any((B, C)))), [(T, T, F), (T, F, F)], 1, "alone"),
        (All((A, Any((B, C)))), [(T, T, T), (T, F, F)], 1, None),
    ],
)
def test_pair_of_tests_shows_that_a_leaf_decides(
    tree: Cond, vectors: list[tuple[Truth, ...]], leaf: int, found: str | None
) -> None:
    """A pair counts where the leaf decides in both and is true in one, false in the other; unknown decides nothing."""
    pair = shown(probe(tree, len(vectors[0])), leaf, vectors)

    assert found == (None if pair is None else "alone" if pair.alone else "masking")


def test_pair_changes_the_outcome() -> None:
    """The two vectors of a pair come to different outcomes of the condition."""
    one = probe(All((A, Any((B, C)))), 3)
    pair = shown(one, 0, [(T, T, F), (F, F, T)])
    assert pair is not None

    assert (True, False) == (one.outcome(pair.true), one.outcome(pair.false))


def test_conditions_are_those_of_the_author() -> None:
    """Each test of a fact is a leaf at its own line; what a statement asks for by itself is one too."""
    found = {
        name: [(one.name, [leaf.text for leaf in one.leaves]) for one in several]
        for name, several in probes(parse_profile(PROFILE)).items()
    }

    traits = ["basis.protected_trait is sole", "basis.protected_trait is one_factor", "data.custodian is vendor"]
    assert {
        "official": [
            ("when", ["purpose in [criminal_investigation, missing_person]"]),
            ("unless", ["case.state is closed"]),
        ],
        "traits": [("when", traits)],
        "reasoned": [("must", ["reason.recorded is true"])],
        "asked": [("when", ["data.custodian is department"]), ("by", ["approval.asked is granted"])],
        "month": [("data", ["data.classes has any of read"]), ("at_most", ["record.age more than 30 days"])],
        "log": [],
    } == found


def covered(folder: Path, cases: str) -> Covered:
    """Run cases beside the small department's profile and return what they hold of it."""
    write(folder, "cases:\n" + cases, head=HEAD + "strict: false\n")
    pdp, suites = load(find([folder], here=folder))
    return watch(pdp, suites, [pdp.catalog.latest("smallville")])[1][0]


def test_statement_is_covered_where_it_applied(tmp_path: Path) -> None:
    """A statement counts once it applied; how often it did not, and how often that is not known, is told beside."""
    cases = searching("a", "outcome: allow") + searching(
        "b", "outcome: deny", CLEAR.replace("missing_person", "personal")
    )
    found = covered(tmp_path, cases + searching("c", "outcome: needs", CLEAR.replace("purpose: missing_person, ", "")))

    told = {one.id: (one.true, one.false, one.unknown) for one in found.statements}
    assert {
        "official": (1, 1, 1),
        "traits": (0, 3, 0),
        "reasoned": (3, 0, 0),
        "asked": (0, 3, 0),
        "month": (0, 0, 0),
        "log": (3, 0, 0),
    } == told
    assert ((3, 6), (3, 6)) == (found.counts("statements"), found.counts("citations"))


def test_condition_is_covered_by_a_pair(tmp_path: Path) -> None:
    """The purpose is shown to decide by two tests that differ in it alone, which are named."""
    cases = searching("a", "outcome: allow") + searching(
        "b", "outcome: deny", CLEAR.replace("missing_person", "personal")
    )
    official = next(one for one in covered(tmp_path, cases).statements if one.id == "official")

    told = [(leaf.condition, leaf.shown, leaf.alone, len(leaf.by)) for leaf in official.leaves]
    assert [("when", True, True, 2), ("unless", False, False, 0)] == told


def test_test_that_fails_holds_nothing(tmp_path: Path) -> None:
    """What a failing test asks about does not count as covered."""
    assert 0 == covered(tmp_path, searching("a", "outcome: deny")).tests


def test_our_profiles_are_covered() -> None:
    """Every statement of the shipped profiles ran, every clause was reached, and every condition is shown to decide."""
    pdp, suites = load(find([], here=Path("/")))
    names = ("billerica", "cambridge", "leicester", "model", "waltham")
    found = watch(pdp, suites, [pdp.catalog.latest(name) for name in names])[1]

    missing = [
        (one.profile, statement.id, leaf.text)
        for one in found
        for statement in one.statements
        for leaf in statement.leaves
        if leaf.counted and not leaf.shown
    ]
    assert [] == missing
    assert [100.0] * 10 == [one.percent(what) for one in found for what in ("statements", "citations")]


@pytest.mark.parametrize(
    ("old", "new", "ids"),
    [
        ("", "", set()),
        ("Chief of Police,", "Head of Police,", set()),
        ("30 days", "31 days", {"month"}),
        ("missing_person]", "missing_person, warrant]", {"official"}),
        ("designee: true", "designee: false", {"asked"}),
        ("{id: month,", "{id: thirty,", {"thirty"}),
        ("language: 1\n", "language: 1\n# a remark\n", set()),
    ],
)
def test_changed_statements_are_those_that_come_to_something_else(old: str, new: str, ids: set[str]) -> None:
    """Words for people and comments change nothing; a role changes what names it."""
    assert ids == changed(parse_profile(PROFILE), parse_profile(PROFILE.replace(old, new) if old else PROFILE))


def test_without_an_earlier_text_all_is_new() -> None:
    """A profile that was not there before has changed in every statement."""
    assert {"official", "traits", "reasoned", "asked", "month", "log"} == changed(None, parse_profile(PROFILE))


def test_coverage_of_some_statements_alone(tmp_path: Path) -> None:
    """Of what changed, only those statements and the clauses that they rest on are counted."""
    found = covered(tmp_path, searching("a", "outcome: allow")).only(frozenset({"official", "month"}))

    assert ((1, 2), (1, 2)) == (found.counts("statements"), found.counts("citations"))


def test_page_shows_the_text_and_escapes_it(tmp_path: Path) -> None:
    """The page holds each line of the profile, coloured by what tests show, and no markup of the profile's own."""
    write(tmp_path, "cases:\n" + searching("a", "outcome: allow, rules: [official], obligations: [log_transaction]"))
    text = PROFILE.replace("Smallville Police", "<b>Smallville</b> Police")
    (tmp_path / "smallville.yaml").write_text(text, encoding="utf-8")
    pdp, suites = load(find([tmp_path], here=tmp_path))
    found = watch(pdp, suites, [pdp.catalog.latest("smallville")])[1]
    shown_page = page(found, pdp.catalog.sources)

    assert "<b>Smallville" not in shown_page and "&lt;b&gt;Smallville" in shown_page
    assert text.count("\n") == shown_page.count("<i>")
    assert 'class="never" title="month: applied 0, did not 0, not known 0"' in shown_page
    assert "http" not in shown_page
