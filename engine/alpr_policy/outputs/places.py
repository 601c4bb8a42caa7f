"""Places of diagnostics as other programs want them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from urllib.parse import quote

from alpr_policy.errors import Diagnostic
from alpr_policy.source import NOWHERE, SourceFile


def is_placed(one: Diagnostic) -> bool:
    """Say whether a diagnostic speaks of a file at all."""
    return one.span != NOWHERE and not one.span.file.startswith("<")


def uri(file: str) -> str:
    """Return the name of a file as a URI reference: forward slashes, everything odd escaped."""
    path = PurePath(file)
    text = quote(path.as_posix(), safe="/")
    return f"file://{text}" if path.is_absolute() else text


def line_of(one: Diagnostic, sources: Mapping[str, SourceFile]) -> str:
    """Return the line that a diagnostic speaks of; empty where its text is not known."""
    source = sources.get(one.span.file)
    return source.line(one.span.line) if source is not None else ""


def end_column(one: Diagnostic, sources: Mapping[str, SourceFile]) -> int:
    """Return the column behind the last character spoken of, never beyond the end of a line that is known."""
    end = one.span.column + max(1, one.span.width)
    line = line_of(one, sources)
    return min(end, max(len(line) + 1, one.span.column + 1)) if line else end
