"""A floor that lies beyond a ceiling where both conditions hold."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.durations import CalendarSpan, compare
from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject, where
from alpr_policy.model.statements import Retention


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find floors past a ceiling on the same data, where conditions that may hold together stand between them."""
    for low in subject.profile.retention:
        for high in subject.profile.retention:
            if low is high or low.clock != high.clock or not (low.when or low.unless or high.when or high.unless):
                continue
            if not (_meet(low.data, high.data) and _meet(low.custodian, high.custodian)) or not _is_past(low, high):
                continue
            if subject.regions.together(subject.applies(low), subject.applies(high)):
                yield Found(
                    message=f"where `{high.id}` in line {high.span.line} applies too, data stays for {low.at_least} "
                    f"and must go after {high.at_most}",
                    span=where(low, "at_least"),
                    help="the floor wins and it is reported as a finding; make the two conditions exclude each other",
                )


def _is_past(low: Retention, high: Retention) -> bool:
    if not isinstance(high.at_most, CalendarSpan):
        return False
    if low.at_least == "indefinite":
        return True
    return isinstance(low.at_least, CalendarSpan) and compare(low.at_least, high.at_most) == 1


def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return not one or not other or bool(set(one) & set(other))


RULE = Rule("retention-conflict", "a floor past a ceiling for data on which both conditions can hold", check)
