"""The draft Access Request and Approval profile: requests are opened, looked at and taken back. Each is a case."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final

from alpr_policy.durations import instant, parse_moment
from alpr_policy.evaluators.stateful.events import record_wire
from alpr_policy.model.request import Request
from alpr_policy.questions.requestable import RequestState, RequestStatus, curable
from alpr_policy.reading.requests import read_request
from alpr_policy_adapters.http.authzen import question_of
from alpr_policy_adapters.http.binding import binding_of, fingerprint
from alpr_policy_adapters.http.judging import Clerk
from alpr_policy_adapters.http.limits import Refusal
from alpr_policy_adapters.http.mapping import Question
from alpr_policy_adapters.http.offers import REQUESTS, evaluation_named
from alpr_policy_adapters.http.redeeming import approval_name
from alpr_policy_adapters.http.service import Call, Reply, Service

ERROR: Final = "urn:openid:authzen:access-request:error:"
REQUEST_HOLDS: Final = dt.timedelta(days=7)
"""How long a request waits for what it asks for."""
KEPT_FOR: Final = dt.timedelta(days=1)
"""How long after its end a request can still be looked at."""
LONGEST_KEY: Final = 255
LONGEST_NOTE: Final = 1_000
LOOK_AGAIN: Final = {"Retry-After": "5"}
_TASK = re.compile(r"[0-9a-f]{40}")
_KEY = re.compile(r"[\x20-\x7e]+")


def submit(service: Service, call: Call) -> Reply:
    """Open a request for what a denial lacks; the same request sent again gives the same task."""
    clerk, body = _clerk(service), call.body
    _refuse_what_is_not_done(body)
    key = _key(call.key)
    denial = _denial(body)
    words = ("key", key) if key is not None else ("denial", denial["evaluation_id"])
    name = clerk.name(call.caller.id, *words)
    question, sent = question_of(body), fingerprint(body)
    before = clerk.state(name)
    if before is None:
        _open(service, call, clerk, name, question, sent)
        before = clerk.state(name)
    if before is None:
        raise Refusal(503, "the request could not be written down", {"Retry-After": "1"})
    if before.record.get("sent") != sent:
        told = "this Idempotency-Key was used with another body" if key else "this denial was asked about before"
        raise Refusal(409, told, kind=ERROR + "duplicate_request")
    final = before.status is not RequestStatus.PENDING
    headers = {"Location": f"{service.public_url}{REQUESTS}/{name}"} | ({} if final else LOOK_AGAIN)
    return Reply(_told(service, before), 201 if final else 202, headers=headers)


def status(service: Service, call: Call) -> Reply:
    """Say how a request stands."""
    state = _known(service, call)
    return Reply(_told(service, state), headers=LOOK_AGAIN if state.status is RequestStatus.PENDING else {})


def cancel(service: Service, call: Call) -> Reply:
    """Take a request back that is still pending."""
    clerk, state = _clerk(service), _known(service, call)
    told = [text for text in (call.body.get("reason"), call.body.get("comment")) if isinstance(text, str)]
    by = call.caller.person or state.facts.get("requester.id")
    why = f"the request is {state.status} already"
    if state.status is RequestStatus.PENDING and not state.cancellable:
        why = "a hit is not taken back: it ends in a disposition"
    elif state.status is RequestStatus.PENDING:
        clerk.withdraw(state.name, by if isinstance(by, str) else call.caller.id, "; ".join(told)[:LONGEST_NOTE])
        state = clerk.state(state.name) or state
        if state.status is RequestStatus.CANCELLED:
            return Reply(_told(service, state))
        why = f"the request is {state.status} by now"
    raise Refusal(409, why, kind=ERROR + "invalid_task_state")


# Opening


def _open(service: Service, call: Call, clerk: Clerk, name: str, question: Question, sent: str) -> None:
    now, departments = service.asking.clock(), call.caller.departments
    denial, wished = _denial(call.body), _wished(call.body, service.asking.clock())
    bound = _bound(clerk, denial)
    if bound.get("binding") != binding_of(question, departments):
        raise Refusal(400, "the denial was of another question", kind=ERROR + "invalid_denial_binding")
    if now > min(dt.datetime.fromisoformat(bound["expires_at"]), denial["expires_at"]):
        raise Refusal(410, "the denial is too old; ask again", kind=ERROR + "expired_denial")
    words = service.asking.words(departments)
    request = read_request(service.asking.mapped(question, words).request)
    if call.caller.person not in ("", request.facts.get("requester.id")):
        raise Refusal(403, "this token is of one person, and the subject is another")
    _still_curable(clerk, request, departments, now)
    expires = min(now + REQUEST_HOLDS, wished or now + REQUEST_HOLDS)
    record = {
        "binding": bound["binding"],
        "sent": sent,
        "evaluation_id": denial["evaluation_id"],
        "token": call.caller.id,
        "departments": list(departments),
        "expires_at": expires.isoformat(),
        "requested_until": wished.isoformat() if wished is not None else None,
        "emergency": _access(call.body).get("emergency") is True,
    }
    clerk.open(name, _event(request, departments, _note(call.body)), record)


def _bound(clerk: Clerk, denial: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return to what a denial was bound when it was told; raises Refusal (400)."""
    named = evaluation_named(denial["evaluation_id"])
    bound = clerk.denial(*named) if named is not None else None
    if bound is None:
        raise Refusal(400, "no denial of this name was given here", kind=ERROR + "invalid_denial_binding")
    if not bound:
        raise Refusal(400, "nothing can be asked for at this denial", kind=ERROR + "not_requestable")
    return bound


def _still_curable(clerk: Clerk, request: Request, departments: tuple[str, ...], now: dt.datetime) -> None:
    """Refuse what the policy of this moment denies whatever is gathered."""
    bare = dataclasses.replace(request, at=now, approvals=(), checks=(), documents=())
    decision = clerk.tried(bare, departments)
    if not decision.proceed and not curable(decision):
        raise Refusal(400, "the policy of this moment does not let this be asked for", kind=ERROR + "not_requestable")


def _event(request: Request, departments: tuple[str, ...], note: str) -> dict[str, Any]:
    """Return the event that opens the case of a request: who asks for what, and what is known outside it."""
    event: dict[str, Any] = {
        "action": request.action,
        "by": request.facts["requester.id"],
        "departments": list(dict.fromkeys((*departments, *request.departments))),
        "facts": dict(request.facts),
    }
    for name in ("holds", "events"):
        told = getattr(request, name)
        event |= {} if told is None else {name: [record_wire(one) for one in told]}
    return event | ({"note": note} if note else {})


def _note(body: Mapping[str, Any]) -> str:
    """Return what whoever approves should read: that it is urgent, and why it is wanted."""
    context = body.get("context")
    why = context.get("business_justification") if isinstance(context, Mapping) else None
    urgent = ["emergency"] if _access(body).get("emergency") is True else []
    return "; ".join([*urgent, *([why] if isinstance(why, str) else [])])[:LONGEST_NOTE]


def _refuse_what_is_not_done(body: Mapping[str, Any]) -> None:
    if body.get("items") is not None:
        raise Refusal(400, "`items` are not taken: send a request for each")
    if body.get("callback") is not None:
        # The profile lets callbacks go to addresses alone that were allowed before, and here none was.
        raise Refusal(400, "`callback` is not taken: no address is allowed; look at the status endpoint")
    client = body.get("client")
    if isinstance(client, Mapping) and client.get("actor") is not None:
        raise Refusal(400, "`client.actor` is not taken: a token here speaks for no chain of actors")


def _denial(body: Mapping[str, Any]) -> dict[str, Any]:
    """Read the denial that a request is about; raises Refusal (400)."""
    raw = body.get("denial")
    kind = ERROR + "invalid_denial_binding"
    if not isinstance(raw, Mapping):
        raise Refusal(400, "`denial` is missing", kind=kind)
    if raw.get("binding_token") is not None:
        raise Refusal(400, "`denial.binding_token` was not given here", kind=kind)
    if not isinstance(raw.get("evaluation_id"), str):
        raise Refusal(400, "`denial.evaluation_id` must be a string", kind=kind)
    return {"evaluation_id": raw["evaluation_id"], "expires_at": _moment(raw.get("expires_at"), "denial.expires_at")}


def _access(body: Mapping[str, Any]) -> Mapping[str, Any]:
    access = body.get("requested_access")
    if access is None:
        return {}
    if not isinstance(access, Mapping) or not isinstance(access.get("emergency", False), bool | None):
        raise Refusal(400, "`requested_access` must be an object, and its `emergency` true or false")
    return access


def _wished(body: Mapping[str, Any], now: dt.datetime) -> dt.datetime | None:
    raw = _access(body).get("requested_until")
    if raw is None:
        return None
    wished = _moment(raw, "requested_access.requested_until")
    if wished <= now:
        raise Refusal(400, "`requested_access.requested_until` has passed")
    return wished


def _moment(raw: Any, name: str) -> dt.datetime:
    try:
        moment = parse_moment(raw) if isinstance(raw, str) else None
        if isinstance(moment, dt.datetime):
            return instant(moment)
    except (ValueError, OverflowError):
        pass
    raise Refusal(400, f"`{name}` must be a time with date and offset")


def _key(raw: str | None) -> str | None:
    if raw is None:
        return None
    if not 0 < len(raw) <= LONGEST_KEY or not _KEY.fullmatch(raw):
        raise Refusal(400, f"`Idempotency-Key` must have 1 to {LONGEST_KEY} visible characters")
    return raw


# Telling


def _clerk(service: Service) -> Clerk:
    keeper = service.asking.deciding.keeper
    if keeper is None:
        raise Refusal(404, "this server keeps no ledger, and so takes no requests")
    return keeper.clerk


def _known(service: Service, call: Call) -> RequestState:
    """Return the request that is named, for a caller to whom all its departments are open; raises Refusal."""
    name = call.path["task"]
    state = _clerk(service).state(name) if _TASK.fullmatch(name) else None
    if state is None or not set(state.record.get("departments", ())) <= set(call.caller.departments):
        raise Refusal(404, "there is no such request", kind=ERROR + "unknown_task")
    end = max(state.expires, state.until or state.expires) + KEPT_FOR
    if service.asking.clock() > end:
        raise Refusal(410, "the request is over", kind=ERROR + "task_expired")
    return state


def _told(service: Service, state: RequestState) -> dict[str, Any]:
    """Return a task as the profile tells it, with the result of one that was approved."""
    place = f"{service.public_url}{REQUESTS}/{state.name}"
    pending = state.status is RequestStatus.PENDING
    links = {"review": f"{service.public_url}/v1/cases/{state.name}"}
    if pending and state.cancellable:
        links["cancel"] = f"{place}/cancel"
    task: dict[str, Any] = {
        "id": state.name,
        "status": state.status.value,
        "status_endpoint": place,
        "expires_at": state.expires.isoformat(),
        "links": links,
    }
    if state.progress is not None:
        task["progress"] = {
            "current_step": state.progress.current,
            "total_steps": state.progress.total,
            "step_name": state.progress.name,
        }
        task["progress"] |= {"awaiting": list(state.progress.awaiting)} if state.progress.awaiting else {}
    if state.status is not RequestStatus.APPROVED or state.until is None:
        return {"task": task}
    approval = {
        "id": approval_name(state.name),
        "approved_at": state.since.isoformat(),
        "approved_until": state.until.isoformat(),
    }
    return {"task": task, "result": {"mode": "reevaluate", "approval": approval}}
