"""A duty that falls due at an interval which nobody sets."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject, where
from alpr_policy.model.condition import ParameterRef


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find duties whose interval is a parameter without value, owner or requirement: they are never overdue."""
    for duty in subject.profile.duties:
        if not isinstance(duty.every, ParameterRef):
            continue
        parameter = subject.profile.parameters[duty.every.name]
        if parameter.value is None and parameter.set_by is None and not parameter.required:
            yield Found(
                message=f"`{duty.id}` never falls due: nobody sets `{duty.every.name}`",
                span=where(duty, "every"),
                help="name who sets it under `set_by`, mark it `required`, or give it a value with a `reading`",
            )


RULE = Rule("duty-without-schedule", "a duty at an interval that nobody is named to set", check)
