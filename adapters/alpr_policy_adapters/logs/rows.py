"""One row of an audit log as a request, with what is known of each of its fields, and what limits reading has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from alpr_policy.errors import ExitCode, PolicyError


class LogError(PolicyError):
    """A log, its layout or its mapping cannot be used."""

    exit_code = ExitCode.BAD_INPUT


class Status(StrEnum):
    """What a log says of one field of a row.

    Three of these look alike in a table and are not: blank means that nothing was entered, withheld that something was
    and may not be seen, absent that the field was not released at all.
    """

    PRESENT = "present"
    BLANK = "blank"
    WITHHELD = "withheld"
    PARTLY = "partly"
    ABSENT = "absent"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLimits:
    """How much of a log is read: lines in bytes, cells in characters; `max_rows` counts all files of a run."""

    max_line: int = 1_000_000
    max_cell_lines: int = 200
    max_cell: int = 2_000
    max_columns: int = 200
    max_rows: int = 5_000_000
    max_broken: int = 1_000
    max_files: int = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One row: where it stands, the request it becomes (as `read_request` takes it), and the status of each fact.

    `more` holds what the row says beyond the words of the language.
    """

    file: str
    line: int
    layout: str
    request: Mapping[str, Any]
    status: Mapping[str, Status]
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Return file and line, as `june.csv:12`."""
        return f"{self.file}:{self.line}"

    def to_wire(self) -> dict[str, Any]:
        """Return the row as plain JSON data."""
        return {
            "file": self.file,
            "line": self.line,
            "layout": self.layout,
            "status": {name: one.value for name, one in self.status.items()},
            "request": dict(self.request),
            "more": dict(self.more),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What could not be read. `column` is empty where the row is meant; `fatal` says that it became no request."""

    code: str
    message: str
    line: int
    column: str = ""
    help: str = ""
    fatal: bool = False


@dataclass(slots=True, kw_only=True)
class Made:
    """What a layout makes of a row of cells: its act and time, its facts and their status, and what was wrong.

    `act` is empty where the row records no act of the language, and `kind` says what it was. `key` tells rows apart
    (empty where the log numbers nothing) and `number` is the log's own number of the row. `mixed` says that among the
    facts are some that are no words of the language.
    """

    act: str
    at: str
    facts: dict[str, Any]
    status: dict[str, Status]
    faults: list[Fault]
    key: tuple[str, ...] = ()
    number: str = ""
    kind: str = ""
    mixed: bool = False
    departments: tuple[str, ...] = ()
    records: Mapping[str, Any] | None = None
