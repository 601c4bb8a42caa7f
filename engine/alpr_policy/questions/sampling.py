"""Samples that anybody can draw again: the order of cases follows from the seed and their ids, and from nothing else.

For each case the SHA-256 of the text `SEED|ID` (UTF-8) is taken; cases are put in the order of these digests, and the
first of them are the sample. Nobody who does not choose the ids can choose who is drawn, and whoever holds the list and
the seed draws the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from alpr_policy.model.statements import Sample


def sample_size(sample: Sample, population: int) -> int:
    """Return how many of so many cases are drawn: the share, rounded up, or `at_least`, whichever is more."""
    share = -(-population * percent_of(sample) // 100)
    return min(population, max(share, sample.at_least or 0))


def percent_of(sample: Sample) -> int:
    """Return the share that is drawn, in percent; 0 where only a number is given."""
    return int(sample.share.partition(" ")[0]) if sample.share else 0


def drawn(ids: Iterable[str], count: int, seed: str) -> tuple[str, ...]:
    """Return `count` of the ids, in the order of the draw; ids that come twice are one case."""
    return tuple(sorted(set(ids), key=lambda one: (_digest(seed, one), one))[:count])


def _digest(seed: str, identity: str) -> str:
    return hashlib.sha256(f"{seed}|{identity}".encode("utf-8", "surrogatepass")).hexdigest()
