"""The draft Access Request and Approval profile, at the denial: what is offered, and what is written down for it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from alpr_policy.model.decision import Decision, Need, NeedKind
from alpr_policy.model.request import Request
from alpr_policy.questions.requestable import curable
from alpr_policy_adapters.http.binding import binding_of
from alpr_policy_adapters.http.judging import Answer
from alpr_policy_adapters.http.mapping import Question
from alpr_policy_adapters.http.obligations import told_otherwise

REQUESTS: Final = "/access/v1/requests"
CAPABILITY: Final = "urn:openid:authzen:capability:access-request"
BESIDE: Final = "/access_request"
OFFER_HOLDS: Final = dt.timedelta(minutes=10)
"""How long after a denial what it lacks can be asked for."""
LIKE_NOW: Final = dt.timedelta(minutes=5)
"""How far the time of a question may be from the clock, for a case that is opened, or an act that is done, now."""
MARK: Final = 32
_EVALUATION = re.compile(r"ev_([1-9][0-9]{0,17})_([0-9a-f]{32})")


@dataclass(slots=True)
class Offer:
    """What one evaluation offers: filled in when its answer is known, and written down with it before it is told."""

    question: Question
    request: Request
    departments: tuple[str, ...]
    now: dt.datetime
    supported: frozenset[str] | None
    record: dict[str, Any] = field(default_factory=dict)

    def beside(self, decision: Decision) -> Mapping[str, Any]:
        """Return what is written beside the decision: to what it is bound, and whether it was told as a denial."""
        found: dict[str, Any] = told_otherwise(decision, self.supported)
        if self._fits(decision):
            self.record = {
                "binding": binding_of(self.question, self.departments),
                "expires_at": (self.now + OFFER_HOLDS).isoformat(timespec="seconds"),
            }
            found[BESIDE] = self.record
        return found

    def _fits(self, decision: Decision) -> bool:
        """Say whether a case can gather what is missing.

        What the caller told of approvals, checks and papers stays with its question, and a case knows only its own:
        so beside such records nothing is offered. Neither is it to nobody, nor for another time.
        """
        request = self.request
        told = request.approvals or request.checks or request.documents
        near = not request.fatal and abs(request.at - self.now) <= LIKE_NOW
        return curable(decision) and not told and near and isinstance(request.facts.get("requester.id"), str)

    def put(self, found: dict[str, Any], answer: Answer) -> dict[str, Any]:
        """Add to an answer how to ask for what is missing, if it can be."""
        if not self.record or answer.row is None or not answer.hash or not curable(answer.decision):
            return found
        context = found["context"]
        context["evaluation_id"] = f"ev_{answer.row}_{answer.hash[:MARK]}"
        context["evaluated_at"] = self.now.isoformat()
        context["message"] = context["reason"]
        context["reason"] = _code(answer.decision.needs[0])
        display = {"title": "Ask for what is missing", "description": context["message"]}
        context["access_request"] = {"expires_at": self.record["expires_at"], "display": display}
        return found


def evaluation_named(text: str) -> tuple[int, str] | None:
    """Return the row and the mark in an `evaluation_id`; None for what was never given out."""
    found = _EVALUATION.fullmatch(text)
    return (int(found[1]), found[2]) if found is not None else None


def _code(need: Need) -> str:
    """Return in a word what is missing first."""
    first = need
    while first.kind is NeedKind.ONE_OF and first.one_of and first.one_of[0]:
        first = first.one_of[0][0]
    return f"{first.kind}_required"


def located(found: dict[str, Any], base: str) -> dict[str, Any]:
    """Say in an answer where to ask, if something can be asked for."""
    offer = found["context"].get("access_request")
    if offer is not None:
        offer["endpoint"] = base + REQUESTS
    return found
