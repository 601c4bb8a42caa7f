"""Who may come to the page: signing in and out, pages of other sites, what the server tells a browser to load."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("nicegui", reason="needs the extra: pip install 'alpr-policy[web]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

import httpx
from tests.adapters.cli_kit import run
from tests.page.browser_kit import page_server


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, list[Any]]]:
    """Give a server with tokens: its address, a token, and the lines of its log."""
    tokens = tmp_path_factory.mktemp("guarded") / "tokens.json"
    token = run("token", "new", "--tokens", str(tokens), "--scope", "decide").stdout.strip()
    with page_server("--tokens", str(tokens)) as (url, lines):
        yield url, token, lines


def test_nobody_is_let_in_by_a_wrong_token(guarded: tuple[str, str, list[Any]]) -> None:
    """A wrong token brings back the form, without a cookie; nothing of it is written in the log."""
    url, _, lines = guarded
    with httpx.Client(base_url=url, trust_env=False) as client:
        wrong = "alpr_0123456789ab_" + "0" * 64
        answer = client.post("/page/sign-in", data={"token": wrong})
        assert (303, "/page/?refused=401") == (answer.status_code, answer.headers["location"])
        assert "set-cookie" not in answer.headers
        assert "Sign in" in client.get("/page/").text
    assert wrong not in str(lines)


def test_a_visit_begins_with_a_token_and_ends(guarded: tuple[str, str, list[Any]]) -> None:
    """The cookie is for this page, and no script or other site can use it; after signing out it opens nothing."""
    url, token, lines = guarded
    with httpx.Client(base_url=url, trust_env=False) as client:
        cookie = client.post("/page/sign-in", data={"token": token}).headers["set-cookie"]
        assert {"HttpOnly", "Path=/page", "SameSite=strict"} <= {one.strip() for one in cookie.split(";")}
        assert "Facts that these policies read" in client.get("/page/").text
        word = client.cookies["alpr_policy_page"]
        assert 303 == client.post("/page/sign-out").status_code
        again = client.get("/page/", headers={"Cookie": f"alpr_policy_page={word}"})
        assert "Facts that these policies read" not in again.text
    assert token not in str(lines) and word not in str(lines)


def test_pages_of_other_sites_are_kept_out(served: str) -> None:
    """Without tokens the page answers to names of this machine alone, and to no form or socket of another site."""
    with httpx.Client(base_url=served, trust_env=False) as client:
        assert 200 == client.get("/page/").status_code
        assert 403 == client.get("/page/", headers={"Host": "elsewhere.example"}).status_code
        assert 403 == client.post("/page/sign-out", headers={"Origin": "https://elsewhere.example"}).status_code
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
        socket = "/page/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
        for origin in ({}, {"Origin": "https://elsewhere.example"}):
            assert 403 == client.get(socket, headers={**upgrade, **origin}).status_code


def test_a_browser_is_told_to_load_nothing_from_elsewhere(served: str) -> None:
    """Every page says that it may not be framed, and that everything comes from the server itself."""
    told = httpx.get(f"{served}/page/", trust_env=False).headers
    assert "DENY" == told["x-frame-options"]
    assert "default-src 'self'" in told["content-security-policy"]


def test_the_page_is_served_by_one_process(tmp_path: Path) -> None:
    """Several workers and a page do not go together, and the command says so before it listens."""
    done = run("serve", "--open", "--page", "--workers", "2", "--profile", "waltham")
    assert "the page is served by one process" in done.stderr
