"""What to ask for when an approval, check or document is missing: the step, and the facts its record waits for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alpr_policy.ir.nodes import ApprovalSpec, CheckSpec, Decider, DocumentSpec, HoldSpec
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.states import approval_step, check_parts, empty_fields
from alpr_policy.model.decision import Need, NeedKind
from alpr_policy.model.values import Unknown
from alpr_policy.vocabulary import MACHINE_ACTIONS

RECORDS: dict[type, str] = {
    ApprovalSpec: "approvals",
    CheckSpec: "checks",
    DocumentSpec: "documents",
    HoldSpec: "holds",
}
RecordSpec = ApprovalSpec | CheckSpec | DocumentSpec | HoldSpec


def step_needed(spec: RecordSpec, facts: Facts) -> Need | None:
    """Return the approval, exception, check or document that is missing; a hold is nothing to ask for."""
    state = facts.value(spec.name)
    given = not isinstance(facts.records(RECORDS[type(spec)]), Unknown)
    word = ("unsettled" if given else "unknown") if isinstance(state, Unknown) else str(state)
    match spec:
        case ApprovalSpec():
            return _approval(spec, facts, word)
        case CheckSpec():
            parts = tuple(part for part, s in check_parts(spec, facts) if s != "passed") if spec.parts else ()
            roles = tuple(_roles(spec.by, facts)) or (("another_person",) if spec.not_by_requester else ())
            sources = tuple(sorted(spec.sources))
            return Need(kind=NeedKind.CHECK, name=spec.check, roles=roles, parts=parts, sources=sources, state=word)
        case DocumentSpec():
            kinds, issuers = " or ".join(sorted(spec.kinds)), tuple(sorted(spec.issuers))
            fields = empty_fields(spec, facts)
            return Need(kind=NeedKind.DOCUMENT, name=kinds, fields=fields, roles=issuers, state=word)
        case HoldSpec():
            return None


def _approval(spec: ApprovalSpec, facts: Facts, word: str) -> Need:
    step = approval_step(spec, facts)[1]
    purposes = f" for {' or '.join(sorted(spec.purposes))}" if spec.purposes else ""
    each = ", for this act alone" if spec.each else ""
    return Need(
        kind=NeedKind.EXCEPTION if spec.exception else NeedKind.APPROVAL,
        name=spec.name.partition(".")[2],
        roles=tuple(_roles(spec.steps[step - 1], facts)),
        step=step,
        state=word,
        expected=" or ".join(sorted(spec.topics)) + purposes + each,
    )


def _roles(deciders: Iterable[Decider], facts: Facts) -> Iterator[str]:
    absent = facts.value("roles.absent")
    for decider in deciders:
        yield decider.role
        if decider.if_absent is not None and isinstance(absent, frozenset) and decider.role in absent:
            yield decider.if_absent.role


def facts_awaited(spec: RecordSpec, facts: Facts) -> tuple[str, ...]:
    """Return the unknown facts without which no record of this kind can be judged, whoever makes it."""
    asked: list[str] = []
    match spec:
        case ApprovalSpec():
            asked += ["requester.id"] if spec.by_requester is None else []
            asked += _scope(spec, facts)
        case CheckSpec():
            asked += ["requester.id"] if spec.not_by_requester else []
            asked += [spec.after] if spec.after else []
    if facts.request.action in MACHINE_ACTIONS:
        asked = [name for name in asked if name != "requester.id"]
    # That nobody is the requester leaves open who decided on an own request, as a name that is not known does.
    nobody = ("requester.id",) if facts.value("requester.id") is None else ()
    return tuple(name for name in dict.fromkeys(asked) if name in nobody or isinstance(facts.value(name), Unknown))


def _scope(spec: ApprovalSpec, facts: Facts) -> list[str]:
    records = facts.records("approvals")
    if isinstance(records, Unknown):
        return []
    known = facts.ruleset.vocabulary.facts.keys() - facts.ruleset.specs.keys()
    return sorted({name for r in records if r.topic in spec.topics for name in r.scope if name in known})
