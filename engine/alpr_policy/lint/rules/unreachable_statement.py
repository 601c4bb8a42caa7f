"""A statement whose condition can never be true."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find statements whose `when` and `unless` contradict each other or themselves."""
    for statement in subject.profile.statements:
        if not subject.regions.together(subject.applies(statement)):
            key = "when" if statement.when is not None else "unless"
            yield Found(
                message=f"`{statement.id}` can never apply: its condition contradicts itself",
                span=where(statement, key),
                help="look for one fact that is asked to be two things at once; `any` joins alternatives",
            )


RULE = Rule("unreachable-statement", "a statement whose condition can never be true", check, level=Level.ERROR)
