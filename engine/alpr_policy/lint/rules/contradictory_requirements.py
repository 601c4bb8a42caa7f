"""Two requirements that no request can meet together."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Level, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find pairs of requirements that can apply together, and whose `must` cannot hold together then."""
    binding = [one for one in subject.profile.requirements if one.force == "must" and one.or_afterwards is None]
    for number, one in enumerate(binding):
        first = (subject.applies(one), subject.lowered(one.must))
        if not subject.regions.together(*first):
            continue
        for other in binding[number + 1 :]:
            second = (subject.applies(other), subject.lowered(other.must))
            common = sorted(subject.acts(one) & subject.acts(other))
            if not common or not subject.regions.together(*second):
                continue
            if subject.regions.together(first[0], second[0]) and not subject.regions.together(*first, *second):
                yield Found(
                    message=f"`{other.id}` and `{one.id}` in line {one.span.line} ask for opposites on {common[0]}",
                    span=where(other, "must"),
                    help="where both apply the act can never be allowed; say under `when` where each is meant",
                )


RULE = Rule(
    "contradictory-requirements", "two requirements on one act that cannot be met together", check, level=Level.ERROR
)
