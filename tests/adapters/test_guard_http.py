"""The guard in endpoints and around whole applications: refusals become answers, and what follows comes first."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

import httpx
from tests.adapters.client_kit import LOCAL
from tests.adapters.guard_kit import BAD, GOOD, LATER, Diary, guarded

from alpr_policy_adapters.guard import (
    PERMITS,
    HttpRequest,
    PolicyMiddleware,
    after,
    requires,
)


def sent(app: Any, method: str, path: str, **more: Any) -> httpx.Response:
    """Send one request to an application."""

    async def sending() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=LOCAL) as client:
            return await client.request(method, path, **more)

    return asyncio.run(sending())


def starlette(diary: Diary, *, is_outside: bool, **perform: Any) -> Any:
    """Return an application of endpoints that are guarded, with the middleware inside or around it."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    def of(request: Any) -> Any:
        return {"good": GOOD, "later": LATER, "bad": BAD}[request.path_params["facts"]]

    @requires("search.run", facts=of)
    async def search(request: Any) -> Any:
        diary.append("act")
        return JSONResponse([one.action for one in request.scope[PERMITS]])

    @requires("search.run", facts=of)
    def waiting(request: Any) -> Any:
        diary.append("act")
        return JSONResponse({})

    routes = [Route("/search/{facts}", search), Route("/waiting/{facts}", waiting)]
    guard = guarded(**perform)
    if is_outside:
        return PolicyMiddleware(Starlette(routes=routes), guard=guard)
    return Starlette(routes=routes, middleware=[Middleware(PolicyMiddleware, guard=guard)])


@pytest.mark.parametrize("is_outside", [True, False])
@pytest.mark.parametrize(
    ("path", "status", "ran"),
    [
        ("/search/good", 200, ["act"]),
        ("/search/later", 200, ["act", "saw to log_entry"]),
        ("/search/bad", 403, []),
        ("/waiting/good", 200, ["act"]),
        ("/waiting/bad", 403, []),
        ("/elsewhere", 404, []),
    ],
)
def test_endpoints(is_outside: bool, path: str, status: int, ran: list[str]) -> None:
    """Endpoints run only with a permit, which stands on the scope; a refusal is a problem with the reasons."""
    diary = Diary()
    answer = sent(starlette(diary, is_outside=is_outside, log_entry=diary.handler("saw to")), "GET", path)

    assert (status, ran) == (answer.status_code, diary)
    if status == 403:
        told = answer.json()
        assert "application/problem+json" == answer.headers["content-type"]
        assert ("deny", ["III"], 403) == (told["outcome"], told["reasons"][0]["cite"], told["status"])
        assert "Only sworn officers search" in told["detail"]
    elif path == "/search/good":
        assert ["search.run"] == answer.json()


@pytest.mark.parametrize("is_outside", [True, False])
def test_an_endpoint_whose_duty_fails(is_outside: bool) -> None:
    """Where something that must follow fails the caller is told so, and not that all is well."""
    diary = Diary()
    app = starlette(diary, is_outside=is_outside, log_entry=diary.handler("fails", ValueError("TEST01")))
    answer = sent(app, "GET", "/search/later")

    assert (500, ["act", "fails log_entry"]) == (answer.status_code, diary)
    assert "log_entry" == answer.json()["obligations"][0]["task"]
    assert "TEST01" not in answer.text


def test_fastapi() -> None:
    """Endpoints of FastAPI keep their parameters, of which the facts are made."""
    fastapi = pytest.importorskip("fastapi", reason="FastAPI is not installed; nothing of ours needs it")
    diary = Diary()
    app = fastapi.FastAPI()

    @app.post("/searches")
    @requires("search.run", facts=lambda purpose, reason=None: {**GOOD, "purpose": purpose, "reason.recorded": reason})
    def search(purpose: str, reason: bool | None = None) -> dict[str, str]:
        diary.append("act")
        return {"found": purpose}

    app.add_middleware(PolicyMiddleware, guard=guarded())
    asked: list[dict[str, Any]] = [
        {"purpose": "criminal_investigation", "reason": True},
        {"purpose": "personal", "reason": True},
        {},
    ]

    assert [200, 403, 422] == [sent(app, "POST", "/searches", params=one).status_code for one in asked]
    assert ["act"] == diary


def plain(diary: Diary, status: int = 200, error: Exception | None = None) -> Any:
    """Return an application without a framework."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        diary.append(f"act {message['body'].decode()}")
        if error is not None:
            raise error
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    return app


async def facts_of(request: HttpRequest) -> Any:
    """Return the facts that a body holds."""
    return {**LATER, **await request.json()}


@pytest.mark.parametrize(
    ("status", "error", "body", "expected"),
    [
        (200, None, b"{}", (200, ["act {}", "saw to log_entry"])),
        (302, None, b"{}", (302, ["act {}", "saw to log_entry"])),
        (409, None, b"{}", (409, ["act {}"])),
        (500, None, b"{}", (500, ["act {}", "saw to log_entry"])),
        (200, KeyError("x"), b"{}", (500, ["act {}", "saw to log_entry"])),
        (200, None, b'{"requester.sworn": false}', (403, [])),
        (200, None, b"{", (403, [])),
        (200, None, b'{"requester.sworn": true, "requester.sworn": false}', (403, [])),
        (200, None, b"[1]", (500, [])),
        (200, None, b'{"x": "' + b"y" * 1_000_001 + b'"}', (403, [])),
    ],
)
def test_whole_requests(status: int, error: Any, body: bytes, expected: Any) -> None:
    """A whole application is guarded by act and facts; what follows is left out only where it says nothing was done."""
    diary = Diary()
    guard = guarded(log_entry=diary.handler("saw to"))
    app = PolicyMiddleware(plain(diary, status, error), guard=guard, acts=lambda _: "search.run", facts=facts_of)
    answer = sent(app, "POST", "/anything", content=body)

    assert expected == (answer.status_code, diary)


def test_what_stands_twice_is_not_judged() -> None:
    """A word of the query or a header that stands twice might be read otherwise by the application: nothing runs."""
    diary = Diary()

    def facts(request: HttpRequest) -> Any:
        return {**GOOD, "purpose": request.query["purpose"], "case.number": request.header("X-Case")}

    app = PolicyMiddleware(plain(diary), guard=guarded(), acts=lambda _: "search.run", facts=facts)
    good, twice = "/?purpose=criminal_investigation", "/?purpose=criminal_investigation&purpose=personal"
    headers = [("X-Case", "1"), ("X-Case", "2")]

    assert 200 == sent(app, "POST", good, headers=headers[:1]).status_code
    assert [403, 403] == [sent(app, "POST", twice).status_code, sent(app, "POST", good, headers=headers).status_code]
    assert ["act "] == diary


def test_a_request_that_is_no_act() -> None:
    """What is no act passes, and gets its body; what follows an act comes before the first byte of its answer."""
    diary = Diary()

    def acts(request: HttpRequest) -> str | None:
        return "search.run" if (request.method, request.path) == ("POST", "/search") else None

    guard = guarded(log_entry=after(diary.handler("fails", ValueError("x"))))
    app = PolicyMiddleware(plain(diary), guard=guard, acts=acts, facts=facts_of)

    assert (200, "done") == ((answer := sent(app, "POST", "/health", content=b"x")).status_code, answer.text)
    unmet = sent(app, "POST", "/search", content=b"{}")
    assert (500, "done, but not what must follow") == (unmet.status_code, unmet.json()["title"])
    assert ["act x", "act {}", "fails log_entry"] == diary


def test_a_socket_is_closed_where_whole_requests_are_guarded() -> None:
    """A web socket, which is no request that could be named, is not let through; events of the server are."""
    seen: list[str] = []
    said: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        said.append(message["type"])

    async def both(**more: Any) -> None:
        around = PolicyMiddleware(app, guard=guarded(), **more)
        for kind in ("lifespan", "websocket"):
            await around({"type": kind}, receive, send)

    asyncio.run(both(acts=lambda _: None))
    assert (["lifespan"], ["websocket.close"]) == (seen, said)
    asyncio.run(both())
    assert ["lifespan", "lifespan", "websocket"] == seen
