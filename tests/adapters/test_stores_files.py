"""Stores of files: folders of pictures and Parquet; what links, names and bytes from outside cannot do."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
from pathlib import Path

import pytest
from tests.adapters.retention_kit import shipped, written

from alpr_policy_adapters.stores import Store, StoreError, open_store
from alpr_policy_adapters.stores.journal import FileJournal
from alpr_policy_adapters.stores.purge import PurgeOrder, purge

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
