"""Generated code: written when first asked for, readable, and with no word of a profile in it but as a constant."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from alpr_policy import PolicyDecisionPoint, parse_profile
from alpr_policy.evaluators.compiled import Compiled
from alpr_policy.evaluators.compiled.checks import PlainCheck
from alpr_policy.ir.lower import lower
from alpr_policy.questions.decide import Evaluator
from alpr_policy.reading.catalog import build
from alpr_policy.reading.profiles import load_source
from alpr_policy.source import SourceFile

PDP = PolicyDecisionPoint.load("examples/demo/policies")
# The only texts that generated code may hold: truth values and the states of what is known not to exist.
WORDS = {"true", "unknown", "none", "not_done"}
HOSTILE = Path(__file__).parents[1] / "cases" / "profiles" / "every_kind.yaml"


def programs() -> Iterator[tuple[str, str, str]]:
    """Yield profile, act and source of every function of every profile."""
    for profile in PDP.catalog.profiles:
        compiled = Compiled(PDP.ruleset(profile))
        for action in sorted(compiled.ruleset.vocabulary.actions):
            yield profile.profile, action, compiled.program(action).source


def test_no_word_of_a_profile_is_code() -> None:
    """The texts in generated code are a handful of our own; names, values, roles and clauses are constants."""
    found = {
        node.value
        for _, _, source in programs()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert set() == found - WORDS


def test_generated_code_imports_and_sets_nothing() -> None:
    """Generated code neither imports nor reaches for private attributes, and stores into variables of its own alone."""
    for _, _, source in programs():
        for node in ast.walk(ast.parse(source)):
            assert not isinstance(node, ast.Import | ast.ImportFrom | ast.Global | ast.Lambda)
            if isinstance(node, ast.Attribute):
                assert isinstance(node.ctx, ast.Load)
                assert node.attr == "__class__" or not node.attr.startswith("_")


def test_a_function_is_written_when_its_act_is_first_asked_about() -> None:
    """Nothing is generated before an act is asked about, and then only that act's function, once."""
    compiled = Compiled(PDP.ruleset(PDP.catalog.latest("cambridge")))
    before = len(compiled._programs)
    first = compiled.program("search.run")

    assert (0, ["search.run"], first) == (before, list(compiled._programs), compiled.program("search.run"))


def test_the_compiled_evaluator_calls_nothing_in_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reference broken, every decision is the same as before."""
    request = {"action": "search.run", "at": "2026-05-04T10:00:00-04:00", "departments": ["cambridge"]}
    before = PolicyDecisionPoint(PDP.catalog).decide(request)
    for name in ("judge", "Judge", "matches", "truth"):
        monkeypatch.setattr(sys.modules["alpr_policy.evaluators.reference"], name, None)

    assert before == PolicyDecisionPoint(PDP.catalog).decide(request)


def test_a_fault_in_generated_code_denies_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the function of an act fails, the answer is deny with the reason `error`."""

    def broken(self: Compiled, action: str) -> None:
        raise RuntimeError(action)

    monkeypatch.setattr(Compiled, "program", broken)
    decision = PolicyDecisionPoint(PDP.catalog).decide(
        {"action": "search.run", "at": "2026-05-04T10:00:00-04:00", "departments": ["cambridge"]}
    )

    assert ("deny", False, ["error"]) == (decision.outcome.value, decision.proceed, [r.rule for r in decision.reasons])


def test_comments_hold_one_line_whatever_a_clause_is_called() -> None:
    """A statement's id and clauses stand in comments only as long as they are plain words."""
    profile = parse_profile(HOSTILE.read_text(encoding="utf-8"))
    compiled = Compiled(lower(profile))
    for action in compiled.ruleset.vocabulary.actions:
        comments = [line.strip() for line in compiled.program(action).source.split("\n") if line.strip()[:1] == "#"]
        assert [] == [line for line in comments if not line.isprintable() or len(line) > 130]


def test_both_evaluators_can_be_asked_for() -> None:
    """The reference decides where it is asked to, and says the same."""
    request = {"action": "stop.start", "at": "2026-05-04T10:00:00-04:00", "departments": ["leicester"]}
    one = PolicyDecisionPoint(PDP.catalog, evaluator=Evaluator.REFERENCE)

    assert PolicyDecisionPoint(PDP.catalog).decide(request) == one.decide(request)


def test_plain_checks_ask_the_tables_where_a_record_is_odd() -> None:
    """A check that names nobody and no age is judged at a glance; no other is."""
    rules = PDP.ruleset(PDP.catalog.latest("cambridge"))
    compiled = Compiled(rules)
    stops = [c for c in compiled.program("stop.start").constants.values() if getattr(c, "__self__", None) is not None]

    assert {"check.visual", "check.status"} == {
        one.__self__.spec.name for one in stops if isinstance(one.__self__, PlainCheck)
    }


CLOCK = """language: 1
profile: clock
department: Clock Police Department
policy: {title: Plate Readers, number: "1", effective: 2026-01-01}
timezone: America/New_York
silence: deny
permissions:
  - {id: trained, cite: "1", action: search.run, when: {requester.trained_on: {after: 2026-01-01}}}
outline: ["1"]
"""


def test_what_was_kept_of_one_request_shows_in_no_other() -> None:
    """Two requests that give the same instant in other words are each shown their own."""
    pdp = PolicyDecisionPoint(build([load_source(SourceFile("clock.yaml", CLOCK))]))
    written = ("2026-02-01T10:00:00-05:00", "2026-02-01T15:00:00+00:00", "2026-02-01T10:00:00-05:00")
    asked = {"action": "search.run", "at": "2026-05-04T10:00:00-04:00", "departments": ["clock"]}
    seen = [pdp.decide({**asked, "facts": {"requester.trained_on": one}}).reasons[0].facts[0].value for one in written]

    assert list(written) == seen
