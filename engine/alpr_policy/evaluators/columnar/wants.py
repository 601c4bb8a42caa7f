"""What of each column can matter to some rulesets: the thresholds and constants that their tests hold it against.

Every fact a rule reads is followed down to what is recorded. Where it is not known how a fact comes from its columns,
a row that has any of them stands for itself: that costs time and never an answer.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from alpr_policy.durations import CalendarSpan
from alpr_policy.evaluators.columnar.shapes import AT, Lapse, Listed, Pair, RecordTime, Start, Wants
from alpr_policy.ir.nodes import (
    ApprovalSpec,
    Atom,
    CheckSpec,
    Cond,
    Decider,
    DerivedSpec,
    DocumentSpec,
    HoldSpec,
    Op,
    Require,
    Ruleset,
)
from alpr_policy.meaning.facts import AGE_OF, AGES, BY_THEN, DAY_AGE_OF, EVENT
from alpr_policy.model.words import HISTORY, REASON_INPUTS
from alpr_policy.vocabulary import STORED, Fact, FactKind

ROLES = ("requester.roles", "requester.designee_of", "requester.acting_as")
PERSON, CASE, ABSENT_ROLES = "requester.id", "case.number", "roles.absent"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a table is asked: for each act what matters to it, and for all acts together.

    `boundaries` are the instants at which another text comes into force.
    """

    acts: dict[str, Wants]
    every: Wants
    boundaries: frozenset[dt.datetime]

    def only(self, acts: Iterable[str]) -> Plan:
        """Return what some acts need; one that no ruleset knows needs nothing."""
        return _joined({name: self.acts.get(name, Wants()) for name in acts}, self.boundaries)


def plan_of(rulesets: Iterable[Ruleset], boundaries: Iterable[dt.datetime] = ()) -> Plan:
    """Return what of a table can matter to any of some rulesets."""
    acts: dict[str, Wants] = defaultdict(Wants)
    for ruleset in rulesets:
        for action in ruleset.vocabulary.actions:
            acts[action].add(_Finder(ruleset, action).found())
    return _joined(dict(acts), frozenset(boundaries))


def _joined(acts: dict[str, Wants], boundaries: frozenset[dt.datetime]) -> Plan:
    every = Wants()
    for wants in acts.values():
        every.add(wants)
    every.moments[AT] |= boundaries
    return Plan(acts, every, boundaries)


class _Finder:
    """Follows what one act reads under one ruleset."""

    def __init__(self, ruleset: Ruleset, action: str) -> None:
        self.ruleset = ruleset
        self.action = action
        self.wants = Wants()
        self.tests: dict[str, list[Atom]] = defaultdict(list)
        self._followed: set[str] = set()

    def found(self) -> Wants:
        for cond in self._conditions():
            for atom in _atoms(cond):
                self.tests[atom.fact].append(atom)
        for name, value in self._listed():
            self.tests[name].append(Atom(name, Op.IN, frozenset({value})))
        for name in [*self.tests, *self._items()]:
            self.follow(name, self.tests.get(name, ()))
        return self.wants

    def _conditions(self) -> Iterator[Cond]:
        for rule in self.ruleset.rules:
            if self.action in rule.actions:
                yield rule.applies
                if isinstance(rule, Require):
                    yield rule.met
                    yield rule.excused
        if self.action in STORED:
            for keep in self.ruleset.keeps:
                yield from (keep.applies, keep.unreached, keep.passed)
            for freeze in self.ruleset.freezes:
                yield freeze.active

    def _listed(self) -> Iterator[tuple[str, str]]:
        """Yield the facts and values of which a reason cites a clause of their own."""
        origins = [rule.origin for rule in self.ruleset.rules if self.action in rule.actions]
        if self.action in STORED:
            origins += [keep.origin for keep in self.ruleset.keeps]
            origins += [freeze.origin for freeze in self.ruleset.freezes]
        for origin in origins:
            yield from ((name, value) for name, value, _ in origin.items)

    def _items(self) -> list[str]:
        """Return what requirements ask for by name."""
        rules = (rule for rule in self.ruleset.rules if self.action in rule.actions)
        return [rule.item for rule in rules if isinstance(rule, Require) and rule.item]

    def follow(self, name: str, tests: Iterable[Atom]) -> None:
        """Follow a fact, with the tests that hold it against constants."""
        tests = tuple(tests)
        key = f"{name} {sorted(map(repr, tests))}"
        if key in self._followed:
            return
        self._followed.add(key)
        for prefix, whole in ((DAY_AGE_OF, True), (AGE_OF, False)):
            if name.startswith(prefix):
                self._age(name.removeprefix(prefix), tests, whole=whole)
                return
        if name == AT:
            self.wants.moments[AT] |= _moments(tests)
        elif name.startswith(EVENT):
            self._event(name, tests)
        elif name in self.ruleset.specs:
            self._spec(name, tests)
        elif (fact := self.ruleset.vocabulary.facts.get(name)) is not None:
            self._recorded(fact, tests)
            self._worked_out(fact, tests)

    # Recorded facts

    def _recorded(self, fact: Fact, tests: Sequence[Atom]) -> None:
        wants = self.wants
        match fact.kind:
            case FactKind.TEXT:
                wants.texts[fact.name] |= {one for test in tests for one in _members(test)}
            case FactKind.COUNT:
                wants.counts[fact.name] |= {cut for test in tests for cut in _cuts(test)}
            case FactKind.TIME:
                wants.moments[fact.name] |= _moments(tests)
            case _:
                wants.raw.add(fact.name)
                self._listed_values(fact, tests)

    def _listed_values(self, fact: Fact, tests: Sequence[Atom]) -> None:
        """Note which listed values tests name, where nothing but tests looks at the fact."""
        members = {one for test in tests for one in _members(test)}
        derived = fact.derived_from or fact.name in self.ruleset.specs
        if fact.kind is not FactKind.ENUM or fact.list_name == "roles" or derived or not tests:
            self.wants.whole.add(fact.name)
            return
        found = Listed(frozenset(members), self.ruleset.vocabulary.values_of(fact))
        self.wants.enums[fact.name] = found.joined(self.wants.enums.get(fact.name))

    def _worked_out(self, fact: Fact, tests: Iterable[Atom]) -> None:
        """Follow the sources of a fact of the language that is worked out."""
        if fact.name in BY_THEN:
            self.follow(BY_THEN[fact.name], ())
            self.wants.lapses.add(Lapse(BY_THEN[fact.name]))
        elif fact.name in AGES:
            self._age(AGES[fact.name], tests, whole=False)
        elif fact.name == "requester.acts_as":
            self.wants.raw |= set(ROLES)
        elif fact.derived_from:
            self._alone(fact.derived_from)

    def _age(self, start: str, tests: Iterable[Atom], *, whole: bool) -> None:
        spans = _spans(tests)
        if start.startswith(EVENT):
            self._event(start, ())
            self._lapses(RecordTime("events"), spans, whole=whole)
            return
        fact = self.ruleset.vocabulary.facts.get(start)
        self.follow(start, ())
        if start in self.ruleset.specs:
            spec = self.ruleset.specs[start]
            supplied = isinstance(spec, DerivedSpec) and spec.supplied
            if not supplied:
                self._alone(self._sources(start))
        if fact is not None and fact.kind is FactKind.TIME:
            self._lapses(start, spans, whole=whole)
        elif fact is not None:
            self._alone((start,))

    def _lapses(self, start: Start, spans: Iterable[CalendarSpan], *, whole: bool = False) -> None:
        self.wants.lapses |= {Lapse(start, None, whole)} | {Lapse(start, span, whole) for span in spans}

    # Records

    def _record(self, kind: str, spans: Iterable[CalendarSpan] = ()) -> None:
        self.wants.records.add(kind)
        self._lapses(RecordTime(kind), spans)

    def _people(self, deciders: Iterable[Decider]) -> None:
        """Whoever decides is told from the requester, and a stand-in waits for the absence of another."""
        self.wants.texts[PERSON] |= set()
        for decider in deciders:
            if decider.if_absent is not None:
                self.wants.raw.add(ABSENT_ROLES)

    def _event(self, name: str, tests: Iterable[Atom]) -> None:
        self._record("events")
        if _moments(tests):
            self._alone(("events",))
        if name == f"{EVENT}shift_ended":
            self.follow("record.captured", ())
            self.wants.pairs.add(Pair(RecordTime("events"), "record.captured"))
        if name == f"{EVENT}case_closed":
            self.follow(CASE, ())

    def _spec(self, name: str, tests: Sequence[Atom]) -> None:
        spec = self.ruleset.specs[name]
        match spec:
            case ApprovalSpec():
                self._record("approvals", () if spec.valid is None else (spec.valid,))
                self._people(decider for step in spec.steps for decider in step)
            case CheckSpec():
                self._record("checks")
                self._people(spec.by)
                if spec.after is not None:
                    self._after(spec.after)
            case DocumentSpec():
                self._record("documents", () if spec.valid is None else (spec.valid,))
            case HoldSpec():
                self._record("holds")
                self._people(spec.by)
            case DerivedSpec():
                if (fact := self.ruleset.vocabulary.facts.get(name)) is not None:
                    self._recorded(fact, tests)
                    self._stated(fact, spec)
                self._derived(spec, tests)

    def _stated(self, fact: Fact, spec: DerivedSpec) -> None:
        """A stated answer must be just what is worked out, and not only on the same side of a threshold."""
        if not spec.supplied and fact.kind in (FactKind.COUNT, FactKind.TIME, FactKind.TEXT):
            self.wants.alone.add(fact.name)

    def _after(self, moment: str) -> None:
        """A check counts only from a moment on."""
        self.follow(moment, ())
        fact = self.ruleset.vocabulary.facts.get(moment)
        if fact is not None and fact.kind is FactKind.TIME and moment not in self.ruleset.specs:
            self.wants.pairs.add(Pair(RecordTime("checks"), moment))
        elif moment.startswith(EVENT):
            self._alone(("events",))
        else:
            self._alone(("checks",))

    # Facts of a profile's own

    def _derived(self, spec: DerivedSpec, tests: Iterable[Atom]) -> None:
        if spec.words is not None:
            self.wants.reasons.add(spec.words)
            for name in REASON_INPUTS:
                self.follow(name, ())
            return
        match spec.function:
            case "count" | "any" | "first" | "latest":
                self._history(spec, tests)
            case "same_person":
                for name in spec.of:
                    self.follow(name, ())
                self._same(spec.of)
            case "role_held":
                self.follow(spec.of[0], ())
            case "age":
                self._age(spec.of[0], tests, whole=False)
            case _:
                self._between(spec, tests)

    def _history(self, spec: DerivedSpec, tests: Iterable[Atom]) -> None:
        if spec.supplied:
            return
        self._record("events", () if spec.within is None else (spec.within,))
        if spec.function in ("first", "latest") and _moments(tests):
            self._alone(("events",))

    def _same(self, names: tuple[str, ...]) -> None:
        facts = [self.ruleset.vocabulary.facts.get(name) for name in names]
        plain = all(fact is not None and fact.name not in self.ruleset.specs for fact in facts)
        if plain and len(names) == 2:
            self.wants.same.add((names[0], names[1]))
        else:
            self._alone(names)

    def _between(self, spec: DerivedSpec, tests: Iterable[Atom]) -> None:
        for name in spec.of:
            self.follow(name, ())
        facts = [self.ruleset.vocabulary.facts.get(name) for name in spec.of]
        recorded = all(fact is not None and fact.kind is FactKind.TIME for fact in facts)
        if recorded and len(spec.of) == 2 and not any(name in self.ruleset.specs for name in spec.of):
            first, second = spec.of
            self.wants.pairs.add(Pair(first, second))
            self.wants.pairs |= {Pair(first, second, span) for span in _spans(tests)}
            return
        self._alone(spec.of)

    def _alone(self, names: Iterable[str]) -> None:
        """Let a row that has any of some facts stand for itself."""
        for name in names:
            self.wants.alone |= set(self._sources(name))

    def _sources(self, name: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
        """Yield the columns from which a fact may come."""
        if name in seen or name == AT:
            return
        spec = self.ruleset.specs.get(name)
        if name.startswith(EVENT) or (isinstance(spec, DerivedSpec) and spec.function in HISTORY):
            yield "events"
        for cls, kind in _KIND_OF.items():
            if isinstance(spec, cls):
                yield kind
        fact = self.ruleset.vocabulary.facts.get(name)
        if fact is not None:
            yield name
        inner = spec.of if isinstance(spec, DerivedSpec) else fact.derived_from if fact is not None else ()
        for one in inner:
            yield from self._sources(one, seen | {name})


_KIND_OF = {ApprovalSpec: "approvals", CheckSpec: "checks", DocumentSpec: "documents", HoldSpec: "holds"}


def _atoms(cond: Cond) -> Iterator[Atom]:
    """Yield the tests of a condition."""
    if isinstance(cond, Atom):
        yield cond
        return
    inner = getattr(cond, "of", ())
    for part in inner if isinstance(inner, tuple) else (inner,):
        yield from _atoms(part)


def _members(test: Atom) -> set[str]:
    return {one for one in test.value if isinstance(one, str)} if isinstance(test.value, frozenset) else set()


def _cuts(test: Atom) -> set[int]:
    """Return from which numbers on a test may come out otherwise."""
    if isinstance(test.value, frozenset):
        return {cut for one in test.value if isinstance(one, int) for cut in (one, one + 1)}
    if isinstance(test.value, int):
        return {test.value + (1 if test.op in (Op.MORE_THAN, Op.AT_MOST) else 0)}
    return set()


def _spans(tests: Iterable[Atom]) -> set[CalendarSpan]:
    return {test.value for test in tests if isinstance(test.value, CalendarSpan)}


def _moments(tests: Iterable[Atom]) -> set[dt.datetime]:
    return {test.value for test in tests if isinstance(test.value, dt.datetime)}


__all__ = ["Plan", "plan_of"]
