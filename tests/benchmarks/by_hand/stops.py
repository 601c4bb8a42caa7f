"""Stops by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.benchmarks.by_hand import words as w
from tests.benchmarks.by_hand.values import (
    ABSENT,
    ALLOW,
    DENY,
    NEEDS,
    Facts,
    answer,
    flag,
    truth_of,
    word,
)

from alpr_policy.model.decision import Decision, Need, NeedKind, Reason
from alpr_policy.model.values import Gap


def stop(raw: Facts, facts: Facts, at: datetime) -> Decision:
    """Say whether a stop may be made."""
    basis = facts.get("stop.basis", ABSENT)
    if basis != "hit":
        basis = word(basis, w.BASES)
        if basis.__class__ is not Gap:
            return answer(ALLOW, "stop.start", at, w.SILENCE, silent=True)
    parts, visual, status = checked(raw, at)
    barred = []
    if visual == "failed":
        barred.append(w.VISUAL_BAR(truth=truth_of(basis), facts=(w.S_VISUAL[visual], w.S_BASIS[basis])))
    if status == "failed":
        barred.append(w.STATUS_BAR(truth=truth_of(basis), facts=(w.S_STATUS[status], w.S_BASIS[basis])))
    if barred and basis == "hit":
        return answer(DENY, "stop.start", at, tuple(barred))
    prevented = flag(facts.get("status.prevented", ABSENT)) if status == "not_done" else False
    if visual != "passed" or (status != "passed" and prevented is not True):
        return _unchecked(at, basis, barred, parts, visual, status, prevented)
    if basis == "hit":
        return answer(ALLOW, "stop.start", at, w.STOPPED, obligations=w.VERIFY if prevented is True else ())
    return answer(ALLOW, "stop.start", at, w.SILENCE, obligations=w.VERIFY_PERHAPS if prevented is True else ())


def _unchecked(
    at: datetime, basis: Any, reasons: list[Reason], parts: Any, visual: Any, status: Any, prevented: Any
) -> Decision:
    """Answer that a stop on a hit, or on what may be one, lacks a check."""
    needs = [w.ASK_BASIS[basis]] if basis.__class__ is Gap else []
    if visual != "passed":
        truth = truth_of(basis, visual)
        reasons.append(w.VISUAL(truth=truth, facts=(w.S_VISUAL[visual], w.S_BASIS[basis])))
        names = ("characters", "state")
        open_parts = names if parts is ABSENT else tuple(n for n, s in zip(names, parts, strict=True) if s != "passed")
        state = "unknown" if visual.__class__ is Gap else visual
        needs.append(Need(kind=NeedKind.CHECK, name="visual", state=state, parts=open_parts, cite=w.C_VISUAL))
    if status != "passed" and prevented is not True:
        truth = truth_of(basis, status, prevented)
        reasons.append(w.STATUS(truth=truth, facts=(w.S_STATUS[status], w.S_BASIS[basis])))
        state = "unknown" if status.__class__ is Gap else status
        check = Need(kind=NeedKind.CHECK, name="status", state=state, sources=w.SOURCES_SHOWN)
        if prevented.__class__ is Gap:
            ways = ((check,), (w.ASK_PREVENTED[prevented],))
            needs.append(Need(kind=NeedKind.ONE_OF, cite=w.C_STATUS, one_of=ways))
        else:
            needs.append(check.cited(w.C_STATUS))
    return answer(NEEDS, "stop.start", at, tuple(reasons), tuple(needs if basis == "hit" else needs[:1]))


def checked(raw: Facts, at: datetime) -> tuple[Any, Any, Any]:
    """Return the state of each part of the plate, of both together, and of the check of the record's status."""
    told = _told(raw.get("checks", ABSENT), at)
    if told is None:
        return ABSENT, ABSENT, ABSENT
    parts = (_part(told["characters"]), _part(told["state"]))
    return parts, next((state for state in w.WORST_FIRST if state in parts), ABSENT), _part(told["status"])


def _told(records: Any, at: datetime) -> dict[str, set[Any]] | None:
    """Return what is said of each part of the plate and of the record's status; None where that cannot be read."""
    if records.__class__ is not list:
        return None
    told: dict[str, set[Any]] = {"characters": set(), "state": set(), "status": set()}
    try:
        for record in records:
            check, part, result, when = record["check"], record.get("part"), record["result"], record.get("at")
            if not record.keys() <= w.CHECK_KEYS or check not in w.CHECKS or part not in w.PARTS:
                return None
            if result not in w.RESULTS:
                return None
            if when is not None and datetime.fromisoformat(when) > at:
                continue
            state: Any = "unclear" if result == "unclear" else ABSENT
            if when is not None and result == "fail":
                state = "failed"
            elif when is not None and result == "pass":
                state = "passed" if check != "status" else _sourced(record.get("source"))
            if check == "visual":
                for name in (part,) if part is not None else ("characters", "state") if state == "failed" else ():
                    told[name].add(state)
            elif check == "status" and (part is None or state == "failed"):
                told["status"].add(state)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return told


def _sourced(source: Any) -> Any:
    return ABSENT if source is None else "passed" if source in w.SOURCES else "wrong_source"


def _part(states: set[Any]) -> Any:
    """Join what is said of one part."""
    if len(states) == 1:
        return next(iter(states))
    if "failed" in states and "passed" in states:
        return "unclear"
    return next((state for state in w.PART_FIRST if state in states), "not_done")
