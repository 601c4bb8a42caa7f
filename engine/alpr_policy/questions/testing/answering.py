"""A decision as the expectation of a case, complete, as a file of expected answers holds it."""

from __future__ import annotations

from typing import Any

from alpr_policy.model.decision import Decision, Need, NeedKind


def expected(decision: Decision) -> dict[str, Any]:
    """Return a decision as what a strict case expects of it."""
    needs = [_need(need) for need in decision.needs]
    owed = sorted({obligation.task for obligation in decision.obligations})
    warned = list(dict.fromkeys(cite for advice in decision.warnings for cite in advice.cite))
    return {
        "outcome": decision.outcome.value,
        "rules": sorted({reason.rule for reason in decision.reasons}),
        **({"needs": needs} if needs else {}),
        **({"obligations": owed} if owed else {}),
        **({"warnings": warned} if warned else {}),
        **({"faults": True} if decision.faults else {}),
    }


def _need(need: Need) -> dict[str, Any]:
    if need.kind is NeedKind.ONE_OF:
        return {"one_of": [[_need(one) for one in group] for group in need.one_of]}
    by_role = need.kind in (NeedKind.APPROVAL, NeedKind.EXCEPTION)
    return {
        # Where either of two will do, a case names one.
        need.kind.value: need.roles[0] if by_role and need.roles else need.name.partition(" or ")[0],
        **({"parts": list(need.parts)} if need.parts else {}),
        **({"fields": list(need.fields)} if need.fields else {}),
    }
