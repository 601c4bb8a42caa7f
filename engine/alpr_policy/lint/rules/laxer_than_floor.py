"""A profile that is laxer than the floor it may only tighten."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Reads, Rule
from alpr_policy.lint.subject import Subject


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find acts on which `verify` proves that the profile by itself allows more than its floor."""
    for kind, _, verdict, told in subject.proofs() if subject.proofs is not None else ():
        if kind == "floor" and verdict == "fails":
            yield Found(
                message=told,
                span=subject.at("floor"),
                help="both decide and the stricter wins, but the text promises what it may not; tighten it",
            )


RULE = Rule(
    "laxer-than-floor",
    "a profile that, as is proven, is laxer than its floor",
    check,
    level=Level.ERROR,
    reads=Reads.PROOF,
)
