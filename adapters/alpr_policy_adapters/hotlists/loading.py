"""A list file read as its mapping says: every line taken whole or refused by its number, and a report on all of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.source import Span
from alpr_policy_adapters.hotlists.dates import DateForm
from alpr_policy_adapters.hotlists.entries import CATEGORIES, DEFAULT_LIMITS, HotListLimits, now
from alpr_policy_adapters.hotlists.mapping import ListMapping, load_mapping
from alpr_policy_adapters.hotlists.reading import Fault, LineReader, Put, Remove
from alpr_policy_adapters.hotlists.rows import ListFile
from alpr_policy_adapters.hotlists.table import EntryTable, Key

PLAIN = "plain_csv"
STEP = 20_000
Progress = Callable[[int], None]
"""Is told now and then how many lines have been read."""


class LoadMode(StrEnum):
    """What a file is: the whole list, what changed in it, or entries to take out."""

    COMPLETE = "complete"
    INCREMENTAL = "incremental"
    REMOVALS = "removals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one line of a file does: `row` of its entries is put in under a key, or without a row the key taken out."""

    what: str
    key: Key
    row: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HotList:
    """A list as imported: its entries in order, and the import report, one diagnostic for each line refused.

    `rows` counts the lines that should hold an entry, `size` is in bytes. `issued_at` is when its source issued it, as
    far as the file or the caller says; the time of the file itself says only when it was copied. `changes` says line by
    line what a file changes that is no complete list.
    """

    name: str
    sha256: str
    entries: EntryTable
    report: tuple[Diagnostic, ...] = ()
    file: str = ""
    mapping: str = PLAIN
    size: int = 0
    rows: int = 0
    loaded_at: datetime | None = None
    issued_at: datetime | None = None
    changes: tuple[Change, ...] = ()

    @property
    def refused(self) -> int:
        """Count the lines that were refused."""
        return len({d.span.line for d in self.report if d.is_error})

    @property
    def repeated(self) -> int:
        """Count the lines that stood in the list before."""
        return sum(d.code == "hotlist-repeated" for d in self.report)

    @property
    def area_searches(self) -> int:
        """Count the partial plates that say so little that they search an area."""
        return sum(partial.area_search for _, partial in self.entries.partials)

    def age(self, at: datetime) -> timedelta | None:
        """Give how long before `at` the list was loaded; None when that is not known."""
        return at - self.loaded_at if self.loaded_at is not None else None

    def to_dict(self) -> dict[str, Any]:
        """Give the import report as JSON values, without the entries."""
        return {
            "list": self.name,
            "file": self.file,
            "mapping": self.mapping,
            "sha256": self.sha256,
            "bytes": self.size,
            "loaded_at": self.loaded_at.isoformat() if self.loaded_at else None,
            "issued_at": self.issued_at.isoformat() if self.issued_at else None,
            "rows": self.rows,
            "entries": len(self.entries),
            "refused": self.refused,
            "repeated": self.repeated,
            "partial": len(self.entries.partials),
            "area_searches": self.area_searches,
        }


@dataclass(slots=True)
class Import:
    """A file as it is being read."""

    name: str
    entries: EntryTable
    mode: LoadMode = LoadMode.COMPLETE
    report: list[Diagnostic] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    rows: int = 0

    def note(self, code: str, message: str, line: int, help: str = "", *, warning: bool = False) -> None:
        """Put something about a line into the report."""
        severity = Severity.WARNING if warning else Severity.ERROR
        self.report.append(Diagnostic(code, message, span=Span(self.name, line, 1), help=help, severity=severity))


def load_list(
    path: Path | str,
    mapping: ListMapping | str = PLAIN,
    *,
    name: str = "",
    limits: HotListLimits = DEFAULT_LIMITS,
    categories: Collection[str] = CATEGORIES,
    loaded_at: datetime | None = None,
    issued_at: datetime | None = None,
    progress: Progress | None = None,
    mode: LoadMode = LoadMode.COMPLETE,
) -> HotList:
    """Import a file; bad lines are refused one by one in the report, HotListError for a file that is no list.

    `categories` are those of the vocabulary unless a profile adds its own. `loaded_at` is now if left out. A file that
    is no complete list says what `changes`; a complete one has nothing to remove, and a line that does is refused.
    """
    layout = mapping if isinstance(mapping, ListMapping) else _mapping(mapping)
    loaded = loaded_at or now()
    file = ListFile(Path(path), layout, limits)
    done = Import(file.name, EntryTable(name or file.name, layout.timezone, loaded), mode)
    reader: LineReader | None = None
    for line, cells in file.rows():
        done.rows += 1
        if isinstance(cells, Diagnostic):
            done.report.append(cells)
        else:
            reader = reader or LineReader(
                layout, file.indexes, categories=categories, limits=limits, loaded_at=loaded,
                removals=mode is LoadMode.REMOVALS,
            )  # fmt: skip
            _take(done, reader.read(line, cells), line)
        if len(done.report) > limits.max_faults or len(done.entries.partials) > limits.max_partial:
            what = "partial plates" if len(done.report) <= limits.max_faults else "lines that are refused or repeated"
            most = limits.max_partial if len(done.report) <= limits.max_faults else limits.max_faults
            message = f"`{file.name}` has more than {most:,} {what}"
            raise file.fault("hotlist-too-many-faults", message, "is this the right file, and the right mapping?")
        if progress is not None and done.rows % STEP == 0:
            progress(done.rows)
    done.entries.finish()
    return HotList(
        name=name or file.name, sha256=file.sha256, entries=done.entries, report=tuple(done.report), file=file.name,
        mapping=layout.id, size=file.size, rows=done.rows, loaded_at=loaded,
        issued_at=issued_at or _issued(layout, Path(path).name, file.first_line), changes=tuple(done.changes),
    )  # fmt: skip


def load_csv(
    path: Path | str,
    *,
    limits: HotListLimits = DEFAULT_LIMITS,
    categories: Collection[str] = CATEGORIES,
    loaded_at: datetime | None = None,
) -> HotList:
    """Import a CSV file with the header plate,state,category,source,effective,expires,entry_id, as `load_list` does."""
    return load_list(path, limits=limits, categories=categories, loaded_at=loaded_at)


@cache
def _mapping(name: str) -> ListMapping:
    return load_mapping(name)


def _take(done: Import, read: Put | Remove | list[Fault], line: int) -> None:
    """Take what a line says, or report why not."""
    if isinstance(read, list):
        for fault in read:
            done.note("hotlist-line", fault.message, line, fault.help)
        return
    if isinstance(read, Remove):
        if done.mode is not LoadMode.COMPLETE:
            done.changes.append(Change(what="remove", key=read.key, row=-1, line=line))
        else:
            done.note("hotlist-line", "a complete list has nothing to remove", line, "load it as an incremental one")
        return
    plate = read.plate if isinstance(read.plate, str) else read.plate.text
    if not done.entries.append(read.plate, read.state, read.values):
        done.note(
            "hotlist-repeated", f"the entry for `{plate}` stands in the list before: counted once", line, warning=True
        )
        return
    if not isinstance(read.plate, str) and read.plate.area_search:
        message = f"`{plate}` has {read.plate.fixed} known characters: a hit on it is a search of an area"
        done.note("hotlist-area-search", message, line, "have a person decide whether it belongs here", warning=True)
    if done.mode is not LoadMode.COMPLETE:
        row = len(done.entries) - 1
        done.changes.append(Change(what=read.change, key=done.entries.key(row), row=row, line=line))


def _issued(mapping: ListMapping, file_name: str, first_line: str) -> datetime | None:
    """Return when the source issued the file, where its name or its first line says so to the minute."""
    if mapping.issued is None:
        return None
    text = file_name if mapping.issued.where == "file_name" else first_line
    found = DateForm(mapping.issued.date).find(text, mapping.zone)
    if isinstance(found, datetime) or found is None:
        return found
    # Where only a day is said its first moment is taken, so that the list never passes for newer than it is.
    return datetime(found.year, found.month, found.day, tzinfo=mapping.zone) if mapping.zone else None
