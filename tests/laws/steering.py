"""Facts and records that make a condition true or false: how the strategies reach each statement of a profile."""

from __future__ import annotations

import random
from typing import Any

from tests.laws.records import Part, Recorder
from tests.laws.subjects import LIST_OF, OTHER, RECORD_LISTS, REQUESTER, Text

from alpr_policy.durations import CalendarSpan
from alpr_policy.ir.nodes import All, Always, Atom, Cond, DerivedSpec, Not, Op, Sure
from alpr_policy.ir.nodes import Any as Some
from alpr_policy.meaning.facts import AGE_OF, DAY_AGE_OF, EVENT, Facts
from alpr_policy.meaning.match import matches
from alpr_policy.reading.requests import read_request
from alpr_policy.vocabulary import FactKind

Literal = tuple[Atom, bool]
# One person for all records, so these never tie two facts together.
SHARED = frozenset({*RECORD_LISTS, "requester.id", "roles.absent"})


def raw_request(text: Text, action: str, at: str, part: Part) -> dict[str, Any]:
    """Write a request as a caller would send it."""
    return {"action": action, "at": at, "departments": [text.name], "facts": part.facts, **part.records}


class Steering:
    """Finds pieces of a request that make conditions of one text true, for one action and moment."""

    def __init__(self, text: Text, action: str, at: str) -> None:
        self.text = text
        self.action = action
        self.at = at
        self._ways: dict[str, list[Part]] = {}
        self._states: dict[str, list[list[Part]]] = {}
        self._fitting: dict[frozenset[Literal], list[Part]] = {}

    def ways(self, name: str) -> list[Part]:
        """Return pieces of a request that give a fact each value worth trying, or a record each state."""
        if name not in self._ways:
            self._ways[name] = self._find(name)
        return self._ways[name]

    def some(self, rng: random.Random, name: str) -> Part:
        """Choose a piece of a request for a record: first the state that it gives, so that rare states are not rare."""
        if name not in self._states:
            found: dict[str, list[Part]] = {}
            for way in self.ways(name):
                found.setdefault(str(self._facts(way).value(name)), []).append(way)
            self._states[name] = list(found.values())
        return rng.choice(rng.choice(self._states[name]))

    def _find(self, name: str) -> list[Part]:
        text, spec = self.text, self.text.rules.specs.get(name)
        if type(spec) in LIST_OF:
            return Recorder(text, self.action, self.at).ways(name, spec)  # type: ignore[arg-type]  # a spec, by its type
        if isinstance(spec, DerivedSpec):
            return self._derived(name, spec)
        for prefix in (DAY_AGE_OF, AGE_OF):
            if name.startswith(prefix):
                inner = name.removeprefix(prefix)
                return self._events(inner, name) if inner.startswith(EVENT) else self.ways(inner)
        if name.startswith(EVENT):
            return self._events(name, name)
        fact = text.words.facts.get(name)
        if fact is None or name == "at":
            return []
        if name == "requester.acts_as":
            return self._roles(name)
        stated = [Part({name: value}) for value in self._values(name)]
        inputs = [way for source in fact.derived_from if source != "at" for way in self.ways(source)]
        return [*inputs, *stated]

    def _values(self, name: str) -> list[Any]:
        near, other = self.text.palette(name, self.at)
        return [*near, *other, None]

    def _roles(self, name: str) -> list[Part]:
        inputs = ("requester.roles", "requester.designee_of", "requester.acting_as")
        sets = [value for value in self._values(name) if value is not None]
        return [Part({one: (value if one == held else []) for one in inputs}) for held in inputs for value in sets]

    def _events(self, event: str, clock: str, within: CalendarSpan | None = None) -> list[Part]:
        spans = (*self.text.spans_on(clock), *((within,) if within else ()))
        moments = self.text.past(self.at, spans)
        lists: list[list[dict[str, Any]]] = [[{"event": event.removeprefix(EVENT), "at": m}] for m in moments]
        return [Part({}, {"events": events}) for events in (*lists, [])]

    def _derived(self, name: str, spec: DerivedSpec) -> list[Part]:
        if spec.function == "same_person":
            return [
                Part(dict(zip(spec.of, pair, strict=True))) for pair in ((REQUESTER, REQUESTER), (REQUESTER, OTHER))
            ]
        if spec.function in ("order", "span"):
            values = [way.facts for way in self.ways(spec.of[0])][:12]
            return [Part({**one, spec.of[1]: two}) for one in values for two in one.values()] + [
                Part({**one, spec.of[1]: self.at}) for one in values
            ]
        if spec.function in ("count", "any", "first", "latest") and not spec.supplied:
            once = [way.records["events"] for way in self._events(EVENT + spec.of[0], name, spec.within)]
            return [Part({}, {"events": events * times}) for times in (1, 2, 3) for events in once]
        if spec.function == "defects":
            text, recorded, case = ([way.facts for way in self.ways(one)] for one in spec.of)
            return [Part({**one, **two, **three}) for one in text for two in recorded for three in case]
        if spec.function in ("age", "role_held"):
            return self.ways(spec.of[0])
        return [Part({name: value}) for value in self._values(name)]

    # Making a condition true

    def towards(self, rng: random.Random, cond: Cond, wanted: bool = True) -> Part | None:
        """Return a piece of a request that makes `cond` come out as wanted, chosen by `rng`; None if none is found."""
        literals = _literals(rng, cond, wanted)
        if literals is None:
            return None
        found = Part()
        for group in self._groups(literals):
            fitting = self.fitting(frozenset(group))
            if not fitting:
                return None
            found += rng.choice(fitting)
        return found

    def _groups(self, literals: list[Literal]) -> list[list[Literal]]:
        """Put together what is said of the same inputs."""
        groups: list[tuple[set[str], list[Literal]]] = []
        for literal in dict.fromkeys(literals):
            fact = literal[0].fact
            inputs = {fact, *(self.text.sources(fact) - SHARED)}
            touching = [group for group in groups if group[0] & inputs]
            merged = (inputs.union(*(g[0] for g in touching)), [one for g in touching for one in g[1]] + [literal])
            groups = [group for group in groups if group not in touching] + [merged]
        return [group for _, group in groups]

    def fitting(self, literals: frozenset[Literal]) -> list[Part]:
        """Return the pieces under which every comparison comes out as wanted."""
        if literals not in self._fitting:
            names = sorted({atom.fact for atom, _ in literals})
            parts = [way for name in names for way in self.ways(name)]
            found = [part for part in parts if self._fits(part, literals)]
            if not found and len(names) > 1:
                pairs = (one + two for one in self.ways(names[0]) for two in self.ways(names[1]))
                found = [part for part in pairs if self._fits(part, literals)]
            if not found:
                found = [part for part in self._built(names[0], literals) if self._fits(part, literals)]
            self._fitting[literals] = found
        return self._fitting[literals]

    def _fits(self, part: Part, literals: frozenset[Literal]) -> bool:
        facts = self._facts(part)
        return all(matches(atom, facts.value(atom.fact)) is wanted for atom, wanted in literals)

    def _facts(self, part: Part) -> Facts:
        return Facts(read_request(raw_request(self.text, self.action, self.at, part)), self.text.rules)

    def _built(self, name: str, literals: frozenset[Literal]) -> list[Part]:
        """Put a set together from all that it must have."""
        fact = self.text.words.facts.get(name)
        if fact is None or fact.kind is not FactKind.SET:
            return []
        members: set[str] = set()
        for atom, wanted in literals:
            named = {str(one) for one in atom.value} if isinstance(atom.value, frozenset) else set()
            if wanted and atom.op in (Op.HAS_ALL, Op.HAS_ANY):
                members |= named if atom.op is Op.HAS_ALL else {min(named)}
            elif wanted and atom.op is Op.OUTSIDE:
                members |= set(sorted(self.text.words.values_of(fact) - named)[:1])
        return [Part({name: sorted(members)})]


def _literals(rng: random.Random, cond: Cond, wanted: bool) -> list[Literal] | None:
    """Choose comparisons that together settle a condition; None where nothing can."""
    match cond:
        case Atom():
            return [(cond, wanted)]
        case Always(truth=truth):
            return [] if truth is wanted else None
        case Not(of=part):
            return _literals(rng, part, not wanted)
        case Sure(of=part):
            return _literals(rng, part, wanted)
        case All(of=parts) | Some(of=parts):
            if isinstance(cond, All) is wanted:
                every = [_literals(rng, part, wanted) for part in parts]
                return None if None in every else [one for found in every for one in found or ()]
            shuffled = rng.sample(parts, len(parts))
            return next((found for part in shuffled if (found := _literals(rng, part, wanted)) is not None), None)
        case _:
            return None
