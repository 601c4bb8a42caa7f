"""Nothing is done that the policy does not permit: a guard before functions, endpoints and whole applications."""

from __future__ import annotations

from alpr_policy_adapters.guard.asgi import HttpRequest, PolicyMiddleware
from alpr_policy_adapters.guard.guarding import Asked, Decider, Guard
from alpr_policy_adapters.guard.handlers import Handler, Timed, after, before
from alpr_policy_adapters.guard.permits import GuardError, NotPermittedError, Permit, UndecidedError, UnmetError
from alpr_policy_adapters.guard.requiring import PERMITS, requires

__all__ = [
    "PERMITS",
    "Asked",
    "Decider",
    "Guard",
    "GuardError",
    "Handler",
    "HttpRequest",
    "NotPermittedError",
    "Permit",
    "PolicyMiddleware",
    "Timed",
    "UndecidedError",
    "UnmetError",
    "after",
    "before",
    "requires",
]
