"""Payloads from files, streams and watched folders, ready to be judged; a bad one never stops the rest."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from alpr_policy.errors import Diagnostic
from alpr_policy.reading.text_files import Limits, read_text
from alpr_policy.source import NOWHERE, Span
from alpr_policy_adapters.payloads import MAX_BYTES, Given, Received, parse, read_payload, recognise
from alpr_policy_adapters.pipeline.sources import Arrived

LINES = (".jsonl", ".ndjson")
SUFFIXES = (".json", *LINES)
UNFINISHED = (".tmp", ".part", ".partial")
MAX_PAYLOADS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How payloads are read: by the named system, or each by its shape; and what the caller knows besides."""

    system: str | None = None
    given: Given = field(default_factory=Given)

    def payload(self, value: Any, name: str, line: int = 1) -> Received:
        """Read one payload; what is wrong with it is told with its place."""
        received = read_payload(value, system=self.system, given=self.given)
        if not received.diagnostics:
            return received
        place = Span(name, line, 1)
        placed = (dataclasses.replace(d, span=place) if d.span == NOWHERE else d for d in received.diagnostics)
        return dataclasses.replace(received, diagnostics=tuple(placed))

    def text(self, data: bytes | str, name: str, line: int = 1) -> list[Received]:
        """Read a text with one payload, or with a list of them."""
        value, found = parse(data, name, line)
        if found:
            return [Received(system=None, diagnostics=found)]
        several = isinstance(value, list) and not self.system and recognise(value) is None
        if not several:
            return [self.payload(value, name, line)]
        if len(value) > MAX_PAYLOADS:
            message = f"a list has at most {MAX_PAYLOADS:,} payloads"
            return [Received(system=None, diagnostics=(Diagnostic("file-too-large", message, Span(name, line, 1)),))]
        return [self.payload(one, f"{name}[{number}]", line) for number, one in enumerate(value)]


def from_file(path: Path, reading: Reading) -> Iterator[Received]:
    """Read a file: JSON Lines by its name, else one document; one error where the file cannot be used."""
    if path.suffix.lower() in LINES:
        yield from _lines_of(path, reading)
        return
    source, found = read_text(path, Limits(max_bytes=MAX_BYTES))
    if source is None:
        yield Received(system=None, diagnostics=tuple(found))
        return
    yield from reading.text(source.text, str(path))


def _lines_of(path: Path, reading: Reading) -> Iterator[Received]:
    if not path.is_file():
        # The reader of whole files says why, and never opens what could keep it waiting.
        _, found = read_text(path)
        yield Received(system=None, diagnostics=tuple(found))
        return
    try:
        with path.open("rb") as file:
            yield from from_lines(file, str(path), reading)
    except OSError as error:
        message = f"the file cannot be read: {(error.strerror or 'reading failed').lower()}"
        yield Received(system=None, diagnostics=(Diagnostic("file-unreadable", message, Span(str(path), 1, 1)),))


def from_lines(file: BinaryIO, name: str, reading: Reading) -> Iterator[Received]:
    """Read one payload a line, as they come; empty lines are passed over."""
    number = 0
    while data := file.readline(MAX_BYTES + 1):
        number += 1
        yield from _line(data, file, name, number, reading)


def _line(data: bytes, file: BinaryIO, name: str, number: int, reading: Reading) -> Iterator[Received]:
    if len(data) > MAX_BYTES and not data.endswith(b"\n"):
        while (rest := file.readline(MAX_BYTES)) and not rest.endswith(b"\n"):
            pass
    if data.strip():
        yield from reading.text(data.rstrip(b"\r\n"), name, number)


def from_stream(file: BinaryIO, name: str, reading: Reading) -> Iterator[Received]:
    """Read one payload a line; where the first line is only the beginning of one, the whole stream is one document."""
    start, first = 1, file.readline(MAX_BYTES + 1)
    while first and not first.strip():
        start, first = start + 1, file.readline(MAX_BYTES + 1)
    if not first:
        return
    _, found = parse(first, name, start)
    if found and found[0].code == "json-syntax" and first.strip()[:1] in (b"{", b"["):
        yield from reading.text(first + file.read(MAX_BYTES + 1), name, start)
        return
    yield from _line(first, file, name, start, reading)
    for number, data in enumerate(iter(lambda: file.readline(MAX_BYTES + 1), b""), start + 1):
        yield from _line(data, file, name, number, reading)


class Together:
    """Calls `then` once all of several have been acknowledged and no more can come."""

    def __init__(self, then: Callable[[], None]) -> None:
        """Wait for `close`, and for every one that was added before it."""
        self._then, self._open, self._lock = then, 1, threading.Lock()

    def add(self) -> Callable[[], None]:
        """Expect one more, and return what acknowledges it."""
        with self._lock:
            self._open += 1
        return self.close

    def close(self) -> None:
        """Expect one less."""
        with self._lock:
            self._open -= 1
            last = self._open == 0
        if last:
            self._then()


@dataclass
class Folder:
    """A folder into which other software puts payloads. Each file is read once, when it has stopped changing.

    Names that begin with a dot or end like an unfinished download are left alone, so a file may be written under such a
    name and renamed. With `done` a file goes there once its decisions have been through, so that another start does not
    read it again. Without `idle` it watches until `closing` is set; with it, until nothing came for so many seconds.
    """

    path: Path
    reading: Reading
    closing: threading.Event
    done: Path | None = None
    every: float = 0.5
    idle: float | None = None
    _known: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    _read: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    _failing: bool = False

    def open(self) -> Iterator[Arrived]:
        """Give payloads as their files come."""
        quiet = 0.0
        while not self.closing.is_set():
            came = False
            for item in self._new():
                came = True
                yield item
            quiet = 0.0 if came or self._changing() else quiet + self.every
            if self.idle is not None and quiet >= self.idle:
                return
            self.closing.wait(self.every)

    def _changing(self) -> bool:
        return any(self._read.get(name) != mark for name, mark in self._known.items())

    def _new(self) -> Iterator[Arrived]:
        try:
            found = self._listed()
            self._failing = False
        except OSError as error:
            if not self._failing:
                message = f"the folder cannot be read: {(error.strerror or 'reading failed').lower()}"
                fault = Diagnostic("file-unreadable", message, Span(str(self.path), 0, 0))
                yield Arrived(received=Received(system=None, diagnostics=(fault,)))
            self._failing = True
            return
        # A file counts once it looks as it did a look ago: whoever writes it under its own name has finished.
        ready = [n for n, mark in found.items() if self._known.get(n) == mark and self._read.get(n) != mark]
        self._known = found
        self._read = {name: mark for name, mark in self._read.items() if name in found}
        for name in sorted(ready):
            self._read[name] = found[name]
            yield from self._file(self.path / name)

    def _listed(self) -> dict[str, tuple[int, int, int]]:
        found: dict[str, tuple[int, int, int]] = {}
        with os.scandir(self.path) as entries:
            for entry in entries:
                name = entry.name.lower()
                if name.startswith(".") or name.endswith(UNFINISHED) or not name.endswith(SUFFIXES):
                    continue
                if entry.is_file(follow_symlinks=False):
                    about = entry.stat(follow_symlinks=False)
                    found[entry.name] = (about.st_ino, about.st_mtime_ns, about.st_size)
        return found

    def _file(self, path: Path) -> Iterator[Arrived]:
        together = Together(lambda: self._move(path))
        for received in from_file(path, self.reading):
            yield Arrived(received=received, done=together.add())
        together.close()

    def _move(self, path: Path) -> None:
        if self.done is None:
            return
        self.done.mkdir(parents=True, exist_ok=True)
        target, number = self.done / path.name, 1
        while target.exists():
            target, number = self.done / f"{path.stem}-{number}{path.suffix}", number + 1
        os.replace(path, target)


def arrivals(received: Iterable[Received]) -> Iterator[Arrived]:
    """Give payloads of which nobody waits for an acknowledgement."""
    return (Arrived(received=one) for one in received)
