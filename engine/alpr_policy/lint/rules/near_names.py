"""Two names that are taken for each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject
from alpr_policy.source import Span


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find pairs of ids, roles, terms, parameters or own facts that are one letter apart, numbers aside."""
    profile = subject.profile
    sorts: list[tuple[str, dict[str, Span]]] = [
        ("ids", {one.id: one.spans.get("id", one.span) for one in profile.statements}),
        ("roles", {name: one.span for name, one in profile.roles.items()}),
        ("terms", {name: one.span for name, one in profile.terms.items()}),
        ("parameters", {name: one.span for name, one in profile.parameters.items()}),
        ("facts", {name: one.span for name, one in profile.facts.items()}),
    ]
    for what, names in sorts:
        for one, other in combinations(sorted(names, key=len), 2):
            if len(one) > 3 and len(other) - len(one) < 2 and _is_near(one, other):
                later, first = sorted((one, other), key=lambda name: names[name], reverse=True)
                yield Found(
                    message=f"the {what} `{later}` and `{first}` are one letter apart",
                    span=names[later],
                    help="call one of them otherwise, so that nobody takes it for the other",
                )


def _is_near(one: str, other: str) -> bool:
    """Say whether a letter that is added, dropped or changed makes one of the other; a digit is meant."""
    first = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    rest = one[first + 1 :] if len(one) == len(other) else one[first:]
    changed = one[first : first + 1] + other[first : first + 1]
    return rest == other[first + 1 :] and not any(sign.isdigit() for sign in changed)


RULE = Rule("near-names", "two names of one sort that differ by one letter", check)
