"""Whether a record must stay, may stay or must go at an instant (the table of language.md §6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from alpr_policy.ir.nodes import All, Cond, Freeze, Keep, Not, Sure
from alpr_policy.meaning.truth import Truth, U, all3, any3


class Standing(StrEnum):
    """What the policy says of a record at an instant, first that applies."""

    NOT_HERE = "not_here"
    MUST_KEEP = "must_keep"
    HELD = "held"
    UNKNOWN = "unknown"
    PURGE_DUE = "purge_due"
    MAY_KEEP = "may_keep"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """A standing with what it says of purging and storing: true allows, false denies, unknown needs.

    `overdue` are the statements whose ceiling is passed, or may be, where nothing surely keeps the record.
    """

    standing: Standing
    purge: Truth
    store: Truth
    decided_by: tuple[Keep | Freeze, ...]
    open: tuple[tuple[Keep | Freeze, Cond], ...]
    overdue: tuple[Keep, ...] = ()


def lifecycle(keeps: tuple[Keep, ...], freezes: tuple[Freeze, ...], truth: Callable[[Cond], Truth]) -> Lifecycle:
    """Work out the standing of a record, given how conditions are evaluated."""
    never = {k: truth(k.applies) for k in keeps if k.never}
    floors = {k: all3([truth(k.applies), truth(k.unreached)]) for k in keeps if not k.never}
    passed = {k: all3([truth(k.applies), truth(k.passed)]) for k in keeps if not k.never}
    held = {f: truth(f.active) for f in freezes}
    applies = {k: truth(k.applies) for k in keeps}
    standing = _standing(never, floors, passed, held, applies)
    kept, gone = any3([*floors.values(), *held.values()]), any3(never.values())
    purge, store = _answers(standing, kept, gone)
    # An end that is not known ends no hold, so nothing is purged; nor does it let data stay that would otherwise go.
    lasting = {f: _with_open_end(f.active) for f, value in held.items() if value is True}
    doubtful = standing is Standing.HELD and True not in (truth(cond) for cond in lasting.values())
    others = {f: value for f, value in held.items() if f not in lasting}
    if doubtful and _answers(_standing(never, floors, passed, others, applies), kept, gone)[1] is not True:
        store = U
    deciding: tuple[dict[Keep, Truth] | dict[Freeze, Truth], ...] = {
        Standing.UNKNOWN: (never, floors, held, passed, applies),
        Standing.NOT_HERE: (never, floors, held),
        Standing.MUST_KEEP: (floors, held),
        Standing.HELD: (held,),
        Standing.PURGE_DUE: (passed,),
        Standing.MAY_KEEP: (applies,),
        Standing.SILENT: (),
    }[standing]
    wanted = U if standing is Standing.UNKNOWN else True
    by = tuple(dict.fromkeys(rule for group in deciding for rule, value in group.items() if value is wanted))
    asked = _open(never, floors, passed, held, applies) + (tuple(lasting.items()) if doubtful else ())
    may_go = standing in (Standing.PURGE_DUE, Standing.UNKNOWN) or (doubtful and store is U)
    overdue = tuple(k for k, value in passed.items() if may_go and value is not False)
    return Lifecycle(standing, purge, store, by, asked, overdue)


def _with_open_end(cond: Cond) -> Cond:
    """Return a hold's condition in which an end that is not known stays unknown."""
    match cond:
        case Sure(of=part):
            return part
        case All(of=parts):
            return All(tuple(_with_open_end(part) for part in parts))
        case Not(of=part):
            return Not(_with_open_end(part))
        case _:
            return cond


def _standing(
    never: dict[Keep, Truth],
    floors: dict[Keep, Truth],
    passed: dict[Keep, Truth],
    held: dict[Freeze, Truth],
    applies: dict[Keep, Truth],
) -> Standing:
    ceiling = any3(passed.values())
    if True in never.values():
        return Standing.NOT_HERE
    if True in floors.values():
        return Standing.MUST_KEEP
    if True in held.values():
        return Standing.HELD
    if U in (any3(held.values()), any3(floors.values()), any3(never.values()), ceiling):
        return Standing.UNKNOWN
    if ceiling is True:
        return Standing.PURGE_DUE
    if True in applies.values():
        return Standing.MAY_KEEP
    return Standing.UNKNOWN if U in applies.values() else Standing.SILENT


def _answers(standing: Standing, kept: Truth, never: Truth) -> tuple[Truth, Truth]:
    """Return what a standing says of purging and of storing."""
    match standing:
        case Standing.NOT_HERE:
            return (False if kept is True else U if kept is U else True), False
        case Standing.MUST_KEEP | Standing.HELD:
            return False, U if never is U else True
        case Standing.UNKNOWN:
            return U, U
        case Standing.PURGE_DUE:
            return True, False
        case Standing.MAY_KEEP:
            return True, True
        case Standing.SILENT:
            return False, True


def _open(
    never: dict[Keep, Truth],
    floors: dict[Keep, Truth],
    passed: dict[Keep, Truth],
    held: dict[Freeze, Truth],
    applies: dict[Keep, Truth],
) -> tuple[tuple[Keep | Freeze, Cond], ...]:
    """Return the conditions that are unknown with the rule of each, for asking."""
    found: list[tuple[Keep | Freeze, Cond]] = [(k, k.applies) for k, value in never.items() if value is U]
    found += [(k, All((k.applies, k.unreached))) for k, value in floors.items() if value is U]
    found += [(k, All((k.applies, k.passed))) for k, value in passed.items() if value is U]
    found += [(f, f.active) for f, value in held.items() if value is U]
    # Where no end is open, what is open is whether any statement is about this data at all.
    return tuple(found) or tuple((k, k.applies) for k, value in applies.items() if value is U)
