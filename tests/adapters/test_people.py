"""A directory in a database is read by its mapping, read-only and bounded, and says what a file would."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from alpr_policy.errors import MissingExtraError
from alpr_policy.reading.directory import DirectoryError, directory_to_wire, read_directory_data
from alpr_policy_adapters.people import database, read_mapping, read_people

pytest.importorskip("sqlalchemy", reason="the extra `ledger` is not installed")

MAPPING = """
people: 1
timezone: America/New_York
times: local
tables:
  persons:
    table: staff
    columns: {id: badge, kind: status, sworn: is_sworn, designated: user_since}
    constants: {agency: own}
    values: {kind: {E: member, V: vendor_staff}}
  roles:
    table: posts
    columns: {person: badge, role: post, from: begins, until: ends}
    values: {role: {CHF: chief, SGT: sergeant}}
    only: {division: [patrol, "12"]}
  training:
    table: courses
    columns: {person: badge, what: course, completed: passed_at, covers: topics}
    only: {subject: alpr}
"""
TABLES = """
create table staff (badge text, status text, is_sworn integer, user_since text);
insert into staff values ('p-1', 'E', 1, '2025-12-01'), ('p-2', 'V', 0, null);
create table posts (badge text, post text, begins date, ends date, division text);
insert into posts values ('p-1', 'CHF', '2026-01-01', null, 'patrol'), ('p-1', 'SGT', '2025-01-01', '2025-12-31', '12'),
  ('p-2', 'SGT', '2025-01-01', null, 'kennel');
create table courses (badge text, course text, passed_at text, topics text, subject text);
insert into courses values ('p-1', 'user', '2026-01-09', 'policy;equipment', 'alpr'),
  ('p-1', 'first aid', '2026-02-09', '', 'aid');
"""
SAME: dict[str, Any] = {
    "directory": 1,
    "timezone": "America/New_York",
    "complete": ["roles", "training"],
    "persons": [
        {
            "id": "p-1",
            "agency": "own",
            "kind": "member",
            "sworn": True,
            "designated": "2025-12-01",
            "roles": [
                {"role": "chief", "from": "2026-01-01"},
                {"role": "sergeant", "from": "2025-01-01", "until": "2025-12-31"},
            ],
            "training": [{"what": "user", "completed": "2026-01-09", "covers": ["policy", "equipment"]}],
        },
        {"id": "p-2", "agency": "own", "kind": "vendor_staff", "sworn": False},
    ],
}


def written(folder: Path, mapping: str = MAPPING, tables: str = TABLES) -> tuple[Path, str]:
    """Write a mapping and a SQLite database; return the path of one and the URL of the other."""
    file = folder / "people.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(tables)
    connection.close()
    path = folder / "people-map.yaml"
    path.write_text(mapping, encoding="utf-8")
    return path, f"sqlite:///{file}"


def test_a_database_says_what_a_file_says(tmp_path: Path) -> None:
    """Columns, constants, their values and a choice of rows give the directory that a file would."""
    assert directory_to_wire(read_directory_data(SAME)) == directory_to_wire(read_people(*written(tmp_path)))


def refusals(folder: Path, mapping: str = MAPPING, tables: str = TABLES, url: str | None = None) -> list[str]:
    """Return the codes with which reading is refused."""
    path, real = written(folder, mapping, tables)
    with pytest.raises(DirectoryError) as caught:
        read_people(path, url or real)
    return [one.code for one in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("table: staff", "table: staf", ["people-database"]),
        ("id: badge, kind", "id: bdage, kind", ["people-database"]),
        ("id: badge, kind", "idd: badge, kind", ["directory-column", "directory-column"]),
        ("  persons:", "  person:", ["directory-table", "directory-table"]),
        ("times: local", "times: lokal", ["bad-choice"]),
        ("E: member", "E: membr", ["bad-choice"]),
        ("timezone: America/New_York", "timezone: Mars/Base", ["unknown-timezone"]),
        ("table: staff", 'table: "staff\\" --"', ["bad-word"]),
    ],
)
def test_faults_of_the_mapping(tmp_path: Path, old: str, new: str, codes: list[str]) -> None:
    """A table, column or value that is not there is refused under its code."""
    assert codes == refusals(tmp_path, MAPPING.replace(old, new, 1))


@pytest.mark.parametrize(
    "url", ["no url", "sqlite:////no/such/file.db", "nosuchbase://x/y", "postgresql://tester:hidden@127.0.0.1:9/none"]
)
def test_a_database_that_is_not_there(tmp_path: Path, url: str) -> None:
    """A database that cannot be reached is one error without the password, and none is made in its place."""
    path, _ = written(tmp_path)
    with pytest.raises((DirectoryError, MissingExtraError)) as caught:
        read_people(path, url)

    assert 1 == len(caught.value.diagnostics)
    assert "hidden" not in str(caught.value)


def test_rows_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table with more rows than are read is refused."""
    monkeypatch.setattr(database, "MAX_ROWS", 1)

    assert ["directory-too-large"] * 2 == refusals(tmp_path)


def test_times_without_an_offset_are_not_guessed(tmp_path: Path) -> None:
    """A time of the database without an offset is refused unless the mapping says what it means."""
    tables = TABLES.replace("'2026-01-09', 'policy", "'2026-01-09T10:00:00', 'policy")

    assert ["bad-time"] == refusals(tmp_path, tables=tables)


def test_nothing_is_written(tmp_path: Path) -> None:
    """The connection by which a database is read takes no change."""
    _, url = written(tmp_path)
    engine, _ = database._engine(url)
    from sqlalchemy import text
    from sqlalchemy.exc import OperationalError

    with engine.connect() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.execute(text("delete from staff"))
    engine.dispose()


def test_a_mapping_is_read_by_itself(tmp_path: Path) -> None:
    """The tables of a mapping are known without any database."""
    assert ["persons", "roles", "training"] == list(read_mapping(written(tmp_path)[0]).tables)


def test_postgresql_says_the_same(tmp_path: Path) -> None:
    """The same mapping over the same tables in PostgreSQL gives the same directory."""
    servers = pytest.importorskip("tests.adapters.postgres_server", reason="the server of the tests is not here")
    psycopg = pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    with servers.running() as server:
        url = server.database()
        tables = TABLES.replace("is_sworn integer", "is_sworn boolean")
        tables = tables.replace("'E', 1", "'E', true").replace("'V', 0", "'V', false")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(tables)
        found = read_people(written(tmp_path)[0], url)

    assert directory_to_wire(read_directory_data(SAME)) == directory_to_wire(found)
