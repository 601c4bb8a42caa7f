"""An ALPR program that asks before it acts: what to do with allow, needs and deny, with duties, outage and trial runs.

python examples/embedding/alpr_program.py

The parts that only your system can do (show a hit, ask a person, write a log) are small functions here that print.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from alpr_policy import (
    Decision,
    LivePolicyDecisionPoint,
    Mode,
    Need,
    Obligation,
    Outcome,
    PolicyError,
    one_line,
)

Request = Mapping[str, Any]


class Decider(Protocol):
    """Whatever answers: a live decision point in this process, or a client of one elsewhere."""

    def decide(self, request: Request, *, mode: Mode = Mode.ENFORCE) -> Decision:
        """Judge one request."""


@dataclass
class Gate:
    """Stands between an act and whoever wants to do it. What it cannot do itself is handed in.

    `tasks` are the obligations that this program can see to, by task. `supply` asks a person for what is missing and
    returns the request with the answers, or None where nobody gave any.
    """

    decider: Decider
    tasks: Mapping[str, Callable[[Obligation], None]]
    supply: Callable[[Request, tuple[Need, ...]], Request | None]
    say: Callable[[str], None]
    mode: Mode = Mode.ENFORCE

    def attempt(self, request: Request, act: Callable[[], None]) -> bool:
        """Do the act if the policy lets it be done, with all that must follow; say whether it was done."""
        decision = self._ask(request)
        if decision is None:
            return False
        if decision.outcome is Outcome.NEEDS and self.mode is Mode.ENFORCE:
            answered = self.supply(request, decision.needs)
            decision = self._ask(answered) if answered is not None else decision
            if decision is None:
                return False
        if not decision.proceed:
            self.say(f"not done: {one_line(decision)}")
            return False
        return self._done(decision, act)

    def _ask(self, request: Request) -> Decision | None:
        """Ask, and take an outage for a denial: what cannot be judged is not done."""
        try:
            return self.decider.decide(request, mode=self.mode)
        except Exception as outage:  # the decider is out of reach: no answer never opens a door
            self.say(f"not done: no answer ({type(outage).__name__}); {request['action']} waits until there is one")
            return None

    def _done(self, decision: Decision, act: Callable[[], None]) -> bool:
        """Act, and see to what must follow; where that cannot be done the act must not be done either."""
        beyond = [duty.task for duty in decision.obligations if duty.task not in self.tasks]
        if beyond and self.mode is Mode.ENFORCE:
            self.say(f"not done: this program cannot see to {', '.join(sorted(beyond))}")
            return False
        if decision.outcome is not Outcome.ALLOW:
            self.say(f"done on trial, though it would have been: {one_line(decision)}")
        act()
        for duty in decision.obligations:
            if duty.task in self.tasks:
                self.tasks[duty.task](duty)
        return True


AT = "2026-05-04T10:00:00-04:00"
OFFICER: dict[str, Any] = {
    "purpose": "criminal_investigation",
    "requester.id": "officer-7",
    "requester.agency": "own",
    "requester.designated_on": "2025-09-02",
    "requester.trained_on": "2025-09-01",
}
ALERT: Request = {
    "action": "alert.deliver",
    "at": AT,
    "facts": {
        **OFFICER,
        "alert.categories": ["stolen_vehicle"],
        "alert.matter": "ordinary",
        "alert.origin": "department",
    },
    "approvals": [],
}
BARRED: Request = {**ALERT, "facts": {**ALERT["facts"], "alert.categories": ["violent_person"]}}
FOR_ANOTHER: Request = {**ALERT, "facts": {**ALERT["facts"], "alert.origin": "designated_agency"}}
STOP: Request = {"action": "stop.start", "at": AT, "facts": {**OFFICER, "stop.basis": "hit", "status.prevented": False}}


def officer_looks(request: Request, needs: tuple[Need, ...]) -> Request | None:
    """Stand in for a person at the screen, who compares the plate and has dispatch confirm the record."""
    checks = []
    for need in needs:
        print(f"  asked for: {need.name} {' and '.join(need.parts)}".rstrip())
        parts: tuple[str | None, ...] = need.parts or (None,)
        source = {"source": "dispatch"} if "dispatch" in need.sources else {}
        checks += [
            {"check": need.name, "result": "pass", "by": "officer-7", "at": AT, **({"part": p} if p else {}), **source}
            for p in parts
        ]
    return {**request, "checks": checks} if checks else None


def tell(duty: Obligation) -> None:
    """Stand in for the system that sees to an obligation."""
    print(f"  must follow: {duty.task} ({', '.join(duty.cite)})")


class OutOfReach:
    """A decision point on another machine that does not answer."""

    def decide(self, request: Request, *, mode: Mode = Mode.ENFORCE) -> Decision:
        """Fail, as a call over a broken line does."""
        raise ConnectionError


def alarm(problem: PolicyError) -> None:
    """Tell whoever looks after the profiles; the last good ones stay in force."""
    print(f"  alarm: {problem}")


def main() -> None:
    """Walk through an alert, a stop, a barred alert, a trial run and an outage."""
    tasks = dict.fromkeys(("log_transaction", "notify_agency", "verify_status"), tell)
    with LivePolicyDecisionPoint(departments=["cambridge"], on_alarm=alarm) as live:
        live.watch()
        gate = Gate(live, tasks, officer_looks, print)
        print("an alert for a stolen vehicle")
        gate.attempt(ALERT, lambda: print("  shown to the officer"))
        print("an alert on an entry that another agency asked for")
        gate.attempt(FOR_ANOTHER, lambda: print("  shown to the officer"))
        print("a stop on that hit")
        gate.attempt(STOP, lambda: print("  the vehicle is stopped"))
        print("an alert of a barred category")
        gate.attempt(BARRED, lambda: print("  shown to the officer"))
        print("the same while the policy is only being tried")
        Gate(live, tasks, officer_looks, print, Mode.OBSERVE).attempt(BARRED, lambda: print("  shown"))
        print("a program that cannot see to what must follow")
        Gate(live, {}, officer_looks, print).attempt(FOR_ANOTHER, lambda: print("  shown to the officer"))
    print("no decision point to be reached")
    Gate(OutOfReach(), tasks, officer_looks, print).attempt(ALERT, lambda: print("  shown to the officer"))


if __name__ == "__main__":
    main()
