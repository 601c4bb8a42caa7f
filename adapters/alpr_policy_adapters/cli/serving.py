"""What a server with a ledger answers from: what is decided is written first, cases and duties are read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import zip_longest
from pathlib import Path
from typing import Any

from alpr_policy.errors import PolicyError
from alpr_policy.evaluators.stateful import CaseError, request_of
from alpr_policy.model.decision import Decision
from alpr_policy.model.directory import Directory
from alpr_policy.model.overrides import Authority
from alpr_policy.model.request import Mode, Request
from alpr_policy.questions.as_of import text_at
from alpr_policy.questions.case_words import owed_lines, step_text, timer_text, waiting
from alpr_policy.questions.cases import ProfilesKnow
from alpr_policy.questions.duties import duties_of
from alpr_policy.questions.live import LivePolicyDecisionPoint
from alpr_policy.questions.requestable import RequestState
from alpr_policy_adapters.cli.case_kept import case_line
from alpr_policy_adapters.cli.happened import Whence
from alpr_policy_adapters.http import Answer, Refusal
from alpr_policy_adapters.http.judging import Beside, Clerk, Redemption, Stop, Wish
from alpr_policy_adapters.ledger import Ledger, LedgerError, LedgerUnavailableError, verify
from alpr_policy_adapters.office import Office, Requests, authority_of, denied, override
from alpr_policy_adapters.office.office import Clock, now_utc

UNREACHABLE = "the ledger cannot be reached"


class Kept:
    """An office on a ledger, opened when it is first needed: by then the server has made its processes."""

    def __init__(
        self,
        place: str,
        point: LivePolicyDecisionPoint,
        *,
        people: Directory | None = None,
        directory: Path | None = None,
        people_url: str | None = None,
        clock: Clock = now_utc,
    ) -> None:
        """Keep what `point` decides in the ledger at `place`; raises LedgerError for one that is none."""
        self.place, self.point, self.people, self.clock = place, point, people, clock
        self.whence = Whence(ledger=place, directory=directory, people_url=people_url)
        self._lock = threading.Lock()
        self._office: Office | None = None
        with suppress(LedgerUnavailableError):  # it may come, and until then every answer says so
            Ledger.open(place).close()

    def office(self) -> Office:
        """Return the office, opened now if need be; raises LedgerError."""
        with self._lock:
            if self._office is None:
                self._office = Office(self.point, Ledger.open(self.place), directory=self.people, clock=self.clock)
            return self._office

    @property
    def clerk(self) -> Clerk:
        """Return who takes requests for what an act lacks."""
        return OfficeClerk(self)

    def decided(self, request: Request, departments: Iterable[str], mode: Mode, beside: Beside | None = None) -> Answer:
        """Judge and write down, with what `beside` says; what cannot be written is denied."""
        try:
            decision, receipt = self.office().decided(request, departments=departments, mode=mode, beside=beside)
        except LedgerError as error:
            return Answer(denied(request, mode, error))
        return Answer(decision) if receipt is None else Answer(decision, receipt.seq, receipt.hash)

    def decided_each(self, wishes: Sequence[Wish]) -> list[Answer]:
        """Judge acts of several callers and write them down in one transaction; where it cannot be, all are denied."""
        try:
            asked = [(one.request, one.departments, one.mode, one.beside) for one in wishes]
            found = self.office().decided_each(asked)
        except LedgerError as error:
            return [Answer(denied(one.request, one.mode, error)) for one in wishes]
        return [
            Answer(decision) if receipt is None else Answer(decision, receipt.seq, receipt.hash)
            for decision, receipt in found
        ]

    def decided_all(
        self,
        requests: Iterable[Request],
        departments: Iterable[str],
        mode: Mode,
        stop: Stop,
        besides: Sequence[Beside] = (),
    ) -> list[Answer]:
        """Judge until `stop`, and write all of it in one transaction; where it cannot be, all are denied."""
        asked, names = list(requests), tuple(departments)
        found: list[Answer] = []
        try:
            office = self.office()
            with office.together():
                for request, beside in zip_longest(asked, besides):
                    decision, _ = office.decided(request, departments=names, mode=mode, beside=beside)
                    found.append(Answer(decision))
                    if stop(decision):
                        break
        except LedgerError as error:
            # The first is a denial now, and whether the rest is still asked for is for `stop` to say.
            return _until(stop, (Answer(denied(request, mode, error)) for request in asked))
        return found

    def fault(self) -> str:
        """Say why nothing can be written at present; empty where it can."""
        try:
            self.office().ledger.head()
        except LedgerError:
            return UNREACHABLE
        return ""

    def close(self) -> None:
        """Let go of the ledger."""
        with self._lock:
            office, self._office = self._office, None
        if office is not None:
            office.ledger.close()

    def ledger(self) -> dict[str, Any]:
        """Return what the ledger holds."""
        with _reached():
            opened = self.office().ledger
            head, found = opened.head(), opened.summary()
        times = {"first_written": found.first_written, "last_written": found.last_written}
        about = {"ledger": head.ledger, "rows": head.size, "head": head.hash, "kinds": dict(found.kinds)}
        return {**about, **times, "last_checkpoint": found.last_checkpoint}

    def verified(self) -> dict[str, Any]:
        """Return what is wrong in the ledger."""
        with _reached():
            return verify(self.office().ledger).to_wire()

    def cases(self) -> dict[str, Any]:
        """Return the cases that are open, each with its departments."""
        with _reached():
            office = self.office()
            now = office.clock()
            office.book.renew()
            found = [one.case for one in office.book.all() if one.case is not None and not one.case.over]
            lines = [{**case_line(office, one, now), "departments": list(one.departments)} for one in found]
        return {"at": now.isoformat(), "cases": lines}

    def case(self, name: str) -> dict[str, Any] | None:
        """Return how a case stands; None for one that nobody opened."""
        with _reached():
            office = self.office()
            now = office.clock()
            try:
                step = office.look(name, at=now)
            except CaseError:
                return None
        assert step.case is not None
        zone = ProfilesKnow(office.current).zone(request_of(step.case, now))
        words = {
            "answer": step_text(step) if step.decision is not None else "",
            "waits_for": list(waiting(step)),
            "owed": list(owed_lines(step, now)),
            "changes": [timer_text(one, zone) for one in step.timers],
        }
        return {**step.to_wire(), "words": words, "kept": step.case.to_wire()}

    def take(self, name: str, event: dict[str, Any], departments: Iterable[str]) -> dict[str, Any]:
        """Take an event into a case; raises Refusal for what is no event."""
        raw = dict(event)
        if raw.get("kind") == "opened":
            # The departments of the token bind, whatever the event names besides.
            named = raw.get("departments")
            raw["departments"] = [*departments, *(named if isinstance(named, list) else [])]
        with _reached():
            try:
                taken = self.office().take(name, raw)
            except CaseError as error:
                raise Refusal(400, error.diagnostics[0].message) from None
        return {"row": taken.receipt.seq if taken.receipt is not None else None, **taken.step.to_wire()}

    def override(
        self, row: int, *, by: str, why: str, roles: tuple[str, ...], departments: Iterable[str]
    ) -> dict[str, Any] | None:
        """Let a person act against the denial in a row; raises Refusal. `roles` count where no directory tells them."""
        with _reached():
            office = self.office()
            at = office.clock()
            known = office.ledger.row(row)
            if known is None or not set(departments) & set(known.departments):
                return None
            people = self.people
            person = authority_of(people, by, at) if people is not None else Authority(id=by, roles=roles)
            if person is None:
                raise Refusal(400, "the directory does not say which roles this person holds")
            try:
                made = override(office, row, person=person, at=at, why=why)
            except LedgerError:
                raise
            except PolicyError as error:
                raise Refusal(400, error.diagnostics[0].message) from None
        record, receipt = made.record, made.receipt
        return {
            "answer": made.answer.to_wire(),
            "override": record.to_wire() if record is not None and receipt is not None else None,
            "row": receipt.seq if receipt is not None else None,
        }

    def duties(self, department: str) -> dict[str, Any]:
        """Return what a department owes now."""
        with _reached():
            catalog, at = self.point.catalog, self.office().clock()
            shown = text_at(catalog, department, at)
            known = self.whence.read(department, shown.profile, at)
            lines = duties_of(catalog, department, known.past, at, people=known.people)
        return {"department": department, "at": at.isoformat(), "duties": [one.to_wire() for one in lines]}


class OfficeClerk:
    """The requests of a keeper's office, as the server asks for them; what goes wrong is told as it tells it."""

    def __init__(self, kept: Kept) -> None:
        """Work in the office of `kept`."""
        self.kept = kept

    def _requests(self) -> Requests:
        return Requests(self.kept.office())

    def name(self, *words: str) -> str:
        """Return the name of a request: the same words always give the same, and nobody can guess it."""
        with _reached():
            return self._requests().name(*words)

    def denial(self, row: int, mark: str) -> Mapping[str, Any] | None:
        """Return to what a denial was bound, empty if nothing could be asked for; None where there is no such."""
        with _reached():
            return self._requests().denial(row, mark)

    def tried(self, request: Request, departments: Iterable[str]) -> Decision:
        """Judge with all that the ledger knows; nothing is written."""
        with _reached():
            return self.kept.office().tried(request, departments)

    def open(self, name: str, event: Mapping[str, Any], record: Mapping[str, Any]) -> None:
        """Open the case of a request; raises Refusal (400) for what is no case."""
        with _reached():
            try:
                self._requests().open(name, event, record)
            except CaseError as error:
                raise Refusal(400, error.diagnostics[0].message) from None

    def withdraw(self, name: str, by: str, note: str) -> None:
        """Take a request back, if its case can be."""
        with _reached():
            self._requests().withdraw(name, by, note)

    def state(self, name: str) -> RequestState | None:
        """Return how a request stands now; None for one that nobody made."""
        with _reached():
            return self._requests().state(name)

    def look(self, name: str) -> Decision | None:
        """Return what the profiles answer a request now; nothing is written."""
        with _reached():
            return self._requests().look(name)

    def redeem(self, name: str, revision: int) -> Redemption:
        """Do the act of a request that was approved, if the profiles let it and its case is still at `revision`."""
        with _reached():
            done = self._requests().redeem(name, revision)
        seq, mark = (done.receipt.seq, done.receipt.hash) if done.receipt is not None else (None, "")
        answer = Answer(done.decision, seq, mark) if done.decision is not None else None
        return Redemption(done.how.value, answer)


def _until(stop: Callable[[Any], bool], answers: Iterable[Answer]) -> list[Answer]:
    found: list[Answer] = []
    for one in answers:
        found.append(one)
        if stop(one.decision):
            break
    return found


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except LedgerError as error:
        raise Refusal(503, UNREACHABLE, {"Retry-After": "1"}) from error
