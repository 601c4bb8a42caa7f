"""The routes: path, method, scope, handler, and whether answering may wait. The published document lists the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from alpr_policy_adapters.http import native, requesting
from alpr_policy_adapters.http.authzen import evaluation, evaluations, semantic_of, wished
from alpr_policy_adapters.http.judging import Answer, Wish
from alpr_policy_adapters.http.metrics import KIND
from alpr_policy_adapters.http.offers import REQUESTS, located
from alpr_policy_adapters.http.searching import search
from alpr_policy_adapters.http.service import Call, Reply, Service

AT_ONCE = 100
"""Items of a batch that are judged in the event loop; what is longer would keep others waiting."""

Handler = Callable[[Service, Call], Any]
Single = Callable[[Service, Call], tuple[Wish, Callable[[Answer], Any]] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One route; `keeping` says that it asks the ledger, `long` that it takes its time even without one.

    `single` returns the one act that is asked about, where it is one, and what says the answer: with a ledger such acts
    of several callers are judged and written together.
    `may_be_empty` says that it takes a request without a body.
    """

    path: str
    method: str
    handler: Handler
    needs_token: bool = True
    scope: str | None = None
    keeping: bool = False
    long: bool = False
    single: Single | None = None
    may_be_empty: bool = False

    @property
    def name(self) -> str:
        """Return a name for the route."""
        return f"{self.method} {self.path}"

    @property
    def is_authzen(self) -> bool:
        """Say whether AuthZEN defines it."""
        return self.path.startswith("/access/")

    @property
    def tells_sentences(self) -> bool:
        """Say whether a refusal is a bare sentence, as AuthZEN has it; the draft about requests has problems."""
        return self.is_authzen and not self.path.startswith(REQUESTS)

    def waits(self, service: Service, body: Mapping[str, Any]) -> bool:
        """Say whether the answer belongs into a thread."""
        if self.long or (self.keeping and service.asking.deciding.keeper is not None):
            return True
        items = body.get("evaluations")
        return isinstance(items, list) and len(items) > AT_ONCE and self.is_authzen


def _evaluation(service: Service, call: Call) -> dict[str, Any]:
    found = evaluation(service.asking, call.body, call.caller.departments, call.caller.person)
    _noted(call, [found])
    return located(found, service.public_url)


def _evaluated(service: Service, call: Call) -> tuple[Wish, Callable[[Answer], dict[str, Any]]] | None:
    found = wished(service.asking, call.body, call.caller.departments)
    if found is None:
        return None
    wish, finish = found

    def told(answer: Answer) -> dict[str, Any]:
        answered = located(finish(answer), service.public_url)
        _noted(call, [answered])
        return answered

    return wish, told


def _evaluated_alone(service: Service, call: Call) -> tuple[Wish, Callable[[Answer], dict[str, Any]]] | None:
    items = call.body.get("evaluations")
    semantic_of(call.body.get("options"))  # what is malformed is refused, whether or not it would count
    return _evaluated(service, call) if items is None or items == [] else None


def _evaluations(service: Service, call: Call) -> dict[str, Any]:
    found = evaluations(service.asking, call.body, call.caller.departments, call.deadline, call.caller.person)
    _noted(call, found.get("evaluations", [found]))
    return found if "evaluations" in found else located(found, service.public_url)


def _noted(call: Call, answers: list[dict[str, Any]]) -> None:
    call.note.outcomes += [one["context"].get("outcome", "error") for one in answers]
    if len(answers) == 1:
        call.note.row = answers[0]["context"].get("ledger", {}).get("row")


def _search(what: str) -> Handler:
    def handler(service: Service, call: Call) -> dict[str, Any]:
        return search(service.asking, what, call.body, call.caller.departments, call.deadline)

    return handler


def _metadata(service: Service, call: Call) -> Reply:
    return Reply(native.configuration(service, call), headers={"Cache-Control": "max-age=3600"})


def _ready(service: Service, _: Call) -> Reply:
    fault = service.fault()
    return Reply({"ready": False, "why": fault}, 503) if fault else Reply({"ready": True})


def _metrics(service: Service, _: Call) -> Reply:
    return Reply(service.metrics.text(service.gauges()), kind=KIND)


def _openapi(_: Service, __: Call) -> Reply:
    from alpr_policy_adapters.http.openapi import openapi

    return Reply(openapi(), headers={"Cache-Control": "max-age=3600"})


ROUTES = (
    Rule(
        path="/access/v1/evaluation",
        method="POST",
        handler=_evaluation,
        scope="decide",
        keeping=True,
        single=_evaluated,
    ),
    Rule(
        path="/access/v1/evaluations",
        method="POST",
        handler=_evaluations,
        scope="decide",
        keeping=True,
        single=_evaluated_alone,
    ),
    Rule(path="/access/v1/search/subject", method="POST", handler=_search("subject"), scope="decide", long=True),
    Rule(path="/access/v1/search/resource", method="POST", handler=_search("resource"), scope="decide", long=True),
    Rule(path="/access/v1/search/action", method="POST", handler=_search("action"), scope="decide", long=True),
    Rule(path="/access/v1/requests", method="POST", handler=requesting.submit, scope="decide", long=True),
    Rule(path="/access/v1/requests/{task}", method="GET", handler=requesting.status, scope="decide", long=True),
    Rule(
        path="/access/v1/requests/{task}/cancel",
        method="POST",
        handler=requesting.cancel,
        scope="decide",
        long=True,
        may_be_empty=True,
    ),
    Rule(path="/.well-known/authzen-configuration", method="GET", handler=_metadata, needs_token=False),
    Rule(path="/v1/decide", method="POST", handler=native.decide, scope="decide", keeping=True, single=native.decided),
    Rule(path="/v1/explain", method="POST", handler=native.explained, scope="decide", long=True),
    Rule(path="/v1/check", method="POST", handler=native.check, scope="author", long=True),
    Rule(path="/v1/facts", method="GET", handler=native.facts),
    Rule(path="/v1/profiles", method="GET", handler=native.profiles),
    Rule(path="/v1/profiles/{department}", method="GET", handler=native.profile),
    Rule(path="/v1/duties/{department}", method="GET", handler=native.duties, scope="audit", long=True),
    Rule(path="/v1/cases", method="GET", handler=native.cases, scope="approve", long=True),
    Rule(path="/v1/cases/{case}", method="GET", handler=native.case, scope="approve", long=True),
    Rule(path="/v1/cases/{case}/events", method="POST", handler=native.event, long=True),
    Rule(path="/v1/ledger/{row}/override", method="POST", handler=native.override, scope="approve", long=True),
    Rule(path="/v1/ledger", method="GET", handler=native.ledger, scope="audit", long=True),
    Rule(path="/v1/ledger/verification", method="GET", handler=native.verified, scope="audit", long=True),
    Rule(path="/openapi.json", method="GET", handler=_openapi, needs_token=False),
    Rule(path="/health", method="GET", handler=native.health, needs_token=False),
    Rule(path="/ready", method="GET", handler=_ready, needs_token=False, long=True),
    Rule(path="/metrics", method="GET", handler=_metrics, long=True),
)
