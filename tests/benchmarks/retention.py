"""A million invented reads planned: from memory and from a table, and asked one by one for scale."""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.timing import goal, say, table

from alpr_policy import PolicyDecisionPoint
from alpr_policy.questions.disposal import StoredRecord, weigh
from alpr_policy.questions.disposal_groups import Disposal
from alpr_policy.questions.retention_plan import Survey
from alpr_policy_adapters.stores import open_store
from alpr_policy_adapters.stores.purge import PurgeOrder, select

SIZE, ALONE = 1_000_000, 2_000
GOAL_S = 10.0
AT = dt.datetime(2026, 11, 10, 17, tzinfo=dt.UTC)
DAYS = {"cambridge": 45, "billerica": 45, "leicester": 400, "waltham": 45}
CUSTODIANS = {"cambridge": "vendor", "billerica": "vendor", "leicester": "department", "waltham": "vendor"}
CLOCKS = {"cambridge": "record.captured", "billerica": "record.captured", "leicester": "record.captured",
          "waltham": "record.stored"}  # fmt: skip
CODES = {"scan": ["read", "bulk"], "hit": ["read", "bulk", "alert"], "picture": ["image"]}
MAPPING = """\
store: 1
id: reads
kind: sql
url: sqlite:///reads.db
table: reads
key: id
constants: {data.custodian: %s, data.encrypted: true, record.links: [], record.evidence: none, record.demand: none}
facts:
  %s: {column: captured}
  data.classes: {column: kind, values: {scan: [read, bulk], hit: [read, bulk, alert], picture: [image]}}
  record.case: {column: case_state, null: none}
  record.acted_on: {column: acted}
delete: {rows: true}
"""


def rows(days: int) -> Iterator[tuple[int, str, str, str | None, int]]:
    """Yield invented reads of so many days as the columns of a table, every second of the day among them."""
    draw = random.Random(7)
    for number in range(SIZE):
        captured = AT - dt.timedelta(seconds=draw.randrange(days * 86_400))
        kind = draw.choice(("scan",) * 17 + ("hit",) + ("picture",) * 2)
        yield number, captured.isoformat(), kind, draw.choice((None, "open", "disposed")), draw.randrange(2)


def in_memory(department: str) -> list[StoredRecord]:
    """Return the reads as records whose facts are shared, as a store gives them."""
    shared: dict[Any, dict[str, Any]] = {}
    found: list[StoredRecord] = []
    fixed: dict[str, Any] = {"record.links": [], "record.evidence": "none", "record.demand": "none"}
    fixed |= {"data.custodian": CUSTODIANS[department], "data.encrypted": True}
    for number, captured, kind, case, acted in rows(DAYS[department]):
        facts = shared.setdefault(
            (kind, case, acted),
            {**fixed, "data.classes": CODES[kind], "record.case": case or "none", "record.acted_on": bool(acted)},
        )
        moment = dt.datetime.fromisoformat(captured)
        found.append(StoredRecord(str(number), facts, {CLOCKS[department]: moment}))
    return found


def disposal(pdp: PolicyDecisionPoint, department: str) -> Disposal:
    """Return what plans as of one moment and 400 days ahead."""
    return Disposal(pdp, department, at=AT, until=AT + dt.timedelta(days=400), holds=())


def _memory(pdp: PolicyDecisionPoint, department: str) -> dict[str, float]:
    say(f"retention: {SIZE:,} records of {department} in memory")
    records, of = in_memory(department), disposal(pdp, department)
    survey = Survey(of)
    start = time.process_time()
    survey.add("memory", records)
    plan = survey.plan()
    found = {"plan s": time.process_time() - start, "questions": float(of.asked), "lines": float(len(plan.lines))}
    assert plan.records == SIZE
    start = time.process_time()
    for record in records[:ALONE]:
        weigh(pdp, department, record, (), AT)
    found["one by one s, for a million"] = (time.process_time() - start) / ALONE * SIZE
    return found


def _table(pdp: PolicyDecisionPoint, department: str) -> dict[str, float]:
    say(f"retention: {SIZE:,} rows of {department} in a table of SQLite")
    with tempfile.TemporaryDirectory() as folder:
        con = sqlite3.connect(Path(folder) / "reads.db")
        con.execute("create table reads(id integer primary key, captured, kind, case_state, acted)")
        con.executemany("insert into reads values (?, ?, ?, ?, ?)", rows(DAYS[department]))
        con.commit()
        con.close()
        path = Path(folder) / "store.yaml"
        path.write_text(MAPPING % (CUSTODIANS[department], CLOCKS[department]), encoding="utf-8")
        store = open_store(path)
        start = time.process_time()
        read = sum(1 for _ in store.records())
        found = {"reading alone s": time.process_time() - start}
        survey = Survey(disposal(pdp, department))
        start = time.process_time()
        survey.add(store.name, store.records())
        survey.plan()
        found["read and plan s"] = time.process_time() - start
        order = PurgeOrder(pdp=pdp, department=department, stores=(store,), holds=lambda: (), clock=lambda: AT)
        start = time.process_time()
        doomed = len(select(order).doomed)
        found["read and select what must go s"], found["must go"] = time.process_time() - start, float(doomed)
        assert read == SIZE
    return found


def run(pdp: PolicyDecisionPoint) -> dict[str, Any]:
    """Measure and print; return the figures."""
    figures: dict[str, Any] = {"memory": {name: _memory(pdp, name) for name in ("cambridge", "billerica")}}
    figures["table"] = {name: _table(pdp, name) for name in ("cambridge", "leicester")}
    head = ["in memory", "plan s", "questions", "lines", "one by one s, for a million"]
    table(f"Retention: {SIZE:,} records planned 400 days ahead", head,
          [[name, *(one[key] for key in head[1:])] for name, one in figures["memory"].items()])  # fmt: skip
    head = ["table of SQLite", "reading alone s", "read and plan s", "read and select what must go s", "must go"]
    worst = max(one["read and plan s"] for one in figures["table"].values())
    table("The same from a table", head, [[n, *(one[k] for k in head[1:])] for n, one in figures["table"].items()],
          [goal(f"a million rows are planned within {GOAL_S:.0f} s", worst <= GOAL_S)])  # fmt: skip
    return figures
