"""What an import found: rows, requests, duplicates, overlaps, the status of each fact, and what could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.logs.rows import Fault, Status

LINES_KEPT = 20
KINDS_KEPT = 500
PATTERNS_KEPT = 5_000


@dataclass(slots=True)
class FileReport:
    """One file. `first` and `last` are the earliest and latest instant among its rows, in UTC, or empty."""

    file: str
    layout: str = ""
    rows: int = 0
    requests: int = 0
    duplicates: int = 0
    unreadable: int = 0
    other: int = 0
    headers: int = 0
    first: str = ""
    last: str = ""
    unknown_columns: tuple[str, ...] = ()
    name: str = field(init=False, default="")
    error: Diagnostic | None = None

    def __post_init__(self) -> None:
        """Keep the name without its folders, which is a part of each request."""
        self.name = Path(self.file).name[-250:]

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        wire: dict[str, Any] = {
            name: getattr(self, name)
            for name in (
                "file", "layout", "rows", "requests", "duplicates", "unreadable", "other", "headers", "first", "last",
            )
        }  # fmt: skip
        wire["unknown_columns"] = list(self.unknown_columns)
        if self.error is not None:
            wire["error"] = {"code": self.error.code, "message": self.error.message, "help": self.error.help}
        return wire


@dataclass(slots=True)
class Faults:
    """All faults of one kind in one column: how many there were, and where the first of them stand."""

    code: str
    column: str
    message: str
    help: str
    count: int = 0
    places: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ImportReport:
    """What a whole import found.

    Each row read is one of four: a request, a duplicate, no request for a fault (`unreadable`), or no act of the
    language (`other`, by `kinds`).
    """

    files: list[FileReport] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    faults: dict[tuple[str, str, str], Faults] = field(default_factory=dict)
    overlaps: Counter[tuple[int, int]] = field(default_factory=Counter)
    same_id: int = 0
    contradictions: int = 0
    alike: int = 0
    _status: dict[str, Counter[Status]] = field(default_factory=dict)
    _patterns: Counter[tuple[tuple[str, Status], ...]] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """Return how many rows were read."""
        return sum(one.rows for one in self.files)

    @property
    def requests(self) -> int:
        """Return how many became requests."""
        return sum(one.requests for one in self.files)

    @property
    def duplicates(self) -> int:
        """Return how many were there before."""
        return sum(one.duplicates for one in self.files)

    @property
    def unreadable(self) -> int:
        """Return how many became none for a fault."""
        return sum(one.unreadable for one in self.files)

    @property
    def other(self) -> int:
        """Return how many record no act of the language."""
        return sum(one.other for one in self.files)

    def note(self, file: str, fault: Fault) -> None:
        """Count a fault, and keep its place if it is among the first of its kind."""
        key = (fault.code, fault.column, fault.message)
        if key not in self.faults and len(self.faults) >= KINDS_KEPT:
            key = (fault.code, "", "further faults")
            fault = Fault(code=fault.code, message=key[2], line=fault.line)
        kept = self.faults.setdefault(key, Faults(fault.code, fault.column, fault.message, fault.help))
        kept.count += 1
        if len(kept.places) < LINES_KEPT:
            kept.places.append(f"{file}:{fault.line}")

    def count(self, status: Mapping[str, Status]) -> None:
        """Count the status of each fact of a row."""
        # Rows mostly come in few patterns, so those are counted, and taken apart when somebody asks.
        self._patterns[tuple(status.items())] += 1
        if len(self._patterns) > PATTERNS_KEPT:
            self._add_up()

    @property
    def status(self) -> Mapping[str, Counter[Status]]:
        """Return how many rows have each status, for each fact."""
        self._add_up()
        return self._status

    def _add_up(self) -> None:
        for pattern, count in self._patterns.items():
            for name, one in pattern:
                if name in self._status or len(self._status) < KINDS_KEPT:
                    self._status.setdefault(name, Counter())[one] += count
        self._patterns.clear()

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {
            **{name: getattr(self, name) for name in ("rows", "requests", "duplicates", "unreadable", "other")},
            "same_id": self.same_id,
            "contradictions": self.contradictions,
            "alike": self.alike,
            "files": [one.to_wire() for one in self.files],
            "overlaps": [
                {"files": [self.files[a].file, self.files[b].file], "rows": count}
                for (a, b), count in sorted(self.overlaps.items())
            ],
            "facts": {name: {one.value: n for one, n in sorted(c.items())} for name, c in sorted(self.status.items())},
            "acts": dict(sorted(self.acts.items())),
            "other_kinds": dict(sorted(self.kinds.items())),
            "faults": [
                {
                    "code": one.code,
                    "column": one.column,
                    "message": one.message,
                    "count": one.count,
                    "first": one.places,
                }
                for one in sorted(self.faults.values(), key=lambda one: (one.code, one.column, one.message))
            ],
        }
