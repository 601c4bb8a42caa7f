"""A guard stands before an act: it asks, sees to what must come first, lets the act be done, sees to what follows.

Nothing is done where the answer is no or does not come, where nobody sees to an obligation, or where one that comes
first fails.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from alpr_policy.model.decision import Decision as EngineDecision
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.explain import one_line
from alpr_policy.questions.live import LivePolicyDecisionPoint
from alpr_policy_adapters.client import AsyncPolicyClient, Decision, Obligation, PolicyClient
from alpr_policy_adapters.client.decisions import of_engine
from alpr_policy_adapters.client.errors import ClientError
from alpr_policy_adapters.guard.handlers import Handler, Handlers, Timed, run, run_async
from alpr_policy_adapters.guard.permits import NotPermittedError, Permit, UndecidedError, UnmetError

LOG: Final = logging.getLogger("alpr_policy")


class Decider(Protocol):
    """Whoever answers: a decision point in this process, or a client of a server. `decide` may be a coroutine."""

    def decide(self, request: Mapping[str, Any], /) -> Any:
        """Judge one request in our own format (docs/decisions.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is known of an act: facts, and the records beside them where there are any (docs/decisions.md).

    `at` is when it is done, now where it is None. `more` are the other keys of a request, such as `approvals`.
    """

    facts: Mapping[str, Any]
    at: dt.datetime | str | None = None
    departments: Iterable[str] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Guard:
    """Asks `decider` before acts, and has `perform` see to their obligations, by task or by type.

    `departments` are those whose policies bind beside what the decider serves by itself. Threads may share a guard.
    """

    def __init__(
        self,
        decider: Decider | PolicyClient | AsyncPolicyClient,
        *,
        perform: Mapping[str, Handler | Timed] | None = None,
        departments: Iterable[str] = (),
        clock: Callable[[], dt.datetime] = _now,
    ) -> None:
        """Stand before acts."""
        self.decide: Callable[[Mapping[str, Any]], Any] = decider.decide
        self.handlers = Handlers(dict(perform or {}))
        self.departments, self.clock = tuple(departments), clock
        self.is_awaited = isinstance(decider, AsyncPolicyClient) or inspect.iscoroutinefunction(decider.decide)
        # What decides in this process neither waits nor takes long; what may wait must not hold up an event loop.
        self.is_quick = isinstance(decider, PolicyDecisionPoint | LivePolicyDecisionPoint)

    def request(self, action: str, told: Asked | Mapping[str, Any]) -> dict[str, Any]:
        """Return the request for an act of which this is told."""
        asked = told if isinstance(told, Asked) else Asked(facts=told)
        at = asked.at if asked.at is not None else self.clock()
        departments = list(dict.fromkeys((*self.departments, *asked.departments)))
        request = {**asked.more, "action": action, "facts": dict(asked.facts)}
        request["at"] = at.isoformat() if isinstance(at, dt.datetime) else at
        return request | ({"departments": departments} if departments else {})

    # What is not awaited

    def enter(self, action: str, told: Asked | Mapping[str, Any]) -> Permit:
        """Ask for an act and see to what comes first; raises NotPermittedError, after which it must not be done."""
        request = self.request(action, told)
        if self.is_awaited:
            raise UndecidedError("the decider has to be awaited, and this act is not")
        permit = self._permit(action, request, self._answered(lambda: self.decide(request)))
        for one in self._first(permit):
            try:
                run(self.handlers.of(one), one, permit)
            except Exception as error:  # whatever it is, what must come first was not done
                raise self._failed(one, permit, error) from error
        return permit

    def leave(self, permit: Permit, result: Any = None) -> None:
        """See to all that follows an act that was done; raises UnmetError with what could not be."""
        unmet = []
        for number, one in enumerate(permit.afterwards):
            try:
                run(self.handlers.of(one), one, permit)
            except Exception as error:  # the rest is owed all the same
                unmet.append(self._owed(one, error))
            except BaseException:
                self.broken_off(permit.afterwards[number:])
                raise
        if unmet:
            raise UnmetError(unmet, result)

    # What is awaited

    async def enter_async(self, action: str, told: Asked | Mapping[str, Any]) -> Permit:
        """Ask as `enter` does, without holding up the event loop."""
        request = self.request(action, told)
        permit = self._permit(action, request, await self._answer_async(request))
        for one in self._first(permit):
            try:
                await run_async(self.handlers.of(one), one, permit)
            except Exception as error:  # whatever it is, what must come first was not done
                raise self._failed(one, permit, error) from error
        return permit

    async def leave_async(self, permit: Permit, result: Any = None) -> None:
        """See to all that follows, as `leave` does."""
        unmet = []
        for number, one in enumerate(permit.afterwards):
            try:
                await run_async(self.handlers.of(one), one, permit)
            except Exception as error:  # the rest is owed all the same
                unmet.append(self._owed(one, error))
            except BaseException:
                self.broken_off(permit.afterwards[number:])
                raise
        if unmet:
            raise UnmetError(unmet, result)

    def broken_off(self, owed: Iterable[Obligation]) -> None:
        """Log what is owed of an act that was broken off: whether it was done is not known, and nothing more can be."""
        for one in owed:
            LOG.error("an act was broken off, and `%s` was not seen to", one.name)

    # Inside

    async def _answer_async(self, request: dict[str, Any]) -> Any:
        try:
            if self.is_quick or self.is_awaited:
                answer = self.decide(request)
            else:
                answer = await asyncio.to_thread(self.decide, request)
            if inspect.isawaitable(answer):
                awaited: Awaitable[Any] = answer
                answer = await awaited
        except Exception as error:  # no answer never opens a door
            raise self._unanswered(error) from error
        return answer

    def _answered(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except Exception as error:  # no answer never opens a door
            raise self._unanswered(error) from error

    def _unanswered(self, error: Exception) -> UndecidedError:
        why = error.why if isinstance(error, ClientError) else "the decider failed"
        LOG.error("an act was not done, since nothing could be decided: %s", type(error).__name__)
        return UndecidedError(why)

    def _permit(self, action: str, request: dict[str, Any], answer: Any) -> Permit:
        """Return the permit that an answer is; raises NotPermittedError where it is none."""
        if isinstance(answer, EngineDecision):
            answer = of_engine(answer.to_wire(), one_line(answer))
        if not isinstance(answer, Decision):
            raise UndecidedError("what the decider gave is no decision")
        # In mode observe everything may go on, and a guard is there to hold.
        if answer.proceed is not True or answer.outcome not in ("allow", ""):
            raise NotPermittedError(answer.why, answer)
        if answer.as_if:
            raise NotPermittedError("this decision was made as if another text had bound", answer)
        beyond = self.handlers.missing(answer)
        if beyond:
            names = ", ".join(sorted({one.name for one in beyond}))
            raise NotPermittedError(f"nobody here sees to what must follow: {names}", answer)
        afterwards = tuple(one for one in answer.obligations if not self.handlers.is_before(one, answer))
        return Permit(action=action, request=request, decision=answer, afterwards=afterwards)

    def _first(self, permit: Permit) -> list[Obligation]:
        return [one for one in permit.decision.obligations if self.handlers.is_before(one, permit.decision)]

    def _failed(self, one: Obligation, permit: Permit, error: Exception) -> NotPermittedError:
        LOG.error("an act was not done, since `%s` could not be seen to: %s", one.name, type(error).__name__)
        return NotPermittedError(f"what must come first could not be seen to: {one.name}", permit.decision)

    def _owed(self, one: Obligation, error: Exception) -> Obligation:
        LOG.error("an act was done, and `%s` could not be seen to: %s", one.name, type(error).__name__)
        return one
