"""Small stores for the tests of retention: in memory, as a table, as a folder, as Parquet files."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alpr_policy import PolicyDecisionPoint
from alpr_policy.questions.disposal import StoredRecord, stored
from alpr_policy_adapters.stores.journal import Doomed, Name, Spared, Unfinished

NOW = dt.datetime(2026, 11, 10, 12, tzinfo=dt.UTC)
TABLE = """\
store: 1
id: vendor_reads
kind: sql
url: sqlite:///reads.db
table: reads
key: id
timezone: America/New_York
constants: {data.custodian: vendor}
facts:
  record.captured: {column: captured}
  data.classes: {column: kind, values: {scan: [read, bulk], hit: [read, bulk, alert]}}
  record.case: {column: case_state, null: none}
  record.acted_on: {column: acted}
  record.links: {column: links, split: " ", null: empty}
personal: plate
delete: {rows: true}
"""
KINDS = ("scan", "scan", "scan", "hit")
CASES = (None, "none", "open", "disposed")


def row(number: int, now: dt.datetime = NOW) -> tuple[Any, ...]:
    """Return an invented read, one every five hours back from now, as the columns of the table."""
    captured = (now - dt.timedelta(hours=5 * number)).isoformat()
    return number, captured, KINDS[number % 4], CASES[number % 3], "", number % 5 == 0, f"QX{number:04}"


def table(folder: Path, count: int = 400, now: dt.datetime = NOW, mapping: str = TABLE) -> Path:
    """Make a database with a table of invented reads and return its mapping file."""
    with sqlite3.connect(folder / "reads.db") as con:
        con.execute("create table reads(id integer primary key, captured, kind, case_state, links, acted, plate)")
        con.executemany("insert into reads values (?, ?, ?, ?, ?, ?, ?)", [row(n, now) for n in range(count)])
    con.close()
    return written(folder / "vendor.yaml", mapping)


def written(path: Path, text: str) -> Path:
    """Write a file and return its path."""
    path.write_text(text, encoding="utf-8")
    return path


def keys_in(folder: Path) -> set[str]:
    """Return the keys that are left in the table."""
    con = sqlite3.connect(folder / "reads.db")
    found = {str(key) for (key,) in con.execute("select id from reads")}
    con.close()
    return found


def record(number: int, **facts: Any) -> StoredRecord:
    """Return an invented read of the same layout without a store."""
    _, captured, kind, case, _, acted, _ = row(number)
    classes = ["read", "bulk", "alert"] if kind == "hit" else ["read", "bulk"]
    told = {"record.captured": captured, "data.classes": classes, "record.case": case or "none", "record.links": []}
    return stored(str(number), {"data.custodian": "vendor", "record.acted_on": acted, **told, **facts})


class CrashError(Exception):
    """Stands for the process being killed."""


@dataclass
class Fuse:
    """Lets so many steps pass and then kills at each."""

    left: int = 10**9

    def step(self) -> None:
        """Count a step."""
        self.left -= 1
        if self.left < 0:
            raise CrashError


@dataclass
class Memory:
    """A store in memory; a deletion may be cut off after any record."""

    held: dict[str, StoredRecord]
    fuse: Fuse = field(default_factory=Fuse)
    name: str = "memory"
    batch: int = 500
    marked: set[str] = field(default_factory=set)

    def records(self, batch: int = 500) -> Iterator[StoredRecord]:
        """Yield all."""
        yield from list(self.held.values())

    def fetch(self, keys: Collection[str]) -> Iterator[StoredRecord]:
        """Yield some."""
        yield from [self.held[key] for key in keys if key in self.held]

    def mark(self, keys: Collection[str], purge_id: str | None) -> None:
        """Mark."""
        self.fuse.step()
        self.marked = self.marked | set(keys) if purge_id else self.marked - set(keys)

    def delete(self, keys: Collection[str]) -> None:
        """Delete one by one."""
        for key in keys:
            self.fuse.step()
            self.held.pop(key, None)

    def still_there(self, keys: Collection[str]) -> set[str]:
        """Look."""
        return set(keys) & self.held.keys()


@dataclass
class Notebook:
    """A journal in memory, which a crash may keep from being written."""

    fuse: Fuse = field(default_factory=Fuse)
    lines: list[tuple[str, str, list[Name]]] = field(default_factory=list)

    def begin(self, plan: str, at: str, keys: Collection[Doomed]) -> None:
        """Note in two steps, as a file does."""
        self._note("begin", plan, [(one.store, one.key) for one in keys])
        self._note("begun", plan, [])

    def going(self, plan: str, at: str, keys: Collection[Doomed]) -> None:
        """Note."""
        self._note("going", plan, [(one.store, one.key) for one in keys])

    def deleted(self, plan: str, at: str, keys: Collection[Name]) -> None:
        """Note."""
        self._note("deleted", plan, list(keys))

    def spared(self, plan: str, at: str, keys: Collection[Spared]) -> None:
        """Note."""
        self._note("spared", plan, [(one.store, one.key) for one in keys])

    def done(self, plan: str, at: str) -> None:
        """Note."""
        self._note("done", plan, [])

    def unfinished(self) -> Unfinished | None:
        """Work out what is left."""
        plan, complete, left = "", False, list[Name]()
        for event, of, names in self.lines:
            if event == "begin":
                plan, complete, left = of, False, list(names)
            complete = complete or event == "begun"
            left = [name for name in left if event not in ("deleted", "spared") or name not in names]
            plan = "" if event == "done" else plan
        return Unfinished(plan, tuple(left), complete) if plan else None

    def names(self, event: str) -> list[str]:
        """Return the keys of one kind of line."""
        return [key for kind, _, names in self.lines if kind == event for _, key in names]

    def _note(self, event: str, plan: str, names: list[Name]) -> None:
        self.fuse.step()
        self.lines.append((event, plan, names))


def shipped() -> PolicyDecisionPoint:
    """Return the decision point of the shipped profiles."""
    return PolicyDecisionPoint.load()
