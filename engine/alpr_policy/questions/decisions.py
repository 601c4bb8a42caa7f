"""A decision as it went over the wire, read back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from alpr_policy.errors import Diagnostic, RequestError
from alpr_policy.model.decision import SCHEMA_VERSION, Decision
from alpr_policy.questions.schemas import decision_schema
from alpr_policy.source import Span

# A decision that denies without having read the request leaves these out, since they are empty.
EMPTY = {"action": "", "at": "", "reasons": (), "needs": (), "obligations": ()}
EMPTY_PARTS: dict[str, dict[str, Any]] = {
    "judged_by": {"profile": "", "version": "", "content_hash": ""},
    "reasons": {"profile": "", "cite": ()},
    "may_also_need": {"profile": "", "cite": ()},
    "obligations": {"profile": "", "cite": ()},
    "warnings": {"profile": "", "cite": ()},
    "trace": {"profile": "", "cite": (), "place": ""},
}
SHOWN = 5


def is_decision(raw: Mapping[str, Any]) -> bool:
    """Say whether data means to be a decision rather than a request."""
    return "outcome" in raw and "proceed" in raw


def read_decision(raw: Mapping[str, Any], name: str = "<decision>") -> Decision:
    """Read a decision from `Decision.to_wire`; raises RequestError where it breaks the published schema."""
    if raw.get("version") != SCHEMA_VERSION:
        raise _refused(name, f"this decision is of version {str(raw.get('version'))[:20]}; version 1 can be read")
    validator, adapter = _tools()
    faults = sorted(validator.iter_errors(raw), key=lambda e: (e.json_path, e.message))
    if faults:
        raise _refused(name, *(f"{fault.json_path}: {fault.message[:200]}" for fault in faults[:SHOWN]))
    decision: Decision = adapter.validate_python(_filled(raw))
    return decision


@cache
def _tools() -> tuple[Any, Any]:
    """Return what validates and what builds a decision; both are heavy, and nothing that decides needs them."""
    from jsonschema import Draft202012Validator
    from pydantic import TypeAdapter

    return Draft202012Validator(decision_schema()), TypeAdapter(Decision)


def _filled(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Put back the empty parts that the wire leaves out and that have no default."""
    filled = {**EMPTY, **raw}
    for key, empty in EMPTY_PARTS.items():
        if key in filled:
            filled[key] = [_facts({**empty, **part}) for part in filled[key]]
    return filled


def _facts(part: dict[str, Any]) -> dict[str, Any]:
    return part | {"facts": [{"value": "", **fact} for fact in part["facts"]]} if "facts" in part else part


def _refused(name: str, *messages: str) -> RequestError:
    help = "it comes from `alpr-policy decide --json`; `alpr-policy schema decision` says what it holds"
    return RequestError([Diagnostic("decision-shape", message, Span(name, 1, 1), help) for message in messages])
