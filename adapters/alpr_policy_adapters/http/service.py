"""What a running server is made of, and who is let in: tokens, scopes, and the departments that bind a caller."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from alpr_policy_adapters.http.authzen import Asking
from alpr_policy_adapters.http.gathering import Gathering
from alpr_policy_adapters.http.limits import Deadline, Limits, Rates, Refusal
from alpr_policy_adapters.http.metrics import ServerMetrics
from alpr_policy_adapters.http.tokens import SCOPES, TokenFile

BEARER = "bearer "
EVERY_SCOPE = frozenset(SCOPES)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a token by its id, what it opens, the departments whose policies bind whatever it asks, its person."""

    id: str
    scopes: frozenset[str]
    departments: tuple[str, ...]
    person: str = ""

    def must(self, scope: str) -> None:
        """Raise Refusal (403) where the caller does not have a scope."""
        if scope not in self.scopes:
            told = f'Bearer realm="alpr-policy", error="insufficient_scope", scope="{scope}"'
            raise Refusal(403, f"this token does not have the scope `{scope}`", {"WWW-Authenticate": told})


@dataclass(slots=True)
class Note:
    """What is written in the log of one request, which is nothing that it held; `told` is the id that goes back."""

    id: str = ""
    told: bytes = b""
    status: int = 0
    route: str = "other"
    token: str = ""
    outcomes: list[str] = field(default_factory=list)
    row: int | None = None
    reading: bool = False


@dataclass(slots=True)
class Call:
    """One request as a handler sees it: who asks, the body, words of the path and of the query.

    `key` is the `Idempotency-Key`, by which a caller marks a request that it sends again.
    """

    caller: Caller
    body: Mapping[str, Any]
    path: Mapping[str, str]
    query: Mapping[str, str]
    note: Note
    deadline: Deadline
    key: str | None = None


@dataclass(slots=True)
class Reply:
    """What a handler answers: JSON data, or a text of some kind."""

    data: Any
    status: int = 200
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class Service:
    """What the routes share: who decides, who is let in, what is counted."""

    def __init__(
        self,
        asking: Asking,
        *,
        departments: tuple[str, ...],
        tokens: TokenFile | None = None,
        public_url: str = "",
        log: Callable[[Mapping[str, Any]], None] | None = None,
        watch: float = 0.0,
    ) -> None:
        """Serve `departments`; without `tokens` whoever reaches the server may ask everything.

        `watch` is how often, in seconds, to look for profiles that have changed; 0 is never.
        """
        self.asking, self.departments, self.tokens = asking, departments, tokens
        self.public_url = public_url.rstrip("/")
        self.log, self.watch = log, watch
        self.metrics = ServerMetrics()
        self.rates = Rates(self.limits.rate)
        self.draining = False
        self._pool: ThreadPoolExecutor | None = None
        keeper = asking.deciding.keeper
        self.gathering = Gathering(keeper, lambda: self.pool) if keeper is not None else None

    @property
    def limits(self) -> Limits:
        """Return what one request may cost."""
        return self.asking.limits

    @property
    def pool(self) -> ThreadPoolExecutor:
        """Return the threads in which what waits is done; made when first asked for, after any fork."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.limits.threads, thread_name_prefix="alpr-policy-answer")
        return self._pool

    def admitted(self, authorization: str | None, address: str, scope: str | None) -> Caller:
        """Return who asks; raises Refusal: 401 without a token that counts, 403 without the scope, 429 for too much."""
        if self.tokens is None:
            caller = Caller(address, EVERY_SCOPE, self.departments)
        else:
            caller = self._known(authorization)
        self.rates.take(caller.id)
        if scope:
            caller.must(scope)
        return caller

    def _known(self, authorization: str | None) -> Caller:
        assert self.tokens is not None
        told = 'Bearer realm="alpr-policy"'
        if not authorization or authorization[: len(BEARER)].lower() != BEARER:
            raise Refusal(401, "a bearer token is needed", {"WWW-Authenticate": told})
        token = self.tokens.find(authorization[len(BEARER) :].strip())
        if token is None:
            if self.tokens.fault:
                raise Refusal(503, "the tokens cannot be read", {"Retry-After": "5"})
            error = 'error="invalid_token"'
            raise Refusal(401, "this token opens nothing", {"WWW-Authenticate": f"{told}, {error}"})
        if not set(token.departments) <= set(self.departments):
            raise Refusal(403, "this token is for a department that is not served here")
        return Caller(token.id, frozenset(token.scopes), token.departments or self.departments, token.person)

    def fault(self) -> str:
        """Say why nothing can be answered at present; empty where it can."""
        if self.draining:
            return "the server is ending"
        if self.tokens is not None and self.tokens.fault:
            return "the tokens cannot be read"
        keeper = self.asking.deciding.keeper
        return keeper.fault() if keeper is not None else ""

    def gauges(self) -> dict[str, float]:
        """Return the figures that are looked up rather than counted."""
        point = self.asking.deciding.point
        return {
            "alpr_profiles_loaded_seconds": point.loaded_at.timestamp(),
            "alpr_profiles_fault": float(point.problem is not None),
            "alpr_ready": float(not self.fault()),
        }

    def started(self) -> None:
        """Take up work, in the process that serves."""
        self.draining = False
        if self.watch > 0:
            self.asking.deciding.point.watch(self.watch)

    def ended(self) -> None:
        """Finish what is being written, and let go of the ledger; what comes later is refused."""
        self.draining = True
        self.asking.deciding.point.close()
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._pool = None
        if self.asking.deciding.keeper is not None:
            self.asking.deciding.keeper.close()


def wall() -> float:
    """Return seconds for measuring how long something takes."""
    return time.perf_counter()
