"""Duties reported, overrides made, audits signed: judged, and kept in the ledger with the answer."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from alpr_policy.durations import instant
from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.model.decision import Decision, Outcome
from alpr_policy.model.directory import Directory
from alpr_policy.model.overrides import Authority, OverrideRecord
from alpr_policy.model.past import Doing
from alpr_policy.questions.decisions import read_decision
from alpr_policy.questions.doings import reported
from alpr_policy.questions.duties import binding_texts
from alpr_policy.questions.override import OverrideAnswer, may_override, override_record
from alpr_policy_adapters.ledger import (
    Kind,
    LedgerOvertakenError,
    NewRow,
    PersonalValue,
    Receipt,
    Sort,
    Wanted,
    other_row,
)
from alpr_policy_adapters.office.memory import reference_of
from alpr_policy_adapters.office.office import TRIES, Office


@dataclass(frozen=True, slots=True)
class Reported:
    """What was said of a doing, and where it stands; one that was refused is kept too, and never counts."""

    decision: Decision
    doing: Doing
    receipt: Receipt


def report_duty(
    office: Office, doing: Doing, *, department: str, kind: Kind = Kind.DUTY, about: dict[str, Any] | None = None
) -> Reported:
    """Judge a report that a duty was done, and write it down with the answer; raises LedgerError.

    `about` are further words to keep, nothing personal.
    """
    at = instant(doing.at) if isinstance(doing.at, dt.datetime) else office.clock()
    decision = office.point.decide(reported(doing, at), departments=[department])
    told: dict[str, Any] = {"task": doing.task, "of": doing.of, "accepted": decision.outcome is Outcome.ALLOW}
    told |= {"roles": list(doing.roles)} if doing.roles is not None else {}
    told |= {"covers": list(doing.covers)} if doing.covers is not None else {}
    told |= about or {}
    row = other_row(kind, at=at, about=told, by=doing.by, note=doing.reference, department=department)
    (receipt,) = office.appender.append([row])
    return Reported(decision, doing, receipt)


def authority_of(directory: Directory | None, person: str, at: dt.datetime) -> Authority | None:
    """Return in which roles a person may act at a time; None where no directory tells."""
    known = directory.person(person) if directory is not None else None
    if directory is None or known is None:
        return None
    roles = directory.roles(known, at)
    absent = directory.absent_roles(at)
    if roles is None:
        return None
    return Authority(
        id=person,
        roles=tuple(sorted(roles.holder)),
        designee_of=tuple(sorted(roles.designee)),
        acting_as=tuple(sorted(roles.acting)),
        absent=tuple(sorted(absent)) if absent is not None else None,
    )


@dataclass(frozen=True, slots=True)
class Overridden:
    """What came of the wish to override: the answer, and if it may be, the record and where it stands."""

    answer: OverrideAnswer
    record: OverrideRecord | None = None
    receipt: Receipt | None = None


def override(office: Office, row: int, *, person: Authority, at: dt.datetime, why: str) -> Overridden:
    """Let a person act against the denial in a row of the ledger, where its policies let them; it is kept before.

    One denial is overridden once: for the next act one asks anew. Raises PolicyError where the row is no decision,
    or no reason is given, LedgerError where nothing can be written.
    """
    if not why.strip():
        told = "whoever reviews an override has to know why it was made"
        raise PolicyError([Diagnostic("override-reason", told, help="give the reason")])
    found = office.ledger.row(row)
    if found is None or found.kind is not Kind.DECISION:
        raise PolicyError([Diagnostic("override-row", f"row {row} of the ledger is no decision")])
    decision = read_decision(found.whole["decision"])
    names = [one.profile for one in decision.judged_by]
    texts = [text for name in names if name in office.catalog.names for text in _texts(office, name, at)]
    answer = may_override(texts, decision, person, at)
    if not answer.may:
        return Overridden(answer)
    record = override_record(f"override-{row}", reference_of(found), decision, answer, person, at, why)
    return _once(office, Overridden(answer, record), found.departments)


def _once(office: Office, made: Overridden, departments: tuple[str, ...]) -> Overridden:
    """Write an override, if its denial was not overridden before; who comes second in one instant is refused too."""
    assert made.record is not None
    for _ in range(TRIES):
        size = office.ledger.head().size
        before = _overridden_before(office, made.record.act)
        if before is not None:
            told = f"it was overridden already, in row {before}: ask for the act anew"
            return Overridden(OverrideAnswer(may=False, why=told))
        with suppress(LedgerOvertakenError):
            (receipt,) = office.appender.append([_override_row(made.record, departments, after=size)])
            return dataclasses.replace(made, receipt=receipt)
    return Overridden(OverrideAnswer(may=False, why="others kept making overrides: try again"))


def _overridden_before(office: Office, act: str) -> int | None:
    """Return the row in which a denial was overridden already."""
    rows = office.ledger.rows(Wanted(kinds=frozenset({Kind.OVERRIDE})))
    return next((row.seq for row in rows if row.body["override"].get("act") == act), None)


def _texts(office: Office, name: str, at: dt.datetime) -> Sequence[Any]:
    return binding_texts(office.catalog, name, at)


def _override_row(record: OverrideRecord, departments: tuple[str, ...], *, after: int) -> NewRow:
    wire = record.to_wire()
    personal = {"/override/by": PersonalValue(wire.pop("by"), Sort.PERSON)}
    if wire.get("why"):
        personal["/override/why"] = PersonalValue(wire.pop("why"))
    return NewRow(
        kind=Kind.OVERRIDE,
        happened=record.at,
        body={"override": wire},
        personal=personal,
        departments=departments,
        after=after,
    )
