"""Records as programs write them, each read by one function made for its kind; whatever is unlike goes field by field.

The functions are generated from the fields' own readers, so that what is plain is said in one place
(`alpr_policy.reading.records`). They hold names of our own fields alone, and nothing that a request brings.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from alpr_policy.durations import fresh_moment
from alpr_policy.model.quick import maker

Reader: TypeAlias = Callable[[Any], Any]
Sort: TypeAlias = frozenset[str]
# How a plain field is read: any short text, a time, facts with values, or one of some words.
WORD: Final[Sort] = frozenset({"a word"})
MOMENT: Final[Sort] = frozenset({"a moment"})
SCOPE: Final[Sort] = frozenset({"facts and their values"})
MAX_SCOPE: Final = 50


def plain_reader(
    build: Any, sorts: Mapping[str, Sort], required: tuple[str, ...], untold: Sort, longest: int
) -> Reader:
    """Write the function that reads a record of one kind, or returns None where anything in it is not plain."""
    scope: dict[str, Any] = {"make": maker(build), "moment": fresh_moment, "group": scope_of}
    scope["untold"] = untold
    lines = ["if raw.__class__ is not dict: return None", "get, given = raw.get, 0"]
    values = []
    for field in dataclasses.fields(build):
        name, sort = field.name, sorts.get(field.name)
        made = field.default_factory is not dataclasses.MISSING
        scope[f"default_{name}"] = field.default_factory if made else field.default
        default = f"default_{name}()" if made else f"default_{name}"
        if sort is None:
            # Not among the plain fields: a record that has it is none that can be read here.
            values.append(default)
            continue
        lines.append(f"{name} = get({name!r})")
        if name in required:
            lines += [*_tested(name, sort, scope, longest), "given += 1"]
        else:
            lines += [f"if {name} is None: {name} = {default}", "else:"]
            lines += ["    " + line for line in (*_tested(name, sort, scope, longest), "given += 1")]
        values.append(name)
    lines += ["if given != len(raw): return None", f"return make({', '.join(values)})"]
    exec("def read(raw):\n" + "\n".join("    " + line for line in lines), scope)  # names of our own fields
    read: Reader = scope["read"]
    return read


def scope_of(raw: Any) -> dict[str, Any] | None:
    """Return a copy of facts under dotted names; None for any other shape."""
    if raw.__class__ is not dict or len(raw) > MAX_SCOPE:
        return None
    for name in raw:
        if name.__class__ is not str or "." not in name:
            return None
    return dict(raw)


def _tested(name: str, sort: Sort, scope: dict[str, Any], longest: int) -> list[str]:
    if sort is SCOPE:
        return [f"{name} = group({name})", f"if {name} is None: return None"]
    strange = f"if {name}.__class__ is not str"
    if sort is WORD:
        return [
            f"{strange} or not 0 < len({name}) <= {longest} or not {name}.isascii() or {name} in untold: return None"
        ]
    if sort is MOMENT:
        return [f"{strange}: return None", f"{name} = moment({name})", f"if {name} is None: return None"]
    scope[f"choices_{name}"] = sort
    return [f"{strange} or {name} not in choices_{name}: return None"]
