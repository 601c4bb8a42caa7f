"""An exception that nobody answers for."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find prohibitions with an exception and without `answerable`."""
    for statement in subject.profile.prohibitions:
        if statement.excused_by is not None and statement.answerable is None:
            yield Found(
                message=f"nobody answers for the exceptions to `{statement.id}`",
                span=where(statement, "excused_by"),
                help="name under `answerable` the role that keeps account of them",
            )


RULE = Rule("exception-without-owner", "an exception that nobody answers for", check, level=Level.INFO)
