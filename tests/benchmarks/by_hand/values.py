"""Facts as they came that are not the safe value, and the answer that all acts have in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.benchmarks.by_hand import words as w

from alpr_policy.model.decision import Decision, Need, Obligation, Outcome, Reason
from alpr_policy.model.quick import maker
from alpr_policy.model.values import Gap

ABSENT, INVALID = Gap.ABSENT, Gap.INVALID
ALLOW, NEEDS, DENY = Outcome.ALLOW, Outcome.NEEDS, Outcome.DENY
Facts = Mapping[str, Any]
# Both sides build their decisions by the same quick way.
_decision = maker(Decision)


def answer(
    outcome: Outcome,
    action: str,
    at: datetime,
    reasons: tuple[Reason, ...],
    needs: tuple[Need, ...] = (),
    obligations: tuple[Obligation, ...] = (),
    silent: bool = False,
) -> Decision:
    """Return the decision, with what the act has not put in left as it mostly is."""
    said = w.JUDGED[outcome, silent]
    moment = at.isoformat()
    return _decision(
        outcome, action, moment, "enforce", outcome is ALLOW, silent, (), said, reasons, needs, (), obligations
    )


def gap(value: Any) -> Gap:
    """Return why a value is not known."""
    if value.__class__ is Gap:
        return value
    if value == "unknown":
        return Gap.UNSTATED
    if value == "withheld":
        return Gap.WITHHELD
    return Gap.CONFLICT if value.__class__ is dict and value.keys() == {"conflict"} else INVALID


def word(value: Any, known: frozenset[str]) -> Any:
    """Return a word that is known, nothing for null, and for everything else why it is not known."""
    if value is None or (value.__class__ is str and value in known):
        return value
    return gap(value)


def flag(value: Any) -> Any:
    """Return a yes or no, nothing for null, and for everything else why it is not known."""
    return value if value is None or value.__class__ is bool else gap(value)


def missing(value: Any) -> Gap | None:
    """Return why a value is not known; None where it is."""
    return value if value.__class__ is Gap else None


def had_come(value: Any, at: datetime) -> Any:
    """Say whether a moment had come."""
    if value.__class__ is str:
        try:
            return datetime.fromisoformat(value) <= at
        except (ValueError, TypeError):
            return gap(value)
    return False if value is None else gap(value)


def truth_of(*values: Any) -> str:
    """Say whether all values that something rests on are known."""
    return "unknown" if any(value.__class__ is Gap for value in values) else "true"


def untrained(designated: Any, trained: Any) -> str:
    """Say whether somebody surely lacks designation or training, or only perhaps."""
    return "true" if designated is False or trained is False else "unknown"


def training(designated: Any, trained: Any, ask_designated: Any, ask_trained: Any) -> list[Need]:
    """Return what to ask for of the two."""
    asked = [ask_designated[missing(designated)]] if designated is not True else []
    return [*asked, ask_trained[missing(trained)]] if trained is not True else asked
