"""The engines that are measured beside each other, by name; one that is not there says why."""

from __future__ import annotations

from alpr_policy_adapters.plates import PlateEngine
from alpr_policy_adapters.plates.registry import ENGINES, make_engine

CONTENDERS: tuple[str, ...] = tuple(ENGINES)
"""Each runs on one thread."""


def load(name: str) -> PlateEngine:
    """Load an engine; PolicyError if it cannot be had."""
    return make_engine(name, threads=1)
