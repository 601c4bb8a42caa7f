"""Records in a table of any database that SQLAlchemy knows; names go through its quoting, values through parameters."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.questions.disposal import StoredRecord
from alpr_policy.suggest import did_you_mean
from alpr_policy_adapters.stores.cells import CellReader
from alpr_policy_adapters.stores.mapping import StoreMapping
from alpr_policy_adapters.stores.protocol import BATCH, StoreError, chunks, require

LOCKED_S = 30
LONGEST_KEY = 4_000


class SqlStore:
    """A table. Open it with `SqlStore.open`, so that what is wrong with it is said at once."""

    def __init__(self, mapping: StoreMapping, engine: Any, key_of: Callable[[str], Any]) -> None:
        """Use a database that was looked at."""
        import sqlalchemy as sa

        self.mapping, self.engine, self._key_of = mapping, engine, key_of
        assert mapping.delete is not None
        self.blank = mapping.delete.blank
        self.columns = mapping.columns()
        # Quoted always: a name is whatever the mapping says, and never a part of the statement.
        named = {name: sa.column(sa.quoted_name(name, quote=True)) for name in _all_columns(mapping)}
        schema = sa.quoted_name(mapping.schema, quote=True) if mapping.schema else None
        self.table = sa.table(sa.quoted_name(mapping.table, quote=True), *named.values(), schema=schema)
        self._column = named
        self._reader = CellReader(mapping, self.columns)

    @property
    def name(self) -> str:
        """Return the name of the mapping."""
        return self.mapping.id

    @property
    def batch(self) -> int:
        """Return how many rows go in one transaction."""
        return BATCH

    @classmethod
    def open(cls, mapping: StoreMapping) -> SqlStore:
        """Connect and compare the mapping with the table; raises StoreError, MissingExtraError."""
        require("a table as a store", "sqlalchemy", extra="ledger")
        import sqlalchemy as sa

        url = _url(mapping)
        patience = {"timeout": LOCKED_S} if url.get_backend_name() == "sqlite" else {}
        engine = sa.create_engine(url, connect_args=patience)
        with _said(mapping):
            inspector = sa.inspect(engine)
            tables = [*inspector.get_table_names(mapping.schema), *inspector.get_view_names(mapping.schema)]
            if mapping.table not in tables:
                help = did_you_mean(mapping.table, tables)
                raise StoreError([Diagnostic("store-table", f"there is no table `{mapping.table}`", help=help)])
            kinds = {one["name"]: one["type"] for one in inspector.get_columns(mapping.table, mapping.schema)}
        missing = [name for name in _all_columns(mapping) if name not in kinds]
        if missing:
            raise StoreError(
                Diagnostic("store-column", f"`{mapping.table}` has no column `{name}`", help=did_you_mean(name, kinds))
                for name in missing
            )
        loose = engine.dialect.name == "sqlite"
        return cls(mapping, engine, _key_reader(kinds[mapping.key], loose))

    def records(self, batch: int = BATCH) -> Iterator[StoredRecord]:
        """Yield every row, read in batches; raises StoreError."""
        import sqlalchemy as sa

        read = self._reader.record
        with _said(self.mapping), self.engine.connect() as connection:
            select = sa.select(self._key, *self._cells).where(*self._left())
            rows = connection.execution_options(yield_per=max(batch, 10_000)).execute(select)
            for part in rows.partitions():
                for key, *cells in part:
                    if key is not None:
                        yield read(str(key), cells)

    def fetch(self, keys: Collection[str]) -> Iterator[StoredRecord]:
        """Yield the rows under these keys as they are now."""
        import sqlalchemy as sa

        for part in chunks(keys):
            with _said(self.mapping), self.engine.connect() as connection:
                select = sa.select(self._key, *self._cells).where(self._among(part), *self._left())
                rows = connection.execute(select).all()
            yield from (self._reader.record(str(key), cells) for key, *cells in rows)

    def mark(self, keys: Collection[str], purge_id: str | None) -> None:
        """Write the name of the purge into the column for it, if the mapping names one."""
        import sqlalchemy as sa

        if not self.mapping.mark:
            return
        values = {self._column[self.mapping.mark]: purge_id}
        for part in chunks(keys):
            with _said(self.mapping), self.engine.begin() as connection:
                connection.execute(sa.update(self.table).where(self._among(part)).values(values))

    def delete(self, keys: Collection[str]) -> None:
        """Delete the rows, or empty their columns, as the mapping says; all of a batch or nothing."""
        import sqlalchemy as sa

        empty: dict[Any, Any] = {self._column[name]: None for name in self.blank}
        for part in chunks(keys):
            change = sa.update(self.table).values(empty) if empty else sa.delete(self.table)
            with _said(self.mapping), self.engine.begin() as connection:
                connection.execute(change.where(self._among(part)))

    def still_there(self, keys: Collection[str]) -> set[str]:
        """Return those of the keys under which a row, or something in the columns to be emptied, is left."""
        import sqlalchemy as sa

        found: set[str] = set()
        for part in chunks(keys):
            with _said(self.mapping), self.engine.connect() as connection:
                rows = connection.execute(sa.select(self._key).where(self._among(part), *self._left()))
                found.update(str(key) for (key,) in rows)
        return found

    @property
    def _key(self) -> Any:
        return self._column[self.mapping.key]

    @property
    def _cells(self) -> list[Any]:
        return [self._column[name] for name in self.columns]

    def _among(self, keys: list[str]) -> Any:
        return self._key.in_([self._key_of(key) for key in keys])

    def _left(self) -> list[Any]:
        import sqlalchemy as sa

        return [sa.or_(*(self._column[name].is_not(None) for name in self.blank))] if self.blank else []


def _all_columns(mapping: StoreMapping) -> tuple[str, ...]:
    blank = mapping.delete.blank if mapping.delete else ()
    mark = (mapping.mark,) if mapping.mark else ()
    return tuple(dict.fromkeys((mapping.key, *mapping.columns(), *mapping.personal, *blank, *mark)))


def _url(mapping: StoreMapping) -> Any:
    """Return where the database is; a file of SQLite is looked for beside the mapping, and never made."""
    import sqlalchemy as sa

    told = os.environ.get(mapping.url_from, "") if mapping.url_from else mapping.url
    try:
        url = sa.make_url(told)
    except sa.exc.ArgumentError:
        where = f"the variable `{mapping.url_from}`" if mapping.url_from else "`url`"
        raise StoreError([Diagnostic("store-url", f"{where} holds no URL of a database")]) from None
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        message = f"`{url.get_backend_name()[:40]}` is not a database that is tried"
        raise StoreError([Diagnostic("store-url", message, help="use sqlite or postgresql")])
    if url.get_backend_name() == "sqlite":
        path = mapping.folder / (url.database or "")
        if not Path(path).is_file():
            raise StoreError([Diagnostic("store-missing", f"there is no file `{url.database}`")])
        return url.set(database=str(path))
    return url.set(drivername="postgresql+psycopg")


def _key_reader(kind: Any, loose: bool) -> Callable[[str], Any]:
    """Return what turns a key's text back into a value of the column's type.

    A text that is none names nothing, unless the column is `loose` and takes values of any type, as those of SQLite.
    """
    try:
        python = kind.python_type
    except NotImplementedError:
        python = str
    read: Callable[[str], Any] = _whole if python is int else uuid.UUID if python is uuid.UUID else str

    def key_of(key: str) -> Any:
        try:
            return read(key) if len(key) <= LONGEST_KEY else key if loose else None
        except ValueError:
            return key if loose else None

    return key_of


def _whole(key: str) -> int:
    number = int(key)
    if not -(2**63) <= number < 2**63:
        raise ValueError("no number of a database")
    return number


@contextmanager
def _said(mapping: StoreMapping) -> Iterator[None]:
    """Turn what the database says into a sentence, without the values that were sent."""
    import sqlalchemy as sa

    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        told = str(getattr(error, "orig", None) or type(error).__name__).splitlines()
        message = f"the database of `{mapping.id}` says: {(told or [''])[0][:200]}"
        raise StoreError([Diagnostic("store-failed", message)]) from error
