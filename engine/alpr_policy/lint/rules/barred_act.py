"""An act that is spoken of and can never be allowed."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Reads, Rule
from alpr_policy.lint.subject import Subject
from alpr_policy.model.statements import ActionStatement, Prohibition


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find acts with a permission, approval, check, document or requirement that `verify` proves never allowed."""
    acting = (one for one in subject.profile.statements if isinstance(one, ActionStatement))
    speaking = [one for one in acting if not isinstance(one, Prohibition)]
    for kind, about, verdict, _ in subject.proofs() if subject.proofs is not None else ():
        first = next((one for one in speaking if about in one.action), None)
        if kind == "allowable" and verdict == "fails" and first is not None:
            yield Found(
                message=f"no request for `{about}` can ever be allowed",
                span=first.spans.get(f"action={about}", first.span),
                help="if that is meant, one prohibition says so plainly; if not, look for what bars it",
            )


RULE = Rule(
    "barred-act",
    "an act that statements speak of and that, as is proven, can never be allowed",
    check,
    reads=Reads.PROOF,
)
