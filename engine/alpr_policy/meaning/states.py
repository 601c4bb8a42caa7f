"""The states of approvals, exceptions, checks, documents and holds (the tables of language.md §5).

A state is a word, or `Unknown` where a record lacks what would settle it. Each table is read top down.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from alpr_policy.durations import add
from alpr_policy.ir.nodes import ApprovalSpec, CheckSpec, Decider, DocumentSpec, HoldSpec
from alpr_policy.meaning.truth import Truth, U, all3, any3, not3
from alpr_policy.meaning.typed import read_value
from alpr_policy.model.request import ApprovalRecord, CheckRecord, DocumentRecord, HoldRecord
from alpr_policy.model.values import ABSENT, Gap, Unknown, Value
from alpr_policy.vocabulary.states import APPROVAL_ORDER, DOCUMENT_ORDER, HOLD_ORDER, PART_ORDER, UNKNOWN, WHOLE_ORDER

if TYPE_CHECKING:
    from alpr_policy.meaning.facts import Facts


def _first(order: tuple[str, ...], found: Iterable[str], otherwise: str, why: str) -> Value:
    states = set(found)
    state = next((s for s in order if s in states), otherwise)
    return Unknown(Gap.ABSENT, why) if state == UNKNOWN else state


def _verdict(*questions: tuple[str, Truth]) -> str | None:
    """Return the first state whose question is not false, `unknown` where that question is open; None if all are."""
    for state, truth in questions:
        if truth is not False:
            return state if truth is True else UNKNOWN
    return None


def _role_fits(record: Any, decider: Decider, facts: Facts) -> Truth | str:
    """Say whether a record's role may decide: as holder, designee, acting, or as the stand-in of an absent holder."""
    if record.role is None:
        return U
    if record.role not in (decider.role, decider.if_absent):
        return False
    role = facts.ruleset.roles.get(record.role)
    if record.capacity != "holder":
        stands_in = role is not None and (role.designee if record.capacity == "designee" else role.acting)
        if decider.in_person or not stands_in:
            return False
    if record.role == decider.role:
        return True
    absent = facts.value("roles.absent")
    if isinstance(absent, Unknown):
        return "absence_unknown"
    return isinstance(absent, frozenset) and decider.role in absent


def _any_role(record: Any, deciders: tuple[Decider, ...], facts: Facts) -> Truth | str:
    """Any of several roles suffices."""
    found = [_role_fits(record, decider, facts) for decider in deciders]
    if True in found:
        return True
    return "absence_unknown" if "absence_unknown" in found else U if U in found else False


def _same_person(one: str | None, facts: Facts) -> Truth:
    """Say whether a person is the requester; unknown where either is not named."""
    requester = facts.value("requester.id")
    if one is None or not isinstance(requester, str):
        return U
    return one == requester


def _scope_differs(scope: Mapping[str, Any], facts: Facts) -> Truth:
    """Say whether some fact of a record's scope differs from the request's."""
    return any3(_differs(name, wanted, facts) for name, wanted in sorted(scope.items()))


def _differs(name: str, wanted: Any, facts: Facts) -> Truth:
    fact = facts.ruleset.vocabulary.facts.get(name)
    here = facts.value(name)
    there = U if fact is None else read_value(fact, wanted, facts.ruleset.vocabulary)
    if fact is None or isinstance(here, Unknown) or isinstance(there, Unknown):
        return U
    return bool(here != there)


def _over(moment: dt.datetime | dt.date | None, facts: Facts) -> bool:
    """Say whether the last lawful instant lies in the past."""
    return moment is not None and facts.request.at > facts.instant(moment)


def _validity_over(at: dt.datetime | dt.date | None, valid: Any, facts: Facts) -> Truth:
    if valid is None:
        return False
    return U if at is None else facts.request.at > add(facts.instant(at), valid, facts.ruleset.zone)


# Approvals and exceptions


def approval_state(spec: ApprovalSpec, facts: Facts) -> Value:
    """Return the state of an approval or exception, over all its steps."""
    return approval_step(spec, facts)[0]


def approval_step(spec: ApprovalSpec, facts: Facts) -> tuple[Value, int]:
    """Return the state and the number (from 1) of the step that is still open."""
    if facts.request.approvals is None:
        return ABSENT, 1
    records = [r for r in facts.request.approvals if r.topic in spec.topics and (r.at is None or facts.not_later(r.at))]
    for number, deciders in enumerate(spec.steps, start=1):
        # What a later step has refused, no earlier step can mend.
        if _step_state(spec, deciders, records, (), facts)[0] == "refused":
            return "refused", number
    return _chain(spec, records, (), facts)


def _chain(
    spec: ApprovalSpec, records: list[ApprovalRecord], before: tuple[ApprovalRecord, ...], facts: Facts
) -> tuple[Value, int]:
    """Return the state of the steps after those that `before` took, by the best choice of persons."""
    number = len(before) + 1
    if number > len(spec.steps):
        return "granted", len(spec.steps)
    state, grants = _step_state(spec, spec.steps[number - 1], records, before, facts)
    if state != "granted":
        return state, number
    # Earliest first; of more persons than there are steps, one of the earliest is always free to stand for a later one.
    earliest: dict[str | None, ApprovalRecord] = {}
    for grant in sorted(grants, key=lambda r: facts.instant(r.at) if r.at else facts.request.at):
        earliest.setdefault(grant.by, grant)
    found = [_chain(spec, records, (*before, one), facts) for one in list(earliest.values())[: len(spec.steps)]]
    return min(found, key=lambda end: APPROVAL_ORDER.index(end[0] if isinstance(end[0], str) else UNKNOWN))


def _step_state(
    spec: ApprovalSpec,
    deciders: tuple[Decider, ...],
    records: list[ApprovalRecord],
    before: tuple[ApprovalRecord, ...],
    facts: Facts,
) -> tuple[Value, list[ApprovalRecord]]:
    verdicts = [(_approval_verdict(spec, deciders, r, before, facts), r) for r in records]
    grants = [r for verdict, r in verdicts if verdict == "granted"]
    standing = [
        verdict
        for verdict, r in verdicts
        if verdict != "refused" or not any(_heals(grant, r, facts) for grant in grants)
    ]
    return _first(APPROVAL_ORDER, standing, "none", "a record does not say when, by whom or for what"), grants


def _heals(grant: ApprovalRecord, refusal: ApprovalRecord, facts: Facts) -> bool:
    """A refusal falls only to a later grant by the same role; a stand-in cannot lift what the holder refused."""
    if grant.at is None or refusal.at is None or grant.role != refusal.role:
        return False
    if grant.capacity != "holder" and grant.capacity != refusal.capacity:
        return False
    return facts.instant(grant.at) > facts.instant(refusal.at)


def _approval_verdict(
    spec: ApprovalSpec,
    deciders: tuple[Decider, ...],
    record: ApprovalRecord,
    before: tuple[ApprovalRecord, ...],
    facts: Facts,
) -> str:
    role = _any_role(record, deciders, facts)
    scope = _scope_differs(record.scope, facts)
    if record.decision == "refused":
        # A refusal for another request, or by one who may not decide, refuses nothing here.
        told = all3([role if isinstance(role, bool) else U, not3(scope), U if record.at is None else True])
        return "refused" if told is True else UNKNOWN if told is U else "none"
    if record.decision == "pending":
        return "pending"
    problem = _verdict(
        (UNKNOWN, record.at is None),
        ("absence_unknown", role == "absence_unknown"),
        ("self", _own_request(spec, record, deciders, facts)),
        ("wrong_purpose", _wrong_purpose(spec, record)),
        ("out_of_scope", True if spec.each and not record.scope else scope),
        ("ended", any3([_ended(record, facts), _validity_over(record.at, spec.valid, facts)])),
        ("wrong_role", False if role == "absence_unknown" else U if role is U else not role),
        ("none", any3(_not_after(record, earlier, facts) for earlier in before)),
    )
    return problem or "granted"


def _own_request(spec: ApprovalSpec, record: ApprovalRecord, deciders: tuple[Decider, ...], facts: Facts) -> Truth:
    """Nobody decides on an own request, unless the profile lets everybody who may decide, or only the holder."""
    holds = record.capacity == "holder" and record.role in {decider.role for decider in deciders}
    if spec.by_requester == "allowed" or (spec.by_requester == "holder" and holds):
        return False
    return _same_person(record.by, facts)


def _wrong_purpose(spec: ApprovalSpec, record: ApprovalRecord) -> Truth:
    if not spec.purposes:
        return False
    return U if record.purpose is None else record.purpose not in spec.purposes


def _ended(record: ApprovalRecord, facts: Facts) -> Truth:
    if isinstance(record.ended, bool):
        return record.ended
    return _over(record.expires, facts) or (record.ended is not None and facts.not_later(record.ended))


def _not_after(record: ApprovalRecord, earlier: ApprovalRecord, facts: Facts) -> Truth:
    """Steps go in order and by different persons."""
    if record is earlier:
        return True
    if record.at is None or earlier.at is None or record.by is None or earlier.by is None:
        return U
    return record.by == earlier.by or facts.instant(record.at) < facts.instant(earlier.at)


# Checks


def check_state(spec: CheckSpec, facts: Facts) -> Value:
    """Return the state of a check over all its parts: the worst."""
    if facts.request.checks is None:
        return ABSENT
    states = [state if isinstance(state, str) else UNKNOWN for _, state in check_parts(spec, facts)]
    return _first(WHOLE_ORDER, states, "not_done", "a record does not say when or by whom")


def check_parts(spec: CheckSpec, facts: Facts) -> tuple[tuple[str, Value], ...]:
    """Return the state of each part; a check without parts has one, named by the check itself."""
    if facts.request.checks is None:
        return tuple((part, ABSENT) for part in spec.parts or (spec.check,))
    records = [r for r in facts.request.checks if r.check == spec.check and (r.at is None or facts.not_later(r.at))]
    return tuple((part, _part_state(spec, part, records, facts)) for part in spec.parts or (spec.check,))


def _part_state(spec: CheckSpec, part: str, records: list[CheckRecord], facts: Facts) -> Value:
    """A failure that names no part fails every part; a pass that names no part passes none of several."""
    named = [r for r in records if not spec.parts or r.part == part or (r.part is None and r.result == "fail")]
    verdicts = {_check_verdict(spec, r, facts) for r in named}
    if {"failed", "passed"} <= verdicts:
        return "unclear"
    return _first(PART_ORDER, verdicts, "not_done", "a record does not say when or by whom")


def _check_verdict(spec: CheckSpec, record: CheckRecord, facts: Facts) -> str:
    stale = _before_clock(spec, record, facts)
    if stale is True:
        return "not_done"
    if record.result == "fail":
        return "failed" if record.at is not None and stale is False else UNKNOWN
    if record.result == "unclear":
        return "unclear"
    role = _any_role(record, spec.by, facts) if spec.by else True
    problem = _verdict(
        (UNKNOWN, record.at is None or stale is U),
        ("self", _same_person(record.by, facts) if spec.not_by_requester else False),
        ("wrong_role", U if role in (U, "absence_unknown") else not role),
        (
            "wrong_source",
            False if not spec.sources else U if record.source is None else record.source not in spec.sources,
        ),
    )
    return problem or "passed"


def _before_clock(spec: CheckSpec, record: CheckRecord, facts: Facts) -> Truth:
    """Say whether a check is older than the moment from which checks count."""
    if spec.after is None:
        return False
    moment = facts.moment(spec.after)
    if isinstance(moment, Unknown) or record.at is None:
        return U
    return moment is None or facts.instant(record.at) < facts.instant(moment)


# Documents


def document_state(spec: DocumentSpec, facts: Facts) -> Value:
    """Return the state of a document."""
    if facts.request.documents is None:
        return ABSENT
    verdicts = [_document_verdict(spec, r, facts) for r in _documents(spec, facts)]
    return _first(DOCUMENT_ORDER, verdicts, "none", "a document does not say when or from whom")


def empty_fields(spec: DocumentSpec, facts: Facts) -> tuple[str, ...]:
    """Return the fields that are empty in the document that is nearest to complete."""
    missing = [tuple(f for f in spec.fields if f not in r.fields) for r in _documents(spec, facts)]
    return min(missing, key=lambda fields: (len(fields), fields), default=spec.fields)


def _documents(spec: DocumentSpec, facts: Facts) -> list[DocumentRecord]:
    known = facts.request.documents or ()
    return [r for r in known if r.kind in spec.kinds and (r.at is None or facts.not_later(r.at))]


def _document_verdict(spec: DocumentSpec, record: DocumentRecord, facts: Facts) -> str:
    issuer = False if not spec.issuers else U if record.issued_by is None else record.issued_by not in spec.issuers
    problem = _verdict(
        (UNKNOWN, record.at is None),
        ("expired", any3([_over(record.expires, facts), _validity_over(record.at, spec.valid, facts)])),
        ("incomplete", not set(spec.fields) <= set(record.fields)),
        ("none", issuer),
    )
    return problem or "complete"


# Holds


def hold_state(spec: HoldSpec, facts: Facts) -> Value:
    """Return the state of a hold that rests on records."""
    if facts.request.holds is None:
        return ABSENT
    records = [
        r for r in facts.request.holds if r.basis == spec.basis and (r.placed is None or facts.not_later(r.placed))
    ]
    return _first(
        HOLD_ORDER, (_hold_verdict(spec, r, facts) for r in records), "none", "a hold does not say when or by whom"
    )


def _hold_verdict(spec: HoldSpec, record: HoldRecord, facts: Facts) -> str:
    role = _any_role(record, spec.by, facts) if spec.by else True
    problem = _verdict(
        (UNKNOWN, record.placed is None),
        ("ended", _over(record.ends, facts)),
        ("none", _scope_differs(record.scope, facts)),
        ("wrong_role", U if role in (U, "absence_unknown") else not role),
    )
    return problem or "active"
