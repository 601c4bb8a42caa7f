"""The OpenAPI 3.1 document of the server, made from the routes and from the schemas of requests and decisions."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, Final

from alpr_policy.evaluators.stateful import EventKind
from alpr_policy.model.request import Mode
from alpr_policy.questions.requestable import RequestStatus
from alpr_policy.questions.schemas import SCHEMAS
from alpr_policy_adapters.http.authzen import LONGEST, SEMANTICS
from alpr_policy_adapters.http.native import LONGEST as NAME_LENGTH
from alpr_policy_adapters.http.offers import REQUESTS
from alpr_policy_adapters.http.routes import ROUTES, Rule

Json = dict[str, Any]
VERSION: Final = "1"
TEXT: Final[Json] = {"type": "string", "minLength": 1, "maxLength": LONGEST}
NAME: Final[Json] = {"type": "string", "minLength": 1, "maxLength": NAME_LENGTH}
# What stands in a path: no slash, since it would be another path, and nothing that cannot be seen.
WORDS: Final[dict[str, Json]] = {
    "case": {**NAME, "pattern": r"^[^\x00-\x1f\x7f-\xa0\xad/]+$"},
    "row": {"type": "string", "pattern": "^[0-9]{1,18}$"},
}
SUMMARIES: Final = {
    "/access/v1/evaluation": "AuthZEN: may this be done?",
    "/access/v1/evaluations": "AuthZEN: several evaluations at once",
    "/access/v1/search/subject": "AuthZEN: who may do this?",
    "/access/v1/search/resource": "AuthZEN: on what may this be done?",
    "/access/v1/search/action": "AuthZEN: what may be done?",
    "/access/v1/requests": "AuthZEN draft: ask for what a denial lacks",
    "/access/v1/requests/{task}": "AuthZEN draft: how a request stands",
    "/access/v1/requests/{task}/cancel": "AuthZEN draft: take a request back",
    "/.well-known/authzen-configuration": "AuthZEN: where the endpoints are",
    "/v1/decide": "judge a request; with a ledger it is recorded first",
    "/v1/explain": "the decision on a request in words; nothing is recorded",
    "/v1/check": "what is wrong in the text of a profile; nothing is kept",
    "/v1/facts": "the acts, facts and lists of the language",
    "/v1/profiles": "the texts of the departments that bind this token",
    "/v1/profiles/{department}": "the texts of one department",
    "/v1/duties/{department}": "what a department owes, and by when",
    "/v1/cases": "the cases that are open",
    "/v1/cases/{case}": "how a case stands",
    "/v1/cases/{case}/events": "take an event into a case",
    "/v1/ledger/{row}/override": "act against a denial, where its policies let a person; it is written first",
    "/v1/ledger": "what the ledger holds",
    "/v1/ledger/verification": "hold every row of the ledger against its hashes",
    "/openapi.json": "this document",
    "/health": "whether the process answers",
    "/ready": "whether requests can be answered",
    "/metrics": "figures for Prometheus",
}
QUERIES: Final[dict[str, list[Json]]] = {
    "/access/v1/requests": [
        {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 255}}
    ],
    "/v1/decide": [{"name": "mode", "in": "query", "schema": {"enum": [str(one) for one in Mode]}}],
    "/v1/explain": [{"name": "for", "in": "query", "schema": {"enum": ["officer", "auditor"]}}],
    "/v1/facts": [
        {"name": "profile", "in": "query", "schema": TEXT},
        {"name": "action", "in": "query", "schema": TEXT},
        {"name": "lists", "in": "query", "schema": {"enum": ["true", "false"]}},
    ],
}
BODIES: Final = {
    "/access/v1/evaluation": "Evaluation",
    "/access/v1/evaluations": "Evaluations",
    "/access/v1/search/subject": "SubjectSearch",
    "/access/v1/search/resource": "ResourceSearch",
    "/access/v1/search/action": "ActionSearch",
    "/access/v1/requests": "AccessRequest",
    "/access/v1/requests/{task}/cancel": "Cancellation",
    "/v1/decide": "Request",
    "/v1/explain": "Request",
    "/v1/check": "Text",
    "/v1/cases/{case}/events": "Event",
    "/v1/ledger/{row}/override": "Override",
}
ANSWERS: Final = {
    "/v1/ledger/{row}/override": "Overridden",
    "/access/v1/evaluation": "AccessDecision",
    "/access/v1/evaluations": "AccessDecisions",
    "/access/v1/search/subject": "Results",
    "/access/v1/search/resource": "Results",
    "/access/v1/search/action": "Results",
    "/access/v1/requests": "Task",
    "/access/v1/requests/{task}": "Task",
    "/access/v1/requests/{task}/cancel": "Task",
    "/.well-known/authzen-configuration": "Configuration",
    "/v1/decide": "RecordedDecision",
    "/v1/explain": "Explanation",
    "/v1/check": "Checked",
}
GOOD: Final = {
    "/access/v1/requests": {"201": "the request has come to its end", "202": "the request is pending"},
}
"""The statuses of an answer, where it is not 200."""
STATUSES: Final = {
    "400": "the request is malformed",
    "401": "a token is missing or opens nothing",
    "403": "the token does not have the scope",
    "404": "there is nothing of this name, or the server keeps no ledger",
    "405": "the method is not one of this path",
    "408": "the body took too long",
    "409": "the key was used for another request, or the request has come to its end",
    "410": "the denial is too old, or the request is over",
    "413": "the body is too large",
    "415": "the body is not JSON",
    "429": "too many requests",
    "500": "a fault of the server; nothing is permitted",
    "503": "nothing can be answered at present; nothing is permitted",
}


@cache
def openapi_text() -> str:
    """Return the document as the text of its file, `docs/schema/openapi-1.json`."""
    return json.dumps(openapi(), indent=2, ensure_ascii=False) + "\n"


@cache
def openapi() -> Json:
    """Return the document; nobody may change it, since it is kept."""
    paths: Json = {}
    for rule in ROUTES:
        paths.setdefault(rule.path, {})[rule.method.lower()] = _operation(rule)
    told = (
        "OpenID AuthZEN Authorization API 1.0, and the native API of alpr-policy. A deny is an answer with status 200."
    )
    scheme = {"type": "http", "scheme": "bearer", "description": "a token of `alpr-policy token new`"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "alpr-policy", "version": VERSION, "description": told},
        "paths": paths,
        "components": {"schemas": _schemas(), "securitySchemes": {"token": scheme}},
    }


def _operation(rule: Rule) -> Json:
    words = re.findall(r"\{(\w+)\}", rule.path)
    parameters = [{"name": one, "in": "path", "required": True, "schema": WORDS.get(one, TEXT)} for one in words]
    parameters += QUERIES.get(rule.path, [])
    operation: Json = {
        "summary": SUMMARIES[rule.path],
        "operationId": re.sub(r"\W+", "_", f"{rule.method.lower()}{rule.path}").strip("_"),
        "security": [{"token": []}] if rule.needs_token else [],
        "responses": _responses(rule),
    }
    if rule.scope:
        operation["description"] = f"Takes the scope `{rule.scope}`."
    if parameters:
        operation["parameters"] = parameters
    if rule.path in BODIES:
        operation["requestBody"] = {"required": not rule.may_be_empty, "content": _json(_ref(BODIES[rule.path]))}
    return operation


def _responses(rule: Rule) -> Json:
    answer = _ref(ANSWERS[rule.path]) if rule.path in ANSWERS else {"type": "object"}
    good = {"text/plain": {"schema": {"type": "string"}}} if rule.path == "/metrics" else _json(answer)
    statuses = GOOD.get(rule.path, {"200": "the answer"})
    found: Json = {status: {"description": words, "content": good} for status, words in statuses.items()}
    for status, told in STATUSES.items():
        if status == "405" or _may(rule, status):
            found[status] = {"description": told, "content": _problem(rule)}
    return found


def _may(rule: Rule, status: str) -> bool:
    match status:
        case "401" | "403" | "429":
            return rule.needs_token
        case "409":
            return rule.path.startswith(REQUESTS) and rule.method == "POST"
        case "410":
            return rule.path.startswith(REQUESTS)
        case "404" if rule.path.startswith(REQUESTS):
            return True
        case "408" | "413":
            return rule.method == "POST"
        case "415":
            return rule.method == "POST" and not rule.is_authzen
        case "404":
            return "{" in rule.path or rule.path in ("/v1/cases", "/v1/ledger", "/v1/ledger/verification", "/v1/facts")
        case "400":
            return rule.method == "POST" or rule.path in QUERIES or "{case}" in rule.path
    return True


def _problem(rule: Rule) -> Json:
    text = {"text/plain": {"schema": {"type": "string"}}}
    return text if rule.tells_sentences else {"application/problem+json": {"schema": _ref("Problem")}, **text}


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: tuple[str, ...], **properties: Json) -> Json:
    return {"type": "object", "required": list(required), "properties": properties}


def _schemas() -> Json:
    # What is null counts as left out, as AuthZEN asks of who sends it.
    anything: Json = {"type": ["object", "null"]}
    entity = _object(("type", "id"), type=TEXT, id=TEXT, properties=anything)
    searched = _object(("type",), type=TEXT, properties=anything)
    action = _object(("name",), name=TEXT, properties=anything)
    page = _object(
        (),
        token={"type": ["string", "null"]},
        limit={"type": ["integer", "null"], "minimum": 0},
        properties=anything,
    ) | {"type": ["object", "null"]}
    parts = {"subject": _ref("Entity"), "action": _ref("Action"), "resource": _ref("Entity"), "context": anything}
    semantic = {"enum": list(SEMANTICS)}
    options = _object((), evaluations_semantic=semantic) | {"type": ["object", "null"]}
    common: Json = {**parts, "page": page}
    told = {**NAME, "pattern": r"\S"}
    # An item completes a default, so neither has to be whole by itself.
    piece, verb = _object((), type=TEXT, id=TEXT, properties=anything), _object((), name=TEXT, properties=anything)
    pieces = {"subject": piece, "action": verb, "resource": piece, "context": anything}
    items = {"type": ["array", "null"], "items": {"type": "object", "properties": pieces}}
    return {
        "Entity": entity,
        "Action": action,
        "Evaluation": _object(("subject", "action", "resource"), **parts),
        "Evaluations": _object((), **pieces, evaluations=items, options=options)
        | {
            # Without items it is a single evaluation, and has to have the parts of one.
            "anyOf": [
                {"required": ["evaluations"], "properties": {"evaluations": {"type": "array", "minItems": 1}}},
                {"required": ["subject", "action", "resource"], "properties": parts},
            ]
        },
        "SubjectSearch": _object(("subject", "action", "resource"), **{**common, "subject": searched}),
        "ResourceSearch": _object(("subject", "action", "resource"), **{**common, "resource": searched}),
        "ActionSearch": _object(("subject", "resource"), **{k: v for k, v in common.items() if k != "action"}),
        **_answers(),
        **_requests(),
        "Text": _object(("text",), text={"type": "string"}),
        "Event": _object(("kind",), kind={"enum": [str(one) for one in EventKind]}),
        "Override": _object(("by", "why"), by=told, why=told, roles={"type": "array", "items": {"type": "string"}}),
        "Request": _inner("request", "Request"),
        "Decision": _inner("decision", "Decision"),
    }


def _requests() -> Json:
    anything: Json = {"type": "object"}
    text: Json = {"type": "string"}
    time: Json = {"type": "string", "format": "date-time"}
    denial = _object(("evaluation_id", "expires_at"), evaluation_id=text, expires_at=time)
    access = _object((), requested_until=time, emergency={"type": "boolean"})
    parts = {"subject": _ref("Entity"), "action": _ref("Action"), "resource": _ref("Entity"), "context": anything}
    status = {"enum": [one.value for one in RequestStatus]}
    task = _object(("id", "status", "status_endpoint", "expires_at", "links"), id=text, status=status,
                   status_endpoint=text, expires_at=time, links=anything, progress=anything)  # fmt: skip
    approval = _object(("id", "approved_until"), id=text, approved_at=time, approved_until=time)
    result = _object(("mode", "approval"), mode={"const": "reevaluate"}, approval=approval)
    wanted = ("subject", "action", "resource", "denial")
    return {
        "AccessRequest": _object(wanted, **parts, denial=denial, requested_access=access, client=anything),
        "Cancellation": _object((), reason=text, comment=text),
        "Task": _object(("task",), task=task, result=result),
    }


def _answers() -> Json:
    anything: Json = {"type": "object"}
    url = {"type": "string"}
    several: Json = {"type": "array", "items": url}
    names = [rule.path for rule in ROUTES if rule.tells_sentences]
    ends = {_key(path): url for path in names}
    decision = _object(("decision",), decision={"type": "boolean"}, context=anything)
    batch = _object(("evaluations",), evaluations={"type": "array", "items": _ref("AccessDecision")})
    told = _object(("next_token",), next_token=url, count={"type": "integer"})
    number = {"type": "integer", "minimum": 1}
    ledger = _object((), ledger=_object((), row=number))
    recorded = {"type": "object", "required": ["outcome", "proceed", "reasons", "needs", "obligations"], **{
        "properties": {**_inner("decision", "Decision")["properties"], **ledger["properties"]}}}  # fmt: skip
    return {
        "AccessDecision": decision,
        "AccessDecisions": {"anyOf": [batch, _ref("AccessDecision")]},
        "Results": _object(("results",), page=told, results={"type": "array", "items": anything}),
        "Configuration": _object(
            ("policy_decision_point", "supported_obligations", *ends),
            policy_decision_point=url,
            supported_obligations=several,
            access_request_endpoint=url,
            capabilities=several,
            **ends,
        ),
        "RecordedDecision": recorded,
        "Explanation": _object(("for", "text"), text=url, decision=_ref("Decision"), **{"for": url}),
        "Checked": _object(("usable", "diagnostics"), usable={"type": "boolean"}, diagnostics={"type": "array"}),
        "Overridden": _object(
            ("answer",), answer=anything, override={"type": ["object", "null"]}, row={"type": ["integer", "null"]}
        ),
        "Problem": _object(("status", "detail"), type=url, status={"type": "integer"}, detail=url),
    }


def _key(path: str) -> str:
    last = path.rpartition("/")[2]
    return f"search_{last}_endpoint" if "/search/" in path else f"access_{last}_endpoint"


def _inner(name: str, within: str) -> Json:
    """Return a published schema as a component: its own definitions stay inside it, and are pointed at there."""
    schema = {key: value for key, value in SCHEMAS[name]().items() if key not in ("$schema", "$id")}
    text = json.dumps(schema).replace('"#/$defs/', f'"#/components/schemas/{within}/$defs/')
    found: Json = json.loads(text)
    return found
