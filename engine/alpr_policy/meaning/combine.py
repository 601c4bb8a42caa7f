"""How rules join into one outcome (language.md §3). Every evaluator and every question asks here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alpr_policy.meaning.truth import Truth, U
from alpr_policy.model.decision import Outcome


@dataclass(frozen=True, slots=True)
class Combined:
    """An outcome, and whether it rests on silence: no permission spoke, and nothing else decided."""

    outcome: Outcome
    silent: bool


def combine(
    permits: Iterable[Truth], forbids: Iterable[Truth], violations: Iterable[Truth], *, silence_allows: bool
) -> Combined:
    """Join truth values: a true forbid denies; silence does as told; what is open gives needs; the rest is allowed."""
    permits, forbids, violations = tuple(permits), tuple(forbids), tuple(violations)
    silent = all(p is False for p in permits)
    if True in forbids:
        return Combined(Outcome.DENY, False)
    if silent and not silence_allows:
        return Combined(Outcome.DENY, True)
    permission_open = True not in permits and U in permits and not silence_allows
    if U in forbids or any(v is not False for v in violations) or permission_open:
        return Combined(Outcome.NEEDS, False)
    return Combined(Outcome.ALLOW, silent)


def strictest(outcomes: Iterable[Outcome]) -> Outcome:
    """Deny over needs over allow: how the answers of several texts join."""
    return max(outcomes, key=lambda outcome: outcome.strictness)
