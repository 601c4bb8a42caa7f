"""Days on which no version of a policy is in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise

from alpr_policy.durations import CalendarSpan, Unit
from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find versions that begin later than the day after the last day of the one before."""
    for earlier, later in pairwise(subject.versions):
        if later is not subject.profile or earlier.policy.until is None or later.first_day is None:
            continue
        gap = (later.first_day - earlier.policy.until).days - 1
        if gap > 0:
            first = earlier.policy.until + dt.timedelta(days=1)
            yield Found(
                message=f"no text of `{later.profile}` is in force from {first} on for {CalendarSpan(gap, Unit.day)}",
                span=subject.at("policy"),
                help="on these days every act is denied; let this one begin earlier, or the one before end later",
            )


RULE = Rule("version-gap", "days between two versions on which no text is in force", check)
