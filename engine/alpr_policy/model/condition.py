"""Conditions as a profile writes them: tests of one fact against constants, joined by all, any and not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from alpr_policy.durations import CalendarSpan
from alpr_policy.source import NOWHERE, Span

Plain = str | int | bool | dt.date | None


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant written out."""

    value: Plain
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class TermRef:
    """The values of a named term (`in: official`)."""

    name: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ParameterRef:
    """The value of a parameter (`{parameter: name}`)."""

    name: str
    span: Span = field(default=NOWHERE, compare=False)


Constant = Literal | TermRef | ParameterRef


@dataclass(frozen=True, slots=True)
class Matcher:
    """One comparison, such as `has_all: [name, date]`; `op` is the word used in the profile."""

    op: str
    values: tuple[Constant, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Test:
    """One fact and the matchers it must meet, all of them."""

    fact: str
    matchers: tuple[Matcher, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Some part holds."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class NotOf:
    """The part does not hold."""

    of: Condition


Condition = Test | AllOf | AnyOf | NotOf


def tests_of(condition: Condition | None) -> tuple[Test, ...]:
    """Return all tests inside a condition, in the order written."""
    match condition:
        case None:
            return ()
        case Test():
            return (condition,)
        case NotOf(of=inner):
            return tests_of(inner)
        case AllOf(of=parts) | AnyOf(of=parts):
            return tuple(test for part in parts for test in tests_of(part))


__all__ = [
    "AllOf",
    "AnyOf",
    "CalendarSpan",
    "Condition",
    "Constant",
    "Literal",
    "Matcher",
    "NotOf",
    "ParameterRef",
    "Plain",
    "TermRef",
    "Test",
    "tests_of",
]


def parameters_in(value: object) -> frozenset[str]:
    """Return the names of all parameters that a part of the model mentions."""
    if isinstance(value, ParameterRef):
        return frozenset({value.name})
    if isinstance(value, tuple):
        return frozenset(name for one in value for name in parameters_in(one))
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        named = {getattr(value, "fact", "")}
        found = {name.removeprefix("parameter.") for name in named if str(name).startswith("parameter.")}
        return frozenset(found).union(*(parameters_in(getattr(value, f)) for f in value.__dataclass_fields__))
    return frozenset()
