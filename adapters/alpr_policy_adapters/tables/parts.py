"""What the engines of tables have in common."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from typing import Any, Final

from alpr_policy.errors import Diagnostic, MissingExtraError
from alpr_policy.evaluators.columnar.naming import told
from alpr_policy_adapters.tables.files import TableError

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


@contextlib.contextmanager
def worked_out(*kinds: type[BaseException], what: str = "the table") -> Iterator[None]:
    """Turn what an engine raises into a TableError with its first line: bytes from outside are no defect of ours."""
    try:
        yield
    except kinds as error:
        line = next((one.strip() for one in str(error).splitlines() if one.strip()), type(error).__name__)
        help = "try whether another program reads it; where memory is short, replay a part, or another engine"
        told = f"{what} cannot be read: {line[:300]}"
        raise TableError([Diagnostic("table-unreadable", told, help=help)]) from error


def renamed(frame: Any) -> Any:
    """Return a frame with its columns named as people write them."""
    names = {name: told(name) for name in frame.collect_schema() if told(name) != name}
    return frame.rename(names) if names else frame
