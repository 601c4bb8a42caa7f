"""The search for a case: clusters are given classes one by one, and what can no longer be met is left at once.

It ends with a case, with the certainty that there is none, or by saying that its time was up.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from alpr_policy.evaluators.symbolic.classes import Group, ValueClass
from alpr_policy.evaluators.symbolic.truths import ALL, Formula

STEPS_BETWEEN_LOOKS = 200
FOUND = -1


class UndecidedError(Exception):
    """The time for a search was up."""


class Wish(NamedTuple):
    """That a condition comes out as one of some truth values; `clusters` are those it reads, by position."""

    formula: Formula
    allowed: int
    clusters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """Groups of tests with the classes to try; `doubtful` also tries what no request was found for."""

    groups: tuple[Group, ...]
    tests: int
    doubtful: bool = False

    def classes(self, number: int) -> tuple[ValueClass, ...]:
        """Return the classes of a group."""
        cluster = self.groups[number].cluster
        return (*cluster.classes, *cluster.doubtful) if self.doubtful else cluster.classes

    def find(
        self, wishes: Sequence[Wish], until: float, usual: dict[int, int], tried: set[int]
    ) -> dict[int, ValueClass] | None:
        """Return the classes of a case that meets all wishes, None where there is none.

        What is left out may be anything. `usual` says which class of a group was taken last, and is kept; the groups of
        which classes were taken are added to `tried`. Raises UndecidedError when the processor time `until` has come.
        """
        run = _Run(self, wishes, until, usual, tried)
        if run.dead or run.solve() != FOUND:
            return None
        usual.update(run.chosen)
        return {group: self.classes(group)[number] for group, number in run.chosen.items()}


class _Run:
    """One search. A set of clusters is a number with a bit for each."""

    def __init__(
        self, search: Search, wishes: Sequence[Wish], until: float, usual: dict[int, int], tried: set[int]
    ) -> None:
        self.search = search
        self.tried = tried
        self.until = until
        self.usual = usual
        self.masks = [ALL] * search.tests
        self.chosen: dict[int, int] = {}
        self.steps = 0
        self.wishes: list[Wish] = []
        self.now: list[int] = []
        self.dead = False
        for wish in wishes:
            mask = wish.formula(self.masks)
            if not mask & wish.allowed:
                self.dead = True
                return
            if mask & ~wish.allowed:
                self.wishes.append(wish)
                self.now.append(mask)
        self.about: dict[int, list[int]] = {}
        for number, wish in enumerate(self.wishes):
            for cluster in wish.clusters:
                self.about.setdefault(cluster, []).append(number)

    def solve(self) -> int:
        """Return FOUND, or the clusters whose classes make it impossible."""
        cluster = self._next()
        if cluster is None:
            return FOUND
        conflict = 0
        self.tried.add(cluster)
        classes = self.search.classes(cluster)
        first = min(self.usual.get(cluster, 0), len(classes) - 1)
        for number in (first, *(n for n in range(len(classes)) if n != first)):
            self._look_at_the_clock()
            before = [(n, self.now[n]) for n in self.about[cluster]]
            why = self._take(cluster, number, classes[number])
            if not why:
                why = self.solve()
                if why == FOUND:
                    return FOUND
            self._undo(cluster, before)
            if not why >> cluster & 1:
                # It fails whatever this cluster is, so no other class of it need be tried.
                return why
            conflict |= why
        return conflict & ~(1 << cluster)

    def _next(self) -> int | None:
        """Return a cluster of the open wish that has fewest ways left; None where every wish is met for sure."""
        best: tuple[int, int] | None = None
        for number, wish in enumerate(self.wishes):
            if not self.now[number] & ~wish.allowed:
                continue
            free = [c for c in wish.clusters if c not in self.chosen]
            if not free:
                continue
            cluster = max(free, key=lambda c: len(self.search.groups[c].atoms))
            if best is None or len(free) < best[0]:
                best = (len(free), cluster)
                if len(free) == 1:
                    break
        return None if best is None else best[1]

    def _take(self, cluster: int, number: int, chosen: ValueClass) -> int:
        """Give a cluster a class; return which clusters make a wish impossible now, 0 where none is."""
        self.chosen[cluster] = number
        for test, truth in zip(self.search.groups[cluster].atoms, chosen.truths, strict=True):
            self.masks[test] = truth
        for one in self.about[cluster]:
            wish = self.wishes[one]
            mask = self.now[one] = wish.formula(self.masks)
            if not mask & wish.allowed:
                return sum(1 << c for c in wish.clusters if c in self.chosen)
        return 0

    def _undo(self, cluster: int, before: list[tuple[int, int]]) -> None:
        del self.chosen[cluster]
        for test in self.search.groups[cluster].atoms:
            self.masks[test] = ALL
        for number, mask in before:
            self.now[number] = mask

    def _look_at_the_clock(self) -> None:
        self.steps += 1
        if self.steps % STEPS_BETWEEN_LOOKS == 1 and time.process_time() > self.until:
            raise UndecidedError
