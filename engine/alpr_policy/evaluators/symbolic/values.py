"""The values of one fact that are worth trying: one on either side of every constant it is compared with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan, Unit, compare, subtract
from alpr_policy.evaluators.symbolic.parts import UNKNOWN
from alpr_policy.ir.nodes import Atom, Op
from alpr_policy.vocabulary import Fact, FactKind

SECOND, DAY = dt.timedelta(seconds=1), dt.timedelta(days=1)
OTHER = "something-else"
USUAL = (CalendarSpan(1, Unit.minute), CalendarSpan(100, Unit.year))
SET_OPS = (Op.HAS_ANY, Op.HAS_ALL, Op.OUTSIDE, Op.NONE)


def values(fact: Fact, closed: Sequence[str], atoms: Sequence[Atom]) -> list[Any]:
    """Return values of a fact for every way in which its tests can come out, the ordinary ones first.

    `closed` are the values it may have, empty where any text will do. Times need `moments`.
    """
    match fact.kind:
        case FactKind.BOOL:
            found: list[Any] = [True, False]
        case FactKind.COUNT:
            numbers = [n for atom in atoms for n in _numbers(atom)]
            found = sorted({n + d for n in numbers or [0] for d in (-1, 0, 1) if n + d >= 0})
        case FactKind.SET:
            found = list(_sets(closed, atoms))
        case FactKind.AGE:
            found = list(lengths([atom.value for atom in atoms if isinstance(atom.value, CalendarSpan)]))
        case _:
            found = _apart(closed, atoms)
    return [*found, None, UNKNOWN]


def _numbers(atom: Atom) -> list[int]:
    constants = atom.value if isinstance(atom.value, frozenset) else (atom.value,)
    return [one for one in constants if isinstance(one, int) and not isinstance(one, bool)]


def members(atom: Atom) -> frozenset[str]:
    """Return the texts that a test names."""
    return frozenset(str(one) for one in atom.value) if isinstance(atom.value, frozenset) else frozenset()


def _apart(closed: Sequence[str], atoms: Sequence[Atom]) -> list[str]:
    """Return one value for each combination of constants that it lies in."""
    constants = list(dict.fromkeys(members(atom) for atom in atoms))
    told: dict[tuple[bool, ...], str] = {}
    for one in closed or [*sorted({value for constant in constants for value in constant}), OTHER]:
        told.setdefault(tuple(one in constant for constant in constants), one)
    return list(told.values())


def _sets(closed: Sequence[str], atoms: Sequence[Atom]) -> Iterable[frozenset[str]]:
    """Return one set for each way in which the tests of a set can come out, small ones first."""
    tests = [(atom.op, members(atom)) for atom in atoms if atom.op in SET_OPS]
    blocks: dict[tuple[bool, ...], list[str]] = {}
    for one in closed or [*sorted({value for _, constant in tests for value in constant}), OTHER]:
        blocks.setdefault(tuple(one in constant for _, constant in tests), []).append(one)
    start: tuple[bool, ...] = tuple(op in (Op.HAS_ALL, Op.NONE) for op, _ in tests)
    found: dict[tuple[bool, ...], frozenset[str]] = {start: frozenset()}
    for signature, block in blocks.items():
        choices = {frozenset[str](), frozenset(block[:1])}
        if len(block) > 1 and any(
            inside and op is Op.HAS_ALL for inside, (op, _) in zip(signature, tests, strict=True)
        ):
            choices.add(frozenset(block))
        grown: dict[tuple[bool, ...], frozenset[str]] = {}
        for state, chosen in found.items():
            for more in sorted(choices, key=len):
                after = tuple(_after(*one, more, frozenset(block)) for one in zip(state, tests, strict=True))
                grown.setdefault(after, chosen | more)
        found = grown
    return sorted(found.values(), key=lambda one: (not one, len(one), sorted(one)))


def _after(before: bool, test: tuple[Op, frozenset[str]], more: frozenset[str], block: frozenset[str]) -> bool:
    op, constant = test
    match op:
        case Op.HAS_ANY:
            return before or bool(more & constant)
        case Op.OUTSIDE:
            return before or bool(more - constant)
        case Op.HAS_ALL:
            return before and (block & constant) <= more
        case _:
            return before and not more


def lengths(spans: Iterable[CalendarSpan]) -> Iterable[CalendarSpan]:
    """Return lengths of time on both sides of each, and each itself."""
    found: dict[CalendarSpan, None] = {}
    for span in spans:
        for count in (span.count - 1, span.count, span.count + 1):
            if 1 <= count <= 10_000:
                found[CalendarSpan(count, span.unit)] = None
    return [*found, *USUAL] if found else [USUAL[0]]


def moments(
    spans: Iterable[CalendarSpan], days: Iterable[dt.datetime], at: dt.datetime, zone: ZoneInfo, *, whole: bool
) -> list[Any]:
    """Return moments on both sides of each span before the act and of each day; `whole` days count from midnight."""
    steps = (SECOND, dt.timedelta(), -SECOND, *((DAY, -DAY) if whole else ()))
    found = {at - DAY: None}
    for span in spans:
        start = subtract(at, span, zone)
        found |= dict.fromkeys(start + step for step in steps)
    found |= dict.fromkeys(day + step for day in days for step in (-SECOND, dt.timedelta()))
    found |= {at: None, at + DAY: None}
    return [*found, None, UNKNOWN]


def mixed(spans: Iterable[CalendarSpan]) -> bool:
    """Say whether the calendar decides which of some spans is longer."""
    several = list(dict.fromkeys(spans))
    return any(compare(one, other) is None for n, one in enumerate(several) for other in several[:n])
