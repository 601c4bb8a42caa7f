"""Model objects as plain JSON data: names in order of declaration, empty parts left out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

# These are always written, so that a reader need not know the defaults.
ALWAYS = frozenset({"outcome", "proceed", "silent", "needs", "obligations", "reasons"})
# Most of what is asked about is one of these, and asking for the exact class is the cheapest question there is.
AS_IT_IS: Final = frozenset({str, bool, int, float, type(None)})


def plain(value: Any) -> Any:
    """Turn a model object into dicts, lists, texts, numbers and booleans."""
    kind = type(value)
    if kind in AS_IT_IS:
        return value
    if kind is tuple or kind is list:
        return [plain(v) for v in value]
    names = _FIELDS[kind] if kind in _FIELDS else _fields(kind)
    if names is not None:
        pairs = [(name, getattr(value, name)) for name in names]
        return {name: plain(v) for name, v in pairs if v is True or name in ALWAYS or _says_something(v)}
    return _other(value)


def _other(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dt.date):  # and so every datetime
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(plain(v) for v in value)
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    return value


_FIELDS: Final[dict[type, tuple[str, ...] | None]] = {}


def _fields(kind: type) -> tuple[str, ...] | None:
    """Return the names of a dataclass' fields, None for any other class, and keep them for the next time."""
    names = tuple(field.name for field in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else None
    _FIELDS[kind] = names
    return names


def _says_something(value: Any) -> bool:
    return bool(value) or (isinstance(value, int) and value is not False)
