"""Writes rows of acts as one Parquet file: in batches, whole or not at all, with DuckDB and nothing beside it.

Which columns there are shows only at the end, so each batch becomes a file of its own first, beside the target.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.tables.files import TableError
from alpr_policy_adapters.tables.parts import required

BATCH: Final = 50_000
MOST_COLUMNS: Final = 2_000
FIRST: Final = ("row", "id", "at", "action", "agency", "unit")
LAST: Final = ("none", "withheld")
LISTS: Final = ("approvals", "checks", "documents", "holds", "events")
_SQL: Final = {"bool": "BOOLEAN", "int": "BIGINT", "time": "TIMESTAMP", "day": "DATE", "text": "VARCHAR"}
MOMENTS: Final = frozenset({"time", "day"})
# As what the parts hold each sort: a column of instants and days together can only be text.
_HELD: Final = {"bool": "BOOLEAN", "int": "BIGINT", "time": "VARCHAR", "day": "VARCHAR", "text": "VARCHAR"}


class ActWriter:
    """Takes rows one after the other and numbers them; `finish` writes the file."""

    def __init__(self, path: Path, *, batch: int = BATCH, memory: str = "400MB") -> None:
        """Write beside `path` for now; raises TableError, MissingExtraError."""
        (self._duckdb,) = required("duckdb")
        self.path = path.resolve()
        if self.path.exists() and not self.path.is_file():
            told = f"`{path}` is no file to write to"
            raise TableError([Diagnostic("file-unreadable", told, help="name a new file, or an older one")])
        self.rows = 0
        self._batch, self._memory = batch, memory
        self._sorts: dict[str, set[str]] = {}
        self._waiting: list[str] = []
        self._parts = 0
        try:
            self._folder = Path(tempfile.mkdtemp(dir=self.path.parent, prefix=".acts-"))
        except OSError as error:
            told = f"nothing can be written to `{path.parent}`: {error.strerror}"
            raise TableError([Diagnostic("file-unreadable", told)]) from error

    def add(self, row: Mapping[str, Any]) -> None:
        """Take a row as `row_of` returns it, with `agency` and `unit` where they are known; raises TableError."""
        shown: dict[str, Any] = {"row": self.rows}
        for name, value in row.items():
            sort, held = _held(value)
            sorts = self._sorts.setdefault(name, {sort})
            if sort not in sorts:
                if not sorts | {sort} <= MOMENTS:
                    continue  # the first row that knows a fact says of which sort it is; anything else is unknown
                sorts.add(sort)
            shown[name] = held
        if len(self._sorts) > MOST_COLUMNS:
            raise TableError([Diagnostic("table-failed", f"a table of acts has at most {MOST_COLUMNS:,} columns")])
        self._waiting.append(json.dumps(shown, separators=(",", ":")))
        self.rows += 1
        if len(self._waiting) >= self._batch:
            self._write_part()

    def finish(self) -> None:
        """Put the file in place; raises TableError."""
        self._write_part()
        sorts = {"row": {"int"}, "at": {"time"}, "action": {"text"}} | self._sorts
        columns = {name: _only(found) for name, found in sorts.items()}
        held = {"row", *self._sorts}
        picked = [
            f"{_read(name, columns[name]) if name in held else 'NULL::' + _SQL[columns[name]]} AS {_quoted(name)}"
            for name in _ordered(columns)
        ]
        whole = self._folder / "whole"
        with self._said() as con:
            parts = ", ".join(_text(str(self._folder / f"{number}.parquet")) for number in range(self._parts))
            read = f"read_parquet([{parts}], union_by_name=true)" if parts else None
            nothing = ", ".join(f"NULL::{_SQL[sort]} AS {_quoted(name)}" for name, sort in columns.items())
            query = f"SELECT {', '.join(picked)} FROM {read}" if read else f"SELECT {nothing} WHERE false"
            con.execute(f"COPY ({query}) TO {_text(str(whole))} (FORMAT PARQUET, COMPRESSION ZSTD)")
        try:
            whole.chmod(0o600)  # what it holds is what the log holds, and that names people
            with open(whole, "rb") as file:
                os.fsync(file.fileno())
            os.replace(whole, self.path)
        except OSError as error:
            told = f"`{self.path.name}` cannot be written: {error.strerror}"
            raise TableError([Diagnostic("file-unreadable", told)]) from error

    def close(self) -> None:
        """Remove what was written on the side."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> ActWriter:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Write the file if all went well, and remove what was written on the side."""
        try:
            if kind is None:
                self.finish()
        finally:
            self.close()

    def _write_part(self) -> None:
        if not self._waiting:
            return
        lines, part = self._folder / "lines.jsonl", self._folder / f"{self._parts}.parquet"
        lines.write_text("\n".join(self._waiting) + "\n", encoding="utf-8")
        kinds = {"row": "BIGINT"} | {name: _HELD[_only(found)] for name, found in self._sorts.items()}
        listed = ", ".join(f"{_text(name)}: '{kind}'" for name, kind in kinds.items())
        read = (
            f"read_json({_text(str(lines))}, format='newline_delimited', "
            f"maximum_object_size=64000000, columns={{{listed}}})"
        )
        with self._said() as con:
            con.execute(f"COPY (SELECT * FROM {read}) TO {_text(str(part))} (FORMAT PARQUET, COMPRESSION ZSTD)")
        lines.unlink()
        self._waiting.clear()
        self._parts += 1

    @contextmanager
    def _said(self) -> Iterator[Any]:
        """Give a connection, and turn what it says into a sentence."""
        config = {"threads": "1", "memory_limit": self._memory, "temp_directory": str(self._folder / "spill")}
        con = self._duckdb.connect(":memory:", config=config)
        try:
            con.execute("SET enable_progress_bar = false")
            con.execute("SET TimeZone = 'UTC'")
            yield con
        except (self._duckdb.Error, OSError) as error:
            told = (str(error).splitlines() or [""])[0][:200]
            raise TableError([Diagnostic("table-failed", f"`{self.path.name}` cannot be written: {told}")]) from error
        finally:
            con.close()


def _held(value: Any) -> tuple[str, Any]:
    """Return the sort of a value, and the value as a part holds it."""
    match value:
        case bool():
            return "bool", value
        case int():
            return "int", value
        case dt.datetime():
            return "time", value.isoformat() + "Z"
        case dt.date():
            return "day", value.isoformat()
    return "text", value


def _only(sorts: set[str]) -> str:
    """Return the sort of a column: text where it holds instants and days."""
    return next(iter(sorts)) if len(sorts) == 1 else "text"


def _read(name: str, sort: str) -> str:
    """Return the expression that turns a column of the parts into one of the file."""
    column = _quoted(name)
    return f"CAST(replace({column}, 'Z', '') AS TIMESTAMP)" if sort == "time" else column + "::" + _SQL[sort]


def _ordered(columns: Mapping[str, str]) -> list[str]:
    """Return the columns in their order: what every row has, facts by name, and records with their times."""
    tail = [f"{kind}{end}" for kind in LISTS for end in ("", ".first", ".last")]
    known = (*FIRST, *LAST, *tail)
    facts = sorted(name for name in columns if name not in known)
    return [name for name in (*FIRST, *facts, *LAST, *tail) if name in columns]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
