"""The engines that are measured beside each other, by name; one that is not there says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from alpr_policy_adapters.plates import PlateEngine, default_engine

CONTENDERS: Mapping[str, Callable[[], PlateEngine]] = {
    "default": default_engine,
    "opencv": lambda: default_engine(detector="opencv"),
}
"""Each runs on one thread."""
