"""Reading a text file safely: its size, its kind, its encoding and its characters are checked before its meaning."""

from __future__ import annotations

import codecs
import os
import re
import stat
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from alpr_policy.errors import Diagnostic
from alpr_policy.source import SourceFile, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a file we are willing to read: bytes, levels, nodes, characters of one text, errors, new starts."""

    max_bytes: int = 1_000_000
    max_depth: int = 40
    max_nodes: int = 200_000
    max_scalar: int = 20_000
    max_errors: int = 100
    max_resumptions: int = 20


STANDARD = Limits()

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BREAKS = frozenset("\u0085\u2028\u2029")
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


@cache
def forbidden() -> re.Pattern[str]:
    """Return what finds a character that may not stand in a file; made with the first file, since it takes a while.

    It is YAML's printable characters less the ones that hide text from a reviewer: line breaks that editors do not show
    as such, signs that turn the direction of writing round, and a carriage return alone.
    """
    return re.compile(
        "[^\t\n\r -~\u00a0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|\r(?!\n)"
    )


_SAVE_AS = "save the file as UTF-8 (in most editors: Save As, Encoding)"


def read_text(path: Path, limits: Limits = STANDARD) -> tuple[SourceFile | None, list[Diagnostic]]:
    """Read a file as text, or say in one diagnostic why it cannot be: only regular files of bounded size are opened."""
    name = os.fspath(path).encode("utf-8", "backslashreplace").decode("utf-8")
    try:
        data, fault = _read_bytes(path, limits.max_bytes)
    except (OSError, ValueError) as error:  # ValueError: a path that holds a NUL
        data, fault = b"", _why_not(error)
    if fault is None:
        text, fault = _decode(data)
        if fault is None:
            return SourceFile(name, text), []
    code, message, help, line, column = fault
    return None, [Diagnostic(code, message, Span(name, line, column), help)]


_Fault = tuple[str, str, str, int, int]


def _fault(code: str, message: str, help: str = "", line: int = 1, column: int = 1) -> _Fault:
    """Keep why a file is refused: code, sentence, help, line and column."""
    return code, message, help, line, column


def too_large(size: int, limit: int) -> tuple[str, str, str]:
    """Give code, sentence and help for a text of `size` bytes where `limit` are allowed."""
    return "file-too-large", f"the file has {size:,} bytes; at most {limit:,} are read", "is this the right file?"


def _read_bytes(path: Path, limit: int) -> tuple[bytes, _Fault | None]:
    """Read a regular file; pipes, devices and folders are never opened, so that nothing can hang."""
    refused = _not_regular(os.stat(path), limit)
    if refused:
        return b"", refused
    # What the name stands for may change between the look and the opening: do not wait, and look again.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
    with open(os.open(path, flags), "rb") as file:
        refused = _not_regular(os.fstat(file.fileno()), limit)
        if refused:
            return b"", refused
        data = file.read(limit + 1)
    return (b"", _fault(*too_large(len(data), limit))) if len(data) > limit else (data, None)


def _not_regular(status: os.stat_result, limit: int) -> _Fault | None:
    """Say why something in the file system is not a file to be read."""
    if stat.S_ISDIR(status.st_mode):
        return _fault("file-directory", "this is a folder, not a file", "name a file inside it")
    if not stat.S_ISREG(status.st_mode):
        return _fault("file-not-regular", "this is a device, a pipe or a socket, not a file", "save the text as a file")
    return _fault(*too_large(status.st_size, limit)) if status.st_size > limit else None


def _why_not(error: OSError | ValueError) -> _Fault:
    """Turn the system's refusal into a sentence."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return _fault("file-missing", "there is no such file", "check the spelling of the name and the folder")
    if isinstance(error, PermissionError):
        return _fault("file-unreadable", "the file may not be read by this user", "ask for read access to it")
    reason = (error.strerror if isinstance(error, OSError) else None) or "its name cannot be used"
    return _fault("file-unreadable", f"the file cannot be read: {reason.lower()}")


def _decode(data: bytes) -> tuple[str, _Fault | None]:
    """Decode UTF-8, with or without its mark; anything else is named."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return "", _fault("file-encoding", f"the file is written in {encoding}, not in UTF-8", _SAVE_AS)
    skipped = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    if b"\0" in data:
        at = data.index(b"\0")
        wide = at < 4 and data[:200].count(b"\0") * 3 > len(data[:200])
        help = f"it may be UTF-16: {_SAVE_AS}" if wide else "is this the right file?"
        return "", _fault("file-binary", f"this is not a text file: byte {at} is zero", help)
    try:
        return data[skipped:].decode("utf-8"), None
    except UnicodeDecodeError as error:
        return "", _not_utf8(data, skipped + error.start)


def _not_utf8(data: bytes, at: int) -> _Fault:
    """Name the first byte that is not UTF-8 and where it stands."""
    line = data.count(b"\n", 0, at) + 1
    column = len(data[data.rfind(b"\n", 0, at) + 1 : at].decode("utf-8-sig")) + 1
    likely = data[at : at + 1].decode("cp1252", "replace")
    guess = f"; in Windows-1252 this byte is `{likely}`" if likely.isprintable() and likely != "\ufffd" else ""
    message = f"byte {at} of the file (0x{data[at]:02x}, on line {line}) is not UTF-8"
    return _fault("file-encoding", message, _SAVE_AS + guess, line, column)


def forbidden_character(text: str) -> tuple[int, int, str] | None:
    """Find the first character that may not stand in a file: its line, its column, and a sentence."""
    first = forbidden().search(text)
    if first is None:
        return None
    at = first.start()
    others = sum(1 for _ in forbidden().finditer(text, at + 1))
    more = f" (and {others:,} more such character{'s' if others > 1 else ''})" if others else ""
    line = text.count("\n", 0, at) + 1
    return line, at - text.rfind("\n", 0, at), f"{describe(text[at])} stands here{more}"


def describe(character: str) -> str:
    """Name a character that cannot be shown."""
    number = f"U+{ord(character):04X}"
    if character == "\r":
        return "a carriage return without a line feed"
    if character in _BREAKS:
        return f"an unusual line break ({number})"
    if character in _BIDI:
        return f"an invisible sign that changes the order in which text is shown ({number})"
    if character == "\ufeff":
        return f"a byte order mark ({number}) inside the text"
    if unicodedata.category(character) == "Cc":
        return f"a control character ({number})"
    return f"a character that is no text ({number})"
