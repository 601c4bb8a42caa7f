"""Reading the tables through SQLAlchemy: any database with a driver, read-only, bounded, with typed errors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alpr_policy.errors import Diagnostic, MissingExtraError
from alpr_policy.model.directory import Directory
from alpr_policy.reading.directory import DirectoryError, read_tables
from alpr_policy.reading.directory_tables import FLAGS, LISTS, MAX_CELL, MAX_ROWS, Row
from alpr_policy.reading.scalars import ScalarNode
from alpr_policy.reading.yaml_tree import MappingNode
from alpr_policy.source import NOWHERE, Span
from alpr_policy_adapters.people.mapping import PeopleMapping, TableMapping, read_mapping

EXTRA = "ledger"
DRIVER_EXTRAS = {"postgresql": "postgres"}


def read_people(path: Path, url: str) -> Directory:
    """Read the directory that a mapping file finds in the database at `url`.

    Raises DirectoryError with what is wrong in the mapping, the tables or the connection, and MissingExtraError where
    SQLAlchemy or the database's driver is not installed. The URL's password stands in no message.
    """
    mapping = read_mapping(path)
    try:
        import_module("sqlalchemy")
    except ImportError as error:
        raise MissingExtraError("a directory in a database", EXTRA) from error
    zone = _zone(mapping.head)
    tables: dict[str, list[Row]] = {}
    found: list[Diagnostic] = []
    engine, shown = _engine(url)
    try:
        for name, table in mapping.tables.items():
            try:
                tables[name] = list(_rows(engine, name, table, mapping, zone, found))
            except _database_errors() as error:
                found.append(_refused(error, shown, name))
                break
    finally:
        engine.dispose()
    if any(d.is_error for d in found):
        raise DirectoryError(found)
    return read_tables(mapping.head, tables, shown, found)


def _database_errors() -> tuple[type[Exception], ...]:
    from sqlalchemy.exc import SQLAlchemyError

    return SQLAlchemyError, OSError, UnicodeError, ValueError


def _engine(url: str) -> tuple[Any, str]:
    """Return a read-only engine and the URL as it may be shown."""
    from sqlalchemy import create_engine, event
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        parsed = make_url(url)
    except ArgumentError:
        message = "this is no database URL"
        help = "write it as sqlite:///people.db or postgresql+psycopg://user@host/name"
        raise DirectoryError([Diagnostic("people-database", message, NOWHERE, help)]) from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    shown = parsed.render_as_string(hide_password=True)
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:") and not Path(parsed.database).is_file():
        # SQLite would make an empty database of that name.
        raise DirectoryError([Diagnostic("people-database", f"{shown}: there is no such file")])
    try:
        engine = create_engine(parsed)
    except ImportError as error:
        raise MissingExtraError(f"a directory in {backend}", DRIVER_EXTRAS.get(backend, EXTRA)) from error
    except (NoSuchModuleError, ArgumentError):
        raise DirectoryError([Diagnostic("people-database", f"{shown}: no driver is known for it")]) from None
    if backend == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only = ON"))
    return engine, shown


def _rows(
    engine: Any, name: str, table: TableMapping, mapping: PeopleMapping, zone: ZoneInfo | None, found: list[Diagnostic]
) -> Iterator[Row]:
    from sqlalchemy import cast, column, select
    from sqlalchemy import table as sql_table
    from sqlalchemy.types import String

    wanted = dict(table.columns)
    source = sql_table(table.table, *(column(one) for one in {*wanted.values(), *table.only}), schema=table.schema)
    query = select(*(source.c[theirs].label(f"c{number}") for number, theirs in enumerate(wanted.values())))
    for theirs, values in table.only.items():
        query = query.where(cast(source.c[theirs], String).in_(values))
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(postgresql_readonly=True)
        rows = connection.execution_options(stream_results=True).execute(query.limit(MAX_ROWS + 1))
        for number, values in enumerate(rows, start=1):
            if number > MAX_ROWS:
                message = f"the table `{table.table}` has more than {MAX_ROWS:,} rows"
                found.append(Diagnostic("directory-too-large", message, table.span))
                return
            place = Span(f"{mapping.name} ({name})", number, 1)
            given = zip(wanted, values, strict=True)
            cells = {**table.constants, **{ours: _text(ours, one, mapping, zone) for ours, one in given}}
            told = {
                ours: table.values.get(ours, {}).get(text, text) for ours, text in cells.items() if text is not None
            }
            if any(len(text) > MAX_CELL for text in told.values()):
                found.append(Diagnostic("directory-row", f"a value has more than {MAX_CELL:,} characters", place))
                continue
            yield Row(place, {ours: (text.strip(), place) for ours, text in told.items() if text.strip()})


def _text(ours: str, value: Any, mapping: PeopleMapping, zone: ZoneInfo | None) -> str | None:
    """Return a value of the database as the text of a cell; null is a cell that is not there."""
    if value is None:
        return None
    if isinstance(value, bool) or (ours in FLAGS and value in (0, 1)):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        if value.tzinfo is None and mapping.times != "refused":
            value = value.replace(tzinfo=dt.UTC if mapping.times == "utc" else zone or dt.UTC)
        return str(value.isoformat())
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()[:10] if isinstance(value, dt.date) else value.isoformat("minutes")
    if isinstance(value, list | tuple | set) and ours in LISTS:
        return ";".join(str(one) for one in value)
    return str(value)


def _zone(head: MappingNode) -> ZoneInfo | None:
    """Return the zone of local times; one that does not exist is told with the rest of the directory."""
    node = head.get("timezone")
    try:
        return ZoneInfo(node.text) if isinstance(node, ScalarNode) else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _refused(error: Exception, shown: str, name: str) -> Diagnostic:
    """Say in one line what the database refused, without the statement and its values."""
    original = getattr(error, "orig", None)
    said = " ".join(str(original or error).split())[:200]
    help = "check the URL, and the names in the mapping file"
    return Diagnostic("people-database", f"{shown}: the table for `{name}` cannot be read: {said}", NOWHERE, help)
