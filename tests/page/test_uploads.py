"""The bound on what a browser sends: what says that it is too large is refused, and what does not is cut off."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

pytest.importorskip("nicegui", reason="needs the extra: pip install 'alpr-policy[web]'")

from alpr_policy_adapters.web import mount
from alpr_policy_adapters.web.mount import Door


def sent(*parts: bytes, length: str | None = None) -> tuple[list[Any], list[Any]]:
    """Send a body in parts through the door; return what the page got and what the browser was told."""
    headers = [(b"host", b"localhost"), *([(b"content-length", length.encode())] if length is not None else [])]
    scope = {"type": "http", "headers": headers}
    waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    got: list[Any] = []
    answered: list[Any] = []

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        answered.append(message)

    async def page(scope: Any, receive: Any, send: Any) -> None:
        got.extend([await receive() for _ in parts])

    with ThreadPoolExecutor(1) as pool:  # the browser of other tests may run a loop in this thread
        pool.submit(asyncio.run, Door(page, is_open=True)(scope, receive, send)).result()
    return got, answered


def test_a_body_that_is_too_large_goes_no_further_than_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """A length that is told is refused before a byte is read; one that is not ends when it has been too much."""
    monkeypatch.setattr(mount, "MOST_BODY", 10)
    assert ["http.request"] * 2 == [one["type"] for one in sent(b"12345", b"67890", length="10")[0]]
    assert ["http.request", "http.disconnect"] == [one["type"] for one in sent(b"12345", b"678901")[0]]
    for length in ("11", "-1", "ten", "9" * 40):
        got, answered = sent(b"12345", length=length)
        assert ([], 413) == (got, answered[0]["status"])
