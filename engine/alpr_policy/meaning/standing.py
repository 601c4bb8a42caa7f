"""Whether a record must stay, may stay or must go at an instant (the table of language.md §6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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


@dataclass(slots=True)
class Kept:
    """A retention statement at the act: whether it applies, its floor may still run, its ceiling is passed."""

    rule: Keep
    applies: Truth
    unreached: Truth
    passed: Truth


@dataclass(slots=True)
class Held:
    """A hold at the act: whether it is active, and whether it surely is, where it is not known if it has ended."""

    rule: Freeze
    active: Truth
    lasting: Truth


@dataclass(slots=True)
class Lifecycle:
    """A standing with what it says of purging and storing: true allows, false denies, unknown needs.

    `open` are the conditions that are not known, with the rule of each. `overdue` are the statements whose ceiling is
    passed, or may be, where nothing surely keeps the record.
    """

    standing: Standing
    purge: Truth
    store: Truth
    decided_by: tuple[Keep | Freeze, ...]
    open: tuple[tuple[Keep | Freeze, Cond], ...]
    overdue: tuple[Keep, ...]
    kept: Sequence[Kept]


Found = list[tuple[Keep | Freeze, Truth]]


@dataclass(slots=True)
class _Tables:
    """What holds of each rule: whether data may never be here, must stay, may stay no longer, is held, is spoken of."""

    never: Found
    floors: Found
    passed: Found
    held: Found
    applies: Found


def lifecycle(kept: Sequence[Kept], held: Sequence[Held]) -> Lifecycle:
    """Work out the standing of a record from the truth of each retention statement and hold."""
    tables = _Tables(
        never=[(k.rule, k.applies) for k in kept if k.rule.never],
        floors=[(k.rule, all3((k.applies, k.unreached))) for k in kept if not k.rule.never],
        passed=[(k.rule, all3((k.applies, k.passed))) for k in kept if not k.rule.never],
        held=[(h.rule, h.active) for h in held],
        applies=[(k.rule, k.applies) for k in kept],
    )
    standing = _standing(tables)
    stays, gone = any3((_any(tables.floors), _any(tables.held))), _any(tables.never)
    purge, store = _answers(standing, stays, gone)
    # An end that is not known ends no hold, so nothing is purged; nor does it let data stay that would otherwise go.
    surely = [h for h in held if h.active is True]
    doubtful = standing is Standing.HELD and all(h.lasting is not True for h in surely)
    if doubtful:
        others = replace(tables, held=[(h.rule, h.active) for h in held if h.active is not True])
        store = store if _answers(_standing(others), stays, gone)[1] is True else U
    may_go = standing in (Standing.PURGE_DUE, Standing.UNKNOWN) or (doubtful and store is U)
    asked = _open(tables) + (tuple((h.rule, with_open_end(h.rule.active)) for h in surely) if doubtful else ())
    return Lifecycle(
        standing,
        purge,
        store,
        _deciding(standing, tables),
        asked,
        tuple(rule for rule, value in tables.passed if may_go and value is not False and isinstance(rule, Keep)),
        kept,
    )


def _any(found: Found) -> Truth:
    return any3(value for _, value in found)


def _deciding(standing: Standing, tables: _Tables) -> tuple[Keep | Freeze, ...]:
    """Return the rules on which a standing rests."""
    groups: tuple[Found, ...] = {
        Standing.UNKNOWN: (tables.never, tables.floors, tables.held, tables.passed, tables.applies),
        Standing.NOT_HERE: (tables.never, tables.floors, tables.held),
        Standing.MUST_KEEP: (tables.floors, tables.held),
        Standing.HELD: (tables.held,),
        Standing.PURGE_DUE: (tables.passed,),
        Standing.MAY_KEEP: (tables.applies,),
        Standing.SILENT: (),
    }[standing]
    wanted = U if standing is Standing.UNKNOWN else True
    found = {id(rule): rule for group in groups for rule, value in group if value is wanted}
    return tuple(found.values())


def with_open_end(cond: Cond) -> Cond:
    """Return a hold's condition in which an end that is not known stays unknown."""
    match cond:
        case Sure(of=part):
            return part
        case All(of=parts):
            return All(tuple(with_open_end(part) for part in parts))
        case Not(of=part):
            return Not(with_open_end(part))
        case _:
            return cond


def _standing(tables: _Tables) -> Standing:
    never, floors, held, passed = (_any(found) for found in (tables.never, tables.floors, tables.held, tables.passed))
    if never is True:
        return Standing.NOT_HERE
    if floors is True:
        return Standing.MUST_KEEP
    if held is True:
        return Standing.HELD
    if U in (held, floors, never, passed):
        return Standing.UNKNOWN
    if passed is True:
        return Standing.PURGE_DUE
    applies = _any(tables.applies)
    if applies is True:
        return Standing.MAY_KEEP
    return Standing.UNKNOWN if applies is U else Standing.SILENT


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


def _open(tables: _Tables) -> tuple[tuple[Keep | Freeze, Cond], ...]:
    """Return the conditions that are unknown with the rule of each, for asking."""
    found: list[tuple[Keep | Freeze, Cond]] = []
    for group in (tables.never, tables.floors, tables.passed, tables.held):
        for rule, value in group:
            if value is U:
                found.append((rule, _asked(rule, group is tables.passed)))
    # Where no end is open, what is open is whether any statement is about this data at all.
    return tuple(found) or tuple((k, k.applies) for k, v in tables.applies if v is U and isinstance(k, Keep))


def _asked(rule: Keep | Freeze, ceiling: bool) -> Cond:
    if isinstance(rule, Freeze):
        return rule.active
    return rule.applies if rule.never else All((rule.applies, rule.passed if ceiling else rule.unreached))
