"""The office: where profiles, directory and ledger meet. Whatever it answers stands in the ledger before it answers."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.evaluators.stateful import Case, CaseError, CaseEvent, EventKind, Step, look, read_event
from alpr_policy.model.decision import Decision
from alpr_policy.model.directory import Directory
from alpr_policy.model.request import ApprovalRecord, Mode, Request
from alpr_policy.questions.cases import Desk, ProfilesKnow
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.joining import joined, system_reason
from alpr_policy.questions.live import LivePolicyDecisionPoint
from alpr_policy.reading.catalog import Catalog
from alpr_policy.reading.requests import read_request
from alpr_policy_adapters.ledger import (
    Catalogue,
    Ledger,
    LedgerConflictError,
    LedgerError,
    NewRow,
    Receipt,
    catalogue_of,
    recording,
)
from alpr_policy_adapters.ledger.recording import NOT_RECORDED, Beside, program
from alpr_policy_adapters.office.casebook import Casebook
from alpr_policy_adapters.office.gathering import Gatherer, Stretch
from alpr_policy_adapters.office.histories import Histories
from alpr_policy_adapters.office.preparing import filled, standing_at, with_standing, without_grants_of
from alpr_policy_adapters.office.rows import Judged, defect_row, refused_row, step_row

TRIES = 50
"""How often a step is taken anew because somebody else took the one before it."""

ASKS = frozenset({EventKind.OPENED, EventKind.ASKED, EventKind.SUPPLIED, EventKind.DONE})
"""The events with which a case is told what stands outside it, so that nothing is done on what was ended since."""

Clock = Callable[[], dt.datetime]
Given = tuple[Decision, Mapping[str, Any] | None]
Reviewer = Callable[[Request, Decision], Given]
"""Gives a second opinion: the decision that is answered, never a laxer one, and what to record if it does not agree."""


def now_utc() -> dt.datetime:
    """Return the time of the machine's clock."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an event: the step, and where it stands in the ledger; None where it could not be written."""

    step: Step
    receipt: Receipt | None


class Office:
    """Decides and records, and takes events into the cases of a ledger. Threads and processes may share the ledger."""

    def __init__(
        self,
        point: PolicyDecisionPoint | LivePolicyDecisionPoint,
        ledger: Ledger,
        *,
        directory: Directory | None = None,
        clock: Clock = now_utc,
        reviewer: Reviewer | None = None,
    ) -> None:
        """Judge by `point`, write to `ledger`; `directory` says who is who, and `clock` when an event is taken up.

        `reviewer` gives a second opinion on every decision; where it does not agree, that is recorded as a defect.
        """
        self.point, self.ledger, self.directory, self.clock = point, ledger, directory, clock
        self.reviewer = reviewer
        self.appender = Gatherer(ledger)
        self.recorder = recording(point, self.appender, clock)
        self.book, self.histories = Casebook(ledger), Histories(ledger)
        self._catalogue: tuple[Catalog, Catalogue] | None = None

    @property
    def catalog(self) -> Catalog:
        """Return the profiles in use."""
        return self.point.catalog

    @property
    def current(self) -> PolicyDecisionPoint:
        """Return the decision point in use now."""
        return self.point if isinstance(self.point, PolicyDecisionPoint) else self.point.current

    # Single acts

    def decide(
        self, request: Request | Mapping[str, Any], *, departments: Iterable[str] = (), mode: Mode = Mode.ENFORCE
    ) -> Decision:
        """Judge one act and record it; never raises. What cannot be recorded is denied: `not_recorded`."""
        return self.decided(request, departments=departments, mode=mode)[0]

    def decided(
        self,
        request: Request | Mapping[str, Any],
        *,
        departments: Iterable[str] = (),
        mode: Mode = Mode.ENFORCE,
        beside: Beside | None = None,
    ) -> tuple[Decision, Receipt | None]:
        """Judge and record as `decide` does, with what `beside` says, and return where the decision stands."""
        asked = request if isinstance(request, Request) else read_request(request)
        names = tuple(departments)
        try:
            prepared = self._prepared(asked, names)
        except Exception as error:  # whatever it is, an answer that rests on half the facts lets nothing pass
            return denied(asked, mode, error), None
        decision, receipt = self.recorder.with_receipt(prepared, departments=names, mode=mode, beside=beside)
        return self._reviewed(prepared, decision, receipt, mode) if self.reviewer and receipt else (decision, receipt)

    def tried(self, request: Request, departments: Iterable[str] = ()) -> Decision:
        """Judge as `decide` does, with all that directory and ledger say, and write nothing; raises LedgerError."""
        names = tuple(departments)
        return self.point.decide(self._prepared(request, names), departments=names)

    def _reviewed(
        self, request: Request, decision: Decision, receipt: Receipt, mode: Mode
    ) -> tuple[Decision, Receipt | None]:
        """Return what a second opinion makes of a decision; another opinion is in the ledger before it is answered."""
        assert self.reviewer is not None
        try:
            given, opinion = self.reviewer(request, decision)
            if opinion is not None:
                self.appender.append(
                    [defect_row(opinion, at=self.clock(), rests_on=receipt.seq if receipt.seq > 0 else None)]
                )
        except Exception as error:
            return denied(request, mode, error), None
        return given, receipt

    def _prepared(self, request: Request, departments: tuple[str, ...]) -> Request:
        if request.fatal:
            return request
        names = (*request.departments, *departments)
        if request.approvals is not None:
            self._looked()
            request = with_standing(request, standing_at(self.book.exceptions(), names, request.at))
        ready = filled(request, self.directory)
        return self.histories.fill(ready, names, self.catalog, before=self.appender.flush)

    def _looked(self) -> None:
        """Take up what others did in cases; within a stretch once, and what is decided in it is as of that moment."""
        stretch = self.appender.stretch
        if stretch is None or not stretch.looked:
            self.book.renew()
        if stretch is not None:
            stretch.looked = True

    def decided_each(
        self, asked: Sequence[tuple[Request, tuple[str, ...], Mode, Beside | None]]
    ) -> list[tuple[Decision, Receipt | None]]:
        """Judge acts that several callers asked about, with departments, mode and what is written beside, together.

        They are written in one transaction. Never raises for what the ledger does: where it cannot be, all are denied.
        """
        found: list[tuple[Decision, Receipt | None]] = []
        try:
            with self.together() as stretch:
                if any(request.approvals is not None for request, _, _, _ in asked):
                    self._looked()
                for request, departments, mode, beside in asked:
                    found.append(self.decided(request, departments=departments, mode=mode, beside=beside))
        except LedgerError as error:
            return [(denied(request, mode, error), None) for request, _, mode, _ in asked]
        return [(decision, held and stretch.receipt(held)) for decision, held in found]

    @contextmanager
    def together(self) -> Iterator[Stretch]:
        """Give a stretch in which this thread's decisions are written down at its end, in one transaction.

        Raises LedgerError where they cannot be; until then nothing that was decided in it may be acted on. Where a
        profile counts past acts, those of the stretch are written before they are counted.
        """
        kept = self._kept(self.catalog)
        if not self.ledger.keeps(kept.digest):
            self.appender.append([kept.row(self.clock())])
            self.ledger.keeps(kept.digest)
        with self.appender.together() as stretch:
            yield stretch

    # Cases

    def take(
        self,
        name: str,
        event: CaseEvent | Mapping[str, Any],
        *,
        mode: Mode = Mode.ENFORCE,
        beside: Mapping[str, Any] | None = None,
    ) -> Taken:
        """Take an event into a case; an event without a time is taken now. Raises CaseError for what is no event.

        `beside` are personal values, by their pointers in the row, that are written down with a step that is taken.

        If somebody else takes a step meanwhile, the event is judged anew after it. What cannot be written is not taken.
        """
        step = Step(case=None)
        for _ in range(TRIES):
            failed = self._not_renewed()
            # The time is told only when the case is known as it is now: one told before could lie before somebody
            # else's step, and be refused as out of order.
            read = event if isinstance(event, CaseEvent) else self.event(name, event)
            if failed is not None:
                return Taken(self._untaken(name, read, mode, failed), None)
            try:
                step, rows = self._stepped(name, read, mode)
                if beside and step.refused is None:
                    rows[-1] = dataclasses.replace(rows[-1], personal={**rows[-1].personal, **beside})
                return Taken(step, self.appender.append(self._with_texts(rows))[-1])
            except LedgerConflictError:
                continue
            except CaseError:
                raise
            except Exception as error:  # an event that is not in the ledger has not happened
                return Taken(self._untaken(name, read, mode, error), None)
        told = "others kept taking steps of this case"
        return Taken(_refused(step.case, Diagnostic("case-busy", told, help="try again")), None)

    def _not_renewed(self) -> Exception | None:
        """Take up what others wrote; return why that could not be done."""
        try:
            self.book.renew()
        except CaseError:
            raise
        except Exception as error:  # an event that is not in the ledger has not happened
            return error
        return None

    def look(self, name: str, *, at: dt.datetime | None = None, action: str | None = None) -> Step:
        """Say how a case stands: what may be done, what is owed. Nothing is recorded; raises CaseError, LedgerError."""
        self.book.renew()
        case = self.book.case(name)
        if case is None:
            raise CaseError([Diagnostic("case-unknown", f"nobody opened a case `{name}`")])
        point, now = self.current, at or self.clock()
        asking = _Asking(point, self.directory, self.histories, self.reviewer)
        case = dataclasses.replace(case, standing=self.standing(name, case, case.departments, now))
        return look(asking, case, now, action, knowing=ProfilesKnow(point))

    def event(self, name: str, raw: Mapping[str, Any]) -> CaseEvent:
        """Read an event of a case as it would be taken now; raises CaseError."""
        dated = {**raw, "at": self.clock()} if raw.get("at") is None else dict(raw)
        if dated.get("kind") == "opened":
            dated.setdefault("case", name)
        return read_event(dated)

    def _stepped(self, name: str, event: CaseEvent, mode: Mode) -> tuple[Step, list[NewRow]]:
        point, case = self.current, self.book.case(name)
        event = self._outside(name, case, event)
        asking = _Asking(point, self.directory, self.histories, self.reviewer, mode)
        wrong = _misplaced(name, case, event, self.clock())
        step = Step(case=case, refused=wrong) if wrong is not None else Desk(point, asking).take(case, event)
        kept = self._kept(point.catalog)
        judged = asking.behind(step.decision)
        defects = [defect_row(one, at=event.at) for one in asking.opinions]
        if step.refused is not None or step.case is None:
            return step, [*defects, refused_row(name, event, step, judged, kept, program=program(), mode=mode)]
        return step, [*defects, step_row(event, step, judged, kept, program=program(), mode=mode)]

    def _outside(self, name: str, case: Case | None, event: CaseEvent) -> CaseEvent:
        """Tell a case that asks for an act or does it which standing approvals lie outside it at that moment."""
        if event.kind not in ASKS or "standing" in event.body:
            return event
        told = event.body.get("departments", ())
        departments = case.departments if case is not None else (told,) if isinstance(told, str) else tuple(told)
        records = self.standing(name, case, departments, event.at)
        if records == (case.standing if case is not None else ()):
            return event
        from alpr_policy.evaluators.stateful.events import record_wire

        return dataclasses.replace(event, body={**event.body, "standing": [record_wire(one) for one in records]})

    def standing(
        self, name: str, case: Case | None, departments: tuple[str, ...], at: dt.datetime
    ) -> tuple[ApprovalRecord, ...]:
        """Return what stands outside a case: what it was told of otherwise, and what exceptions give it now."""
        held = case.standing if case is not None else ()
        others = [one for one in self.book.exceptions(over=True) if one.id != name]
        now = standing_at((one for one in others if not one.over), departments, at)
        return (*without_grants_of(others, held), *now)

    def _untaken(self, name: str, event: CaseEvent, mode: Mode, error: Exception) -> Step:
        case = (kept.case if (kept := self.book.get(name)) else None) or None
        step = _refused(case, _told(error))
        asked = Request(action=str(event.body.get("action") or event.kind)[:300], at=event.at)
        return dataclasses.replace(step, decision=denied(asked, mode, error))

    def _kept(self, catalog: Catalog) -> Catalogue:
        if self._catalogue is None or self._catalogue[0] is not catalog:
            self._catalogue = (catalog, catalogue_of(catalog))
        return self._catalogue[1]

    def _with_texts(self, rows: list[NewRow]) -> list[NewRow]:
        kept = self._kept(self.current.catalog)
        return rows if self.ledger.keeps(kept.digest) else [kept.row(self.clock()), *rows]


@dataclass(slots=True)
class _Asking:
    """The decision point behind directory and history, with the second opinion after it; keeps what was answered."""

    point: PolicyDecisionPoint
    directory: Directory | None
    histories: Histories
    reviewer: Reviewer | None = None
    mode: Mode = Mode.ENFORCE
    judged: list[tuple[Judged, Decision]] = field(default_factory=list)
    opinions: list[Mapping[str, Any]] = field(default_factory=list)

    def __call__(self, request: Request) -> Decision:
        """Fill, judge, and have the answer reviewed."""
        names, catalog = request.departments, self.point.catalog
        prepared = self.histories.fill(filled(request, self.directory), names, catalog)
        given = decision = self.point.decide(prepared, mode=self.mode)
        if self.reviewer is not None:
            given, opinion = self.reviewer(prepared, decision)
            self.opinions += [] if opinion is None else [opinion]
        self.judged.append(((prepared, decision), given))
        return given

    def behind(self, given: Decision | None) -> Judged | None:
        """Return the request and the decision of the profiles behind an answer."""
        return next((judged for judged, answer in reversed(self.judged) if answer is given), None)


def _misplaced(name: str, case: Case | None, event: CaseEvent, now: dt.datetime) -> Diagnostic | None:
    """Return what is wrong with an event that the step cannot see: it opens another case, or has not come yet."""
    if case is None and (other := event.body.get("case", name)) != name:
        return Diagnostic("case-other", f"the event is of `{str(other)[:60]}`, and this is `{name[:60]}`")
    if event.at > now:
        told = f"the event is of {event.at.isoformat()}, and it is {now.isoformat()}"
        return Diagnostic("case-clock", told, help="set the clock")
    return None


def _told(error: Exception) -> Diagnostic:
    if isinstance(error, PolicyError) and error.diagnostics:
        return error.diagnostics[0]
    return Diagnostic("case-unrecorded", f"the event could not be recorded: {type(error).__name__}")


def _refused(case: Case | None, why: Diagnostic) -> Step:
    return Step(case=case, refused=why)


def denied(request: Request, mode: Mode, error: Exception) -> Decision:
    """Return the denial of what could not be recorded, which says why."""
    text = f"the decision could not be recorded: {_told(error).message}"
    return joined(request, mode, [], [system_reason("", NOT_RECORDED, text)])
