"""Malformed requests, made systematically: each place of a good request filled with each sort of rubbish."""

from __future__ import annotations

import datetime as dt
import math
from collections import ChainMap, OrderedDict, UserDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.suites import load_suite

from alpr_policy import Outcome, PolicyDecisionPoint
from alpr_policy.reading.records import RECORDS

SUITES = Path(__file__).parents[1] / "policies"
DEMO = Path(__file__).parents[2] / "examples" / "demo" / "policies"
TOP = ("action", "at", "departments", "facts", "id", "request", *RECORDS, "no such key", 7)
GONE = object()
# Fields that limit a record: a grant without its end or scope is another, wider grant.
LIMITS = frozenset({"scope", "expires", "ended", "ends", "capacity"})


def _deep(depth: int, *, keys: bool) -> Any:
    """Nest a value in lists or groups."""
    value: Any = "deep"
    for _ in range(depth):
        value = {"a": value} if keys else [value]
    return value


class Liar(Mapping[str, Any]):
    """A mapping that says it has a key and then does not give it."""

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(("conflict",))

    def __len__(self) -> int:
        return 1


@dataclass(frozen=True)
class Rubbish:
    """A value that is wrong in most places, with a name for it."""

    name: str
    value: Any


def _all() -> Iterator[Rubbish]:
    yield Rubbish("gone", GONE)
    yield Rubbish("null", None)
    for word in ("unknown", "withheld"):
        yield Rubbish(word, word)
    for name, text in {
        "an empty text": "",
        "no such value": "no such value",
        "half a character": "\ud800",
        "control characters": "\x00\x1b[2J\x07",
        "writing turned round": "\u202ebackwards\u2066",
        "a shout": "A" * 1_000_000,
    }.items():
        yield Rubbish(name, text)
    for name, number in {
        "minus one": -1,
        "half": 0.5,
        "not a number": math.nan,
        "infinity": math.inf,
        "minus infinity": -math.inf,
        "ten thousand digits": 10**10_000,
        "a decimal": Decimal("NaN"),
        "a complex number": 1j,
    }.items():
        yield Rubbish(name, number)
    yield Rubbish("seven", 7)
    yield Rubbish("true", True)
    for name, conflict in {
        "no conflict": [],
        "a conflict": ["a", None],
        "a deep conflict": [_deep(1_000, keys=False)],
    }.items():
        yield Rubbish(name, {"conflict": conflict})
    for name, empty in {
        "an empty list": [],
        "an empty pair": (),
        "an empty set": set(),
        "a frozen set": frozenset(),
    }.items():
        yield Rubbish(name, empty)
    for name, value in {
        "a list of one": ["no such value"],
        "a list of rubbish": [None, 1, [], {}],
        "an empty group": {},
        "a group": {"a": 1},
        "a group with odd keys": {1: 2, None: 3, (): 4},
        "deep lists": _deep(1_000, keys=False),
        "deep groups": _deep(1_000, keys=True),
        "a view": MappingProxyType({"a": 1}),
        "a dict of its own": UserDict({"conflict": "a"}),
        "an ordered dict": OrderedDict(a=1),
        "a chain": ChainMap({"a": 1}, {"b": 2}),
        "a liar": Liar(),
        "bytes": b"officer-7",
        "more bytes": bytearray(b"\xff"),
        "an object": object(),
        "a class": dict,
        "a range": range(10**12),
        "a naive time": dt.datetime(2026, 5, 1, 12),
        "the end of time": dt.datetime.max,
        "a time of day": dt.time(12),
    }.items():
        yield Rubbish(name, value)


RUBBISH = tuple(_all())
# For requests that are refused: one of each sort, none of which is a value anywhere, so that no door may open.
FEW_NAMES = {
    "gone",
    "half a character",
    "ten thousand digits",
    "not a number",
    "bytes",
    "deep lists",
    "deep groups",
    "a liar",
    "a list of rubbish",
}
FEW = tuple(rubbish for rubbish in RUBBISH if rubbish.name in FEW_NAMES)


@dataclass(frozen=True)
class Base:
    """A request that a department's expected answers hold, with the answer."""

    request: Mapping[str, Any]
    outcome: Outcome


@dataclass(frozen=True)
class Variation:
    """A base with rubbish at one place."""

    base: Base
    place: tuple[str | int, ...]
    rubbish: Rubbish

    @property
    def may_help(self) -> bool:
        """Say whether leaving this out can rightly make a record better: what limits it is gone."""
        return self.rubbish.value is GONE and len(self.place) == 3 and self.place[2] in LIMITS

    @property
    def request(self) -> Any:
        return _with(self.base.request, self.place, self.rubbish.value)

    def __str__(self) -> str:
        where = ".".join(str(one) for one in self.place)
        return f"{self.rubbish.name} at {where} of {self.base.request['departments']} {self.base.request['action']}"


def _with(owner: Any, place: tuple[str | int, ...], value: Any) -> Any:
    """Copy a request along one path, with another value at its end."""
    if not place:
        return value
    first, rest = place[0], place[1:]
    if isinstance(owner, Mapping):
        changed: Any = dict(owner)
        if value is GONE and not rest:
            changed.pop(first, None)
        else:
            changed[first] = _with(owner.get(first, {}), rest, value)
        return changed
    changed = list(owner)
    if value is GONE and not rest:
        del changed[first]
    else:
        changed[first] = _with(changed[first], rest, value)
    return changed


@cache
def point() -> PolicyDecisionPoint:
    """Return the decision point over the shipped profiles and the towns that adopt the template."""
    return PolicyDecisionPoint.load(DEMO)


@cache
def bases() -> tuple[Base, ...]:
    """Return for each profile and act one request of each outcome that its expected answers hold."""
    found: dict[tuple[Any, ...], Base] = {}
    for path in sorted(SUITES.glob("*.yaml")):
        for case in load_suite(path):
            outcome = point().decide(case.request).outcome
            key = (tuple(case.request["departments"]), case.request["action"], outcome)
            found.setdefault(key, Base(case.request, outcome))
    return tuple(found.values())


def places(base: Base) -> Iterator[tuple[str | int, ...]]:
    """Yield every place of a request: its keys, each fact of its act, each record and each field of one."""
    yield from ((key,) for key in TOP)
    profile = point().catalog.latest(base.request["departments"][0])
    words = point().ruleset(profile).vocabulary
    known = {fact.name for fact in words.facts_on(base.request["action"])}
    yield from (("facts", name) for name in sorted({*known, *base.request["facts"]}))
    yield from (("facts", name) for name in ("no.such.fact", "", "\ud800.x", "requester"))
    for kind, shape in RECORDS.items():
        for number, _ in enumerate(base.request.get(kind, ())):
            yield (kind, number)
            yield from ((kind, number, field) for field in (*shape.fields, "no such field"))


def variations() -> Iterator[Variation]:
    """Yield every malformed variation, in an order that never changes."""
    for base in bases():
        for place in places(base):
            for rubbish in RUBBISH if base.outcome is Outcome.ALLOW else FEW:
                yield Variation(base, place, rubbish)


def spread(count: int) -> Iterator[Variation]:
    """Yield so many of the variations, evenly spread over all of them."""
    total = sum(1 for _ in variations())
    assert total >= count
    for number, one in enumerate(variations()):
        if number * count // total != (number - 1) * count // total:
            yield one
