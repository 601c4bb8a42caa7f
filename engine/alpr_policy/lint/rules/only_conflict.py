"""Two `only` statements that leave nothing allowed."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find pairs of permissions with `only` that share an act and can never apply together."""
    limiting = [one for one in subject.profile.permissions if one.only]
    for number, one in enumerate(limiting):
        for other in limiting[number + 1 :]:
            common = sorted(subject.acts(one) & subject.acts(other))
            conds = (subject.applies(one), subject.applies(other))
            if common and all(map(subject.regions.together, conds)) and not subject.regions.together(*conds):
                yield Found(
                    message=f"`{other.id}` and `{one.id}` in line {one.span.line} leave nothing of {common[0]} allowed",
                    span=where(other, "only"),
                    help="several `only` on one act intersect; join the two conditions by `any` in one statement",
                )


RULE = Rule("only-conflict", "two `only` permissions on one act that exclude each other", check, level=Level.ERROR)
