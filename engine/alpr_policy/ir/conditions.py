"""Conditions lowered: terms and parameters replaced by constants, every matcher by one of few comparisons."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan, start_of_day
from alpr_policy.ir.nodes import FALSE, TRUE, All, Always, Any, Atom, Cond, Hole, Not, Op
from alpr_policy.model.condition import AllOf, AnyOf, Condition, Matcher, NotOf, ParameterRef, Plain, Test, tests_of
from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import Retention
from alpr_policy.model.words import constants, term_of
from alpr_policy.vocabulary import FactKind, Vocabulary

PARAMETER = "parameter."
_SET_OPS = {"has": Op.HAS_ANY, "has_any": Op.HAS_ANY, "has_all": Op.HAS_ALL, "outside": Op.OUTSIDE}
_VALUE_OPS = {"is": Op.IN, "in": Op.IN, "not": Op.NOT_IN, "not_in": Op.NOT_IN}
_ORDER_OPS = {"at_least": Op.AT_LEAST, "at_most": Op.AT_MOST, "more_than": Op.MORE_THAN, "less_than": Op.LESS_THAN}
_DAY_OPS = {"before": Op.BEFORE, "after": Op.AFTER}


def both(*parts: Cond) -> Cond:
    """Join with and, leaving out what is always true."""
    flat = tuple(one for part in parts for one in (part.of if isinstance(part, All) else (part,)) if one != TRUE)
    if FALSE in flat:
        return FALSE
    return flat[0] if len(flat) == 1 else All(flat) if flat else TRUE


def either(*parts: Cond) -> Cond:
    """Join with or, leaving out what is never true."""
    flat = tuple(one for part in parts for one in (part.of if isinstance(part, Any) else (part,)) if one != FALSE)
    if TRUE in flat:
        return TRUE
    return flat[0] if len(flat) == 1 else Any(flat) if flat else FALSE


def negated(part: Cond) -> Cond:
    """Turn a condition round."""
    match part:
        case Always(truth=truth):
            return Always(not truth)
        case Not(of=inner):
            return inner
        case _:
            return Not(part)


class Conditions:
    """Lowers the conditions of one profile."""

    def __init__(self, profile: Profile, words: Vocabulary, zone: ZoneInfo) -> None:
        """Use the profile's terms, parameters and time zone."""
        self.profile = profile
        self.words = words
        self.zone = zone

    def lower(self, condition: Condition | None, absent: Cond) -> Cond:
        """Lower a condition; `absent` stands where there is none."""
        match condition:
            case None:
                return absent
            case AllOf(of=parts):
                return both(*(self.lower(part, absent) for part in parts))
            case AnyOf(of=parts):
                return either(*(self.lower(part, absent) for part in parts))
            case NotOf(of=part):
                return negated(self.lower(part, absent))
            case Test():
                return both(*(self._matcher(condition.fact, matcher) for matcher in condition.matchers))

    def items(self, *conditions: Condition | None) -> tuple[tuple[str, str, str], ...]:
        """Return the values of terms that have a clause of their own, with the fact that is compared with them."""
        found: list[tuple[str, str, str]] = []
        for test in (test for condition in conditions for test in tests_of(condition)):
            terms = (self.profile.terms.get(term_of(matcher, self.profile) or "") for matcher in test.matchers)
            found += [(test.fact, v.value, v.cite) for term in terms if term is not None for v in term.values if v.cite]
        return tuple(sorted(set(found)))

    def _matcher(self, fact: str, matcher: Matcher) -> Cond:
        values = constants(matcher, self.profile)
        holes = [value for value in values if isinstance(value, ParameterRef)]
        if holes:
            return Hole(holes[0].name)
        plain = tuple(value for value in values if not isinstance(value, ParameterRef))
        if fact.startswith(PARAMETER):
            return self._parameter(fact.removeprefix(PARAMETER), matcher.op, plain)
        return self._atom(fact, matcher.op, plain)

    def _parameter(self, name: str, op: str, values: tuple[Plain, ...]) -> Cond:
        """A parameter that stands as a fact is known as soon as it is filled."""
        parameter = self.profile.parameters.get(name)
        if parameter is None or parameter.value is None:
            return Hole(name)
        inside = parameter.value in values or str(parameter.value) in [str(v) for v in values]
        return Always(inside if _VALUE_OPS.get(op) is Op.IN else not inside)

    def _atom(self, fact: str, op: str, values: tuple[Plain, ...]) -> Cond:
        if op == "none":
            return Atom(fact, Op.NONE)
        if op in _SET_OPS:
            return Atom(fact, _SET_OPS[op], frozenset(str(v) for v in values))
        if op in _VALUE_OPS:
            return Atom(fact, _VALUE_OPS[op], frozenset(values))  # type: ignore[arg-type]  # checked against the fact's type
        first = values[0]
        if op in _DAY_OPS:
            day = first if isinstance(first, dt.date) else dt.date.fromisoformat(str(first))
            return Atom(fact, _DAY_OPS[op], start_of_day(day, self.zone))
        kind = self.words.facts[fact].kind
        bound = CalendarSpan.parse(str(first)) if kind is FactKind.AGE else int(str(first))
        return Atom(fact, _ORDER_OPS[op], bound)


def clock_fact(statement: Retention) -> str:
    """Name the age that a retention statement watches."""
    prefix = "day age of" if statement.counted == "whole_days" else "age of"
    if statement.clock in ("shift_ended", "case_closed"):
        return f"{prefix} event.{statement.clock}"
    if statement.clock == "captured" and prefix == "age of":
        return "record.age"
    return f"{prefix} record.{statement.clock}"


def age_atom(clock: str, op: Op, span: CalendarSpan | Hole) -> Cond:
    """Compare a clock with a span; a span that nobody has set leaves it open."""
    return span if isinstance(span, Hole) else Atom(clock, op, span)


def hole_of(cond: Cond) -> str | None:
    """Return the parameter that a condition waits for, if that is all it is."""
    return cond.parameter if isinstance(cond, Hole) else None
