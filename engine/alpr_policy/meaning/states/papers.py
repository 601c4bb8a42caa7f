"""Documents and holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alpr_policy.ir.nodes import DocumentSpec, HoldSpec
from alpr_policy.meaning.states.common import (
    UNSETTLED,
    any_role,
    first,
    over,
    scope_differs,
    validity_over,
    verdict,
    wrong_role,
)
from alpr_policy.meaning.truth import U, any3
from alpr_policy.model.request import DocumentRecord, HoldRecord
from alpr_policy.model.values import Unknown, Value
from alpr_policy.vocabulary.states import DOCUMENT_ORDER, HOLD_ORDER, UNKNOWN

if TYPE_CHECKING:
    from alpr_policy.meaning.facts import Facts


def document_state(spec: DocumentSpec, facts: Facts) -> Value:
    """Return the state of a document."""
    found = facts.records("documents")
    if isinstance(found, Unknown):
        return found
    return first(DOCUMENT_ORDER, (_document(spec, r, facts) for r in _documents(spec, facts)), "none")


def empty_fields(spec: DocumentSpec, facts: Facts) -> tuple[str, ...]:
    """Return the fields that are empty in the document that is nearest to complete."""
    missing = [tuple(f for f in spec.fields if f not in r.fields) for r in _documents(spec, facts)]
    return min(missing, key=lambda fields: (len(fields), fields), default=spec.fields)


def _documents(spec: DocumentSpec, facts: Facts) -> list[DocumentRecord]:
    found = facts.records("documents")
    known = () if isinstance(found, Unknown) else found
    return [r for r in known if r.kind in spec.kinds and facts.happened(r.at) is not False]


def _document(spec: DocumentSpec, record: DocumentRecord, facts: Facts) -> str:
    issuer = False if not spec.issuers else U if record.issued_by is None else record.issued_by not in spec.issuers
    problem = verdict(
        (UNKNOWN, facts.happened(record.at) is not True),
        ("expired", any3([over(record.expires, facts), validity_over(record.at, spec.valid, facts)])),
        ("incomplete", not set(spec.fields) <= set(record.fields)),
        ("none", issuer),
    )
    return problem or "complete"


def hold_state(spec: HoldSpec, facts: Facts) -> Value:
    """Return the state of a hold that rests on records."""
    found = facts.records("holds")
    if isinstance(found, Unknown):
        return found
    if spec.hole:
        return UNSETTLED
    records = [r for r in found if r.basis == spec.basis and facts.happened(r.placed) is not False]
    return first(HOLD_ORDER, (_hold(spec, r, facts) for r in records), "none")


def _hold(spec: HoldSpec, record: HoldRecord, facts: Facts) -> str:
    role = any_role(record, spec.by, facts) if spec.by else True
    problem = verdict(
        (UNKNOWN, facts.happened(record.placed) is not True),
        ("ended", over(record.ends, facts)),
        ("none", scope_differs(record.scope, facts)),
        ("wrong_role", wrong_role(role)),
    )
    return problem or "active"
