"""From the judgements of every text that binds to one decision: the strictest answer holds, reasons saying whose."""

from __future__ import annotations

import dataclasses
from collections.abc import Set as AbstractSet
from typing import TypeVar

from alpr_policy.meaning.combine import strictest
from alpr_policy.meaning.judge import Judgement
from alpr_policy.meaning.needs import merged
from alpr_policy.meaning.parts import judged_by
from alpr_policy.model.decision import Decision, JudgedBy, Outcome, Reason
from alpr_policy.model.request import Mode, Request
from alpr_policy.suggest import did_you_mean

T = TypeVar("T")


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
        return of_one(request, mode, judgements[0], as_if)
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


def of_one(request: Request, mode: Mode, one: Judgement, as_if: tuple[str, ...] = ()) -> Decision:
    """Return the decision of a single text: what it says it says once, so there is nothing to join."""
    outcome, standing = one.outcome, one.standing
    return Decision(
        outcome=outcome,
        action=request.action[:300],
        at=request.at.isoformat(),
        mode="observe" if mode is Mode.OBSERVE else "enforce",
        proceed=outcome is Outcome.ALLOW or mode is Mode.OBSERVE,
        silent=one.silent,
        as_if=as_if,
        judged_by=(one.judged or _judged(one),),
        reasons=one.reasons,
        needs=one.needs,
        may_also_need=one.may_also_need,
        obligations=one.obligations[outcome],
        warnings=one.warnings,
        faults=() if one.in_order and not request.faults else _faults(request, [one]),
        standing=standing.value if standing is not None else None,
        floor_ends=one.floor_ends,
        ceiling_ends=one.ceiling_ends,
        override=_override([one], one.reasons, request) if outcome is Outcome.DENY else (),
        request_id=request.id,
        trace=one.trace,
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
            every_name = {name for j in judgements for name in j.ruleset.vocabulary.facts}
            for name in sorted(strange):
                hint = did_you_mean(name, every_name)
                said.append(f"`{name[:60]}` is not a fact" + (f"; {hint}" if hint else ""))
    every = [*said, *(fault for j in judgements for fault in j.faults)]
    return tuple(dict.fromkeys(every)) if every else ()


def _override(judgements: list[Judgement], reasons: tuple[Reason, ...], request: Request) -> tuple[str, ...]:
    """Return who may act against the denial: a policy must have spoken, and all that deny must let them."""
    denying = [j.ruleset for j in judgements if j.outcome is Outcome.DENY]
    for ruleset in denying:
        if ruleset.override is None:
            return ()
    if any(reason.kind == "system" for reason in reasons):
        return ()
    lists = []
    for ruleset in denying:
        override = ruleset.override
        covered = override is not None and request.action in ruleset.vocabulary.expand(override.actions)
        roles = {a.role for a in override.by if isinstance(a.role, str)} if override is not None and covered else set()
        lists.append(roles)
    return tuple(sorted(set.intersection(*lists))) if lists else ()
