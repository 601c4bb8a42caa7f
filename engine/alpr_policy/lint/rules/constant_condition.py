"""A condition that decides nothing, since it is always true or never."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.ir.nodes import FALSE, TRUE
from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find a `when` that always holds, and an `unless` that never does beside its `when`."""
    for statement in subject.profile.statements:
        when, unless = subject.lowered(statement.when, TRUE), subject.lowered(statement.unless, FALSE)
        if statement.when is not None and subject.regions.always(when):
            message = f"the `when` of `{statement.id}` is always true, so it limits nothing"
            yield Found(message=message, span=where(statement, "when"), help="leave it out, or say what was meant")
        if (
            statement.unless is not None
            and subject.regions.together(when)
            and not subject.regions.together(when, unless)
        ):
            message = f"the `unless` of `{statement.id}` is never true where the statement applies"
            yield Found(message=message, span=where(statement, "unless"), help="leave it out, or say what was meant")


RULE = Rule("constant-condition", "a condition that is always true, or an `unless` that never is", check)
