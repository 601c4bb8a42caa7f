"""A position left open that nobody is named to fill."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find parameters without a value and without `set_by`."""
    for name, parameter in subject.profile.parameters.items():
        if parameter.value is None and parameter.set_by is None:
            yield Found(
                message=f"`{name}` is open, and nobody is named to set it",
                span=parameter.span,
                help="name the role that decides it under `set_by`, or give it a value",
            )


RULE = Rule("vague-parameter-without-owner", "an open parameter that nobody is named to set", check)
