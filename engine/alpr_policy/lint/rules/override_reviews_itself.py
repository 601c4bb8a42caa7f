"""An override that is reviewed by the role that used it."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find an override of which the reviewing role is among those that may act."""
    override = subject.profile.override
    if override is not None and override.review_by in {str(one.role) for one in override.by}:
        yield Found(
            message=f"`{override.review_by}` may override a denial and reviews the override",
            span=subject.profile.spans.get(f"override={override.review_by}", subject.at("override")),
            help="let another role review it",
        )


RULE = Rule("override-reviews-itself", "an override that is reviewed by who may use it", check)
