"""Sets of truth values, so that a condition can be judged while some facts are still open.

A set is a number: 1 for false, 2 for unknown, 4 for true, added up. What a set does not hold cannot come about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter

from alpr_policy.ir.nodes import All, Always, Any, Atom, Cond, Hole, Not, Sure
from alpr_policy.meaning.truth import Truth, U, all3, any3, not3

NO, OPEN, YES = 1, 2, 4
ALL = NO | OPEN | YES
Formula = Callable[[Sequence[int]], int]

_TRUTHS: tuple[tuple[int, Truth], ...] = ((NO, False), (OPEN, U), (YES, True))


def mask_of(truth: Truth) -> int:
    """Return the set that holds one truth value."""
    return YES if truth is True else NO if truth is False else OPEN


def truths_in(mask: int) -> tuple[Truth, ...]:
    """Return the truth values of a set."""
    return tuple(truth for bit, truth in _TRUTHS if mask & bit)


def _joined(join: Callable[[tuple[Truth, Truth]], Truth]) -> tuple[int, ...]:
    table: list[int] = []
    for pair in range(64):
        found = 0
        for one in truths_in(pair >> 3):
            for other in truths_in(pair & 7):
                found |= mask_of(join((one, other)))
        table.append(found)
    return tuple(table)


def _turned(turn: Callable[[Truth], Truth]) -> tuple[int, ...]:
    return tuple(sum({mask_of(turn(truth)) for truth in truths_in(mask)}) for mask in range(8))


# Made from the one definition of the three-valued logic.
AND, OR = _joined(all3), _joined(any3)
NOT, SURE = _turned(not3), _turned(lambda truth: truth is True)


def formula(cond: Cond, number: Callable[[Atom], int]) -> Formula:
    """Return a function from the sets of all atoms, by number, to the set of a condition."""
    match cond:
        case Atom():
            return itemgetter(number(cond))
        case Always(truth=truth):
            known = mask_of(truth)
            return lambda masks: known
        case Hole():
            return lambda masks: OPEN
        case All(of=parts):
            return folded(tuple(formula(part, number) for part in parts), AND, YES, NO)
        case Any(of=parts):
            return folded(tuple(formula(part, number) for part in parts), OR, NO, YES)
        case Not(of=part):
            inner = formula(part, number)
            return lambda masks: NOT[inner(masks)]
        case Sure(of=part):
            inner = formula(part, number)
            return lambda masks: SURE[inner(masks)]


def folded(parts: tuple[Formula, ...], table: tuple[int, ...], start: int, settled: int) -> Formula:
    """Return the function that joins several by a table, and stops at what nothing further can change."""

    def run(masks: Sequence[int]) -> int:
        found = start
        for part in parts:
            found = table[found << 3 | part(masks)]
            if found == settled:
                return found
        return found

    return run
