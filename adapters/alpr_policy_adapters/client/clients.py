"""The two clients: one waits, one is awaited. Their methods are the questions of `asks`, which know of neither."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, ParamSpec, TypedDict, TypeVar, Unpack, overload

from alpr_policy_adapters.client import asks
from alpr_policy_adapters.client.answers import Found, Metadata, Results
from alpr_policy_adapters.client.asks import Ask
from alpr_policy_adapters.client.core import Core
from alpr_policy_adapters.client.errors import ClientError, UnreachableError
from alpr_policy_adapters.client.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")


class Method(Generic[P, T]):
    """A question as a method: of PolicyClient it gives the answer, of AsyncPolicyClient something to await."""

    def __init__(self, make: Callable[P, Ask[T]]) -> None:
        """Take the function that makes the question; its parameters are those of the method."""
        self.make = make
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, client: None, owner: Any = None) -> Method[P, T]: ...
    @overload
    def __get__(self, client: PolicyClient, owner: Any = None) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: AsyncPolicyClient, owner: Any = None) -> Callable[P, Awaitable[T]]: ...
    def __get__(self, client: Any, owner: Any = None) -> Any:
        """Bind the question to a client."""
        if client is None:
            return self

        @wraps(self.make)
        def bound(*words: P.args, **named: P.kwargs) -> Any:
            return client.ask(self.make(*words, **named))

        return bound


class Search(Generic[P]):
    """A search as a method that goes through all its pages, one result after the other."""

    def __init__(self, make: Callable[P, Ask[Results]]) -> None:
        """Take the function that makes the question."""
        self.make = make
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, client: None, owner: Any = None) -> Search[P]: ...
    @overload
    def __get__(self, client: PolicyClient, owner: Any = None) -> Callable[P, Iterator[Found]]: ...
    @overload
    def __get__(self, client: AsyncPolicyClient, owner: Any = None) -> Callable[P, AsyncIterator[Found]]: ...
    def __get__(self, client: Any, owner: Any = None) -> Any:
        """Bind the search to a client."""
        if client is None:
            return self

        @wraps(self.make)
        def bound(*words: P.args, **named: P.kwargs) -> Any:
            return client.pages(self.make(*words, **named))

        return bound


class Questions:
    """What both clients can be asked; docs/clients.md lists it."""

    evaluate = Method(asks.evaluate)
    evaluate_all = Method(asks.evaluate_all)
    permitted = Method(asks.permitted)
    search_subjects = Search(asks.search_subjects)
    search_resources = Search(asks.search_resources)
    search_actions = Search(asks.search_actions)
    request_access = Method(asks.request_access)
    access_request = Method(asks.access_request)
    cancel_request = Method(asks.cancel_request)
    decide = Method(asks.decide)
    allowed = Method(asks.allowed)
    explain = Method(asks.explain)
    check = Method(asks.check)
    facts = Method(asks.facts)
    profiles = Method(asks.profiles)
    profile = Method(asks.profile)
    duties = Method(asks.duties)
    cases = Method(asks.cases)
    case = Method(asks.case)
    take = Method(asks.take)
    override = Method(asks.override)
    ledger = Method(asks.ledger)
    verification = Method(asks.verification)
    ready = Method(asks.ready)


class Options(TypedDict, total=False):
    """The fields of Settings beside the address, as a client takes them."""

    token: str | None
    token_file: str | Path | None
    timeout: float
    connect_timeout: float
    retries: int
    most: int
    connections: int
    verify: bool
    ca_file: str | Path | None
    client_cert: str | Path | None
    client_key: str | Path | None
    proxy: str | None
    plain_http: bool


class PolicyClient(Questions):
    """Asks a server and waits for its answer. Threads may share it; `close` it, or use it in a `with`."""

    def __init__(self, url: str, *, transport: Any = None, **options: Unpack[Options]) -> None:
        """Prepare to ask the server at `url`; raises SettingError and MissingExtraError.

        `options` are the other fields of Settings. Without `token` and `token_file`, ALPR_POLICY_TOKEN and
        ALPR_POLICY_TOKEN_FILE are looked at. `transport` is one of httpx, in place of the network.
        """
        self.core = Core(Settings(url=url, **options))
        self._http = self.core.httpx.Client(transport=transport, **self.core.options())

    def ask(self, ask: Ask[T], *, request_id: str | None = None) -> T:
        """Ask a question of `asks`; raises ClientError, unless the question has an answer for that."""
        if ask.known is not None:
            return ask.known
        try:
            for tried in range(self.core.settings.retries + 1):
                try:
                    return self._once(ask, request_id)
                except UnreachableError as error:
                    seconds = self.core.wait(ask, error, tried)
                    if seconds is None:
                        raise
                    time.sleep(seconds)
            raise AssertionError("the last try returns or raises")
        except ClientError as error:
            if ask.otherwise is None:
                raise
            return ask.otherwise(error)

    def _once(self, ask: Ask[T], request_id: str | None) -> T:
        sending = self.core.request(ask, request_id)
        with self.core.under(sending):
            asked = {"headers": sending.headers, "content": sending.content}
            with self._http.stream(sending.method, sending.url, **asked) as response:
                reading = self.core.reading(response)
                for part in response.iter_bytes():
                    reading.add(part)
            return self.core.answer(ask, reading, sending)

    def pages(self, search: Ask[Results]) -> Iterator[Found]:
        """Go through all results of a search, page by page; raises ClientError on the way."""
        page, seen = self.ask(search), {""}
        yield from page.results
        while page.next_token not in seen:
            seen.add(page.next_token)
            page = self.ask(asks.next_page(search, page.next_token))
            yield from page.results
        asks.must_end(page)

    def discover(self, identifier: str | None = None) -> Metadata:
        """Ask where the endpoints are, and use them from then on; raises ClientError.

        `identifier` is the address by which the server goes, where it is reached by another one.
        """
        found = self.ask(asks.metadata())
        self.core.learn(found, identifier)
        return found

    def close(self) -> None:
        """Let go of all connections."""
        self._http.close()

    def __enter__(self) -> PolicyClient:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of all connections."""
        self.close()


class AsyncPolicyClient(Questions):
    """Asks a server and is awaited. It belongs to one event loop; `aclose` it, or use it in an `async with`."""

    def __init__(self, url: str, *, transport: Any = None, **options: Unpack[Options]) -> None:
        """Prepare to ask the server at `url`, as PolicyClient does."""
        self.core = Core(Settings(url=url, **options))
        self._http = self.core.httpx.AsyncClient(transport=transport, **self.core.options())

    async def ask(self, ask: Ask[T], *, request_id: str | None = None) -> T:
        """Ask a question of `asks`; raises ClientError, unless the question has an answer for that."""
        if ask.known is not None:
            return ask.known
        try:
            for tried in range(self.core.settings.retries + 1):
                try:
                    return await self._once(ask, request_id)
                except UnreachableError as error:
                    seconds = self.core.wait(ask, error, tried)
                    if seconds is None:
                        raise
                    await asyncio.sleep(seconds)
            raise AssertionError("the last try returns or raises")
        except ClientError as error:
            if ask.otherwise is None:
                raise
            return ask.otherwise(error)

    async def _once(self, ask: Ask[T], request_id: str | None) -> T:
        sending = self.core.request(ask, request_id)
        with self.core.under(sending):
            asked = {"headers": sending.headers, "content": sending.content}
            async with asyncio.timeout(self.core.settings.timeout):
                async with self._http.stream(sending.method, sending.url, **asked) as response:
                    reading = self.core.reading(response)
                    async for part in response.aiter_bytes():
                        reading.add(part)
            return self.core.answer(ask, reading, sending)

    async def pages(self, search: Ask[Results]) -> AsyncIterator[Found]:
        """Go through all results of a search, page by page; raises ClientError on the way."""
        page, seen = await self.ask(search), {""}
        for one in page.results:
            yield one
        while page.next_token not in seen:
            seen.add(page.next_token)
            page = await self.ask(asks.next_page(search, page.next_token))
            for one in page.results:
                yield one
        asks.must_end(page)

    async def discover(self, identifier: str | None = None) -> Metadata:
        """Ask where the endpoints are, and use them from then on; raises ClientError."""
        found = await self.ask(asks.metadata())
        self.core.learn(found, identifier)
        return found

    async def aclose(self) -> None:
        """Let go of all connections."""
        await self._http.aclose()

    async def __aenter__(self) -> AsyncPolicyClient:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of all connections."""
        await self.aclose()
