"""A guard around an ASGI application, whatever framework it is written with: refusals become answers."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qsl

from alpr_policy_adapters.guard.guarding import Guard
from alpr_policy_adapters.guard.permits import PROBLEM, GuardError, NotPermittedError, Permit, UnmetError
from alpr_policy_adapters.guard.requiring import GUARD, REFUSAL, SCOPE, noted

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
MOST_BODY: Final = 1_000_000
HIDDEN: Final = 500


class HttpRequest:
    """A request as the middleware sees it, before any framework does."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        """See a request; the body that is read here is there for the application as well."""
        self.scope, self._receive = scope, receive
        self._taken: list[Message] = []

    @property
    def method(self) -> str:
        """Return the method, in capitals."""
        return str(self.scope["method"]).upper()

    @property
    def path(self) -> str:
        """Return the path, below that at which the application is mounted."""
        path, root = str(self.scope["path"]), str(self.scope.get("root_path", ""))
        return path.removeprefix(root) if root and path.startswith(f"{root}/") else path

    @property
    def query(self) -> dict[str, str]:
        """Return the words of the query; raises NotPermittedError where one stands twice."""
        return _once(parse_qsl(self.scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))

    def header(self, name: str) -> str:
        """Return a header, empty where there is none; raises NotPermittedError where it stands twice."""
        wanted = name.lower().encode("latin-1")
        told = [(name, value.decode("latin-1")) for key, value in self.scope["headers"] if key == wanted]
        return str(_once(told).get(name, ""))

    async def body(self, most: int = MOST_BODY) -> bytes:
        """Return the body; raises NotPermittedError for more than `most` bytes, and where the caller went away."""
        size, more = sum(len(one.get("body", b"")) for one in self._taken), not self._is_whole()
        while more:
            message = await self._receive()
            self._taken.append(message)
            size += len(message.get("body", b""))
            if message["type"] != "http.request" or size > most:
                raise NotPermittedError("the body cannot be read, or is too large to be judged")
            more = message.get("more_body", False)
        return b"".join(one.get("body", b"") for one in self._taken)

    async def json(self, most: int = MOST_BODY) -> Any:
        """Return the body as JSON; raises NotPermittedError for one that is none, or has a key twice."""
        try:
            return json.loads(await self.body(most), object_pairs_hook=_once)
        except (ValueError, RecursionError):
            raise NotPermittedError("the body is not JSON, so nothing can be said of the act") from None

    def _is_whole(self) -> bool:
        return bool(self._taken) and not self._taken[-1].get("more_body", False)

    async def receive(self) -> Message:
        """Give the application what was read here, and then what comes."""
        return self._taken.pop(0) if self._taken else await self._receive()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return pairs by name. Of two the application might take the other one, so nothing is judged by either."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotPermittedError("something stands twice in the request, so nothing can be said of the act")
    return found


class PolicyMiddleware:
    """Stands around an application, so that `@requires` finds the guard and its refusals become answers.

    With `acts` and `facts` it guards whole requests of an application that nothing was written into: `acts` says which
    act a request is, None for one that is none, and `facts` what is known of it; either may be a coroutine function.
    """

    def __init__(
        self,
        app: App,
        *,
        guard: Guard,
        acts: Callable[[HttpRequest], Any] | None = None,
        facts: Callable[[HttpRequest], Any] | None = None,
    ) -> None:
        """Stand around `app`."""
        self.app, self.guard, self.acts, self.facts = app, guard, acts, facts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._other(scope, receive, send)
            return
        answering = _Answering(self.guard, scope, send)
        tokens = GUARD.set(self.guard), SCOPE.set(scope)
        try:
            request = HttpRequest(scope, receive)
            answering.permit = await self._entered(request)
            await self.app(scope, request.receive, answering.send)
            await answering.finish()
        except GuardError as error:
            await answering.refuse(error)
        except Exception:
            # It is not known that nothing was done.
            await answering.finish()
            raise
        except BaseException:
            if answering.permit is not None:
                self.guard.broken_off(answering.permit.afterwards)
            raise
        finally:
            GUARD.reset(tokens[0])
            SCOPE.reset(tokens[1])

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let events of the server pass. What is no HTTP request is no act that `acts` could name, so it does not."""
        if scope["type"] == "lifespan" or self.acts is None:
            tokens = GUARD.set(self.guard), SCOPE.set(scope)
            try:
                await self.app(scope, receive, send)
            finally:
                GUARD.reset(tokens[0])
                SCOPE.reset(tokens[1])
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "not permitted"})

    async def _entered(self, request: HttpRequest) -> Permit | None:
        action = await _given(self.acts, request) if self.acts is not None else None
        if action is None:
            return None
        told = await _given(self.facts, request) if self.facts is not None else {}
        return noted(await self.guard.enter_async(action, told))


async def _given(ask: Callable[[HttpRequest], Any], request: HttpRequest) -> Any:
    given = ask(request)
    return await given if inspect.isawaitable(given) else given


class _Answering:
    """The answer on its way: held up at its beginning until what follows the act was seen to."""

    def __init__(self, guard: Guard, scope: Scope, send: Send) -> None:
        self.guard, self._scope, self._send = guard, scope, send
        self.permit: Permit | None = None
        self._has_begun = self._is_spoilt = False

    async def send(self, message: Message) -> None:
        """Pass on a message; before the first one, see to what follows unless the application says nothing was done."""
        if self._is_spoilt:
            return
        if message["type"] == "http.response.start":
            hidden = self._scope.get(REFUSAL)
            if message["status"] == HIDDEN and hidden is not None:
                # A framework that knows no guard took its refusal for a defect.
                self._is_spoilt = True
                await self._problem(hidden)
                return
            if not 400 <= message["status"] < 500:
                try:
                    await self.finish()
                except UnmetError as error:
                    self._is_spoilt = True
                    await self._problem(error)
                    return
            self.permit, self._has_begun = None, True
        await self._send(message)

    async def finish(self) -> None:
        """See to what follows the act, once; raises UnmetError."""
        permit, self.permit = self.permit, None
        if permit is not None:
            await self.guard.leave_async(permit)

    async def refuse(self, error: GuardError) -> None:
        """Answer with a refusal; raises it where an answer has begun already, which then breaks off."""
        if self._has_begun:
            raise error
        if not self._is_spoilt:
            await self._problem(error)

    async def _problem(self, error: GuardError) -> None:
        data = json.dumps(error.problem(), separators=(",", ":")).encode("ascii")
        headers = [(b"content-type", PROBLEM.encode("ascii")), (b"content-length", b"%d" % len(data))]
        headers.append((b"cache-control", b"no-store"))
        await self._send({"type": "http.response.start", "status": error.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": data})
