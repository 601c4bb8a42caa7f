"""The expected answers hold each profile to its text: no statement can be dropped or altered without one failing.

A mutant that no answer can tell from the profile is listed with its reason in tests/mutants/equivalent.yaml; one that
is listed and told apart all the same fails too, so that the list stays true. `python -m tests.test_mutants` prints
every mutant that lives, listed or not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from tests.suites import Case, DutyCase, Suite, case_differences, differences, duty_differences, read_suite

from alpr_policy import PolicyDecisionPoint, Request, parse_profile, read_request
from alpr_policy.ir.lower import lower
from alpr_policy.ir.nodes import Require, Rule, Ruleset
from alpr_policy.meaning.parts import facts_of
from alpr_policy.questions.mutants import Mutant, mutants
from alpr_policy.reading.catalog import load_catalog, shipped_folder

FOLDER = Path(__file__).parent / "policies"
DEMO = Path(__file__).parents[1] / "examples" / "demo" / "policies"
LISTS = Path(__file__).parent / "mutants"
PROFILES = load_catalog([shipped_folder()]).names
STORED = frozenset({"data.store", "data.purge"})
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Answers:
    """The expected answers of a profile and its adopters that hold, by action, and duties that stand as expected."""

    cases: dict[str, list[tuple[Case, Request]]]
    duties: list[DutyCase]


def answers(name: str, suites: list[Suite], pdp: PolicyDecisionPoint) -> Answers:
    """Leave out what fails already: that is the business of test_policies, and would kill every mutant."""
    names = {name, *pdp.catalog.adopters(name)}
    cases: dict[str, list[tuple[Case, Request]]] = {}
    for case in (case for suite in suites for case in suite.cases):
        if names & {*case.request["departments"]} and not case_differences(case, pdp):
            request = read_request(case.request)
            cases.setdefault(request.action, []).append((case, request))
    duties = [duty for suite in suites for duty in suite.duties if duty.profile in names]
    return Answers(cases, [duty for duty in duties if not duty_differences(duty, pdp)])


def touched(one: Ruleset, other: Ruleset) -> frozenset[str]:
    """Return the actions that two rulesets of one department may judge differently."""
    if one.roles != other.roles:
        return frozenset(one.vocabulary.actions)
    found = set(one.silence_allows ^ other.silence_allows)
    found |= {action for action, _ in _own_rules(one, other) ^ _own_rules(other, one)}
    changed = {n for n in one.specs.keys() | other.specs.keys() if one.specs.get(n) != other.specs.get(n)}
    found |= {action for rule in one.rules if _read(rule) & changed for action in rule.actions}
    held = {name for freeze in one.freezes for name in facts_of(freeze.active)}
    found |= STORED if one.keeps != other.keeps or one.freezes != other.freezes or held & changed else set()
    return frozenset(found)


def _own_rules(one: Ruleset, other: Ruleset) -> set[tuple[str, Rule]]:
    """Return the rules of one ruleset that the other has not, taken apart by action."""
    others = set(other.rules)
    own = [rule for rule in one.rules if rule not in others]
    return {(a, dataclasses.replace(rule, actions=frozenset({a}))) for rule in own for a in rule.actions}


def _read(rule: Rule) -> frozenset[str]:
    met = facts_of(rule.met) | facts_of(rule.excused) if isinstance(rule, Require) else frozenset()
    return facts_of(rule.applies) | met


def killed(mutant: Mutant, name: str, pdp: PolicyDecisionPoint, known: Answers) -> str | None:
    """Return the name of an answer that tells a mutant from its profile."""
    mutated = PolicyDecisionPoint(pdp.catalog.with_changed(pdp.catalog.latest(name), mutant.profile))
    texts = (name, *pdp.catalog.adopters(name))
    pairs = [tuple(point.ruleset(point.catalog.latest(one)) for point in (pdp, mutated)) for one in texts]
    for action in sorted({action for before, after in pairs for action in touched(before, after)}):
        for case, request in known.cases.get(action, ()):
            if differences(case.expect, mutated.decide(request, as_if=case.as_if)):
                return case.name
    if any(before.schedules != after.schedules for before, after in pairs):
        return next((duty.name for duty in known.duties if duty_differences(duty, mutated)), None)
    return None


def survivors(name: str) -> tuple[list[Key], int]:
    """Return the mutants of a profile that no expected answer tells from it, and how many mutants there are."""
    pdp = PolicyDecisionPoint.load(DEMO)
    suites = [read_suite(path) for path in sorted(FOLDER.glob("*.yaml"))]
    known = answers(name, suites, pdp)
    made = list(mutants(pdp.catalog.latest(name)))
    return [(name, m.statement_id, m.what) for m in made if killed(m, name, pdp, known) is None], len(made)


def listed() -> Iterator[tuple[Key, str]]:
    """Yield the mutants that are known to be no different, each with the reason."""
    for entry in yaml.safe_load((LISTS / "equivalent.yaml").read_text(encoding="utf-8")):
        for what in [entry["what"]] if isinstance(entry["what"], str) else entry["what"]:
            yield (entry["profile"], entry["statement"], what), entry["reason"]


@pytest.mark.parametrize("name", PROFILES)
def test_every_mutant_is_told_apart_or_listed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is dropped or altered in a profile makes an expected answer fail, or is listed with its reason."""
    alive, made = survivors(name)
    excused = {key for key, _ in listed() if key[0] == name}
    with capsys.disabled():
        score = f"{made - len(alive)} of {made} mutants told apart, {len(excused)} listed as equivalent"
        print(f"\n{name}: {score} ({(made - len(alive)) / (made - len(excused)):.1%} of the others)")
    assert [] == [key for key in alive if key not in excused], "add an expected answer from the policy's text"
    assert [] == sorted(excused - set(alive)), "these are told apart after all, or no mutants: take them off the list"


def test_mutants_can_be_told_from_one_another() -> None:
    """A mutant is named by its statement and one phrase, so that the list can name it."""
    catalog = PolicyDecisionPoint.load().catalog
    for name in PROFILES:
        keys = [(m.statement_id, m.what) for m in mutants(catalog.latest(name))]
        assert len(set(keys)) == len(keys)


def test_each_part_of_a_statement_is_altered() -> None:
    """Of every kind of statement each part is dropped or altered once, and what comes of it can be lowered."""
    small = yaml.safe_load((LISTS / "phrases.yaml").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for mutant in mutants(parse_profile(small["profile"])):
        lower(mutant.profile)
        found.setdefault(mutant.statement_id, []).append(mutant.what)
    assert small["phrases"] == found


def test_each_listed_mutant_has_a_reason_and_is_listed_once() -> None:
    """The list says of every mutant why no answer can tell it, and says it once."""
    entries = list(listed())
    assert [] == [key for key, reason in entries if not reason.strip()]
    assert len(entries) == len({key for key, _ in entries})


if __name__ == "__main__":
    for profile in PROFILES:
        for _, statement, phrase in survivors(profile)[0]:
            print(f"{profile}: {statement}: {phrase}")
