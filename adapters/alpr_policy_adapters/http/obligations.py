"""The draft Obligations profile: in which shape obligations are told, and which of them a caller can see to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from alpr_policy.model.decision import Decision, Obligation
from alpr_policy.model.wire import plain
from alpr_policy.questions.explain import obligation_text
from alpr_policy_adapters.http.limits import Refusal

NOTIFIES: Final = "notify_"
TYPES: Final = ("notification", "custom")
"""The types of obligations that are given out (draft of 2026-07-03)."""
MEMBER: Final = "supported_obligations"
UNSUPPORTED: Final = "obligation_unsupported"
MOST: Final = 100
ANSWERED: Final = "/answered"
"""Where in a row of the ledger stands that a permit was told as a denial, and on account of which types."""


def obligation(one: Obligation, number: int) -> dict[str, Any]:
    """Return an obligation in the shape of the profile, which wants to know of a notification to whom and what."""
    kind, properties = type_of(one), plain(one)
    if kind == "notification":
        topic = f"{one.profile} {', '.join(one.cite)}".strip()
        properties |= {"to": one.task.removeprefix(NOTIFIES), "topic": topic, "body": obligation_text(one)}
    return {"id": f"{one.profile}:{one.rule}:{one.task}:{number}", "type": kind, "properties": properties}


def type_of(one: Obligation) -> str:
    """Return the type of an obligation: to tell somebody something, or another task."""
    return "notification" if one.task.startswith(NOTIFIES) else "custom"


def supported_of(context: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the types that a caller says it can see to; None where it says nothing. Raises Refusal (400).

    A type that is never given out counts as not said.
    """
    told = context.get(MEMBER)
    if told is None:
        return None
    if not isinstance(told, list) or len(told) > MOST or not all(isinstance(one, str) for one in told):
        raise Refusal(400, f"`context.{MEMBER}` must be a list of at most {MOST} strings")
    return frozenset(told).intersection(TYPES)


def unsupported(decision: Decision, supported: frozenset[str] | None) -> list[str]:
    """Return which types of a permit's obligations the caller cannot see to, so that it must not act."""
    if supported is None or not decision.proceed:
        return []
    return sorted({type_of(one) for one in decision.obligations} - supported)


def told_otherwise(decision: Decision, supported: frozenset[str] | None) -> dict[str, Any]:
    """Return what is written beside a permit that is told as a denial; nothing beside any other answer."""
    beyond = unsupported(decision, supported)
    return {ANSWERED: {"decision": False, "obligations": beyond}} if beyond else {}
