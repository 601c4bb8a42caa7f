"""What the engines of tables have in common."""

from __future__ import annotations

import importlib
from typing import Any, Final

from alpr_policy.errors import MissingExtraError

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
