"""How many rows a second a ledger takes, with and without group commit, beside a bare insert in the same run.

The clock on the wall counts here, since a durable write waits for the disk; the processor's time stands beside it.
"""

from __future__ import annotations

import datetime as dt
import importlib
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.timing import in_turn, say, table

from alpr_policy import PolicyDecisionPoint
from alpr_policy_adapters.ledger import (
    GroupCommitter,
    Kind,
    Ledger,
    NewRow,
    PersonalValue,
    Sort,
    decision_row,
    recording,
    verify,
    words_in,
)

AT = dt.datetime(2026, 5, 4, 14, 0, tzinfo=dt.UTC)
ROWS, ROUNDS, THREADS, BATCH = 400, 5, 16, 100
REQUEST = {
    "action": "search.run",
    "at": "2026-05-04T10:00:00-04:00",
    "departments": ["cambridge"],
    "facts": {"purpose": "criminal_investigation", "requester.id": "officer-7", "plate.number": "4KAN123"},
}
Contender = Callable[[Path], None]


def small(number: int) -> NewRow:
    """Return a row about a duty, with one personal value."""
    by = PersonalValue(f"officer-{number % 50}", Sort.PERSON)
    return NewRow(kind=Kind.DUTY, happened=AT, body={"task": "audit", "number": number}, personal={"/by": by})


def bare(path: Path, batch: int = 1) -> None:
    """Insert rows of about the same size into a table of their own, as durably, with nothing around it."""
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE rows (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        text = "x" * 700
        for start in range(0, ROWS, batch):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO rows VALUES (?, ?)", [(start + one, text) for one in range(batch)])
            connection.execute("COMMIT")


def alone(path: Path, make: Callable[[int], NewRow] = small, batch: int = 1) -> None:
    """Append rows from one thread, each call waiting for the disk."""
    ledger = Ledger.open(str(path))
    for start in range(0, ROWS, batch):
        ledger.append([make(start + one) for one in range(batch)])
    ledger.close()


def together(path: Path, make: Callable[[int], NewRow] = small) -> None:
    """Append rows from several threads, whose calls share transactions."""
    ledger = Ledger.open(str(path))
    group = GroupCommitter(ledger)

    def work() -> None:
        for number in range(ROWS // THREADS):
            group.append([make(number)])

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.close()


def _took(contender: Contender, clock: dict[str, list[float]], name: str) -> float:
    """Return the seconds on the wall; the ledger is made before, and the processor's seconds go to `clock`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        if not name.startswith("bare"):
            Ledger.open(str(path), create=True).close()
        start, busy = time.perf_counter(), time.process_time()
        contender(path)
        clock.setdefault(name, []).append(time.process_time() - busy)
        return time.perf_counter() - start


def _deciding(point: PolicyDecisionPoint, group: bool) -> Contender:
    def work(path: Path) -> None:
        ledger = Ledger.open(str(path))
        record = recording(point, GroupCommitter(ledger) if group else ledger, clock=lambda: AT)
        for _ in range(ROWS):
            record(REQUEST)
        ledger.close()

    return work


def _verifying(point: PolicyDecisionPoint) -> float:
    """Return how many rows a second of processor time are verified."""
    words = words_in(point.catalog)
    row = decision_row(_request(), point.decide(REQUEST), words=words, texts=None, now=AT)
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger.open(str(Path(folder) / "ledger.db"), create=True)
        for _ in range(20):
            ledger.append([row] * 250)
        start = time.process_time()
        size = verify(ledger).size
        took = time.process_time() - start
        ledger.close()
    return size / took


def _request() -> Any:
    from alpr_policy import read_request

    return read_request(REQUEST)


def run(point: PolicyDecisionPoint) -> dict[str, Any]:
    """Measure, print, and return the figures."""
    try:
        importlib.import_module("sqlalchemy")
    except ImportError:
        say("ledger: SQLAlchemy is not installed (pip install 'alpr-policy[ledger]')")
        return {}
    contenders: dict[str, Contender] = {
        "bare insert, one a transaction": bare,
        f"bare insert, {BATCH} a transaction": lambda path: bare(path, BATCH),
        "ledger, one thread, one row a call": alone,
        f"ledger, one thread, {BATCH} rows a call": lambda path: alone(path, batch=BATCH),
        f"ledger, group commit, {THREADS} threads, one row a call": together,
        "decide and record, one thread": _deciding(point, group=False),
    }
    clock: dict[str, list[float]] = {}
    named = {name: (name, work) for name, work in contenders.items()}
    taken = in_turn(named, ROUNDS, lambda one: _took(one[1], clock, one[0]))
    wall = {name: ROWS / statistics.median(found) for name, found in taken.items()}
    busy = {name: 1e6 * statistics.median(found) / ROWS for name, found in clock.items()}
    verified = _verifying(point)
    table(
        f"Ledger: rows a second on the wall, SQLite with full synchronisation, medians of {ROUNDS} rounds of {ROWS}",
        ("", "rows a second", "processor µs a row"),
        [(name, wall[name], busy[name]) for name in contenders],
        [f"verify: {verified:,.0f} rows of decisions a second of processor time"],
    )
    return {"rows a second": wall, "processor µs": busy, "verified a second": verified}
