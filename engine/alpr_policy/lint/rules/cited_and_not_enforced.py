"""A clause that is both carried by a statement and listed as not enforced."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find clauses under `not_enforced` that some statement cites all the same."""
    by = {cite: statement for statement in reversed(subject.profile.statements) for cite in statement.cite}
    for one in subject.profile.not_enforced:
        for cite in one.cite:
            if cite in by:
                yield Found(
                    message=f"`{cite}` is not enforced, and `{by[cite].id}` in line {by[cite].span.line} cites it",
                    span=one.span,
                    help="take the clause out of one of the two places; cite a sentence of it if both are true",
                )


RULE = Rule("cited-and-not-enforced", "a clause that a statement cites and that is listed as not enforced", check)
