"""What of a decision is the same for all rows that no rule can tell apart."""

from __future__ import annotations

from alpr_policy.model.decision import Decision
from alpr_policy.questions.replay_result import Gist, GistObligation, GistReason

NOT_IN_FORCE = "no_policy"


def gist_of(decision: Decision) -> Gist:
    """Return a decision without values, places and dates."""
    reasons = tuple(
        GistReason(profile=r.profile, rule=r.rule, kind=r.kind, effect=r.effect, truth=r.truth, cite=r.cite)
        for r in decision.reasons
    )
    return Gist(
        outcome=decision.outcome,
        silent=decision.silent,
        in_force=not any(r.kind == "system" and r.rule == NOT_IN_FORCE for r in reasons),
        reasons=tuple(dict.fromkeys(reasons)),
        needs=decision.needs,
        may_also_need=tuple((m.profile, m.rule, m.cite) for m in decision.may_also_need),
        obligations=tuple(
            dict.fromkeys(
                GistObligation(task=o.task, rule=o.rule, profile=o.profile, cite=o.cite, by=o.by)
                for o in decision.obligations
            )
        ),
        warnings=tuple((w.profile, w.rule, w.cite) for w in decision.warnings),
        standing=decision.standing,
    )
