"""The ledger: rows in one order that only grows, each with the hash of the one before, written before an answer."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alpr_policy.model.values import is_text
from alpr_policy_adapters.ledger.canonical import (
    MAX_BYTES,
    canonical,
    commitment,
    search_key,
    sha256,
)
from alpr_policy_adapters.ledger.database import WAIT, Database, unusable
from alpr_policy_adapters.ledger.errors import LedgerError, LedgerRowError
from alpr_policy_adapters.ledger.finding import Wanted, found_rows
from alpr_policy_adapters.ledger.rows import (
    MAX_NAME,
    Kind,
    NewRow,
    PersonalValue,
    Receipt,
    Row,
    Sort,
    has_room,
    stamp,
)
from alpr_policy_adapters.ledger.tables import tables
from alpr_policy_adapters.ledger.writing import Prepared, Writer, has_steps, head_of, revision_of

Clock = Callable[[], dt.datetime]
AT_ONCE = 500
"""Rows that are asked for in one question."""
Purgeable = int | tuple[int, Collection[str]]


def now_utc() -> dt.datetime:
    """Return the time of the machine's clock."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a ledger ends: its own name, how many rows it has, and the hash of the last."""

    ledger: str
    size: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a ledger holds: rows by kind, when the first and the last were written (UTC), the row of a checkpoint."""

    kinds: Mapping[str, int]
    first_written: str | None
    last_written: str | None
    last_checkpoint: int | None


class Ledger:
    """One ledger. Threads may share it, and processes may each open it: appending is serialised by the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Use a database whose schema is right; see `Ledger.open`."""
        self.database = database
        self.clock = clock
        self.id, self.secret = self._identity()
        self._kept: set[str] = set()

    @classmethod
    def open(cls, place: str, *, create: bool = False, clock: Clock = now_utc, wait: float = WAIT) -> Ledger:
        """Open the ledger at a path (SQLite) or URL (`postgresql://…`).

        `create` makes it where there is none and brings an older schema up to date. `clock` gives the time of writing;
        `wait` is how many seconds a writer waits for others. Raises LedgerSchemaError, LedgerUnavailableError,
        MissingExtraError.
        """
        database = Database(place, wait=wait)
        if create:
            database.migrate()
            _begin(database, clock)
        database.require_newest()
        return cls(database, clock)

    def close(self) -> None:
        """Let go of all connections."""
        self.database.engine.dispose()

    def _identity(self) -> tuple[str, str]:
        with self.database.reading() as connection:
            meta = {str(name): value for name, value in connection.execute(tables().meta.select())}
        if not {"ledger", "secret"} <= meta.keys() or not _is_key(meta["secret"]):
            raise unusable("the ledger was never begun, or its name and secret are gone", code="ledger-missing")
        return str(meta["ledger"]), str(meta["secret"])

    # Writing

    def append(self, rows: Iterable[NewRow]) -> tuple[Receipt, ...]:
        """Write rows in one transaction, all or none; they are durable when this returns.

        Raises LedgerConflictError where a step of a case is taken, LedgerOvertakenError where a row is `after` a place
        behind which another of its kind stands, LedgerRowError, LedgerUnavailableError.
        """
        prepared = [self.prepare(row) for row in rows]
        (result,) = self.commit([prepared])
        if isinstance(result, LedgerError):
            raise result
        return result

    def prepare(self, row: NewRow) -> Prepared:
        """Work out all of a row but its place; raises LedgerRowError."""
        body = canonical(dict(row.body))
        if not all(has_room(row.body, path) for path in row.personal):
            raise LedgerRowError("a personal value belongs to a free place in its row")
        held = {path: v if isinstance(v, PersonalValue) else PersonalValue(v) for path, v in row.personal.items()}
        beside, commitments = [], {}
        for path, one in held.items():
            value, key = canonical(one.value), secrets.token_hex(32)
            commitments[path] = [_one_of(Sort, one.sort), commitment(key, value)]
            search = search_key(self.secret, one.sort, one.value)
            beside.append({"path": path, "value": value, "key": key, "search": search})
        case, revision = row.case or (None, None)
        if row.case is not None and not (is_text(case, MAX_NAME) and case.isprintable() and case and _counts(revision)):
            raise LedgerRowError("a case has a short name, and its revisions are counted from 1")
        for digest, text in row.texts.items():
            if not is_text(text, MAX_BYTES) or "\0" in text or sha256(text) != digest:
                raise LedgerRowError("a text is kept under its SHA-256 alone, and holds what can be written down")
        columns = {
            "kind": _one_of(Kind, row.kind),
            "happened": stamp(row.happened),
            "departments": canonical(list(row.departments)),
            "case_id": case,
            "revision": revision,
            "body": body,
            "commitments": canonical(commitments),
        }
        return Prepared(columns, beside, dict(row.texts), row.case, row.after)

    def commit(self, batches: Sequence[Sequence[Prepared]]) -> list[tuple[Receipt, ...] | LedgerError]:
        """Write several callers' rows in one transaction; a batch whose step is taken is left out and told so.

        Raises LedgerUnavailableError; then none of the rows is acknowledged.
        """
        with self.database.writing() as connection:
            return self._within(connection, batches)

    def _within(
        self, connection: Any, batches: Sequence[Sequence[Prepared]]
    ) -> list[tuple[Receipt, ...] | LedgerError]:
        writer = Writer(connection, self.clock)
        results: list[tuple[Receipt, ...] | LedgerError] = []
        for batch in batches:
            conflict = writer.conflict(batch)
            results.append(conflict or tuple(writer.add(one) for one in batch))
        writer.flush()
        return results

    def purge(
        self, what: Iterable[Purgeable], *, cite: Sequence[str], by: str, at: dt.datetime, reason: str = ""
    ) -> Receipt | None:
        """Purge personal values: of whole rows (by number), or of some pointers of a row; note it in the ledger.

        `cite` are the clauses, `by` who purges. What is purged already, or never was, is passed over; None comes back
        where nothing is left to purge. Value, key and search key go in the transaction that writes the row about it.
        It holds other writers up meanwhile, so purge a hundred thousand rows in portions.
        """
        import sqlalchemy as sa

        personal = tables().personal
        with self.database.writing() as connection:
            found = _purgeable(connection, what)
            if not found:
                return None
            grouped: dict[tuple[str, ...], list[int]] = {}
            for seq, paths in sorted(found.items()):
                grouped.setdefault(tuple(sorted(paths)), []).append(seq)
            body: dict[str, Any] = {
                "cite": list(cite),
                "purged": [{"rows": s, "paths": list(p)} for p, s in grouped.items()],
            }
            values: dict[str, Any] = {"/by": PersonalValue(by, Sort.PERSON)}
            values |= {"/reason": PersonalValue(reason)} if reason else {}
            row = self.prepare(NewRow(kind=Kind.PURGE, happened=at, body=body, personal=values))
            (result,) = self._within(connection, [[row]])
            assert not isinstance(result, LedgerError)  # a row without a case meets no conflict
            marks = [{"seq": s, "path": p, "by_row": result[0].seq} for s, paths in found.items() for p in paths]
            connection.execute(tables().purged.insert(), marks)
            gone = sa.and_(personal.c.seq == sa.bindparam("one"), personal.c.path == sa.bindparam("place"))
            connection.execute(personal.delete().where(gone), [{"one": m["seq"], "place": m["path"]} for m in marks])
        self._empty_log()
        return result[0]

    def _empty_log(self) -> None:
        """Take what was purged out of SQLite's log as well; a busy reader leaves that for the next time."""
        if self.database.is_sqlite:
            with self.database.failures(), self.database.engine.connect() as connection:
                connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    # Reading

    def summary(self) -> Summary:
        """Return how many rows of each kind there are, when the first and last were written, the last checkpoint."""
        import sqlalchemy as sa

        rows = tables().rows
        with self.database.reading() as connection:
            counts = connection.execute(
                sa.select(rows.c.kind, sa.func.count()).group_by(rows.c.kind).order_by(rows.c.kind)
            )
            kinds = {str(kind): int(count) for kind, count in counts}
            last = sa.select(sa.func.max(rows.c.seq)).where(rows.c.kind == Kind.CHECKPOINT.value)
            checkpoint = connection.execute(last).scalar()
            written = sa.select(rows.c.written).order_by(rows.c.seq)
            first = connection.execute(written.limit(1)).scalar()
            latest = connection.execute(sa.select(rows.c.written).order_by(rows.c.seq.desc()).limit(1)).scalar()
        return Summary(kinds=kinds, first_written=first, last_written=latest, last_checkpoint=checkpoint)

    def head(self) -> Head:
        """Return where the ledger ends."""
        with self.database.reading() as connection:
            size, last = head_of(connection)
        return Head(ledger=self.id, size=size, hash=last)

    def rows(self, wanted: Wanted | None = None) -> Generator[Row, None, None]:
        """Yield rows in order, as of one moment, with the personal values that are left; raises LedgerError."""
        with self.database.reading() as connection:
            yield from found_rows(connection, wanted or Wanted(), self.secret)

    def steps(self, after: int) -> tuple[int, list[Row]]:
        """Return where the ledger ends, and the last rows of the cases that took a step behind place `after`.

        Both are as of one moment. Where no case took a step that costs the same however many rows there are.
        """
        with self.database.reading() as connection:
            size, _ = head_of(connection)
            if size <= after or not has_steps(connection, after):
                return size, []
            return size, list(found_rows(connection, Wanted(case_heads=True, first=after + 1), self.secret))

    def row(self, seq: int) -> Row | None:
        """Return one row, None where there is none; raises LedgerError for one that cannot be read."""
        return next(self.rows(Wanted(first=seq, last=seq)), None)

    def revision(self, case: str) -> int:
        """Return the revision at which a case stands; 0 for one that nobody began."""
        with self.database.reading() as connection:
            return revision_of(connection, case)

    def text(self, digest: str) -> str | None:
        """Return a text by its SHA-256: a profile in canonical form by its content hash, a file, a catalogue."""
        texts = tables().texts
        with self.database.reading() as connection:
            found = connection.execute(texts.select().where(texts.c.digest == digest)).mappings().first()
        return None if found is None else str(found["text"])

    def keys_of(self, seq: int) -> dict[str, str]:
        """Return the keys of a row's personal values that are left, by their pointers."""
        personal = tables().personal
        with self.database.reading() as connection:
            found = connection.execute(personal.select().where(personal.c.seq == seq)).mappings().all()
        return {str(one["path"]): str(one["key"]) for one in found}

    def keeps(self, digest: str) -> bool:
        """Say whether a text is kept; once it is, the database is not asked again."""
        if digest not in self._kept and self.text(digest) is not None:
            self._kept.add(digest)
        return digest in self._kept


def _purgeable(connection: Any, what: Iterable[Purgeable]) -> dict[int, list[str]]:
    """Return the pointers of personal values that are there and are to go, by row."""
    personal = tables().personal
    found: dict[int, list[str]] = {}
    wanted: dict[int, set[str] | None] = {}
    for one in what:
        seq, only = (one, None) if isinstance(one, int) else (one[0], set(one[1]))
        before = wanted.get(seq, set())
        wanted[seq] = None if only is None or before is None else before | only
    numbers = sorted(wanted)
    for start in range(0, len(numbers), AT_ONCE):
        there = personal.select().where(personal.c.seq.in_(numbers[start : start + AT_ONCE]))
        for row in connection.execute(there.with_only_columns(personal.c.seq, personal.c.path)):
            only = wanted[row.seq]
            if only is None or row.path in only:
                found.setdefault(int(row.seq), []).append(str(row.path))
    return found


def _begin(database: Database, clock: Clock) -> None:
    """Write the first row of a new ledger, which fixes its name and its secret; nothing where there is one."""
    known = tables()
    with database.writing() as connection:
        if head_of(connection)[0] or connection.execute(known.meta.select()).first() is not None:
            return
        name, secret = secrets.token_hex(16), secrets.token_hex(32)
        connection.execute(
            known.meta.insert(), [{"name": "ledger", "value": name}, {"name": "secret", "value": secret}]
        )
        body = canonical({"format": 1, "ledger": name, "secret": sha256(secret)})
        columns = {
            "kind": Kind.OPENED.value,
            "happened": stamp(clock()),
            "departments": "[]",
            "case_id": None,
            "revision": None,
            "body": body,
            "commitments": "{}",
        }
        writer = Writer(connection, clock)
        writer.add(Prepared(columns, [], {}, None))
        writer.flush()


def _one_of(words: type[Kind] | type[Sort], word: str) -> str:
    if word.__class__ is not words and word not in list(words):
        raise LedgerRowError("a row has a kind, and each personal value a sort, of those there are")
    return str(word)


def _counts(revision: object) -> bool:
    return isinstance(revision, int) and 1 <= revision < 2**62


def _is_key(text: object) -> bool:
    try:
        return isinstance(text, str) and len(bytes.fromhex(text)) == 32
    except ValueError:
        return False
