"""Reads logs: file after file, row after row, each as a request, with a report of all that was found.

No error of one file or line ends the run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from alpr_policy.errors import Diagnostic
from alpr_policy.reading.json_lines import read_json_lines
from alpr_policy.source import Span
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import VOCABULARY
from alpr_policy_adapters.logs.cells import shown
from alpr_policy_adapters.logs.events import event_of, sharing_of
from alpr_policy_adapters.logs.layouts import (
    LAYOUTS,
    LEDGER,
    MERGED,
    Family,
    Layout,
    nearest_layout,
    places,
    recognised,
)
from alpr_policy_adapters.logs.ledger_rows import decision_of, is_head
from alpr_policy_adapters.logs.mapping import LogMapping, MappedRows
from alpr_policy_adapters.logs.parquet import parquet_rows
from alpr_policy_adapters.logs.report import FileReport, ImportReport
from alpr_policy_adapters.logs.rows import Fault, LogError, LogLimits, LogRow, Made
from alpr_policy_adapters.logs.searches import Context, search_of
from alpr_policy_adapters.logs.seen import Rows, Seen
from alpr_policy_adapters.logs.tables import DELIMITERS, open_log, records, shown_name

EVERY = 1_000
Item = tuple[int, "Made | Fault", Sequence[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOptions:
    """How logs are to be read.

    `layout` or `mapping` says what they are, else each header does. `zone` is that of times without an offset, `at` the
    time of reports that hold none, `released` which columns each agency gave out, for files that hold several. `own`
    are facts beyond the words of the language that requests shall carry, since a profile declares them.
    """

    layout: str = ""
    mapping: LogMapping | None = None
    zone: ZoneInfo | None = None
    at: str = ""
    encoding: str = ""
    departments: tuple[str, ...] = ()
    released: Mapping[str, frozenset[str]] | None = None
    own: frozenset[str] = frozenset()
    limits: LogLimits = field(default_factory=LogLimits)


class LogImport:
    """Reads files one after the other. The report is whole when `rows` has ended."""

    def __init__(self, options: LogOptions | None = None) -> None:
        """Read nothing yet; raises LogError for a layout that nobody knows."""
        self.options = options or LogOptions()
        self.report = ImportReport()
        self._seen = Rows()
        self._words = VOCABULARY.facts.keys() | self.options.own
        if self.options.layout and self.options.layout not in LAYOUTS:
            name = self.options.layout
            raise LogError([Diagnostic("log-layout", f"there is no layout `{name[:60]}`", help=nearest_layout(name))])

    def rows(self, files: Sequence[Path], progress: Callable[[int], None] | None = None) -> Iterator[LogRow]:
        """Yield each row that is a request and was not there before; `progress` is told how many rows were read."""
        read = 0
        for number, path in enumerate(files):
            one = FileReport(shown_name(path))
            self.report.files.append(one)
            try:
                if number >= self.options.limits.max_files:
                    told = f"at most {self.options.limits.max_files:,} files are read"
                    raise LogError([Diagnostic("too-many-files", told, Span(one.file, 0, 1))])
                for item in self._items(path, one):
                    read += 1
                    if progress is not None and read % EVERY == 0:
                        progress(read)
                    row = self._taken(one, number, item)
                    if row is not None:
                        yield row
                    if read >= self.options.limits.max_rows:
                        told = f"at most {self.options.limits.max_rows:,} rows are read"
                        raise LogError([Diagnostic("too-many-lines", told, Span(one.file, item[0], 1))])
            except LogError as error:
                one.error = error.diagnostics[0]
            finally:
                while len(self._seen.layouts) <= number:
                    self._seen.begin("")

    def _items(self, path: Path, one: FileReport) -> Iterator[Item]:
        mapping = self.options.mapping
        if mapping is not None:
            one.layout = f"mapping {mapping.id}"
            self._seen.begin(one.layout)
            yield from self._mapped(path, mapping)
        elif self.options.layout == LEDGER or (not self.options.layout and self._is_ledger(path)):
            one.layout = LEDGER
            self._seen.begin(LEDGER)
            yield from self._ledger(path)
        else:
            yield from self._known(path, one)

    def _taken(self, one: FileReport, number: int, item: Item) -> LogRow | None:
        """Count a row, and return it as a request if it is one."""
        line, made, cells = item
        one.rows += 1
        if isinstance(made, Fault):
            one.unreadable += 1
            self.report.note(one.file, made)
            return None
        seen, first = self._seen.look(made, cells)
        if seen is Seen.DUPLICATE:
            one.duplicates += 1
            if first != number:
                self.report.overlaps[first, number] += 1
            return None
        self._told_again(one, seen, line)
        for fault in made.faults:
            self.report.note(one.file, fault)
        self.report.count(made.status)
        if any(fault.fatal for fault in made.faults):
            one.unreadable += 1
            return None
        if not made.act:
            one.other += 1
            self.report.kinds[made.kind if len(self.report.kinds) < 500 else "further kinds"] += 1
            return None
        one.requests += 1
        self.report.acts[made.act] += 1
        moment = _in_utc(made.at)
        one.first, one.last = min(one.first or moment, moment), max(one.last, moment)
        return self._row(one, line, made)

    def _told_again(self, one: FileReport, seen: Seen, line: int) -> None:
        self.report.same_id += seen is Seen.SAME_ID
        self.report.alike += seen is Seen.ALIKE
        if seen is Seen.CONTRADICTS:
            self.report.contradictions += 1
            told = "another row has the same id, time and user, and says otherwise; both are kept"
            self.report.note(one.file, Fault(code="log-contradiction", message=told, line=line))

    def _row(self, one: FileReport, line: int, made: Made) -> LogRow:
        facts, more = made.facts, {}
        if made.mixed:  # a name that no profile knows would be a fault of every request
            more = {name: facts.pop(name) for name in [*facts] if name not in self._words}
        request: dict[str, Any] = {"id": f"{one.name}:{line}", "action": made.act, "at": made.at, "facts": facts}
        departments = (*made.departments, *self.options.departments)
        if departments:
            request["departments"] = list(dict.fromkeys(departments))
        if made.records:
            request |= made.records
        return LogRow(file=one.file, line=line, layout=one.layout, request=request, status=made.status, more=more)

    def _known(self, path: Path, one: FileReport) -> Iterator[Item]:
        """Read a table of a known layout."""
        options = self.options
        with open_log(path) as file:
            found = records(file, one.file, options.limits, encoding=options.encoding)
            line, head = next(found, (1, None))
            if head is None:
                raise LogError([Diagnostic("empty-file", "this file is empty", Span(one.file, 1, 1))])
            if isinstance(head, Fault):
                raise _no_header(head, one.file, line)
            layout, headed = self._layout(head, one, line)
            one.layout = layout.name
            where, strange = places(layout, head if headed else layout.columns)
            self._seen.begin(f"{layout.name} {' '.join(sorted(where))}")  # one layout may come with fewer columns
            one.unknown_columns = tuple(name[:80] for name in strange)
            make = self._maker(layout, where, head if headed else layout.columns)
            width = len(head) if headed else len(layout.columns)
            if not headed:
                yield self._made(line, head, width, make)
            for line, cells in found:
                if isinstance(cells, list) and headed and cells == head:
                    one.headers += 1  # files that were put one after the other
                else:
                    yield self._made(line, cells, width, make)

    @staticmethod
    def _made(line: int, cells: list[str] | Fault, width: int, make: Callable[[int, Sequence[str]], Made]) -> Item:
        if isinstance(cells, Fault):
            return line, cells, ()
        if len(cells) != width:
            told = f"the line has {len(cells)} cells where there are {width} columns"
            return line, Fault(code="log-line", message=told, line=line, fatal=True), ()
        return line, make(line, cells), cells

    def _layout(self, head: list[str], one: FileReport, line: int) -> tuple[Layout, bool]:
        """Return the layout of a file, and whether its first line is a header."""
        named = LAYOUTS.get(self.options.layout)
        found = recognised(head)
        if named is None:
            if found is None:
                shown = ", ".join(name[:30] for name in head[:8])
                help = "`alpr-policy log layouts` lists what is known; for anything else write a mapping"
                told = f"no known layout has these columns: {shown[:200]}"
                raise LogError([Diagnostic("log-header", told, Span(one.file, line, 1), help)])
            return found, True
        where, _ = places(named, head)
        if named.required() <= where.keys():
            return named, True
        if named.fixed and len(head) == len(named.columns) and found is None:
            return named, False
        told = f"the header is not that of `{named.name}`"
        help = f"it is that of `{found.name}`" if found is not None else f"its columns are {', '.join(named.columns)}"
        raise LogError([Diagnostic("log-header", told, Span(one.file, line, 1), help)])

    def _maker(
        self, layout: Layout, where: Mapping[str, tuple[int, ...]], head: Sequence[str]
    ) -> Callable[[int, Sequence[str]], Made]:
        options = self.options
        context = Context(
            zone=options.zone,
            max_cell=options.limits.max_cell,
            released=options.released,
            merged=layout.name == MERGED,
            headings={key: " + ".join(head[place].strip()[:80] for place in spots) for key, spots in where.items()},
        )
        if layout.family is Family.EVENT:
            return event_of(where, context)
        return sharing_of(where, context, options.at) if layout.family is Family.SHARING else search_of(where, context)

    def _is_ledger(self, path: Path) -> bool:
        return path.suffix.lower() in (".jsonl", ".ndjson") and is_head(next(read_json_lines(path), (0, None, ()))[1])

    def _ledger(self, path: Path) -> Iterator[Item]:
        for line, value, found in _json_lines(path):
            if not is_head(value):
                yield (line, found or decision_of(line, value), (str(value),))

    def _mapped(self, path: Path, mapping: LogMapping) -> Iterator[Item]:
        columns = mapping.columns()
        maker = MappedRows(mapping, self.options.zone, self.options.limits.max_cell)
        if mapping.format == "parquet":
            for line, values in parquet_rows(path, columns):
                yield line, maker.make(line, values), values
        elif mapping.format == "jsonl":
            for line, value, found in _json_lines(path):
                cells = [_under(value, column) for column in columns]
                yield line, found or maker.make(line, cells), cells
        else:
            yield from self._mapped_table(path, mapping, columns, maker)

    def _mapped_table(
        self, path: Path, mapping: LogMapping, columns: Sequence[str], maker: MappedRows
    ) -> Iterator[Item]:
        name, options = shown_name(path), self.options
        encoding = mapping.encoding or options.encoding
        with open_log(path) as file:
            found = records(file, name, options.limits, encoding=encoding, delimiter=DELIMITERS[mapping.delimiter])
            spots, width = [int(one) - 1 for one in columns if one.isdecimal()], 0
            if mapping.header:
                line, head = next(found, (1, []))
                spots, width = _spots(head, columns, name, line)
            least = max(spots, default=0) + 1
            for line, cells in found:
                if isinstance(cells, list) and (len(cells) != width if width else len(cells) < least):
                    told = f"the line has {len(cells)} cells where there are {width or least} columns"
                    cells = Fault(code="log-line", message=told, line=line, fatal=True)
                if isinstance(cells, Fault):
                    yield line, cells, ()
                else:
                    picked = [cells[spot] for spot in spots]
                    yield line, maker.make(line, picked), cells


def _in_utc(at: str) -> str:
    """Return the instant of a request so that texts are in the order of time; as it stands where it is none."""
    if at.endswith("+00:00"):
        return at
    try:
        return shown(dt.datetime.fromisoformat(at).astimezone(dt.UTC))
    except (ValueError, OverflowError):
        return at


def _no_header(fault: Fault, name: str, line: int) -> LogError:
    return LogError([Diagnostic("log-header", f"the header cannot be read: {fault.message}", Span(name, line, 1))])


def _spots(head: list[str] | Fault, columns: Sequence[str], name: str, line: int) -> tuple[list[int], int]:
    """Return in which cells the columns of a mapping stand, and how many a row has; raises LogError."""
    if isinstance(head, Fault):
        raise _no_header(head, name, line)
    known = [heading.strip() for heading in head]
    missing = [one for one in columns if one.strip() not in known]
    if missing:
        raise LogError(
            Diagnostic("log-header", f"there is no column `{one}`", Span(name, line, 1), did_you_mean(one, known))
            for one in missing
        )
    twice = next((one for one in columns if known.count(one.strip()) > 1), None)
    if twice is not None:
        raise LogError([Diagnostic("log-header", f"there are two columns `{twice}`", Span(name, line, 1))])
    return [known.index(one.strip()) for one in columns], len(known)


def _json_lines(path: Path) -> Iterator[tuple[int, Any, Fault | None]]:
    """Yield the values of JSON Lines, and what is wrong with those that cannot be read; raises LogError."""
    open_log(path).close()
    for line, value, found in read_json_lines(path):
        if found and not line:
            raise LogError(found)
        first = found[0] if found else None
        fault = first and Fault(code="log-line", message=first.message, line=line, fatal=True)
        yield line, value, fault or None


def _under(value: Any, keys: str) -> Any:
    """Return what stands under keys joined by dots, or under the whole text; None where nothing does."""
    if isinstance(value, dict) and keys in value:
        return value[keys]
    for key in keys.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value
