"""Frozen dataclasses that are built in half the time, or in a sixth of it: a decision makes a dozen of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def quick(cls: type[T]) -> type[T]:
    """Give a frozen keyword-only dataclass with slots an `__init__` that fills its slots directly.

    The one that `dataclass` writes goes through `object.__setattr__` once a field. Nothing else changes: the fields,
    their defaults, and that they cannot be set afterwards.
    """
    scope, arguments, values = _parts(cls)
    scope |= {f"set_{name}": cls.__dict__[name].__set__ for name in values}
    body = [f"set_{name}(self, {value})" for name, value in values.items()]
    initialise = _written(f"__init__(self, *, {', '.join(arguments)})", body, scope)
    initialise.__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = initialise  # type: ignore[method-assign]  # that is what it is for
    return cls


def maker(cls: type[T]) -> Callable[..., T]:
    """Return a function that builds a dataclass with slots from its fields, given in order.

    It fills a plain twin that has the same slots, which takes a sixth of the time of setting them on a frozen object,
    and then makes the twin one of `cls`. What comes out is what the class itself would have built.
    """
    scope, arguments, values = _parts(cls)
    scope |= {"Unfinished": type(f"Unfinished{cls.__name__}", (), {"__slots__": tuple(values)}), "Finished": cls}
    body = [f"made.{name} = {value}" for name, value in values.items()]
    whole = ["made = Unfinished()", *body, "made.__class__ = Finished", "return made"]
    make: Callable[..., T] = _written(f"make_{cls.__name__.lower()}({', '.join(arguments)})", whole, scope)
    return make


def _parts(cls: type[Any]) -> tuple[dict[str, Any], list[str], dict[str, str]]:
    """Return what the fields of a class need by name: the defaults, the arguments, and the value of each field."""
    scope: dict[str, Any] = {}
    arguments: list[str] = []
    values: dict[str, str] = {}
    for field in dataclasses.fields(cls):
        made = field.default_factory is not dataclasses.MISSING
        scope[f"default_{field.name}"] = field.default_factory if made else field.default
        optional = made or field.default is not dataclasses.MISSING
        arguments.append(f"{field.name}=default_{field.name}" if optional else field.name)
        given = f"{field.name} if {field.name} is not default_{field.name} else default_{field.name}()"
        values[field.name] = given if made else field.name
    return scope, arguments, values


def _written(head: str, body: list[str], scope: dict[str, Any]) -> Any:
    source = f"def {head}:\n" + "\n".join("    " + line for line in body)
    exec(source, scope)  # the names are those of our own fields
    return scope[head.partition("(")[0]]
