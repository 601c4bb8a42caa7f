"""Checks: part by part, from the sources that count, by those who may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alpr_policy.ir.nodes import CheckSpec
from alpr_policy.meaning.states.common import UNSETTLED, any_role, first, same_person, verdict, wrong_role
from alpr_policy.meaning.truth import Truth, U
from alpr_policy.model.request import CheckRecord
from alpr_policy.model.values import Unknown, Value
from alpr_policy.vocabulary.states import PART_ORDER, UNKNOWN, WHOLE_ORDER

if TYPE_CHECKING:
    from alpr_policy.meaning.facts import Facts


def check_state(spec: CheckSpec, facts: Facts) -> Value:
    """Return the state of a check over all its parts: the worst."""
    found = facts.records("checks")
    if isinstance(found, Unknown):
        return found
    if spec.hole:
        return UNSETTLED
    states = [state if isinstance(state, str) else UNKNOWN for _, state in check_parts(spec, facts)]
    return first(WHOLE_ORDER, states, "not_done")


def check_parts(spec: CheckSpec, facts: Facts) -> tuple[tuple[str, Value], ...]:
    """Return the state of each part; a check without parts has one, named by the check itself."""
    return facts.once(spec, _parts)


def _parts(spec: CheckSpec, facts: Facts) -> tuple[tuple[str, Value], ...]:
    parts = spec.parts or (spec.check,)
    found = facts.records("checks")
    if isinstance(found, Unknown):
        return tuple((part, found) for part in parts)
    records = [
        (r, _verdict(spec, r, facts)) for r in found if r.check == spec.check and facts.happened(r.at) is not False
    ]
    return tuple([(part, _part_state(spec, part, records)) for part in parts])


def _part_state(spec: CheckSpec, part: str, records: list[tuple[CheckRecord, str]]) -> Value:
    """A failure that names no part fails every part; a pass is of the part it names, or of a check without parts."""
    wanted = part if spec.parts else None
    verdicts = [
        (state, r)
        for r, state in records
        if r.part == wanted or (r.result == "fail" and (r.part is None or not spec.parts))
    ]
    states = {state for state, _ in verdicts}
    if "failed" in states and "passed" in states:
        return "unclear"
    doubtful = [r for state, r in verdicts if state == UNKNOWN and r.result == "fail"]
    if doubtful and "failed" not in states and any(r.at is not None for r in doubtful):
        # A whole record whose bearing hangs on an unknown fact may fail this part, so no pass beside it counts.
        return UNSETTLED
    return first(PART_ORDER, states, "not_done")


def _verdict(spec: CheckSpec, record: CheckRecord, facts: Facts) -> str:
    stale = False if spec.after is None else _before_clock(spec.after, record, facts)
    if stale is True:
        return "not_done"
    happened = facts.happened(record.at)
    if record.result == "fail":
        return "failed" if happened is True and stale is False else UNKNOWN
    if happened is not True or stale is U:
        return UNKNOWN
    if record.result == "unclear":
        return "unclear"
    problem = verdict(
        ("self", same_person(record.by, facts) if spec.not_by_requester else False),
        ("wrong_role", wrong_role(any_role(record, spec.by, facts)) if spec.by else False),
        ("wrong_source", _wrong_source(spec, record) if spec.sources else False),
    )
    return problem or "passed"


def _wrong_source(spec: CheckSpec, record: CheckRecord) -> Truth:
    return U if record.source is None else record.source not in spec.sources


def _before_clock(after: str, record: CheckRecord, facts: Facts) -> Truth:
    """Say whether a check is older than the moment from which checks count."""
    moment = facts.moment(after)
    if isinstance(moment, Unknown) or record.at is None:
        return U
    return moment is None or facts.instant(record.at) < facts.instant(moment)
