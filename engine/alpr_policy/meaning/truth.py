"""Three-valued logic: true, false, unknown (language.md §2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from alpr_policy.ir.nodes import All, Always, Any, Atom, Cond, Hole, Not, Sure

Truth = bool | None
U: Truth = None


def all3(parts: Iterable[Truth]) -> Truth:
    """False if any part is false; else unknown if any is unknown; else true."""
    found: Truth = True
    for part in parts:
        if part is False:
            return False
        if part is U:
            found = U
    return found


def any3(parts: Iterable[Truth]) -> Truth:
    """True if any part is true; else unknown if any is unknown; else false."""
    found: Truth = False
    for part in parts:
        if part is True:
            return True
        if part is U:
            found = U
    return found


def not3(part: Truth) -> Truth:
    """Unknown stays unknown."""
    return U if part is U else not part


def word(truth: Truth) -> str:
    """Name a truth value for people."""
    return {True: "true", False: "false", None: "unknown"}[truth]


def truth(cond: Cond, atom: Callable[[Atom], Truth]) -> Truth:
    """Evaluate a condition, given how an atom is evaluated."""
    match cond:
        case Atom():
            return atom(cond)
        case Always(truth=value):
            return value
        case Hole():
            return U
        case All(of=parts):
            return all3(truth(part, atom) for part in parts)
        case Any(of=parts):
            return any3(truth(part, atom) for part in parts)
        case Not(of=part):
            return not3(truth(part, atom))
        case Sure(of=part):
            return truth(part, atom) is True
