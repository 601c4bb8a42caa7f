"""Two texts on one act, rule against rule: is there a request that a rule of one stops and no rule of the other?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from alpr_policy.evaluators.symbolic.classes import Cluster, Space, ValueClass
from alpr_policy.evaluators.symbolic.gates import Gate
from alpr_policy.evaluators.symbolic.parts import NOTHING, Part, united
from alpr_policy.evaluators.symbolic.search import Search, UndecidedError, Wish
from alpr_policy.evaluators.symbolic.truths import Formula
from alpr_policy.ir.nodes import All, Always, Any, Atom, Cond, Hole, Not, Sure

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


@dataclass(frozen=True, slots=True)
class Bound:
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
        self._tests: dict[int, frozenset[int]] = {}
        self._formulas: dict[int, Formula] = {}
        for gate in gates:
            read = frozenset(test for cond in gate.conds for test in tests_of(space, gate.view, cond))
            self._tests[id(gate)] = read
            self._formulas[id(gate)] = gate.formula(partial(space.number, gate.view))
        every = {test for read in self._tests.values() for test in read}
        self.clusters: tuple[Cluster, ...] = space.clusters(every, action)
        place = {test: n for n, cluster in enumerate(self.clusters) for test in cluster.atoms}
        self._clusters = {key: tuple(sorted({place[t] for t in read})) for key, read in self._tests.items()}
        self._prepare()

    def _prepare(self) -> None:
        self._search = Search.over(self.clusters, len(self.space.tests))
        self._wide = Search.over(self.clusters, len(self.space.tests), doubtful=True)

    def find(self, bounds: Sequence[Bound], until: float, *, deeply: bool = True) -> Answer:
        """Return a part of a request under which every bound holds; `deeply` off leaves out what takes long."""
        wishes = tuple(self._wish(bound) for bound in bounds)
        try:
            found = self._asked(self._search, bounds, wishes, until)
            if found is not None:
                return self._together(found)
            about = sorted({n for wish in wishes for n in wish.clusters})
            if self._is_doubtful(about, bounds, wishes, until):
                if not deeply:
                    return Answer(postponed=True)
                self.clusters = tuple(
                    self.space.deepened(one, self.action) if one.doubtful and n in about else one
                    for n, one in enumerate(self.clusters)
                )
                self._prepare()
                return self.find(bounds, until)
            bounded = tuple(name for n in about if self.clusters[n].bounded for name in self.clusters[n].names)
            return Answer(why=Why.CUT if any(self.clusters[n].cut for n in about) else None, bounded=bounded)
        except UndecidedError:
            return Answer(why=Why.TIME)

    def _is_doubtful(
        self, about: Sequence[int], bounds: Sequence[Bound], wishes: tuple[Wish, ...], until: float
    ) -> bool:
        """Say whether a case needs records that say several things at once, and no such records are known."""
        if not any(self.clusters[n].doubtful for n in about):
            return False
        return self._asked(self._wide, bounds, wishes, until) is not None

    def _asked(
        self, search: Search, bounds: Sequence[Bound], wishes: tuple[Wish, ...], until: float
    ) -> dict[int, ValueClass] | None:
        try:
            return search.find(wishes, until, self._usual)
        except UndecidedError:
            if self.solver is None:
                raise
            return self.solver(Question(self.space, tuple(bounds), search, wishes))

    def question(self, bounds: Sequence[Bound]) -> Question:
        """Return what `find` asks, ready for a search or a solver."""
        return Question(self.space, tuple(bounds), self._search, tuple(self._wish(bound) for bound in bounds))

    def _wish(self, bound: Bound) -> Wish:
        key = id(bound.gate)
        return Wish(self._formulas[key], bound.gate.truths(bound.lowest, bound.highest), self._clusters[key])

    def _together(self, found: dict[int, ValueClass]) -> Answer:
        whole: Part | None = NOTHING
        for _, one in sorted(found.items()):
            whole = united(whole, one.part) if whole is not None and one.part is not None else None
        return Answer(part=whole) if whole is not None else Answer(why=Why.TOGETHER)


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


def shape(space: Space, gate: Gate) -> object:
    """Return what is equal for two gates that come out alike under every request."""
    return gate.levels, tuple(_shape(space, gate.view, cond) for cond in gate.conds), _kept(gate)


def _kept(gate: Gate) -> object:
    return None if gate.keeping is None else (gate.keeping[2], tuple(keep.never for keep in gate.keeping[0]))


def _shape(space: Space, view: int, cond: Cond) -> object:
    match cond:
        case Atom():
            return space.number(view, cond)
        case All(of=parts):
            return "all", frozenset(_shape(space, view, part) for part in parts)
        case Any(of=parts):
            return "any", frozenset(_shape(space, view, part) for part in parts)
        case Not(of=part):
            return "not", _shape(space, view, part)
        case Sure(of=part):
            return "sure", _shape(space, view, part)
        case Always(truth=truth):
            return "always", truth
        case Hole():
            return "open"
