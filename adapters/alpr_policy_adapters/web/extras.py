"""The extra `web`: asked for by name when it is missing."""

from __future__ import annotations

from importlib import import_module

from alpr_policy.errors import MissingExtraError


def require(what: str, *modules: str) -> None:
    """Import `modules` or raise MissingExtraError saying that `what` needs the extra `web`."""
    for name in modules:
        try:
            import_module(name)
        except ImportError as error:
            raise MissingExtraError(what, "web") from error
