"""A deadline that can never be missed."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.lint.rule import Found, Options, Rule
from alpr_policy.lint.subject import Subject, where
from alpr_policy.model.condition import ParameterRef
from alpr_policy.model.statements import Check, Requirement


def check(subject: Subject, options: Options) -> Iterator[Found]:
    """Find what is owed as soon as practicable, or within a vague parameter, and is never late by any reading."""
    for duty in subject.profile.duties:
        if duty.after and duty.late_after is None and duty.reading is None and _is_vague(subject, duty.within):
            yield Found(
                message=f"`{duty.id}` is owed at no stated time, so it can never be late",
                span=where(duty, "within" if "within" in duty.spans else "after"),
                help="say under `late_after` when you take it to be late, or under `reading` why nothing is said",
            )
    several: tuple[Requirement | Check, ...] = (*subject.profile.requirements, *subject.profile.checks)
    for statement in several:
        later = statement.or_afterwards
        if later is not None and statement.reading is None and _is_vague(subject, later.within):
            yield Found(
                message=f"what `{statement.id}` lets follow afterwards is owed at no stated time",
                span=where(statement, "or_afterwards"),
                help="give `within` a span, or say under `reading` what is meant",
            )


def _is_vague(subject: Subject, within: object) -> bool:
    if isinstance(within, ParameterRef):
        return subject.profile.parameters[within.name].value is None
    return within == "as_soon_as_practicable"


RULE = Rule("vague-deadline", "a vague deadline without a reading", check)
