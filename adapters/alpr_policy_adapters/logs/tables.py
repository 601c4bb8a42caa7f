"""Delimited text, record by record: bounded, in any of a few encodings, and a broken line costs that line alone.

A quoted cell may run over several lines. Where its end is missing, only the line with the opening quote is lost, and
reading goes on with the next.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import stat
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from alpr_policy.errors import Diagnostic
from alpr_policy.source import Span
from alpr_policy_adapters.logs.rows import Fault, LogError, LogLimits

ENCODINGS = ("utf-8", "windows-1252", "iso-8859-1", "utf-16")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
Record = tuple[int, "list[str] | Fault"]


def open_log(path: Path) -> BinaryIO:
    """Open a regular file to read its bytes; pipes, devices and folders are refused. Raises LogError."""
    name = shown_name(path)
    try:
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
        if path.is_dir():
            raise _error("file-directory", "this is a folder, not a file", name, "name the files inside it")
        handle = os.open(path, flags)
    except FileNotFoundError:
        raise _error("file-missing", "there is no such file", name, "check the spelling of the name") from None
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or "its name cannot be used").lower()
        raise _error("file-unreadable", f"the file cannot be read: {why}", name) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _error("file-not-regular", "this is a device, a pipe or a socket, not a file", name)
    return open(handle, "rb")


def shown_name(path: Path) -> str:
    """Return a path that can be written down."""
    return os.fspath(path).encode("utf-8", "backslashreplace").decode("utf-8")


def _error(code: str, message: str, name: str, help: str = "") -> LogError:
    return LogError([Diagnostic(code, message, Span(name, 0, 1), help)])


def records(
    file: BinaryIO, name: str, limits: LogLimits, *, encoding: str = "", delimiter: str = ","
) -> Iterator[Record]:
    """Yield each record with the number of its first line, or what is wrong with it. Raises LogError.

    Without `encoding` the file is UTF-8, or UTF-16 where its first bytes say so.
    """
    lines = _Lines(file, name, limits, encoding)
    broken = width = 0
    while True:
        start, cells = _next(lines, delimiter, limits, width)
        if cells is None:
            return
        width = width or (len(cells) if isinstance(cells, list) else 0)
        if isinstance(cells, Fault):
            broken += 1
            if broken > limits.max_broken:
                message = f"more than {limits.max_broken:,} lines are broken"
                raise LogError([Diagnostic("log-broken", message, Span(name, start, 1), "is this the right file?")])
        elif len(cells) > limits.max_columns:
            cells = Fault(
                code="log-line", message=f"the line has more than {limits.max_columns} cells", line=start, fatal=True
            )
        elif not any(cell and not cell.isspace() for cell in cells):
            continue
        yield start, cells


def _next(lines: _Lines, delimiter: str, limits: LogLimits, width: int) -> tuple[int, list[str] | Fault | None]:
    """Read one record; of a broken one, all lines but the first are given back.

    A record of several lines that has not the `width` of the first is taken for one in which a quote was left open.
    """
    lines.begin()
    try:
        cells = next(csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True), None)
    except csv.Error as error:
        lines.give_back()
        told = str(error)
        if told.startswith("unexpected end"):
            told = f"a quote opens here and does not close within {limits.max_cell_lines} lines"
        elif told.startswith("field larger"):
            told = "a cell is too long"
        elif "expected after" in told:
            told = "a quote stands inside a cell, or an earlier one does not close"
        return lines.start, Fault(code="log-line", message=told, line=lines.start, fatal=True)
    except _BadLine as bad:
        lines.give_back()
        return lines.start, Fault(code="log-line", message=str(bad), line=lines.start, fatal=True)
    if lines.several and width and cells is not None and len(cells) != width:
        lines.give_back()
        told = "a quote opens here, and where it closes the cells are not those of the other lines"
        return lines.start, Fault(code="log-line", message=told, line=lines.start, fatal=True)
    return lines.start, cells


class _BadLine(Exception):
    """A line that is too long or no text of its encoding."""


class _Lines(Iterator[str]):
    """The lines of a file with their numbers; those of one record are kept until the next begins."""

    def __init__(self, file: BinaryIO, name: str, limits: LogLimits, encoding: str) -> None:
        head = file.read(4)
        wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        file.seek(3 if head.startswith(codecs.BOM_UTF8) else 0)
        self._limits, self._name = limits, name
        self._encoding = encoding or ("utf-16" if wide else "utf-8")
        self._wide: Any = None
        self._file = file
        if self._encoding == "utf-16":
            self._wide = io.TextIOWrapper(file, encoding="utf-16", newline="")
        self._number = 0
        self._waiting: deque[tuple[int, str | _BadLine]] = deque()
        self._taken: list[tuple[int, str | _BadLine]] = []
        self.start = 0

    def begin(self) -> None:
        """Begin a record."""
        self._taken = []

    @property
    def several(self) -> bool:
        """Say whether the record has more than one line."""
        return len(self._taken) > 1

    def give_back(self) -> None:
        """Give all lines but the first of the record back, to be read again."""
        self._waiting.extendleft(reversed(self._taken[1:]))
        self._taken = self._taken[:1]

    def __next__(self) -> str:
        """Return the next line of the record; there is none after the bound, so that a quote cannot swallow a file."""
        if len(self._taken) >= self._limits.max_cell_lines:
            raise StopIteration
        found = self._waiting.popleft() if self._waiting else self._read()
        if found is None:
            raise StopIteration
        if not self._taken:
            self.start = found[0]
        self._taken.append(found)
        if isinstance(found[1], _BadLine):
            raise found[1]
        return found[1]

    def _read(self) -> tuple[int, str | _BadLine] | None:
        most = self._limits.max_line
        if self._wide is not None:
            try:
                text = self._wide.readline(most + 1)
            except UnicodeError:
                raise _error("file-encoding", "the file is not UTF-16 throughout", self._name) from None
            long, more = len(text) > most, self._wide
            if not text:
                return None
        else:
            data = self._file.readline(most + 1)
            long, more = len(data) > most, self._file
            if not data:
                return None
            text = data
        self._number += 1
        if long:
            ending = "\n" if self._wide is not None else b"\n"
            while (rest := more.readline(most)) and not rest.endswith(ending):
                pass
            return self._number, _BadLine(f"the line has more than {most:,} bytes")
        return self._number, self._decoded(text)

    def _decoded(self, data: Any) -> str | _BadLine:
        if isinstance(data, bytes):
            try:
                data = data.decode(self._encoding)
            except UnicodeDecodeError as error:
                return _BadLine(f"byte {error.start + 1} of the line is not {self._encoding} text")
        text: str = data
        return _BadLine("the line has a zero byte") if "\0" in text else text
