"""What each matcher means on each sort of value (language.md §2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from alpr_policy.durations import CalendarSpan, compare, passed, reached
from alpr_policy.ir.nodes import Atom, Op
from alpr_policy.meaning.truth import Truth, U, not3
from alpr_policy.model.values import Age, PartialSet, Unknown, Value


def matches(atom: Atom, value: Value) -> Truth:
    """Say whether a fact's value meets an atom. Null meets only `not`, `not_in` and `none`."""
    if isinstance(value, Unknown):
        return U
    if value is None:
        return atom.op in (Op.NOT_IN, Op.NONE)
    if isinstance(value, frozenset | PartialSet):
        return _set(atom, value)
    if isinstance(value, Age):
        return _age(atom, value)
    if isinstance(value, CalendarSpan):
        return _span(atom, value)
    if atom.op in (Op.BEFORE, Op.AFTER):
        return _moment(atom, value)
    return _scalar(atom, value)


def _scalar(atom: Atom, value: Any) -> Truth:
    match atom.op:
        case Op.IN:
            return value in atom.value  # type: ignore[operator]  # lowering gives a set here
        case Op.NOT_IN:
            return value not in atom.value  # type: ignore[operator]  # likewise
        case Op.NONE:
            return False
        case Op.AT_LEAST:
            return bool(value >= atom.value)
        case Op.AT_MOST:
            return bool(value <= atom.value)
        case Op.MORE_THAN:
            return bool(value > atom.value)
        case Op.LESS_THAN:
            return bool(value < atom.value)
    return U


def _set(atom: Atom, value: frozenset[str] | PartialSet) -> Truth:
    if isinstance(value, PartialSet):
        found = _members(atom, value.known)
        # More members may exist: only an answer that more members cannot change is an answer.
        settled = found is (atom.op is not Op.NONE)
        return found if settled else U
    return _members(atom, value)


def _members(atom: Atom, value: frozenset[str]) -> bool:
    wanted: frozenset[str] = atom.value if isinstance(atom.value, frozenset) else frozenset()  # type: ignore[assignment]  # of texts
    match atom.op:
        case Op.HAS_ANY:
            return bool(value & wanted)
        case Op.HAS_ALL:
            return wanted <= value
        case Op.OUTSIDE:
            return bool(value - wanted)
        case _:
            return not value


def _age(atom: Atom, value: Age) -> Truth:
    span = atom.value
    if not isinstance(span, CalendarSpan):
        return False if atom.op is Op.NONE else U
    ends = (value.start, span, value.at, value.zone)
    if value.is_to_come and atom.op in (Op.AT_MOST, Op.LESS_THAN):
        # What lies after the act is surely not old, but nothing fresh has happened either.
        return U
    match atom.op:
        case Op.AT_LEAST:
            return reached(*ends)
        case Op.MORE_THAN:
            return passed(*ends)
        case Op.AT_MOST:
            return not passed(*ends)
        case Op.LESS_THAN:
            return not reached(*ends)
    return U


def _span(atom: Atom, value: CalendarSpan) -> Truth:
    """Compare a length that was given as a length: unknown where the calendar decides."""
    span = atom.value
    if not isinstance(span, CalendarSpan):
        return False if atom.op is Op.NONE else U
    order = compare(value, span)
    match atom.op:
        case Op.AT_LEAST | Op.LESS_THAN:
            at_least = U if order is None else order >= 0
            return at_least if atom.op is Op.AT_LEAST else not3(at_least)
        case Op.MORE_THAN | Op.AT_MOST:
            more = U if order is None else order > 0
            return more if atom.op is Op.MORE_THAN else not3(more)
    return U


def _moment(atom: Atom, value: Any) -> Truth:
    """Compare with the local start of a day; a bare date is compared as a date."""
    bound = atom.value
    if not isinstance(bound, dt.datetime):
        return U
    if isinstance(value, dt.datetime):
        return value < bound if atom.op is Op.BEFORE else value >= bound
    if isinstance(value, dt.date):
        return value < bound.date() if atom.op is Op.BEFORE else value >= bound.date()
    return U
