"""DuckDB as the engine of tables: flat memory, spills to disk, reads Parquet, CSV and JSON Lines."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from alpr_policy.evaluators.columnar.naming import held
from alpr_policy_adapters.tables.files import ActFiles
from alpr_policy_adapters.tables.parts import LIST_MARK, renamed, required, worked_out

Frame = Any


class DuckDBEngine:
    """Works tables out with DuckDB, in a folder of its own for what does not fit into memory."""

    name = "duckdb"

    def __init__(self, *, threads: int | None = None, memory: str = "400MB", connection: Any = None) -> None:
        """Open a database in memory, or use the one that a notebook has; raises MissingExtraError."""
        duckdb, self.nw = required("duckdb", "narwhals")
        self._errors = (duckdb.Error,)
        self._files = False
        self._folder = Path(tempfile.mkdtemp(prefix="alpr-policy-"))
        # A connection of a notebook may be used for several replays, and what one gives back rests on its tables.
        self._names = (f"alpr_policy_{secrets.token_hex(4)}_{number}" for number in itertools.count())
        self.connection = connection
        if connection is None:
            config = {
                "memory_limit": memory,
                "temp_directory": str(self._folder),
                "preserve_insertion_order": "false",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
            if threads:
                config["threads"] = str(threads)
            self.connection = duckdb.connect(":memory:", config=config)

    def __enter__(self) -> DuckDBEngine:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what was written on the side."""
        self.close()

    def close(self) -> None:
        """Remove what was written on the side."""
        shutil.rmtree(self._folder, ignore_errors=True)

    # Opening

    def open(self, files: ActFiles) -> Frame:
        """Open the files of a log as one table of acts; raises TableError for what cannot be read."""
        with worked_out(*self._errors, what=", ".join(f"`{path.name}`" for path in files.paths[:3])):
            return self._open(files)

    def _open(self, files: ActFiles) -> Frame:
        # A glob sign in a name would name other files.
        names = ", ".join("'" + _literal(path) + "'" for path in files.paths)
        con = self.connection
        if files.format == "parquet":
            self._files = True
            read = f"read_parquet([{names}], file_row_number=true, union_by_name=true)"
            number = "file_index::BIGINT * 1099511627776 + file_row_number"
            columns = [row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {read}").fetchall()]
            row = "" if "row" in columns else f", {number} AS row"
            return self.framed(con.sql(f"SELECT * EXCLUDE (file_row_number){row} FROM {read}"))
        reader = f"read_csv([{names}], header=true, union_by_name=true, sample_size=100000, strict_mode=true)"
        if files.format == "jsonl":
            reader = f"read_json([{names}], format='newline_delimited', union_by_name=true)"
        name = next(self._names)
        con.execute(f"CREATE TABLE {name} AS SELECT *, row_number() OVER () - 1 AS row FROM {reader}")
        return self.framed(con.table(name))

    def framed(self, relation: Any) -> Frame:
        """Return a relation as a frame: lists as texts, instants in UTC without zone, `row` where it is missing."""
        columns = dict(zip(relation.columns, map(str, relation.types), strict=True))
        shown = []
        for name, kind in columns.items():
            quoted, plain = _quoted(held(name)), _quoted(name)
            if kind.endswith("[]"):
                joined = f"array_to_string(list_sort(list_distinct({plain}::VARCHAR[])), '{LIST_MARK}')"
                shown.append(f"{joined} AS {quoted}")
            elif kind == "TIMESTAMP WITH TIME ZONE":
                shown.append(f"make_timestamp(epoch_us({plain})) AS {quoted}")
            elif kind.startswith("TIMESTAMP"):
                shown.append(f"{plain}::TIMESTAMP AS {quoted}")
            elif kind.startswith("ENUM"):
                shown.append(f"{plain}::VARCHAR AS {quoted}")
            else:
                shown.append(f"{plain} AS {quoted}")
        if "row" not in columns:
            name = next(self._names)
            relation.project(", ".join([*shown, "row_number() OVER () - 1 AS row"])).create(name)
            return self.nw.from_native(self.connection.table(name))
        return self.nw.from_native(relation.project(", ".join(shown)))

    # Working out

    def kept(self, frame: Frame) -> Frame:
        """Work a frame out once and keep it."""
        name = next(self._names)
        with worked_out(*self._errors):
            frame.to_native().create(name)
        return self.nw.from_native(self.connection.table(name))

    def rows(self, frame: Frame, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a frame in batches, through a cursor of their own."""
        sql = frame.to_native().sql_query()
        cursor = self.connection.cursor()
        try:
            with worked_out(*self._errors):
                cursor.execute(sql)
                batch = cursor.fetchmany(size)
            while batch:
                yield batch
                with worked_out(*self._errors):
                    batch = cursor.fetchmany(size)
        finally:
            cursor.close()

    def aside(self, frame: Frame) -> Frame:
        """Write rows to a file of their own, where the table is files; what a notebook has is in memory already."""
        if not self._files:
            return frame
        file = self._folder / f"{next(self._names)}.parquet"
        with worked_out(*self._errors):
            frame.to_native().write_parquet(str(file), compression="snappy")
            return self.nw.from_native(self.connection.read_parquet(str(file)))

    def small(self, columns: Mapping[str, Sequence[Any]]) -> Frame:
        """Return a frame of whole numbers and texts; it is written to a file, which is the quickest way in."""
        kinds = {
            name: "VARCHAR" if len(values) and isinstance(values[0], str) else "BIGINT"
            for name, values in columns.items()
        }
        texts = "VARCHAR" in kinds.values()
        file = self._folder / f"{next(self._names)}.{'jsonl' if texts else 'csv'}"
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            for values in zip(*columns.values(), strict=True):
                line = json.dumps(dict(zip(kinds, values, strict=True))) if texts else ",".join(map(str, values))
                out.write(line + "\n")
        listed = ", ".join(f"'{name}': '{kind}'" for name, kind in kinds.items())
        # Whole numbers need no signs of their own, and are read from plain lines several times as quickly.
        read = "read_json('{}', format='newline_delimited', columns={{{}}})"
        if not texts:
            read = "read_csv('{}', header=false, auto_detect=false, columns={{{}}})"
        name = next(self._names)
        self.connection.execute(f"CREATE TABLE {name} AS SELECT * FROM {read.format(file, listed)}")
        file.unlink()
        return self.nw.from_native(self.connection.table(name))

    def sample(self, frame: Frame, count: int, seed: int) -> list[int]:
        """Return the numbers of rows drawn at random: the same for the same seed, in whatever order rows come."""
        drawn = frame.select("row").to_native().order(f"hash(row, {int(seed)})").limit(count)
        return sorted(row for (row,) in drawn.fetchall())

    def write(self, frame: Frame, path: Path) -> None:
        """Write a frame as Parquet, whole or not at all."""
        partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            renamed(frame).to_native().write_parquet(str(partial), compression="zstd")
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(path: Path) -> str:
    """Return a path as DuckDB takes it literally: a quote doubled, and a glob sign in a set of its own."""
    text = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path.absolute()))
    return text.replace("'", "''")
