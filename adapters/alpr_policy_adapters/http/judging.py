"""How the server decides: under the profiles in use, with the directory, and through whoever keeps the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from alpr_policy.model.decision import Decision
from alpr_policy.model.directory import Directory
from alpr_policy.model.request import Mode, Request
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.filling import fill
from alpr_policy.questions.live import LivePolicyDecisionPoint

Stop = Callable[[Decision], bool]
"""Says after a decision of a batch whether the rest is not asked for any more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision, and the row of the ledger in which it stands, where that is known."""

    decision: Decision
    row: int | None = None


class Keeper(Protocol):
    """Whoever writes decisions into a ledger before they are answered. All of it may wait for the disk."""

    def decided(self, request: Request, departments: Iterable[str], mode: Mode) -> Answer:
        """Judge and write down; what cannot be written is denied."""

    def decided_all(
        self, requests: Iterable[Request], departments: Iterable[str], mode: Mode, stop: Stop
    ) -> list[Answer]:
        """Judge one after the other until `stop`, and write all of them down before the first is answered."""

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

    def one(self, request: Request, departments: Iterable[str], mode: Mode = Mode.ENFORCE) -> Answer:
        """Judge one act."""
        if self.keeper is not None:
            return self.keeper.decided(request, departments, mode)
        return Answer(self._judged(self.point.current, request, departments, mode))

    def several(self, requests: Sequence[Request], departments: Iterable[str], stop: Stop) -> list[Answer]:
        """Judge acts one after the other under the same profiles, until `stop` says that it is enough."""
        if self.keeper is not None:
            return self.keeper.decided_all(requests, departments, Mode.ENFORCE, stop)
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
