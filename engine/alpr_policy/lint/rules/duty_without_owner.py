"""A duty that nobody has to do and nobody answers for."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Rule
from alpr_policy.lint.subject import Subject


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find recurring duties without `by` and without `answerable`; what follows an act is owed by whoever acts."""
    for duty in subject.profile.duties:
        if not duty.after and not duty.by and duty.answerable is None and duty.for_each != "person":
            yield Found(
                message=f"nobody has to do `{duty.id}`, and nobody answers for it",
                span=duty.spans.get("id", duty.span),
                help="name who does it under `by`, or who sees to it under `answerable`",
            )


RULE = Rule("duty-without-owner", "a recurring duty that nobody has to do", check, level=Level.INFO)
