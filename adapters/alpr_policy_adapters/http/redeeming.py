"""An approval that comes back with an evaluation: held against the ledger, judged anew, and used up by the act."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from alpr_policy.evaluators.stateful.events import read_facts
from alpr_policy.model.request import Request
from alpr_policy.questions.requestable import RequestState, RequestStatus
from alpr_policy.reading.records import MalformedError
from alpr_policy_adapters.http.answers import authzen
from alpr_policy_adapters.http.binding import binding_of, fingerprint
from alpr_policy_adapters.http.judging import Clerk
from alpr_policy_adapters.http.mapping import Question
from alpr_policy_adapters.http.obligations import UNSUPPORTED, unsupported
from alpr_policy_adapters.http.offers import LIKE_NOW

EXPIRED: Final = "approval_expired"
OUT_OF_SCOPE: Final = "out_of_scope"
PENDING: Final = "grant_pending"
POLICY_DENIED: Final = "policy_denied"
UNVERIFIABLE: Final = "approval_unverifiable"
RETRY_AFTER: Final = 2
WHY: Final = {
    EXPIRED: "the approval was used, ended, was taken back, or does not suffice under the policy of this moment",
    OUT_OF_SCOPE: "the approval was given for another question",
    PENDING: "the approval could not be used just now",
    POLICY_DENIED: "the policy of this moment denies the act, whatever was approved",
    UNVERIFIABLE: "no approval of this name was given here",
    UNSUPPORTED: "the act takes obligations that the caller does not support",
}
_APPROVAL = re.compile(r"apr_([0-9a-f]{40})")


@dataclass(frozen=True, slots=True)
class Presented:
    """An evaluation that brings an approval: the question, the request it means, who is bound, and when.

    `person` is whose token brings it, if it is tied to one.
    """

    question: Question
    request: Request
    ignored: list[str]
    departments: tuple[str, ...]
    now: dt.datetime
    supported: frozenset[str] | None
    person: str = ""


def approval_name(task: str) -> str:
    """Return the name of the approval that a request led to."""
    return f"apr_{task}"


def redeemed(clerk: Clerk | None, asked: Presented, plain: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Answer an evaluation that brings an approval; `plain` answers it as if it had brought none.

    Whatever is wrong with the approval, the question is answered without it. Raises Refusal (503).
    """
    state = _state(clerk, asked.question.context["approval"])
    if clerk is None or state is None:
        return _without(plain(), UNVERIFIABLE)
    wrong = _wrong(state, asked)
    if wrong is not None:
        return _without(plain(), wrong)
    seen = clerk.look(state.name)
    beyond = unsupported(seen, asked.supported) if seen is not None else []
    if beyond:  # what was approved is not used up by an act that the caller could not do as it must be
        found = _without(plain(), UNSUPPORTED)
        return found if found["decision"] else _more(found, unsupported_obligations=beyond)
    return _used(clerk, state, asked, plain)


def _used(clerk: Clerk, state: RequestState, asked: Presented, plain: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    done = clerk.redeem(state.name, state.revision)
    if done.how == "done" and done.answer is not None:
        found = authzen(done.answer, asked.ignored, asked.supported)
        until = state.until.isoformat() if state.until is not None else ""
        return _more(found, approval={"id": approval_name(state.name), "approved_until": until})
    if done.how == "forbidden" and done.answer is not None:
        return _without(authzen(done.answer, asked.ignored, asked.supported), POLICY_DENIED)
    return _without(plain(), PENDING if done.how == "busy" else EXPIRED)


def _state(clerk: Clerk | None, approval: Any) -> RequestState | None:
    """Return the request that led to an approval; None for one that was never given."""
    name = approval.get("id") if isinstance(approval, Mapping) else None
    found = _APPROVAL.fullmatch(name) if isinstance(name, str) else None
    if clerk is None or found is None:
        return None
    state = clerk.state(found[1])
    return state if state is not None and state.status is RequestStatus.APPROVED else None


def _wrong(state: RequestState, asked: Presented) -> str | None:
    """Say why an approval does not apply: it is for another question, or not in force any more."""
    told = asked.request
    if state.action is None:
        return EXPIRED  # it was done
    if state.record.get("binding") != binding_of(asked.question, asked.departments) or state.action != told.action:
        return OUT_OF_SCOPE
    if asked.person not in ("", told.facts.get("requester.id")):
        return OUT_OF_SCOPE
    if told.fatal or abs(told.at - asked.now) > LIKE_NOW or fingerprint(state.facts) != _facts(told.facts):
        return OUT_OF_SCOPE
    return EXPIRED if state.until is None or asked.now > state.until else None


def _facts(facts: Mapping[str, Any]) -> str:
    """Return the fingerprint of facts as a case would keep them; empty for what no case could keep."""
    try:
        return fingerprint(read_facts(facts, "facts"))
    except MalformedError:
        return ""


def _without(found: dict[str, Any], reason: str) -> dict[str, Any]:
    """Say in a denial why the approval did not help, and what to do next; a permit is left as it is."""
    if found["decision"]:
        return found
    context = found["context"]
    next_action = "none"
    if reason in (EXPIRED, OUT_OF_SCOPE) and "access_request" in context:
        next_action = "request"
    elif reason == PENDING:
        next_action = "retry"
        context["retry_after"] = RETRY_AFTER
    if next_action != "request":
        context.pop("access_request", None)
    return _more(found, reason=reason, next_action=next_action, message=WHY[reason])


def _more(found: dict[str, Any], **members: Any) -> dict[str, Any]:
    found["context"] |= members
    return found
