"""The journal of a purge: written before and after each step, so that a purge can be stopped anywhere and go on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from alpr_policy.errors import Diagnostic
from alpr_policy.source import Span
from alpr_policy_adapters.stores.protocol import StoreError

LARGEST = 4_000_000_000
Name = tuple[str, str]
"""A store's name and a key in it."""


class Doomed(NamedTuple):
    """A record that is to go, or went: where it is, and under which statements and clauses."""

    store: str
    key: str
    course: str
    rules: tuple[str, ...]
    cite: tuple[str, ...]


class Spared(NamedTuple):
    """A record that was to go and stays: what was said of it when it was judged again."""

    store: str
    key: str
    course: str
    rules: tuple[str, ...]
    cite: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A purge that was begun: its plan, and what is neither deleted nor spared yet. `complete`: all of it is noted."""

    plan: str
    left: tuple[Name, ...]
    complete: bool


class PurgeJournal(Protocol):
    """Where a purge writes down what it does. Each call returns only when what it says is safe."""

    def begin(self, plan: str, at: str, keys: Sequence[Doomed]) -> None:
        """Note what is to go under a plan, all of it before anything goes."""

    def going(self, plan: str, at: str, keys: Sequence[Doomed]) -> None:
        """Note what was judged again and goes now."""

    def deleted(self, plan: str, at: str, keys: Sequence[Name]) -> None:
        """Note what is gone: looked for after deletion, and not there."""

    def spared(self, plan: str, at: str, keys: Sequence[Spared]) -> None:
        """Note what stays, since it may not go any more."""

    def done(self, plan: str, at: str) -> None:
        """Note that nothing of the plan is left to do, or that it is given up before anything went."""

    def unfinished(self) -> Unfinished | None:
        """Return the purge that was begun and is not done, if there is one."""


class FileJournal:
    """A journal as JSON Lines, handed over to the disk line by line; one process at a time."""

    BATCH = 1_000

    def __init__(self, path: Path) -> None:
        """Open or make the file; raises StoreError where another purge holds it, or where it cannot be read."""
        self.path = path
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except OSError as error:
            message = f"the journal cannot be opened: {(error.strerror or '').lower()}"
            raise _error("journal-unusable", message, self.path) from error
        self._lock()
        self._open: Unfinished | None = self._read()
        self._sync_folder()

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)

    def __enter__(self) -> FileJournal:
        """Give the journal."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the file."""
        self.close()

    def begin(self, plan: str, at: str, keys: Sequence[Doomed]) -> None:
        """Note what is to go; the last line of it says that this was all."""
        for start in range(0, len(keys), self.BATCH):
            part = keys[start : start + self.BATCH]
            self._write({"event": "begin", "plan": plan, "at": at, "keys": [_told(one) for one in part]}, sync=False)
        self._write({"event": "begun", "plan": plan, "at": at, "count": len(keys)})

    def going(self, plan: str, at: str, keys: Sequence[Doomed]) -> None:
        """Note what goes now."""
        self._write({"event": "going", "plan": plan, "at": at, "keys": [_told(one) for one in keys]})

    def deleted(self, plan: str, at: str, keys: Sequence[Name]) -> None:
        """Note what is gone."""
        self._write({"event": "deleted", "plan": plan, "at": at, "keys": [[*name] for name in keys]})

    def spared(self, plan: str, at: str, keys: Sequence[Spared]) -> None:
        """Note what stays."""
        self._write({"event": "spared", "plan": plan, "at": at, "keys": [_told(one) for one in keys]})

    def done(self, plan: str, at: str) -> None:
        """Note that nothing is left to do."""
        self._write({"event": "done", "plan": plan, "at": at})
        self._open = None

    def unfinished(self) -> Unfinished | None:
        """Return what was left when the file was opened."""
        return self._open

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # a system without it has one user
            return
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._handle)
            raise _error("journal-busy", "another purge writes this journal", self.path) from error

    def _sync_folder(self) -> None:
        folder = os.open(self.path.resolve().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _write(self, line: dict[str, Any], *, sync: bool = True) -> None:
        data = (json.dumps(line, separators=(",", ":")) + "\n").encode()
        try:
            while data:
                data = data[os.write(self._handle, data) :]
            if sync:
                os.fsync(self._handle)
        except OSError as error:
            message = f"the journal cannot be written, so nothing more goes: {(error.strerror or '').lower()}"
            raise _error("journal-unusable", message, self.path) from error

    def _read(self) -> Unfinished | None:
        """Read what was left to do; a last line that was cut off by a crash is taken away."""
        plan, complete, left = "", False, dict[Name, None]()
        size = 0
        with open(os.dup(self._handle), "rb") as file:
            file.seek(0)
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    break
                size += len(line)
                event, of, names = self._line(line, number)
                if event in ("begin", "begun"):
                    if of != plan:
                        plan, complete, left = of, False, {}
                    complete = event == "begun"
                    left.update(dict.fromkeys(names))
                elif of == plan and event in ("deleted", "spared"):
                    for name in names:
                        left.pop(name, None)
                elif event == "done":
                    plan, complete, left = "", False, {}
        os.ftruncate(self._handle, size)
        os.lseek(self._handle, 0, os.SEEK_END)
        return Unfinished(plan, tuple(left), complete) if plan else None

    def _line(self, line: bytes, number: int) -> tuple[str, str, list[Name]]:
        try:
            read = json.loads(line)
            keys = read.get("keys", [])
            names = [(str(k["store"]), str(k["key"])) if isinstance(k, dict) else (str(k[0]), str(k[1])) for k in keys]
            return str(read["event"]), str(read["plan"]), names
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
            raise _error("journal-unusable", "this line is none of a journal", self.path, number) from error


def _told(one: Doomed | Spared) -> dict[str, Any]:
    wire: dict[str, Any] = {"store": one.store, "key": one.key, "course": one.course}
    return {**wire, "rules": [*one.rules], "cite": [*one.cite]}


def names_of(keys: Iterable[Doomed | Spared]) -> list[Name]:
    """Return where records are."""
    return [(one.store, one.key) for one in keys]


def _error(code: str, message: str, path: Path, line: int = 1) -> StoreError:
    return StoreError([Diagnostic(code=code, message=message, span=Span(str(path), line, 1))])
