"""Requests for what an act lacks: each is a case of the ledger, and where it stands is read off the case's steps.

Nothing is kept here. What a request is bound to is written beside the row of the denial and beside the row that opens
its case, so that another process, or the same one after it was killed, knows as much.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from alpr_policy.durations import end_of_day, instant
from alpr_policy.evaluators.stateful import Case, CaseError, Step, Subject, request_of
from alpr_policy.evaluators.stateful.events import record_wire
from alpr_policy.ir.nodes import ApprovalSpec
from alpr_policy.model.decision import Decision, Need, Outcome
from alpr_policy.model.request import Moment, Request
from alpr_policy.model.values import Unknown
from alpr_policy.questions.cases import ProfilesKnow
from alpr_policy.questions.requestable import (
    Passed,
    Progress,
    RequestState,
    RequestStatus,
    course_of,
    progress_of,
)
from alpr_policy_adapters.ledger import Kind, LedgerUnavailableError, Receipt, Row, Wanted
from alpr_policy_adapters.office.office import Office
from alpr_policy_adapters.office.preparing import filled

BESIDE: Final = "/access_request"
"""Where in a row stands to what a denial or a request is bound: a personal value, which goes when the row is purged."""
APPROVAL_HOLDS: Final = dt.timedelta(hours=24)
"""How long what was approved may be used, where neither the policy nor the request says less."""
DOING: Final = "asking"


class Redemption(StrEnum):
    """What came of an approval that was presented."""

    DONE = "done"
    """The act may be done; what was approved is used up."""
    FORBIDDEN = "forbidden"
    """The policy of this moment denies the act."""
    LACKING = "lacking"
    """What was approved does not suffice any more: it ended, was taken back, or the policy asks for more."""
    SPENT = "spent"
    """It was used already, or the case is over."""
    BUSY = "busy"
    """It could not be written down just now."""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What came of an approval, the answer of the profiles, and where it stands."""

    how: Redemption
    decision: Decision | None = None
    receipt: Receipt | None = None


class Requests:
    """Opens requests, tells how they stand, takes them back and redeems them, in the cases of an office."""

    def __init__(self, office: Office) -> None:
        """Work in the cases of `office`."""
        self.office = office

    def name(self, *words: str) -> str:
        """Return the name of a request: the same words always give the same, and nobody can guess it from them."""
        text = "\0".join((DOING, *(f"{len(word)}:{word}" for word in words)))
        return hmac.digest(bytes.fromhex(self.office.ledger.secret), text.encode("utf-8", "replace"), "sha256").hex()[
            :40
        ]

    def denial(self, row: int, mark: str) -> Mapping[str, Any] | None:
        """Return what was written beside a decision, empty for one at which nothing could be asked for.

        None comes back where `mark`, the beginning of its hash, is not that of such a row. Raises LedgerError.
        """
        found = self.office.ledger.row(row) if row > 0 else None
        if found is None or found.kind is not Kind.DECISION or not hmac.compare_digest(found.hash[: len(mark)], mark):
            return None
        return _beside(found) or {}

    def open(self, name: str, event: Mapping[str, Any], record: Mapping[str, Any]) -> Step:
        """Open the case of a request; `record` is what it is bound to.

        Raises CaseError for what is no event, LedgerUnavailableError where it could not be written down.
        """
        taken = self.office.take(name, {**event, "kind": "opened", "case": name}, beside={BESIDE: dict(record)})
        if taken.receipt is None:
            raise LedgerUnavailableError("the request could not be written down")
        return taken.step

    def withdraw(self, name: str, by: str, note: str) -> None:
        """Take a request back; a case that cannot be taken back stays as it is. Raises LedgerError."""
        case = self._case(name)
        event = {"kind": "withdrawn", "by": by} | ({"note": note} if note else {})
        if case is not None and self.office.take(name, event).receipt is None:
            raise LedgerUnavailableError("it could not be written down")

    def state(self, name: str) -> RequestState | None:
        """Return how a request stands now; None for one that nobody made, or that was purged. Raises LedgerError."""
        case = self._case(name)
        rows = list(self.office.ledger.rows(Wanted(steps_of=name))) if case is not None else []
        record = _beside(rows[0]) if rows else None
        if case is None or record is None:
            return None
        now, expires = self.office.clock(), dt.datetime.fromisoformat(record["expires_at"])
        status, since = course_of(map(_passed, rows), expires, now)
        if status is RequestStatus.PENDING and self._allowed_since(name):
            # Time, another text, or an exception elsewhere lets the act: that is written down, and so is final.
            self.office.take(name, {"kind": "supplied", "standing": self._standing(name, case, now)})
            case = self._case(name) or case
            rows = list(self.office.ledger.rows(Wanted(steps_of=name)))
            status, since = course_of(map(_passed, rows), expires, self.office.clock())
        return RequestState(
            name=name,
            status=status,
            since=since,
            expires=expires,
            record=record,
            action=case.asked.action if case.asked is not None else None,
            facts=case.facts,
            revision=case.revision,
            departments=case.departments,
            cancellable=case.subject is not Subject.HIT,
            until=self._until(case, record, since) if status is RequestStatus.APPROVED else None,
            progress=self._progress(case, now) if status is RequestStatus.PENDING else None,
        )

    def look(self, name: str) -> Decision | None:
        """Return what the profiles answer a request now; nothing is written. Raises LedgerError."""
        try:
            return self.office.look(name).decision
        except CaseError:
            return None

    def redeem(self, name: str, revision: int) -> Redeemed:
        """Do the act of a request that was approved, if the profiles let it at this moment; raises LedgerError.

        Nothing is done unless the case is as it was seen at `revision`.
        """
        case = self._case(name)
        if case is None or case.asked is None:
            return Redeemed(Redemption.SPENT)
        if case.revision != revision:
            return Redeemed(Redemption.BUSY)
        taken = self.office.take(name, {"kind": "done", "by": case.asked.by, "action": case.asked.action})
        step, after = taken.step, taken.step.case
        if taken.receipt is None:
            return Redeemed(Redemption.BUSY)
        if step.done and after is not None and after.revision == revision + 1:
            return Redeemed(Redemption.DONE, step.decision, taken.receipt)
        # Done after a step that somebody else took in this very moment: what was approved may be another thing now.
        if step.done or step.refused is None or step.refused.code != "case-not-allowed" or step.decision is None:
            return Redeemed(Redemption.SPENT)
        denied = step.decision.outcome is Outcome.DENY
        return Redeemed(Redemption.FORBIDDEN if denied else Redemption.LACKING, step.decision, taken.receipt)

    # How a case looks

    def _case(self, name: str) -> Case | None:
        self.office.book.renew()
        try:
            return self.office.book.case(name)
        except CaseError:
            return None

    def _allowed_since(self, name: str) -> bool:
        decision = self.look(name)
        return decision is not None and decision.outcome is Outcome.ALLOW

    def _standing(self, name: str, case: Case, at: dt.datetime) -> list[dict[str, Any]]:
        return [record_wire(one) for one in self.office.standing(name, case, case.departments, at)]

    def _progress(self, case: Case, now: dt.datetime) -> Progress | None:
        """Say how far a case is: what it would lack with nothing gathered, beside what it lacks now."""
        point, request = self.office.current, request_of(case, now)
        fresh = {"approvals": case.standing, "checks": (), "documents": ()}
        bare = _with(request, **fresh)
        wanted, left = self._needs(bare), self._needs(request)
        chains: dict[str, int] = {}
        for rules in ProfilesKnow(point).rulesets(request):
            for spec in rules.specs.values():
                if isinstance(spec, ApprovalSpec):
                    name = spec.name.partition(".")[2]
                    chains[name] = max(chains.get(name, 1), len(spec.steps))
        return progress_of(wanted, left, chains)

    def _needs(self, request: Request) -> tuple[Need, ...]:
        office = self.office
        ready = office.histories.fill(filled(request, office.directory), request.departments, office.catalog)
        return office.current.decide(ready).needs

    def _until(self, case: Case, record: Mapping[str, Any], since: dt.datetime) -> dt.datetime:
        """Return until when what was approved can be used at most: nothing of it holds longer."""
        wished = record.get("requested_until")
        ends = [since + APPROVAL_HOLDS, *([dt.datetime.fromisoformat(wished)] if wished else [])]
        return min((*ends, *self._ends(case)))

    def _ends(self, case: Case) -> Iterator[dt.datetime]:
        """Give the ends of what a case gathered, those of what was used since included."""
        granted = tuple(one.record for one in case.approvals if one.record.decision == "granted")
        request = _with(request_of(case, case.last), approvals=granted, documents=case.documents)
        knowing = ProfilesKnow(self.office.current)
        told: list[Moment | Unknown | None] = [one.expires for one in granted]
        told += [one.expires for one in case.documents]
        for one in told:
            if isinstance(one, dt.datetime):
                yield instant(one)
            elif isinstance(one, dt.date):
                yield instant(end_of_day(one, knowing.zone(request)))
        yield from (at for _, at in (*knowing.grants_end(request), *knowing.papers_end(request)))


def _with(request: Request, **records: Any) -> Request:
    return dataclasses.replace(request, **records)


def _beside(row: Row) -> Mapping[str, Any] | None:
    held = row.personal.get(BESIDE)
    return held.value if held is not None and isinstance(held.value, dict) else None


def _passed(row: Row) -> Passed:
    whole = row.whole
    event, step = whole["event"], whole.get("step", {})
    return Passed(
        at=row.happened,
        kind=str(event.get("kind")),
        word=event.get("decision", event.get("result")),
        outcome=step.get("outcome"),
        turned=event.get("kind") == "asked" or (event.get("kind") == "supplied" and "facts" in event),
    )
