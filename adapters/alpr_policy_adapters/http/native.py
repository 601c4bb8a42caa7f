"""The native API: requests and decisions as `alpr-policy decide` reads and gives them, and what stands behind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Mode
from alpr_policy.model.words import words_of
from alpr_policy.questions.explain import explain, one_line
from alpr_policy.questions.vocabulary import vocabulary_data
from alpr_policy.reading.requests import read_request
from alpr_policy.source import NOWHERE
from alpr_policy.vocabulary import VOCABULARY
from alpr_policy_adapters.http.answers import native
from alpr_policy_adapters.http.judging import Answer, Keeper, Wish
from alpr_policy_adapters.http.limits import Refusal
from alpr_policy_adapters.http.obligations import TYPES
from alpr_policy_adapters.http.offers import CAPABILITY, REQUESTS
from alpr_policy_adapters.http.service import Call, Service

LONGEST = 200
LONGEST_ROW = 18
"""Digits of the number of a row."""
# The events of a case by which somebody decides on what another asked for, and the keys by which others tell of it.
DECIDING = frozenset({"approval", "check", "hold"})
TELLING = frozenset({"standing", "checks", "holds"})


def decide(service: Service, call: Call) -> dict[str, Any]:
    """Judge a request in the format of `docs/schema/request-1.json`; `mode=observe` judges and lets pass."""
    wish, finish = decided(service, call)
    return finish(service.asking.deciding.one(wish.request, wish.departments, wish.mode))


def decided(_: Service, call: Call) -> tuple[Wish, Callable[[Answer], dict[str, Any]]]:
    """Return what is asked, and what says the answer to it; raises Refusal (400) for a mode that nobody knows."""
    word = call.query.get("mode", Mode.ENFORCE.value)
    if word not in list(Mode):
        raise Refusal(400, f"`mode` is one of {', '.join(Mode)}")

    def finish(answer: Answer) -> dict[str, Any]:
        call.note.outcomes.append(answer.decision.outcome.value)
        call.note.row = answer.row
        return native(answer, confidential="audit" in call.caller.scopes)

    return Wish(read_request(call.body), call.caller.departments, Mode(word)), finish


def explained(service: Service, call: Call) -> dict[str, Any]:
    """Put the decision on a request into words; nothing is recorded. For an auditor it takes the scope `audit`."""
    reader = call.query.get("for", "officer")
    if reader not in ("officer", "auditor"):
        raise Refusal(400, "`for` is one of officer, auditor")
    if reader == "auditor":
        call.caller.must("audit")
    decision = service.asking.deciding.tried(read_request(call.body), call.caller.departments, trace=True)
    if reader == "officer":
        return {"for": reader, "text": one_line(decision)}
    return {"for": reader, "text": explain(decision), "decision": decision.to_wire(trace=True)}


def facts(service: Service, call: Call) -> dict[str, Any]:
    """Return the acts, facts and lists of the language, or of one profile."""
    name, action = call.query.get("profile"), call.query.get("action")
    if call.query.get("lists", "false") not in ("true", "false"):
        raise Refusal(400, "`lists` is true or false")
    words = VOCABULARY if name is None else words_of(_profiles(service, name)[-1])
    if action is not None and action not in words.actions and action not in words.groups:
        raise Refusal(404, "this is not an action or a group")
    return vocabulary_data(words, action, lists=call.query.get("lists") == "true")


def profiles(service: Service, call: Call) -> dict[str, Any]:
    """Return the texts of the departments that are served, with the one in force now."""
    point, now = service.asking.deciding.point, service.asking.clock()
    return {
        "at": now.isoformat(),
        "loaded_at": point.loaded_at.isoformat(),
        "fault": point.problem.diagnostics[0].message if point.problem is not None else None,
        "profiles": [_summary(service, name, now) for name in call.caller.departments],
    }


def profile(service: Service, call: Call) -> dict[str, Any]:
    """Return the texts of one department that is served."""
    return _summary(service, _served(call), service.asking.clock())


def _summary(service: Service, name: str, now: dt.datetime) -> dict[str, Any]:
    active = service.asking.deciding.point.active(name, now)
    return {
        "profile": name,
        "in_force": _text(active) if active is not None else None,
        "texts": [_text(one) for one in _profiles(service, name)],
    }


def _text(one: Profile) -> dict[str, Any]:
    return {"department": one.department, "title": one.policy.title, "number": one.policy.number,
            "effective": str(one.policy.effective), "content_hash": one.content_hash}  # fmt: skip


def _profiles(service: Service, name: str) -> tuple[Profile, ...]:
    if name not in service.departments:
        raise Refusal(404, "no profile of this name is served here")
    return service.asking.deciding.point.catalog.get(name)


def _served(call: Call) -> str:
    name = call.path["department"]
    if name not in call.caller.departments:
        raise Refusal(404, "no profile of this name is served to this token")
    return name


def check(service: Service, call: Call) -> dict[str, Any]:
    """Say what is wrong in the text of a profile, which is not kept."""
    from alpr_policy.errors import PolicyError
    from alpr_policy.reading.catalog import build
    from alpr_policy.reading.profiles import load_source
    from alpr_policy.source import SourceFile

    text = call.body.get("text")
    if not isinstance(text, str):
        raise Refusal(400, "`text` must be a string")
    try:
        found = build([load_source(SourceFile("profile.yaml", text))])
    except PolicyError as error:
        return {"usable": False, "diagnostics": [as_data(one) for one in error.diagnostics]}
    return {"usable": True, "diagnostics": [], "profiles": list(found.names)}


def as_data(one: Diagnostic) -> dict[str, Any]:
    """Return a diagnostic as JSON data."""
    data = {"severity": str(one.severity), "code": one.code, "message": one.message}
    data |= {"help": one.help} if one.help else {}
    return data | ({"line": one.span.line, "column": one.span.column} if one.span != NOWHERE else {})


# What needs a ledger


def duties(service: Service, call: Call) -> dict[str, Any]:
    """Return what a department owes, by what the ledger knows to have been done."""
    return _keeper(service).duties(_served(call))


def cases(service: Service, call: Call) -> dict[str, Any]:
    """Return the cases that are open."""
    found = _keeper(service).cases()
    own = set(call.caller.departments)
    return {**found, "cases": [one for one in found["cases"] if own & set(one["departments"])]}


def case(service: Service, call: Call) -> dict[str, Any]:
    """Return how a case stands."""
    found = _keeper(service).case(_name(call))
    if found is None or not set(call.caller.departments) & set(found["kept"].get("departments", ())):
        raise Refusal(404, "nobody opened a case of this name")
    return found


def event(service: Service, call: Call) -> dict[str, Any]:
    """Take an event into a case. What grants, checks or holds takes the scope `approve`, any other event `decide`."""
    keeper, name = _keeper(service), _name(call)
    kind = call.body.get("kind")
    if not isinstance(kind, str):
        raise Refusal(400, "`kind` must be a string")
    call.caller.must("approve" if kind in DECIDING or not TELLING.isdisjoint(call.body) else "decide")
    if call.caller.person and call.body.get("by", call.caller.person) != call.caller.person:
        raise Refusal(403, "this token is of one person, and `by` names another")
    there = keeper.case(name)
    if there is not None and not set(call.caller.departments) & set(there["kept"].get("departments", ())):
        raise Refusal(404, "nobody opened a case of this name")
    told = {"by": call.caller.person} if call.caller.person else {}
    taken = keeper.take(name, {**call.body, **told}, call.caller.departments)
    call.note.row = taken.get("row")
    return taken


def override(service: Service, call: Call) -> dict[str, Any]:
    """Let a person act against the denial in a row of the ledger, where its policies let them. It is written first.

    The body has `by`, `why`, and `roles` where the server has no directory. Whether it may be stands in the answer.
    """
    keeper, word = _keeper(service), call.path["row"]
    if not word.isdecimal() or len(word) > LONGEST_ROW or not word.isascii():
        raise Refusal(404, "this is not the number of a row")
    by, why = call.body.get("by", call.caller.person), call.body.get("why")
    roles = call.body.get("roles", [])
    if call.caller.person and by != call.caller.person:
        raise Refusal(403, "this token is of one person, and `by` names another")
    for name, value in (("by", by), ("why", why)):
        if not isinstance(value, str) or not 0 < len(value.strip()) <= LONGEST:
            raise Refusal(400, f"`{name}` must be a text of 1 to {LONGEST} characters")
    if not isinstance(roles, list) or len(roles) > LONGEST or not all(isinstance(one, str) for one in roles):
        raise Refusal(400, "`roles` must be a list of names")
    found = keeper.override(
        int(word), by=str(by), why=str(why), roles=tuple(roles), departments=call.caller.departments
    )
    if found is None:
        raise Refusal(404, "there is no such row")
    call.note.row = found["row"]
    return found


def ledger(service: Service, call: Call) -> dict[str, Any]:
    """Return what the ledger holds."""
    return _keeper(service).ledger()


def verified(service: Service, call: Call) -> dict[str, Any]:
    """Hold every row of the ledger against its hashes."""
    return _keeper(service).verified()


def _keeper(service: Service) -> Keeper:
    keeper = service.asking.deciding.keeper
    if keeper is None:
        raise Refusal(404, "this server keeps no ledger")
    return keeper


def _name(call: Call) -> str:
    name = call.path["case"]
    if not 0 < len(name) <= LONGEST or not name.isprintable():
        raise Refusal(400, f"a case has a name of 1 to {LONGEST} characters")
    return name


# Without a token


def configuration(service: Service, _: Call) -> dict[str, Any]:
    """Return the metadata of AuthZEN. The public address is told at the start, never taken from a request."""
    base = service.public_url
    asks = service.asking.deciding.keeper is not None
    requests = {"access_request_endpoint": base + REQUESTS, "capabilities": [CAPABILITY]} if asks else {}
    return {
        "policy_decision_point": base,
        "access_evaluation_endpoint": f"{base}/access/v1/evaluation",
        "access_evaluations_endpoint": f"{base}/access/v1/evaluations",
        "search_subject_endpoint": f"{base}/access/v1/search/subject",
        "search_resource_endpoint": f"{base}/access/v1/search/resource",
        "search_action_endpoint": f"{base}/access/v1/search/action",
        "supported_obligations": list(TYPES),
        **requests,
    }


def health(_: Service, __: Call) -> Mapping[str, Any]:
    """Say that the process answers."""
    return {"status": "ok"}
