"""What the linter calls impossible is impossible, whatever the request; and it has an answer to every profile."""

from __future__ import annotations

import random
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.strategies import EXAMPLES, OTHERS, SMALL_PROFILES, cases, often
from tests.laws.test_formatting import authored

from alpr_policy.ir.lower import lower
from alpr_policy.ir.nodes import All, Not
from alpr_policy.lint.config import Settings
from alpr_policy.lint.regions import Regions
from alpr_policy.lint.rule import Reads, all_rules
from alpr_policy.lint.subject import Subject
from alpr_policy.reading.profiles import load_source
from alpr_policy.source import SourceFile


@often
def test_what_is_called_impossible_never_holds(name: str, data: st.DataObject) -> None:
    """Conditions, pairs of them and their opposites that the linter calls impossible are true of no request."""
    subject, request = data.draw(cases(name))
    regions = Regions(subject.text.rules.vocabulary)
    conds = list(subject.text.conditions(request["action"]))
    few = random.Random(data.draw(OTHERS)).sample(conds, min(len(conds), 8))
    asked = [(one,) for one in conds] + [(Not(one),) for one in conds]
    asked += [pair for one, other in combinations(few, 2) for pair in ((one, other), (one, Not(other)))]
    impossible = [All(several) for several in asked if not regions.together(*several)]

    assert [] == [
        cond for cond, truth in zip(impossible, subject.text.truths(request, impossible), strict=True) if truth
    ]


@settings(max_examples=EXAMPLES)
@given(st.integers(0, SMALL_PROFILES - 1))
def test_every_rule_has_an_answer_to_every_profile(seed: int) -> None:
    """No profile makes a rule fail, and what a rule finds has a place in the text and a sentence of one line."""
    loaded = load_source(SourceFile("small.yaml", authored(seed)))
    assert loaded.profile is not None
    assert loaded.source is not None
    subject = Subject(
        source=loaded.source,
        tree=loaded.tree,
        known=loaded.profile,
        rules=lower(loaded.profile),
        versions=(loaded.profile,),
        tested=frozenset(),
    )
    rules = [rule for rule in all_rules().values() if rule.reads is not Reads.PROOF]
    found = [one for rule in rules for one in rule.check(subject, Settings().options_of(rule))]
    lines = subject.lines

    assert [] == [one for one in found if not 0 < one.span.line <= len(lines)]
    assert [] == [one for one in found if not 0 < one.span.column <= len(lines[one.span.line - 1])]
    assert [] == [one for one in found if "\n" in one.message or not one.message or one.message.endswith(".")]
