"""Where requests come from: a file, standard input, or a stream with one request a line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from alpr_policy.errors import Diagnostic, PolicyError, RequestError, Severity
from alpr_policy.model.request import Request
from alpr_policy.reading.documents import decode, read_document, read_document_file
from alpr_policy.reading.json_text import parse_json
from alpr_policy.reading.requests import NO_TIME, read_request
from alpr_policy.reading.text_files import STANDARD, too_large
from alpr_policy.source import NOWHERE, SourceFile, Span
from alpr_policy_adapters.cli.output import RefusedError, to_stderr

MAX_LINE = 1_000_000
STDIN = Path("-")
STDIN_NAME = "<stdin>"
STREAMS = (".jsonl", ".ndjson")


def read_input(path: Path) -> tuple[Any, SourceFile]:
    """Read one document from a file, or from standard input for `-`; raises RefusedError with the places."""
    source, value, found = _stdin() if path == STDIN else read_document_file(path)
    if source is None or any(d.is_error for d in found):
        raise RefusedError(RequestError(found), *([source] if source else []))
    return value, source


def _stdin() -> tuple[SourceFile | None, Any, list[Diagnostic]]:
    if sys.stdin.isatty():
        to_stderr().say("waiting for a request on standard input; end it with Ctrl-D", style="dim")
    data = sys.stdin.buffer.read(STANDARD.max_bytes + 1)
    if len(data) > STANDARD.max_bytes:
        code, _, help = too_large(len(data), STANDARD.max_bytes)
        message = f"more than {STANDARD.max_bytes:,} bytes came in"
        return None, None, [Diagnostic(code, message, Span(STDIN_NAME, 1, 1), help)]
    source, found = decode(data, STDIN_NAME)
    if source is None:
        return None, None, found
    value, problems = read_document(source)
    return source, value, [*found, *problems]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a stream as a request; `readable` is false where it had to be replaced by one that is denied."""

    number: int
    request: Request
    readable: bool


def is_stream(path: Path) -> bool:
    """Say whether a file's name promises one request a line."""
    return path.suffix.lower() in STREAMS


def read_stream(path: Path, read: Callable[[Any], Request] = read_request) -> Iterator[Line]:
    """Read requests line by line, as they come, each by `read`; empty lines are passed over."""
    if path == STDIN:
        yield from _lines(sys.stdin.buffer, read)
        return
    try:
        file = path.open("rb")
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        span = Span(str(path), 1, 1)
        raise RequestError([Diagnostic("file-unreadable", f"the file cannot be opened: {reason}", span)]) from None
    with file:
        yield from _lines(file, read)


def _lines(file: BinaryIO, read: Callable[[Any], Request]) -> Iterator[Line]:
    number = 0
    while data := file.readline(MAX_LINE + 1):
        number += 1
        if len(data) > MAX_LINE and not data.endswith(b"\n"):
            while rest := file.readline(MAX_LINE):
                if rest.endswith(b"\n"):
                    break
            yield _unreadable(number, f"it has more than {MAX_LINE:,} bytes")
        elif data.strip():
            yield _line(number, data, read)


def _line(number: int, data: bytes, read: Callable[[Any], Request]) -> Line:
    source, found = decode(data.rstrip(b"\r\n"), f"line {number}")
    value: Any = None
    if source is not None:
        value, problems = parse_json(source)
        found = [*found, *problems]
    if found:
        first = found[0]
        column = f" (column {first.span.column})" if first.span.column > 1 else ""
        return _unreadable(number, f"{first.message}{column}")
    try:
        request = read(value)
    except PolicyError as error:  # one line that cannot be given a time must not end the stream
        return _unreadable(number, "; ".join(d.message for d in error.diagnostics))
    if request.fatal:
        return _unreadable(number, "; ".join(d.message for d in request.faults), request.id)
    return Line(number, request, True)


def _unreadable(number: int, why: str, identity: str | None = None) -> Line:
    """Make a request that no policy allows, so that a caller who waits for an answer gets one."""
    fault = Diagnostic("request-line", f"line {number}: {why}", NOWHERE, severity=Severity.WARNING)
    return Line(number, Request(action="", at=NO_TIME, faults=(fault,), fatal=True, id=identity), False)
