"""An act as it was recorded: what was asked, what was decided, and whether it was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from alpr_policy.model.decision import Decision
from alpr_policy.model.past import Happening
from alpr_policy.model.request import Request
from alpr_policy.model.values import Unknown
from alpr_policy.model.wire import plain

LISTS = ("approvals", "checks", "documents", "holds", "events")
ENDS = ("expires", "ended", "ends")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAct:
    """A request with the decision as it was recorded then. `done` of None: nobody knows whether the act was done.

    `override` is the id of the override under which it was done, `served` the tasks that the record itself discharges,
    such as the logging of the act. `judged_now` marks a decision that was not recorded and was made for this question.
    """

    id: str
    request: Request
    decision: Decision
    done: bool | None = None
    override: str | None = None
    served: tuple[str, ...] = ()
    reference: str | None = None
    judged_now: bool = False

    @property
    def person(self) -> str:
        """Return who did the act, as far as the request says."""
        person = self.request.facts.get("requester.id")
        return person if isinstance(person, str) else ""

    @property
    def may_be_done(self) -> bool:
        """Say whether it was done, or may have been."""
        return self.done is not False

    def happening(self, of: str | None = None) -> Happening:
        """Return the act as something that happened to `of`, which duties may follow."""
        return Happening(
            event=self.request.action,
            of=of,
            at=self.request.at,
            reference=self.reference or self.id,
            outcome=str(self.decision.outcome),
            facts=self.request.facts,
        )

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data."""
        wire: dict[str, Any] = {
            "id": self.id,
            "request": request_wire(self.request),
            "decision": self.decision.to_wire(),
        }
        wire |= {} if self.done is None else {"done": self.done}
        more = {"override": self.override, "served": list(self.served), "reference": self.reference}
        return wire | {name: value for name, value in more.items() if value}


def request_wire(request: Request) -> dict[str, Any]:
    """Return a request as plain JSON data that is read back as the same request; its faults are left out."""
    wire: dict[str, Any] = {"action": request.action, "at": request.at.isoformat()}
    wire |= {"departments": list(request.departments)} if request.departments else {}
    wire |= {"facts": plain(request.facts)} if request.facts else {}
    for name in LISTS:
        records = getattr(request, name)
        if records is not None:
            wire[name] = [_record(one) for one in records]
    return wire | ({"id": request.id} if request.id else {})


def _record(one: Any) -> dict[str, Any]:
    wire: dict[str, Any] = plain(one)
    return wire | {end: "withheld" for end in ENDS if isinstance(getattr(one, end, None), Unknown)}
