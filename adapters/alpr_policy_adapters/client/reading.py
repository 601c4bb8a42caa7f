"""From bytes to typed answers: JSON that is what it says, and dataclasses whose fields say what must be there."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, Final, TypeVar

from alpr_policy_adapters.client.errors import AnswerError

T = TypeVar("T")
Reader = Callable[[Any], Any]
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
    try:
        return typing.cast(T, _made(cls, data))
    except _OddError as odd:
        raise AnswerError(odd.told(place)) from None


class _OddError(Exception):
    """Something is not what it must be; the path to it is put together on the way out."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.path: list[str] = []

    def told(self, place: str) -> str:
        inner = ".".join(reversed(self.path)).replace(".[", "[")
        whole = inner if place == "the answer" else f"{place}.{inner}"
        return f"`{whole}` {self.what}" if inner else f"{place} {self.what}"


def _made(cls: Any, data: Any) -> Any:
    if data.__class__ is not dict:
        raise _OddError("is no object")
    given: dict[str, Any] = {}
    left = dict(data)
    for name, key, read, is_needed in _fields(cls):
        value = left.pop(key, None)
        if value is not None:
            try:
                given[name] = read(value)
            except _OddError as odd:
                odd.path.append(key)
                raise
        elif is_needed:
            raise _OddError(f"has no `{key}`")
    given[MORE] = left
    return cls(**given)


@cache
def _fields(cls: Any) -> tuple[tuple[str, str, Reader, bool], ...]:
    """Return each field: its name, its key in JSON, what reads it, and whether it must be there."""
    hints = typing.get_type_hints(cls)
    missing = dataclasses.MISSING
    return tuple(
        (
            one.name,
            one.metadata.get(KEY, one.name),
            _reader(hints[one.name]),
            one.default is missing and one.default_factory is missing,
        )
        for one in dataclasses.fields(cls)
        if one.name != MORE
    )


def _reader(hint: Any) -> Reader:
    """Return what reads a value as a type asks for it, and raises _OddError where it is of another."""
    origin = typing.get_origin(hint)
    if origin is types.UnionType:
        return _reader(typing.get_args(hint)[0])
    if origin is tuple:
        return partial(_several, _reader(typing.get_args(hint)[0]))
    if dataclasses.is_dataclass(hint):
        return partial(_made, hint)
    if hint is Any:
        return lambda value: value
    return partial(_plain, dict if origin in (dict, Mapping) else hint)


def _several(read: Reader, value: Any) -> tuple[Any, ...]:
    if value.__class__ is not list:
        raise _OddError("is no list")
    found = []
    for number, one in enumerate(value):
        try:
            found.append(read(one))
        except _OddError as odd:
            odd.path.append(f"[{number}]")
            raise
    return tuple(found)


def _plain(wanted: type[Any], value: Any) -> Any:
    # By its very class, since a truth value is a number to Python, and none to us.
    if value.__class__ is not wanted:
        raise _OddError("is not what it must be")
    return value
