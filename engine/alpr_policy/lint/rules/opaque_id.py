"""An id that says nothing of its statement."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Rule
from alpr_policy.lint.subject import Subject


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find ids that hold no word but `rule`, `statement` or the like, and numbers."""
    for statement in subject.profile.statements:
        words = [word for word in statement.id.split("-") if not re.fullmatch(r"[a-z]?\d*", word)]
        if all(word in _EMPTY for word in words):
            yield Found(
                message=f"`{statement.id}` does not say what the statement is about",
                span=statement.spans.get("id", statement.span),
                help="call it by its matter, as in `open-case`: the id stands in every decision and finding",
            )


_EMPTY = frozenset(
    [
        "approval",
        "check",
        "clause",
        "document",
        "duty",
        "hold",
        "item",
        "permission",
        "prohibition",
        "requirement",
        "retention",
        "rule",
        "section",
        "statement",
        "test",
    ]
)


RULE = Rule("opaque-id", "an id that is a number or a kind of statement", check, level=Level.INFO)
