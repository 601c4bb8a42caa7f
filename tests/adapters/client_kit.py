"""What the tests of the client share: a client whose server is a service in this process, or a made-up answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
from tests.adapters.http_kit import NOON, ask

from alpr_policy_adapters.client import Entity, PolicyClient
from alpr_policy_adapters.http import Service

LOCAL = "http://localhost"
ALICE, CAROL, PLATE = Entity("officer", "alice"), Entity("officer", "carol"), Entity("plate", "TEST01")
SEARCH = {"name": "search.run", "properties": {"purpose": "criminal_investigation", "reason.recorded": True}}
LATER = {"name": "search.run", "properties": {"purpose": "criminal_investigation", "reason.recorded": False}}
FACTS = {"requester.id": "alice", "purpose": "criminal_investigation", "reason.recorded": True}
REQUEST = {"action": "search.run", "at": NOON, "facts": FACTS, "id": "mark-1"}
ALLOWED = {"decision": True, "context": {"outcome": "allow"}}
PASSED = ("content-type", "authorization", "x-request-id", "accept", "idempotency-key")


def served_by(served: Service, seen: list[httpx.Request] | None = None) -> httpx.MockTransport:
    """Return a transport that leads to a service."""

    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        headers = {name: value for name, value in request.headers.items() if name in PASSED}
        path = request.url.raw_path.decode("ascii")
        found = ask(served, request.method, path, content=request.content, headers=headers)
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)

    return httpx.MockTransport(answer)


def client_of(served: Service, **options: Any) -> PolicyClient:
    """Return a client of a service."""
    return PolicyClient(LOCAL, transport=served_by(served), **options)


def answering(handler: Callable[[httpx.Request], httpx.Response], **options: Any) -> PolicyClient:
    """Return a client whose server answers as told."""
    return PolicyClient(LOCAL, transport=httpx.MockTransport(handler), **options)


def saying(body: Any, status: int = 200, **headers: str) -> PolicyClient:
    """Return a client whose server always says the same."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"content-type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
    return answering(lambda _: httpx.Response(status, content=content, headers=told), retries=0)
