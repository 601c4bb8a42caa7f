"""Giving rows their places, inside one transaction of the only appender."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from alpr_policy_adapters.ledger.canonical import NOTHING, row_hash
from alpr_policy_adapters.ledger.errors import LedgerConflictError, LedgerError, LedgerOvertakenError
from alpr_policy_adapters.ledger.rows import Receipt, stamp
from alpr_policy_adapters.ledger.tables import tables


@dataclass(frozen=True, slots=True)
class Prepared:
    """A row with all worked out that does not depend on its place in the order."""

    columns: dict[str, Any]
    personal: list[dict[str, Any]]
    texts: dict[str, str]
    case: tuple[str, int] | None
    after: int | None = None


class Writer:
    """Gives rows their places, inside one transaction of the only appender."""

    def __init__(self, connection: Any, clock: Callable[[], dt.datetime]) -> None:
        """Begin after the last row that is there; all rows get the time that `clock` gives now."""
        self.connection = connection
        self.size, self.last = head_of(connection)
        self.written = stamp(clock())
        self.rows: list[dict[str, Any]] = []
        self.personal: list[dict[str, Any]] = []
        self.texts: dict[str, str] = {}
        self.heads: dict[str, tuple[int, int]] = {}
        self.known: dict[str, int] = {}

    def conflict(self, batch: Sequence[Prepared]) -> LedgerError | None:
        """Return what speaks against a batch: a step of a case that is not the next one, or a row overtaken."""
        ahead: dict[str, int] = {}
        for one in batch:
            if one.after is not None and self._overtaken(one.columns["kind"], one.after):
                return LedgerOvertakenError(one.columns["kind"])
            if one.case is None:
                continue
            case, revision = one.case
            if case not in self.known:
                self.known[case] = revision_of(self.connection, case)
            stands = ahead.get(case, self.known[case])
            if revision != stands + 1:
                return LedgerConflictError(case, revision, stands)
            ahead[case] = revision
        self.known |= ahead
        return None

    def _overtaken(self, kind: str, after: int) -> bool:
        """Say whether a row of a kind stands behind a place, in the ledger or among those of this transaction."""
        import sqlalchemy as sa

        rows = tables().rows
        behind = sa.select(rows.c.seq).where(rows.c.kind == kind, rows.c.seq > after).limit(1)
        return any(row["kind"] == kind for row in self.rows) or self.connection.execute(behind).first() is not None

    def add(self, one: Prepared) -> Receipt:
        """Give a row its place."""
        self.size += 1
        row = {**one.columns, "seq": self.size, "written": self.written, "previous": self.last}
        row["hash"] = self.last = row_hash(row)
        self.rows.append(row)
        self.personal += [{"seq": self.size, **held} for held in one.personal]
        self.texts |= one.texts
        if one.case is not None:
            self.heads[one.case[0]] = (one.case[1], self.size)
        return Receipt(self.size, self.last)

    def flush(self) -> None:
        """Hand all of it to the database."""
        known = tables()
        if self.rows:
            self.connection.execute(known.rows.insert(), self.rows)
        if self.personal:
            self.connection.execute(known.personal.insert(), self.personal)
        for digest, text in self.texts.items():
            kept = known.texts.select().where(known.texts.c.digest == digest)
            if self.connection.execute(kept).first() is None:
                self.connection.execute(known.texts.insert(), {"digest": digest, "text": text})
        for case, (revision, seq) in self.heads.items():
            values = {"case_id": case, "revision": revision, "seq": seq}
            heads = known.case_heads
            if self.connection.execute(heads.update().where(heads.c.case_id == case), values).rowcount == 0:
                self.connection.execute(heads.insert(), values)


def head_of(connection: Any) -> tuple[int, str]:
    """Return how many rows there are, and the hash of the last."""
    found = connection.execute(_last_row()).first()
    return (0, NOTHING) if found is None else (int(found[0]), str(found[1]))


@cache
def _last_row() -> Any:
    import sqlalchemy as sa

    rows = tables().rows
    return sa.select(rows.c.seq, rows.c.hash).order_by(rows.c.seq.desc()).limit(1)


def has_steps(connection: Any, after: int) -> bool:
    """Say whether a case took a step behind a place."""
    return connection.execute(_any_step(), {"after": after}).first() is not None


@cache
def _any_step() -> Any:
    import sqlalchemy as sa

    rows = tables().rows
    return sa.select(rows.c.seq).where(rows.c.seq > sa.bindparam("after"), rows.c.case_id.is_not(None)).limit(1)


def revision_of(connection: Any, case: str) -> int:
    """Return the revision at which a case stands."""
    heads = tables().case_heads
    found = connection.execute(heads.select().where(heads.c.case_id == case)).mappings().first()
    return 0 if found is None else int(found["revision"])
