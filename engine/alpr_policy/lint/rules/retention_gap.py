"""Data that may be held in a place for which no period is set."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject, where


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find data that a hold speaks of at a custodian for which no statement sets a period."""
    for hold in subject.profile.holds:
        for data in hold.data:
            family = GATHERED if data in GATHERED else frozenset({data})
            about = [one for one in subject.profile.retention if not one.data or family & set(one.data)]
            covered = {custodian for one in about for custodian in one.custodian}
            missing = ", ".join(f"`{one}`" for one in hold.custodian if one not in covered | ELSEWHERE)
            if about and missing and all(one.custodian for one in about):
                yield Found(
                    message=f"`{hold.id}` holds `{data}` at {missing}, where no statement says how long it stays",
                    span=hold.spans.get(f"data={data}", where(hold, "data")),
                    help="add a period under `retention`, or `never: true` if it may not be there",
                )


# Classes that overlap: a read that hit is a read, bulk and an alert.
GATHERED = frozenset({"read", "bulk", "alert", "image"})
# What has gone into a case is kept by the rules of the case.
ELSEWHERE = frozenset({"case_file", "evidence"})

RULE = Rule("retention-gap", "data that a hold speaks of where no period is set", check)
