"""The one place where names on the command line become an engine."""

from __future__ import annotations

from dataclasses import replace

from alpr_policy_adapters.plates import PlateEngine
from alpr_policy_adapters.plates.registry import make_engine


def engine_named(
    *,
    engine: str = "default",
    detector: str | None = None,
    reader: str | None = None,
    fast: bool = False,
    least: float | None = None,
) -> PlateEngine:
    """Load an engine by its name, with another detector or reader if one is named.

    Raises PolicyError for an unknown name, MissingExtraError without the extra.
    """
    made = make_engine("fast" if fast else engine, detector=detector, reader=reader)
    return made if least is None else replace(made, min_confidence=least)
