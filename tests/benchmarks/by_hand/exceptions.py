"""Exceptions by hand: what came of one, over all records of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.benchmarks.by_hand import words as w
from tests.benchmarks.by_hand.values import (
    ABSENT,
    INVALID,
    Facts,
)

from alpr_policy.model.decision import FactSeen
from alpr_policy.model.values import Gap


def state_seen(name: str, state: Any) -> FactSeen:
    """Show what came of an exception."""
    return FactSeen(fact=name, value=f"unknown ({state.value})" if state.__class__ is Gap else state)


def exception(raw: Facts, facts: Facts, at: datetime, topic: str) -> Any:
    """Return what came of an exception: granted, none, another word, or why that is not known."""
    records = raw.get("approvals")
    if records.__class__ is not list:
        return ABSENT
    states = []
    for record in records:
        if record.__class__ is not dict or not record.keys() <= w.APPROVAL_KEYS or record.get("topic") not in w.TOPICS:
            return INVALID
        if record["topic"] == topic:
            states.append(_granted(record, facts, at))
    if not states:
        return "none"
    refused = "refused" in states or INVALID in states
    return "refused" if refused and INVALID not in states else INVALID if refused else _best(states)


def _best(states: list[Any]) -> Any:
    return "granted" if "granted" in states else next((s for s in states if s.__class__ is Gap), states[0])


def _granted(record: Facts, facts: Facts, at: datetime) -> Any:
    """Return what one record says of an exception."""
    decision, by, when = record.get("decision"), record.get("by"), record.get("at")
    if decision != "granted":
        return decision if decision in ("refused", "pending") else INVALID
    requester = facts.get("requester.id")
    if when.__class__ is not str or by.__class__ is not str or requester.__class__ is not str:
        return ABSENT
    if datetime.fromisoformat(when) > at:
        return "none"
    if by == requester:
        return "self"
    if record.get("purpose") not in w.EXCEPTIONAL:
        return ABSENT if record.get("purpose") is None else "wrong_purpose"
    for name, value in (record.get("scope") or {}).items():
        here = facts.get(name, ABSENT)
        if here != value:
            return ABSENT if here.__class__ is Gap or here in ("unknown", "withheld") else "out_of_scope"
    if (end := record.get("expires")) is not None and at > datetime.fromisoformat(end):
        return "ended"
    if record.get("ended") is not None and record["ended"] is not False:
        return "ended" if record["ended"] is True else ABSENT
    if record.get("role") != "alpr_administrator":
        return ABSENT if record.get("role") is None else "wrong_role"
    return "granted" if record.get("capacity", "holder") in ("holder", "designee") else "wrong_role"
