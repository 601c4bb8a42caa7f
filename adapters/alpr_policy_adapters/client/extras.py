"""The extra `client`: asked for by name when it is missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from alpr_policy.errors import MissingExtraError


def require_httpx() -> Any:
    """Return httpx, or raise MissingExtraError saying that the client needs the extra `client`."""
    try:
        return import_module("httpx")
    except ImportError as error:
        raise MissingExtraError("the client", "client") from error
