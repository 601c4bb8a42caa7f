"""Whether a profile is anywhere laxer than its floor: by finding a case, or by having looked at all of them.

The profile is looked at alone. Each rule of the floor is held against the profile's rules on the same act: a rule that
the profile repeats is met; otherwise every combination of the values that matter is tried. Where there are too many, or
where the two ask for records of different kinds, the rule is *not compared*, and is counted.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from alpr_policy.durations import CalendarSpan, compare, subtract
from alpr_policy.errors import Diagnostic
from alpr_policy.ir.floors import renamed
from alpr_policy.ir.nodes import (
    FALSE,
    All,
    Any,
    ApprovalSpec,
    Atom,
    CheckSpec,
    Cond,
    DocumentSpec,
    Forbid,
    Keep,
    Not,
    Oblige,
    Op,
    Permit,
    Require,
    Rule,
    Ruleset,
    Spec,
    Sure,
)
from alpr_policy.meaning.combine import combine
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.parts import facts_of, value_text
from alpr_policy.meaning.truth import Truth, truth
from alpr_policy.model.decision import Outcome
from alpr_policy.model.profile import Profile
from alpr_policy.model.values import ABSENT, Age, Value
from alpr_policy.source import NOWHERE, Span
from alpr_policy.vocabulary import FactKind

LIMIT = 50_000
MOST_MEMBERS = 12
AT = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)
OTHER = "any-other"


@dataclass(frozen=True, slots=True)
class Weakening:
    """Where the profile is laxer than its floor, and which rules of the floor could not be compared."""

    diagnostics: tuple[Diagnostic, ...]
    not_compared: tuple[str, ...]


def weakening(profile: Profile, ruleset: Ruleset, floor: Ruleset) -> Weakening:
    """Hold a profile against its floor."""
    found: list[Diagnostic] = []
    skipped: list[str] = []
    shared = _shared_states(ruleset, floor)
    place = profile.spans.get("floor", NOWHERE)
    for rule in floor.rules:
        if not isinstance(rule, Forbid | Require) or rule.origin.advisory:
            continue
        for action in sorted(rule.actions):
            try:
                case = _laxer(rule, action, ruleset, floor, shared)
            except _NotComparedError:
                skipped.append(f"{rule.origin.id} on {action}")
                continue
            if case is not None:
                found.append(_weaker(rule, action, floor, case, place))
    for keep in floor.keeps:
        problem = _laxer_period(keep, ruleset)
        skipped += [keep.origin.id] if problem is None else []
        found += [Diagnostic("weaker-than-floor", problem, place, "tighten the period")] if problem else []
    skipped += [
        freeze.origin.id for freeze in floor.freezes if freeze.active not in [f.active for f in ruleset.freezes]
    ]
    return Weakening(tuple(found), tuple(dict.fromkeys(skipped)))


class _NotComparedError(Exception):
    """A rule of the floor that cannot be held against the profile."""


def _weaker(rule: Rule, action: str, floor: Ruleset, case: Mapping[str, Value], place: Span) -> Diagnostic:
    shown = ", ".join(f"{name} = {value_text(value)}" for name, value in sorted(case.items()))
    message = f"on `{action}` this profile is laxer than `{rule.origin.id}` of its floor `{floor.profile}`: {shown}"
    return Diagnostic("weaker-than-floor", message, place, "tighten the profile; a floor may not be weakened")


def _shared_states(ruleset: Ruleset, floor: Ruleset) -> dict[str, str]:
    """Map the floor's record states to the profile's where both mean the same."""
    bare = {dataclasses.replace(spec, name=""): name for name, spec in ruleset.specs.items()}
    return {
        name: bare[key] for name, spec in floor.specs.items() if (key := dataclasses.replace(spec, name="")) in bare
    }


def _laxer(
    rule: Forbid | Require, action: str, ruleset: Ruleset, floor: Ruleset, shared: Mapping[str, str]
) -> dict[str, Value] | None:
    """Return a case in which the floor's rule binds and the profile is laxer, or None where there is none."""
    below = _violated(rule)
    for name in sorted(facts_of(below) & floor.specs.keys()):
        if name in shared:
            below = renamed(below, {name: shared[name]})
        elif any(_akin(floor.specs[name], own) for own in ruleset.specs.values()):
            # Both look at the same records in different ways, so their states hang together in ways not searched here.
            raise _NotComparedError
    own = [one for one in ruleset.rules if action in one.actions and not one.origin.advisory]
    if any(type(one) is type(rule) and _violated(one) == below for one in own):
        return None
    conds = [below, *(_violated(one) for one in own if not isinstance(one, Oblige))]
    names = sorted({name for cond in conds for name in facts_of(cond)})
    choices = {name: _classes(name, conds, ruleset) for name in names}
    if math.prod(len(values) for values in choices.values()) > LIMIT:
        raise _NotComparedError
    silence = action in ruleset.silence_allows
    for case in _cases(choices):
        binds = _truth(below, case)
        wanted = 0 if binds is False else 2 if binds is True and isinstance(rule, Forbid) else 1
        if wanted and _outcome(own, case, silence=silence).strictness < wanted:
            return case
    return None


def _akin(one: Spec, other: Spec) -> bool:
    """Say whether two states are read from records of the same sort."""
    match one, other:
        case ApprovalSpec(), ApprovalSpec():
            return bool(one.topics & other.topics)
        case CheckSpec(), CheckSpec():
            return one.check == other.check
        case DocumentSpec(), DocumentSpec():
            return bool(one.kinds & other.kinds)
    return False


def _violated(rule: Rule) -> Cond:
    if isinstance(rule, Require):
        return All((rule.applies, Not(rule.met), Not(rule.excused)))
    return rule.applies


def _cases(choices: Mapping[str, tuple[Value, ...]]) -> Iterator[dict[str, Value]]:
    names = list(choices)
    for values in itertools.product(*choices.values()):
        yield dict(zip(names, values, strict=True))


def _truth(cond: Cond, case: Mapping[str, Value]) -> Truth:
    return truth(cond, lambda atom: matches(atom, case[atom.fact]))


def _outcome(rules: list[Rule], case: Mapping[str, Value], *, silence: bool) -> Outcome:
    return combine(
        [_truth(r.applies, case) for r in rules if isinstance(r, Permit)],
        [_truth(r.applies, case) for r in rules if isinstance(r, Forbid)],
        [_truth(_violated(r), case) for r in rules if isinstance(r, Require)],
        silence_allows=silence,
    ).outcome


def _classes(name: str, conds: list[Cond], ruleset: Ruleset) -> tuple[Value, ...]:
    """Return one value for each way in which a fact's value can matter, null and unknown included."""
    atoms = {atom for cond in conds for atom in _atoms(cond) if atom.fact == name}
    constants = [atom.value for atom in sorted(atoms, key=str)]
    spans = [c for c in constants if isinstance(c, CalendarSpan)]
    if spans:
        return (*_ages(spans, ruleset), None, ABSENT)
    times = [c for c in constants if isinstance(c, dt.datetime)]
    if times:
        return (*(t + dt.timedelta(seconds=s) for t in times for s in (-1, 0)), None, ABSENT)
    numbers = [c for c in constants if isinstance(c, int) and not isinstance(c, bool)]
    mentioned = sorted({value for c in constants if isinstance(c, frozenset) for value in c}, key=str)
    fact = ruleset.vocabulary.facts.get(name)
    if fact is not None and fact.kind is FactKind.BOOL:
        return (True, False, None, ABSENT)
    if numbers:
        return (*sorted({n + d for n in numbers for d in (-1, 0, 1) if n + d >= 0}), None, ABSENT)
    if any(atom.op in (Op.HAS_ANY, Op.HAS_ALL, Op.OUTSIDE) for atom in atoms):
        members = [*(str(m) for m in mentioned), OTHER]
        if len(members) > MOST_MEMBERS:
            raise _NotComparedError
        sizes = range(len(members) + 1)
        return (*(frozenset(s) for n in sizes for s in itertools.combinations(members, n)), None, ABSENT)
    return (*(str(m) for m in mentioned), OTHER, None, ABSENT)


def _ages(spans: list[CalendarSpan], ruleset: Ruleset) -> tuple[Value, ...]:
    starts = {subtract(AT, span, ruleset.zone) + dt.timedelta(seconds=s) for span in spans for s in (-1, 0, 1)}
    return tuple(Age(start, AT, ruleset.zone) for start in sorted(starts))


def _atoms(cond: Cond) -> Iterator[Atom]:
    match cond:
        case Atom():
            yield cond
        case All(of=parts) | Any(of=parts):
            for part in parts:
                yield from _atoms(part)
        case Not(of=part) | Sure(of=part):
            yield from _atoms(part)


def _laxer_period(keep: Keep, ruleset: Ruleset) -> str | None:
    """Say how the profile's periods together undercut the floor's, '' where they do not; None: not compared."""
    same = [own for own in ruleset.keeps if own.applies == keep.applies and own.clock == keep.clock]
    conditional = (keep.unreached != FALSE and keep.floor is None) or (keep.passed != FALSE and keep.ceiling is None)
    if any((own.never, own.unreached, own.passed) == (keep.never, keep.unreached, keep.passed) for own in same):
        return ""
    if not same or conditional:
        return None
    if keep.never:
        return "" if any(own.never for own in same) else f"the floor's `{keep.origin.id}` lets no such data be here"
    orders = [compare(own.floor, keep.floor) for own in same if own.floor and keep.floor]
    if keep.floor and not any(order in (0, 1) for order in orders):
        told = f"the floor's `{keep.origin.id}` keeps data for {keep.floor}, and nothing here does"
        return None if None in orders else told
    orders = [compare(own.ceiling, keep.ceiling) for own in same if own.ceiling and keep.ceiling]
    if keep.ceiling and not any(order in (0, -1) for order in orders):
        told = f"the floor's `{keep.origin.id}` purges data after {keep.ceiling}, and nothing here does"
        return None if None in orders else told
    return ""
