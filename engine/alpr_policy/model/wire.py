"""Model objects as plain JSON data: names in order of declaration, empty parts left out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from enum import Enum
from typing import Any

# These are always written, so that a reader need not know the defaults.
ALWAYS = frozenset({"outcome", "proceed", "silent", "needs", "obligations", "reasons"})


def plain(value: Any) -> Any:
    """Turn a model object into dicts, lists, texts, numbers and booleans."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {name: plain(v) for name, v in pairs if name in ALWAYS or _says_something(v)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(plain(v) for v in value)
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    return value


def _says_something(value: Any) -> bool:
    return value is True or (isinstance(value, int) and not isinstance(value, bool)) or bool(value)
