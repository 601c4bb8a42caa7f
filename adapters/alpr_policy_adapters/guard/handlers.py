"""Who sees to which obligation, and when: before the act where it must not wait, after it where it follows."""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from alpr_policy_adapters.client import Decision, Obligation
from alpr_policy_adapters.guard.permits import Permit

Handler = Callable[[Obligation, Permit], Any]
"""Sees to an obligation, or raises. A coroutine function may be given to guards of such functions."""
STEP_UP: Final = "step-up"


@dataclass(frozen=True, slots=True)
class Timed:
    """A handler with the time that its obligation has in any case."""

    handler: Handler
    is_before: bool


def before(handler: Handler) -> Timed:
    """Have a handler run before the act whatever the policy says of when; if it fails the act is not done.

    For handlers that only put the obligation where it cannot be lost, such as a queue or a table.
    """
    return Timed(handler, True)


def after(handler: Handler) -> Timed:
    """Have a handler run after the act whatever the policy says of when; if it fails the act is done already."""
    return Timed(handler, False)


@dataclass(frozen=True, slots=True)
class Handlers:
    """The handlers by task, or by type where the task has none."""

    by_name: Mapping[str, Handler | Timed]

    def missing(self, decision: Decision) -> tuple[Obligation, ...]:
        """Return the obligations that nobody sees to."""
        return tuple(one for one in decision.obligations if self._of(one) is None)

    def is_before(self, one: Obligation, decision: Decision) -> bool:
        """Say whether an obligation is seen to before the act."""
        found = self._of(one)
        return found.is_before if isinstance(found, Timed) else must_come_first(one, decision)

    def of(self, one: Obligation) -> Handler:
        """Return who sees to an obligation; raises LookupError."""
        found = self._of(one)
        if found is None:
            raise LookupError(one.name)
        return found.handler if isinstance(found, Timed) else found

    def _of(self, one: Obligation) -> Handler | Timed | None:
        return next((self.by_name[name] for name in one.names if name in self.by_name), None)


def must_come_first(one: Obligation, decision: Decision) -> bool:
    """Say whether an obligation comes before the act by its own account.

    It does where it is a step up of who the caller is, where it is due when the act is done or before, and where
    nothing says by when it is due, since then nothing says that it may wait.
    """
    if one.type == STEP_UP or not one.due:
        return True
    due, at = _instant(one.due), _instant(decision.at)
    return due is not None and (at is None or due <= at)


def _instant(text: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.utcoffset() is not None else None


def run(handler: Handler, one: Obligation, permit: Permit) -> None:
    """Have a handler see to an obligation; raises whatever it raises, and TypeError for one that would be awaited."""
    answer = handler(one, permit)
    if inspect.isawaitable(answer):
        if inspect.iscoroutine(answer):
            answer.close()
        raise TypeError("a handler that is awaited cannot serve a function that is not")


async def run_async(handler: Handler, one: Obligation, permit: Permit) -> None:
    """Have a handler see to an obligation; one that is not awaited runs in a thread, so that it holds nobody up."""
    if inspect.iscoroutinefunction(handler):
        await handler(one, permit)
        return
    answer = await asyncio.to_thread(handler, one, permit)
    if inspect.isawaitable(answer):
        awaited: Awaitable[Any] = answer
        await awaited
