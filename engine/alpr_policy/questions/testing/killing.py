"""Mutants: a profile with one thing otherwise, and whether any expected answer notices; what nobody notices is listed.

Only answers that hold count, and a mutant is asked only where its rules differ.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alpr_policy.ir.nodes import Require, Rule, Ruleset
from alpr_policy.meaning.parts import facts_of
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Request
from alpr_policy.questions.answers import case_differences, differences, duty_differences
from alpr_policy.questions.compare import Side, compare
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.mutants import Mutant, mutants
from alpr_policy.questions.stories import Story, story_differences
from alpr_policy.questions.suites import Case, DutyCase, Suite
from alpr_policy.reading.requests import read_request
from alpr_policy.source import Span
from alpr_policy.vocabulary import STORED

SECONDS, HINT_SECONDS = 60.0, 0.3
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Answers:
    """The expected answers of a profile and its adopters that hold: cases by action, duties, stories."""

    cases: Mapping[str, Sequence[tuple[Case, Request]]]
    duties: Sequence[DutyCase]
    stories: Sequence[Story] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A mutant that no expected answer notices: what is otherwise in which statement, and a case that would notice.

    `request` and the two outcomes are None where no outcome differs: only obligations, warnings or dates could.
    """

    statement: str
    what: str
    place: Span
    request: Mapping[str, Any] | None = None
    expected: str | None = None
    mutant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutated:
    """How many mutants were made, noticed, and excused as no different; `left` were not tried, for want of time."""

    profile: str
    made: int
    noticed: int
    excused: int
    left: int
    survivors: tuple[Survivor, ...]

    @property
    def percent(self) -> float:
        """Return the share of those tried, and not excused, that are noticed, in percent."""
        tried = self.made - self.left - self.excused
        return 100.0 * self.noticed / tried if tried else 100.0


def answers(name: str, suites: Iterable[Suite], pdp: PolicyDecisionPoint, *, stories: bool = True) -> Answers:
    """Return the answers that hold; one that fails already would notice every mutant."""
    names = {name, *pdp.catalog.adopters(name)}
    several = tuple(suites)
    cases: dict[str, list[tuple[Case, Request]]] = {}
    for case in (case for suite in several for case in suite.cases):
        mine = not case.proposed and names & {*case.request["departments"]}
        if mine and not case_differences(case, pdp):
            request = read_request(case.request)
            cases.setdefault(request.action, []).append((case, request))
    duties = [duty for suite in several for duty in suite.duties if duty.profile in names]
    told = [one for suite in several for one in suite.stories if names & {*one.departments}] if stories else []
    return Answers(
        cases,
        [duty for duty in duties if not duty_differences(duty, pdp)],
        [one for one in told if not story_differences(one, pdp)],
    )


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
    mutated = _mutated(mutant, name, pdp)
    pairs = _pairs(name, pdp, mutated)
    for action in sorted({action for before, after in pairs for action in touched(before, after)}):
        for case, request in known.cases.get(action, ()):
            if differences(case.expect, mutated.decide(request, as_if=case.as_if), strict=case.strict):
                return case.name
    if any(before.schedules != after.schedules for before, after in pairs):
        noticing = next((duty.name for duty in known.duties if duty_differences(duty, mutated)), None)
        if noticing is not None:
            return noticing
    return next((story.name for story in known.stories if story_differences(story, mutated)), None)


def _mutated(mutant: Mutant, name: str, pdp: PolicyDecisionPoint) -> PolicyDecisionPoint:
    return PolicyDecisionPoint(pdp.catalog.with_changed(pdp.catalog.latest(name), mutant.profile))


def _pairs(name: str, pdp: PolicyDecisionPoint, mutated: PolicyDecisionPoint) -> list[tuple[Ruleset, Ruleset]]:
    """Return the rules of a profile, and of what adopts it, before and after."""
    texts = (name, *pdp.catalog.adopters(name))
    return [(pdp.ruleset(pdp.catalog.latest(n)), mutated.ruleset(mutated.catalog.latest(n))) for n in texts]


def mutate(
    pdp: PolicyDecisionPoint,
    profile: Profile,
    suites: Iterable[Suite],
    *,
    excused: Iterable[Key] = (),
    seconds: float = SECONDS,
    watch: Callable[[int, int], None] = lambda done, total: None,
) -> Mutated:
    """Try the mutants of a profile for so many seconds of processor time; `watch` is told how far it has come.

    `excused` are known to be no different: profile, statement, and what is otherwise.
    """
    until = time.process_time() + seconds
    name = profile.profile
    known = answers(name, suites, pdp)
    made = list(_spread(list(mutants(profile))))
    passed = frozenset(excused)
    noticed = tried = let_pass = 0
    survivors: list[Mutant] = []
    for mutant in made:
        if time.process_time() > until:
            break
        tried += 1
        watch(tried, len(made))
        if (name, mutant.statement_id, mutant.what) in passed:
            let_pass += 1
        elif killed(mutant, name, pdp, known) is None:
            survivors.append(mutant)
        else:
            noticed += 1
    places = places_of(profile)
    return Mutated(
        profile=name,
        made=len(made),
        noticed=noticed,
        excused=let_pass,
        left=len(made) - tried,
        survivors=tuple(_survivor(one, name, pdp, places) for one in survivors),
    )


def _spread(made: list[Mutant]) -> Iterator[Mutant]:
    """Yield one mutant of each statement, then the second of each, so that little time says something of all."""
    by: dict[str, list[Mutant]] = {}
    for one in made:
        by.setdefault(one.statement_id, []).append(one)
    for turn in range(max(map(len, by.values()), default=0)):
        yield from (several[turn] for several in by.values() if turn < len(several))


def places_of(profile: Profile) -> dict[str, Span]:
    """Return where what may be altered of a profile stands."""
    terms = {f"terms.{name}": term.span for name, term in profile.terms.items()}
    roles = {f"roles.{name}": role.span for name, role in profile.roles.items()}
    return {**terms, **roles, **{one.id: one.span for one in profile.statements}}


def _survivor(mutant: Mutant, name: str, pdp: PolicyDecisionPoint, places: Mapping[str, Span]) -> Survivor:
    """Return a mutant that nobody notices, with a request that its outcome shows in, if there is one."""
    mutated = _mutated(mutant, name, pdp)
    acts = sorted({action for before, after in _pairs(name, pdp, mutated)[:1] for action in touched(before, after)})
    now, then = pdp.catalog.latest(name), mutated.catalog.latest(name)
    sides = [
        Side(name=name, profile=one, rulesets=(point.ruleset(one),)) for point, one in ((pdp, now), (mutated, then))
    ]
    place = places.get(mutant.statement_id, now.spans["profile"])
    for action in acts:
        found = compare(*sides, actions=(action,), seconds=HINT_SECONDS, each=False)
        for one in (difference for act in found.acts for difference in act.differences):
            return Survivor(
                statement=mutant.statement_id,
                what=mutant.what,
                place=place,
                request=one.request,
                expected=one.first.value,
                mutant=one.second.value,
            )
    return Survivor(statement=mutant.statement_id, what=mutant.what, place=place)
