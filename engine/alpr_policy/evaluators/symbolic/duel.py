"""Two texts on one act, rule against rule: is there a request that a rule of one stops and no rule of the other?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from alpr_policy.evaluators.symbolic.classes import Group, Space, ValueClass
from alpr_policy.evaluators.symbolic.gates import Gate
from alpr_policy.evaluators.symbolic.parts import NOTHING, Part, united
from alpr_policy.evaluators.symbolic.search import Search, UndecidedError, Wish
from alpr_policy.evaluators.symbolic.sights import Sight, apart, sight
from alpr_policy.evaluators.symbolic.truths import OPEN, YES

Solver = Callable[["Question"], dict[int, ValueClass] | None]


class Why(StrEnum):
    """Why a question was not decided."""

    TIME = "time"
    TOGETHER = "together"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Answer:
    """A part of a request that is asked for; or none, for sure; or why that is not decided.

    `bounded` are facts of which only lists of a few records were tried; `postponed` says that several records at once
    would have to be tried, which was not asked for.
    """

    part: Part | None = None
    why: Why | None = None
    bounded: tuple[str, ...] = ()
    postponed: bool = False


class Bound(NamedTuple):
    """That a gate comes to a level between two."""

    gate: Gate
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of some clusters: bounds, ready for a search or a solver."""

    space: Space
    bounds: tuple[Bound, ...]
    search: Search
    wishes: tuple[Wish, ...]


class Ground:
    """All gates on one act, with the clusters that they read."""

    def __init__(self, space: Space, gates: Sequence[Gate], action: str, solver: Solver | None = None) -> None:
        """Prepare to ask about `gates`; `solver` is asked where the search does not end in time."""
        self.space = space
        self.action = action
        self.solver = solver
        self._usual: dict[int, int] = {}
        self._seen = [sight(space, gate) for gate in gates]
        every = {test for one in self._seen for test in one.tests}
        self.groups: tuple[Group, ...] = space.groups(every, action)
        self._place = {test: n for n, group in enumerate(self.groups) for test in group.atoms}
        self._clusters: dict[int, tuple[int, ...]] = {}
        self._prepare()

    def _prepare(self) -> None:
        self._search = Search(self.groups, len(self.space.tests))
        self._wide: Search | None = None

    def find(self, bounds: Sequence[Bound], until: float, *, deeply: bool = True) -> Answer:
        """Return a part of a request under which every bound holds; `deeply` off leaves out what takes long."""
        wishes = (*map(self._wish, bounds), *self._between_standings(bounds))
        # Where there is no case, only the groups that were tried have a part in that.
        tried: set[int] = set()
        try:
            found = self._asked(self._search, bounds, wishes, until, tried)
            if found is not None:
                return self._together(found)
            if self._is_doubtful(bounds, wishes, until, tried):
                if not deeply:
                    return Answer(postponed=True)
                self.groups = tuple(
                    self.space.deepened(one, self.action) if n in tried and one.cluster.doubtful else one
                    for n, one in enumerate(self.groups)
                )
                self._prepare()
                return self.find(bounds, until)
            asked = [self.groups[n].cluster for n in sorted(tried)]
            bounded = tuple(name for one in asked if one.bounded for name in one.names)
            return Answer(why=Why.CUT if any(one.cut for one in asked) else None, bounded=bounded)
        except UndecidedError:
            return Answer(why=Why.TIME)

    def _is_doubtful(self, bounds: Sequence[Bound], wishes: tuple[Wish, ...], until: float, tried: set[int]) -> bool:
        """Say whether a case needs records that say several things at once, and no such records are known."""
        if not any(self.groups[n].cluster.doubtful for n in tried):
            return False
        if self._wide is None:
            self._wide = Search(self.groups, len(self.space.tests), doubtful=True)
        return self._asked(self._wide, bounds, wishes, until, tried) is not None

    def _asked(
        self, search: Search, bounds: Sequence[Bound], wishes: tuple[Wish, ...], until: float, tried: set[int]
    ) -> dict[int, ValueClass] | None:
        try:
            return search.find(wishes, until, self._usual, tried)
        except UndecidedError:
            if self.solver is None:
                raise
            tried |= {number for wish in wishes for number in wish.clusters}
            return self.solver(Question(self.space, tuple(bounds), search, wishes))

    def question(self, bounds: Sequence[Bound]) -> Question:
        """Return what `find` asks, ready for a search or a solver."""
        return Question(self.space, tuple(bounds), self._search, tuple(self._wish(bound) for bound in bounds))

    def _wish(self, bound: Bound) -> Wish:
        seen = sight(self.space, bound.gate)
        return Wish(seen.formula, bound.gate.truths(bound.lowest, bound.highest), self._read_by(seen))

    def _between_standings(self, bounds: Sequence[Bound]) -> Iterator[Wish]:
        """Yield what must be so where two standings come to different levels; it follows, and saves much searching."""
        kept = [bound for bound in bounds if bound.gate.keeping is not None]
        for one, other in itertools.combinations(kept, 2):
            same_act = one.gate.keeping and other.gate.keeping and one.gate.keeping[2] == other.gate.keeping[2]
            if same_act and (one.lowest > other.highest or other.lowest > one.highest):
                formula, tests = apart(self.space, one.gate, other.gate)
                yield Wish(formula, OPEN | YES, tuple(sorted({self._place[test] for test in tests})))

    def _read_by(self, seen: Sight) -> tuple[int, ...]:
        """Return the clusters that a gate reads."""
        if id(seen) not in self._clusters:
            self._clusters[id(seen)] = tuple(sorted({self._place[test] for test in seen.tests}))
        return self._clusters[id(seen)]

    def _together(self, found: dict[int, ValueClass]) -> Answer:
        whole: Part | None = NOTHING
        for _, one in sorted(found.items()):
            whole = united(whole, one.part) if whole is not None and one.part is not None else None
        return Answer(part=whole) if whole is not None else Answer(why=Why.TOGETHER)
