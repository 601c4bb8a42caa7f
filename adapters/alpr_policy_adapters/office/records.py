"""What a policy wants on record besides the lines of the log: the reasons of acts, and duties to record or keep.

Which clauses those are is told by the profile: what it requires of `reason.recorded`, and its duties whose task, by the
vocabulary, is to record. Whether they are fulfilled is told by the ledger.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from alpr_policy.ir.lower import lower
from alpr_policy.ir.nodes import Require
from alpr_policy.meaning.parts import facts_of
from alpr_policy.meaning.schedule import DutyStanding
from alpr_policy.model.wire import plain
from alpr_policy.model.words import words_of
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.duties import DutyLine, binding_texts, duties_of
from alpr_policy_adapters.ledger import Kind, Row
from alpr_policy_adapters.office.memory import Memory

REASON: Final = "reason.recorded"
# Tasks of the vocabulary that are to put something on record, or to keep it there.
RECORDING: Final = frozenset(
    {
        "log_transaction",
        "log_entry",
        "log_dissemination",
        "record_request_and_results",
        "record_deployment",
        "record_disposition",
        "keep_request",
        "file_certificate",
    }
)


class OnRecord(StrEnum):
    """Whether what a clause wants on record is there."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "not known"
    NOTHING = "nothing yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFit:
    """A clause, the statement under it, what it wants on record, and how that stands; `why` tells of the first lack."""

    cite: tuple[str, ...]
    rule: str
    wants: str
    kept: OnRecord
    count: int
    why: str = ""

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        wire: dict[str, Any] = plain(self)
        return wire


def records_wanted(memory: Memory, point: PolicyDecisionPoint, at: dt.datetime) -> tuple[RecordFit, ...]:
    """Return what the department's text in force at `at` wants on record, in the order of its outline.

    Raises UnknownProfileError and LedgerError.
    """
    texts = binding_texts(point.catalog, memory.department, at)
    order = {cite: number for text in reversed(texts) for number, cite in enumerate(text.outline)}
    known = [*_reasons(memory, point, at), *_duties(memory, point, at)]
    return tuple(sorted(known, key=lambda one: (order.get(one.cite[0] if one.cite else "", len(order)), one.rule)))


def _reasons(memory: Memory, point: PolicyDecisionPoint, at: dt.datetime) -> Iterable[RecordFit]:
    """Give what is required of reasons: how many acts went on with one on record, or without where that is let pass."""
    wanted = [
        rule
        for text in binding_texts(point.catalog, memory.department, at)
        for rule in lower(text).rules
        if isinstance(rule, Require) and REASON in facts_of(rule.met)
    ]
    rows = [row for row in memory.rows(Kind.DECISION, until=at) if _went_on(row)] if wanted else []
    in_force = point.catalog.active(memory.department, at) is not None
    for rule in wanted:
        about = [row for row in rows if row.body["request"].get("action") in rule.actions]
        lacking = [row for row in about if _asks_for_reason(row, rule)]
        told = [row for row in about if row.body["request"].get("facts", {}).get(REASON) is True]
        kept = OnRecord.NO if lacking else OnRecord.YES if told else OnRecord.NOTHING if in_force else OnRecord.UNKNOWN
        why = {
            OnRecord.NO: f"row {lacking[0].seq} went on without one" if lacking else "",
            OnRecord.NOTHING: "no such act yet",
            OnRecord.UNKNOWN: "the text is not in force",
        }.get(kept, "")
        yield RecordFit(
            cite=rule.origin.cite,
            rule=f"{rule.origin.profile}/{rule.origin.id}",
            wants=f"the reason of {', '.join(sorted(rule.actions))}",
            kept=kept,
            count=len(lacking) if lacking else len(told),
            why=why,
        )


def _went_on(row: Row) -> bool:
    decision = row.body.get("decision")
    return isinstance(decision, dict) and isinstance(row.body.get("request"), dict) and decision.get("proceed") is True


def _asks_for_reason(row: Row, rule: Require) -> bool:
    """Say whether an act that went on had been told, under this rule's clauses, that a reason is wanted."""
    needs = row.body["decision"].get("needs", ())
    return any(set(need.get("cite", ())) & set(rule.origin.cite) and REASON in repr(need) for need in needs)


def _duties(memory: Memory, point: PolicyDecisionPoint, at: dt.datetime) -> Iterable[RecordFit]:
    past = memory.past(until=at)
    texts = {text.profile: text for text in binding_texts(point.catalog, memory.department, at)}
    happened = {one.event for one in past.events or ()}
    heaps: dict[tuple[str, str], list[DutyLine]] = {}
    for line in duties_of(point.catalog, memory.department, past, at):
        if line.task in RECORDING:
            heaps.setdefault((line.profile, line.duty), []).append(line)
    for (profile, duty), lines in heaps.items():
        # The most pressing stands first.
        first, text = lines[0], texts[profile]
        after = next(one.after for one in text.duties if one.id == duty)
        followed = not happened.isdisjoint(words_of(text).expand(after))
        yield RecordFit(
            cite=first.cite,
            rule=f"{profile}/{duty}",
            wants=first.what,
            kept=_kept(first, followed=followed),
            count=sum(one.standing == first.standing for one in lines),
            why=first.why + (f" ({first.for_each} {first.of})" if first.of else ""),
        )


def _kept(line: DutyLine, *, followed: bool) -> OnRecord:
    match line.standing:
        case DutyStanding.overdue | DutyStanding.due:
            return OnRecord.NO
        case DutyStanding.undetermined:
            return OnRecord.UNKNOWN
        case _:
            return OnRecord.YES if followed and line.last_done is not None else OnRecord.NOTHING
