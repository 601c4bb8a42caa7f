"""A statement that another one already makes."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.ir.nodes import All, Cond
from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject
from alpr_policy.model.statements import ActionStatement, Permission, Prohibition, Requirement, Statement


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find permissions, prohibitions and requirements of which every case on every act is another's too."""
    profile = subject.profile
    for group in (profile.permissions, profile.prohibitions, profile.requirements):
        for number, one in enumerate(group):
            for place, other in enumerate(group):
                if one is other or not _says_as_much(subject, other, one):
                    continue
                if place > number and _says_as_much(subject, one, other):
                    continue  # of two that say the same, the later one is told of
                yield Found(
                    message=f"`{one.id}` adds nothing to `{other.id}` in line {other.span.line}, which reaches further",
                    span=one.spans.get("id", one.span),
                    help="join them into one statement with both clauses, or say what this one alone is about",
                )
                break


def _says_as_much(subject: Subject, wide: Statement, narrow: Statement) -> bool:
    """Say whether `wide` holds on every act and in every case of `narrow`."""
    if not isinstance(wide, ActionStatement) or not isinstance(narrow, ActionStatement):
        return False
    if not subject.acts(narrow) <= subject.acts(wide):
        return False
    match wide, narrow:
        case Permission(), Permission():
            if narrow.only or wide.only:
                return False
        case Prohibition(), Prohibition():
            # An exception to the narrow one lifts nothing where the wide one stands.
            if wide.excused_by is not None or wide.force != narrow.force:
                return False
        case Requirement(), Requirement():
            if wide.force != narrow.force or wide.or_afterwards or narrow.or_afterwards:
                return False
            met: Cond = subject.lowered(wide.must)
            asked = All((subject.applies(narrow), met))
            if not subject.regions.implies(asked, subject.lowered(narrow.must)):
                return False
        case _:
            return False
    if not subject.regions.together(subject.applies(narrow)):
        return False
    return subject.regions.implies(subject.applies(narrow), subject.applies(wide))


RULE = Rule("subsumed-statement", "a statement that another one of its kind already makes", check)
