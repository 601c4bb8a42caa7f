"""An ALPR program that asks before it acts: what to do with allow, needs and deny, with duties, outage and trial runs.

python examples/embedding/alpr_program.py

The parts that only your system can do (show a hit, ask a person, write a log) are small functions here that print. The
second half runs on what cameras and other software send: the invented payloads beside this file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
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
from alpr_policy_adapters.hotlists import Hit, HitKind, Matcher, load_csv
from alpr_policy_adapters.payloads import Given, VendorAlert, parse, read_payload
from alpr_policy_adapters.plate_read import PlateRead

Request = Mapping[str, Any]


class Decider(Protocol):
    """Whatever answers: a live decision point in this process, or a client of one elsewhere."""

    def decide(self, request: Request, *, mode: Mode = Mode.ENFORCE) -> Decision:
        """Judge one request."""
        ...


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
    checks: list[dict[str, Any]] = []
    for need in needs:
        print(f"  asked for: {need.name} {' and '.join(need.parts)}".rstrip())
        if need.kind != "check":  # a fact, an approval, a paper: not for the person at this screen to give
            return None
        parts: tuple[str | None, ...] = need.parts or (None,)
        source = {"source": "dispatch"} if "dispatch" in need.sources else {}
        checks += [
            {"check": need.name, "result": "pass", "by": "officer-7", "at": AT, **({"part": p} if p else {}), **source}
            for p in parts
        ]
    return {**request, "checks": [*request.get("checks", ()), *checks]} if checks else None


def compared(request: Request) -> Request:
    """Stand in for a person who compares the plate in the picture with the entry, and finds no difference."""
    print("  compared by the officer: characters and state")
    done = {"check": "visual", "result": "pass", "by": "officer-7", "at": AT}
    return {**request, "checks": [{**done, "part": part} for part in ("characters", "state")]}


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


HERE = Path(__file__).resolve().parent
CAMERA: dict[str, Any] = {
    "device.kind": "fixed",
    "device.status": "approved",
    "device.condition": "good",
    "read.public_view": True,
    "collection.selection": "bulk",
    "area.targeted": False,
    "purpose": "routine_patrol",
}


@dataclass
class Program:
    """What an ALPR program does with a payload: keep, show, stop, search; each of them asked for first."""

    gate: Gate
    matcher: Matcher

    def take(self, path: Path) -> None:
        """Read one payload and attempt all that it leads to; what is wrong with it is told, and the rest goes on."""
        value, found = parse(path.read_bytes(), path.name)
        received = read_payload(value, given=Given(country="us"))
        print(f"{path.name}, of {received.system}")
        for problem in (*found, *received.diagnostics):
            print(f"  refused: {problem.message}")
        for read in received.reads:
            self.keep(read)
        for alert in received.alerts:
            self.show_alert(alert)
        for search in received.searches:
            request = _request("search.run", {**OFFICER, **search.facts()}, approvals=[])
            self.gate.attempt(request, lambda: print("  searched"))

    def keep(self, read: PlateRead) -> None:
        """Keep a read if it may be kept, and look for it on the hot list only then."""
        request = _request("read.capture", CAMERA)
        if self.gate.attempt(request, lambda: print(f"  kept: {read.plate}, state {read.state or 'not known'}")):
            for hit in self.matcher.match(read):
                self.show_hit(read, hit)

    def show_hit(self, read: PlateRead, hit: Hit) -> None:
        """Show a hit, and have the vehicle stopped only if it was shown; a possible hit is shown as one."""
        kind = "a hit" if hit.kind is HitKind.EXACT else f"perhaps a hit, to be compared ({hit.why})"
        about = {"alert.categories": [hit.entry.category], "hit.match": hit.kind.value}
        request = _request("alert.deliver", {**ALERT["facts"], **about}, approvals=[])
        if self.gate.attempt(request, lambda: print(f"  shown to the officer: {kind}")):
            # A possible hit is nothing to act on before a person has compared it, whatever the policy asks for.
            stop = STOP if hit.kind is HitKind.EXACT else compared(STOP)
            self.gate.attempt(stop, lambda: print(f"  the vehicle is stopped: {read.plate}"))

    def show_alert(self, alert: VendorAlert) -> None:
        """Show another system's alert; where one of its lists has no known category, none is claimed."""
        categories = "unknown" if alert.categories is None else list(alert.categories)
        request = _request("alert.deliver", {**ALERT["facts"], "alert.categories": categories}, approvals=[])
        self.gate.attempt(
            request, lambda: print(f"  shown to the officer: the alert of {alert.source}, to be compared")
        )


def _request(action: str, facts: Mapping[str, Any], **records: Any) -> Request:
    return {"action": action, "at": AT, "facts": dict(facts), **records}


def main() -> None:
    """Walk through an alert, a stop, a barred alert, a trial run and an outage; then through the payloads."""
    tasks: dict[str, Callable[[Obligation], None]] = dict.fromkeys(
        ("log_transaction", "notify_agency", "verify_status"), tell
    )
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
        program = Program(gate, Matcher(load_csv(HERE.parent / "demo" / "hotlist.csv").entries))
        for path in sorted((HERE / "payloads").glob("*.json")):
            program.take(path)
    print("no decision point to be reached")
    Gate(OutOfReach(), tasks, officer_looks, print).attempt(ALERT, lambda: print("  shown to the officer"))


if __name__ == "__main__":
    main()
