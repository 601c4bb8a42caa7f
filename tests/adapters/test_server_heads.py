"""What comes before and behind the body of a request: boundless, ambiguous or strange, by both readers of HTTP."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="needs the extra: pip install 'alpr-policy[server]'")
pytest.importorskip("httpx", reason="needs the extra: pip install 'alpr-policy[client]'")

from tests.adapters.http_kit import service

from alpr_policy_adapters.http import application
from alpr_policy_adapters.http.heads import MOST_HEAD, protocol

SECONDS = 20
BODY = json.dumps({"subject": {"type": "user", "id": "bob"}, "action": {"name": "search.run"},
                   "resource": {"type": "plate", "id": "TEST01"}}).encode()  # fmt: skip
POST = b"POST /access/v1/evaluation HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
WHOLE = POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n"
CHUNK = b"%x\r\n%s\r\n0\r\n" % (len(BODY), BODY)
GET = b"GET /health HTTP/1.1\r\nHost: x\r\n"
LAST = GET + b"Connection: close\r\n\r\n"


@contextmanager
def serving(reader: Any) -> Iterator[int]:
    """Serve in a thread with a reader of HTTP; give the port."""
    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            application(service()),
            log_config=None,
            access_log=False,
            ws="none",
            http=reader,
            h11_max_incomplete_event_size=MOST_HEAD,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(SECONDS)


@pytest.fixture(scope="module", params=["h11", "httptools"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """Serve with one of the readers; give the port."""
    reader = "h11" if request.param == "h11" else protocol()
    if request.param == "httptools" and reader == "h11":
        pytest.skip("httptools is not installed")
    with serving(reader) as found:
        yield found


def sent(port: int, *parts: bytes, pause: float = 0.0) -> tuple[list[bytes], int]:
    """Send parts, then a last request, until the server closes; return the statuses, and how many bytes were sent."""
    told, said = 0, b""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        with suppress(ConnectionError):
            for part in (*parts, LAST):
                connection.sendall(part)
                told += len(part)
                time.sleep(pause)
        with suppress(ConnectionError):
            while part := connection.recv(65_536):
                said += part
    return re.findall(rb"HTTP/1\.[01] (\d{3}) ", said), told


def test_what_is_in_order_is_answered(port: int) -> None:
    """A body by its length, a body in chunks, two requests one behind the other: each has its answer."""
    assert [b"200"] * 2 == sent(port, WHOLE)[0]
    assert [b"200"] * 2 == sent(port, CHUNKED + b"\r\n" + CHUNK + b"\r\n")[0]
    assert [b"200"] * 3 == sent(port, GET + b"\r\n" + GET + b"\r\n")[0]
    assert [b"200"] * 2 == sent(port, *(WHOLE[at : at + 7] for at in range(0, len(WHOLE), 7)))[0]
    assert [b"200"] * 2 == sent(port, GET + b"X-Long: " + b"a" * (MOST_HEAD - 1_000) + b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    "head",
    [
        CHUNKED + b"Content-Length: 5\r\n\r\n" + CHUNK + b"\r\n",
        POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        POST + b"Content-Length : 5\r\n\r\nhello",
        POST + b"Content-Length: -5\r\n\r\nhello",
        POST + b"Content-Length: 0x5\r\n\r\nhello",
        POST + b"Transfer-Encoding: gzip, chunked, nothing\r\n\r\n" + CHUNK,
        GET + b"X-Odd: a\x00b\r\n\r\n",
        GET + b"no field\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 600,
        b"\r\n" * 3 + b"nonsense\r\n\r\n",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(port: int, head: bytes) -> None:
    """Two lengths, a length and chunks, odd fields: one refusal and the end of the connection, never an answer."""
    statuses, _ = sent(port, head)

    assert statuses in ([b"400"], [b"501"])
    assert [b"200"] * 2 == sent(port, WHOLE)[0]


@pytest.mark.parametrize(
    "head",
    [
        b"CONNECT policy.example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://x/health HTTP/1.1\r\nHost: x\r\n\r\n",
        GET + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n",
        GET + b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
        POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY,
        b"GET /health HTTP/1.0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        GET + b"Cookie: a\r\n b\r\n\r\n",
    ],
)
def test_what_is_strange_is_no_fault_of_ours(port: int, head: bytes) -> None:
    """Methods, addresses and upgrades that nobody serves end in no 500, and the server goes on."""
    statuses, _ = sent(port, head)

    assert not {b"500", b"101"} & set(statuses)
    assert [b"200"] * 2 == sent(port, WHOLE)[0]


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (GET + b"X-Long: ", b"a" * 1_000),
        (GET, b"X-Many: a\r\n" * 100),
        (b"GET /", b"a" * 1_000),
        (CHUNKED + b"\r\n" + CHUNK + b"X-Behind: ", b"a" * 1_000),
        (CHUNKED + b"\r\n" + CHUNK, b"X-Behind: a\r\n" * 100),
    ],
)
def test_what_never_ends_is_ended(port: int, begin: bytes, more: bytes) -> None:
    """A head or trailer without end is broken off long before it takes much memory."""
    statuses, told = sent(port, begin, *[more] * 300, pause=0.001)

    assert b"500" not in statuses
    assert told < 5 * MOST_HEAD
    assert [b"200"] * 2 == sent(port, WHOLE)[0]


def test_a_head_that_is_finished_and_too_long() -> None:
    """A head of more bytes than the bound is refused though it comes at once, whether of one field or of many."""
    reader = protocol()
    if reader == "h11":
        pytest.skip("httptools is not installed")
    for head in (b"X-Long: " + b"a" * (MOST_HEAD + 1) + b"\r\n", b"X-Many: a\r\n" * 5_000):
        with serving(reader) as port:
            assert [b"400"] == sent(port, GET + head + b"\r\n")[0]


def test_fields_behind_a_body_are_not_heard(port: int) -> None:
    """What stands in a trailer is no field of the head: it gives no request an id."""
    behind = b"X-Request-ID: evil\r\nAuthorization: Bearer evil\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        connection.sendall(CHUNKED + b"Connection: close\r\n\r\n" + CHUNK + behind)
        said = b""
        while part := connection.recv(65_536):
            said += part

    assert said.startswith(b"HTTP/1.1 200")
    assert b"evil" not in said
