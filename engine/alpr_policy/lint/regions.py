"""Whether conditions can hold together: exact on single facts, without a solver, within a bound.

A condition is spread into alternatives; each says for each fact what is left for it. Facts that are worked out from
one another are taken for independent, so "never" is always right, and "possible" may be too kind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from alpr_policy.durations import CalendarSpan, compare
from alpr_policy.ir.nodes import All, Always, Any, Atom, Cond, Not, Op
from alpr_policy.vocabulary import FactKind, Vocabulary

MOST = 200  # alternatives; beyond these nothing is said
ORDERED = {Op.AT_LEAST, Op.AT_MOST, Op.MORE_THAN, Op.LESS_THAN, Op.BEFORE, Op.AFTER}
OPPOSITE = {
    Op.AT_LEAST: Op.LESS_THAN,
    Op.LESS_THAN: Op.AT_LEAST,
    Op.AT_MOST: Op.MORE_THAN,
    Op.MORE_THAN: Op.AT_MOST,
    Op.BEFORE: Op.AFTER,
    Op.AFTER: Op.BEFORE,
}
LOW, HIGH = (Op.AT_LEAST, Op.MORE_THAN, Op.AFTER), (Op.AT_MOST, Op.LESS_THAN, Op.BEFORE)
STRICT = (Op.MORE_THAN, Op.LESS_THAN, Op.BEFORE)


class TooManyError(Exception):
    """A condition has more alternatives than are looked at."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left for one fact: values it may have or not, members it has, lacks or has some of, and bounds."""

    only: frozenset[object] | None = None
    never: frozenset[object] = frozenset()
    has: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    some: frozenset[frozenset[str]] = frozenset()
    bounds: frozenset[tuple[Op, object]] = frozenset()
    null: bool | None = None
    known: frozenset[tuple[object, bool]] = frozenset()

    def joined(self, other: Left) -> Left | None:
        """Return what is left where both hold; None where nothing is."""
        if None not in (self.null, other.null) and self.null is not other.null:
            return None
        only = self.only if other.only is None else other.only if self.only is None else self.only & other.only
        left = Left(
            only=only,
            never=self.never | other.never,
            has=self.has | other.has,
            lacks=self.lacks | other.lacks,
            some=self.some | other.some,
            bounds=self.bounds | other.bounds,
            null=self.null if other.null is None else other.null,
            known=self.known | other.known,
        )
        return left if left.is_possible() else None

    def is_possible(self) -> bool:
        """Say whether some value is left."""
        if self.only is not None and not self.only - self.never:
            return False
        if self.has & self.lacks or any(one <= self.lacks for one in self.some):
            return False
        if self.null and (self.has or self.some or self.bounds):
            return False
        if any((key, not truth) in self.known for key, truth in self.known):
            return False
        lows = [bound for bound in self.bounds if bound[0] in LOW]
        highs = [bound for bound in self.bounds if bound[0] in HIGH]
        return not any(_apart(low, high) for low in lows for high in highs)


def _apart(low: tuple[Op, object], high: tuple[Op, object]) -> bool:
    """Say whether nothing lies between a lower and an upper bound."""
    (lower, least), (upper, most) = low, high
    strict = lower in STRICT or upper in STRICT
    if isinstance(least, CalendarSpan) and isinstance(most, CalendarSpan):
        order = compare(least, most)
        return order == 1 or (order == 0 and strict)
    if isinstance(least, int) and isinstance(most, int):
        gap = (lower is Op.MORE_THAN) + (upper is Op.LESS_THAN)
        return least + gap > most
    if isinstance(least, dt.datetime) and isinstance(most, dt.datetime):
        return least >= most if strict else least > most
    return False


Box = dict[str, Left]


@dataclass
class Regions:
    """Answers for the conditions of one profile, whose words say which values a fact can have."""

    words: Vocabulary
    _spread: dict[tuple[Cond, bool], tuple[Box, ...]] = field(default_factory=dict)
    _asked: dict[tuple[tuple[Cond, bool], ...], bool] = field(default_factory=dict)

    def together(self, *conds: Cond, without: Iterable[Cond] = ()) -> bool:
        """Say whether all of some conditions, and none of others, may hold at once; True where that is too much."""
        key = (*((one, True) for one in conds), *((one, False) for one in without))
        known = self._asked.get(key)
        if known is None:
            try:
                found: list[Box] = [{}]
                for cond, truth in key:
                    found = _crossed(found, self._boxes(cond, truth))
                known = bool(found)
            except TooManyError:
                known = True
            self._asked[key] = known
        return known

    def implies(self, one: Cond, other: Cond) -> bool:
        """Say whether wherever `one` holds `other` surely does."""
        return not self.together(one, without=(other,))

    def always(self, cond: Cond) -> bool:
        """Say whether a condition surely holds everywhere."""
        return not self.together(without=(cond,))

    def _boxes(self, cond: Cond, truth: bool) -> tuple[Box, ...]:
        known = self._spread.get((cond, truth))
        if known is None:
            known = self._spread[cond, truth] = tuple(self._alternatives(cond, truth))
        return known

    def _alternatives(self, cond: Cond, truth: bool) -> list[Box]:
        match cond:
            case Always(truth=held):
                return [{}] if held is truth else []
            case Not(of=inner):
                return self._alternatives(inner, not truth)
            case All(of=parts) | Any(of=parts):
                if isinstance(cond, All) is truth:
                    found: list[Box] = [{}]
                    for part in parts:
                        found = _crossed(found, self._boxes(part, truth))
                    return found
                return [box for part in parts for box in self._boxes(part, truth)]
            case Atom():
                return [{cond.fact: left} for left in self._left(cond, truth) if left.is_possible()]
            case _:
                return [{f"={cond!r}": Left(known=frozenset({(repr(cond), truth)}))}]

    def _left(self, atom: Atom, truth: bool) -> list[Left]:
        """Return what a test that is true, or false, leaves for its fact, in alternatives."""
        fact, value = self.words.facts.get(atom.fact), atom.value
        closed: frozenset[object] = frozenset()
        if fact is not None and fact.list_name != "roles":
            closed = frozenset({True, False}) if fact.kind is FactKind.BOOL else frozenset(self.words.values_of(fact))
        is_set = fact is not None and fact.kind is FactKind.SET
        if atom.op is Op.NONE:
            if truth:
                return [Left(null=True, only=frozenset({None}) if closed and not is_set else None)]
            some = frozenset({_texts(closed)}) if is_set and closed else frozenset()
            return [Left(null=False, some=some, never=_NULL)]
        if atom.op in ORDERED:
            bound = (atom.op, value) if truth else (OPPOSITE[atom.op], value)
            told = Left(bounds=frozenset({bound}), null=False)
            return [told] if truth else [told, Left(null=True)]
        values = value if isinstance(value, frozenset) else frozenset()
        if atom.op in (Op.IN, Op.NOT_IN):
            inside = (atom.op is Op.IN) is truth
            if closed:
                return [Left(only=frozenset(values & closed) if inside else frozenset({*closed, None} - values))]
            return [Left(only=frozenset(values)) if inside else Left(never=frozenset(values))]
        return _members(atom.op, _texts(values), _texts(closed), truth, atom)


_NULL: frozenset[object] = frozenset({None})


def _texts(values: Iterable[object]) -> frozenset[str]:
    return frozenset(str(one) for one in values)


def _members(op: Op, values: frozenset[str], closed: frozenset[str], truth: bool, atom: Atom) -> list[Left]:
    if op is Op.OUTSIDE:
        if not closed:
            return [Left(known=frozenset({(repr(atom), truth)}))]
        values, op = closed - values, Op.HAS_ANY
    if op is Op.HAS_ANY:
        return [Left(some=frozenset({values}))] if truth else [Left(lacks=values)]
    if truth:
        return [Left(has=values)]
    return [Left(lacks=frozenset({one})) for one in sorted(values)]


def _crossed(some: list[Box], others: Iterable[Box]) -> list[Box]:
    found: list[Box] = []
    others = tuple(others)
    if len(some) * len(others) > MOST * 10:
        raise TooManyError
    for one in some:
        for other in others:
            box = _both(one, other)
            if box is not None:
                found.append(box)
    if len(found) > MOST:
        raise TooManyError
    return found


def _both(one: Box, other: Box) -> Box | None:
    joined = dict(one)
    for fact, left in other.items():
        known = joined.get(fact)
        both = left if known is None else known.joined(left)
        if both is None:
            return None
        joined[fact] = both
    return joined
