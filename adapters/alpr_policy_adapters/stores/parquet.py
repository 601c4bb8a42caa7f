"""Records in Parquet files, read and rewritten with DuckDB: a file is replaced as a whole, or dropped when empty."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.questions.disposal import StoredRecord
from alpr_policy.suggest import did_you_mean
from alpr_policy_adapters.stores.cells import CellReader
from alpr_policy_adapters.stores.mapping import StoreMapping
from alpr_policy_adapters.stores.protocol import BATCH, StoreError, chunks, require

DEEPEST = 32
MANY = 100_000


class ParquetStore:
    """All files `*.parquet` below a folder that no link leads to."""

    def __init__(self, mapping: StoreMapping) -> None:
        """Use the folder that the mapping names; raises StoreError, MissingExtraError."""
        require("Parquet files as a store", "duckdb")
        self.mapping = mapping
        assert mapping.delete is not None
        self.blank = mapping.delete.blank
        self.columns = mapping.columns()
        self._reader = CellReader(mapping, self.columns)
        if mapping.root.is_symlink() or not mapping.root.is_dir():
            raise StoreError([Diagnostic("store-missing", f"`{mapping.path}` is no folder")])
        for path in self._files():
            self._compare(path)

    @property
    def name(self) -> str:
        """Return the name of the mapping."""
        return self.mapping.id

    @property
    def batch(self) -> int:
        """Return how many rows go together: many, since files are written anew for each batch."""
        return MANY

    def records(self, batch: int = BATCH) -> Iterator[StoredRecord]:
        """Yield every row of every file."""
        for path in self._files():
            yield from self._read(path, "", [], max(batch, 10_000))

    def fetch(self, keys: Collection[str]) -> Iterator[StoredRecord]:
        """Yield the rows under these keys as they are now."""
        for part in chunks(keys, MANY):
            for path in self._files():
                yield from self._read(path, f" AND {self._is_among}", [part], 10_000)

    def mark(self, keys: Collection[str], purge_id: str | None) -> None:
        """Do nothing: to mark rows would be to rewrite files twice, and the journal holds it."""

    def delete(self, keys: Collection[str]) -> None:
        """Rewrite each file that holds some of the keys; one in which nothing would be left is dropped."""
        wanted = list(keys)
        for path in self._files():
            with self._said(path) as con:
                ((hit, rest),) = con.execute(
                    f"SELECT count(*) FILTER (WHERE {self._is_among}), "
                    f"count(*) FILTER (WHERE NOT coalesce({self._is_among}, false)) FROM read_parquet(?)",
                    [wanted, wanted, _literal(path)],
                ).fetchall()
                if hit and not rest and not self.blank:
                    path.unlink()
                elif hit:
                    self._rewrite(con, path, wanted)

    def still_there(self, keys: Collection[str]) -> set[str]:
        """Return those of the keys under which anything is left."""
        return {record.key for record in self.fetch(keys)}

    def _files(self) -> list[Path]:
        """Return the files in order, none through a link."""
        found: list[Path] = []
        for folder, folders, files in os.walk(self.mapping.root, followlinks=False):
            depth = len(Path(folder).relative_to(self.mapping.root).parts)
            folders[:] = [] if depth >= DEEPEST else sorted(folders)
            paths = (Path(folder) / name for name in sorted(files) if name.endswith(".parquet"))
            found += [path for path in paths if path.is_file() and not path.is_symlink()]
        return found

    @property
    def _is_among(self) -> str:
        return f"CAST({_quoted(self.mapping.key)} AS VARCHAR) IN (SELECT unnest(?))"

    def _read(self, path: Path, more: str, values: list[Any], batch: int) -> Iterator[StoredRecord]:
        key = _quoted(self.mapping.key)
        cells = "".join(f", {_quoted(name)}" for name in self.columns)
        left = " OR ".join(f"{_quoted(name)} IS NOT NULL" for name in self.blank) or "true"
        query = f"SELECT CAST({key} AS VARCHAR){cells} FROM read_parquet(?) WHERE ({left}){more}"
        with self._said(path) as con:
            found = con.execute(query, [_literal(path), *values])
            while rows := found.fetchmany(batch):
                for name, *row in rows:
                    yield self._reader.record(name or "", row)

    def _rewrite(self, con: Any, path: Path, keys: list[str]) -> None:
        """Write a file anew beside the old one, and put it in its place when it is whole."""
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".purge-", suffix=".tmp")
        os.close(handle)
        emptied = ", ".join(
            f"CASE WHEN {self._is_among} THEN NULL ELSE {_quoted(n)} END AS {_quoted(n)}" for n in self.blank
        )
        rows = f"SELECT * REPLACE ({emptied}) FROM read_parquet(?)" if self.blank else "SELECT * FROM read_parquet(?)"
        rows += "" if self.blank else f" WHERE NOT coalesce({self._is_among}, false)"
        values = [*([keys] * len(self.blank)), _literal(path)] if self.blank else [_literal(path), keys]
        try:
            con.execute(f"CREATE OR REPLACE TEMP TABLE kept AS {rows}", values)
            con.execute(f"COPY kept TO '{temporary.replace(chr(39), chr(39) * 2)}' (FORMAT PARQUET, COMPRESSION ZSTD)")
            with open(temporary, "rb") as file:
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _compare(self, path: Path) -> None:
        with self._said(path) as con:
            rows = con.execute("DESCRIBE SELECT * FROM read_parquet(?)", [_literal(path)]).fetchall()
        known = [row[0] for row in rows]
        wanted = dict.fromkeys((self.mapping.key, *self.columns, *self.mapping.personal, *self.blank))
        missing = [name for name in wanted if name not in known]
        if missing:
            raise StoreError(
                Diagnostic("store-column", f"`{path.name}` has no column `{name}`", help=did_you_mean(name, known))
                for name in missing
            )

    @contextmanager
    def _said(self, path: Path) -> Iterator[Any]:
        """Give a connection, and turn what it says into a sentence."""
        import duckdb

        con = duckdb.connect()
        try:
            con.execute("SET threads = 1")
            con.execute("SET TimeZone = 'UTC'")
            yield con
        except (duckdb.Error, OSError) as error:
            told = str(error).splitlines() or [""]
            raise StoreError([Diagnostic("store-failed", f"`{path.name}`: {told[0][:200]}")]) from error
        finally:
            con.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(path: Path) -> str:
    """Return a path in which no sign stands for several files."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))
