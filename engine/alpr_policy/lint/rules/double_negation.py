"""A condition that is turned round twice."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Rule
from alpr_policy.lint.subject import Subject, where
from alpr_policy.model.condition import AllOf, AnyOf, Condition, NotOf, Test, tests_of
from alpr_policy.source import Span


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find `not` of a `not`, `unless` with a `not`, and `not` of a test that itself says different."""
    for statement in subject.profile.statements:
        for key in ("when", "unless", "must", "until", "keep_until", "purge_when"):
            for span in _twice(getattr(statement, key, None), turned=key == "unless"):
                yield Found(
                    message=f"the `{key}` of `{statement.id}` is turned round twice",
                    span=span or where(statement, key),
                    help="say it without the two negations" + ("; `when` says it plainly" if key == "unless" else ""),
                )


def _twice(condition: Condition | None, *, turned: bool) -> Iterator[Span | None]:
    match condition:
        case NotOf(of=inner):
            if turned:
                tests = tests_of(inner)
                yield tests[0].span if tests else None
            else:
                yield from _twice(inner, turned=True)
        case AllOf(of=parts) | AnyOf(of=parts):
            for part in parts:
                yield from _twice(part, turned=False)
        case Test(matchers=matchers) if turned and len(matchers) == 1 and matchers[0].op in ("not", "not_in"):
            yield matchers[0].span


RULE = Rule("double-negation", "a condition that is turned round twice", check, level=Level.INFO)
