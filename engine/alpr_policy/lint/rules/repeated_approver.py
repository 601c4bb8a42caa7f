"""A chain of approvals that one office would have to give twice."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find chains of which two steps can only be taken by the holder of the same role."""
    for statement in subject.profile.approvals:
        seen: set[str] = set()
        for step in (statement.by, *statement.then):
            if len(step) != 1 or step[0].if_absent is not None:
                continue
            name = str(step[0].role)
            role = subject.profile.roles.get(name)
            others = role is not None and (role.designee or role.acting) and not step[0].in_person
            if name in seen and not others:
                yield Found(
                    message=f"`{name}` decides twice on `{statement.id}`, and the steps are taken by different persons",
                    span=where(statement, "then"),
                    help="name another role in one of the steps; with one holder the chain can never be finished",
                )
                break
            seen.add(name)


RULE = Rule("repeated-approver", "a chain in which one office decides twice", check)
