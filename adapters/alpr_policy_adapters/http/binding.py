"""To what a denial, a request and an approval are bound: the question they were given for, as one fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from alpr_policy_adapters.http.mapping import OURS, TIMES, Question

BINDING: Final = tuple(sorted(OURS.difference(TIMES)))
"""The members of a context that decide, and so bind. The time does not: each evaluation has its own."""


def binding_of(question: Question, departments: Iterable[str]) -> str:
    """Return the fingerprint of a question as it is put to these departments.

    Two are the same only if subject, action and resource are, with all their properties, and what decides of the
    context. Who acts for the subject (`subject.properties.act`) is left out, as the draft wants.
    """
    subject = dict(question.subject)
    if isinstance(subject.get("properties"), Mapping):
        subject["properties"] = {key: value for key, value in subject["properties"].items() if key != "act"}
    bound = {
        "subject": {key: subject[key] for key in ("type", "id", "properties") if key in subject},
        "action": {key: question.action[key] for key in ("name", "properties") if key in question.action},
        "resource": {key: question.resource[key] for key in ("type", "id", "properties") if key in question.resource},
        "context": {key: question.context[key] for key in BINDING if key in question.context},
        "departments": sorted(set(departments)),
    }
    return fingerprint(bound)


def fingerprint(value: Any) -> str:
    """Return the SHA-256 of JSON data, whatever the order of its keys and however its numbers are written."""
    text = json.dumps(_alike(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _alike(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _alike(inside) for key, inside in value.items()}
    if isinstance(value, list | tuple):
        return [_alike(inside) for inside in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
