"""A last day that a later version overtakes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find versions whose `until` lies on or after the first day of the next one."""
    for earlier, later in pairwise(subject.versions):
        if earlier is not subject.profile or earlier.policy.until is None or later.first_day is None:
            continue
        if earlier.policy.until >= later.first_day:
            yield Found(
                message=f"this text ends on {earlier.policy.until}, and the next begins on {later.first_day}",
                span=subject.profile.spans.get(f"policy={earlier.policy.until}", subject.at("policy")),
                help="the later text counts from its first day; let this one end on the day before",
            )


RULE = Rule("version-overlap", "a last day that a later version overtakes", check)
