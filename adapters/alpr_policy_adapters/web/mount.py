"""Adding the page to the server: its routes under `/page`, the door before them, coming in and going out."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from alpr_policy_adapters.http import Refusal, Service
from alpr_policy_adapters.http.app import NOTE
from alpr_policy_adapters.http.running import write_line
from alpr_policy_adapters.web.desk import Tools
from alpr_policy_adapters.web.extras import require
from alpr_policy_adapters.web.visits import COOKIE, LONGEST, Visits, cookie_of

PATH: Final = "/page"
LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})
MOST_FORM: Final = 4_096
MOST_BODY: Final = 51_000_000
"""Bytes of any body under the page: an upload of 50 MB, with what stands around it."""
RECONNECT: Final = 30.0
"""Seconds for which a browser that fell silent keeps its page: long enough for a busy machine and a bad connection."""
ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#1d4e89" '
    'd="M12 2 4 5v6c0 5 3.4 9.4 8 11 4.6-1.6 8-6 8-11V5z"/><path fill="none" stroke="#fff" '
    'stroke-width="2" d="m8 12 3 3 5-6"/></svg>'
)
HEADERS: Final = (
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    # The framework compiles its templates in the browser, which takes 'unsafe-eval'; nothing comes from elsewhere.
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        b"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; form-action 'self'; "
        b"frame-ancestors 'none'; base-uri 'self'; object-src 'none'",
    ),
)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def attach(app: Any, service: Service, tools: Tools) -> None:
    """Add the page to the framework's application; raises MissingExtraError. One process serves one page."""
    require("the page", "nicegui")
    from nicegui import app as pages
    from nicegui import ui
    from starlette.routing import Route

    from alpr_policy_adapters.web.frame import add_pages

    visits = Visits(service)
    quiet = logging.getLogger("nicegui")
    quiet.setLevel(logging.CRITICAL)  # it writes whole tracebacks, which hold what was asked
    pages.on_exception(lambda error: write_line({"event": "page-fault", "fault": type(error).__name__}))
    add_pages(service, visits, tools)
    pages.router.routes[:0] = [
        Route("/sign-in", SignIn(visits), methods=["POST"]),
        Route("/sign-out", SignOut(visits), methods=["POST"]),
    ]
    pages.add_middleware(Door, is_open=visits.is_open)
    ui.run_with(
        app, mount_path=PATH, title="alpr-policy", favicon=ICON, dark=None, language="en-US",
        reconnect_timeout=RECONNECT, show_welcome_message=False,
    )  # fmt: skip
    app.add_route("/", _to_page, methods=["GET"])


async def _to_page(_: Any) -> Any:
    from starlette.responses import RedirectResponse

    return RedirectResponse(f"{PATH}/")


class Door:
    """Stands before every page and socket: whose browser may come in, and what it is told of where to load from."""

    def __init__(self, app: App, *, is_open: bool) -> None:
        """Stand before `app`; an open server answers to the names of this machine alone."""
        self.app, self.is_open = app, is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request or socket through."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        if NOTE in scope:
            scope[NOTE].route = PATH
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        if not self._may(host, headers.get(b"origin", ""), socket=scope["type"] == "websocket"):
            await _closed(scope, receive, send)
            return
        if not _fits(headers.get(b"content-length", "0")):
            await _closed(scope, receive, send, 413, b"this is too large")
            return
        came = 0

        async def receiving() -> Any:
            nonlocal came
            message = await receive()
            if message["type"] == "http.request":
                came += len(message.get("body", b""))
            return message if came <= MOST_BODY else {"type": "http.disconnect"}

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        await self.app(scope, receiving, sending)

    def _may(self, host: str, origin: str, *, socket: bool) -> bool:
        """Say whether a page of ours asks: another site's must not, even where the name it uses leads here."""
        if self.is_open and (urlsplit(f"//{host}").hostname or "") not in LOCAL:
            return False
        if not origin:
            return not socket
        return urlsplit(origin).netloc == host


def _fits(length: str) -> bool:
    """Say whether a body may be as long as it says; one that says nothing is counted as it comes."""
    return length.isascii() and length.isdecimal() and len(length) < 12 and int(length) <= MOST_BODY


async def _closed(
    scope: Scope, receive: Receive, send: Send, status: int = 403, text: bytes = b"this page is not for other sites"
) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    kind = (b"content-type", b"text/plain; charset=utf-8")
    await send(
        {"type": "http.response.start", "status": status, "headers": [kind, (b"content-length", b"%d" % len(text))]}
    )
    await send({"type": "http.response.body", "body": text})


class SignIn:
    """Takes a token from the form, and gives the browser a cookie in its place."""

    def __init__(self, visits: Visits) -> None:
        """Let in as `visits` do."""
        self.visits = visits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one form."""
        from starlette.requests import Request
        from starlette.responses import RedirectResponse

        request = Request(scope, receive)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MOST_FORM:
                break
        token = parse_qs(body[:MOST_FORM].decode("latin-1")).get("token", [""])[0]
        address = request.client.host if request.client is not None else ""
        try:
            word = self.visits.begin(token, address)
        except Refusal as refusal:
            await RedirectResponse(f"{PATH}/?refused={refusal.status}", 303)(scope, receive, send)
            return
        answer = RedirectResponse(f"{PATH}/", 303)
        answer.set_cookie(COOKIE, word, max_age=int(LONGEST), path=PATH, httponly=True, samesite="strict",
                          secure=request.url.scheme == "https")  # fmt: skip
        await answer(scope, receive, send)


class SignOut:
    """Ends a visit."""

    def __init__(self, visits: Visits) -> None:
        """End those of `visits`."""
        self.visits = visits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one form."""
        from starlette.requests import Request
        from starlette.responses import RedirectResponse

        self.visits.end(cookie_of(Request(scope).headers))
        answer = RedirectResponse(f"{PATH}/", 303)
        answer.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")
        await answer(scope, receive, send)
