"""What the engines of tables have in common."""

from __future__ import annotations

import importlib
from typing import Any, Final

from alpr_policy.errors import MissingExtraError
from alpr_policy.evaluators.columnar.naming import told

# What stands between the members of a set in a text.
LIST_MARK: Final = "|"
EXTRAS: Final = {"polars": "polars", "pyspark": "spark"}


def required(*modules: str) -> tuple[Any, ...]:
    """Import modules; raises MissingExtraError naming the extra that brings the first that is missing."""
    found = []
    for module in modules:
        try:
            found.append(importlib.import_module(module))
        except ImportError as error:
            raise MissingExtraError("replaying a log", EXTRAS.get(module, "replay")) from error
    return tuple(found)


def renamed(frame: Any) -> Any:
    """Return a frame with its columns named as people write them."""
    names = {name: told(name) for name in frame.collect_schema() if told(name) != name}
    return frame.rename(names) if names else frame
