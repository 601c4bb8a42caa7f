"""What the tests of the guard share: a diary of what ran, and guards of the small department."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.adapters.http_kit import NOON, point

from alpr_policy_adapters.client import Obligation
from alpr_policy_adapters.guard import Guard, Permit, requires

GOOD = {"requester.id": "alice", "requester.sworn": True, "purpose": "criminal_investigation", "reason.recorded": True}
LATER = {**GOOD, "reason.recorded": False, "case.state": "open"}
BAD = {**GOOD, "requester.sworn": False}


class Diary(list[str]):
    """Notes what ran, in order."""

    def handler(self, note: str, error: Exception | None = None) -> Callable[[Obligation, Permit], None]:
        def handle(obligation: Obligation, permit: Permit) -> None:
            self.append(f"{note} {obligation.name}")
            if error is not None:
                raise error

        return handle


def guarded(decider: Any = None, **perform: Any) -> Guard:
    """Return a guard of the small department."""
    return Guard(decider or point(), perform=perform, clock=lambda: NOON)


def act_of(guard: Guard, diary: Diary, facts: Any, error: Exception | None = None) -> Callable[..., str]:
    """Return a guarded act that notes that it ran."""

    @requires("search.run", facts=lambda *_: facts, guard=guard)
    def act(what: str = "") -> str:
        diary.append("act")
        if error is not None:
            raise error
        return f"ran {what}"

    return act
