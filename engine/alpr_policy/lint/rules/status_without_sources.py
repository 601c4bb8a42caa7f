"""A status check that any source passes."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find checks called `status` without `sources`."""
    for statement in subject.profile.checks:
        if statement.check == "status" and not statement.sources:
            yield Found(
                message=f"`{statement.id}` does not say where the status is looked up, so the hot list itself will do",
                span=where(statement, "check"),
                help="say `sources: [cjis, ncic, dispatch]`, as far as the text names them",
            )


RULE = Rule("status-without-sources", "a status check that names no source", check)
