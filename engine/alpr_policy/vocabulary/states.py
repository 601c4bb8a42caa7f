"""The states of records, each table in the order in which it is read (language.md §5)."""

from __future__ import annotations

UNKNOWN = "unknown"
APPROVAL_ORDER = (
    "refused",
    "granted",
    UNKNOWN,
    "pending",
    "absence_unknown",
    "self",
    "wrong_purpose",
    "out_of_scope",
    "ended",
    "wrong_role",
    "none",
)
PART_ORDER = ("failed", "passed", UNKNOWN, "unclear", "self", "wrong_role", "wrong_source", "not_done")
WHOLE_ORDER = ("failed", UNKNOWN, "unclear", "not_done", "self", "wrong_role", "wrong_source", "passed")
DOCUMENT_ORDER = ("complete", UNKNOWN, "expired", "incomplete", "none")
HOLD_ORDER = ("active", UNKNOWN, "ended", "wrong_role", "none")


def _states(order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(state for state in order if state != UNKNOWN)


STATES: dict[str, tuple[str, ...]] = {
    "approval": _states(APPROVAL_ORDER),
    "exception": _states(APPROVAL_ORDER),
    "check": _states(WHOLE_ORDER),
    "document": _states(DOCUMENT_ORDER),
    "hold": _states(HOLD_ORDER),
}
