"""Stores of records: what a mapping may say, and what names, links and files from outside cannot do."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.retention_kit import TABLE, keys_in, table, written

from alpr_policy.errors import Diagnostic
from alpr_policy.source import SourceFile
from alpr_policy_adapters.stores import StoreError, open_store, parse_store_mapping, store_schema
from alpr_policy_adapters.stores.cells import CellReader
from alpr_policy_adapters.stores.mapping import Cell, StoreMapping

HOSTILE = 'x"; drop table reads; --'


def faults(text: str) -> list[Diagnostic]:
    """Return what is wrong with a mapping."""
    with pytest.raises(StoreError) as refused:
        parse_store_mapping(SourceFile("store.yaml", text))
    return list(refused.value.diagnostics)


def test_everything_wrong_is_said_at_once_with_its_place() -> None:
    """All faults of a mapping come together, each at its line, with what was probably meant."""
    text = TABLE.replace("timezone: America/New_York", "timezone: Boston").replace("acted}", "acted, nul: none}")
    text = text.replace("record.case:", "record.cases:").replace("personal:", "persnal:")
    found = [(d.code, d.span.line) for d in faults(text)]

    assert [("unknown-key", 13), ("unknown-key", 15)] == found
    whole = text.replace("nul: none", "null: none").replace("persnal", "personal")
    assert [("unknown-timezone", 7), ("unknown-fact", 12)] == [(d.code, d.span.line) for d in faults(whole)]
    assert "`record.case`" in faults(whole)[1].help


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("missing-key", "key: id\n", ""),
        ("missing-key", "delete: {rows: true}\n", ""),
        ("store-key", "delete: {rows: true}", "delete: {}"),
        ("store-key", "delete: {rows: true}", "delete: {rows: true, blank: plate}"),
        ("store-key", "table: reads", "table: reads\npattern: x"),
        ("store-key", "url: sqlite:///reads.db", "url: sqlite:///reads.db\nurl_from: READS"),
        ("store-derived", "record.captured:", "record.age:"),
        ("both-forms", "constants: {", "constants: {record.case: open, "),
        ("store-value", "data.custodian: vendor", "data.custodian: vender"),
        ("bad-choice", "null: none", "null: nothing"),
        ("out-of-range", "store: 1", "store: 2"),
    ],
)
def test_a_mapping_that_does_not_hold_together(code: str, old: str, new: str) -> None:
    """What cannot be meant is refused, by its code."""
    assert 1 <= TABLE.count(old)
    assert [code] == [d.code for d in faults(TABLE.replace(old, new))]


def test_the_schema_is_closed_and_shown(golden: Callable[..., None]) -> None:
    """The JSON Schema of a mapping takes no other key, and stands in the manual."""
    schema = json.loads(store_schema())

    assert (False, True) == (schema["additionalProperties"], {"facts", "delete", "kind"} <= schema["properties"].keys())
    golden("../../docs/schema/store-1.json", store_schema())


CELLS: list[tuple[str, Cell, Any, Any]] = [
    ("record.captured", Cell(column="c"), "2026-05-01T10:00:00-04:00", "2026-05-01T10:00:00-04:00"),
    ("record.captured", Cell(column="c"), "2026-05-01 10:00:00.25", "2026-05-01T14:00:00.250000+00:00"),
    ("record.captured", Cell(column="c"), "2026-05-01", "2026-05-01"),
    ("record.captured", Cell(column="c"), "2026-03-08 02:30:00", "a local time that no clock shows"),
    ("record.captured", Cell(column="c"), "2026-11-01 01:30:00", "a local time that the clock shows twice"),
    ("record.captured", Cell(column="c", repeated="first"), "2026-11-01 01:30:00", "2026-11-01T05:30:00+00:00"),
    ("record.captured", Cell(column="c", repeated="last"), "2026-11-01 01:30:00", "2026-11-01T06:30:00+00:00"),
    ("record.captured", Cell(column="c", time="epoch_seconds"), 1777644000, "2026-05-01T14:00:00+00:00"),
    (
        "record.captured",
        Cell(column="c", time="epoch_milliseconds"),
        "1777644000500",
        "2026-05-01T14:00:00.500000+00:00",
    ),
    ("record.captured", Cell(column="c", time="epoch_seconds"), 1e300, "no moment"),
    ("record.captured", Cell(column="c", time="%Y%m%dT%H%M%SZ"), "20260501T140000Z", "2026-05-01T14:00:00+00:00"),
    ("record.captured", Cell(column="c"), "soon", "no moment"),
    ("record.acted_on", Cell(column="c"), 1, True),
    ("record.acted_on", Cell(column="c"), "1", "1"),
    ("record.acted_on", Cell(column="c", values={"Y": True}), "Y", True),
    ("record.case", Cell(column="c"), None, "absent"),
    ("record.case", Cell(column="c"), "", "absent"),
    ("record.case", Cell(column="c", null="none"), None, None),
    ("record.links", Cell(column="c", null="empty"), None, []),
    ("record.links", Cell(column="c", split=","), "arrest, prosecution", ["arrest", "prosecution"]),
    ("data.classes", Cell(column="c"), ["read"], ["read"]),
    ("data.classes", Cell(column="c", values={"s": ("read", "bulk")}), "s", ["read", "bulk"]),
    ("record.case", Cell(column="c"), {"a": 1}, {"conflict": ["a value of no known kind"]}),
    ("record.case", Cell(column="c"), "x" * 9_000, {"conflict": ["a value of no known kind"]}),
]


@pytest.mark.parametrize(("fact", "cell", "raw", "expected"), CELLS)
def test_a_cell(fact: str, cell: Cell, raw: Any, expected: Any) -> None:
    """Each way of writing a fact is read, and what cannot be read is left unknown."""
    mapping = StoreMapping(store=1, id="s", kind="sql", timezone="America/New_York", facts={fact: cell})
    record = CellReader(mapping, ["c"]).record("k", [raw])
    found = {**record.facts, **record.moments}.get(fact, "absent")

    assert expected == (found.isoformat() if isinstance(found, dt.date) else found)


def test_true_is_not_one() -> None:
    """Cells that are equal and of different kinds are not taken for each other."""
    facts = {"record.acted_on": Cell(column="c", values={"True": False})}
    reader = CellReader(StoreMapping(store=1, id="s", kind="sql", facts=facts), ["c"])

    assert [True, False] == [reader.record("k", [raw]).facts["record.acted_on"] for raw in (1, True)]


# Tables


def test_names_are_quoted(tmp_path: Path) -> None:
    """A table and columns with quotes, blanks and statements in their names are names and nothing else."""
    with sqlite3.connect(tmp_path / "reads.db") as con:
        con.execute('create table "x""; drop table reads; --"("the ""key""" text, "o\'clock; --" text)')
        con.executemany('insert into "x""; drop table reads; --" values (?, ?)', [("a", "2026-05-01"), ("b", None)])
    con.close()
    mapping = StoreMapping(
        store=1,
        id="s",
        kind="sql",
        url="sqlite:///reads.db",
        table=HOSTILE,
        key='the "key"',
        facts={"record.captured": Cell(column="o'clock; --")},
        delete=parse_store_mapping(SourceFile("s.yaml", TABLE)).delete,
        folder=tmp_path,
    )
    store = open_store(mapping)
    before = [(one.key, dict(one.moments)) for one in store.records()]
    store.delete(["a", "' or 1=1 --"])

    assert [("a", {"record.captured": dt.date(2026, 5, 1)}), ("b", {})] == before
    assert ["b"] == [one.key for one in store.records()]


def test_a_locked_table_is_waited_for_wherever_its_url_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database of SQLite is given half a minute, whether the mapping holds its URL or a variable does."""
    monkeypatch.setenv("READS_URL", "sqlite:///reads.db")
    table(tmp_path, 3)
    waits = []
    for text in (TABLE, TABLE.replace("url: sqlite:///reads.db", "url_from: READS_URL")):
        store: Any = open_store(written(tmp_path / "vendor.yaml", text))
        with store.engine.connect() as connection:
            waits.append(connection.exec_driver_sql("PRAGMA busy_timeout").scalar())

    assert [30_000, 30_000] == waits


def test_deleting_may_mean_that_columns_are_emptied(tmp_path: Path) -> None:
    """Where the mapping says so, columns are emptied, and a row with nothing left in them is no record any more."""
    path = table(tmp_path, 5, mapping=TABLE.replace("delete: {rows: true}", "delete: {blank: [plate]}"))
    store = open_store(path)
    store.delete(["1", "3"])

    assert {"0", "1", "2", "3", "4"} == keys_in(tmp_path)
    assert ["0", "2", "4"] == [one.key for one in store.records()] == sorted(store.still_there(list("01234")))


def test_a_table_takes_the_mark_of_a_purge(tmp_path: Path) -> None:
    """The name of a purge is written into the column for it, and taken away again."""
    store = open_store(table(tmp_path, 3, mapping=TABLE.replace("key: id", "key: id\nmark: links")))
    store.mark(["1", "2"], "purge-7")
    store.mark(["2"], None)
    con = sqlite3.connect(tmp_path / "reads.db")
    marks = [mark for (mark,) in con.execute("select links from reads order by id")]
    con.close()

    assert ["", "purge-7", None] == marks


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("store-table", "table: reads", "table: read"),
        ("store-column", "column: captured", "column: captred"),
        ("store-column", "personal: plate", "personal: owner"),
        ("store-missing", "sqlite:///reads.db", "sqlite:///other.db"),
        ("store-url", "sqlite:///reads.db", "nonsense"),
        ("store-url", "sqlite:///reads.db", "mysql://host/db"),
        ("store-url", "url: sqlite:///reads.db", "url_from: NOT_SET"),
    ],
)
def test_a_table_that_is_not_as_the_mapping_says(tmp_path: Path, code: str, old: str, new: str) -> None:
    """What is not there is said when the store is opened, and no file is made."""
    path = table(tmp_path, 1, mapping=TABLE.replace(old, new))
    with pytest.raises(StoreError) as refused:
        open_store(path)

    assert [code] == [d.code for d in refused.value.diagnostics]
    assert not (tmp_path / "other.db").exists()
