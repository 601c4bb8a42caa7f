"""What a caller may ask for: bytes, seconds, requests a second, items of a batch; and the refusal when it is more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

MOST_CALLERS = 10_000
"""Of so many callers at once it is remembered how much they asked; more than that start anew together."""


class Refusal(Exception):
    """A request that gets no answer but an HTTP status and a sentence, which never holds what the request held."""

    def __init__(
        self, status: int, message: str, headers: Mapping[str, str] | None = None, *, kind: str = "about:blank"
    ) -> None:
        """Refuse with a status; `headers` go with it, such as `WWW-Authenticate`, and `kind` is the type of problem."""
        super().__init__(message)
        self.status, self.message, self.headers, self.kind = status, message, dict(headers or {}), kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may cost.

    `body` in bytes; `seconds` for reading and answering; `rate` in requests a second for each token, 0 for any number,
    after a burst of as many; `items` of a batch; `candidates` that a search looks at, and `page` results at once.
    """

    body: int = 1_000_000
    seconds: float = 10.0
    rate: float = 0.0
    items: int = 1_000
    candidates: int = 20_000
    page: int = 1_000
    threads: int = 32
    connections: int = 1_000


@dataclass(slots=True)
class Rates:
    """Counts what each caller asks: a bucket that fills by `rate` a second and holds as much as that, at least one."""

    rate: float
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, caller: str) -> None:
        """Let one more request of a caller in; raises Refusal (429) with the seconds to wait."""
        if self.rate <= 0:
            return
        room, now = max(self.rate, 1.0), self.clock()
        with self._lock:
            if len(self._buckets) >= MOST_CALLERS and caller not in self._buckets:
                self._buckets.clear()
            left, seen = self._buckets.get(caller, (room, now))
            left = min(room, left + (now - seen) * self.rate)
            self._buckets[caller] = (left - 1 if left >= 1 else left, now)
        if left < 1:
            wait = max(1, int((1 - left) / self.rate + 0.999))
            raise Refusal(429, "too many requests", {"Retry-After": str(wait)})


class Deadline:
    """Until when an answer is worth working on; asked between the items of a batch or search."""

    def __init__(self, seconds: float) -> None:
        """Start now."""
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Raise Refusal (503) when it is over."""
        if time.monotonic() > self._end:
            raise Refusal(503, "the answer took too long", {"Retry-After": "1"})
