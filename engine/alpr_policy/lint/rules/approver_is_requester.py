"""An approval that only the requester could give."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.ir.nodes import Atom, Not, Op
from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject, where
from alpr_policy.model.statements import Approver


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find approvals asked of persons who all hold the only role that may approve, and may not approve themselves."""
    for statement in subject.profile.approvals:
        if statement.by_requester is not None or not all(_stands_alone(subject, one) for one in statement.by):
            continue
        applies = subject.applies(statement)
        holds = [Atom("requester.roles", Op.HAS_ALL, frozenset({str(one.role)})) for one in statement.by]
        alone = subject.regions.together(applies) and not any(
            subject.regions.together(applies, Not(one)) for one in holds
        )
        if alone:
            yield Found(
                message=f"`{statement.id}` is asked only of those who hold the role that approves it",
                span=where(statement, "by"),
                help="nobody approves an own request: name another role, or say `self: holder` if the text lets them",
            )


def _stands_alone(subject: Subject, approver: Approver) -> bool:
    """Say whether nobody but the holder may decide."""
    role = subject.profile.roles.get(str(approver.role))
    if role is None or approver.if_absent is not None:
        return False
    return approver.in_person or not (role.designee or role.acting)


RULE = Rule("approver-is-requester", "an approval that only who asks for it could give", check)
