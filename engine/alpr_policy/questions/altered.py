"""Conditions, lists, spans and approvers with one thing otherwise, each with the phrase that says what."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TypeVar

from alpr_policy.durations import CalendarSpan, Unit
from alpr_policy.model.condition import (
    AllOf,
    AnyOf,
    Condition,
    Constant,
    Literal,
    Matcher,
    NotOf,
    ParameterRef,
    TermRef,
    Test,
)
from alpr_policy.model.statements import Approver

T = TypeVar("T")
# A single unit cannot lose one, so it becomes a little less in the next smaller unit.
_LESS = {
    Unit.year: (11, Unit.month),
    Unit.quarter: (2, Unit.month),
    Unit.month: (3, Unit.week),
    Unit.week: (6, Unit.day),
}
_SPANS = ("at_least", "at_most", "more_than", "less_than")


def conditions(condition: Condition) -> Iterator[tuple[str, Condition]]:
    """Yield a condition with one branch, test or value dropped, or one branch or test turned round."""
    match condition:
        case Test():
            yield _turned(condition), NotOf(condition)
            yield from _tests(condition)
        case NotOf(of=part):
            yield f"without the `not` before {said(part)}", part
            yield from ((what, NotOf(one)) for what, one in conditions(part) if one != NotOf(part))
        case AllOf(of=parts) | AnyOf(of=parts):
            yield _turned(condition), NotOf(condition)
            for index, part in enumerate(parts):
                rest = parts[:index] + parts[index + 1 :]
                if rest:
                    left = rest[0] if len(rest) == 1 else dataclasses.replace(condition, of=rest)
                    yield f"without {said(part)}", left
                for what, one in conditions(part):
                    yield what, dataclasses.replace(condition, of=(*parts[:index], one, *parts[index + 1 :]))


def _turned(condition: Condition) -> str:
    return f"with {said(condition)} turned round"


def _tests(test: Test) -> Iterator[tuple[str, Test]]:
    for index, matcher in enumerate(test.matchers):
        rest = test.matchers[:index] + test.matchers[index + 1 :]
        if rest:
            yield f"without `{matcher.op}` of `{test.fact}`", dataclasses.replace(test, matchers=rest)
        for what, values in (*_values(matcher), *_bounds(matcher)):
            changed = dataclasses.replace(matcher, values=values)
            matchers = (*test.matchers[:index], changed, *test.matchers[index + 1 :])
            yield f"{what} of {said(test)}", dataclasses.replace(test, matchers=matchers)


def _values(matcher: Matcher) -> Iterator[tuple[str, tuple[Constant, ...]]]:
    for value, rest in dropped(matcher.values):
        yield f"without the value `{_constant(value)}`", rest


def _bounds(matcher: Matcher) -> Iterator[tuple[str, tuple[Constant, ...]]]:
    if matcher.op not in _SPANS or not isinstance(matcher.values[0], Literal):
        return
    bound = matcher.values[0].value
    if isinstance(bound, str):
        for span in spans(CalendarSpan.parse(bound)):
            yield f"with `{span}` for the bound", (Literal(str(span)),)
    elif isinstance(bound, int):
        for count in (bound - 1, bound + 1):
            yield f"with `{count}` for the bound", (Literal(count),)


def dropped(values: tuple[T, ...], *, to_nothing: bool = False) -> Iterator[tuple[T, tuple[T, ...]]]:
    """Yield each value with the others; the only one is dropped just where an empty list has a meaning."""
    if len(values) > 1 or to_nothing:
        for index, value in enumerate(values):
            yield value, values[:index] + values[index + 1 :]


def spans(span: CalendarSpan) -> Iterator[CalendarSpan]:
    """Yield a span one unit shorter and one unit longer."""
    if span.count > 1:
        yield CalendarSpan(span.count - 1, span.unit)
    elif span.unit in _LESS:
        yield CalendarSpan(*_LESS[span.unit])
    yield CalendarSpan(span.count + 1, span.unit)


def validities(valid: CalendarSpan | None) -> Iterator[tuple[str, CalendarSpan | None]]:
    """Yield the freshness of a record dropped and about halved."""
    if valid is None:
        return
    yield "without its `valid`", None
    half = CalendarSpan(valid.count // 2, valid.unit) if valid.count > 1 else next(spans(valid))
    yield f"with `valid: {half}`", half


def approvers(by: tuple[Approver, ...]) -> Iterator[tuple[str, tuple[Approver, ...]]]:
    """Yield who may decide with one of several dropped, without a stand-in, or with `in_person` flipped."""
    for one, rest in dropped(by):
        yield f"without `{role_name(one)}`", rest
    for index, one in enumerate(by):
        changes: list[tuple[str, Approver]] = []
        if one.if_absent is not None:
            changes.append((f"without the stand-in `{one.if_absent}`", dataclasses.replace(one, if_absent=None)))
        person = f"with `{role_name(one)}` {'in person or not' if one.in_person else 'in person only'}"
        changes.append((person, dataclasses.replace(one, in_person=not one.in_person)))
        for what, changed in changes:
            yield what, (*by[:index], changed, *by[index + 1 :])


def role_name(approver: Approver) -> str:
    """Return the role, or the name of the parameter that holds it."""
    return approver.role.name if isinstance(approver.role, ParameterRef) else approver.role


def said(condition: Condition) -> str:
    """Write a condition on one line, about as the profile has it."""
    match condition:
        case NotOf(of=part):
            return f"not {said(part)}"
        case AllOf(of=parts):
            return "(" + " and ".join(said(part) for part in parts) + ")"
        case AnyOf(of=parts):
            return "(" + " or ".join(said(part) for part in parts) + ")"
        case Test(fact=fact, matchers=matchers):
            return f"`{fact}: {', '.join(_matcher(matcher) for matcher in matchers)}`"


def _matcher(matcher: Matcher) -> str:
    values = [_constant(value) for value in matcher.values] or ["true"]
    text = values[0] if len(values) == 1 else "[" + ", ".join(values) + "]"
    return text if matcher.op == "is" else f"{matcher.op} {text}"


def _constant(constant: Constant) -> str:
    match constant:
        case Literal(value=bool() as value):
            return str(value).lower()
        case Literal(value=value):
            return str(value)
        case TermRef(name=name) | ParameterRef(name=name):
            return name
