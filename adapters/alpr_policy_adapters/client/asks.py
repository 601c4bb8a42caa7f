"""Every question of the API as data: where it goes, what it sends, how its answer is read. Nothing here touches a wire.

Both clients take their methods from the functions of this module, so each question is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

from alpr_policy_adapters.client import answers, decisions
from alpr_policy_adapters.client.answers import Decision, Permission
from alpr_policy_adapters.client.errors import AnswerError, ClientError, QuestionError
from alpr_policy_adapters.client.reading import build
from alpr_policy_adapters.client.requested import AccessRequest

T = TypeVar("T")
Json = Mapping[str, Any]
WELL_KNOWN: Final = "/.well-known/authzen-configuration"
REQUESTS: Final = "/access/v1/requests"
LONGEST_KEY: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Generic[T]):
    """One question. `leaves_a_trace` says that the server may record it, so it is never asked twice by itself.

    `endpoint` is its key in the metadata of AuthZEN. `otherwise`, where given, answers in place of an error. What is
    `known` needs no asking. `good` are the statuses of an answer.
    """

    path: str
    read: Callable[[dict[str, Any]], T]
    body: Json | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    endpoint: str = ""
    leaves_a_trace: bool = False
    otherwise: Callable[[ClientError], T] | None = None
    known: T | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    good: tuple[int, ...] = (200,)

    @property
    def method(self) -> str:
        """Return the HTTP method."""
        return "GET" if self.body is None else "POST"


@dataclass(frozen=True, slots=True)
class Entity:
    """A subject or a resource, by type and id, with what is known of it."""

    type: str
    id: str
    properties: Json = field(default_factory=dict)


EntityLike = Entity | Json
ActionLike = str | Json


def _entity(one: EntityLike) -> dict[str, Any]:
    if isinstance(one, Entity):
        return {"type": one.type, "id": one.id} | ({"properties": dict(one.properties)} if one.properties else {})
    return dict(one)


def _action(one: ActionLike) -> dict[str, Any]:
    return {"name": one} if isinstance(one, str) else dict(one)


def _present(**parts: Any) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value is not None}


# AuthZEN


def evaluate(
    subject: EntityLike, action: ActionLike, resource: EntityLike, context: Json | None = None
) -> Ask[Decision]:
    """Ask whether a subject may do an action on a resource. With a ledger the server records it."""
    body = _present(subject=_entity(subject), action=_action(action), resource=_entity(resource), context=context)
    return Ask(
        path="/access/v1/evaluation",
        endpoint="access_evaluation_endpoint",
        body=body,
        read=decisions.from_authzen,
        leaves_a_trace=True,
    )


def permitted(
    subject: EntityLike,
    action: ActionLike,
    resource: EntityLike,
    context: Json | None = None,
    *,
    able: Iterable[str] = (),
) -> Ask[Permission]:
    """Ask as `evaluate` does, and take whatever goes wrong for a no.

    `able` are the tasks or types of obligations that the caller sees to; one beyond them is a no as well.
    """
    return _permission(evaluate(subject, action, resource, context), able)


def evaluate_all(
    evaluations: Sequence[Json],
    *,
    subject: EntityLike | None = None,
    action: ActionLike | None = None,
    resource: EntityLike | None = None,
    context: Json | None = None,
    semantic: str = "execute_all",
) -> Ask[tuple[Decision, ...]]:
    """Ask several evaluations at once; what an item does not have is taken from the arguments, part by part.

    `semantic` is execute_all, deny_on_first_deny or permit_on_first_permit; by the last two the answer ends early.
    """
    items = [_item(one) for one in evaluations]
    body = _present(
        subject=_entity(subject) if subject is not None else None,
        action=_action(action) if action is not None else None,
        resource=_entity(resource) if resource is not None else None,
        context=context,
        evaluations=items,
        options={"evaluations_semantic": semantic},
    )
    return Ask(
        path="/access/v1/evaluations",
        endpoint="access_evaluations_endpoint",
        body=body,
        read=partial(decisions.from_batch, count=len(items), semantic=semantic),
        known=None if items else (),
        leaves_a_trace=True,
    )


def _item(one: Json) -> dict[str, Any]:
    found = dict(one)
    for name in ("subject", "resource"):
        if isinstance(found.get(name), Entity):
            found[name] = _entity(found[name])
    if isinstance(found.get("action"), str):
        found["action"] = _action(found["action"])
    return found


def _search(what: str, body: dict[str, Any], limit: int | None) -> Ask[answers.Results]:
    page = {"limit": limit} if limit is not None else None
    return Ask(
        path=f"/access/v1/search/{what}",
        endpoint=f"search_{what}_endpoint",
        body=body | _present(page=page),
        read=decisions.from_search,
    )


def search_subjects(
    type: str, action: ActionLike, resource: EntityLike, context: Json | None = None, *, limit: int | None = None
) -> Ask[answers.Results]:
    """Ask who of a type of subject may do this; `limit` is the most results of a page."""
    body = _present(subject={"type": type}, action=_action(action), resource=_entity(resource), context=context)
    return _search("subject", body, limit)


def search_resources(
    type: str, subject: EntityLike, action: ActionLike, context: Json | None = None, *, limit: int | None = None
) -> Ask[answers.Results]:
    """Ask on which resources of a type this may be done; `limit` is the most results of a page."""
    body = _present(subject=_entity(subject), action=_action(action), resource={"type": type}, context=context)
    return _search("resource", body, limit)


def search_actions(
    subject: EntityLike, resource: EntityLike, context: Json | None = None, *, limit: int | None = None
) -> Ask[answers.Results]:
    """Ask what a subject may do on a resource; `limit` is the most results of a page."""
    body = _present(subject=_entity(subject), resource=_entity(resource), context=context)
    return _search("action", body, limit)


def next_page(search: Ask[answers.Results], token: str) -> Ask[answers.Results]:
    """Return the question for the page to which a token leads."""
    body = dict(search.body or {})
    return replace(search, body=body | {"page": {**body.get("page", {}), "token": token}})


def metadata() -> Ask[answers.Metadata]:
    """Ask where the endpoints of AuthZEN are."""
    return Ask(path=WELL_KNOWN, read=partial(build, answers.Metadata))


# Asking for what an act lacks (the draft Access Request and Approval profile)


def request_access(
    decision: Decision,
    subject: EntityLike,
    action: ActionLike,
    resource: EntityLike,
    context: Json | None = None,
    *,
    key: str,
    requested: Json | None = None,
) -> Ask[AccessRequest]:
    """Ask for what a denied evaluation lacks: the same question again, with its decision.

    `key` is the Idempotency-Key: sent again under it, the same request gives the same task. `requested` may hold
    `requested_until` and `emergency`. Raises QuestionError where the decision says that nothing can be asked for.
    """
    if decision.access_request is None or not decision.evaluation_id:
        raise QuestionError("nothing can be asked for after this decision")
    if not key or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise QuestionError(f"a key has 1 to {LONGEST_KEY} visible characters")
    denial = {"evaluation_id": decision.evaluation_id, "expires_at": decision.access_request.get("expires_at")}
    body = _present(subject=_entity(subject), action=_action(action), resource=_entity(resource), context=context,
                    denial=denial, requested_access=requested)  # fmt: skip
    return Ask(
        path=REQUESTS,
        endpoint="access_request_endpoint",
        body=body,
        headers={"Idempotency-Key": key},
        good=(200, 201, 202),
        read=partial(build, AccessRequest),
    )


def access_request(task: str) -> Ask[AccessRequest]:
    """Ask how a request stands."""
    return Ask(path=f"{REQUESTS}/{_name(task)}", read=partial(build, AccessRequest))


def cancel_request(task: str) -> Ask[AccessRequest]:
    """Take a request back while it is pending."""
    read = partial(build, AccessRequest)
    return Ask(path=f"{REQUESTS}/{_name(task)}/cancel", body={}, read=read, leaves_a_trace=True)


# The native API


def decide(request: Json, *, mode: str = "enforce") -> Ask[Decision]:
    """Ask about a request in our own format (docs/decisions.md). With a ledger the server records it.

    In mode `observe` the answer lets pass whatever the policy says.
    """
    read = partial(decisions.from_native, mode=mode, action=request.get("action"), mark=request.get("id"))
    query = {} if mode == "enforce" else {"mode": mode}
    return Ask(path="/v1/decide", body=request, query=query, read=read, leaves_a_trace=True)


def allowed(request: Json, *, able: Iterable[str] = ()) -> Ask[Permission]:
    """Ask as `decide` does, and take whatever goes wrong for a no; `able` as in `permitted`."""
    return _permission(decide(request), able)


def _permission(ask: Ask[Decision], able: Iterable[str]) -> Ask[Permission]:
    names = frozenset([able] if isinstance(able, str) else able)
    return Ask(
        path=ask.path,
        endpoint=ask.endpoint,
        body=ask.body,
        leaves_a_trace=ask.leaves_a_trace,
        read=lambda data: decisions.permission(ask.read(data), names),
        otherwise=lambda error: Permission(granted=False, why=error.why),
    )


def explain(request: Json, *, reader: str = "officer") -> Ask[answers.Explanation]:
    """Ask for a decision in words, for an `officer` or, with the scope audit, an `auditor`; nothing is recorded."""
    return Ask(path="/v1/explain", body=request, query={"for": reader}, read=partial(build, answers.Explanation))


def check(text: str) -> Ask[answers.Checked]:
    """Ask what is wrong in the text of a profile, which the server does not keep."""
    return Ask(path="/v1/check", body={"text": text}, read=partial(build, answers.Checked))


def facts(action: str | None = None, *, profile: str | None = None, lists: bool = False) -> Ask[answers.Words]:
    """Ask for the acts of the language, the facts of an act or group, or the lists; `profile` adds its own words."""
    query = _present(action=action, profile=profile, lists="true" if lists else None)
    return Ask(path="/v1/facts", query=query, read=decisions.from_words)


def profiles() -> Ask[answers.Profiles]:
    """Ask for the texts of the departments that bind the token."""
    return Ask(path="/v1/profiles", read=partial(build, answers.Profiles))


def profile(department: str) -> Ask[answers.Served]:
    """Ask for the texts of one department."""
    return Ask(path=f"/v1/profiles/{_name(department)}", read=partial(build, answers.Served))


def duties(department: str) -> Ask[answers.Duties]:
    """Ask what a department owes."""
    return Ask(path=f"/v1/duties/{_name(department)}", read=partial(build, answers.Duties))


def cases() -> Ask[answers.Cases]:
    """Ask for the cases that are open."""
    return Ask(path="/v1/cases", read=partial(build, answers.Cases))


def case(name: str) -> Ask[answers.Case]:
    """Ask how a case stands."""
    return Ask(path=f"/v1/cases/{_name(name)}", read=decisions.from_case)


def take(name: str, event: Json) -> Ask[answers.Case]:
    """Hand an event (docs/cases.md) to a case; the first one opens it. It is never sent twice by itself."""
    path = f"/v1/cases/{_name(name)}/events"
    return Ask(path=path, body=event, read=decisions.from_case, leaves_a_trace=True)


def override(row: int, by: str, why: str, *, roles: Iterable[str] = ()) -> Ask[answers.Overridden]:
    """Ask to act against the denial in a row of the ledger, as a person whom its policies let; it is recorded first."""
    body = {"by": by, "why": why, "roles": list(roles)}
    read = partial(build, answers.Overridden)
    return Ask(path=f"/v1/ledger/{int(row)}/override", body=body, read=read, leaves_a_trace=True)


def ledger() -> Ask[answers.LedgerState]:
    """Ask what the ledger holds."""
    return Ask(path="/v1/ledger", read=partial(build, answers.LedgerState))


def verification() -> Ask[answers.Verification]:
    """Ask the server to hold every row of its ledger against its hashes."""
    return Ask(path="/v1/ledger/verification", read=decisions.from_verification)


def ready() -> Ask[bool]:
    """Ask whether the server can decide; whatever goes wrong is a no."""
    return Ask(path="/ready", read=lambda data: data.get("ready") is True, otherwise=lambda _: False)


def _name(text: str) -> str:
    """Return a name as a part of a path; raises QuestionError for one that a path cannot hold."""
    if text in ("", ".", "..") or "/" in text or not text.isprintable():
        raise QuestionError("this name cannot stand in an address")
    return quote(text, safe="")


def must_end(page: answers.Results) -> None:
    """Raise AnswerError for a search whose last page leads back to one that was seen."""
    if page.next_token:
        raise AnswerError("the pages of the search go round in a circle")
