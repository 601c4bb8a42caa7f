"""Whatever is changed behind the ledger's back, `verify` finds it and says where."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.ledger_kit import AT, duty, opened, step, with_text

from alpr_policy_adapters.ledger import (
    Checkpoint,
    Ledger,
    LedgerError,
    Report,
    make_checkpoint,
    make_key,
    read_checkpoint,
    verify,
)
from alpr_policy_adapters.ledger.canonical import NOTHING, row_hash, sha256

pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("cryptography", reason="needs the extra: pip install 'alpr-policy[ledger]'")
KEYS = {
    "rows": ("seq",),
    "personal": ("seq", "path"),
    "purged": ("seq", "path"),
    "texts": ("digest",),
    "case_heads": ("case_id",),
    "meta": ("name",),
    "alembic_version": ("version_num",),
}
WEIGHTS = {"rows": 8, "personal": 6, "purged": 2, "texts": 2, "case_heads": 2, "meta": 1, "alembic_version": 1}
WAYS = ("byte", "byte", "removed", "inserted", "swapped", "moved")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Checkpoint]:
    """Make a ledger with something in every table, and a checkpoint of all of it."""
    folder = tmp_path_factory.mktemp("tampering")
    ledger = opened(str(folder / "ledger.db"))
    for number in range(12):
        ledger.append([duty(number), step(f"case-{number % 3}", number // 3 + 1, number)])
    ledger.append([with_text("a policy"), with_text("another policy")])
    ledger.purge([3, (4, ["/by"])], cite=["V.A"], by="clerk", at=AT)
    key = make_key(folder / "key")
    make_checkpoint(ledger, key, AT)
    checkpoint = make_checkpoint(ledger, key, AT)
    # The last row, which is the checkpoint's own, is left out of what it signs: one more puts it under a signature.
    last = make_checkpoint(ledger, key, AT)
    ledger.close()
    connection = sqlite3.connect(folder / "ledger.db", isolation_level=None)
    for name in ("rows_stay_update", "rows_stay_delete"):
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("DELETE FROM rows WHERE seq = (SELECT max(seq) FROM rows)")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert last.size == checkpoint.size + 1
    return folder / "ledger.db", last


class Spoiler:
    """Makes one change by chance in a ledger's tables, and says what it did."""

    def __init__(self, path: Path, seed: int) -> None:
        self.draw = random.Random(seed)
        self.table = ""
        self.numbers: set[int] = set()
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        self.connection.execute("PRAGMA ignore_check_constraints=ON")

    def change(self) -> str:
        """Change something, however often it takes until something is changed."""
        while True:
            table = self.draw.choices([*WEIGHTS], [*WEIGHTS.values()])[0]
            way = self.draw.choice(WAYS)
            before, self.table, self.numbers = self._content(), table, set()
            try:
                getattr(self, f"_{way}")(table)
            except sqlite3.IntegrityError:
                continue
            if self._content() != before:
                return f"{way} in {table}"

    def _content(self) -> list[Any]:
        return [self.connection.execute(f"SELECT * FROM {table}").fetchall() for table in KEYS]

    def _row(self, table: str) -> tuple[list[str], list[Any]]:
        found = self.connection.execute(f"SELECT * FROM {table} ORDER BY random()")
        rows = sorted(found.fetchall(), key=repr)
        names = [one[0] for one in found.description]
        row = list(self.draw.choice(rows)) if rows else []
        self.numbers |= {row[0]} if row and isinstance(row[0], int) else set()
        return names, row

    def _where(self, table: str, names: list[str], row: list[Any]) -> tuple[str, list[Any]]:
        keys = KEYS[table]
        return " AND ".join(f"{key} = ?" for key in keys), [_text(row[names.index(key)]) for key in keys]

    def _byte(self, table: str) -> None:
        names, row = self._row(table)
        if not row:
            return
        column = self.draw.randrange(len(names))
        where, values = self._where(table, names, row)
        new = self._other(row[column])
        self.connection.execute(f"UPDATE {table} SET {names[column]} = ? WHERE {where}", [new, *values])

    def _other(self, value: Any) -> Any:
        """Return a value with one byte changed, put in or left out; of a number, another one; or nothing at all."""
        draw = self.draw
        if value is None:
            return draw.choice(["x", 1, ""])
        if isinstance(value, int):
            return draw.choice([value + 1, value - 1, -value, value + 2**33, None])
        data = bytearray(value if isinstance(value, bytes) else value.encode())
        place = draw.randrange(len(data) + 1)
        how = draw.randrange(4)
        if how == 0 or not data:
            data.insert(place, draw.randrange(1, 256))
        elif how == 1:
            del data[place % len(data)]
        elif how == 2:
            data[place % len(data)] ^= 1 << draw.randrange(8)
        else:
            return draw.choice([None, b"", bytes(data)])
        # As text, whatever the bytes are: written by a cast, since the driver takes no text that is not UTF-8.
        return data.decode("utf-8", "replace") if draw.random() < 0.5 else bytes(data)

    def _removed(self, table: str) -> None:
        names, row = self._row(table)
        if row:
            where, values = self._where(table, names, row)
            self.connection.execute(f"DELETE FROM {table} WHERE {where}", values)

    def _inserted(self, table: str) -> None:
        """Insert a row like another: one that looks sound, with hashes of its own, in any place but after the last."""
        names, row = self._row(table)
        if not row:
            return
        held = {name: _text(value) for name, value in zip(names, row, strict=True)}
        if table == "rows":
            held["seq"] = self.draw.choice([-1, 0])
            self.numbers = {held["seq"]}
            held["previous"] = NOTHING
            held["case_id"] = held["revision"] = None
            held["hash"] = row_hash(held)
        elif table == "texts":
            held["text"] += "x"
            held["digest"] = sha256(held["text"])
        else:
            column = self.draw.choice(KEYS[table])
            value = held[column]
            held[column] = value + 1 if isinstance(value, int) else value + "x"
        marks = ", ".join("?" for _ in names)
        self.connection.execute(f"INSERT INTO {table} VALUES ({marks})", [held[name] for name in names])

    def _swapped(self, table: str) -> None:
        """Let two rows of a table change places: what they hold goes under the other's key."""
        names, one = self._row(table)
        _, other = self._row(table)
        if not one or one == other:
            return
        keys = KEYS[table]
        for row, source in ((one, other), (other, one)):
            where, values = self._where(table, names, row)
            rest = [name for name in names if name not in keys and name not in ("case_id", "revision")]
            if rest:
                sets = ", ".join(f"{name} = ?" for name in rest)
                new = [_text(source[names.index(name)]) for name in rest]
                self.connection.execute(f"UPDATE {table} SET {sets} WHERE {where}", [*new, *values])

    def _moved(self, table: str) -> None:
        """Give a row another key, at a place that is free."""
        names, row = self._row(table)
        if row:
            where, values = self._where(table, names, row)
            column = self.draw.choice(KEYS[table])
            value = _text(row[names.index(column)])
            new = self.draw.choice([-3, 10_000]) if isinstance(value, int) else value[::-1]
            self.connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", [new, *values])


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def _found(path: Path, checkpoint: Checkpoint) -> Report | LedgerError:
    """Return what the ledger says of itself, or why it cannot be opened or read at all."""
    try:
        ledger = Ledger.open(str(path))
    except LedgerError as error:
        return error
    try:
        return verify(ledger, [checkpoint])
    except LedgerError as error:
        return error
    finally:
        ledger.close()


def _is_located(found: Report | LedgerError, spoiler: Spoiler) -> bool:
    """Say whether a finding names the table that was changed and, where it has numbers, the row or one beside it."""
    if isinstance(found, LedgerError):
        # The name, the secret and the version of the schema are looked at before anything is read.
        return spoiler.table in ("meta", "alembic_version")
    places = [one.place for one in found.findings if one.table == spoiler.table]
    # What is missing at the end is known from the checkpoint alone, which tells the numbers.
    places += [one.message for one in found.findings if one.table == "checkpoint" and "missing" in one.message]
    near = {number + beside for number in spoiler.numbers for beside in (-1, 0, 1)}
    told = {int(word) for place in places for word in place.split() if word.lstrip("-").isdecimal()}
    return bool(told & near) if spoiler.numbers else bool(places)


def _try_all(original: tuple[Path, Checkpoint], folder: Path, seeds: range) -> None:
    source, checkpoint = original
    untouched = _found(source, checkpoint)
    assert isinstance(untouched, Report) and untouched.is_whole
    unseen, ways = [], Counter[str]()
    for seed in seeds:
        path = folder / "spoilt.db"
        for end in ("", "-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)
        shutil.copy(source, path)
        spoiler = Spoiler(path, seed)
        what = spoiler.change()
        spoiler.connection.close()
        ways[what] += 1
        found = _found(path, checkpoint)
        if (isinstance(found, Report) and found.is_whole) or not _is_located(found, spoiler):
            unseen.append((seed, what))

    assert [] == unseen
    assert len(seeds) == ways.total()
    assert len(ways) > 15


def test_changes_are_found_and_located(original: tuple[Path, Checkpoint], tmp_path: Path) -> None:
    """Of two hundred changes by chance in any table, each is found, and its place is told."""
    _try_all(original, tmp_path, range(200))


@pytest.mark.slow
def test_a_thousand_changes_are_found_and_located(original: tuple[Path, Checkpoint], tmp_path: Path) -> None:
    """Of a thousand changes by chance in any table, each is found, and its place is told."""
    _try_all(original, tmp_path, range(10_000, 11_000))


def test_the_tail_is_missed_with_a_checkpoint_alone(original: tuple[Path, Checkpoint], tmp_path: Path) -> None:
    """Rows that are removed at the end leave a ledger that looks whole to all but who kept a checkpoint."""
    path = tmp_path / "short.db"
    ledger = opened(str(path))
    ledger.append([with_text("a policy")])
    key = make_key(tmp_path / "key")
    ledger.append([duty(body={"plain": 1}, personal={})])
    kept = make_checkpoint(ledger, key, AT)
    ledger.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER rows_stay_delete")
        connection.execute("DELETE FROM rows WHERE seq >= 3")
    ledger = Ledger.open(str(path))

    assert [] == verify(ledger).findings
    (found,) = verify(ledger, [kept]).findings
    assert "rows 3 to 3 are missing at the end" in found.message


def test_a_ledger_that_is_rewritten_as_a_whole_is_found_by_a_checkpoint(tmp_path: Path) -> None:
    """Whoever rewrites a row and all hashes after it has a chain that is whole, and is found by a kept checkpoint."""
    path = tmp_path / "rewritten.db"
    ledger = opened(str(path))
    ledger.append([duty(1, personal={}), duty(2, personal={}), duty(3, personal={})])
    kept = read_checkpoint(make_checkpoint(ledger, make_key(tmp_path / "key"), AT).to_wire())
    ledger.close()
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("DROP TRIGGER rows_stay_update")
        connection.execute("DROP TRIGGER rows_stay_delete")
        connection.execute("DELETE FROM rows WHERE seq = 5")  # the checkpoint's own row is in the way
        previous = NOTHING
        for row in connection.execute("SELECT * FROM rows ORDER BY seq").fetchall():
            held = {**dict(row), "previous": previous}
            if held["seq"] == 3:
                held["body"] = '{"number":7}'
            held["hash"] = previous = row_hash(held)
            sets = {name: held[name] for name in ("body", "previous", "hash", "seq")}
            connection.execute("UPDATE rows SET body=:body, previous=:previous, hash=:hash WHERE seq=:seq", sets)
    ledger = Ledger.open(str(path))

    assert [] == verify(ledger).findings
    (found,) = verify(ledger, [kept]).findings
    assert "some of 1 to 4 were rewritten" in found.message


def test_a_flipped_bit_of_the_file_is_found_or_changes_nothing(
    original: tuple[Path, Checkpoint], tmp_path: Path
) -> None:
    """A bit that is flipped anywhere in the file is found, unless everything that the ledger reads is as before."""
    source, checkpoint = original
    data, draw = source.read_bytes(), random.Random(5)
    content, path, found = _dump(source), tmp_path / "flipped.db", 0
    for _ in range(60):
        place = draw.randrange(100, len(data))
        changed = bytearray(data)
        changed[place] ^= 1 << draw.randrange(8)
        path.write_bytes(changed)
        told = _found(path, checkpoint)
        detected = isinstance(told, LedgerError) or not told.is_whole
        found += detected
        assert detected or content == _dump(path), f"byte {place}"
    assert found > 10


def _dump(path: Path) -> list[Any]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.text_factory = bytes
    try:
        return [connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in [*KEYS][:-1]]
    finally:
        connection.close()
