"""A requirement that nobody can meet where it applies."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find requirements whose `must` contradicts itself or the condition under which it is asked."""
    for statement in subject.profile.requirements:
        applies, must = subject.applies(statement), subject.lowered(statement.must)
        if subject.regions.together(applies) and not subject.regions.together(applies, must):
            yield Found(
                message=f"where `{statement.id}` applies, what it asks for can never be true",
                span=where(statement, "must"),
                help="if nothing can put it right, it is a prohibition; if something can, say what",
            )


RULE = Rule("unmeetable-requirement", "a requirement that nobody can meet where it applies", check, level=Level.ERROR)
