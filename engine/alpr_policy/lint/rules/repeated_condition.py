"""A part of a condition that is already said beside it."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.ir.nodes import TRUE
from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject, where
from alpr_policy.model.condition import AllOf, AnyOf, Condition, NotOf, tests_of
from alpr_policy.source import Span


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find joins in which one part is implied by another, so that it can be left out."""
    for statement in subject.profile.statements:
        for key in ("when", "unless", "must", "until", "keep_until", "purge_when"):
            condition = getattr(statement, key, None)
            if condition is not None:
                for span in _idle(subject, condition):
                    yield Found(
                        message=f"this part of the `{key}` of `{statement.id}` says nothing beside the others",
                        span=span or where(statement, key),
                        help="leave it out, or say what was meant",
                    )


def _idle(subject: Subject, condition: Condition) -> Iterator[Span | None]:
    """Yield the first word of every part that the others of its join imply."""
    if isinstance(condition, NotOf):
        yield from _idle(subject, condition.of)
    if not isinstance(condition, AllOf | AnyOf):
        return
    lowered = [subject.lowered(part, TRUE) for part in condition.of]
    dropped: set[int] = set()
    for number, part in enumerate(lowered):
        for other, beside in enumerate(lowered):
            if other == number or other in dropped:
                continue
            wide, narrow = (part, beside) if isinstance(condition, AllOf) else (beside, part)
            if subject.regions.together(narrow) and subject.regions.implies(narrow, wide):
                dropped.add(number)
                tests = tests_of(condition.of[number])
                yield tests[0].span if tests else None
                break
    for inner in condition.of:
        yield from _idle(subject, inner)


RULE = Rule("repeated-condition", "a part of `all` or `any` that another part of it already says", check)
