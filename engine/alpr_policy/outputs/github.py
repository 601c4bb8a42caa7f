"""GitHub's workflow commands: one line for each diagnostic, shown beside the code of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.outputs.places import end_column, is_placed
from alpr_policy.source import SourceFile

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_TEXT = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def github(diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile] | None = None) -> str:
    """Write one command a line. What a message or a file's name holds can end neither the command nor a property."""
    return "".join(f"::{LEVELS[one.severity]} {_properties(one, sources or {})}::{_text(one)}\n" for one in diagnostics)


def _properties(one: Diagnostic, sources: Mapping[str, SourceFile]) -> str:
    told: dict[str, str | int] = {}
    if is_placed(one):
        told["file"] = one.span.file
        if one.span.line > 0:
            end = end_column(one, sources) - 1
            told |= {"line": one.span.line, "col": one.span.column, "endColumn": end}
    told["title"] = one.code
    return ",".join(f"{key}={_clean(str(value)).translate(_PROPERTY)}" for key, value in told.items())


def _text(one: Diagnostic) -> str:
    return _clean(f"{one.message}\n{one.help}" if one.help else one.message).translate(_TEXT)


def _clean(text: str) -> str:
    """Keep other line breaks and control characters from ending the line in some reader of the log."""
    return "".join(c if c.isprintable() or c in "\r\n" else f"\\u{ord(c):04x}" for c in text)
