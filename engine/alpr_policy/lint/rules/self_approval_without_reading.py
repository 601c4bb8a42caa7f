"""An own request that may be approved, without a word on why."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find approvals and exceptions with `self` that give no reading."""
    for statement in (*subject.profile.approvals, *subject.profile.prohibitions):
        excuse = getattr(statement, "excused_by", None)
        own = getattr(statement, "by_requester", None) or (excuse.by_requester if excuse is not None else None)
        if own is not None and statement.reading is None:
            yield Found(
                message=f"who asks may also decide on `{statement.id}`, and no `reading` says why",
                span=where(statement, "self" if excuse is None else "excused_by"),
                help="say under `reading` from which words of the text this follows",
            )


RULE = Rule("self-approval-without-reading", "an approval of own requests without a `reading`", check)
