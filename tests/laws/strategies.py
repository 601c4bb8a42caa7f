"""Requests for the laws, drawn from the vocabulary and from one profile's own words.

Most requests are steered: facts and records are chosen so that some rules apply, are not met, or are just met. Half
start from a request that is allowed, so that one missing or different fact decides. The other facts are drawn near the
profile's constants.
"""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.laws.records import Part
from tests.laws.rewriting import joined, text_of
from tests.laws.small_generic import small_generic
from tests.laws.small_profiles import small_profile
from tests.laws.steering import Steering, raw_request
from tests.laws.subjects import LIST_OF, PLAIN_TIME, RECORD_LISTS, STORED, Text, shipped
from tests.laws.supply import climb

from alpr_policy import Decision, Outcome, Profile
from alpr_policy.ir.nodes import FALSE, TRUE, All, Cond, Not, Require, Ruleset, Sure

Raw = dict[str, Any]
GAPS: tuple[Any, ...] = ("unknown", "withheld", {"conflict": ["one", "other"]}, "no_such_value", 7)

# However many profiles are shipped, a law is tried on as many requests in all; a search further afield has its own.
SEARCHING = settings.default.max_examples > 100
EXAMPLES = settings.default.max_examples if SEARCHING else max(20, 180 // (len(shipped()) + 1))
# A slow machine is no fault of a law, and one request is many small draws.
law = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@dataclass(frozen=True)
class Target:
    """A rule to reach: which statement it comes from, on which actions, and when it applies."""

    statement: str
    effect: str
    actions: tuple[str, ...]
    applies: Cond
    number: int

    @property
    def name(self) -> str:
        """Name the rule by its statement and effect; one statement can give several rules of one effect."""
        return f"{self.statement} ({self.effect})" + (f" {self.number}" if self.number > 1 else "")


class Subject:
    """A text with all that is worked out once for drawing requests under it."""

    def __init__(self, text: Text, effort: int = 200) -> None:
        self.text = text
        self.effort = effort
        self._steering: dict[tuple[str, str], Steering] = {}
        self._allowed: dict[str, Part | None] = {}

    def __repr__(self) -> str:
        return repr(self.text)

    @cached_property
    def kept(self) -> tuple[Profile, Ruleset]:
        """Return a copy of the profile and its rules as they were when first asked for."""
        return copy.deepcopy((self.text.profile, self.text.rules))

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """Return every rule of the text, those on stored data included."""
        rules = self.text.rules
        found = [(r.origin.id, type(r).__name__.lower(), tuple(sorted(r.actions)), r.applies) for r in rules.rules]
        found += [(k.origin.id, "keep", STORED, k.applies) for k in rules.keeps]
        found += [(f.origin.id, "hold", STORED, f.active) for f in rules.freezes]
        seen: Counter[tuple[str, str]] = Counter()
        targets = []
        for one in found:
            seen[one[:2]] += 1
            targets.append(Target(*one, seen[one[:2]]))
        return tuple(targets)

    @cached_property
    def goals(self) -> tuple[tuple[tuple[str, ...], Cond], ...]:
        """Return what requests are steered at, with the actions: rules that apply, and their further turns."""
        rules = self.text.rules
        found: list[tuple[tuple[str, ...], Cond]] = [(target.actions, target.applies) for target in self.targets]
        for rule in rules.rules:
            if isinstance(rule, Require):
                unmet = (rule.applies, Not(rule.met))
                turns = [unmet] + ([(*unmet, rule.excused)] if rule.excused != FALSE else [])
                found += [(tuple(sorted(rule.actions)), All(turn)) for turn in turns]
        for keep in rules.keeps:
            found += [(STORED, All((keep.applies, end))) for end in (keep.passed, keep.unreached) if end != FALSE]
        found += [(STORED, ended) for freeze in rules.freezes for ended in _but_for(freeze.active)]
        return tuple(found)

    def steering(self, action: str, at: str) -> Steering:
        """Return what steers requests for one action and moment."""
        key = (action, at)
        if key not in self._steering:
            self._steering[key] = Steering(self.text, action, at)
        return self._steering[key]

    def allowed(self, action: str) -> Part | None:
        """Return a request for an action that is allowed, if answering what is asked leads to one."""
        if action not in self._allowed:
            end = climb(self.text, raw_request(self.text, action, PLAIN_TIME, Part()), self.effort)
            lists = {name: end.request[name] for name in RECORD_LISTS if name in end.request}
            allowed = end.decision.outcome is Outcome.ALLOW
            self._allowed[action] = Part(end.request["facts"], lists) if allowed else None
        return self._allowed[action]


def _but_for(active: Cond) -> list[Cond]:
    """Return where a hold would be active but for its end, if it has one."""
    parts = active.of if isinstance(active, All) else (active,)
    ends = [part for part in parts if isinstance(part, Not) and isinstance(part.of, Sure)]
    return [All(tuple(part.of if part is end else part for part in parts)) for end in ends]  # type: ignore[union-attr]


class Drawing:
    """Draws one request under one text; `rng` stands for Hypothesis' choices."""

    def __init__(self, subject: Subject, rng: random.Random) -> None:
        self.subject = subject
        self.text = subject.text
        self.rng = rng

    def chance(self, percent: int) -> bool:
        """Say yes in so many cases of a hundred: drawn as a whole number, since Hypothesis prefers odd fractions."""
        return self.rng.randrange(100) < percent

    def request(self, target: Target | None) -> Raw:
        """Draw a request, steered at `target` if one is given, else mostly at one or more goals of one action."""
        rng, text = self.rng, self.text
        goal = (target.actions, target.applies) if target else self._goal()
        action = rng.choice(goal[0])
        base = self.subject.allowed(action) if self.chance(50) else None
        at = PLAIN_TIME if base is not None else rng.choice(text.moments)
        steering = self.subject.steering(action, at)
        more = [cond for actions, cond in self.subject.goals if action in actions] if not target else []
        joint = [goal[1], *(rng.choice(more) for _ in range(rng.choice((0, 0, 1, 2))) if more)]
        fixed = steering.towards(rng, All(tuple(joint))) or steering.towards(rng, goal[1]) or Part()
        part = self._filled(steering, base or Part(), fixed)
        return raw_request(text, action, at, Part({**part.facts, **fixed.facts}, {**part.records, **fixed.records}))

    def _goal(self) -> tuple[tuple[str, ...], Cond]:
        aimed = self.subject.goals and self.chance(80)
        return self.rng.choice(self.subject.goals) if aimed else (self.text.actions, TRUE)

    def _filled(self, steering: Steering, base: Part, fixed: Part) -> Part:
        """Draw what the steering leaves open: facts that bear on the action, some record lists, a little noise."""
        rng, text = self.rng, self.text
        names = sorted(text.read_on(steering.action))
        facts, records = dict(base.facts), dict(base.records)
        beside: Raw = {}
        for name in names:
            if name in RECORD_LISTS:
                if name not in fixed.records and (name not in records or self.chance(50)):
                    beside |= self._records(steering, name, records)
            elif name not in fixed.facts and (name not in facts or self.chance(12)):
                self._fact(name, steering.at, facts)
        if self.chance(20):
            self._fact(rng.choice(self._foreign(steering.action)), steering.at, facts)
        if self.chance(10):
            records.setdefault(rng.choice(RECORD_LISTS), [])
        return Part(facts | (beside if self.chance(70) else {}), records)

    def _foreign(self, action: str) -> list[str]:
        """Return facts that no rule on the action reads, and answers a caller may state though they are worked out."""
        facts = self.text.words.facts_on(action)
        states = set(self.text.rules.specs) - set(self.text.profile.facts)
        return [fact.name for fact in facts if fact.name != "at" and fact.name not in states]

    def _fact(self, name: str, at: str, facts: Raw) -> None:
        near, other = self.text.palette(name, at)
        dice = self.rng.randrange(100)
        facts.pop(name, None)
        if dice < 14:
            return
        if dice < 18:
            facts[name] = None
        elif dice < 24:
            facts[name] = self.rng.choice(GAPS)
        elif near and dice < 86:
            facts[name] = self.rng.choice(near)
        elif other or near:
            facts[name] = self.rng.choice(other or near)

    def _records(self, steering: Steering, name: str, records: dict[str, list[Raw]]) -> Raw:
        """Draw a record list: unknown, empty, or with one or two statements in some state; return facts for it."""
        rng = self.rng
        states = [s for s in self.text.states_on(steering.action) if LIST_OF[type(self.text.rules.specs[s])] == name]
        dice = rng.randrange(100)
        records.pop(name, None)
        if dice < 20:
            return {}
        if name == "events" or dice < 35 or not states:
            records[name] = self._events(steering) if name == "events" and dice >= 35 else []
            return {}
        ways = [steering.some(rng, rng.choice(states)) for _ in range(rng.choice((1, 1, 2)))]
        records[name] = [record for way in ways for record in way.records.get(name, [])]
        return {fact: value for way in ways for fact, value in way.facts.items()}

    def _events(self, steering: Steering) -> list[Raw]:
        clocks = [name for name in self.text.atoms if "events" in self.text.sources(name)]
        return self.rng.choice(steering.ways(self.rng.choice(sorted(clocks)))).records["events"] if clocks else []


@lru_cache(maxsize=400)
def small(seed: int, prefix: str = "s") -> Subject:
    """Return the small profile that a seed gives; the same one in every run."""
    return Subject(Text.alone(small_profile(random.Random(seed), prefix)), effort=60)


@lru_cache(maxsize=200)
def generic(seed: int) -> Subject:
    """Return the small policy about other things that a seed gives; the same one in every run."""
    return Subject(Text.alone(small_generic(random.Random(seed))), effort=60)


@lru_cache(maxsize=600)
def rewritten(subject: Subject, how: Callable[..., Profile], *args: str) -> Text:
    """Return a profile rewritten by one of the functions of `rewriting`."""
    return text_of(how(subject.text.profile, *args), subject.text.catalog)


@lru_cache(maxsize=400)
def extended(subject: Subject, seed: int, kinds: tuple[str, ...], force: str | None = None) -> Subject:
    """Return a profile with a small one's statements of some kinds added, as advice if `force` says so."""
    changed = {"force": force} if force else {}
    profile = joined(subject.text.profile, small(seed, "x").text.profile, kinds, **changed)
    return Subject(text_of(profile, subject.text.catalog), effort=1)


def subjects(name: str) -> st.SearchStrategy[Subject]:
    """Return a shipped profile by its name, or draw one of the small ones."""
    if name == "generic":
        return st.integers(0, GENERIC_PROFILES - 1).map(generic)
    if name != "small":
        return st.just(SHIPPED[name])
    return st.integers(0, SMALL_PROFILES - 1).map(small)


@st.composite
def requests(draw: st.DrawFn, subject: Subject, about: Target | None = None) -> Raw:
    """Draw a request under one text; `about` names the rule that it must reach."""
    return Drawing(subject, draw(st.randoms(use_true_random=False))).request(about)


@st.composite
def cases(draw: st.DrawFn, name: str) -> tuple[Subject, Raw]:
    """Draw a profile and a request under it."""
    subject = draw(subjects(name))
    return subject, draw(requests(subject))


def everywhere(test: Callable[..., None]) -> Callable[..., None]:
    """Try a law on every shipped profile and on small ones: a parameter `name`, and draws from `data`."""
    tried: Callable[..., None] = law(given(data=st.data())(test))
    return pytest.mark.parametrize("name", NAMES)(tried)


def about_anything(test: Callable[..., None]) -> Callable[..., None]:
    """Try a law as `everywhere` does, and on small policies about other things as well."""
    tried: Callable[..., None] = law(given(data=st.data())(test))
    return pytest.mark.parametrize("name", ALL_KINDS)(tried)


def often(test: Callable[..., None]) -> Callable[..., None]:
    """Try a law as `everywhere` does, on three times as many requests: for what is cheap to ask and rare to see."""
    tried: Callable[..., None] = settings(law, max_examples=3 * EXAMPLES)(given(data=st.data())(test))
    return pytest.mark.parametrize("name", NAMES)(tried)


def said(decision: Decision) -> bytes:
    """Return the bytes of a decision, with all that was considered."""
    return json.dumps(decision.to_wire(trace=True), ensure_ascii=False).encode()


OTHERS = st.integers(0, 23)
SHIPPED = {name: Subject(text) for name, text in shipped().items()}
NAMES = (*SHIPPED, "small")
ALL_KINDS = (*NAMES, "generic")
# The same small profiles in every run, so that each is read once; a search further afield draws from many more.
SMALL_PROFILES = 100_000 if SEARCHING else 120
GENERIC_PROFILES = 100_000 if SEARCHING else 40
