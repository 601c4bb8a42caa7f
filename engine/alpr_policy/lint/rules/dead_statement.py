"""A statement that, as is proven, never applies."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Reads, Rule
from alpr_policy.lint.subject import Subject


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find statements of which `verify` proves it, with records and derived facts weighed in."""
    by_id = {statement.id: statement for statement in subject.profile.statements}
    for kind, about, verdict, _ in subject.proofs() if subject.proofs is not None else ():
        if kind == "live" and verdict == "fails" and about in by_id:
            statement = by_id[about]
            yield Found(
                message=f"`{about}` can never apply",
                span=statement.spans.get("id", statement.span),
                help="look for facts that exclude each other, or for a derived fact that cannot be so",
            )


RULE = Rule(
    "dead-statement", "a statement that, as is proven, can never apply", check, level=Level.ERROR, reads=Reads.PROOF
)
