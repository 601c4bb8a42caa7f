"""What a gate looks like in a space of value classes: the tests it reads, how it is judged, and what it is alike.

A rule stands between several acts and their being allowed, and is looked at under several pairs of texts: what follows
from the rule alone is worked out once for each space.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from alpr_policy.evaluators.symbolic.classes import Space
from alpr_policy.evaluators.symbolic.gates import Gate
from alpr_policy.evaluators.symbolic.truths import NO, OR, YES, Formula, folded, formula
from alpr_policy.ir.nodes import All, Always, Any, Atom, Cond, Hole, Not, Sure


@dataclass(slots=True, eq=False)
class Sight:
    """A gate as a space has it; `shape` is equal for two that come out alike under every request."""

    space: Space
    gate: Gate
    tests: frozenset[int]
    conditions: tuple[object, ...]
    shape: object
    _formula: Formula | None = None

    @property
    def formula(self) -> Formula:
        """Return the function that judges the gate."""
        if self._formula is None:
            self._formula = self.gate.formula(partial(self.space.number, self.gate.view))
        return self._formula


def sight(space: Space, gate: Gate) -> Sight:
    """Return what a gate looks like in a space."""
    found: Sight | None = space.sights.get(id(gate))
    # The gate is kept with it, so its place in memory is no other's.
    if found is None or found.gate is not gate:
        found = space.sights[id(gate)] = _looked_at(space, gate)
    return found


def shape(space: Space, gate: Gate) -> object:
    """Return what is equal for two gates that come out alike under every request."""
    return sight(space, gate).shape


def apart(space: Space, one: Gate, other: Gate) -> tuple[Formula, frozenset[int]]:
    """Return whether any statement applies, or hold is active, that only one of two standings has, and what that reads.

    Where none does the two come out alike: a statement that does not apply, and a hold that is not active, say nothing.
    """
    first, second = (_pieces(sight(space, gate)) for gate in (one, other))
    only = [(one, piece, cond) for piece, cond in first.items() if piece not in second]
    only += [(other, piece, cond) for piece, cond in second.items() if piece not in first]
    parts = tuple(formula(cond, partial(space.number, gate.view)) for gate, _, cond in only)
    read = frozenset(test for gate, _, cond in only for test in _tests(_shape(space, gate.view, cond)))
    return folded(parts, OR, NO, YES), read


def _pieces(seen: Sight) -> dict[object, Cond]:
    """Return the statements and holds of a standing by their shapes, each with when it applies."""
    if seen.gate.keeping is None:
        return {}
    keeps, freezes, _ = seen.gate.keeping
    conds = iter(seen.conditions)
    found: dict[object, Cond] = {(keep.never, next(conds), next(conds), next(conds)): keep.applies for keep in keeps}
    return found | {(next(conds), next(conds)): freeze.active for freeze in freezes}


def _looked_at(space: Space, gate: Gate) -> Sight:
    shapes = tuple(_shape(space, gate.view, cond) for cond in gate.conds)
    kept = None if gate.keeping is None else (gate.keeping[2], tuple(keep.never for keep in gate.keeping[0]))
    tests = frozenset(test for one in shapes for test in _tests(one))
    return Sight(space, gate, tests, shapes, (gate.levels, shapes, kept))


def _tests(shape: object) -> Iterator[int]:
    """Yield the tests in the shape of a condition."""
    match shape:
        case int():
            yield shape
        case (str(), frozenset() as parts):
            for part in parts:
                yield from _tests(part)
        case (("not" | "sure"), part):
            yield from _tests(part)


def _shape(space: Space, view: int, cond: Cond) -> object:
    match cond:
        case Atom():
            return space.number(view, cond)
        case All(of=parts):
            return "all", frozenset([_shape(space, view, part) for part in parts])
        case Any(of=parts):
            return "any", frozenset([_shape(space, view, part) for part in parts])
        case Not(of=part):
            return "not", _shape(space, view, part)
        case Sure(of=part):
            return "sure", _shape(space, view, part)
        case Always(truth=truth):
            return "always", truth
        case Hole():
            return "open"


def tests_of(space: Space, view: int, cond: Cond) -> set[int]:
    """Return the numbers of the tests that a condition reads."""
    match cond:
        case Atom():
            return {space.number(view, cond)}
        case All(of=parts) | Any(of=parts):
            return {test for part in parts for test in tests_of(space, view, part)}
        case Not(of=part) | Sure(of=part):
            return tests_of(space, view, part)
        case _:
            return set()
