"""What both clients do alike: a request made from a question, an answer from a response. Nothing here waits."""

from __future__ import annotations

import datetime as dt
import json
import time
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, TypeVar

from alpr_policy_adapters.client.answers import Decision, Metadata, Permission
from alpr_policy_adapters.client.asks import WELL_KNOWN, Ask
from alpr_policy_adapters.client.errors import (
    AnswerError,
    ClientError,
    CredentialsError,
    QuestionError,
    RefusedError,
    TimedOutError,
    UnreachableError,
)
from alpr_policy_adapters.client.extras import require_httpx
from alpr_policy_adapters.client.reading import read_json
from alpr_policy_adapters.client.settings import Bearer, Settings, origin, path_of

T = TypeVar("T")
LONGEST_DETAIL: Final = 300
WAIT: Final = 0.1
"""Seconds before a question is asked again, and twice as long each time after."""
KEEP: Final = 4.0
"""Seconds a connection is kept that nobody uses: less than the server's own five, so that it is not used as it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A request as it goes out."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None

    @property
    def id(self) -> str:
        """Return the X-Request-ID."""
        return self.headers["X-Request-ID"]


class Core:
    """Makes requests and judges responses for one server."""

    def __init__(self, settings: Settings) -> None:
        """Prepare for a server; raises SettingError and MissingExtraError."""
        self.httpx = require_httpx()
        self.settings, self.bearer = settings, Bearer(settings)
        self.endpoints: dict[str, str] = {}

    def options(self) -> dict[str, Any]:
        """Return what both kinds of client of httpx are made with."""
        settings, httpx = self.settings, self.httpx
        limits = httpx.Limits(
            max_connections=settings.connections, max_keepalive_connections=settings.connections, keepalive_expiry=KEEP
        )
        timeout = httpx.Timeout(settings.timeout, connect=min(settings.connect_timeout, settings.timeout))
        return {
            "verify": settings.ssl_context(),
            "proxy": settings.proxy,
            "limits": limits,
            "timeout": timeout,
            "follow_redirects": False,
            "trust_env": False,
        }

    def request(self, ask: Ask[Any], request_id: str | None) -> Sending:
        """Return what is sent for a question; raises QuestionError and SettingError."""
        named = request_id if request_id is not None else str(uuid.uuid4())
        if not 0 < len(named) <= 200 or not named.isascii() or not named.isprintable() or " " in named:
            raise QuestionError("a request's id has 1 to 200 visible characters")
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "X-Request-ID": named}
        headers |= {**self.bearer.header(), **ask.headers}
        content = None
        if ask.body is not None:
            content, headers["Content-Type"] = _written(ask.body), "application/json"
        query = "?" + str(self.httpx.QueryParams(dict(ask.query))) if ask.query else ""
        return Sending(method=ask.method, url=self._url(ask) + query, headers=headers, content=content)

    def _url(self, ask: Ask[Any]) -> str:
        base = self.settings.base
        if ask.path == WELL_KNOWN:
            # As RFC 8615 has it, a path of the address goes behind the well-known one.
            path = path_of(base)
            return base.removesuffix(path) + ask.path + path if path else base + ask.path
        return self.endpoints.get(ask.endpoint) or base + ask.path

    def learn(self, told: Metadata, identifier: str | None) -> None:
        """Take up where the endpoints are; raises AnswerError for metadata of another server.

        `identifier` is the address the server goes by, where it is reached by another one. Endpoints of another origin
        are refused, since the token must go nowhere else; those of this one are reached at the client's address.
        """
        expected = (identifier or self.settings.base).rstrip("/")
        if told.policy_decision_point.rstrip("/") != expected:
            raise AnswerError("the metadata is that of another server")
        host = self.settings.base.removesuffix(path_of(self.settings.base))
        found: dict[str, str] = {}
        for key in Metadata.__dataclass_fields__:
            url = getattr(told, key)
            if not key.endswith("_endpoint") or not url:
                continue
            try:
                same = origin(url) == origin(expected)
            except ClientError:
                same = False
            if not same:
                raise AnswerError(f"`{key}` leads to another server")
            found[key] = host + path_of(url)
        self.endpoints = found

    @contextmanager
    def under(self, sending: Sending) -> Iterator[None]:
        """Turn errors of the way into ours, each with the request's id."""
        httpx = self.httpx
        never_left = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
        try:
            yield
        except httpx.TimeoutException as error:
            raise TimedOutError(was_sent=not isinstance(error, never_left), request_id=sending.id) from None
        except (httpx.RequestError, httpx.InvalidURL) as error:
            was_sent = not isinstance(error, never_left)
            told = "the connection broke before the answer came" if was_sent else "the server cannot be reached"
            raise UnreachableError(told, was_sent=was_sent, request_id=sending.id) from None
        except TimeoutError:
            raise TimedOutError(was_sent=True, request_id=sending.id) from None
        except ClientError as error:
            error.request_id = error.request_id or sending.id
            raise

    def reading(self, response: Any) -> Reading:
        """Begin to read a response."""
        return Reading(response.status_code, response.headers, self.settings)

    def answer(self, ask: Ask[T], reading: Reading, sending: Sending) -> T:
        """Return the answer to a question; raises AnswerError and RefusedError."""
        found = ask.read(reading.data(ask.good))
        shown = reading.headers.get("x-request-id") or sending.id
        return _marked(found, shown)

    def wait(self, ask: Ask[Any], error: UnreachableError, tried: int) -> float | None:
        """Return after how many seconds to ask again, None for never: what may stand in a ledger is not repeated."""
        if tried >= self.settings.retries or (ask.leaves_a_trace and error.was_sent):
            return None
        return float(WAIT * 2**tried)


class Reading:
    """A response as it comes in: bounded in size and time."""

    def __init__(self, status: int, headers: Any, settings: Settings) -> None:
        """Begin; the rest of the head is judged at the end, so that a refusal can say why. Raises AnswerError."""
        self.status, self.headers = status, headers
        self._most = settings.most
        self._end = time.monotonic() + settings.timeout
        self._parts: list[bytes] = []
        self._size = 0
        if headers.get("content-encoding", "identity") != "identity":
            # It was not asked for, and what it unpacks to has no bound.
            raise AnswerError("the answer is packed")

    def add(self, part: bytes) -> None:
        """Take a part of the body; raises AnswerError and TimedOutError."""
        self._size += len(part)
        if self._size > self._most:
            raise AnswerError(f"the answer has more than {self._most:,} bytes")
        if time.monotonic() > self._end:
            raise TimedOutError(was_sent=True)
        self._parts.append(part)

    def data(self, good: Collection[int] = (200,)) -> dict[str, Any]:
        """Return the JSON object that came; raises AnswerError, and RefusedError for any status but the `good` ones."""
        body = b"".join(self._parts)
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if self.status not in good:
            raise self._refusal(body, kind)
        if kind != "application/json":
            raise AnswerError("the answer is not JSON")
        return read_json(body)

    def _refusal(self, body: bytes, kind: str) -> RefusedError:
        detail = ""
        if kind == "text/plain":
            detail = body.decode("utf-8", "replace")
        elif kind.endswith("json"):
            try:
                told = read_json(body)
            except AnswerError:
                told = {}
            detail = next((told[key] for key in ("detail", "why", "message") if isinstance(told.get(key), str)), "")
        detail = "".join(one if one.isprintable() else " " for one in detail[:LONGEST_DETAIL]).strip()
        after = self.headers.get("retry-after", "")
        wait = float(after) if after.isdecimal() and len(after) < 9 else None
        kind_of_error = CredentialsError if self.status in (401, 403) else RefusedError
        return kind_of_error(self.status, detail, retry_after=wait)


def _marked(found: T, request_id: str) -> T:
    """Note on decisions under which id they were asked for."""
    if isinstance(found, Decision):
        return replace(found, asked_as=request_id)
    if isinstance(found, Permission) and found.decision is not None:
        return replace(found, decision=replace(found.decision, asked_as=request_id))
    if isinstance(found, tuple) and found and isinstance(found[0], Decision):
        return tuple(replace(one, asked_as=request_id) for one in found)  # type: ignore[return-value]  # T is that tuple
    return found


def _written(body: Any) -> bytes:
    try:
        return json.dumps(body, allow_nan=False, separators=(",", ":"), default=_plain).encode("ascii")
    except (TypeError, ValueError, RecursionError):
        raise QuestionError("the question is not what JSON can hold") from None


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        if value.utcoffset() is None:
            raise ValueError("a time without an offset")
        return value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError
