"""The one place where names on the command line become an engine."""

from __future__ import annotations

from dataclasses import replace

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy_adapters.plates import PlateEngine, default_engine

READERS = ("rapidocr",)
FAST_SIDE = 960
"""Pixels of the longer side that `--fast` looks at; the default looks at 1280."""


def engine_named(
    *, detector: str = "clp", reader: str = "rapidocr", fast: bool = False, least: float | None = None
) -> PlateEngine:
    """Load an engine by the names of its parts; PolicyError for an unknown one, MissingExtraError without the extra."""
    if reader not in READERS:
        message = f"there is no reader `{reader}`"
        raise PolicyError([Diagnostic("unknown-reader", message, help=f"known: {', '.join(READERS)}")])
    engine = default_engine(detector=detector)
    if fast and detector == "clp":
        from alpr_policy_adapters.plates.clp_detector import ClpDetector

        engine = replace(engine, detector=ClpDetector(long_side=FAST_SIDE))
    return engine if least is None else replace(engine, min_confidence=least)
