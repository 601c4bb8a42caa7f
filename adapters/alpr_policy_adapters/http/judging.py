"""How the server decides: under the profiles in use, with the directory, and through whoever keeps the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from alpr_policy.model.decision import Decision
from alpr_policy.model.directory import Directory
from alpr_policy.model.request import Mode, Request
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.filling import fill
from alpr_policy.questions.live import LivePolicyDecisionPoint
from alpr_policy.questions.requestable import RequestState
from alpr_policy.reading.requests import read_request

Stop = Callable[[Decision], bool]
"""Says after a decision of a batch whether the rest is not asked for any more."""


Beside = Callable[[Decision], Mapping[str, Any]]
"""Says what is written down beside a decision: personal values, by their pointers in the row."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision, and the row of the ledger in which it stands with the hash of the row, where that is known."""

    decision: Decision
    row: int | None = None
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Redemption:
    """What came of an approval: `how` in a word, and the answer with its row.

    `done`: the act may be done, and the approval is used up. `forbidden`: the policy denies. `lacking`: what was
    approved does not suffice any more. `spent`: it was used. `busy`: try again.
    """

    how: str
    answer: Answer | None


class Clerk(Protocol):
    """Whoever takes requests for what an act lacks. All of it may wait for the disk, and raise Refusal (503)."""

    def name(self, *words: str) -> str:
        """Return the name of a request: the same words always give the same, and nobody can guess it."""

    def denial(self, row: int, mark: str) -> Mapping[str, Any] | None:
        """Return to what a denial was bound, empty if nothing could be asked for; None where there is no such."""

    def tried(self, request: Request, departments: Iterable[str]) -> Decision:
        """Judge with all that the ledger knows; nothing is written."""

    def open(self, name: str, event: Mapping[str, Any], record: Mapping[str, Any]) -> None:
        """Open the case of a request that is bound to `record`; raises Refusal (400) where it is no case."""

    def withdraw(self, name: str, by: str, note: str) -> None:
        """Take a request back, if its case can be."""

    def state(self, name: str) -> RequestState | None:
        """Return how a request stands now; None for one that nobody made."""

    def look(self, name: str) -> Decision | None:
        """Return what the profiles answer a request now; nothing is written."""

    def redeem(self, name: str, revision: int) -> Redemption:
        """Do the act of a request that was approved, if the profiles let it and its case is still at `revision`."""


@dataclass(slots=True)
class Wish:
    """One act that a caller asks about by itself: the request, the departments that bind, how it is meant.

    `beside` says what is written down with it, where anything is.
    """

    request: Request
    departments: tuple[str, ...]
    mode: Mode = Mode.ENFORCE
    beside: Beside | None = None


class Keeper(Protocol):
    """Whoever writes decisions into a ledger before they are answered. All of it may wait for the disk."""

    @property
    def clerk(self) -> Clerk:
        """Return who takes requests for what an act lacks."""

    def decided(self, request: Request, departments: Iterable[str], mode: Mode, beside: Beside | None = None) -> Answer:
        """Judge and write down, with what `beside` says; what cannot be written is denied."""

    def decided_each(self, wishes: Sequence[Wish]) -> list[Answer]:
        """Judge what several callers ask at once, and write all of it down before any of it is answered."""

    def decided_all(
        self,
        requests: Iterable[Request],
        departments: Iterable[str],
        mode: Mode,
        stop: Stop,
        besides: Sequence[Beside] = (),
    ) -> list[Answer]:
        """Judge one after the other until `stop`, and write all of them down before the first is answered.

        `besides` says for each, where there are any, what is written down with it.
        """

    def fault(self) -> str:
        """Say why nothing can be written at present; empty where it can."""

    def close(self) -> None:
        """Let go of the ledger."""

    def ledger(self) -> dict[str, Any]:
        """Return what the ledger holds."""

    def verified(self) -> dict[str, Any]:
        """Return what is wrong in the ledger."""

    def cases(self) -> dict[str, Any]:
        """Return the cases that are open."""

    def case(self, name: str) -> dict[str, Any] | None:
        """Return how a case stands; None for one that nobody opened."""

    def take(self, name: str, event: dict[str, Any], departments: Iterable[str]) -> dict[str, Any]:
        """Take an event into a case and return the step, with its row."""

    def override(
        self, row: int, *, by: str, why: str, roles: tuple[str, ...], departments: Iterable[str]
    ) -> dict[str, Any] | None:
        """Let a person act against the denial in a row, where its policies let them; None for a row of others."""

    def duties(self, department: str) -> dict[str, Any]:
        """Return what a department owes."""


class Deciding:
    """Answers requests. Without a keeper nothing in it waits, so it may be called from the event loop."""

    def __init__(
        self, point: LivePolicyDecisionPoint, *, people: Directory | None = None, keeper: Keeper | None = None
    ) -> None:
        """Judge by `point`, with what `people` says of persons; with a keeper only what it has written is answered."""
        self.point, self.people, self.keeper = point, people, keeper

    def one(
        self,
        request: Request,
        departments: Iterable[str],
        mode: Mode = Mode.ENFORCE,
        beside: Beside | None = None,
    ) -> Answer:
        """Judge one act; with a keeper, what `beside` says is written down with it."""
        if self.keeper is not None:
            return self.keeper.decided(request, departments, mode, beside)
        return Answer(self._judged(self.point.current, request, departments, mode))

    def at_once(self, request: dict[str, Any], departments: Iterable[str]) -> Answer:
        """Judge one act that is given as plain data, which spares a step where nobody else wants to see it read."""
        if self.keeper is not None or self.people is not None:
            return self.one(read_request(request), departments)
        return Answer(self.point.current.decide(request, departments=departments))

    def several(
        self, requests: Sequence[Request], departments: Iterable[str], stop: Stop, besides: Sequence[Beside] = ()
    ) -> list[Answer]:
        """Judge acts one after the other under the same profiles, until `stop` says that it is enough."""
        if self.keeper is not None:
            return self.keeper.decided_all(requests, departments, Mode.ENFORCE, stop, besides)
        point, found = self.point.current, []
        for request in requests:
            found.append(Answer(self._judged(point, request, departments, Mode.ENFORCE)))
            if stop(found[-1].decision):
                break
        return found

    def tried(self, request: Request, departments: Iterable[str], *, trace: bool = False) -> Decision:
        """Judge without writing anything: for searches and explanations, which are questions and no acts."""
        return self._judged(self.point.current, request, departments, Mode.ENFORCE, trace=trace)

    def _judged(
        self,
        point: PolicyDecisionPoint,
        request: Request,
        departments: Iterable[str],
        mode: Mode,
        *,
        trace: bool = False,
    ) -> Decision:
        asked = fill(self.people, request).request if self.people is not None else request
        return point.decide(asked, departments=departments, mode=mode, trace=trace)
