"""An exception that, once given, holds for ever."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find exceptions without `valid`."""
    for statement in subject.profile.prohibitions:
        excuse = statement.excused_by
        if excuse is not None and excuse.valid is None:
            yield Found(
                message=f"the exception to `{statement.id}` never ends by itself",
                span=where(statement, "excused_by"),
                help="say for how long it holds, as in `valid: 30 days`; or ignore this with what the text says",
            )


RULE = Rule("exception-without-expiry", "an exception that never ends by itself", check)
