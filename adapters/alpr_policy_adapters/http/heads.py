"""Reading HTTP from a connection: by httptools where it is installed, and then with the bounds that it lacks itself."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

MOST_HEAD: Final = 32_768
"""Bytes of the head of a request."""


class TooLongError(Exception):
    """The head of a request, or what follows its body, is too long."""


@cache
def protocol() -> Any:
    """Return what uvicorn reads HTTP with: a class on httptools, else the name of the reader in Python.

    The class takes half the time and more off a request. It refuses heads of more than MOST_HEAD bytes, finished or
    not, and hears no trailers: fields behind a body could otherwise pass for fields of the head.
    """
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:
        return "h11"

    class Bounded(HttpToolsProtocol):  # type: ignore[misc]  # uvicorn may be absent, and is untyped to us
        """Reads requests whose heads have a bound."""

        _in_head = False
        _size = 0
        _steps = 0
        _stalled = 0

        def data_received(self, data: bytes) -> None:
            """Take bytes; those that finish nothing are counted, since the parser keeps them."""
            steps = self._steps
            super().data_received(data)
            self._stalled = self._stalled + len(data) if steps == self._steps else 0
            if self._stalled > MOST_HEAD and not self.transport.is_closing():
                self.send_400_response("The head of the request is too long.")

        def on_message_begin(self) -> None:
            """Begin a head."""
            self._in_head, self._size = True, 0
            self._steps += 1
            super().on_message_begin()

        def on_url(self, url: bytes) -> None:
            """Take a part of the address."""
            self._count(len(url))
            super().on_url(url)

        def on_header(self, name: bytes, value: bytes) -> None:
            """Take a field of the head; one behind the body is counted and not heard."""
            self._count(len(name) + len(value) + 4)
            if self._in_head:
                super().on_header(name, value)

        def on_headers_complete(self) -> None:
            """End the head."""
            self._in_head, self._size = False, 0
            self._steps += 1
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            """Take a part of the body."""
            self._steps += 1
            super().on_body(body)

        def on_message_complete(self) -> None:
            """End the request."""
            self._steps += 1
            super().on_message_complete()

        def _count(self, size: int) -> None:
            self._size += size
            if self._size > MOST_HEAD:
                raise TooLongError

    return Bounded
