"""From bytes to typed answers: JSON that is what it says, and dataclasses whose fields say what must be there."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeVar

from alpr_policy_adapters.client.errors import AnswerError

T = TypeVar("T")
MORE: Final = "more"
"""The field that keeps what the client does not know."""
KEY: Final = "key"
"""In the metadata of a field: its name in JSON, where that is another."""


class _FaultError(ValueError):
    """What the reader of the standard library lets pass and we do not."""


def read_json(data: bytes) -> dict[str, Any]:
    """Read a JSON object; raises AnswerError for anything else, a key that stands twice included."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant)
    except (RecursionError, ValueError):
        raise AnswerError("the answer is not JSON") from None
    if not isinstance(value, dict):
        raise AnswerError("the answer is no JSON object")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _FaultError
    return found


def _constant(_: str) -> Any:
    raise _FaultError


def build(cls: type[T], data: Any, place: str = "the answer") -> T:
    """Return an object of a dataclass made from JSON data; raises AnswerError.

    A field without a default must be there, `null` is as if it were not, and keys that no field has go into `more`.
    """
    if not isinstance(data, dict):
        raise AnswerError(f"{place} is no object")
    given: dict[str, Any] = {}
    known = _fields(typing.cast(typing.Hashable, cls))
    for name, (key, hint, is_needed) in known.items():
        value = data.get(key)
        if value is not None:
            given[name] = _value(hint, value, key if place == "the answer" else f"{place}.{key}")
        elif is_needed:
            raise AnswerError(f"{place} has no `{key}`")
    keys = {key for key, _, _ in known.values()}
    given[MORE] = {key: value for key, value in data.items() if key not in keys}
    return cls(**given)


@cache
def _fields(cls: Any) -> dict[str, tuple[str, Any, bool]]:
    hints = typing.get_type_hints(cls)
    return {
        one.name: (
            one.metadata.get(KEY, one.name),
            hints[one.name],
            one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING,
        )
        for one in dataclasses.fields(cls)
        if one.name != MORE
    }


def _value(hint: Any, value: Any, place: str) -> Any:
    """Return a value as a type asks for it; raises AnswerError where it is of another."""
    origin = typing.get_origin(hint)
    if origin is types.UnionType:
        return _value(typing.get_args(hint)[0], value, place)
    if origin is tuple:
        if not isinstance(value, list):
            raise AnswerError(f"`{place}` is no list")
        inner = typing.get_args(hint)[0]
        return tuple(_value(inner, one, f"{place}[{number}]") for number, one in enumerate(value))
    if dataclasses.is_dataclass(hint):
        return build(typing.cast(type[Any], hint), value, place)
    wanted = dict if origin in (dict, Mapping) else hint
    if wanted is Any:
        return value
    # A truth value is a number to Python, and none to us.
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise AnswerError(f"`{place}` is not what it must be")
    return value
