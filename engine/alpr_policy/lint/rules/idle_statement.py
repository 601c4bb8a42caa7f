"""A statement without which every outcome stays the same."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Reads, Rule
from alpr_policy.lint.subject import Subject
from alpr_policy.model.statements import Permission


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find statements of which `verify` proves it, with records and derived facts weighed in."""
    by_id = {statement.id: statement for statement in subject.profile.statements}
    for kind, about, verdict, told in subject.proofs() if subject.proofs is not None else ():
        if kind == "shadowed" and verdict == "fails" and about in by_id:
            statement = by_id[about]
            if isinstance(statement, Permission) and subject.acts(statement) <= _silent(subject):
                continue  # it shows that the text is not silent, which no outcome does
            yield Found(
                message=f"`{about}` changes no outcome: {told}",
                span=statement.spans.get("id", statement.span),
                help="join it with what says the same, narrow one of them, or ignore this with the reason it is kept",
            )


def _silent(subject: Subject) -> frozenset[str]:
    return subject.ruleset.silence_allows if subject.ruleset is not None else frozenset()


RULE = Rule(
    "idle-statement",
    "a statement without which, as is proven, no outcome changes",
    check,
    level=Level.INFO,
    reads=Reads.PROOF,
)
