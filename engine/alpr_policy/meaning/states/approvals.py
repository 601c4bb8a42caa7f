"""Approvals and exceptions: steps in order, by those who may decide, for this act."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from alpr_policy.ir.nodes import ApprovalSpec, Decider
from alpr_policy.meaning.states.common import (
    ABSENCE_UNKNOWN,
    UNSETTLED,
    any_role,
    first,
    over,
    same_person,
    scope_differs,
    validity_over,
)
from alpr_policy.meaning.truth import Truth, U, all3, any3, not3
from alpr_policy.model.request import ApprovalRecord
from alpr_policy.model.values import Gap, Unknown, Value
from alpr_policy.vocabulary.states import APPROVAL_ORDER, UNKNOWN

if TYPE_CHECKING:
    from alpr_policy.meaning.facts import Facts


def approval_state(spec: ApprovalSpec, facts: Facts) -> Value:
    """Return the state of an approval or exception, over all its steps."""
    state = approval_step(spec, facts)[0]
    # Whether a stand-in may decide is open, so no condition may take an approval for one that was not granted.
    # No condition reads an exception, and it was sought: there the state has a row of its own.
    open_absence = state == ABSENCE_UNKNOWN and not spec.exception
    return Unknown(Gap.ABSENT, "whether the holder of the first role is absent") if open_absence else state


def approval_step(spec: ApprovalSpec, facts: Facts) -> tuple[Value, int]:
    """Return the state and the number (from 1) of the step that is still open."""
    found = facts.records("approvals")
    if isinstance(found, Unknown) or spec.hole:
        return found if isinstance(found, Unknown) else UNSETTLED, 1
    records = [r for r in found if r.topic in spec.topics and facts.happened(r.at) is not False]
    if not records:
        return "none", 1
    refused = any(r.decision == "refused" for r in records)
    for number, deciders in enumerate(spec.steps if refused else (), start=1):
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
    # A grant that names nobody stands for no person, so it takes none of their places.
    earliest: dict[str | None, ApprovalRecord] = {}
    for grant in sorted(grants, key=lambda r: facts.instant(r.at) if r.at else facts.request.at):
        earliest.setdefault(grant.by, grant)
    best: tuple[Value, int] | None = None
    for one in list(earliest.values())[: len(spec.steps) + (None in earliest)]:
        end = _chain(spec, records, (*before, one), facts)
        if end[0] == "granted":
            return end
        best = end if best is None or _rank(end[0]) < _rank(best[0]) else best
    return best or (state, number)


def _rank(state: Value) -> int:
    return APPROVAL_ORDER.index(state if isinstance(state, str) else UNKNOWN)


def _step_state(
    spec: ApprovalSpec,
    deciders: tuple[Decider, ...],
    records: list[ApprovalRecord],
    before: tuple[ApprovalRecord, ...],
    facts: Facts,
) -> tuple[Value, list[ApprovalRecord]]:
    verdicts = [(_verdict(spec, deciders, r, before, facts), r) for r in records]
    grants = [r for found, r in verdicts if found == "granted"]
    healed = [r for r in records if r.decision == "refused" and any(_heals(grant, r, facts) for grant in grants)]
    standing = [(found, r) for found, r in verdicts if r not in healed]
    states = {found for found, _ in standing}
    doubtful = [r for found, r in standing if found == UNKNOWN and r.decision == "refused"]
    if "refused" not in states and any(r.at is not None and r.role is not None for r in doubtful):
        # A whole record whose bearing hangs on an unknown fact may refuse this act, so no grant beside it counts.
        return UNSETTLED, []
    perhaps = [r for found, r in verdicts if r.decision == "granted" and found in (UNKNOWN, ABSENCE_UNKNOWN)]
    refusals = [r for found, r in standing if found == "refused"]
    if refusals and all(any(_heals(grant, refusal, facts) for grant in perhaps) for refusal in refusals):
        # A later grant that hangs on an unknown fact may have lifted it: knowing more must not turn a denial round.
        return UNSETTLED, []
    return first(APPROVAL_ORDER, states, "none"), grants


def _heals(grant: ApprovalRecord, refusal: ApprovalRecord, facts: Facts) -> bool:
    """A refusal falls only to a later grant by the same role; a stand-in cannot lift what the holder refused."""
    if grant.at is None or refusal.at is None or grant.role != refusal.role:
        return False
    if grant.capacity != "holder" and grant.capacity != refusal.capacity:
        return False
    return facts.instant(grant.at) > facts.instant(refusal.at)


def _verdict(
    spec: ApprovalSpec,
    deciders: tuple[Decider, ...],
    record: ApprovalRecord,
    before: tuple[ApprovalRecord, ...],
    facts: Facts,
) -> str:
    happened = facts.happened(record.at)
    if record.decision == "pending":
        return "pending" if happened is True else UNKNOWN
    if record.decision == "refused":
        # A refusal for another request, or by one who may not decide, refuses nothing here.
        role = any_role(record, deciders, facts)
        told = all3([role if isinstance(role, bool) else U, not3(scope_differs(record.scope, facts)), happened])
        return "refused" if told is True else UNKNOWN if told is U else "none"
    if happened is not True:
        return UNKNOWN
    role = any_role(record, deciders, facts)
    if role == ABSENCE_UNKNOWN:
        return ABSENCE_UNKNOWN
    for state, ask in _GRANT:
        found = ask(spec, record, deciders, facts)
        if found is not False:
            return state if found is True else UNKNOWN
    if role is not True:
        return UNKNOWN if role is U else "wrong_role"
    after = any3(_not_after(record, earlier, facts) for earlier in before)
    return "granted" if after is False else "none" if after is True else UNKNOWN


def _own_request(spec: ApprovalSpec, record: ApprovalRecord, deciders: tuple[Decider, ...], facts: Facts) -> Truth:
    """Nobody decides on an own request, unless the profile lets everybody who may decide, or only the holder."""
    holds = record.capacity == "holder" and record.role in {decider.role for decider in deciders}
    if spec.by_requester == "allowed" or (spec.by_requester == "holder" and holds):
        return False
    return same_person(record.by, facts)


def _wrong_purpose(spec: ApprovalSpec, record: ApprovalRecord, deciders: tuple[Decider, ...], facts: Facts) -> Truth:
    if not spec.purposes:
        return False
    return U if record.purpose is None else record.purpose not in spec.purposes


def _out_of_scope(spec: ApprovalSpec, record: ApprovalRecord, deciders: tuple[Decider, ...], facts: Facts) -> Truth:
    if not record.scope:
        return spec.each
    return scope_differs(record.scope, facts)


def _ended(spec: ApprovalSpec, record: ApprovalRecord, deciders: tuple[Decider, ...], facts: Facts) -> Truth:
    ended: Truth
    if isinstance(record.ended, bool):
        ended = record.ended
    else:
        stated = U if isinstance(record.ended, Unknown) else record.ended is not None and facts.happened(record.ended)
        ended = any3((over(record.expires, facts), stated))
    return ended if ended is True or spec.valid is None else any3((ended, validity_over(record.at, spec.valid, facts)))


# What keeps a grant from counting, in the order of the table (language.md §5).
_GRANT: tuple[tuple[str, Callable[[ApprovalSpec, ApprovalRecord, tuple[Decider, ...], Facts], Truth]], ...] = (
    ("self", _own_request),
    ("wrong_purpose", _wrong_purpose),
    ("out_of_scope", _out_of_scope),
    ("ended", _ended),
)


def _not_after(record: ApprovalRecord, earlier: ApprovalRecord, facts: Facts) -> Truth:
    """Steps go in order and by different persons."""
    if record is earlier:
        return True
    if record.at is None or earlier.at is None or record.by is None or earlier.by is None:
        return U
    return record.by == earlier.by or facts.instant(record.at) < facts.instant(earlier.at)
