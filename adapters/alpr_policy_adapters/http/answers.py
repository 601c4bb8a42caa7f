"""A decision of ours as AuthZEN says it: permitted or not; in `context` why, what is missing, what must follow."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Final

from alpr_policy.model.decision import Decision, Outcome
from alpr_policy.model.wire import plain
from alpr_policy.questions.explain import one_line
from alpr_policy_adapters.http.judging import Answer
from alpr_policy_adapters.http.obligations import UNSUPPORTED, obligation, unsupported

KEPT: Final = ("needs", "may_also_need", "warnings", "faults", "judged_by", "standing", "override")
_kept = attrgetter(*KEPT)


def authzen(answer: Answer, ignored: list[str], supported: frozenset[str] | None = None) -> dict[str, Any]:
    """Return the decision object; confidential reasons, which are for auditors, are left out.

    A permit with an obligation of a type that the caller does not support (`supported`, None for nothing said) is
    answered as a denial: the act could not be done as it must be.
    """
    decision = answer.decision
    context: dict[str, Any] = {
        "outcome": decision.outcome.value,
        "reason": one_line(decision),
        "at": decision.at,
        "reasons": [plain(one) for one in decision.reasons if not one.confidential],
    }
    for name, value in zip(KEPT, _kept(decision), strict=True):
        if value:
            context[name] = plain(value)
    beyond = unsupported(decision, supported)
    if beyond:
        told = f"the act takes obligations that the caller does not support: {', '.join(beyond)}"
        context |= {"outcome": Outcome.DENY.value, "reason": UNSUPPORTED, "message": told}
        context["unsupported_obligations"] = beyond
    elif decision.obligations:
        context["obligations"] = [obligation(one, number) for number, one in enumerate(decision.obligations, start=1)]
    if ignored:
        context["ignored"] = ignored
    if answer.row is not None:
        context["ledger"] = {"row": answer.row}
    return {"decision": decision.proceed and not beyond, "context": context}


def native(answer: Answer, *, confidential: bool) -> dict[str, Any]:
    """Return the decision in our own format; without `confidential`, reasons for auditors alone are left out."""
    wire = answer.decision.to_wire()
    if not confidential:
        wire["reasons"] = [one for one in wire["reasons"] if not one.get("confidential")]
    return wire | ({"ledger": {"row": answer.row}} if answer.row is not None else {})


def failed(status: int, message: str) -> dict[str, Any]:
    """Return what stands in a batch for an item that cannot be evaluated: a denial with the reason."""
    return {"decision": False, "context": {"error": {"status": status, "message": message}}}


def permits(decision: Decision) -> bool:
    """Say whether the act may be done."""
    return decision.proceed
