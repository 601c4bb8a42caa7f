"""From the judgements of every text that binds to one decision: the strictest answer holds, reasons saying whose."""

from __future__ import annotations

from alpr_policy.meaning.combine import strictest
from alpr_policy.meaning.judge import Judgement
from alpr_policy.meaning.needs import merged
from alpr_policy.model.decision import Decision, JudgedBy, Outcome, Reason
from alpr_policy.model.request import Mode, Request
from alpr_policy.suggest import did_you_mean


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
    outcome = strictest([*(j.outcome for j in judgements), *([Outcome.DENY] if unjudged else [])])
    found = dict.fromkeys((*unjudged, *(r for j in judgements if j.outcome is outcome for r in j.reasons)))
    reasons = tuple(found)
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
        judged_by=tuple(_judged(j) for j in judgements),
        reasons=reasons,
        needs=merged(need for j in deciding for need in j.needs),
        may_also_need=tuple(dict.fromkeys(m for j in deciding for m in j.may_also_need)),
        obligations=tuple(dict.fromkeys(o for j in judgements for o in j.obligations[outcome])),
        warnings=tuple(dict.fromkeys(w for j in judgements for w in j.warnings)),
        faults=_faults(request, judgements),
        standing=str(first.standing) if first else None,
        floor_ends=first.floor_ends if first else None,
        ceiling_ends=first.ceiling_ends if first else None,
        override=_override(judgements, reasons, request) if outcome is Outcome.DENY else (),
        request_id=request.id,
        trace=tuple(line for j in judgements for line in j.trace),
    )


def _judged(judgement: Judgement) -> JudgedBy:
    ruleset = judgement.ruleset
    return JudgedBy(
        profile=ruleset.profile,
        version=ruleset.version,
        content_hash=ruleset.content_hash,
        outcome=judgement.outcome,
        silent=judgement.silent,
        standing=str(judgement.standing) if judgement.standing else None,
        elsewhere=judgement.elsewhere,
    )


def _faults(request: Request, judgements: list[Judgement]) -> tuple[str, ...]:
    """Return what was wrong with the request, names that no profile knows included."""
    said = [d.message + (f"; {d.help}" if d.help else "") for d in request.faults]
    if judgements:
        known = {name for j in judgements for name in j.ruleset.vocabulary.facts}
        for name in sorted(set(request.facts) - known):
            hint = did_you_mean(name, known)
            said.append(f"`{name[:60]}` is not a fact" + (f"; {hint}" if hint else ""))
    return tuple(dict.fromkeys([*said, *(fault for j in judgements for fault in j.faults)]))


def _override(judgements: list[Judgement], reasons: tuple[Reason, ...], request: Request) -> tuple[str, ...]:
    """Return who may act against the denial: a policy must have spoken, and all that deny must let them."""
    if any(reason.kind == "system" for reason in reasons):
        return ()
    lists = []
    for ruleset in (j.ruleset for j in judgements if j.outcome is Outcome.DENY):
        override = ruleset.override
        covered = override is not None and request.action in ruleset.vocabulary.expand(override.actions)
        roles = {a.role for a in override.by if isinstance(a.role, str)} if override is not None and covered else set()
        lists.append(roles)
    return tuple(sorted(set.intersection(*lists))) if lists else ()
