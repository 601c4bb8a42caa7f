"""The parts of a judgement, each made from one rule: every evaluator puts its judgements together from these."""

from __future__ import annotations

import datetime as dt
from pathlib import PurePath

from alpr_policy.durations import CalendarSpan, add
from alpr_policy.ir.nodes import All, Any, ApprovalSpec, Atom, Cond, Forbid, Not, Oblige, Rule, Ruleset, Sure
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.needs import Asker, merged
from alpr_policy.meaning.records import TELLING, strange_scopes
from alpr_policy.meaning.standing import Lifecycle, Standing
from alpr_policy.meaning.truth import Truth, U
from alpr_policy.model.decision import Advice, JudgedBy, MayNeed, Obligation, Outcome, Reason
from alpr_policy.model.values import Age, Gap, PartialSet, Unknown, Value
from alpr_policy.source import Span

# What a warning says of advice that is not met, or of which that is not known.
UNMET_ADVICE = "expected and not met"
OPEN_ADVICE = "expected and not known"


def purges(life: Lifecycle | None, outcome: Outcome, asker: Asker) -> tuple[Obligation, ...]:
    """Data that may stay no longer must be purged (language.md §6); where that is open, unless it is to stay."""
    if life is None or outcome is not Outcome.DENY or asker.facts.request.action != "data.store":
        return ()
    found: list[Obligation] = []
    for rule in life.overdue:
        due = life.standing is Standing.PURGE_DUE
        conds = [cond for owner, cond in life.open if not due or owner is rule]
        lifting = merged(need for cond in conds for need in asker.live(cond))
        found.append(
            Obligation(
                task="purge",
                rule=rule.origin.id,
                profile=rule.origin.profile,
                cite=rule.origin.cite,
                due="at_once",
                unless_known=tuple(need.name for need in lifting),
            )
        )
    return tuple(found)


def obligation(rule: Oblige, truth: Truth, asker: Asker) -> Obligation:
    """Return what must follow; where it is not known whether the rule applies, with the facts that would lift it."""
    due = str(rule.within)
    if isinstance(rule.within, CalendarSpan):
        due = add(asker.facts.request.at, rule.within, asker.ruleset.zone).isoformat()
    return owed(rule, due, tuple(need.name for need in asker.live(rule.applies)) if truth is U else ())


def owed(rule: Oblige, due: str, unless_known: tuple[str, ...] = ()) -> Obligation:
    """Return what a rule wants done, by when, and which facts would lift it."""
    return Obligation(
        task=rule.task,
        rule=rule.origin.id,
        profile=rule.origin.profile,
        cite=rule.origin.cite,
        by=rule.by,
        due=due,
        unless_known=unless_known,
    )


def ends(life: Lifecycle | None, facts: Facts) -> tuple[str | None, str | None]:
    """Return the latest floor and the earliest ceiling that surely apply, as instants."""
    floors: list[dt.datetime] = []
    ceilings: list[dt.datetime] = []
    for one in life.kept if life is not None else ():
        start = facts.clock(one.rule.clock) if one.applies is True else None
        if start is not None:
            floors += [add(start, one.rule.floor, facts.ruleset.zone)] if one.rule.floor else []
            ceilings += [add(start, one.rule.ceiling, facts.ruleset.zone)] if one.rule.ceiling else []
    return (max(floors).isoformat() if floors else None), (min(ceilings).isoformat() if ceilings else None)


def advice(rule: Rule, truth: Truth) -> Advice:
    """Return the warning that an expectation is not met, or that nobody knows."""
    return Advice(
        profile=rule.origin.profile,
        rule=rule.origin.id,
        cite=rule.origin.cite,
        place=place_text(rule.origin.place),
        message=UNMET_ADVICE if truth is True else OPEN_ADVICE,
    )


def may_need(rule: Rule) -> MayNeed:
    """Return that a rule may ask for more once it is known whether it applies."""
    return MayNeed(profile=rule.origin.profile, rule=rule.origin.id, cite=rule.origin.cite)


def judged_by(ruleset: Ruleset, outcome: Outcome, silent: bool, standing: str | None = None) -> JudgedBy:
    """Return which text judged, and what it said by itself."""
    return JudgedBy(
        profile=ruleset.profile,
        version=ruleset.version,
        content_hash=ruleset.content_hash,
        outcome=outcome,
        silent=silent,
        standing=standing,
    )


def silence(profile: str, *, allows: bool) -> Reason:
    """Return the reason that rests on no clause."""
    effect = "permit" if allows else "forbid"
    return Reason(profile=profile, rule="silence", kind="silence", effect=effect, cite=(), truth="true")


def excusers(rule: Rule, ruleset: Ruleset) -> tuple[str, ...]:
    """Return who could excuse what a rule forbids."""
    spec = ruleset.specs[rule.excuse] if isinstance(rule, Forbid) and rule.excuse else None
    return tuple(d.role for d in spec.steps[0]) if isinstance(spec, ApprovalSpec) else ()


def overriders(ruleset: Ruleset, action: str) -> tuple[str, ...]:
    """Return the roles that may act against a denial of an act, sorted."""
    override = ruleset.override
    if override is None or action not in ruleset.vocabulary.expand(override.actions):
        return ()
    return tuple(sorted({actor.role for actor in override.by if isinstance(actor.role, str)}))


def faults_of(ruleset: Ruleset, facts: Facts) -> tuple[str, ...]:
    """Return what is wrong with the facts as they came, so that a misspelt value is never just a quiet mismatch."""
    known = ruleset.vocabulary.facts
    values = (facts.value(name) for name in sorted(name for name in facts.request.facts if name in known))
    doubtful = [*values, *(facts.records(kind) for kind in TELLING)]
    told = (
        value.detail
        for value in doubtful
        if isinstance(value, Unknown) and value.gap in (Gap.INVALID, Gap.CONFLICT) and value.detail
    )
    return (*told, *strange_scopes(facts))


def place_text(span: Span) -> str:
    """Show where a rule stands without the folder, so that a decision is the same on every machine."""
    return f"{PurePath(span.file).name}:{span.line}:{span.column}"


def facts_of(cond: Cond) -> frozenset[str]:
    """Return the names of the facts a condition reads."""
    match cond:
        case Atom(fact=fact):
            return frozenset({fact})
        case All(of=parts) | Any(of=parts):
            return frozenset(name for part in parts for name in facts_of(part))
        case Not(of=part) | Sure(of=part):
            return facts_of(part)
        case _:
            return frozenset()


def value_text(value: Value) -> str:
    """Show a value in a reason."""
    match value:
        case None:
            return "none"
        case Unknown(gap=gap):
            return f"unknown ({gap})"
        case bool():
            return str(value).lower()
        case frozenset():
            return "[" + ", ".join(sorted(value)) + "]"
        case PartialSet(known=known):
            return "[" + ", ".join(sorted(known)) + ", and perhaps more]"
        case Age(start=start):
            return f"since {start.isoformat()}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
