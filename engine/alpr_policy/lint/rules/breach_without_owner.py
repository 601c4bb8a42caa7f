"""A breach for which nobody answers."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find statements with `breach` and without `answerable`."""
    for statement in subject.profile.statements:
        if statement.breach is not None and statement.answerable is None:
            yield Found(
                message=f"a breach of `{statement.id}` is weighed, and nobody answers for it",
                span=where(statement, "breach"),
                help="name the role under `answerable`; findings are sorted by it",
            )


RULE = Rule("breach-without-owner", "a breach for which nobody answers", check, level=Level.INFO)
