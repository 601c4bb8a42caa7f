"""The work that two texts make of one log: approvals, checks and papers by who can give them, and what must follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from alpr_policy.model.decision import Need, NeedKind, Outcome
from alpr_policy.questions.replay_result import Cell, Gist, ReplayResult

WORK: Final = frozenset({NeedKind.APPROVAL, NeedKind.CHECK, NeedKind.DOCUMENT})
Key = tuple[str, str, tuple[str, ...]]
Side = Callable[[Cell], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Rows in which an approval, check or document is asked for, by who can give it (any of `roles`; empty: anybody).

    `before` and `after` count the rows that cannot go on without it; `or_before` and `or_after` those in which it is
    one way of several. What the log shows as given already is asked for no more, and is not counted.
    """

    kind: str
    name: str = ""
    roles: tuple[str, ...] = ()
    before: int
    after: int
    or_before: int
    or_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Rows after which a task must follow, by who has to do it (any of `by`; empty: nobody is named)."""

    task: str
    by: tuple[str, ...] = ()
    before: int
    after: int


def loads(result: ReplayResult) -> tuple[Load, ...]:
    """Return what is asked of whom under each text; a row counts once for each thing, whatever its number of rules."""
    before, or_before = _asked(result, lambda cell: cell.before)
    after, or_after = _asked(result, lambda cell: cell.after)
    keys = sorted(before.keys() | or_before.keys() | after.keys() | or_after.keys())
    return tuple(
        Load(
            kind=key[0],
            name=key[1],
            roles=key[2],
            before=before[key],
            after=after[key],
            or_before=or_before[key],
            or_after=or_after[key],
        )
        for key in keys
    )


def owed(result: ReplayResult) -> tuple[Owed, ...]:
    """Return what must follow under each text, by task and by whom."""
    before, after = _follows(result, lambda cell: cell.before), _follows(result, lambda cell: cell.after)
    return tuple(
        Owed(task=task, by=by, before=before[task, by], after=after[task, by])
        for task, by in sorted(before.keys() | after.keys())
    )


def _judged(result: ReplayResult, side: Side) -> Counter[int]:
    """Count the rows of each answer of a side, but for rows that had no text under either: nothing is beside them."""
    in_force = [gist.in_force for gist in result.gists]
    found: Counter[int] = Counter()
    for cell in result.cells:
        if in_force[cell.before] and in_force[cell.after]:
            found[side(cell)] += cell.rows
    return found


def _asked(result: ReplayResult, side: Side) -> tuple[Counter[Key], Counter[Key]]:
    surely: Counter[Key] = Counter()
    perhaps: Counter[Key] = Counter()
    for number, rows in _judged(result, side).items():
        must, may = _needed(result.gists[number])
        for key in must:
            surely[key] += rows
        for key in may - must:
            perhaps[key] += rows
    return surely, perhaps


def _needed(gist: Gist) -> tuple[frozenset[Key], frozenset[Key]]:
    if gist.outcome is not Outcome.NEEDS:
        return frozenset(), frozenset()
    must = frozenset(_key(need) for need in gist.needs if need.kind in WORK)
    may = frozenset(_key(need) for need in _inside(gist.needs) if need.kind in WORK)
    return must, may


def _inside(needs: Iterable[Need]) -> Iterator[Need]:
    """Give the needs inside `one_of`, however deep."""
    for need in needs:
        for way in need.one_of:
            yield from way
            yield from _inside(way)


def _key(need: Need) -> Key:
    """An approval is told by who gives it, a check or paper by its name as well."""
    return (str(need.kind), "" if need.kind is NeedKind.APPROVAL else need.name, need.roles)


def _follows(result: ReplayResult, side: Side) -> Counter[tuple[str, tuple[str, ...]]]:
    found: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for number, rows in _judged(result, side).items():
        for key in {(one.task, one.by) for one in result.gists[number].obligations}:
            found[key] += rows
    return found
