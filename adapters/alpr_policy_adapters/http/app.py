"""The ASGI application: routes, and around them the gate that bounds, counts and logs every request."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from random import getrandbits
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
READ: Final = frozenset(
    {b"authorization", b"content-type", b"content-length", b"transfer-encoding", b"idempotency-key"}
)
NOBODY: Final = Caller("", frozenset(), ())
NO_WORDS: Final[Mapping[str, str]] = {}
JSON: Final = b"application/json"
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
    # A path without words in it is found at once; the framework would try one route after the other.
    straight: dict[tuple[str, str], App] = {
        (rule.method, rule.path): Gate(Endpoint(service, rule), service, straight=True)
        for rule in ROUTES
        if "{" not in rule.path
    }

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        known = None
        if scope["type"] == "http" and not scope.get("root_path"):
            known = straight.get((scope["method"], scope["path"]))
        await (known or made)(scope, receive, send)

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
        kind = JSON
        if reply.kind != "application/json":
            kind = (f"{reply.kind}; charset=utf-8" if reply.kind == "text/plain" else reply.kind).encode("ascii")
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(data)), (REQUEST_ID, note.told)]
        if reply.headers:
            headers += [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in reply.headers.items()]
        note.status = reply.status
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
            _readable(service.limits.body, rule, headers)
            message = await receive()
            whole = message["type"] == "http.request" and not message.get("more_body", False)
            data = message.get("body", b"") if whole else await _rest(message, service.limits.body, receive)
            if len(data) > service.limits.body:
                raise _large(service.limits.body)
            body = read_object(data) if data or not rule.may_be_empty else {}
            note.reading = False
        query = (
            dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
            if scope["query_string"]
            else {}
        )
        key = headers.get(b"idempotency-key")
        call = Call(caller, body, scope.get("path_params", NO_WORDS), query, note, deadline, key)
        wished = rule.single(service, call) if rule.single is not None and service.gathering is not None else None
        if wished is not None and service.gathering is not None:
            wish, finish = wished
            reply = finish(await service.gathering.decided(wish))
        elif rule.waits(service, body):
            reply = await asyncio.get_running_loop().run_in_executor(service.pool, rule.handler, service, call)
        else:
            reply = rule.handler(service, call)
        return reply if isinstance(reply, Reply) else Reply(reply)


def _headers(scope: Scope) -> dict[bytes, str]:
    """Return the headers that a route reads."""
    return {name: str(value, "latin-1") for name, value in scope["headers"] if name in READ}


def _readable(most: int, rule: Rule, headers: Mapping[bytes, str]) -> None:
    """Raise Refusal for a body that by its head is not JSON, or too large."""
    kind = headers.get(b"content-type", "")
    bare = rule.may_be_empty and not kind and headers.get(b"content-length", "0") == "0"
    if not bare and kind != "application/json" and kind.partition(";")[0].strip().lower() != "application/json":
        # AuthZEN knows no 415, and its certification asks for 400.
        raise Refusal(400 if rule.is_authzen else 415, "the body must be application/json")
    told = headers.get(b"content-length", "0")
    if b"transfer-encoding" in headers and b"content-length" in headers:
        # Whoever passed the request on may have taken the other for where it ends.
        raise Refusal(400, "a body has a length or comes in chunks", {"Connection": "close"})
    if told.isdecimal() and len(told) < 20 and int(told) > most:
        raise _large(most)


async def _rest(message: Any, most: int, receive: Receive) -> bytes:
    """Read a body that comes in parts and is not too large; raises Refusal."""
    parts, size = [], 0
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise _large(most)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)
        message = await receive()


def _large(most: int) -> Refusal:
    return Refusal(413, f"the body has more than {most:,} bytes", {"Connection": "close"})


def _refused(refusal: Refusal, rule: Rule) -> Reply:
    """Return a refusal: a sentence for evaluations and searches of AuthZEN, else a problem (RFC 9457)."""
    if rule.tells_sentences:
        return Reply(refusal.message, refusal.status, "text/plain", refusal.headers)
    problem = {"type": refusal.kind, "status": refusal.status, "detail": refusal.message}
    return Reply(problem, refusal.status, "application/problem+json", refusal.headers)


class Gate:
    """Bounds the time of each request, gives it an id, counts it and logs it; a fault of ours ends in a bare 500."""

    def __init__(self, app: App, service: Service, *, straight: bool = False) -> None:
        """Stand before `app`, which tells status and id itself where it is one `straight` endpoint."""
        self.app, self.service, self.straight = app, service, straight

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope[NOTE] = note = _note(scope["headers"])
        began, metrics, fault = wall(), self.service.metrics, ""
        metrics.in_progress += 1
        bound = _Bound(self.service.limits.seconds)
        try:
            await self.app(scope, receive, send if self.straight else _telling(note, send))
        except asyncio.CancelledError:
            if not bound.is_over():
                raise
            fault = "timeout"
            if not note.status:
                await _bare(note, send, 408 if note.reading else 503)
        except Exception as error:  # whatever it is, nothing is let pass, and what it says may hold what was asked
            fault = type(error).__name__
            if not note.status and not isinstance(error, ClientGoneError):
                await _bare(note, send, 500)
        finally:
            bound.timer.cancel()
            metrics.in_progress -= 1
            took = wall() - began
            metrics.answered(note.route, note.status, took)
            if self.service.log is not None:
                self.service.log(_line(scope, note, took, fault))


class _Bound:
    """Ends the task in which it is made after some seconds, as `asyncio.timeout` does at three times the cost."""

    __slots__ = ("_before", "_over", "_task", "timer")

    def __init__(self, seconds: float) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task, self._before, self._over = task, task.cancelling(), False
        self.timer = asyncio.get_running_loop().call_later(seconds, self._end)

    def _end(self) -> None:
        self._over = True
        self._task.cancel()

    def is_over(self) -> bool:
        """Say whether the time is what ended it, and nobody else; the task goes on then."""
        return self._over and self._task.uncancel() <= self._before


def _note(headers: Iterable[tuple[bytes, bytes]]) -> Note:
    """Return what is noted of a request: its id as it is told again, and in the log where it can hold nothing."""
    for name, value in headers:
        if name == REQUEST_ID:
            if 0 < len(value) <= LONGEST_ID and _VISIBLE.fullmatch(value):
                return Note(id=value.decode("ascii") if _UUID.fullmatch(value) else "", told=value)
            break
    # As `uuid.uuid4` writes it; it is no secret.
    text = f"{getrandbits(128):032x}"
    made = f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[int(text[16], 16) & 3]}{text[17:20]}-{text[20:]}"
    return Note(id=made, told=made.encode("ascii"))


def _telling(note: Note, send: Send) -> Send:
    """Return what sends answers that the framework gives itself, which know of no id."""

    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start" and not note.status:
            note.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (REQUEST_ID, note.told)]
        await send(message)

    return sending


async def _bare(note: Note, send: Send, status: int) -> None:
    note.status = status
    text = {408: b"the body took too long", 503: b"the answer took too long"}.get(status, b"a fault of the server")
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"), (REQUEST_ID, note.told)]
    headers.append((b"content-length", str(len(text)).encode("ascii")))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def _line(scope: Scope, note: Note, took: float, fault: str) -> dict[str, Any]:
    """Return what is logged of a request: its route, never its path, query, body or address."""
    line = {
        "event": "request",
        "request": note.id,
        "method": scope["method"] if scope["method"] in ("GET", "POST") else "other",
        "route": note.route,
        "status": note.status,
        "ms": round(took * 1000, 3),
        "token": note.token,
        "outcomes": {one: note.outcomes.count(one) for one in sorted(set(note.outcomes))},
        "row": note.row,
        "fault": fault,
    }
    return {key: value for key, value in line.items() if value not in ("", None, {})}
