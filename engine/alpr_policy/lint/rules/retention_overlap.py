"""Two periods of which only one can count."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.durations import CalendarSpan, compare
from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject, where
from alpr_policy.model.statements import Retention


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find ceilings and floors that never count, since another statement about all of the same data is stricter."""
    statements = subject.profile.retention
    for one in statements:
        for key, sign in (("at_most", 1), ("at_least", -1)):
            span = getattr(one, key)
            if not isinstance(span, CalendarSpan):
                continue
            stricter = [other for other in statements if _outruns(subject, other, one, key, sign)]
            if stricter:
                other, end = stricter[0], "ceiling" if sign == 1 else "floor"
                yield Found(
                    message=f"this {end} of {span} never counts: `{other.id}` in line {other.span.line} sets "
                    f"{getattr(other, key)} for the same data",
                    span=where(one, key),
                    help="say under `when` which data each is about, or drop one",
                )


def _outruns(subject: Subject, other: Retention, one: Retention, key: str, sign: int) -> bool:
    span, its = getattr(one, key), getattr(other, key)
    if other is one or other.clock != one.clock or not isinstance(its, CalendarSpan):
        return False
    covers = (not other.data or (one.data and set(one.data) <= set(other.data))) and (
        not other.custodian or (one.custodian and set(one.custodian) <= set(other.custodian))
    )
    if not covers or compare(span, its) != sign:
        return False
    return subject.regions.implies(subject.applies(one), subject.applies(other))


RULE = Rule("retention-overlap", "a period that another one always outruns", check)
