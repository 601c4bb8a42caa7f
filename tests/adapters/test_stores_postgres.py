"""A table in PostgreSQL as a store: the same plan and the same purge as in SQLite, with PostgreSQL's own types."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import run
from tests.adapters.postgres_server import Postgres
from tests.adapters.retention_kit import NOW, TABLE, Notebook, row, shipped, table, written

from alpr_policy.errors import ExitCode
from alpr_policy_adapters.stores import StoreError, open_store
from alpr_policy_adapters.stores.purge import PurgeOrder, PurgeReport, purge

psycopg: Any = pytest.importorskip("psycopg", reason="needs the extra: pip install 'alpr-policy[postgres]'")
pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[postgres]'")
COUNT = 300
COLUMNS = "captured timestamptz, kind text, case_state text, links text, acted boolean, plate text, purge text"
MAPPING = TABLE.replace("url: sqlite:///reads.db", "url_from: READS_URL\nschema: Camera Data\nmark: purge")
AS_OF = ("--no-holds", "--as-of", NOW.isoformat())


@pytest.fixture
def reads(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    """Make a table in a schema of an awkward name, and give its mapping and the URL that a variable holds."""
    url = postgres.database()
    with psycopg.connect(url) as con:
        con.execute('create schema "Camera Data"')
        con.execute(f'create table "Camera Data".reads(id bigint primary key, {COLUMNS})')
        rows = [(*row(n)[:5], bool(row(n)[5]), row(n)[6]) for n in range(COUNT)]
        sql = 'insert into "Camera Data".reads values (%s, %s, %s, %s, %s, %s, %s)'
        con.cursor().executemany(sql, rows)
    monkeypatch.setenv("READS_URL", url)
    return written(tmp_path / "vendor.yaml", MAPPING), url


def keys(url: str, where: str = "true") -> set[str]:
    """Return the keys of the rows that are there."""
    with psycopg.connect(url) as con:
        found = con.execute(f'select id::text from "Camera Data".reads where {where}').fetchall()
    return {str(key) for (key,) in found}


def purged(mapping: Path, **more: Any) -> tuple[PurgeReport, Notebook]:
    """Purge under Cambridge's policy as of the kit's now."""
    notes = Notebook()
    order = PurgeOrder(
        pdp=shipped(), department="cambridge", stores=[open_store(mapping)], holds=lambda: (), clock=lambda: NOW, **more
    )
    return purge(order, notes), notes


def test_the_plan_is_that_of_sqlite(reads: tuple[Path, str], tmp_path: Path) -> None:
    """The plan of a table is the same in both databases, though their columns have other types."""
    (tmp_path / "lite").mkdir()
    lite = table(tmp_path / "lite", COUNT)
    plans = [
        json.loads(run("retention", "plan", str(one), "-D", "cambridge", *AS_OF, "--json").stdout)
        for one in (reads[0], lite)
    ]

    assert plans[1]["lines"] == plans[0]["lines"]
    assert plans[1]["due"] == plans[0]["due"]
    assert COUNT == plans[0]["records"]


def test_what_must_go_goes_and_nothing_else(reads: tuple[Path, str], tmp_path: Path) -> None:
    """A purge takes the same rows as in SQLite, and a second one none."""
    mapping, url = reads
    (tmp_path / "lite").mkdir()
    table(tmp_path / "lite", COUNT)
    expected, _ = purged(tmp_path / "lite" / "vendor.yaml")
    report, notes = purged(mapping, batch=40)
    again, _ = purged(mapping)

    assert expected.deleted == report.deleted > 50
    assert {str(n) for n in range(COUNT)} - set(notes.names("deleted")) == keys(url)
    assert 0 == again.deleted
    assert set() == keys(url, "purge is not null")


def test_a_row_that_is_marked_and_stays_loses_its_mark(reads: tuple[Path, str]) -> None:
    """A row that another program changed after the note is spared, and its mark is taken away."""
    mapping, url = reads

    class Late(Notebook):
        def begin(self, plan: str, at: str, keys: Any) -> None:
            super().begin(plan, at, keys)
            with psycopg.connect(url) as con:
                con.execute("""update "Camera Data".reads set case_state = 'open', acted = true, kind = 'hit'""")

    notes = Late()
    order = PurgeOrder(
        pdp=shipped(), department="cambridge", stores=[open_store(mapping)], holds=lambda: (), clock=lambda: NOW
    )
    report = purge(order, notes)

    assert (0, COUNT) == (report.deleted, len(keys(url)))
    assert set(notes.names("begin")) == {one.key for one in report.spared}
    assert set() == keys(url, "purge is not null")


def test_deleting_may_mean_that_columns_are_emptied(reads: tuple[Path, str]) -> None:
    """Where the mapping says so the row stays with its columns emptied, and is no record any more."""
    mapping, url = reads
    written(mapping, MAPPING.replace("delete: {rows: true}", "delete: {blank: [plate, links]}"))
    report, notes = purged(mapping)

    assert COUNT == len(keys(url))
    assert set(notes.names("deleted")) == keys(url, "plate is null and links is null")
    assert COUNT - report.deleted == sum(1 for _ in open_store(mapping).records())


@pytest.mark.parametrize("asked", ["77", "no-number", "9" * 30, str(uuid.UUID(int=7))])
def test_a_key_that_is_no_number_names_nothing(reads: tuple[Path, str], asked: str) -> None:
    """A key of another form than the column's names no row, and the database is not troubled with it."""
    found = [one.key for one in open_store(reads[0]).fetch([asked])]

    assert [asked] * (asked == "77") == found


def test_keys_may_be_uuids(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column of UUIDs is a key like any other: a record that must go is found by it and goes."""
    url, name = postgres.database(), uuid.UUID(int=7)
    with psycopg.connect(url) as con:
        con.execute(f"create table reads(id uuid primary key, {COLUMNS})")
        con.execute("insert into reads values (%s, '2026-01-01 10:00-05', 'scan', null, '', false, 'QX1')", [name])
    monkeypatch.setenv("READS_URL", url)
    mapping = written(tmp_path / "vendor.yaml", MAPPING.replace("\nschema: Camera Data", ""))
    report, _ = purged(mapping, keys=frozenset({str(name)}))

    assert 1 == report.deleted
    assert [] == list(open_store(mapping).records())


def refuse_deletion(url: str) -> None:
    """Let the database refuse."""
    with psycopg.connect(url) as con:
        con.execute(
            "create function never() returns trigger language plpgsql as 'begin raise exception ''not today''; end'"
        )
        con.execute('create trigger never before delete on "Camera Data".reads execute function never()')


@pytest.mark.parametrize(
    ("harm", "code", "said"),
    [
        (refuse_deletion, "store-failed", "not today"),
        (lambda url: None, "store-url", "READS_URL"),
    ],
)
def test_a_database_that_refuses_or_is_not_named(
    reads: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, harm: Callable[[str], None], code: str, said: str
) -> None:
    """What the database refuses is told in its words, and nothing is said to be gone; no message holds the URL."""
    harm(reads[1])
    if code == "store-url":
        monkeypatch.setenv("READS_URL", "not a url of hidden-word")
    with pytest.raises(StoreError) as refused:
        purged(reads[0])

    assert [code] == [one.code for one in refused.value.diagnostics]
    assert said in str(refused.value)
    assert "hidden-word" not in str(refused.value)
    assert COUNT == len(keys(reads[1]))


def test_a_table_that_is_not_there_is_told_by_the_command(reads: tuple[Path, str]) -> None:
    """A misspelt table or schema ends the command with its code and a suggestion."""
    for wrong in (MAPPING.replace("table: reads", "table: raeds"), MAPPING.replace("Camera Data", "camera")):
        written(reads[0], wrong)
        found = run("retention", "plan", str(reads[0]), "-D", "cambridge", *AS_OF)

        assert ExitCode.BAD_INPUT == found.exit_code
        assert "store-table" in found.stderr
