"""From an approval, exception, check or document, and the records of one request, to rules and facts for the worker.

Worked out here, in plain code, because the library cannot hold it: whether a record had happened, whether its time is
over, whether its scope differs from the request, which moment lies before which. The library is left to join what is
then known: who decided for whom, in which role and for which purpose, in which order, and what that comes to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from alpr_policy.ir.nodes import ApprovalSpec, CheckSpec, DocumentSpec, Ruleset
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.states.common import over, scope_differs, validity_over
from alpr_policy.meaning.truth import Truth, any3
from alpr_policy.model.request import ApprovalRecord, CheckRecord, DocumentRecord, Moment
from alpr_policy.model.values import Unknown
from alpr_policy.vocabulary import MACHINE_ACTIONS
from alpr_policy.vocabulary.states import APPROVAL_ORDER, DOCUMENT_ORDER, WHOLE_ORDER
from alpr_policy_adapters.durable.approvals import approval_program
from alpr_policy_adapters.durable.checks import check_program, document_program
from alpr_policy_adapters.durable.program import KIND, Program, guard_facts, refused
from alpr_policy_adapters.durable.words import (
    CAPACITIES,
    DECISIONS,
    NO,
    NOTHING,
    OPEN,
    RESULTS,
    YES,
    Numbers,
    roles_of,
)

CaseSpec = ApprovalSpec | CheckSpec | DocumentSpec
CaseRecord = ApprovalRecord | CheckRecord | DocumentRecord
LISTS: dict[type, str] = {ApprovalSpec: "approvals", CheckSpec: "checks", DocumentSpec: "documents"}
ORDERS: dict[type, tuple[str, ...]] = {
    ApprovalSpec: APPROVAL_ORDER,
    CheckSpec: WHOLE_ORDER,
    DocumentSpec: DOCUMENT_ORDER,
}
MAX_RECORDS = 100
Row = dict[str, int]


@dataclass(frozen=True, slots=True)
class Question:
    """One statement's rules and the facts of one case; `order` gives the words for the numbers that come back."""

    name: str
    program: Program
    facts: tuple[Row, ...]
    order: tuple[str, ...]


def case_specs(ruleset: Ruleset) -> tuple[CaseSpec, ...]:
    """Return the approvals, exceptions, checks and documents of a profile; holds are no part of a case."""
    return tuple(spec for spec in ruleset.specs.values() if isinstance(spec, ApprovalSpec | CheckSpec | DocumentSpec))


def question(spec: CaseSpec, facts: Facts) -> Question | None:
    """Lower one statement for one request; raises LoweringError.

    None where there is nothing to join: the record list is unknown, or a parameter is not filled.
    """
    records = facts.records(LISTS[type(spec)])
    if isinstance(records, Unknown) or (not isinstance(spec, DocumentSpec) and spec.hole):
        return None
    if len(records) > MAX_RECORDS:
        raise refused(f"a request brings more than {MAX_RECORDS} {LISTS[type(spec)]}")
    program = program_of(spec)
    rows = list(_Case(spec, facts, records).rows())
    guard_facts(fields for _, fields in rows)
    # A kind of fact that no rule of this statement names cannot matter to it.
    told = tuple({KIND: program.kinds[kind], **fields} for kind, fields in rows if kind in program.kinds)
    return Question(spec.name, program, told, ORDERS[type(spec)])


@lru_cache(maxsize=2_000)
def program_of(spec: CaseSpec) -> Program:
    """Return the rules of a statement; raises LoweringError."""
    match spec:
        case ApprovalSpec():
            return approval_program(spec)
        case CheckSpec():
            return check_program(spec)
        case DocumentSpec():
            return document_program(spec)


class _Case:
    """The facts of one request as numbers: persons, words and moments that matter to one statement."""

    def __init__(self, spec: CaseSpec, facts: Facts, records: tuple[CaseRecord, ...]) -> None:
        self.spec = spec
        self.facts = facts
        # The same record given twice by one object is one record.
        self.records = list({id(record): record for record in records}.values())
        self.persons: dict[str, int] = {}
        moments = {facts.instant(record.at) for record in self.records if record.at is not None}
        self.moments = {moment: number for number, moment in enumerate(sorted(moments), start=1)}

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Yield each fact with its kind."""
        yield "requester", self._requester()
        match self.spec:
            case ApprovalSpec():
                yield from self._absences(roles_of(self.spec.steps))
                yield from self._approvals(self.spec)
            case CheckSpec():
                yield from self._absences(roles_of([self.spec.by]))
                yield from self._checks(self.spec)
            case DocumentSpec():
                yield from self._documents(self.spec)

    def _requester(self) -> Row:
        person = self.facts.value("requester.id")
        machine = self.facts.request.action in MACHINE_ACTIONS
        return {"hand": NO if machine else YES, "person": self._person(person if isinstance(person, str) else None)}

    def _person(self, name: str | None) -> int:
        return NOTHING if name is None else self.persons.setdefault(name, len(self.persons) + 1)

    def _absences(self, roles: Numbers) -> Iterator[tuple[str, Row]]:
        absent = self.facts.value("roles.absent")
        yield "absences", {"known": NO if isinstance(absent, Unknown) else YES}
        for role in sorted(absent & roles.known.keys()) if isinstance(absent, frozenset) else ():
            yield "absent", {"role": roles[role]}

    def _approvals(self, spec: ApprovalSpec) -> Iterator[tuple[str, Row]]:
        topics, purposes, roles = Numbers.of(spec.topics), Numbers.of(spec.purposes), roles_of(spec.steps)
        for number, record in enumerate(self.records, start=1):
            if not isinstance(record, ApprovalRecord) or topics[record.topic] not in topics.known.values():
                continue
            yield (
                "approval",
                {
                    "n": number,
                    "topic": topics[record.topic],
                    "decision": _number(DECISIONS, record.decision),
                    "role": roles[record.role],
                    "cap": _number(CAPACITIES, record.capacity),
                    "purpose": purposes[record.purpose],
                    "scoped": YES if record.scope else NO,
                    "differs": _truth(scope_differs(record.scope, self.facts)),
                    "ended": _truth(self._ended(spec, record)),
                    **self._when(record.by, record.at),
                },
            )

    def _ended(self, spec: ApprovalSpec, record: ApprovalRecord) -> Truth:
        facts, stated = self.facts, record.ended
        lapsed = [over(record.expires, facts), validity_over(record.at, spec.valid, facts)]
        match stated:
            case bool():
                # Somebody said that it is ended or not, whatever it was to be.
                return any3([stated, lapsed[1]])
            case None:
                return any3(lapsed)
            case Unknown():
                return any3([*lapsed, facts.happened(None)])
        return any3([*lapsed, facts.happened(stated)])

    def _checks(self, spec: CheckSpec) -> Iterator[tuple[str, Row]]:
        parts, sources, roles = Numbers.of(spec.parts), Numbers.of(spec.sources), roles_of([spec.by])
        for number, record in enumerate(self.records, start=1):
            if not isinstance(record, CheckRecord) or record.check != spec.check:
                continue
            yield (
                "check",
                {
                    "n": number,
                    "check": 1,
                    "result": _number(RESULTS, record.result),
                    "part": parts[record.part],
                    "source": sources[record.source],
                    "role": roles[record.role],
                    "cap": _number(CAPACITIES, record.capacity),
                    "stale": _truth(self._stale(spec, record)),
                    **self._when(record.by, record.at),
                },
            )

    def _stale(self, spec: CheckSpec, record: CheckRecord) -> Truth:
        """Say whether a check is older than the moment from which checks count."""
        if spec.after is None:
            return False
        since = self.facts.moment(spec.after)
        if isinstance(since, Unknown) or record.at is None:
            return self.facts.happened(None)
        return since is None or self.facts.instant(record.at) < self.facts.instant(since)

    def _documents(self, spec: DocumentSpec) -> Iterator[tuple[str, Row]]:
        kinds, issuers, fields = Numbers.of(spec.kinds), Numbers.of(spec.issuers), Numbers.of(spec.fields)
        for number, record in enumerate(self.records, start=1):
            if not isinstance(record, DocumentRecord) or record.kind not in kinds.known:
                continue
            old = any3([over(record.expires, self.facts), validity_over(record.at, spec.valid, self.facts)])
            happened = _truth(self.facts.happened(record.at))
            issuer = issuers[record.issued_by]
            yield (
                "document",
                {
                    "n": number,
                    "kind": kinds[record.kind],
                    "issuer": issuer,
                    "happened": happened,
                    "old": _truth(old),
                },
            )
            for field in sorted(set(record.fields) & fields.known.keys()):
                yield "filled", {"n": number, "field": fields[field]}

    def _when(self, by: str | None, at: Moment | None) -> Row:
        """Return who and when: whether it had happened by then, and its place among the moments of this case."""
        return {
            "by": self._person(by),
            "happened": _truth(self.facts.happened(at)),
            "timed": NO if at is None else YES,
            "at": NOTHING if at is None else self.moments[self.facts.instant(at)],
        }


def _truth(truth: Truth) -> int:
    return OPEN if not isinstance(truth, bool) else YES if truth else NO


def _number(numbers: Mapping[str, int], word: str) -> int:
    if word not in numbers:
        raise refused(f"`{word[:40]}` is a word that a record cannot hold there")
    return numbers[word]


def questions(ruleset: Ruleset, facts: Facts, specs: Iterable[CaseSpec] | None = None) -> list[Question]:
    """Lower all statements of a profile, or those named, for one request; raises LoweringError."""
    every: Iterable[Any] = case_specs(ruleset) if specs is None else specs
    found = (question(spec, facts) for spec in every)
    return [one for one in found if one is not None]
