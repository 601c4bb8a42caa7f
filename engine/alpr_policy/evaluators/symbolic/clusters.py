"""What a search goes through: clusters of tests that hang together, each with its classes."""

from __future__ import annotations

from dataclasses import dataclass

from alpr_policy.evaluators.symbolic.parts import Part

Home = tuple[int, str]
Vector = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ValueClass:
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
