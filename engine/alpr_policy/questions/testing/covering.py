"""What tests hold of a profile: which statements ran, which tests of facts decide, which clauses were reached.

Only tests that hold count. What the tests of a template's adopters show counts for the template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from alpr_policy.ir.lower import applies
from alpr_policy.ir.nodes import Atom, Cond, Oblige, Op, Origin, Ruleset
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.truth import Truth, truth
from alpr_policy.model.decision import Decision
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Request
from alpr_policy.model.statements import ActionStatement, Duty, KeepingStatement, Statement
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.schedule import duty_named
from alpr_policy.questions.suites import DutyCase, Suite
from alpr_policy.questions.testing.probes import Probe, Vector, probes, shown
from alpr_policy.questions.testing.running import Asked, Ran, Result, Status, outcome_of, run, texts_of
from alpr_policy.reading.requests import read_request
from alpr_policy.source import Span
from alpr_policy.vocabulary import STORED

GIVEN = ("approval", "check", "document")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafCovered:
    """One test of a fact inside a condition.

    `shown` says that tests show it to change its condition both ways (masking MC/DC), `alone` that two of them differ
    in nothing else that the condition reads (unique-cause). `counted` is off where only a parameter could change it.
    """

    condition: str
    text: str
    place: Span
    true: bool
    false: bool
    unknown: bool
    shown: bool
    alone: bool
    counted: bool
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementCovered:
    """One statement: how often it applied, did not, or that was not known, and its conditions."""

    id: str
    kind: str
    cite: tuple[str, ...]
    place: Span
    true: int
    false: int
    unknown: int
    leaves: tuple[LeafCovered, ...]

    @property
    def ran(self) -> bool:
        """Say whether it applied in some test."""
        return self.true > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationCovered:
    """One clause that statements rest on, and in how many tests one of them applied."""

    clause: str
    by: tuple[str, ...]
    tests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What the tests of one profile hold of it. `tests` counts those that hold and ask its text."""

    profile: str
    version: str
    file: str
    tests: int
    statements: tuple[StatementCovered, ...]
    citations: tuple[CitationCovered, ...]

    def counts(self, what: str) -> tuple[int, int]:
        """Return how many `statements`, `conditions` or `citations` are covered, and of how many."""
        if what == "statements":
            return sum(one.ran for one in self.statements), len(self.statements)
        if what == "citations":
            return sum(one.tests > 0 for one in self.citations), len(self.citations)
        leaves = [leaf for one in self.statements for leaf in one.leaves if leaf.counted]
        return sum(leaf.shown for leaf in leaves), len(leaves)

    def percent(self, what: str) -> float:
        """Return the share that is covered, in percent; of nothing, all is covered."""
        done, every = self.counts(what)
        return 100.0 * done / every if every else 100.0

    def only(self, ids: frozenset[str]) -> Covered:
        """Return the same of some statements alone, and of the clauses that they rest on."""
        statements = tuple(one for one in self.statements if one.id in ids)
        citations = tuple(one for one in self.citations if ids & set(one.by))
        return Covered(
            profile=self.profile,
            version=self.version,
            file=self.file,
            tests=self.tests,
            statements=statements,
            citations=citations,
        )


class _Listening(PolicyDecisionPoint):
    """Decides as ever, and remembers what it was asked."""

    def __init__(self, pdp: PolicyDecisionPoint) -> None:
        super().__init__(pdp.catalog, evaluator=pdp.evaluator)
        self.texts = pdp.texts
        self.heard: list[tuple[Request, tuple[str, ...]]] = []

    def decide(self, request: Request | Mapping[str, Any], **how: Any) -> Decision:
        asked = request if isinstance(request, Request) else read_request(request)
        as_if = how.get("as_if", ())
        self.heard.append((asked, (as_if,) if isinstance(as_if, str) else tuple(as_if)))
        return super().decide(asked, **how)


@dataclass(slots=True)
class _Statement:
    """What was seen of one statement."""

    true: int = 0
    false: int = 0
    unknown: int = 0
    tests: set[str] = field(default_factory=set)
    vectors: dict[str, dict[Vector, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """One text to watch, with its statements by act."""

    ruleset: Ruleset
    probes: Mapping[str, tuple[Probe, ...]]
    on: Mapping[str, tuple[tuple[str, Cond], ...]]
    items: Mapping[str, Origin]


class Watcher:
    """Watches the newest text of one profile, and those made of it, while tests run."""

    def __init__(self, pdp: PolicyDecisionPoint, profile: Profile) -> None:
        """Watch `profile`, which is one of the decision point's."""
        self.profile = profile
        self.names = (profile.profile, *pdp.catalog.adopters(profile.profile))
        self.texts: dict[tuple[str, str], _Text] = {}
        for name in self.names:
            one = profile if name == profile.profile else pdp.catalog.latest(name)
            self.texts[one.profile, one.content_hash] = _text(one, pdp.ruleset(one))
        self.seen = {one.id: _Statement() for one in profile.statements}
        self.cited: dict[str, set[str]] = {}
        self.tests: set[str] = set()

    def request(self, ruleset: Ruleset, request: Request, test: str) -> None:
        """Look at a request of a test under one of the texts, if that is watched."""
        text = self.texts.get((ruleset.profile, ruleset.content_hash))
        if text is None:
            return
        self.tests.add(test)
        facts = Facts(request, ruleset)

        def evaluate(cond: Cond) -> Truth:
            return truth(cond, lambda atom: matches(atom, facts.value(atom.fact)))

        for name, cond in text.on.get(request.action, ()):
            seen = self.seen.get(name)
            if seen is None:
                continue
            came = evaluate(cond)
            self._count(seen, came, test)
            if came is True and name in text.items:
                self._items(text.items[name], facts, test)
            for probe in text.probes.get(name, ()):
                vector = probe.seen(evaluate)
                if vector is not None:
                    seen.vectors.setdefault(probe.name, {}).setdefault(vector, test)

    def _count(self, seen: _Statement, came: Truth, test: str) -> None:
        seen.true += came is True
        seen.false += came is False
        seen.unknown += came is None
        if came is True:
            seen.tests.add(test)

    def _items(self, origin: Origin, facts: Facts, test: str) -> None:
        """Note the clauses of single values that the request has."""
        for fact, value, cite in origin.items:
            here = facts.value(fact)
            if value == here or (isinstance(here, frozenset) and value in here):
                self.cited.setdefault(cite, set()).add(test)

    def duty(self, one: DutyCase, pdp: PolicyDecisionPoint) -> None:
        """Look at a test of when a duty is due."""
        profile = pdp.catalog.active(one.profile, one.at) if one.profile in self.names else None
        if profile is None or (profile.profile, profile.content_hash) not in self.texts:
            return
        stated = duty_named(profile, one.task, one.duty)
        if stated is not None and stated.id in self.seen:
            self.tests.add(str(one.place))
            self._count(self.seen[stated.id], True, str(one.place))

    def covered(self) -> Covered:
        """Return what was seen."""
        own = probes(self.profile)
        return Covered(
            profile=self.profile.profile,
            version=self.profile.version,
            file=self.profile.spans["profile"].file,
            tests=len(self.tests),
            statements=tuple(_statement(one, self.seen[one.id], own[one.id]) for one in self.profile.statements),
            citations=tuple(self._citations()),
        )

    def _citations(self) -> Iterator[CitationCovered]:
        by: dict[str, set[str]] = {}
        text = self.texts[self.profile.profile, self.profile.content_hash]
        for one in self.profile.statements:
            items = text.items[one.id].items if one.id in text.items else ()
            for cite in (*one.cite, *(cite for _, _, cite in items)):
                by.setdefault(cite, set()).add(one.id)
        own = {one.id: set(one.cite) for one in self.profile.statements}
        for clause in (clause for clause in self.profile.outline if clause in by):
            ran = {test for name in by[clause] if clause in own[name] for test in self.seen[name].tests}
            tests = ran | self.cited.get(clause, set())
            yield CitationCovered(clause=clause, by=tuple(sorted(by[clause])), tests=len(tests))


def statements_on(profile: Profile, ruleset: Ruleset) -> Mapping[str, tuple[tuple[str, Cond], ...]]:
    """Return for each act the statements that are about it, each with when it applies there."""
    on: dict[str, list[tuple[str, Cond]]] = {}
    for one in profile.statements:
        for action, cond in _where(profile, ruleset, one):
            on.setdefault(action, []).append((one.id, cond))
    return {action: tuple(several) for action, several in on.items()}


def _text(profile: Profile, ruleset: Ruleset) -> _Text:
    rules = (*ruleset.rules, *ruleset.keeps, *ruleset.freezes)
    return _Text(
        ruleset=ruleset,
        probes=probes(profile),
        on=statements_on(profile, ruleset),
        items={rule.origin.id: rule.origin for rule in rules if rule.origin.items},
    )


def _where(profile: Profile, ruleset: Ruleset, one: Statement) -> Iterator[tuple[str, Cond]]:
    """Yield the acts that a statement is on, and when it applies there."""
    whole = applies(profile, one)
    if isinstance(one, ActionStatement):
        states = (ruleset.vocabulary.facts.get(f"{kind}.{one.id}") for kind in GIVEN)
        read = {action for fact in states if fact is not None for action in fact.actions}
        for action in read | set(ruleset.vocabulary.expand(one.action)):
            yield action, whole
    elif isinstance(one, KeepingStatement):
        for action in sorted(STORED):
            yield action, whole
    elif isinstance(one, Duty):
        yield "duty.complete", Atom("duty.task", Op.IN, frozenset({one.task}))
        for rule in ruleset.rules:
            if isinstance(rule, Oblige) and rule.origin.id == one.id:
                for action in rule.actions:
                    yield action, whole


def _statement(one: Statement, seen: _Statement, own: Iterable[Probe]) -> StatementCovered:
    return StatementCovered(
        id=one.id,
        kind=type(one).__name__.lower(),
        cite=one.cite,
        place=one.span,
        true=seen.true,
        false=seen.false,
        unknown=seen.unknown,
        leaves=tuple(leaf for probe in own for leaf in _leaves(probe, seen.vectors.get(probe.name, {}))),
    )


def _leaves(probe: Probe, vectors: Mapping[Vector, str]) -> Iterator[LeafCovered]:
    for number, leaf in enumerate(probe.leaves):
        pair = shown(probe, number, vectors)
        came = {vector[number] for vector in vectors}
        yield LeafCovered(
            condition=probe.name,
            text=leaf.text,
            place=leaf.place,
            true=True in came,
            false=False in came,
            unknown=None in came,
            shown=pair is not None,
            alone=pair is not None and pair.alone,
            counted=leaf.counted,
            by=(vectors[pair.true], vectors[pair.false]) if pair is not None else (),
        )


def watch(
    pdp: PolicyDecisionPoint,
    suites: Iterable[Suite],
    profiles: Iterable[Profile],
    *,
    names: Iterable[str] = (),
    text: str = "",
    each: Callable[[Result], None] = lambda result: None,
) -> tuple[Ran, tuple[Covered, ...]]:
    """Run suites as `run` does, and return beside that what the tests that hold show of each profile."""
    watchers = [Watcher(pdp, profile) for profile in profiles]
    listening = _Listening(pdp)

    def ask(one: Asked) -> Result:
        listening.heard.clear()
        result = outcome_of(one, listening)
        if result.status is Status.FAILED:
            return result
        if isinstance(one, DutyCase):
            for watcher in watchers:
                watcher.duty(one, pdp)
        for request, as_if in listening.heard:
            for ruleset in {id(r): r for text in texts_of(pdp, request, as_if) for r in text.rulesets}.values():
                for watcher in watchers:
                    watcher.request(ruleset, request, str(one.place))
        return result

    ran = run(pdp, suites, profiles=names, text=text, watch=each, ask=ask)
    return ran, tuple(watcher.covered() for watcher in watchers)
