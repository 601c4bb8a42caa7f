"""Cases over time: the pure step function, which asks the one decision point that it is handed (docs/cases.md)."""

from __future__ import annotations

from alpr_policy.evaluators.stateful.asking import (
    live_grants,
    open_entry,
    request_of,
    standing_grants,
    status_of,
)
from alpr_policy.evaluators.stateful.case import (
    Asked,
    Case,
    DoneAct,
    Gathered,
    Owed,
    Status,
    Subject,
    read_case,
)
from alpr_policy.evaluators.stateful.events import CaseError, CaseEvent, EventKind, read_event
from alpr_policy.evaluators.stateful.serving import Knowing, Timer, overdue, unserved
from alpr_policy.evaluators.stateful.step import Step, look, step
from alpr_policy.evaluators.stateful.taking import Decide

__all__ = [
    "Asked",
    "Case",
    "CaseError",
    "CaseEvent",
    "Decide",
    "DoneAct",
    "EventKind",
    "Gathered",
    "Knowing",
    "Owed",
    "Status",
    "Step",
    "Subject",
    "Timer",
    "live_grants",
    "look",
    "open_entry",
    "overdue",
    "read_case",
    "read_event",
    "request_of",
    "standing_grants",
    "status_of",
    "step",
    "unserved",
]
