"""Reading rows: by number, kind, department, period, case, person or plate."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from alpr_policy.model.values import printable
from alpr_policy_adapters.ledger.canonical import search_key
from alpr_policy_adapters.ledger.errors import LedgerDamagedError
from alpr_policy_adapters.ledger.rows import Kind, PersonalValue, Purged, Row, Sort, moment_of, stamp
from alpr_policy_adapters.ledger.tables import tables

CHUNK = 500
"""Rows that are fetched, with what stands beside them, at a time."""
NEWEST_CHUNK = 100
"""The same where the newest come first: then somebody looks at a few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows are wanted; what is None does not matter.

    `since` and `until` are instants between which it happened, both included. `case` is the name of a case of this
    program, or a case number among the personal values; `case_heads` wants the row of the last step of each case.
    Person, plate and case number are found by their search keys, as long as they are not purged. `steps_of` wants the
    steps of one case of this program and nothing else, which is quick however long the ledger is. `act` and `outcome`
    are those of the decision in a row. `among` wants the rows of any of these departments, and those of none.
    """

    kinds: frozenset[Kind] | None = None
    department: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    person: str | None = None
    plate: str | None = None
    case: str | None = None
    steps_of: str | None = None
    case_heads: bool = False
    act: str | None = None
    outcome: str | None = None
    among: frozenset[str] | None = None
    first: int = 1
    last: int | None = None
    newest_first: bool = False


def found_rows(connection: Any, wanted: Wanted, secret: str) -> Iterator[Row]:
    """Yield the rows that are wanted, in order; raises LedgerDamagedError for one that cannot be read."""
    import sqlalchemy as sa

    rows = tables().rows
    seq, conditions = rows.c.seq, _conditions(wanted, secret)
    order, size = (seq.desc(), NEWEST_CHUNK) if wanted.newest_first else (seq, CHUNK)
    beyond = seq >= wanted.first
    while True:
        chosen = sa.select(rows).where(beyond, *conditions).order_by(order).limit(size)
        chunk = connection.execute(chosen).mappings().all()
        if not chunk:
            return
        yield from (row for row in _with_what_stands_beside(connection, chunk) if _is_of(row, wanted))
        edge = int(chunk[-1]["seq"])
        beyond = sa.and_(seq >= wanted.first, seq < edge) if wanted.newest_first else seq > edge


def _is_of(row: Row, wanted: Wanted) -> bool:
    """Say whether a row holds a decision on the act and with the outcome that are wanted."""
    if wanted.act is None and wanted.outcome is None:
        return True
    decision = row.body.get("decision")
    if not isinstance(decision, Mapping):
        return False
    told = (("action", wanted.act), ("outcome", wanted.outcome))
    return all(value is None or decision.get(name) == value for name, value in told)


def _conditions(wanted: Wanted, secret: str) -> list[Any]:
    import sqlalchemy as sa

    rows, personal = tables().rows, tables().personal

    def holds(sort: Sort, value: str) -> Any:
        key = search_key(secret, sort, value)
        return rows.c.seq.in_(sa.select(personal.c.seq).where(personal.c.search == key))

    found: list[Any] = []
    if wanted.last is not None:
        found.append(rows.c.seq <= wanted.last)
    if wanted.case_heads:
        found.append(rows.c.seq.in_(sa.select(tables().case_heads.c.seq)))
    if wanted.kinds is not None:
        found.append(rows.c.kind.in_(sorted(kind.value for kind in wanted.kinds)))
    if wanted.department is not None:
        named = json.dumps(wanted.department)
        found.append(rows.c.departments.contains(named, autoescape=True))
    if wanted.among is not None:
        own = (rows.c.departments.contains(json.dumps(one), autoescape=True) for one in sorted(wanted.among))
        found.append(sa.or_(rows.c.departments == "[]", *own))
    for name, value in (("action", wanted.act), ("outcome", wanted.outcome)):
        if value is not None:  # the text of a body is canonical; whose part it is shows once it is read
            found.append(rows.c.body.contains(f'"{name}":{json.dumps(value)}', autoescape=True))
    if wanted.since is not None:
        found.append(rows.c.happened >= stamp(wanted.since))
    if wanted.until is not None:
        found.append(rows.c.happened <= stamp(wanted.until))
    if wanted.person is not None:
        found.append(holds(Sort.PERSON, wanted.person))
    if wanted.plate is not None:
        found.append(holds(Sort.PLATE, wanted.plate))
    if wanted.steps_of is not None:
        found.append(rows.c.case_id == printable(wanted.steps_of))
    if wanted.case is not None:
        found.append(sa.or_(rows.c.case_id == printable(wanted.case), holds(Sort.CASE, wanted.case)))
    return found


def _with_what_stands_beside(connection: Any, chunk: list[Mapping[str, Any]]) -> Iterator[Row]:
    numbers = [row["seq"] for row in chunk]
    personal, marks = (_beside(connection, table, numbers) for table in (tables().personal, tables().purged))
    clauses = _clauses(connection, {int(mark["by_row"]) for several in marks.values() for mark in several})
    for row in chunk:
        seq = row["seq"]
        try:
            yield read_row(row, personal.get(seq, []), marks.get(seq, []), clauses)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise LedgerDamagedError(int(seq), type(error).__name__) from error


def _beside(connection: Any, table: Any, numbers: list[int]) -> dict[int, list[Mapping[str, Any]]]:
    between = table.select().where(table.c.seq.in_(numbers)).order_by(table.c.seq, table.c.path)
    found = connection.execute(between).mappings().all()
    return {seq: list(several) for seq, several in groupby(found, key=lambda one: one["seq"])}


def _clauses(connection: Any, numbers: set[int]) -> dict[int, tuple[str, ...]]:
    """Return the clauses that purges rest on, by the row that tells of the purge."""
    rows = tables().rows
    found: dict[int, tuple[str, ...]] = {}
    for seq, body in connection.execute(
        rows.select().with_only_columns(rows.c.seq, rows.c.body).where(rows.c.seq.in_(numbers))
    ):
        try:
            found[seq] = tuple(str(one) for one in json.loads(body)["cite"])
        except (ValueError, TypeError, KeyError):
            continue
    return found


def read_row(
    row: Mapping[str, Any],
    personal: list[Mapping[str, Any]],
    marks: list[Mapping[str, Any]],
    clauses: Mapping[int, tuple[str, ...]],
) -> Row:
    """Make a row of what the tables hold; raises ValueError, TypeError or KeyError for what no ledger wrote."""
    commitments = {path: (str(sort), str(held)) for path, (sort, held) in json.loads(row["commitments"]).items()}
    return Row(
        seq=int(row["seq"]),
        kind=Kind(row["kind"]),
        happened=moment_of(row["happened"]),
        written=moment_of(row["written"]),
        departments=tuple(json.loads(row["departments"])),
        case=None if row["case_id"] is None else (row["case_id"], int(row["revision"])),
        body=json.loads(row["body"]),
        commitments=commitments,
        previous=row["previous"],
        hash=row["hash"],
        personal={
            one["path"]: PersonalValue(json.loads(one["value"]), Sort(commitments[one["path"]][0])) for one in personal
        },
        purged={one["path"]: Purged(by_row=one["by_row"], cite=clauses.get(one["by_row"], ())) for one in marks},
    )
