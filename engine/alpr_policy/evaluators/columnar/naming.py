"""Names of columns while a table is worked on: Spark takes a dot in a name for a field of what stands before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def held(name: str) -> str:
    """Return the name under which a table engine holds a column."""
    return name.replace(".", "/")


def told(column: str) -> str:
    """Return the name of a fact, or of another column, as people write it."""
    return column.replace("/", ".")


def told_schema(frame: Any) -> dict[str, Any]:
    """Return the columns of a frame by the names that people write, with their types."""
    schema: Mapping[str, Any] = frame.collect_schema()
    return {told(name): kind for name, kind in schema.items()}
