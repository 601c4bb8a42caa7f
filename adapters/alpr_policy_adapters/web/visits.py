"""Who is at the page: a browser that showed a token once, known again by a cookie that only the server can read."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from alpr_policy_adapters.http import Caller, Refusal, Service
from alpr_policy_adapters.http.tokens import SCOPES

COOKIE: Final = "alpr_policy_page"
IDLE: Final = 30 * 60.0
LONGEST: Final = 12 * 3600.0
"""Seconds after which a visit ends: without a request, and at all."""
MOST: Final = 1_000
THREADS: Final = 4


@dataclass(slots=True)
class Visit:
    """One browser: the token by which it came in, who its person is, and what its tabs keep for it in memory."""

    authorization: str | None
    address: str
    began: float
    seen: float
    person: str = ""
    kept: dict[str, Any] = field(default_factory=dict)


class Visits:
    """The visits of one server, in memory alone: a restart ends them, and no token is ever written down."""

    def __init__(self, service: Service, clock: Callable[[], float] = time.monotonic) -> None:
        """Let in who `service` lets in; `clock` tells seconds."""
        self.service, self._clock = service, clock
        self._visits: dict[str, Visit] = {}
        self._lock = threading.Lock()
        # Of the page's own, so that what takes its time here keeps no decision waiting.
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="alpr-policy-page")

    @property
    def is_open(self) -> bool:
        """Say whether whoever reaches the server may use the page."""
        return self.service.tokens is None

    def begin(self, token: str, address: str) -> str:
        """Let a token in and return the word of its cookie; raises Refusal."""
        authorization = f"Bearer {token.strip()}"
        caller = self.service.admitted(authorization, address, None)
        word, now = secrets.token_urlsafe(32), self._clock()
        with self._lock:
            self._forget(now)
            if len(self._visits) >= MOST:
                raise Refusal(503, "too many people are at the page", {"Retry-After": "60"})
            self._visits[word] = Visit(authorization, address, now, now, caller.person)
        return word

    def end(self, word: str) -> None:
        """End a visit."""
        with self._lock:
            self._visits.pop(word, None)

    def find(self, word: str, address: str) -> Visit | None:
        """Return the visit that a cookie names, None where there is none any more."""
        now = self._clock()
        with self._lock:
            self._forget(now)
            visit: Visit | None
            if self.is_open:
                # Without tokens everybody on this machine is the same visitor.
                visit = self._visits.setdefault("", Visit(None, address, now, now))
            else:
                visit = self._visits.get(word) if word else None
            if visit is not None:
                visit.seen = now
            return visit

    def caller(self, visit: Visit, scope: str | None = None) -> Caller:
        """Return what a visit may do now; raises Refusal, so that a token that was taken back opens nothing more."""
        visit.seen = self._clock()
        return self.service.admitted(visit.authorization, visit.address, scope)

    def scopes(self, visit: Visit) -> frozenset[str]:
        """Return what a visit may do; nothing where its token is over."""
        if self.is_open:
            return frozenset(SCOPES)
        try:
            return self.caller(visit).scopes
        except Refusal:
            return frozenset()

    def _forget(self, now: float) -> None:
        over = [
            word for word, one in self._visits.items() if word and (now - one.seen > IDLE or now - one.began > LONGEST)
        ]
        for word in over:
            del self._visits[word]


def cookie_of(headers: Mapping[str, str]) -> str:
    """Return the word of the page's cookie among the headers of a request; empty where there is none."""
    told = headers.get("cookie", "")
    if len(told) > 8_192:
        return ""
    try:
        found = SimpleCookie(told).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found is not None else ""
