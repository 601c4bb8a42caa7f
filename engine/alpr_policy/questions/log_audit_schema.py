"""The JSON Schema of the audit of a log, as `audit log --json` writes it."""

from __future__ import annotations

import json
from typing import Any, Final

from alpr_policy.questions.log_audit_report import FORM, VERSION
from alpr_policy.questions.log_audit_rules import Stand
from alpr_policy.questions.schemas import DRAFT

Json = dict[str, Any]
TEXT: Final[Json] = {"type": "string"}
COUNT: Final[Json] = {"type": "integer", "minimum": 0}
YES_NO: Final[Json] = {"type": "boolean"}
STANDS: Final[Json] = {stand.value: COUNT for stand in Stand}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _closed(properties: Json, *, optional: tuple[str, ...] = ()) -> Json:
    required = sorted(properties.keys() - set(optional))
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


def _counts() -> Json:
    return {"type": "object", "additionalProperties": COUNT}


def _example() -> Json:
    read: Json = {"type": "object", "additionalProperties": TEXT}
    return _closed({"place": TEXT, "agency": TEXT, "month": TEXT, "read": read, "hidden": _list(TEXT)})


def _finding() -> Json:
    texts = ("profile", "version", "statement", "kind", "text", "place", "severity")
    return _closed(
        {
            **dict.fromkeys(texts, TEXT),
            "force": {"enum": ["must", "should"]},
            "clauses": _list(TEXT),
            "confidential": YES_NO,
            "over_rows": YES_NO,
            "people": COUNT,
            "facts": _list(TEXT),
            "rows": COUNT,
            "concerned": COUNT,
            **STANDS,
            "groups": _list(_closed({"agency": TEXT, "month": TEXT, **STANDS})),
            "lacks": _list(_closed({"fact": TEXT, "why": TEXT, "rows": COUNT})),
            "examples": _list(_example()),
            "examples_left_out": COUNT,
            "undecided_examples": _list(TEXT),
        }
    )


def _reasons() -> Json:
    counts = ("rows", "no_reason", "no_defect", "unknown", "partly_known")
    groups: Json = {"type": "object", "additionalProperties": _counts()}
    return _closed(
        {**dict.fromkeys(counts, COUNT), "statements": _list(TEXT), "defects": _counts(), "by_agency": groups}
    )


def log_audit_schema() -> str:
    """Return the schema as JSON text."""
    read = ("rows", "duplicates", "unreadable", "other")
    rows: Json = dict.fromkeys((*read, "requests", "judged", "not_in_force"), COUNT) | {"refused": _counts()}
    lack = {
        "fact": TEXT, "why": TEXT, "rows": COUNT, "statements": _list(TEXT), "column": {"type": ["string", "null"]},
    }  # fmt: skip
    follow = {"statement": TEXT, "profile": TEXT, "task": TEXT, "certain": YES_NO, "rows": COUNT}
    properties: Json = {
        "version": {"const": VERSION},
        "form": {"const": FORM},
        **dict.fromkeys(("profile", "department", "as_if", "first", "last"), TEXT),
        "rows": _closed(rows, optional=read),
        **dict.fromkeys(("acts", "texts", "outcomes", "faults"), _counts()),
        "findings": _list(_finding()),
        "lacking": _list(_closed(lack)),
        "reasons": {"anyOf": [_reasons(), {"type": "null"}]},
        "must_follow": _list(_closed(follow)),
        "over_rows": _list(TEXT),
        "with_personal": YES_NO,
    }
    title = "An audit of a log by alpr-policy, version 1"
    whole = {"$schema": DRAFT, "$id": "urn:alpr-policy:log-audit:1", "title": title, **_closed(properties)}
    return json.dumps(whole, indent=2) + "\n"
