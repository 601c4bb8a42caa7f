"""What the laws are tried on: a profile with its rules, the facts its rules read, and the values worth trying for each.

Nothing here knows a department: everything is made from the vocabulary and from the constants of the profile.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any

from alpr_policy import PolicyDecisionPoint
from alpr_policy.durations import CalendarSpan, instant, parse_moment, start_of_day, subtract
from alpr_policy.ir.nodes import ApprovalSpec, Atom, CheckSpec, Cond, DerivedSpec, DocumentSpec, HoldSpec, Require
from alpr_policy.meaning.facts import AGE_OF, DAY_AGE_OF, EVENT, Facts
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.truth import Truth, truth
from alpr_policy.model.profile import Parameter, Profile
from alpr_policy.reading.catalog import Catalog, load_catalog, shipped_folder
from alpr_policy.reading.profiles import content_hash
from alpr_policy.reading.requests import read_request
from alpr_policy.vocabulary import Fact, FactKind

REQUESTER, OTHER = "officer-7", "deputy-1"
PLAIN_TIME = "2026-05-04T10:00:00-04:00"
# Ends of months, a leap day, the two turns of the clock, midnight.
AWKWARD_TIMES = (
    "2026-03-31T23:59:59-04:00",
    "2026-03-08T03:00:00-04:00",
    "2026-11-01T01:30:00-05:00",
    "2028-02-29T12:00:00-05:00",
    "2027-03-01T00:00:00-05:00",
)
RECORD_LISTS = ("approvals", "checks", "documents", "holds", "events")
STORED = ("data.store", "data.purge")
LIST_OF = {ApprovalSpec: "approvals", CheckSpec: "checks", DocumentSpec: "documents", HoldSpec: "holds"}
SECOND, DAY = dt.timedelta(seconds=1), dt.timedelta(days=1)
USUAL_SPANS = (CalendarSpan.parse("1 day"), CalendarSpan.parse("1 month"))
USUAL_TEXTS = {
    "requester.id": (REQUESTER, OTHER),
    "plate.number": ("4KAN123", "4KAN124"),
    "case.number": ("case-12", "case-13", "4KAN125"),
    "reason.text": ("a red lorry at the quay", "inquiry", "26-00417", "459 PC", "none", "for North County", " "),
}


class Text:
    """One profile in one version, with its rules and a decision point that knows its catalog."""

    def __init__(self, catalog: Catalog, profile: Profile) -> None:
        self.catalog = catalog
        self.profile = profile
        self.name = profile.profile
        self.pdp = PolicyDecisionPoint(catalog)
        self.rules = self.pdp.ruleset(profile)
        self.words = self.rules.vocabulary
        self._palettes: dict[tuple[str, str], tuple[tuple[Any, ...], tuple[Any, ...]]] = {}
        self._read: dict[str, frozenset[str]] = {}
        self._derived: dict[str, frozenset[str]] = {}

    @classmethod
    def alone(cls, profile: Profile) -> Text:
        """Put one profile into a catalog of its own."""
        return cls(Catalog({profile.profile: (profile,)}), profile)

    def __repr__(self) -> str:
        return f"Text({self.name} from {self.profile.first_day})"

    @cached_property
    def moments(self) -> tuple[str, ...]:
        """Return times at which this text is in force, the plainest first, its first seconds among them."""
        first = self.profile.first_day or dt.date(2020, 1, 1)
        start = start_of_day(first, self.rules.zone)
        found = (PLAIN_TIME, start.isoformat(), shifted(start, SECOND).isoformat(), *AWKWARD_TIMES)
        return tuple(m for m in found if self.catalog.active(self.name, parse_moment(m)) is self.profile)

    # What the rules read

    @cached_property
    def actions(self) -> tuple[str, ...]:
        """Return all actions, those that some rule speaks of first."""
        spoken = {action for rule in self.rules.rules for action in rule.actions}
        spoken |= set(STORED) if self.rules.keeps or self.rules.freezes else set()
        return (*sorted(spoken), *sorted(set(self.words.actions) - spoken))

    def conditions(self, action: str) -> Iterator[Cond]:
        """Yield every condition that bears on an action."""
        for rule in self.rules.rules:
            if action in rule.actions:
                yield rule.applies
                if isinstance(rule, Require):
                    yield from (rule.met, rule.excused)
        if action in STORED:
            for keep in self.rules.keeps:
                yield from (keep.applies, keep.unreached, keep.passed)
            yield from (freeze.active for freeze in self.rules.freezes)

    def tested_on(self, action: str) -> frozenset[str]:
        """Return the facts, derived ones and states included, that rules on an action test."""
        return frozenset(atom.fact for cond in self.conditions(action) for atom in atoms_of(cond))

    def read_on(self, action: str) -> frozenset[str]:
        """Return the facts and record lists a caller may supply that bear on an action."""
        if action not in self._read:
            self._read[action] = frozenset(one for name in self.tested_on(action) for one in self.sources(name))
        return self._read[action]

    def states_on(self, action: str) -> tuple[str, ...]:
        """Return the derived facts that stand for records and bear on an action."""
        names = self.tested_on(action)
        return tuple(sorted(name for name in names if type(self.rules.specs.get(name)) in LIST_OF))

    def sources(self, name: str) -> frozenset[str]:
        """Return what a caller supplies for a fact: itself, the inputs it is worked out from, or a record list."""
        spec = self.rules.specs.get(name)
        if type(spec) in LIST_OF:
            return frozenset({LIST_OF[type(spec)], *self._beside(spec)})
        if isinstance(spec, DerivedSpec):
            if spec.listing is not None:
                # What no list says may be stated.
                return frozenset({name}).union(*(self.sources(source) for source in spec.of))
            if spec.function in ("count", "any", "first", "latest"):
                return frozenset({name} if spec.supplied else {"events"})
            return frozenset(one for source in spec.of for one in self.sources(source))
        for prefix in (DAY_AGE_OF, AGE_OF):
            if name.startswith(prefix):
                return self.sources(name.removeprefix(prefix))
        if name.startswith(EVENT):
            return frozenset({"events"})
        fact = self.words.facts.get(name)
        if fact is None or name == "at":
            return frozenset()
        inputs = frozenset(fact.derived_from) - {"at"}
        return frozenset(one for source in inputs for one in self.sources(source)) or frozenset({name})

    def _beside(self, spec: Any) -> frozenset[str]:
        """Return the facts that the state of a record depends on."""
        beside = {"requester.id"} if not isinstance(spec, DocumentSpec | HoldSpec) else set()
        beside |= {spec.after} if isinstance(spec, CheckSpec) and spec.after else set()
        steps = spec.steps if isinstance(spec, ApprovalSpec) else (getattr(spec, "by", ()),)
        absent = any(decider.if_absent for step in steps for decider in step)
        return frozenset(beside | ({"roles.absent"} if absent else set()))

    def derived_from(self, name: str) -> frozenset[str]:
        """Return the facts whose answer a caller may state and that are worked out from `name`, near or far."""
        if name not in self._derived:
            derived = [one for one, fact in self.words.facts.items() if one != name and fact.derived_from]
            self._derived[name] = frozenset(one for one in derived if name in self._inputs(one) | self.sources(one))
        return self._derived[name]

    def _inputs(self, name: str) -> frozenset[str]:
        fact = self.words.facts.get(name)
        inputs = frozenset(fact.derived_from) if fact is not None else frozenset()
        return inputs | frozenset(one for source in inputs for one in self._inputs(source))

    def truths(self, request: dict[str, Any], conds: Iterable[Cond]) -> list[Truth]:
        """Return the truth of conditions under a request; None is unknown."""
        facts = Facts(read_request(request), self.rules)
        return [truth(cond, lambda atom: matches(atom, facts.value(atom.fact))) for cond in conds]

    # Values worth trying

    @cached_property
    def atoms(self) -> dict[str, tuple[Atom, ...]]:
        """Return the comparisons of the whole profile by what a caller supplies for them."""
        conds = [cond for action in self.actions for cond in self.conditions(action)]
        conds += [schedule.applies for schedule in self.rules.schedules]
        found: dict[str, dict[Atom, None]] = {}
        for cond in conds:
            for atom in atoms_of(cond):
                recorded = type(self.rules.specs.get(atom.fact)) in LIST_OF
                for name in {atom.fact} if recorded else {atom.fact, *self.sources(atom.fact)}:
                    found.setdefault(name, {})[atom] = None
        return {name: tuple(atoms) for name, atoms in found.items()}

    def palette(self, name: str, at: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Return the values of a fact near the profile's constants, and other values; both as plain data."""
        if (name, at) not in self._palettes:
            fact = self.words.facts[name]
            values = {
                FactKind.BOOL: self._bools,
                FactKind.ENUM: self._words,
                FactKind.SET: self._sets,
                FactKind.COUNT: self._counts,
                FactKind.TIME: self._times,
                FactKind.AGE: self._ages,
                FactKind.TEXT: self._texts,
            }[fact.kind](fact, at)
            self._palettes[name, at] = values
        return self._palettes[name, at]

    def _constants(self, name: str) -> list[Any]:
        found = (atom.value for atom in self.atoms.get(name, ()))
        flat = [one for value in found for one in (sorted(value, key=str) if isinstance(value, frozenset) else [value])]
        return list(dict.fromkeys(flat))

    def _bools(self, fact: Fact, at: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        return (True, False), ()

    def _words(self, fact: Fact, at: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        near = [str(value) for value in self._constants(fact.name) if isinstance(value, str)]
        others = sorted(self.words.values_of(fact) - set(near))
        return tuple(near), tuple(others)

    def _sets(self, fact: Fact, at: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        atoms = self.atoms.get(fact.name, ())
        wholes = [sorted(map(str, a.value)) for a in atoms if isinstance(a.value, frozenset)]
        near = [str(value) for value in self._constants(fact.name) if isinstance(value, str)]
        others = sorted(self.words.values_of(fact) - set(near))
        sets = [[], *([one] for one in near), *wholes, *(whole[:-1] for whole in wholes if len(whole) > 2)]
        sets += [[one, two] for one in near[:6] for two in near[:6] if one < two]
        sets += [[near[0], others[0]]] if near and others else []
        sets += [sorted({*whole, *others[:1]}) for whole in wholes]
        sets = [sorted(one) for one in sets]
        return _distinct(sets), _distinct([[one] for one in others])

    def _counts(self, fact: Fact, at: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        bounds = [value for value in self._constants(fact.name) if isinstance(value, int)]
        near = sorted({max(0, bound + step) for bound in bounds for step in (-1, 0, 1)})
        return tuple(near), (0, 1, 7)

    @cached_property
    def listed_ids(self) -> dict[str, tuple[str, ...]]:
        """Return, for each fact that says whom or what is meant, the ids that the profile lists."""
        found: dict[str, dict[str, None]] = {}
        for name, kind in self.profile.entities.items():
            found.setdefault("requester.id" if kind.subject else f"{name}.id", {}).update(dict.fromkeys(kind.known))
        return {name: tuple(ids) for name, ids in found.items()}

    def spans_on(self, name: str) -> tuple[CalendarSpan, ...]:
        """Return the spans with which the age of a moment is compared."""
        found = [value for value in self._constants(name) if isinstance(value, CalendarSpan)]
        return tuple(dict.fromkeys(found))

    def _times(self, fact: Fact, at: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        bounds = [value for value in self._constants(fact.name) if isinstance(value, dt.datetime)]
        days = [moment for bound in bounds for moment in around(bound)]
        spans = self.spans_on(fact.name)
        near = [*self.past(at, spans or USUAL_SPANS[:1]), *days]
        return _distinct(near), _distinct(self.past(at, USUAL_SPANS))

    def past(self, at: str, spans: tuple[CalendarSpan, ...]) -> list[str]:
        """Return moments one span before `at`, to the second and to the day, then `at` itself and what is to come."""
        now = parse_moment(at)
        assert isinstance(now, dt.datetime)
        starts = [subtract(now, span, self.rules.zone) for span in spans]
        found = [one for start in starts for one in around(start)]
        return [*found, now.isoformat(), (now + SECOND).isoformat(), (now + DAY).date().isoformat()]

    def _ages(self, fact: Fact, at: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        spans = self.spans_on(fact.name)
        near = [f"{max(1, span.count + step)} {span.unit}s" for span in spans for step in (-1, 0, 1)]
        return _distinct(near), ("1 hour", "1 day", "20 days", "5 years")

    def _texts(self, fact: Fact, at: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        near = [str(value) for value in self._constants(fact.name) if isinstance(value, str)]
        near += [one for one in self.listed_ids.get(fact.name, ()) if one not in near]
        return tuple(near), USUAL_TEXTS.get(fact.name, ("some-1", "some-2"))


def shifted(moment: dt.datetime, step: dt.timedelta) -> dt.datetime:
    """Move a moment by elapsed time; Python's own sum would move the clock on the wall."""
    return (instant(moment) + step).astimezone(moment.tzinfo)


def around(moment: dt.datetime) -> list[str]:
    """Return a moment, the seconds beside it, and its day and the days beside it."""
    days = [moment.date() + step * DAY for step in (-1, 0, 1)]
    return [shifted(moment, step * SECOND).isoformat() for step in (0, -1, 1)] + [day.isoformat() for day in days]


def _distinct(values: list[Any]) -> tuple[Any, ...]:
    return tuple(value for at, value in enumerate(values) if value not in values[:at])


def atoms_of(cond: Cond) -> Iterator[Atom]:
    """Yield the comparisons inside a condition, in the order written."""
    if isinstance(cond, Atom):
        yield cond
    inside = getattr(cond, "of", ())
    for part in inside if isinstance(inside, tuple) else (inside,):
        yield from atoms_of(part)


@lru_cache(maxsize=1)
def shipped() -> dict[str, Text]:
    """Return the profiles that come with the package, each version by itself; a template as its owner fills it."""
    catalog = load_catalog((shipped_folder(),))
    return {
        name if profile is versions[-1] else f"{name}-{profile.first_day}": (
            Text(catalog, profile) if profile.first_day else Text.alone(filled(profile))
        )
        for name, versions in catalog.versions.items()
        for profile in versions
    }


def filled(profile: Profile) -> Profile:
    """Return a profile whose open parameters its owner has filled."""
    if all(one.value is not None for one in profile.parameters.values()):
        return profile
    roles = sorted(profile.roles)
    parameters = {name: _filled(one, roles) for name, one in profile.parameters.items()}
    whole = dataclasses.replace(profile, parameters=parameters)
    return dataclasses.replace(whole, content_hash=content_hash(whole))


def _filled(parameter: Parameter, roles: list[str]) -> Parameter:
    if parameter.value is not None:
        return parameter
    value: Any = {
        "role": next(iter(roles), "chief"),
        "span": CalendarSpan.parse("14 days"),
        "date": dt.date(2020, 1, 1),
        "count": 1,
        "choice": next(iter(parameter.choices), None),
        "text": "as set",
    }[parameter.type]
    return dataclasses.replace(parameter, value=value)
