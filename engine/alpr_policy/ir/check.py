"""What only the rules show: periods that contradict, acts that nothing permits, statements that say the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from alpr_policy.durations import CalendarSpan, compare
from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.ir.nodes import Forbid, Freeze, Keep, Origin, Permit, Require, Rule, Ruleset
from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import Retention
from alpr_policy.source import NOWHERE

# Stored data has a standing of its own, so these need no permission (language.md §3).
WITHOUT_PERMIT = frozenset({"data.store", "data.purge"})


def check(profile: Profile, ruleset: Ruleset) -> tuple[Diagnostic, ...]:
    """Return what is wrong or doubtful about a lowered profile."""
    return (*_periods(profile), *_dead(profile, ruleset), *_same(ruleset))


def _periods(profile: Profile) -> Iterator[Diagnostic]:
    """A floor past a ceiling for the same data can never be met (language.md §11)."""
    statements = profile.retention
    for low in statements:
        for high in statements:
            if not _same_data(low, high) or low.clock != high.clock:
                continue
            floor, ceiling = low.at_least, high.at_most
            if floor == "indefinite" and ceiling is not None and high is low:
                yield _contradiction(low, high, "indefinite", str(ceiling))
            elif isinstance(floor, CalendarSpan) and isinstance(ceiling, CalendarSpan) and compare(floor, ceiling) == 1:
                yield _contradiction(low, high, str(floor), str(ceiling))


def _same_data(one: Retention, other: Retention) -> bool:
    """Say whether two statements surely select common data: themselves, or both without conditions and overlapping."""
    if one is other:
        return True
    if one.when or one.unless or other.when or other.unless:
        return False
    return _overlap(one.data, other.data) and _overlap(one.custodian, other.custodian)


def _overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return not one or not other or bool(set(one) & set(other))


def _contradiction(low: Retention, high: Retention, floor: str, ceiling: str) -> Diagnostic:
    where = "" if low is high else f" of `{high.id}` in line {high.span.line}"
    return Diagnostic(
        "floor-above-ceiling",
        f"`{low.id}` keeps data for at least {floor}, past the ceiling of {ceiling}{where}",
        low.spans.get("at_least", low.span),
        "lower the floor, raise the ceiling, or say under `when` which data each is about",
    )


def _dead(profile: Profile, ruleset: Ruleset) -> Iterator[Diagnostic]:
    """An act with requirements that nothing permits is always denied, so its requirements are dead."""
    permitted = {action for rule in ruleset.rules if isinstance(rule, Permit) for action in rule.actions}
    spoken: dict[str, Origin] = {}
    for rule in ruleset.rules:
        if isinstance(rule, Require):
            for action in rule.actions:
                spoken.setdefault(action, rule.origin)
    for action in sorted(spoken.keys() - permitted - ruleset.silence_allows - WITHOUT_PERMIT):
        yield Diagnostic(
            "dead-action",
            f"`{action}` has requirements, but nothing permits it and silence denies it",
            spoken[action].place,
            "permit it, or name it under `silence: {allow: [...]}`",
            Severity.WARNING,
        )


def _same(ruleset: Ruleset) -> Iterator[Diagnostic]:
    seen: dict[object, Origin] = {}
    for rule in (*ruleset.rules, *ruleset.keeps, *ruleset.freezes):
        first = seen.setdefault(_meaning(rule), rule.origin)
        if first.id != rule.origin.id and first.kind == rule.origin.kind != "duty":
            yield Diagnostic(
                "same-meaning",
                f"`{rule.origin.id}` says the same as `{first.id}` in line {first.place.line}",
                rule.origin.place,
                "join them into one statement with both clauses",
                Severity.WARNING,
            )


_ANYONE = Origin(profile="", id="", kind="", cite=(), place=NOWHERE)


def _meaning(rule: Rule | Keep | Freeze) -> object:
    bare = dataclasses.replace(rule, origin=dataclasses.replace(_ANYONE, advisory=rule.origin.advisory))
    # A named state makes a rule its own, so only the named parts of states stay apart.
    return (type(rule), bare, rule.excuse if isinstance(rule, Forbid) else None)
