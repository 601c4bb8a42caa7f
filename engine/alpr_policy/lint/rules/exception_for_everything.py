"""An exception that may be given for any purpose."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find exceptions without `for`."""
    for statement in subject.profile.prohibitions:
        excuse = statement.excused_by
        if excuse is not None and not excuse.purposes:
            yield Found(
                message=f"the exception to `{statement.id}` may be given for any purpose",
                span=where(statement, "excused_by"),
                help="list under `for` the purposes for which the text allows it",
            )


RULE = Rule("exception-for-everything", "an exception that may be given for any purpose", check, level=Level.INFO)
