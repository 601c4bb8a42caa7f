"""What a search goes through: clusters of tests that hang together, each with its classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from alpr_policy.evaluators.symbolic.parts import Part

Home = tuple[int, str]
Vector = tuple[int, ...]


class ValueClass(NamedTuple):
    """How the tests of a cluster come out, and a part of a request under which they do; None: none was found."""

    truths: Vector
    part: Part | None


@dataclass(frozen=True, slots=True)
class Cluster:
    """Tests that hang together, by number, with their classes.

    `doubtful` are outcomes that no part was found for, though each fact by itself allows them. `cut` says that there
    were too many to list, `bounded` that some were found impossible for lists of a few records only.
    """

    atoms: tuple[int, ...]
    names: tuple[str, ...]
    classes: tuple[ValueClass, ...]
    doubtful: tuple[ValueClass, ...] = ()
    cut: bool = False
    bounded: bool = False


class Group:
    """Tests that hang together, whose classes are found when they are first asked for: many a question needs few."""

    __slots__ = ("_made", "_make", "atoms")

    def __init__(self, atoms: tuple[int, ...], make: Callable[[], Cluster]) -> None:
        """Hold back what makes the cluster of some tests."""
        self.atoms = atoms
        self._make = make
        self._made: Cluster | None = None

    @property
    def cluster(self) -> Cluster:
        """Return the cluster."""
        if self._made is None:
            self._made = self._make()
        return self._made


def narrowed(cluster: Cluster, tests: frozenset[int]) -> Cluster:
    """Return a cluster of records of no sort with some of its tests only."""
    if len(tests) == len(cluster.atoms):
        return cluster
    places = [place for place, test in enumerate(cluster.atoms) if test in tests]
    kept: dict[Vector, ValueClass] = {}
    for one in cluster.classes:
        truths = tuple([one.truths[place] for place in places])
        if truths not in kept:
            kept[truths] = ValueClass(truths, one.part)
    return replace(cluster, atoms=tuple(cluster.atoms[place] for place in places), classes=tuple(kept.values()))
