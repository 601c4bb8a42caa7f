"""The extras `ledger` and `postgres`: asked for by name when they are missing."""

from __future__ import annotations

from importlib import import_module

from alpr_policy.errors import MissingExtraError


def require(what: str, *modules: str, extra: str = "ledger") -> None:
    """Import `modules` or raise MissingExtraError saying that `what` needs the extra."""
    for name in modules:
        try:
            import_module(name)
        except ImportError as error:
            raise MissingExtraError(what, extra) from error
