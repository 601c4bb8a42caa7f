"""The lines of a list file as cells: bounded, hashed while they are read, and laid out as a mapping says."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from alpr_policy.errors import Diagnostic
from alpr_policy.reading.json_text import parse_json
from alpr_policy.reading.text_files import Limits
from alpr_policy.source import SourceFile, Span
from alpr_policy.suggest import did_you_mean
from alpr_policy_adapters.hotlists.entries import HotListError, HotListLimits, shown
from alpr_policy_adapters.hotlists.mapping import DELIMITERS, ColumnSpec, ListMapping

Row = tuple[int, "list[str] | Diagnostic"]
JSON_NODES = 2_000_000


class ListFile:
    """One file of a list, read once. `size` and `sha256` are those of the bytes that were read."""

    def __init__(self, path: Path, mapping: ListMapping, limits: HotListLimits) -> None:
        """Look at nothing yet."""
        self.path = path
        self.name = shown(path.name)
        self.first_line = ""
        self.indexes: dict[str, int] = {}
        self._mapping = mapping
        self._limits = limits
        self._bytes = _BoundedBytes(self.name, limits, mapping)

    @property
    def size(self) -> int:
        """Return the number of bytes that were read."""
        return self._bytes.size

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the bytes that were read."""
        return self._bytes.digest.hexdigest()

    def rows(self) -> Iterator[Row]:
        """Yield each line's number with its cells, or with what is wrong with its shape; raises HotListError.

        `indexes` says in which cell each field stands, from the first row on. In JSON the number is the entry's.
        """
        if not _is_file(self.path):
            raise self.fault("hotlist-missing", f"there is no file `{self.name}`")
        try:
            with self.path.open("rb") as file:
                yield from self._counted(file)
        except UnicodeDecodeError as error:
            raise self.fault("hotlist-unreadable", f"`{self.name}` is not {self._mapping.encoding} text") from error
        except csv.Error as error:
            raise self.fault("hotlist-unreadable", f"`{self.name}` is not a delimited file: {error}") from error
        except (OSError, ValueError) as error:
            message = f"`{self.name}` cannot be read: {type(error).__name__}"
            raise self.fault("hotlist-unreadable", message) from error

    def fault(self, code: str, message: str, help_line: str = "", line: int = 0) -> HotListError:
        """Make the error that refuses the whole file."""
        return HotListError([Diagnostic(code, message, span=Span(self.name, line, min(line, 1)), help=help_line)])

    def _counted(self, file: Any) -> Iterator[Row]:
        self._bytes.open(file)
        encoding = "utf-8-sig" if self._mapping.encoding == "utf-8" else self._mapping.encoding
        text = io.TextIOWrapper(io.BufferedReader(self._bytes, 1 << 18), encoding=encoding, newline="")
        kinds = {"delimited": self._delimited, "fixed_width": self._fixed, "json": self._json}
        for count, row in enumerate(kinds[self._mapping.format](text), 1):
            if count > self._limits.max_rows:
                message = f"`{self.name}` has more entries than the limit of {self._limits.max_rows:,}"
                raise self.fault("hotlist-too-large", message, line=row[0])
            yield row

    def _skipped(self, text: io.TextIOWrapper) -> int:
        """Pass over the lines before the header, the first one kept; return how many there were."""
        for number in range(self._mapping.skip):
            line = text.readline()
            if number == 0:
                self.first_line = line.strip()
        return self._mapping.skip

    def _delimited(self, text: io.TextIOWrapper) -> Iterator[Row]:
        mapping, ignored = self._mapping, self._mapping.ignore
        skipped = self._skipped(text)
        quoting: Literal[0, 3] = 3 if mapping.quote == "none" else 0  # the values of csv.QUOTE_NONE and QUOTE_MINIMAL
        lines = csv.reader(text, delimiter=DELIMITERS[mapping.delimiter], quoting=quoting, strict=True)
        width = self._header(next(lines, []), skipped + 1) if mapping.header else self._numbered()
        start, at = skipped + lines.line_num + 1, self.indexes["plate"]
        for cells in lines:
            line, start = start, skipped + lines.line_num + 1
            empty = len(cells) <= at or not cells[at] or cells[at].isspace()
            if (empty and not any(map(str.strip, cells))) or (ignored and cells[0].startswith(ignored)):
                continue
            if len(cells) == width or (not mapping.header and width <= len(cells) <= self._limits.max_columns):
                yield line, cells
            else:
                which = "the header has" if mapping.header else "the mapping needs"
                message = f"the line has {len(cells)} cells, {which} {width}"
                yield line, Diagnostic("hotlist-line", message, span=Span(self.name, line, 1))

    def _header(self, cells: list[str], line: int) -> int:
        """Find the columns by their names; refuse a file that lacks one or has one twice."""
        header = [cell.strip().lower() for cell in cells]
        if len(header) > self._limits.max_columns:
            message = f"the header has more than {self._limits.max_columns} columns"
            raise self.fault("hotlist-header", message, line=line)
        wanted = {name: spec.column for name, spec in self._mapping.fields.items()}
        names = {name: column.lower() for name, column in wanted.items() if isinstance(column, str)}
        missing = [str(wanted[name]) for name, column in names.items() if column not in header]
        beyond = [str(column) for column in wanted.values() if isinstance(column, int) and column > len(header)]
        twice = [str(wanted[name]) for name, column in names.items() if header.count(column) > 1]
        if missing or twice or beyond:
            lacking = [*dict.fromkeys([*missing, *beyond])]
            what = f"lacks `{', '.join(lacking)}`" if lacking else f"has `{', '.join(dict.fromkeys(twice))}` twice"
            near = did_you_mean(missing[0], filter(None, header)) if missing and any(header) else ""
            near = near if near.startswith("did you mean") else ""
            columns = ", ".join(str(column) for column in dict.fromkeys(wanted.values()))
            help_line = f"the mapping `{self._mapping.id}` names {columns}" + (f"; {near}" if near else "")
            raise self.fault("hotlist-header", f"the header {what}", help_line, line)
        self.indexes = {n: header.index(names[n]) if n in names else int(c or 1) - 1 for n, c in wanted.items()}
        return len(header)

    def _numbered(self) -> int:
        """Find the columns by their numbers; return how many cells a line needs."""
        self.indexes = {name: int(spec.column or 1) - 1 for name, spec in self._mapping.fields.items()}
        return max(self.indexes.values()) + 1

    def _fixed(self, text: io.TextIOWrapper) -> Iterator[Row]:
        mapping, ignored = self._mapping, self._mapping.ignore
        before = self._skipped(text)
        self.indexes = {name: number for number, name in enumerate(mapping.fields)}
        slices = [slice((spec.start or 1) - 1, spec.end) for spec in mapping.fields.values()]
        last = max(spec.start or 1 for name, spec in mapping.fields.items() if name in ("plate", "state", "category"))
        for line, words in enumerate(text, before + 1):
            words = words.rstrip("\r\n")
            if not words.strip() or (ignored and words.startswith(ignored)):
                continue
            if len(words) < last:
                message = f"the line has {len(words)} characters, and a field begins at the {last}th"
                yield line, Diagnostic("hotlist-line", message, span=Span(self.name, line, 1))
            else:
                yield line, [words[part] for part in slices]

    def _json(self, text: io.TextIOWrapper) -> Iterator[Row]:
        mapping = self._mapping
        whole = text.read()
        bounds = Limits(
            max_bytes=self._limits.max_json_bytes, max_depth=20, max_nodes=JSON_NODES, max_scalar=self._limits.max_cell
        )
        value, found = parse_json(SourceFile(self.name, whole), bounds)
        if found:
            raise HotListError(found)
        entries = _under(value, mapping.records)
        if not isinstance(entries, list):
            help_line = f"the mapping `{mapping.id}` says under which key the entries stand"
            raise self.fault("hotlist-header", f"there is no list under `{mapping.records}`", help_line, 1)
        self.indexes = {name: number for number, name in enumerate(mapping.fields)}
        for number, entry in enumerate(entries, 1):
            cells = _json_cells(entry, mapping.fields)
            if isinstance(cells, str):
                yield number, Diagnostic("hotlist-line", f"entry {number} {cells}", span=Span(self.name, number, 1))
            else:
                yield number, cells


def _json_cells(entry: Any, fields: Mapping[str, ColumnSpec]) -> list[str] | str:
    """Return the texts of an entry's fields, or what is wrong with it as the end of a sentence."""
    if not isinstance(entry, dict):
        return "is no group of keys"
    cells: list[str] = []
    for spec in fields.values():
        value = _under(entry, str(spec.column))
        if value is not None and not isinstance(value, str):
            return f"has no text under `{spec.column}`"
        cells.append(value or "")
    return cells


def _under(value: Any, keys: str) -> Any:
    """Return what stands under keys joined by dots; None where nothing does."""
    for key in keys.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


class _BoundedBytes(io.RawIOBase):
    """Bytes of a file, counted and hashed as they pass; refuses too many, one endless line, and what is no text."""

    def __init__(self, name: str, limits: HotListLimits, mapping: ListMapping) -> None:
        super().__init__()
        self.size = 0
        self.digest = hashlib.sha256()
        self._name, self._wide = name, mapping.encoding == "utf-16"
        # A JSON document may well be one line; its size is bounded instead.
        self._most = limits.max_json_bytes if mapping.format == "json" else limits.max_bytes
        self._most_line = self._most if mapping.format == "json" else limits.max_line_bytes
        self._line = 0
        self._file: Any = None

    def open(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._file.read(len(buffer))
        count = len(read)
        buffer[:count] = read
        self.size += count
        self.digest.update(read)
        if self.size > self._most:
            message = f"`{self._name}` is larger than the limit of {self._most:,} bytes"
            raise self._refused("hotlist-too-large", message)
        if not self._wide and b"\0" in read:
            raise self._refused("hotlist-unreadable", f"`{self._name}` is not a text file: it has a zero byte")
        end = read.rfind(b"\n")
        self._line = count - end - 1 if end >= 0 else self._line + count
        if self._line > self._most_line:
            message = f"a line of `{self._name}` is longer than {self._most_line:,} bytes"
            raise self._refused("hotlist-too-large", message)
        return count

    def _refused(self, code: str, message: str) -> HotListError:
        return HotListError([Diagnostic(code, message, span=Span(self._name, 0, 0))])
