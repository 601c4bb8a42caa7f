"""What the tabs of the page ask through: one service, one visit, and threads for what takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from alpr_policy.errors import PolicyError
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy_adapters.http import Caller, Refusal, Service
from alpr_policy_adapters.http.limits import Deadline
from alpr_policy_adapters.http.service import Call, Note
from alpr_policy_adapters.web.visits import Visit, Visits

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the command line gives to the page besides the service: the folder of logs and the folder of suites."""

    logs: Path | None = None
    suites: Path | None = None
    policies: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """One visitor at the page: everything that a tab asks goes through here, and is admitted anew each time."""

    service: Service
    visits: Visits
    visit: Visit
    tools: Tools

    def caller(self, scope: str | None = None) -> Caller:
        """Return what the visitor may do now; raises Refusal."""
        return self.visits.caller(self.visit, scope)

    def asked(
        self,
        handler: Callable[[Service, Call], Any],
        scope: str | None,
        *,
        body: Mapping[str, Any] | None = None,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        departments: Iterable[str] | None = None,
    ) -> Any:
        """Ask what a route of the API answers, as the visitor; raises Refusal. It may wait: ask it in a thread.

        `departments` are those that an act is for.
        """
        caller = self.caller(scope)
        if departments is not None:
            caller = replace(caller, departments=self.binding(departments))
        deadline = Deadline(self.service.limits.seconds)
        return handler(self.service, Call(caller, body or {}, path or {}, query or {}, Note(), deadline))

    def binding(self, chosen: Iterable[str]) -> tuple[str, ...]:
        """Return the departments whose policies bind an act: all of the token's, or without tokens those chosen."""
        known = self.caller().departments
        if not self.visits.is_open:
            return known
        return tuple(name for name in known if name in set(chosen)) or known

    @property
    def point(self) -> PolicyDecisionPoint:
        """Return the profiles as they are now."""
        return self.service.asking.deciding.point.current

    async def thread(self, asked: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Do what takes its time in a thread, so that nobody else waits for it."""
        work = partial(asked, *given, **named)
        return await asyncio.get_running_loop().run_in_executor(self.visits.pool, work)


def problem_of(error: Exception) -> str:
    """Return what a visitor is told of an error: a refusal or what is wrong with the input, never a fault of ours."""
    if isinstance(error, Refusal):
        return error.message
    if isinstance(error, PolicyError):
        return "; ".join(one.message for one in error.diagnostics[:3])
    raise error


def told(tell: Callable[[str], Any]) -> Callable[[Callable[P, Awaitable[None]]], Callable[P, Awaitable[None]]]:
    """Let a handler's refusals and bad input be told to the visitor instead of ending in the log."""

    def wrap(handler: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
        @wraps(handler)
        async def handling(*given: P.args, **named: P.kwargs) -> None:
            try:
                await handler(*given, **named)
            except (Refusal, PolicyError) as error:
                tell(problem_of(error))

        return handling

    return wrap
