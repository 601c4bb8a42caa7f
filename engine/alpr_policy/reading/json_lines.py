"""JSON Lines: one value a line, each read by itself, so that a line that cannot be read costs that line alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from alpr_policy.errors import Diagnostic
from alpr_policy.reading.documents import decode
from alpr_policy.reading.json_text import parse_json
from alpr_policy.source import Span

MAX_LINE, MAX_LINES = 1_000_000, 5_000_000
SUFFIXES = (".jsonl", ".ndjson")


def is_lines(path: Path) -> bool:
    """Say whether a file's name promises one value a line."""
    return path.suffix.lower() in SUFFIXES


def read_json_lines(path: Path) -> Iterator[tuple[int, Any, tuple[Diagnostic, ...]]]:
    """Give the number of each line that holds something, its value, and what is wrong with it; then the value is None.

    Lines of more than a million bytes, and all beyond five million lines, are refused. A file that cannot be opened is
    line 0.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe or a device could keep the reader waiting for ever
            raise OSError(None, "it is not a file")
        file = path.open("rb")
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "it cannot be read").lower()
        fault = Diagnostic("file-unreadable", f"the file cannot be opened: {reason}", Span(str(path), 0, 1))
        yield 0, None, (fault,)
        return
    with file:
        yield from _lines(file, str(path))


def _lines(file: BinaryIO, name: str) -> Iterator[tuple[int, Any, tuple[Diagnostic, ...]]]:
    number = 0
    while data := file.readline(MAX_LINE + 1):
        number += 1
        if number > MAX_LINES:
            fault = Diagnostic("too-many-lines", f"at most {MAX_LINES:,} lines are read", Span(name, number, 1))
            yield number, None, (fault,)
            return
        if len(data) > MAX_LINE and not data.endswith(b"\n"):
            while (rest := file.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            message = f"the line has more than {MAX_LINE:,} bytes"
            yield (
                number,
                None,
                (Diagnostic("line-too-long", message, Span(name, number, 1), "is this the right file?"),),
            )
        elif data.strip():
            yield number, *_value(data.rstrip(b"\r\n"), name, number)


def _value(data: bytes, name: str, number: int) -> tuple[Any, tuple[Diagnostic, ...]]:
    """Read one line; the reader counts lines from 1, and so each place is moved to the line of the file."""
    source, found = decode(data, name)
    value = None
    if source is not None:
        value, problems = parse_json(source)
        found = [*found, *problems]
    placed = (Diagnostic(d.code, d.message, Span(name, number, d.span.column), d.help, d.severity) for d in found)
    return (None if found else value), tuple(placed)
