"""A step that waits for a role which nobody has to name."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject
from alpr_policy.model.condition import ParameterRef
from alpr_policy.model.statements import Approval, Approver, Check, Statement


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find approvers that are parameters without a value which are not `required`."""
    for statement in subject.profile.statements:
        for approver in _approvers(statement):
            if not isinstance(approver.role, ParameterRef):
                continue
            parameter = subject.profile.parameters[approver.role.name]
            if parameter.value is None and not parameter.required:
                yield Found(
                    message=f"nobody can decide on `{statement.id}` while `{approver.role.name}` is open",
                    span=approver.span,
                    help="give the parameter a value, or mark it `required`: then the profile waits for it",
                )


def _approvers(statement: Statement) -> Iterator[Approver]:
    match statement:
        case Approval():
            for step in (statement.by, *statement.then):
                yield from step
        case Check():
            yield from statement.by


RULE = Rule("open-approver", "an approver that is an open parameter which is not required", check)
