"""What a text says of an act when nothing else is known: silent, allowed, forbidden, or it depends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from alpr_policy.model.decision import Decision, Outcome
from alpr_policy.questions.decide import PolicyDecisionPoint

SILENT_ALLOWED, SILENT_REFUSED = "silent: allowed", "silent: refused"
ALLOWED, OPEN, FORBIDDEN, DEPENDS, ABSENT = "allowed", "not barred", "forbidden", "depends", "no such act"
MEANINGS: dict[str, str] = {
    SILENT_ALLOWED: "no clause speaks of it, and the text lets pass what it does not mention",
    SILENT_REFUSED: "no clause allows it, and the text refuses what it does not mention",
    ALLOWED: "a clause allows it whatever the circumstances",
    OPEN: "clauses allow it in some cases, none stands against it, and the text lets pass what it does not mention",
    FORBIDDEN: "a clause forbids it whatever the circumstances",
    DEPENDS: "clauses allow, forbid or ask for something, depending on the circumstances",
    ABSENT: "this department's profile has no act of this name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stance:
    """What a text says of one act: one of the words of MEANINGS, and whether that rests on silence."""

    action: str
    stance: str
    silent: bool


def stances(
    pdp: PolicyDecisionPoint, actions: Iterable[str], text: str, at: dt.datetime, *, as_if: bool
) -> list[Stance]:
    """Return what a text says of acts, by asking of each with nothing known but its time.

    So silence is what `decide` calls silence. `as_if` judges under a text that did not bind.
    """
    found = []
    for action in actions:
        request = {"action": action, "at": at.isoformat()}
        decision = pdp.decide(request, as_if=text) if as_if else pdp.decide(request, departments=[text])
        found.append(Stance(action=action, stance=_stance(decision), silent=decision.silent))
    return found


def _stance(decision: Decision) -> str:
    if any(reason.rule == "unknown_action" for reason in decision.reasons):
        return ABSENT
    if decision.silent:
        return SILENT_ALLOWED if decision.outcome is Outcome.ALLOW else SILENT_REFUSED
    if decision.outcome is Outcome.ALLOW and all(reason.kind == "silence" for reason in decision.reasons):
        return OPEN
    return {Outcome.ALLOW: ALLOWED, Outcome.DENY: FORBIDDEN, Outcome.NEEDS: DEPENDS}[decision.outcome]
