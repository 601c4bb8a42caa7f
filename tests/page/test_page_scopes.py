"""What a token opens at the page: a tab that is not for it says so in its place, and stands not among the others."""

from __future__ import annotations

import html
from collections.abc import Iterator

import pytest

pytest.importorskip("nicegui", reason="needs the extra: pip install 'alpr-policy[web]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

import httpx
from tests.adapters.cli_kit import run
from tests.page.browser_kit import page_server


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """Give a server with a token for each of two scopes."""
    tokens = tmp_path_factory.mktemp("scopes") / "tokens.json"
    made = {
        scope: run("token", "new", "--tokens", str(tokens), "--scope", scope).stdout.strip()
        for scope in ("decide", "approve")
    }
    with page_server("--tokens", str(tokens)) as (url, _):
        yield url, made


@pytest.mark.parametrize(
    ("path", "scope", "told"),
    [
        ("/page/compare", "approve", "this token does not have the scope `decide`"),
        ("/page/write", "decide", "this token does not have the scope `author`"),
    ],
)
def test_a_tab_that_is_not_for_a_token_says_so(
    words: tuple[str, dict[str, str]], path: str, scope: str, told: str
) -> None:
    """Whoever asks for a tab by its address alone reads which scope is missing, and nothing else of it."""
    url, made = words
    with httpx.Client(base_url=url, trust_env=False) as client:
        client.post("/page/sign-in", data={"token": made[scope]})
        text = client.get(path).text
    assert told in html.unescape(text).replace("&#96;", "`")
    assert f'\\"{path}\\"' not in text and f'"{path}"' not in text
    assert "m-subject" not in text and "m-draft" not in text
