"""What to ask for when a condition is open or not met (language.md §3)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

from alpr_policy.ir.nodes import (
    All,
    Always,
    Any,
    ApprovalSpec,
    Atom,
    CheckSpec,
    Cond,
    DerivedSpec,
    DocumentSpec,
    HoldSpec,
    Hole,
    Not,
    Op,
    Ruleset,
    Spec,
    Sure,
)
from alpr_policy.ir.pretty import constant_text
from alpr_policy.meaning.facts import AGE_OF, DAY_AGE_OF, EVENT, Facts
from alpr_policy.meaning.items import RECORDS, facts_awaited, step_needed
from alpr_policy.meaning.truth import Truth, U
from alpr_policy.model.decision import Need, NeedKind
from alpr_policy.model.values import Gap, PartialSet, Unknown
from alpr_policy.vocabulary import Vocabulary

# What a fact is asked to be, so that a test of it comes out true, or false.
WANTED = {
    Op.IN: "{}",
    Op.NOT_IN: "other than {}",
    Op.HAS_ANY: "any of {}",
    Op.HAS_ALL: "all of {}",
    Op.OUTSIDE: "something besides {}",
    Op.AT_LEAST: "at least {}",
    Op.AT_MOST: "at most {}",
    Op.MORE_THAN: "more than {}",
    Op.LESS_THAN: "less than {}",
    Op.BEFORE: "before {}",
    Op.AFTER: "not before {}",
    Op.NONE: "nothing",
}
OPPOSITE = {
    Op.IN: "not {}",
    Op.NOT_IN: "{}",
    Op.HAS_ANY: "none of {}",
    Op.HAS_ALL: "not all of {}",
    Op.OUTSIDE: "nothing but {}",
    Op.AT_LEAST: "less than {}",
    Op.AT_MOST: "more than {}",
    Op.MORE_THAN: "at most {}",
    Op.LESS_THAN: "at least {}",
    Op.BEFORE: "not before {}",
    Op.AFTER: "before {}",
    Op.NONE: "something",
}


class Asker:
    """Finds what is missing for one profile and request."""

    def __init__(self, ruleset: Ruleset, facts: Facts, truth: Callable[[Cond], Truth]) -> None:
        """Ask with the words of `ruleset`, given how conditions are evaluated."""
        self.ruleset = ruleset
        self.facts = facts
        self.truth = truth

    def live(self, cond: Cond) -> tuple[Need, ...]:
        """Return the facts under the open branches of an open condition; a fact that cannot matter is not asked for."""
        if self.truth(cond) is not U:
            return ()
        match cond:
            case Atom(fact=fact):
                return self._open(fact)
            case Hole(parameter=name):
                return (parameter_need(name),)
            case All(of=parts) | Any(of=parts):
                return merged(need for part in parts for need in self.live(part))
            case Not(of=part) | Sure(of=part):
                return self.live(part)
            case Always():
                return ()

    def _open(self, fact: str) -> tuple[Need, ...]:
        spec = self.ruleset.specs.get(fact)
        if isinstance(spec, ApprovalSpec | CheckSpec | HoldSpec):
            if spec.hole:
                return (parameter_need(spec.hole),)
            waiting = facts_awaited(spec, self.facts) if self._is_doubtful(fact) else ()
            if waiting:
                return tuple(self._fact(name) for name in waiting)
        return tuple(self._fact(name) for name in self.sources(fact))

    def wanted(self, cond: Cond, *, holds: bool = True) -> tuple[Need, ...]:
        """Return what would make a condition true (or false, with `holds` off); empty where it is so already."""
        if self.truth(cond) is holds:
            return ()
        match cond:
            case Atom():
                return self._atom(cond, holds)
            case Hole(parameter=name):
                return (parameter_need(name),)
            case Not(of=part):
                return self.wanted(part, holds=not holds)
            case Sure(of=part):
                return self.wanted(part, holds=holds)
            case All(of=parts) | Any(of=parts):
                # A part that must fail makes an `all` into an `any`, and the reverse.
                every = isinstance(cond, All) is holds
                return self._every(parts, holds) if every else self._some(parts, holds)
            case Always():
                return ()

    def _every(self, parts: tuple[Cond, ...], holds: bool) -> tuple[Need, ...]:
        holes = [part for part in parts if isinstance(part, Hole)]
        # First the parameter: until it is filled, nobody can say what else is asked.
        return merged(need for part in holes or parts for need in self.wanted(part, holds=holds))

    def _some(self, parts: tuple[Cond, ...], holds: bool) -> tuple[Need, ...]:
        return one_of([found for part in parts if (found := self.wanted(part, holds=holds))])

    def _atom(self, atom: Atom, holds: bool) -> tuple[Need, ...]:
        spec = self.ruleset.specs.get(atom.fact)
        if spec is not None and type(spec) in RECORDS:
            return self.item(atom.fact) if holds else self.live(atom) or self.item(atom.fact)
        expected = expectation(atom, holds)
        fields: tuple[str, ...] = ()
        if atom.op is Op.HAS_ALL and holds and isinstance(atom.value, frozenset):
            here = self.facts.value(atom.fact)
            fields = tuple(sorted(str(v) for v in atom.value - (here if isinstance(here, frozenset) else frozenset())))
        names = self.sources(atom.fact)
        if names != (atom.fact,):
            expected = f"so that {atom.fact} is {expected}"
        return tuple(dataclasses.replace(self._fact(name), expected=expected, fields=fields) for name in names)

    def item(self, name: str) -> tuple[Need, ...]:
        """Return the approval, check, document or exception that a derived fact stands for, and what it waits for."""
        spec: Spec = self.ruleset.specs[name]
        if isinstance(spec, DerivedSpec):
            return tuple(self._fact(one) for one in self.sources(name))
        if not isinstance(spec, DocumentSpec) and spec.hole:
            return (parameter_need(spec.hole),)
        step = step_needed(spec, self.facts)
        if step is None:
            return tuple(self._fact(one) for one in self.sources(name))
        waiting = facts_awaited(spec, self.facts) if self._is_doubtful(name) else ()
        return merged((step, *(self._fact(one) for one in waiting)))

    def _is_doubtful(self, name: str) -> bool:
        """Say whether records are there, and what they come to is not known."""
        spec = self.ruleset.specs[name]
        listed = RECORDS.get(type(spec))
        given = listed is not None and not isinstance(self.facts.records(listed), Unknown)
        return given and isinstance(self.facts.value(name), Unknown)

    def sources(self, name: str) -> tuple[str, ...]:
        """Return what a person can supply for a fact: a record list, or the inputs of a derived fact."""
        spec = self.ruleset.specs.get(name)
        if isinstance(spec, DerivedSpec) and spec.listing is not None:
            # Where it is known of whom and what is spoken, the lists are silent or contradicted: only the fact is left.
            open_inputs = [one for one in spec.of if isinstance(self.facts.value(one), Unknown)]
            return tuple(dict.fromkeys(one for source in open_inputs for one in self.sources(source))) or (name,)
        if spec is not None:
            listed = RECORDS.get(type(spec))
            return (listed,) if listed else self._inputs(name, spec.of)  # type: ignore[union-attr]  # only DerivedSpec is left
        if name.startswith(EVENT):
            return self._clock_inputs(name.removeprefix(EVENT))
        for prefix in (AGE_OF, DAY_AGE_OF):
            if name.startswith(prefix):
                return self.sources(name.removeprefix(prefix))
        fact = self.ruleset.vocabulary.facts.get(name)
        return self._inputs(name, fact.derived_from) if fact is not None and fact.derived_from else (name,)

    def _clock_inputs(self, event: str) -> tuple[str, ...]:
        """Return what an event clock waits for: the events, or the fact that says which of them counts."""
        which = {"shift_ended": "record.captured", "case_closed": "case.number"}.get(event)
        told = not isinstance(self.facts.events(event), Unknown)
        return (which,) if told and which and isinstance(self.facts.value(which), Unknown) else ("events",)

    def _inputs(self, name: str, inputs: tuple[str, ...]) -> tuple[str, ...]:
        named = tuple(one for one in inputs if one != "at" and one in self.ruleset.vocabulary.facts)
        unknown = tuple(one for one in named if isinstance(self.facts.value(one), Unknown | PartialSet))
        asked = (source for one in unknown or named[:1] for source in self.sources(one))
        return tuple(dict.fromkeys(asked)) or (name,)

    def _fact(self, name: str) -> Need:
        value = self.facts.value(name) if name in self.ruleset.vocabulary.facts else None
        return fact_need(self.ruleset.vocabulary, name, value.gap if isinstance(value, Unknown) else None)


def fact_need(words: Vocabulary, name: str, gap: Gap | None) -> Need:
    """Return the question for a fact (or a record list), with why it is not known."""
    fact = words.facts.get(name)
    if fact is None:
        return Need(kind=NeedKind.FACT, name=name, ask=f"the {name} on record", supplied_by="the system of record")
    return Need(
        kind=NeedKind.FACT,
        name=name,
        ask=fact.ask,
        supplied_by=fact.supplied_by,
        state=gap.value if gap else "",
        personal=fact.personal.value if fact.personal else None,
    )


def expectation(atom: Atom, holds: bool) -> str:
    """Say what a fact would have to be, so that a test of it comes out true, or false."""
    return (WANTED if holds else OPPOSITE)[atom.op].format(constant_text(atom.value))


def parameter_need(name: str) -> Need:
    """Return the question for a parameter that nobody has filled."""
    return Need(kind=NeedKind.PARAMETER, name=name, supplied_by="the profile's owner")


def one_of(alternatives: list[tuple[Need, ...]]) -> tuple[Need, ...]:
    """Join alternatives: one that asks for no more than another replaces it; a single one stands for itself."""
    distinct: dict[frozenset[tuple[object, ...]], tuple[Need, ...]] = {}
    for needs in alternatives:
        key = _keys(needs)
        distinct[key] = merged((*distinct.get(key, ()), *needs))
    kept = [needs for key, needs in distinct.items() if not any(other < key for other in distinct)]
    if len(kept) == 1:
        return kept[0]
    firsts = [needs[0] for needs in kept if len(needs) == 1 and needs[0].kind is NeedKind.FACT]
    if kept and len(firsts) == len(kept) and len({need.name for need in firsts}) == 1:
        # One fact with several values that would do is one question.
        cite = tuple(dict.fromkeys(c for need in firsts for c in need.cite))
        expected = " or ".join(need.expected for need in firsts if need.expected)
        return (dataclasses.replace(firsts[0], expected=expected, cite=cite),)
    return (Need(kind=NeedKind.ONE_OF, one_of=tuple(kept)),) if kept else ()


def cited(needs: Iterable[Need], cite: tuple[str, ...]) -> tuple[Need, ...]:
    """Note on whose account needs are asked."""
    return tuple([need.cited(cite) for need in needs])


def merged(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Merge needs that ask for the same thing, keeping every citation; the order is that of first mention.

    A choice falls away where one of its alternatives is asked for anyway.
    """
    every = tuple(needs)
    found: dict[object, Need] = {}
    rivals: dict[tuple[NeedKind, str], list[object]] = {}
    for number, need in enumerate(every):
        place: object = need.name
        if need.kind is not NeedKind.FACT:
            same = rivals.setdefault((need.kind, need.name), [])
            place = next((one for one in same if _key(found[one]) == _key(need)), number)
            same.append(place)
        # One fact is asked for once, with all that is expected of it.
        found[place] = _joined(found[place], need) if place in found else need
    if not any(need.one_of for need in every):
        return tuple(found.values())
    named = {(need.kind, need.name) for need in every}
    return tuple([need for need in found.values() if not any(_is_asked(group, every, named) for group in need.one_of)])


def _is_asked(group: tuple[Need, ...], every: tuple[Need, ...], named: set[tuple[NeedKind, str]]) -> bool:
    """Say whether an alternative is asked for anyway; most are not even named."""
    for need in group:
        if (need.kind, need.name) not in named:
            return False
    return _keys(group) <= {key for need in every for key in (_key(need), _key(need.unexpected()))}


def _keys(needs: tuple[Need, ...]) -> frozenset[tuple[object, ...]]:
    return frozenset(_key(need) for need in needs)


def _key(need: Need) -> tuple[object, ...]:
    if need.kind is NeedKind.PARAMETER:
        return (need.kind, need.name)
    return (
        need.kind,
        need.name,
        need.expected,
        need.roles,
        need.step,
        need.parts,
        need.sources,
        need.fields,
        tuple(tuple(_key(one) for one in group) for group in need.one_of),
    )


def _joined(one: Need, other: Need) -> Need:
    expected = " and ".join(dict.fromkeys(text for text in (one.expected, other.expected) if text))
    return dataclasses.replace(
        one,
        expected=expected,
        cite=tuple(dict.fromkeys(one.cite + other.cite)),
        fields=tuple(dict.fromkeys(one.fields + other.fields)),
    )
