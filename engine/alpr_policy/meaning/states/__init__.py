"""The states of approvals, exceptions, checks, documents and holds (the tables of language.md §5).

A state is a word, or `Unknown` where a record lacks what would settle it. Each table is read top down, but a record
that may refuse, fail or freeze is never outvoted by one that grants: what is doubtful there stays unknown.
"""

from __future__ import annotations

from alpr_policy.meaning.states.approvals import approval_state, approval_step
from alpr_policy.meaning.states.checks import check_parts, check_state
from alpr_policy.meaning.states.papers import document_state, empty_fields, hold_state

__all__ = [
    "approval_state",
    "approval_step",
    "check_parts",
    "check_state",
    "document_state",
    "empty_fields",
    "hold_state",
]
