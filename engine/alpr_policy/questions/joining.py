"""From the judgements of every text that binds to one decision: the strictest answer holds, reasons saying whose."""

from __future__ import annotations

import dataclasses
from collections.abc import Set as AbstractSet
from typing import TypeVar

from alpr_policy.meaning.combine import strictest
from alpr_policy.meaning.judge import Judgement
from alpr_policy.meaning.needs import merged
from alpr_policy.meaning.parts import judged_by, overriders
from alpr_policy.model.decision import Decision, JudgedBy, Outcome, Reason
from alpr_policy.model.quick import maker
from alpr_policy.model.request import Mode, Request
from alpr_policy.suggest import did_you_mean

T = TypeVar("T")
ALLOW, DENY, OBSERVE = Outcome.ALLOW, Outcome.DENY, Mode.OBSERVE
# By the order of the fields.
make_decision = maker(Decision)
# A log names the same strange facts in every row, and looking for what may be meant is slow.
MOST_HINTS = 4_096
_HINTS: dict[tuple[str, ...], str] = {}


def system_reason(profile: str, rule: str, text: str) -> Reason:
    """A reason that rests on no clause: there was nothing to judge by."""
    return Reason(profile=profile, rule=rule, kind="system", effect="forbid", cite=(), truth="true", text=text)


def joined(
    request: Request,
    mode: Mode,
    judgements: list[Judgement],
    unjudged: list[Reason],
    as_if: tuple[str, ...] = (),
) -> Decision:
    """Join judgements; `unjudged` are reasons why a text that binds could not be judged under, and they deny.

    `as_if` are the texts that did not bind and were judged under all the same.
    """
    if len(judgements) == 1 and not unjudged:
        return of_one(request, mode, judgements[0], request.at.isoformat(), as_if)
    outcome = strictest([*(j.outcome for j in judgements), *([Outcome.DENY] if unjudged else [])])
    found = (*unjudged, *(r for j in judgements if j.outcome is outcome for r in j.reasons))
    reasons = tuple(dict.fromkeys(found))
    deciding = [j for j in judgements if j.outcome is outcome]
    first = next((j for j in (*deciding, *judgements) if j.standing is not None), None)
    return Decision(
        outcome=outcome,
        action=request.action[:300],
        at=request.at.isoformat() if not request.fatal else "",
        mode=mode.value,
        proceed=outcome is Outcome.ALLOW or mode is Mode.OBSERVE,
        silent=bool(judgements) and all(j.silent for j in judgements),
        as_if=as_if,
        judged_by=tuple([_judged(j) for j in judgements]),
        reasons=reasons,
        needs=merged([need for j in deciding for need in j.needs]),
        may_also_need=_unlike([j.may_also_need for j in deciding]),
        obligations=_unlike([j.obligations[outcome] for j in judgements]),
        warnings=_unlike([j.warnings for j in judgements]),
        faults=_faults(request, judgements),
        standing=str(first.standing) if first else None,
        floor_ends=first.floor_ends if first else None,
        ceiling_ends=first.ceiling_ends if first else None,
        override=_override(judgements, reasons, request) if outcome is Outcome.DENY else (),
        request_id=request.id,
        trace=tuple([line for j in judgements for line in j.trace]),
    )


def of_one(request: Request, mode: Mode, one: Judgement, at: str, as_if: tuple[str, ...] = ()) -> Decision:
    """Return the decision of a single text: what it says it says once, so there is nothing to join.

    `at` is the time of the request as `isoformat` writes it.
    """
    outcome, standing, observed = one.outcome, one.standing, mode is OBSERVE
    override: tuple[str, ...] = ()
    if outcome is DENY:
        override = one.override if one.override is not None else _override([one], one.reasons, request)
    return make_decision(
        outcome,
        request.action[:300],
        at,
        "observe" if observed else "enforce",
        observed or outcome is ALLOW,
        one.silent,
        as_if,
        (one.judged or _judged(one),),
        one.reasons,
        one.needs,
        one.may_also_need,
        one.obligations[outcome],
        one.warnings,
        () if one.in_order and not request.faults else _faults(request, [one]),
        None if standing is None else standing.value,
        one.floor_ends,
        one.ceiling_ends,
        override,
        request.id,
        one.trace,
    )


def _unlike(parts: list[tuple[T, ...]]) -> tuple[T, ...]:
    """Join parts without repeats; what one judgement says it says once."""
    return parts[0] if len(parts) == 1 else tuple(dict.fromkeys(one for part in parts for one in part))


def _judged(judgement: Judgement) -> JudgedBy:
    if judgement.judged is not None:
        return judgement.judged
    standing = str(judgement.standing) if judgement.standing else None
    said = judged_by(judgement.ruleset, judgement.outcome, judgement.silent, standing)
    return said if judgement.elsewhere is None else dataclasses.replace(said, elsewhere=judgement.elsewhere)


def _faults(request: Request, judgements: list[Judgement]) -> tuple[str, ...]:
    """Return what was wrong with the request, names that no profile knows included."""
    said = [d.message + (f"; {d.help}" if d.help else "") for d in request.faults]
    if judgements:
        strange: AbstractSet[str] = request.facts.keys()
        for judgement in judgements:
            strange = strange - judgement.ruleset.vocabulary.facts.keys()
        if strange:
            said += [_not_a_fact(name, judgements) for name in sorted(strange)]
    every = [*said, *(fault for j in judgements for fault in j.faults)]
    return tuple(dict.fromkeys(every)) if every else ()


def _not_a_fact(name: str, judgements: list[Judgement]) -> str:
    key = (name, *(j.ruleset.profile for j in judgements), *(j.ruleset.content_hash for j in judgements))
    told = _HINTS.get(key)
    if told is None:
        hint = did_you_mean(name, {known for j in judgements for known in j.ruleset.vocabulary.facts})
        told = f"`{name[:60]}` is not a fact" + (f"; {hint}" if hint else "")
        if len(_HINTS) >= MOST_HINTS:
            _HINTS.clear()
        _HINTS[key] = told
    return told


def _override(judgements: list[Judgement], reasons: tuple[Reason, ...], request: Request) -> tuple[str, ...]:
    """Return who may act against the denial: a policy must have spoken, and all that deny must let them."""
    denying = [judgement.ruleset for judgement in judgements if judgement.outcome is DENY]
    if any(ruleset.override is None for ruleset in denying) or any(reason.kind == "system" for reason in reasons):
        return ()
    lists = [set(overriders(ruleset, request.action)) for ruleset in denying]
    return tuple(sorted(set.intersection(*lists))) if lists else ()
