"""Any number of texts against each other, act by act: which is stricter than which, and on what."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from alpr_policy.evaluators.symbolic.duel import Solver
from alpr_policy.questions.compare import SECONDS, Comparison, Relation, Side, compare

# How the first stands to the second, where the second stands so to the first.
TURNED = {Relation.STRICTER: Relation.LAXER, Relation.LAXER: Relation.STRICTER}
ORDER = (Relation.STRICTER, Relation.LAXER, Relation.BOTH, Relation.EQUIVALENT, Relation.UNDECIDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRanked:
    """How some texts stand to each other on one act.

    `relations` says how the text of a row stands to that of a column, in the order of the texts, and `rules` how many
    rules of the text of the row make it the stricter of the two. `strictest` are the texts that are nowhere laxer than
    any other, `laxest` those that are nowhere stricter; where some text is stricter than another in one case and laxer
    in the next, there may be none.
    """

    action: str
    relations: tuple[tuple[Relation, ...], ...]
    rules: tuple[tuple[int, ...], ...]
    strictest: tuple[str, ...]
    laxest: tuple[str, ...]

    @property
    def all_alike(self) -> bool:
        """Say whether all texts come to the same."""
        return all(one is Relation.EQUIVALENT for row in self.relations for one in row)

    def counted(self, place: int) -> Counter[Relation]:
        """Return to how many other texts a text stands in which way."""
        return Counter(one for n, one in enumerate(self.relations[place]) if n != place)

    def balance(self, place: int) -> tuple[int, int]:
        """Return how many rules make a text stricter than the others, text by text, and how many laxer."""
        return sum(self.rules[place]), sum(row[place] for row in self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """How some texts stand to each other on every act that was asked about."""

    texts: tuple[str, ...]
    acts: tuple[ActRanked, ...]
    not_covered: tuple[str, ...]

    def counted(self, row: int, column: int) -> Counter[Relation]:
        """Return on how many acts one text stands to another in which way."""
        return Counter(act.relations[row][column] for act in self.acts)


def ranking(
    sides: Sequence[Side],
    *,
    actions: Iterable[str] = (),
    seconds: float = SECONDS,
    solver: Solver | None = None,
    watch: Callable[[str, str, int], None] = lambda first, second, pairs: None,
) -> Ranking:
    """Hold every two texts against each other, on all acts or on some; `watch` is told of each pair before it is.

    `seconds` of processor time are given to each act of each pair. An act that one text lacks is one that it refuses.
    """
    every = {act for side in sides for act in side.rulesets[0].vocabulary.actions}
    asked = tuple(actions) or tuple(sorted(every))
    found: dict[tuple[int, int], Comparison] = {}
    pairs = list(itertools.combinations(range(len(sides)), 2))
    for first, second in pairs:
        watch(sides[first].name, sides[second].name, len(pairs))
        found[first, second] = compare(sides[first], sides[second], actions=asked, seconds=seconds, solver=solver)
    texts = tuple(side.name for side in sides)
    acts = tuple(_ranked(action, texts, found, place) for place, action in enumerate(asked))
    told = dict.fromkeys(line for one in found.values() for line in one.not_covered)
    told |= dict.fromkeys(
        f"{act.action}, {one.first} beside {one.second}: {line}"
        for one in found.values()
        for act in one.acts
        for line in act.undecided
    )
    return Ranking(texts=texts, acts=acts, not_covered=tuple(told))


def _ranked(action: str, texts: tuple[str, ...], found: dict[tuple[int, int], Comparison], place: int) -> ActRanked:
    """Put together how each text stands to each other; a comparison says how its second stands to its first."""

    def relation(row: int, column: int) -> Relation:
        if row == column:
            return Relation.EQUIVALENT
        if row > column:
            return found[column, row].acts[place].relation
        other = found[row, column].acts[place].relation
        return TURNED.get(other, other)

    def rules(row: int, column: int) -> int:
        if row == column:
            return 0
        # What makes the first of a comparison the stricter one is where its second is laxer.
        act = found[min(row, column), max(row, column)].acts[place]
        return sum(one.laxer is (row < column) for one in act.differences)

    several = range(len(texts))
    relations = tuple(tuple(relation(row, column) for column in several) for row in several)

    def always(*wanted: Relation) -> tuple[str, ...]:
        return tuple(texts[n] for n in several if all(one in (*wanted, Relation.EQUIVALENT) for one in relations[n]))

    return ActRanked(
        action=action,
        relations=relations,
        rules=tuple(tuple(rules(row, column) for column in several) for row in several),
        strictest=always(Relation.STRICTER),
        laxest=always(Relation.LAXER),
    )


__all__ = ["ORDER", "ActRanked", "Ranking", "ranking"]
