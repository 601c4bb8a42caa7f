"""A visual check that any glance at the plate passes."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find checks called `visual` without `compares`."""
    for statement in subject.profile.checks:
        if statement.check == "visual" and not statement.compares:
            yield Found(
                message=f"`{statement.id}` does not say what is compared, so any record of a look passes it",
                span=where(statement, "check"),
                help="say `compares: [characters, state]`: wrong stops come from a state that nobody compared",
            )


RULE = Rule("check-without-parts", "a visual check that names no parts", check)
