"""`@requires("search.run")`: a function that runs only if the policy permits its act."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar, cast

from alpr_policy_adapters.guard.guarding import Asked, Guard
from alpr_policy_adapters.guard.permits import GuardError, Permit, UndecidedError

P = ParamSpec("P")
T = TypeVar("T")
Scope = MutableMapping[str, Any]

PERMITS: Final = "alpr_policy.permits"
"""Where in the scope of a request its permits are listed, in the order in which they were given."""
REFUSAL: Final = "alpr_policy.refusal"
"""Where in the scope of a request its last refusal is noted."""
GUARD: ContextVar[Guard | None] = ContextVar("alpr_policy_guard", default=None)
"""The guard of the request that is being answered, as PolicyMiddleware sets it."""
SCOPE: ContextVar[Scope | None] = ContextVar("alpr_policy_scope", default=None)


def requires(
    action: str, *, facts: Callable[..., Any] | None = None, guard: Guard | None = None
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a function, a coroutine function included, run only if the policy permits `action`.

    `facts` is called with the same arguments and says what is known of the act: facts by name, or an `Asked`. For a
    coroutine function it may be one too. Without `guard` it is that of the PolicyMiddleware around; without either the
    function never runs. Raises NotPermittedError where it did not run, and UnmetError where it ran and something that
    must follow could not be seen to. Where the function raises, it is not known that nothing was done, so what follows
    is seen to all the same.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError("a generator runs after the question was asked: guard what it is made from")
        if inspect.iscoroutinefunction(function):
            return cast(Callable[P, T], _awaited(function, action, facts, guard))
        return _plain(function, action, facts, guard)

    return decorate


def _plain(
    function: Callable[P, T], action: str, facts: Callable[..., Any] | None, guard: Guard | None
) -> Callable[P, T]:
    @wraps(function)
    def guarded(*words: P.args, **named: P.kwargs) -> T:
        standing = _guard(guard)
        told = facts(*words, **named) if facts is not None else {}
        if inspect.isawaitable(told):
            if inspect.iscoroutine(told):
                told.close()
            raise TypeError("`facts` of a function that is not awaited cannot be")
        with refusals_noted():
            permit = noted(standing.enter(action, told))
        try:
            result = function(*words, **named)
        except Exception:
            with refusals_noted():
                standing.leave(permit)
            raise
        except BaseException:
            standing.broken_off(permit.afterwards)
            raise
        with refusals_noted():
            standing.leave(permit, result)
        return result

    return guarded


def _awaited(function: Any, action: str, facts: Callable[..., Any] | None, guard: Guard | None) -> Callable[..., Any]:
    @wraps(function)
    async def guarded(*words: Any, **named: Any) -> Any:
        standing = _guard(guard)
        told: Asked | Mapping[str, Any] = {}
        if facts is not None:
            given = facts(*words, **named)
            told = await given if inspect.isawaitable(given) else given
        with refusals_noted():
            permit = noted(await standing.enter_async(action, told))
        try:
            result = await function(*words, **named)
        except Exception:
            with refusals_noted():
                await standing.leave_async(permit)
            raise
        except BaseException:
            standing.broken_off(permit.afterwards)
            raise
        with refusals_noted():
            await standing.leave_async(permit, result)
        return result

    return guarded


def _guard(guard: Guard | None) -> Guard:
    found = guard or GUARD.get()
    if found is None:
        raise UndecidedError("no guard stands here: give one, or put PolicyMiddleware around the application")
    return found


@contextmanager
def refusals_noted() -> Iterator[None]:
    """Note on the scope of the request what a guard raises, so that it is told even where a framework hides it."""
    try:
        yield
    except GuardError as error:
        scope = SCOPE.get()
        if scope is not None:
            scope[REFUSAL] = error
        raise


def noted(permit: Permit) -> Permit:
    """Note a permit on the scope of the request, where there is one, and return it."""
    scope = SCOPE.get()
    if scope is not None:
        scope.setdefault(PERMITS, []).append(permit)
    return permit
