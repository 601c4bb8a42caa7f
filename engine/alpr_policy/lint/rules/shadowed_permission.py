"""A permission that a ban takes back entirely."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find permissions that a single prohibition without exception covers in every case and on every act."""
    bans = [one for one in subject.profile.prohibitions if one.excused_by is None and one.force == "must"]
    for permission in subject.profile.permissions:
        acts, applies = subject.acts(permission), subject.applies(permission)
        if not subject.regions.together(applies):
            continue
        for ban in bans:
            if acts <= subject.acts(ban) and subject.regions.implies(applies, subject.applies(ban)):
                yield Found(
                    message=f"`{permission.id}` allows nothing: `{ban.id}` in line {ban.span.line} forbids all of it",
                    span=permission.spans.get("id", permission.span),
                    help="narrow one of the two by `when` or `unless`",
                )
                break


RULE = Rule("shadowed-permission", "a permission that one prohibition takes back entirely", check)
