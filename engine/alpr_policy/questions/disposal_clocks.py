"""At which instants what a policy says of stored data can change: found in its rules, worked out by the calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan, add, end_of_day, instant, parse_moment, settled, start_of_day
from alpr_policy.ir.nodes import All, Atom, Cond, DerivedSpec, Not, Op, Require, Ruleset, Sure
from alpr_policy.ir.nodes import Any as AnyOf
from alpr_policy.meaning.facts import AGE_OF, DAY_AGE_OF, EVENT
from alpr_policy.model.decision import Reason
from alpr_policy.model.request import Moment
from alpr_policy.questions.texts import BindingText, Texts
from alpr_policy.reading.catalog import in_force
from alpr_policy.vocabulary import VOCABULARY, FactKind

STORED_ACTS = frozenset({"data.purge", "data.store"})
TICK = dt.timedelta(microseconds=1)
DAY = dt.timedelta(days=1)
CLOCKS = frozenset(
    name for name, fact in VOCABULARY.facts.items() if fact.kind is FactKind.TIME and name.startswith("record.")
)
"""The facts that say when something was done with a record."""


class Watch(NamedTuple):
    """One edge on one clock: it is crossed `span` after the clock, or just `after` that; without a span, at the clock.

    `whole` counts from the end of the clock's day.
    """

    clock: str
    span: CalendarSpan | None
    whole: bool
    after: bool
    zone: ZoneInfo

    def edge(self, start: Moment) -> dt.datetime:
        """Return the first instant, in UTC, at which the edge lies behind."""
        begun = start
        if self.whole and isinstance(start, dt.datetime):
            begun = start.astimezone(self.zone).date()
        if self.span is not None:
            found = instant(add(begun, self.span, self.zone))
        elif isinstance(begun, dt.datetime):
            found = instant(begun)
        else:
            found = instant(start_of_day(begun, self.zone))
        return found + TICK if self.after else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the texts of a department watch.

    `edges` are on clocks that nothing reads but as ages. Clocks in `keyed` are read otherwise too, and then nothing is
    taken for granted of them. `spans` are all spans of the rules, `instants` those at which something changes for
    every record. Of facts about persons and cases only those in `read` matter.
    """

    zone: ZoneInfo
    edges: tuple[Watch, ...]
    keyed: frozenset[str]
    spans: tuple[tuple[CalendarSpan, ZoneInfo], ...]
    instants: tuple[dt.datetime, ...]
    read: frozenset[str]

    def points(self, moments: Iterable[Moment]) -> Iterator[dt.datetime]:
        """Yield the instants at which moments that are no clocks, or spans from them, can change something."""
        yield from self.instants
        for moment in moments:
            zones = {self.zone, *(zone for _, zone in self.spans)}
            for zone in zones:
                day = moment.astimezone(zone).date() if isinstance(moment, dt.datetime) else moment
                yield from (instant(start_of_day(one, zone)) for one in (day, day + DAY))
                yield instant(end_of_day(day, zone))
                yield instant(end_of_day(day, zone)) + TICK
            if isinstance(moment, dt.datetime):
                yield instant(moment)
                yield instant(moment) + TICK
            for (span, zone), whole, after in product(self.spans, (False, True), (False, True)):
                yield Watch("", span, whole, after, zone).edge(moment)


@lru_cache(maxsize=32)
def watched(texts: Texts, department: str, zone: ZoneInfo) -> Watched:
    """Find what all versions of a department's text watch, with those of its floors; raises UnknownProfileError."""
    begins = list(_versions(texts, department))
    finder = _Finder()
    for moment in begins:
        found = texts.binding(department, moment)
        if isinstance(found, BindingText):
            for ruleset in found.rulesets:
                finder.look(ruleset)
        else:
            assert isinstance(found, Reason)  # nothing is in force then
    keyed = frozenset(finder.keyed)
    edges = [one for one in finder.edges if one.clock not in keyed]
    return Watched(
        zone=zone,
        edges=tuple(sorted(set(edges), key=lambda one: (one.clock, str(one.span), one.whole, one.after, one.zone.key))),
        keyed=keyed,
        spans=tuple(sorted(finder.spans, key=lambda pair: (str(pair[0]), pair[1].key))),
        instants=tuple(sorted({*begins, *finder.instants})),
        read=frozenset(finder.names),
    )


def _versions(texts: Texts, department: str) -> Iterator[dt.datetime]:
    """Yield the instants at which a version of the text or of a floor begins, and those just after one ends."""
    names, seen = [department], set()
    while names:
        name = names.pop()
        if name in seen:
            continue
        seen.add(name)
        for profile in texts.catalog.get(name):
            begins, ends = in_force(profile)
            yield from () if begins is None else (instant(begins),)
            yield from () if ends is None else (instant(ends) + TICK,)
            names += [profile.floor] if profile.floor else []


class _Finder:
    """Goes through the rules on stored data and notes all that has to do with time."""

    def __init__(self) -> None:
        self.edges: list[Watch] = []
        self.keyed: set[str] = set()
        self.spans: set[tuple[CalendarSpan, ZoneInfo]] = set()
        self.instants: set[dt.datetime] = set()
        self.names: set[str] = set()

    def look(self, ruleset: Ruleset) -> None:
        conds: list[Cond] = [c for k in ruleset.keeps for c in (k.applies, k.unreached, k.passed)]
        conds += [f.active for f in ruleset.freezes]
        for rule in ruleset.rules:
            if rule.actions & STORED_ACTS:
                conds += (rule.applies, rule.met, rule.excused) if isinstance(rule, Require) else (rule.applies,)
        for atom in (atom for cond in conds for atom in _atoms(cond)):
            self._atom(atom, ruleset)

    def _atom(self, atom: Atom, ruleset: Ruleset) -> None:
        self.names.add(atom.fact)
        span = atom.value if isinstance(atom.value, CalendarSpan) else None
        clock, whole = _clock_of(atom.fact)
        if span is not None:
            self.spans.add((span, ruleset.zone))
        if isinstance(atom.value, dt.datetime):
            self.instants.add(instant(atom.value))
        if clock in CLOCKS and span is not None:
            late = atom.op in (Op.MORE_THAN, Op.AT_MOST)
            self.edges.append(Watch(clock, span, whole, late, ruleset.zone))
            if atom.op in (Op.AT_MOST, Op.LESS_THAN):
                self.edges.append(Watch(clock, None, whole, False, ruleset.zone))
        elif clock in CLOCKS and atom.op is not Op.NONE:
            self.keyed.add(clock)
        elif clock.startswith(EVENT):
            self.keyed.add("record.captured")
            self.names.add("case.number")
        self._spec(atom.fact, ruleset, set())

    def _spec(self, name: str, ruleset: Ruleset, seen: set[str]) -> None:
        """Note what a state or a profile's own fact is worked out from."""
        spec = ruleset.specs.get(name)
        if spec is None or name in seen:
            return
        seen.add(name)
        for span in (getattr(spec, "valid", None), getattr(spec, "within", None)):
            if isinstance(span, CalendarSpan):
                self.spans.add((span, ruleset.zone))
        self.names |= {"requester.id", "roles.absent"}
        if isinstance(spec, DerivedSpec):
            for one in spec.of:
                self.names.add(one)
                self.keyed |= {one} & CLOCKS
                self._spec(one, ruleset, seen)


def _clock_of(name: str) -> tuple[str, bool]:
    """Return the fact that an age is counted from, and whether from the end of its day."""
    if name == "record.age":
        return "record.captured", False
    if name.startswith(DAY_AGE_OF):
        return name.removeprefix(DAY_AGE_OF), True
    return name.removeprefix(AGE_OF), False


def _atoms(cond: Cond) -> Iterator[Atom]:
    match cond:
        case Atom():
            yield cond
        case All(of=parts) | AnyOf(of=parts):
            for part in parts:
                yield from _atoms(part)
        case Not(of=part) | Sure(of=part):
            yield from _atoms(part)


def moment_of(raw: Any) -> Moment | None:
    """Return the moment that a fact's or record's raw value names; None where it names none."""
    try:
        if isinstance(raw, str):
            return parse_moment(raw)
        if isinstance(raw, dt.datetime):
            return settled(raw)
        return raw if isinstance(raw, dt.date) and 1900 <= raw.year <= 2200 else None
    except ValueError:
        return None


def moments_in(raw: Any, depth: int = 0) -> Iterator[Moment]:
    """Yield all moments that plain data holds, wherever they stand."""
    if isinstance(raw, Mapping):
        raw = tuple(raw.values())
    if isinstance(raw, list | tuple):
        for one in raw if depth < 8 else ():
            yield from moments_in(one, depth + 1)
        return
    found = moment_of(raw)
    if found is not None:
        yield found
