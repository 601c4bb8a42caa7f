"""Stores of records: what a mapping may say, and what names, links and files from outside cannot do."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.retention_kit import TABLE, keys_in, shipped, table, written

from alpr_policy.errors import Diagnostic
from alpr_policy.source import SourceFile
from alpr_policy_adapters.stores import Store, StoreError, open_store, parse_store_mapping, store_schema
from alpr_policy_adapters.stores.cells import CellReader
from alpr_policy_adapters.stores.journal import FileJournal
from alpr_policy_adapters.stores.mapping import Cell, StoreMapping
from alpr_policy_adapters.stores.purge import PurgeOrder, purge

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


# Folders

SIDECAR = """\
store: 1
id: pictures
kind: folder
path: pictures
facts_from: sidecar
constants: {data.custodian: department, data.classes: [image]}
facts: {record.captured: {column: captured_at}}
"""
INDEX = SIDECAR.replace("facts_from: sidecar", "facts_from: index\nindex: list.csv\nkey: file")
NAMED = SIDECAR.replace("facts_from: sidecar", "facts_from: name\npattern: '(?P<captured_at>\\d{8}T\\d{6}Z)_.*'")
NAMED = NAMED.replace("{column: captured_at}", "{column: captured_at, time: '%Y%m%dT%H%M%SZ'}")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Return a folder with three pictures, one of them deeper, and something that is no picture."""
    root = tmp_path / "pictures"
    (root / "cam").mkdir(parents=True)
    for name in ("20260501T140000Z_a.jpg", "20260502T140000Z_b.JPG", "cam/20260503T140000Z_c.png", "notes.txt"):
        (root / name).write_bytes(b"picture")
        day = name.removeprefix("cam/")[6:8]
        if not name.endswith(".txt"):
            written(root / f"{name}.json", json.dumps({"captured_at": f"2026-05-{day}T14:00:00Z"}))
    with (root / "list.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [["file", "captured_at", "plate"], ["20260501T140000Z_a.jpg", "2026-05-01T14:00:00Z", "QX1"]]
        csv.writer(file).writerows([*rows, ["gone.jpg", "2026-05-04", "QX2"]])
    return tmp_path


def opened(folder: Path, mapping: str) -> Store:
    """Open a store by a mapping in a folder."""
    return open_store(written(folder / "store.yaml", mapping))


@pytest.mark.parametrize("mapping", [SIDECAR, NAMED], ids=["sidecar", "name"])
def test_pictures_and_their_times(pictures: Path, mapping: str) -> None:
    """Every picture is a record, its time from its sidecar or its name."""
    found = {one.key: one.moments["record.captured"].isoformat()[:10] for one in opened(pictures, mapping).records()}

    names = ["20260501T140000Z_a.jpg", "20260502T140000Z_b.JPG", "cam/20260503T140000Z_c.png"]
    assert dict(zip(names, ["2026-05-01", "2026-05-02", "2026-05-03"], strict=True)) == found


def test_an_index_lists_what_is_there_and_what_is_gone(pictures: Path) -> None:
    """A picture that no line lists has no time, a line without picture is a record, and deleting takes both away."""
    store = opened(pictures, INDEX)
    before = {one.key: bool(one.moments) for one in store.records()}
    store.delete(["20260501T140000Z_a.jpg", "gone.jpg"])

    listed = {"20260501T140000Z_a.jpg": True, "20260502T140000Z_b.JPG": False, "cam/20260503T140000Z_c.png": False}
    assert listed | {"gone.jpg": True} == before
    assert {"20260502T140000Z_b.JPG", "cam/20260503T140000Z_c.png"} == {one.key for one in store.records()}
    assert ["file,captured_at,plate"] == (pictures / "pictures/list.csv").read_text(encoding="utf-8").splitlines()


def test_the_sidecar_goes_with_its_picture(pictures: Path) -> None:
    """A picture whose deletion was cut off is still there while its sidecar is, and goes at the next."""
    store, root = opened(pictures, SIDECAR), pictures / "pictures"
    (root / "20260501T140000Z_a.jpg").unlink()
    there = store.still_there(["20260501T140000Z_a.jpg"])
    store.delete(["20260501T140000Z_a.jpg"])

    assert {"20260501T140000Z_a.jpg"} == there
    assert not (root / "20260501T140000Z_a.jpg.json").exists()
    assert (root / "notes.txt").exists()


@pytest.mark.parametrize(
    "key", ["../secret.jpg", "/etc/secret.jpg", "cam/../../secret.jpg", "link.jpg", "away/secret.jpg", "", "a\0.jpg"]
)
def test_nothing_outside_is_touched(pictures: Path, key: str) -> None:
    """A key that leads out of the folder, or through a link, names nothing and deletes nothing."""
    outside = pictures / "outside"
    outside.mkdir()
    for secret in (pictures / "secret.jpg", outside / "secret.jpg"):
        secret.write_bytes(b"secret")
    os.symlink(outside / "secret.jpg", pictures / "pictures/link.jpg")
    os.symlink(outside, pictures / "pictures/away")
    store = opened(pictures, SIDECAR)
    store.delete([key])

    assert set() == store.still_there([key])
    assert [] == list(store.fetch([key]))
    assert 3 == len(list(store.records()))
    assert b"secret" == (pictures / "secret.jpg").read_bytes() == (outside / "secret.jpg").read_bytes()


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"captured_at": ' + "9" * 200_000 + "}"])
def test_a_sidecar_that_says_nothing(pictures: Path, text: str) -> None:
    """A sidecar that is no group of JSON keys, or too large, leaves the time unknown."""
    written(pictures / "pictures/20260501T140000Z_a.jpg.json", text)
    (found,) = opened(pictures, SIDECAR).fetch(["20260501T140000Z_a.jpg"])

    assert {} == found.moments


def test_a_sidecar_that_is_a_link_is_not_read(pictures: Path) -> None:
    """A sidecar that leads elsewhere says nothing."""
    side = pictures / "pictures/20260501T140000Z_a.jpg.json"
    side.rename(pictures / "elsewhere.json")
    os.symlink(pictures / "elsewhere.json", side)
    (found,) = opened(pictures, SIDECAR).fetch(["20260501T140000Z_a.jpg"])

    assert {} == found.moments


@pytest.mark.parametrize(
    ("text", "code"), [("name,captured_at\n", "store-column"), ('file,captured_at\n"a', "store-index")]
)
def test_an_index_that_cannot_be_read(pictures: Path, text: str, code: str) -> None:
    """An index without its columns, or that is no CSV, is refused."""
    written(pictures / "pictures/list.csv", text)
    with pytest.raises(StoreError) as refused:
        list(opened(pictures, INDEX).records())

    assert {code} == {d.code for d in refused.value.diagnostics}


@pytest.mark.parametrize("index", ["../list.csv", "/etc/passwd", "none.csv"])
def test_an_index_outside_is_refused(pictures: Path, index: str) -> None:
    """An index that does not lie in the folder is never opened."""
    with pytest.raises(StoreError) as refused:
        list(opened(pictures, INDEX.replace("list.csv", index)).records())

    assert ["store-index"] == [d.code for d in refused.value.diagnostics]


# Parquet

PARQUET = """\
store: 1
id: archive
kind: parquet
path: archive
key: id
constants: {data.custodian: department, data.classes: [read]}
facts: {record.captured: {column: captured}}
delete: {rows: true}
"""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return a folder with two Parquet files, one of them with an awkward name."""
    duckdb = pytest.importorskip("duckdb", reason="needs the extra `stores`")
    (tmp_path / "archive/day=1").mkdir(parents=True)
    for name, first in (("day=1/a.parquet", 0), ("b[1]'*.parquet", 10)):
        captured = "timestamptz '2026-05-01 12:00:00Z' + to_days(i::int) as captured"
        rows = f"select i as id, {captured}, 'QX' || i as plate from range({first}, {first + 5}) t(i)"
        target = str(tmp_path / "archive" / name).replace("'", "''")
        duckdb.sql(f"copy ({rows}) to '{target}' (format parquet)")
    return tmp_path


def test_parquet_files_are_rewritten_or_dropped(archive: Path) -> None:
    """A file of which something is left is written anew, one of which nothing is left goes, and no other is touched."""
    store = opened(archive, PARQUET)
    before = {one.key: one.moments["record.captured"].isoformat() for one in store.records()}
    store.delete(["1", "10", "11", "12", "13", "14", "99"])

    assert [*map(str, range(5)), *map(str, range(10, 15))] == sorted(before, key=int)
    assert "2026-05-02T12:00:00+00:00" == before["1"]
    assert ["0", "2", "3", "4"] == [one.key for one in store.records()]
    assert {"0"} == store.still_there(["0", "1", "10"])
    assert ["archive/day=1/a.parquet"] == [
        p.relative_to(archive).as_posix() for p in archive.rglob("*.*") if p.suffix != ".yaml"
    ]


def test_parquet_columns_are_emptied(archive: Path) -> None:
    """Where deleting means to empty columns, the rows stay and are no records any more."""
    store = opened(archive, PARQUET.replace("delete: {rows: true}", "delete: {blank: [plate]}"))
    store.delete(["1", "2"])

    assert ["0", "3", "4"] == [one.key for one in store.records() if int(one.key) < 5]
    assert set() == store.still_there(["1", "2"])


def test_a_parquet_file_that_is_none(archive: Path) -> None:
    """A file that is no Parquet is refused by its name when the store is opened."""
    written(archive / "archive/c.parquet", "no such thing")
    with pytest.raises(StoreError) as refused:
        opened(archive, PARQUET)

    assert "`c.parquet`" in str(refused.value)


def test_parquet_columns_are_compared(archive: Path) -> None:
    """A column that a file has not is said with what was probably meant."""
    with pytest.raises(StoreError) as refused:
        opened(archive, PARQUET.replace("column: captured", "column: captred"))

    assert {"store-column"} == {d.code for d in refused.value.diagnostics}
    assert "`captured`" in refused.value.diagnostics[0].help


def purged(store: Store, folder: Path, at: str) -> list[str]:
    """Purge a store under Leicester's policy as of an instant and return what is left."""
    order = PurgeOrder(
        pdp=shipped(),
        department="leicester",
        stores=(store,),
        holds=lambda: (),
        clock=lambda: dt.datetime.fromisoformat(at),
    )
    with FileJournal(folder / "journal.jsonl") as journal:
        report = purge(order, journal)
    left = [one.key for one in store.records()]
    assert report.deleted > 0
    return left


@pytest.mark.parametrize("mapping", [SIDECAR, NAMED], ids=["sidecar", "name"])
def test_a_folder_is_purged(pictures: Path, mapping: str) -> None:
    """Of pictures those go whose year is over, and nothing beside them."""
    left = purged(opened(pictures, mapping), pictures, "2027-05-02T20:00:00+00:00")

    assert ["cam/20260503T140000Z_c.png"] == left
    assert (pictures / "pictures/notes.txt").exists()


def test_parquet_files_are_purged(archive: Path) -> None:
    """Of the rows of Parquet files those go whose year is over, with the file of which nothing is left."""
    left = purged(opened(archive, PARQUET), archive, "2027-05-12T00:00:00+00:00")

    assert ["11", "12", "13", "14"] == left
    assert ["b[1]'*.parquet"] == [path.name for path in archive.rglob("*.parquet")]
