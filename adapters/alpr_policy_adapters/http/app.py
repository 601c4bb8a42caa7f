"""The ASGI application: routes, and around them the gate that bounds, counts and logs every request."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import parse_qsl

from alpr_policy_adapters.http.body import read_object, write_json
from alpr_policy_adapters.http.extras import require
from alpr_policy_adapters.http.limits import Deadline, Refusal
from alpr_policy_adapters.http.routes import ROUTES, Rule
from alpr_policy_adapters.http.service import Call, Caller, Note, Reply, Service, wall

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Extend = Callable[[Any], None]
"""Adds routes to the framework's application before it serves."""

NOTE: Final = "alpr_policy.note"
REQUEST_ID: Final = b"x-request-id"
LONGEST_ID: Final = 200
READ: Final = frozenset({b"authorization", b"content-type", b"content-length"})
NOBODY: Final = Caller("", frozenset(), ())
_UUID = re.compile(rb"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_VISIBLE = re.compile(rb"[\x21-\x7e]+")


class ClientGoneError(Exception):
    """The caller went away while the body was read."""


def application(service: Service, extend: Extend | None = None) -> App:
    """Return the application that serves a service; `extend` may add to it. Raises MissingExtraError."""
    require("the server", "starlette")
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.routing import Route

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        service.started()
        try:
            yield
        finally:
            await asyncio.to_thread(service.ended)

    routes = [Route(rule.path, Endpoint(service, rule), methods=[rule.method], name=rule.name) for rule in ROUTES]
    made = Starlette(routes=routes, lifespan=lifespan, middleware=[Middleware(Gate, service=service)])
    if extend is not None:
        extend(made)
    answering: App = made
    return answering


class Endpoint:
    """One route, answered without the framework's own request and response, which cost as much as a decision."""

    def __init__(self, service: Service, rule: Rule) -> None:
        """Answer by a rule."""
        self.service, self.rule = service, rule

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        note: Note = scope[NOTE]
        note.route = self.rule.path
        try:
            reply = await self._answer(scope, receive, note)
        except Refusal as refusal:
            reply = _refused(refusal, self.rule)
        data = reply.data.encode("utf-8") if isinstance(reply.data, str) else write_json(reply.data)
        self.service.metrics.decided(note.outcomes)
        kind = f"{reply.kind}; charset=utf-8" if reply.kind == "text/plain" else reply.kind
        headers = [(b"content-type", kind.encode("ascii")), (b"content-length", b"%d" % len(data))]
        headers += [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in reply.headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else data})

    async def _answer(self, scope: Scope, receive: Receive, note: Note) -> Reply:
        service, rule, headers = self.service, self.rule, _headers(scope)
        deadline = Deadline(service.limits.seconds)
        caller = NOBODY
        if rule.needs_token:
            address = scope["client"][0] if scope.get("client") else ""
            caller = service.admitted(headers.get(b"authorization"), address, rule.scope)
            note.token = caller.id if service.tokens is not None else ""
        body: Mapping[str, Any] = {}
        if rule.method == "POST":
            note.reading = True
            body = read_object(await _read(service.limits.body, rule, headers, receive))
            note.reading = False
        query = (
            dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
            if scope["query_string"]
            else {}
        )
        call = Call(caller, body, scope["path_params"], query, note, deadline)
        if rule.waits(service, body):
            reply = await asyncio.get_running_loop().run_in_executor(service.pool, rule.handler, service, call)
        else:
            reply = rule.handler(service, call)
        return reply if isinstance(reply, Reply) else Reply(reply)


def _headers(scope: Scope) -> dict[bytes, str]:
    """Return the headers that a route reads."""
    return {name: value.decode("latin-1") for name, value in scope["headers"] if name in READ}


async def _read(most: int, rule: Rule, headers: Mapping[bytes, str], receive: Receive) -> bytes:
    """Read a body that is not too large; raises Refusal."""
    kind = headers.get(b"content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        # AuthZEN knows no 415, and its certification asks for 400.
        raise Refusal(400 if rule.is_authzen else 415, "the body must be application/json")
    large = Refusal(413, f"the body has more than {most:,} bytes", {"Connection": "close"})
    told = headers.get(b"content-length", "0")
    if told.isdecimal() and len(told) < 20 and int(told) > most:
        raise large
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        part, more = message.get("body", b""), message.get("more_body", False)
        size += len(part)
        if size > most:
            raise large
        parts.append(part)
    return b"".join(parts)


def _refused(refusal: Refusal, rule: Rule) -> Reply:
    """Return a refusal: a sentence for AuthZEN, a problem (RFC 9457) for the native API."""
    if rule.is_authzen:
        return Reply(refusal.message, refusal.status, "text/plain", refusal.headers)
    problem = {"type": "about:blank", "status": refusal.status, "detail": refusal.message}
    return Reply(problem, refusal.status, "application/problem+json", refusal.headers)


class Gate:
    """Bounds the time of each request, gives it an id, counts it and logs it; a fault of ours ends in a bare 500."""

    def __init__(self, app: App, service: Service) -> None:
        """Stand before `app`."""
        self.app, self.service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == REQUEST_ID), b"")
        echoed = given if 0 < len(given) <= LONGEST_ID and _VISIBLE.fullmatch(given) else b""
        own = b"" if echoed else str(uuid.uuid4()).encode("ascii")
        note = Note(id=(own or (echoed if _UUID.fullmatch(echoed) else b"")).decode("ascii"))
        scope[NOTE] = note
        status, began, metrics = 0, wall(), self.service.metrics

        async def sending(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (REQUEST_ID, echoed or own)]
            await send(message)

        metrics.in_progress += 1
        fault = ""
        try:
            async with asyncio.timeout(self.service.limits.seconds):
                await self.app(scope, receive, sending)
        except TimeoutError:
            fault = "timeout"
            if not status:
                await _bare(sending, 408 if note.reading else 503)
        except Exception as error:  # whatever it is, nothing is let pass, and what it says may hold what was asked
            fault = type(error).__name__
            if not status and not isinstance(error, ClientGoneError):
                await _bare(sending, 500)
        finally:
            metrics.in_progress -= 1
            took = wall() - began
            metrics.answered(note.route, status, took)
            if self.service.log is not None:
                self.service.log(_line(scope, note, status, took, fault))


async def _bare(send: Send, status: int) -> None:
    text = {408: b"the body took too long", 503: b"the answer took too long"}.get(status, b"a fault of the server")
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    headers.append((b"content-length", str(len(text)).encode("ascii")))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def _line(scope: Scope, note: Note, status: int, took: float, fault: str) -> dict[str, Any]:
    """Return what is logged of a request: its route, never its path, query, body or address."""
    line = {
        "event": "request",
        "request": note.id,
        "method": scope["method"] if scope["method"] in ("GET", "POST") else "other",
        "route": note.route,
        "status": status,
        "ms": round(took * 1000, 3),
        "token": note.token,
        "outcomes": {one: note.outcomes.count(one) for one in sorted(set(note.outcomes))},
        "row": note.row,
        "fault": fault,
    }
    return {key: value for key, value in line.items() if value not in ("", None, {})}
