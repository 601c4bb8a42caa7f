"""Forward-chaining rules as plain data, in whole numbers alone: what goes to the worker, and what may not.

`durable_rules` tells texts of two facts apart or not by the order in which they came, reads NaN as null and takes 1
for true. So nothing but small whole numbers crosses over: words, persons and moments are numbered by whoever asks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from alpr_policy.errors import Diagnostic, PolicyError

# The limits of the library are 511 values tested for on one field and 64 ranges, after which it never returns.
MAX_VALUES, MAX_RANGES = 400, 60
MAX_RULES, MAX_PATTERNS, MAX_TESTS = 2_000, 12, 24
MAX_FACTS, MAX_NUMBER = 2_000, 2**31
NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
# Names that the library takes for its own.
RESERVED = frozenset({"sid", "id", "z"})
KIND, STAGE, ANSWER = "k", 1, 2

Fact = Mapping[str, int]
Wire = dict[str, Any]


class LoweringError(PolicyError):
    """A statement or a case that is not put to `durable_rules`: too large, or of a form it cannot hold."""


def refused(message: str) -> LoweringError:
    """Return the error that says why something is not put to `durable_rules`."""
    return LoweringError([Diagnostic("durable-refused", message, help="there is no second opinion on this request")])


@dataclass(frozen=True, slots=True)
class Var:
    """A value that must be the same wherever the name stands in a rule."""

    name: str


@dataclass(frozen=True, slots=True)
class Test:
    """A comparison other than being equal, with a number or with what a name was bound to before."""

    op: str
    value: int | Var


@dataclass(frozen=True, slots=True)
class Nested:
    """In a consequence: the place that a further person has in a chain, `outer` times `BASE` plus `inner`."""

    outer: Var
    inner: Var


BASE = 128
Field = int | Var | Test | tuple[Var | Test, ...]


def ne(value: int | Var) -> Test:
    """Return the test of being another."""
    return Test("ne", value)


def lt(value: int | Var) -> Test:
    """Return the test of being less."""
    return Test("lt", value)


def gt(value: int | Var) -> Test:
    """Return the test of being more."""
    return Test("gt", value)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A fact of one kind that must be there, or, with `absent`, must not."""

    kind: str
    fields: Mapping[str, Field]
    absent: bool = False


def some(kind: str, /, **fields: Field) -> Pattern:
    """Return the pattern of a fact that must be there."""
    return Pattern(kind, fields)


def none(kind: str, /, **fields: Field) -> Pattern:
    """Return the pattern of a fact that must not be there."""
    return Pattern(kind, fields, absent=True)


@dataclass(frozen=True, slots=True)
class Program:
    """The rules of one statement as they go to the worker: a name for them, the rules, and how many stages they have.

    `kinds` numbers the kinds of fact, for whoever writes facts.
    """

    key: str
    rules: tuple[Wire, ...]
    stages: int
    kinds: Mapping[str, int]


class Writer:
    """Writes rules. Stages come one after the other: what is absent in one can no longer appear."""

    def __init__(self) -> None:
        """Begin without rules."""
        self.kinds: dict[str, int] = {"stage": STAGE, "answer": ANSWER}
        self.rules: list[Wire] = []
        self.stages = 0

    def rule(self, kind: str, when: Iterable[Pattern], stage: int = 0, /, **fields: int | Var | Nested) -> None:
        """Add a rule: where all patterns hold, and the stage has come, there is a fact of `kind` with these fields."""
        when = tuple(when)
        if not stage and any(one.absent for one in when):
            # It would be found absent before the facts that deny it have come.
            raise refused("what must be absent is asked only at a stage")
        self.stages = max(self.stages, stage)
        patterns = [some("stage", at=stage)] if stage else []
        bound: dict[str, list[Any]] = {}
        every = [self._pattern(one, number, bound) for number, one in enumerate([*patterns, *when])]
        then = [[KIND, ["is", self._kind(kind)]]]
        then += [[name, _consequence(value, bound)] for name, value in fields.items()]
        self.rules.append({"when": every, "then": then})

    def _pattern(self, pattern: Pattern, number: int, bound: dict[str, list[Any]]) -> list[Any]:
        tests: list[list[Any]] = [[KIND, "eq", ["is", self._kind(pattern.kind)]]]
        # Names are bound only by facts that are there, and a name bound in this very fact is no join.
        here: dict[str, list[Any]] = {}
        for name, field in pattern.fields.items():
            for value in field if isinstance(field, tuple) else (field,):
                if isinstance(value, Var) and value.name not in bound:
                    here[value.name] = ["of", number, name]
                else:
                    test = value if isinstance(value, Test) else Test("eq", value)
                    of = bound[test.value.name] if isinstance(test.value, Var) else ["is", test.value]
                    tests.append([name, test.op, of])
        if not pattern.absent:
            bound.update(here)
        return [pattern.absent, tests]

    def _kind(self, kind: str) -> int:
        return self.kinds.setdefault(kind, len(self.kinds) + 1)

    def program(self) -> Program:
        """Return the rules, once they are known to stay within what the library holds; raises LoweringError."""
        guard_rules(self.rules)
        text = json.dumps([self.rules, self.stages], separators=(",", ":"))
        key = hashlib.sha256(text.encode()).hexdigest()
        return Program(key, tuple(self.rules), self.stages, dict(self.kinds))


def _consequence(value: int | Var | Nested, bound: Mapping[str, list[Any]]) -> list[Any]:
    if isinstance(value, Var):
        return bound[value.name]
    if isinstance(value, Nested):
        return ["nested", bound[value.outer.name][1:], bound[value.inner.name][1:]]
    return ["is", value]


def guard_rules(rules: Iterable[Wire]) -> None:
    """Make sure that rules stay within what the library holds; raises LoweringError."""
    values: dict[str, set[int]] = {}
    ranges: dict[str, set[tuple[str, int]]] = {}
    for count, rule in enumerate(rules, start=1):
        if count > MAX_RULES or len(rule["when"]) > MAX_PATTERNS:
            raise refused(f"a statement takes more than {MAX_RULES:,} rules, or a rule too many facts")
        for _, tests in rule["when"]:
            if len(tests) > MAX_TESTS:
                raise refused(f"a rule tests more than {MAX_TESTS} fields of one fact")
            for name, op, of in tests:
                _guard_name(name)
                if of[0] == "is":
                    _guard_number(of[1])
                    kept = values.setdefault(name, set()) if op in ("eq", "ne") else None
                    kept.add(of[1]) if kept is not None else ranges.setdefault(name, set()).add((op, of[1]))
    for name, found in values.items():
        if len(found) > MAX_VALUES:
            raise refused(f"`{name}` is compared with more than {MAX_VALUES} values")
    if any(len(found) > MAX_RANGES for found in ranges.values()):
        raise refused(f"a field is compared with more than {MAX_RANGES} bounds")


def guard_facts(facts: Iterable[Fact]) -> None:
    """Make sure that facts hold small whole numbers under plain names, and are not too many; raises LoweringError."""
    for number, fact in enumerate(facts, start=1):
        if number > MAX_FACTS:
            raise refused(f"a case comes to more than {MAX_FACTS:,} facts")
        for name, value in fact.items():
            _guard_name(name)
            _guard_number(value)


def _guard_name(name: str) -> None:
    if not (0 < len(name) <= 20 and set(name) <= NAME_LETTERS) or name in RESERVED:
        raise refused(f"`{name[:20]}` is no name for a field")


def _guard_number(value: object) -> None:
    # `True` is a number to Python and to the library another fact than 1.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < MAX_NUMBER:
        raise refused("a value is no small whole number")
