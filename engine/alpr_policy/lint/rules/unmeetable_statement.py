"""A statement that, as is proven, nobody can meet."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Reads, Rule
from alpr_policy.lint.subject import Subject


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find statements of which `verify` proves it, with records and derived facts weighed in."""
    by_id = {statement.id: statement for statement in subject.profile.statements}
    waits = bool(subject.profile.open_parameters)  # a template waits for its adopter, as `check` tells
    for kind, about, verdict, told in subject.proofs() if subject.proofs is not None else ():
        if kind == "meetable" and verdict == "fails" and about in by_id and not (waits and "open position" in told):
            statement = by_id[about]
            yield Found(
                message=f"`{about}`: {told}",
                span=statement.spans.get("id", statement.span),
                help="fill the open position, or let somebody else approve, check or sign",
            )


RULE = Rule(
    "unmeetable-statement",
    "a statement that, as is proven, can never be met",
    check,
    level=Level.ERROR,
    reads=Reads.PROOF,
)
