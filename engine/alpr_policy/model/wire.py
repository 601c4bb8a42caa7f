"""Model objects as plain JSON data: names in order of declaration, empty parts left out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final

# These are always written, so that a reader need not know the defaults.
ALWAYS = frozenset({"outcome", "proceed", "silent", "needs", "obligations", "reasons"})
# Most of what is asked about is one of these, and asking for the exact class is the cheapest question there is.
AS_IT_IS: Final = frozenset({str, bool, int, float, type(None)})
# What is empty and of one of these says nothing.
EMPTY: Final = frozenset({type(None), bool, tuple, list, dict})


def plain(value: Any) -> Any:
    """Turn a model object into dicts, lists, texts, numbers and booleans."""
    kind = value.__class__
    if kind in AS_IT_IS:
        return value
    if kind is tuple or kind is list:
        return [one if one.__class__ is str else plain(one) for one in value]
    write = _WRITERS[kind] if kind in _WRITERS else _writer(kind)
    return write(value)


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


_WRITERS: Final[dict[type, Callable[[Any], Any]]] = {}


def _writer(kind: type) -> Callable[[Any], Any]:
    """Return what writes the objects of a class, and keep it for the next time."""
    _WRITERS[kind] = made = _written(kind) if dataclasses.is_dataclass(kind) else _other
    return made


def _written(kind: type[Any]) -> Callable[[Any], dict[str, Any]]:
    """Return a function that writes a dataclass field by field: a text at once, and what is empty not at all."""
    lines = ["def write(value):", "    wire = {}"]
    for field in dataclasses.fields(kind):
        name = field.name
        lines.append(f"    one = value.{name}")
        if name in ALWAYS:
            lines.append(f"    wire[{name!r}] = one if one.__class__ is str else plain(one)")
            continue
        lines += [
            "    if one.__class__ is str:",
            f"        if one: wire[{name!r}] = one",
            f"    elif one or one.__class__ not in EMPTY and says_nought(one): wire[{name!r}] = plain(one)",
        ]
    scope: dict[str, Any] = {"plain": plain, "says_nought": _says_nought, "EMPTY": EMPTY}
    exec("\n".join([*lines, "    return wire"]), scope)  # the names are those of our own fields
    write: Callable[[Any], dict[str, Any]] = scope["write"]
    return write


def _says_nought(value: Any) -> bool:
    """Say whether a value is the number nought, which says something though it counts as empty."""
    return isinstance(value, int) and value is not False
