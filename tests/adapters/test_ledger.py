"""The ledger by itself: writing, reading, conflicts, purging, schemas, and what happens when its database fails."""

from __future__ import annotations

import datetime as dt
import sqlite3
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.ledger_kit import AT, duty, opened, place_of, step, with_text

from alpr_policy import PolicyDecisionPoint
from alpr_policy.errors import PolicyError
from alpr_policy_adapters.ledger import (
    GroupCommitter,
    Kind,
    Ledger,
    LedgerConflictError,
    LedgerRowError,
    LedgerSchemaError,
    LedgerUnavailableError,
    NewRow,
    PersonalValue,
    Receipt,
    Wanted,
    case_event_row,
    other_row,
    verify,
    words_in,
)
from alpr_policy_adapters.ledger.rows import put_in

sa = pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
BACKENDS = ("sqlite", "postgresql")


@pytest.fixture(params=BACKENDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a new ledger is to be, in either database."""
    return place_of(request.param, tmp_path, lambda: request.getfixturevalue("postgres"))


def test_rows_come_back_as_they_were_written(place: str) -> None:
    """A row has its place in the one order, both times, its case and its personal values."""
    ledger = opened(place, clock=lambda: AT + dt.timedelta(hours=1))
    first, second = ledger.append([duty(1, departments=("cambridge",)), step("case-1", 1)])
    row, other = ledger.row(first.seq), ledger.row(second.seq)

    assert (2, 3) == (first.seq, second.seq)
    assert row is not None and other is not None
    assert (Kind.DUTY, AT, AT + dt.timedelta(hours=1)) == (row.kind, row.happened, row.written)
    assert {"number": 1, "by": "officer-1", "plate": "4KAN101", "note": "note 1"} == row.whole
    assert {"number": 1} == row.body
    assert (("cambridge",), None, ("case-1", 1)) == (row.departments, row.case, other.case)
    assert (first.hash, second.hash) == (row.hash, ledger.head().hash)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), [1, 2, 3, 4, 5]),
        (Wanted(person=" OFFICER-1"), [2]),
        (Wanted(plate="4kan-102"), [3]),
        (Wanted(case="case-9"), [4]),
        (Wanted(case="26-114"), [5]),
        (Wanted(kinds=frozenset({Kind.CASE_EVENT, Kind.OPENED})), [1, 4]),
        (Wanted(department="cambridge"), [2]),
        (Wanted(department="cambri"), []),
        (Wanted(department="%"), []),
        (Wanted(since=AT + dt.timedelta(days=1), until=AT + dt.timedelta(days=1)), [3]),
        (Wanted(first=2, last=3), [2, 3]),
        (Wanted(person="officer-1", plate="4KAN102"), []),
    ],
)
def test_search(tmp_path: Path, wanted: Wanted, expected: list[int]) -> None:
    """Rows are found by person, plate, case, kind, department and period, all of them together."""
    ledger = opened(str(tmp_path / "ledger.db"), clock=lambda: AT)
    share = other_row(Kind.SHARE, at=AT, about={"to": "prosecutor"}, by="clerk", case_number="26-114")
    later = duty(2, happened=AT + dt.timedelta(days=1))
    ledger.append([duty(1, departments=("cambridge",)), later, step("case-9", 1), share])

    assert expected == [row.seq for row in ledger.rows(wanted)]


def test_a_step_is_taken_once(place: str) -> None:
    """A step of a case that is taken, or that leaves one out, is refused, and nothing of the call is written."""
    ledger = opened(place)
    ledger.append([step("case-1", 1)])
    for rows in ([step("case-1", 1)], [step("case-1", 3)], [duty(), step("case-1", 2), step("case-1", 2)]):
        with pytest.raises(LedgerConflictError) as told:
            ledger.append(rows)
        assert "case-1" == told.value.case
    ledger.append([step("case-1", 2), step("case-1", 3)])

    assert (4, 3) == (ledger.head().size, ledger.revision("case-1"))
    assert [] == verify(ledger).findings


def test_one_callers_conflict_touches_no_other(place: str) -> None:
    """In a group commit the caller whose step is taken is told so; the others' rows are written."""
    ledger = opened(place)
    ledger.append([step("case-1", 1)])
    good, bad = [ledger.prepare(duty())], [ledger.prepare(step("case-1", 1))]
    results = ledger.commit([good, bad, good])

    assert [tuple, LedgerConflictError, tuple] == [type(one) for one in results]
    assert 4 == ledger.head().size


def test_group_commit_acknowledges_each_caller(place: str) -> None:
    """Many threads that append at once each get the receipts of their own rows, and every row is there."""
    ledger = opened(place)
    group, told = GroupCommitter(ledger), dict[int, Receipt]()

    def work(number: int) -> None:
        for one in range(10):
            told[number * 100 + one] = group.append([duty(number * 100 + one)])[0]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = {row.body["number"]: Receipt(row.seq, row.hash) for row in ledger.rows() if row.kind is Kind.DUTY}

    assert told == found
    assert 80 == len(found)
    assert [] == verify(ledger).findings


@pytest.mark.parametrize(
    "row",
    [
        duty(body={"number": float("nan")}),
        duty(body={"number": {1, 2}}),
        duty(body={1: 2}),
        duty(happened=dt.datetime(2026, 5, 4)),
        duty(personal={"/there/is/none": 1}),
        duty(kind="diary"),
        duty(personal={"/by": PersonalValue("x", "name")}),  # type: ignore[arg-type]
        duty(case=("", 1)),
        duty(case=("case\0", 1)),
        duty(case=("case", 0)),
        duty(body={"large": "x" * 16_000_001}, personal={}),
        NewRow(kind=Kind.DUTY, happened=AT, body={}, texts={"0" * 64: "another text"}),
    ],
    ids=["nan", "set", "name", "offset", "place", "kind", "sort", "empty", "zero", "first", "large", "digest"],
)
def test_what_no_row_can_hold_is_refused(tmp_path: Path, row: NewRow) -> None:
    """A row that is no plain data, has no time, or names what is not in it is refused, and nothing is written."""
    ledger = opened(str(tmp_path / "ledger.db"))
    with pytest.raises(LedgerRowError):
        ledger.append([duty(), row])

    assert 1 == ledger.head().size


def test_deep_rows_are_refused(tmp_path: Path) -> None:
    """A body of ten thousand levels is an error like any other."""
    deep: Any = 1
    for _ in range(10_000):
        deep = [deep]
    with pytest.raises(LedgerRowError):
        opened(str(tmp_path / "ledger.db")).append([duty(body={"deep": deep})])


def test_purging_takes_the_values_and_leaves_the_chain(place: str) -> None:
    """What is purged can be neither read nor found, the row says under which clause, and the ledger is whole."""
    ledger = opened(place)
    ledger.append([duty(1), duty(1)])
    done = ledger.purge([(2, ["/plate"]), 3, 99], cite=["V.A", "V.B"], by="clerk", at=AT, reason="thirty days")
    row, gone = ledger.row(2), ledger.row(3)

    assert done is not None and row is not None and gone is not None
    assert {"number": 1, "by": "officer-1", "note": "note 1"} == row.whole
    assert {"/plate": ("V.A", "V.B")} == {place: one.cite for place, one in row.purged.items()}
    assert ({"number": 1}, 3) == (gone.whole, len(gone.purged))
    assert [2] == [one.seq for one in ledger.rows(Wanted(person="officer-1"))]
    assert [] == list(ledger.rows(Wanted(plate="4KAN101")))
    assert None is ledger.purge([(2, ["/plate"]), 3], cite=["V.A"], by="clerk", at=AT)
    assert ([], 4) == (verify(ledger).findings, verify(ledger).purged)
    assert [done.seq] == [one.seq for one in ledger.rows(Wanted(person="clerk"))]


def test_purged_bytes_are_gone_from_the_files(tmp_path: Path) -> None:
    """In SQLite neither the database nor its log holds a byte of what was purged."""
    ledger = opened(str(tmp_path / "ledger.db"))
    ledger.append([duty(1, personal={"/note": "a sentence that goes"}), duty(2)])
    files = [tmp_path / "ledger.db", tmp_path / "ledger.db-wal"]
    before = b"".join(path.read_bytes() for path in files if path.exists())
    ledger.purge([2], cite=["V"], by="clerk", at=AT)
    after = b"".join(path.read_bytes() for path in files if path.exists())

    assert b"a sentence that goes" in before
    assert b"a sentence that goes" not in after


def test_rows_cannot_be_changed_by_a_slip(place: str) -> None:
    """The database itself refuses to change or remove a row."""
    ledger = opened(place)
    for statement in ("UPDATE rows SET kind = 'duty'", "DELETE FROM rows"):
        with pytest.raises(LedgerUnavailableError, match="stay as they are"), ledger.database.writing() as connection:
            connection.execute(sa.text(statement))

    assert [] == verify(ledger).findings


CHANGES = {
    "UPDATE rows SET kind = 'audit' WHERE seq = 2": {("rows", "row 2")},
    "DELETE FROM rows WHERE seq = 3": {("rows", "row 3"), ("rows", "row 4"), ("case_heads", "case case-1")},
    "UPDATE personal SET value = '\"officer-9\"' WHERE seq = 2 AND path = '/by'": {("personal", "row 2 /by")},
    "DELETE FROM personal WHERE seq = 2 AND path = '/by'": {("personal", "row 2 /by")},
    "DELETE FROM purged WHERE path = '/note'": {("purged", "row 4 /note")},
    "UPDATE case_heads SET revision = 7": {("case_heads", "case case-1")},
    "UPDATE texts SET text = 'b'": {("texts", "text")},
    "UPDATE meta SET value = 'x' WHERE name = 'ledger'": {("meta", "ledger")},
}


@pytest.mark.parametrize("statement", CHANGES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_change_is_found_where_it_was_made(
    backend: str, statement: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """In either database a change behind the ledger's back is found at its place, and nothing else is blamed."""
    ledger = opened(place_of(backend, tmp_path, lambda: request.getfixturevalue("postgres")))
    ledger.append([duty(1), step("case-1", 1), duty(3), with_text("a")])
    ledger.purge([(4, ["/note"])], cite=["V"], by="clerk", at=AT)
    drops = ["DROP TRIGGER rows_stay ON rows"] if backend == "postgresql" else []
    drops += [f"DROP TRIGGER rows_stay_{what}" for what in ("update", "delete") if backend == "sqlite"]
    with ledger.database.writing() as connection:
        for one in (*drops, statement):
            connection.execute(sa.text(one))
    found = {(one.table, one.place) for one in verify(ledger).findings}
    found = {(table, "text" if table == "texts" else place) for table, place in found}

    assert CHANGES[statement] == found - {("personal", f"row 3 {path}") for path in ("/by", "/note", "/plate")}


def test_both_times_are_kept_when_the_clock_goes_back(tmp_path: Path) -> None:
    """A row that is written at an earlier time than the one before keeps its place, and both times stand in it."""
    times = iter([AT, AT, AT + dt.timedelta(hours=2), AT + dt.timedelta(hours=1)])
    ledger = opened(str(tmp_path / "ledger.db"), clock=lambda: next(times))
    ledger.append([duty(1)])
    ledger.append([duty(2, happened=AT + dt.timedelta(hours=5))])

    assert [(1, 0, 0), (2, 0, 2), (3, 5, 1)] == [
        (row.seq, (row.happened - AT).seconds // 3600, (row.written - AT).seconds // 3600) for row in ledger.rows()
    ]
    assert [] == verify(ledger).findings


def test_texts_are_kept_once(place: str) -> None:
    """A text is found by its SHA-256, and the same text is kept once however many rows rest on it."""
    ledger = opened(place)
    row = with_text("a policy – with letters")
    ledger.append([row, row])
    ledger.append([row])
    (digest,) = row.texts

    assert ("a policy – with letters", None) == (ledger.text(digest), ledger.text("0" * 64))
    assert (True, False) == (ledger.keeps(digest), ledger.keeps("0" * 64))


def test_whom_an_event_names_is_personal_however_deep() -> None:
    """Of a case event only words of the language stay in the row."""
    event = {
        "kind": "approval",
        "approval": {
            "topic": "search.run",
            "decision": "granted",
            "by": "sergeant-2",
            "scope": {"case.number": "26-1"},
        },
        "facts": {"purpose": "stolen_vehicle", "plate.number": "4KAN123", "unheard.of": "x"},
        "notes": ["saw it", {"text": "again"}],
        "at": "2026-05-04T10:00:00-04:00",
    }
    row = case_event_row("case-1", 1, event, at=AT, words=words_in(PolicyDecisionPoint.load().catalog))
    values = {place: one.value for place, one in row.personal.items()}

    assert event == put_in(row.body, values)["event"]
    assert {
        "kind": "approval",
        "approval": {"topic": "search.run", "decision": "granted", "scope": {}},
        "notes": [None, {}],
        "at": "2026-05-04T10:00:00-04:00",
    } == row.body["event"]
    assert {"sergeant-2", "26-1", "saw it", "again"} < {str(one.value) for one in row.personal.values()}


# What is there


def test_there_is_no_ledger(place: str) -> None:
    """Opening what is not there is refused, and the help says how to make one; SQLite makes no file of it."""
    with pytest.raises(LedgerSchemaError, match="ledger-missing"):
        Ledger.open(place)

    assert not Path(place).exists()


@pytest.mark.parametrize(("version", "code"), [("0000", "ledger-older"), ("9999", "ledger-newer")])
def test_another_schema_is_told(tmp_path: Path, version: str, code: str) -> None:
    """A ledger of an older or newer program is not opened, and left as it is."""
    path = tmp_path / "ledger.db"
    opened(str(path)).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [version])
    for create in (False, True):
        with pytest.raises(LedgerSchemaError, match=code):
            Ledger.open(str(path), create=create)


def test_opening_again_changes_nothing(place: str) -> None:
    """A ledger that is there is not begun anew, whoever opens it with leave to make it."""
    first = opened(place)
    first.append([duty()])

    assert first.head() == opened(place).head()


def test_the_schema_is_the_one_in_the_tables(place: str) -> None:
    """The migrations make just the columns that the program reads and writes."""
    from alpr_policy_adapters.ledger.tables import tables

    inspected = sa.inspect(opened(place).database.engine)
    known = tables()
    for table in (known.rows, known.personal, known.purged, known.texts, known.case_heads, known.meta):
        found = {(one["name"], one["nullable"]) for one in inspected.get_columns(table.name)}
        assert {(column.name, column.nullable) for column in table.columns} == found


def test_a_copy_is_read_and_not_written(tmp_path: Path) -> None:
    """A ledger that is opened for reading alone is verified as usual, and a write is one of our errors."""
    opened(str(tmp_path / "ledger.db")).append([duty(1)])
    copy = Ledger.open(f"sqlite:///file:{tmp_path / 'ledger.db'}?mode=ro&uri=true")

    assert ([], 2) == (verify(copy).findings, copy.head().size)
    with pytest.raises(LedgerUnavailableError):
        copy.append([duty(2)])


def test_nobody_else_reads_the_file(tmp_path: Path) -> None:
    """A ledger in SQLite is made so that its owner alone can read it, its log too."""
    path = tmp_path / "ledger.db"
    ledger = opened(str(path))
    ledger.append([duty()])
    modes = {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.glob("ledger.db*")}

    assert {0o600} == modes


@pytest.mark.parametrize("place", ["mysql://somewhere/x", "sqlite://", "://", "/nowhere/at/all/ledger.db"])
def test_places_that_cannot_be(place: str) -> None:
    """An address that is none, or that cannot be written, is one of our errors."""
    with pytest.raises(PolicyError):
        opened(place)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """A file that is something else is refused, and stays as it is."""
    path = tmp_path / "ledger.db"
    path.write_text("this is a letter, and not a database at all" * 100)
    with pytest.raises(LedgerUnavailableError):
        opened(str(path))

    assert path.read_text().startswith("this is a letter")
