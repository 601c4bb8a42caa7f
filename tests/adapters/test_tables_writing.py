"""Logs become tables of acts: typed, numbered, whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import run

from alpr_policy.reading.requests import read_request
from alpr_policy.vocabulary import VOCABULARY, FactKind
from alpr_policy_adapters.logs import LogImport
from alpr_policy_adapters.tables.encoding import row_of
from alpr_policy_adapters.tables.files import TableError
from alpr_policy_adapters.tables.rows import request_of
from alpr_policy_adapters.tables.writing import ActWriter

duckdb = pytest.importorskip("duckdb")
SETS = {name for name, fact in VOCABULARY.facts.items() if fact.kind is FactKind.SET}
HEAD = "id,userId,searchDate,networkCount,reason,caseNumber\n"
LINES = (
    '1,u-1,"3/9/2026, 1:05:00 AM UTC",12,theft,26-1\n'
    '2,u-2,"3/9/2026, 2:05:00 AM UTC",,***,\n'
    '3,u-1,"3/10/2026, 2:05:00 AM UTC",7,,26-2\n'
)


def table(path: Path) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Return the columns of a Parquet file with their types, and its rows."""
    found = duckdb.connect().execute(f"SELECT * FROM read_parquet('{path}') ORDER BY row")
    names = [one[0] for one in found.description]
    return {one[0]: str(one[1]) for one in found.description}, [
        dict(zip(names, r, strict=True)) for r in found.fetchall()
    ]


def test_a_log_becomes_a_table(tmp_path: Path) -> None:
    """Each request of a log is a row that is decided as the request, with its place, and unknown cells are null."""
    log, out, requests = tmp_path / "march.csv", tmp_path / "acts.parquet", tmp_path / "requests.jsonl"
    log.write_text(HEAD + LINES, encoding="utf-8")
    run("log", "read", str(log), "--table", str(out), "--requests", str(requests), "--fact", "search.networks")
    kinds, rows = table(out)

    assert (["march.csv:2", "march.csv:3", "march.csv:4"], [0, 1, 2]) == (
        [r["id"] for r in rows],
        [r["row"] for r in rows],
    )
    assert dt.datetime(2026, 3, 9, 1, 5) == rows[0]["at"]
    assert (12, None, 7) == tuple(row["search.networks"] for row in rows)
    assert ("case.number", "reason.recorded reason.text") == (rows[1]["none"], rows[1]["withheld"])
    assert ("BIGINT", "TIMESTAMP", "BOOLEAN") == (kinds["row"], kinds["at"], kinds["reason.recorded"])
    for row, line in zip(rows, requests.read_text(encoding="utf-8").splitlines(), strict=True):
        facts = {n: v for n, v in json.loads(line)["facts"].items() if v != "unknown"}
        assert facts == request_of(row, SETS)["facts"]
    assert 0o600 == out.stat().st_mode & 0o777


def test_an_agency_and_a_unit_are_columns(tmp_path: Path) -> None:
    """Where a mapping tells organisation and unit, they are columns by which to count."""
    mapping, log, out = tmp_path / "m.yaml", tmp_path / "log.jsonl", tmp_path / "acts.parquet"
    mapping.write_text(
        "log: 1\nid: own\nformat: jsonl\naction: search.run\nat: {column: at}\n"
        "facts: {search.organisation: {column: agency}, search.unit: {column: unit}, requester.id: {column: who}}\n",
        encoding="utf-8",
    )
    line = {"at": "2026-05-04T10:00:00Z", "agency": "town", "unit": "traffic", "who": "u-1"}
    log.write_text(json.dumps(line) + "\n" + json.dumps({**line, "agency": "withheld"}) + "\n", encoding="utf-8")
    run("log", "read", str(log), "--mapping", str(mapping), "--table", str(out))
    _, rows = table(out)

    assert [("town", "traffic"), (None, "traffic")] == [(row["agency"], row["unit"]) for row in rows]


def test_batches_make_no_difference(tmp_path: Path) -> None:
    """However many batches a table is written in, its rows are the same, and a column may begin in a later one."""
    rows: list[dict[str, Any]] = [
        {"action": "search.run", "at": dt.datetime(2026, 1, 1 + number % 28), "purpose": "audit"}
        for number in range(25)
    ]
    rows[20]["case.number"] = "26-1"
    rows[3]["requester.trained_on"] = dt.date(2025, 1, 1)
    for batch in (3, 1000):
        with ActWriter(tmp_path / f"{batch}.parquet", batch=batch) as out:
            for row in rows:
                out.add(row)

    assert table(tmp_path / "3.parquet") == table(tmp_path / "1000.parquet")
    assert "DATE" == table(tmp_path / "3.parquet")[0]["requester.trained_on"]


def test_days_and_instants_in_one_column_are_text(tmp_path: Path) -> None:
    """A column of instants and bare dates keeps both, as texts that a request can hold."""
    with ActWriter(tmp_path / "acts.parquet") as out:
        for moment in ("2026-01-02", "2026-01-02T03:04:05.006Z"):
            out.add(
                row_of({"action": "search.run", "at": "2026-05-04T10:00:00Z", "facts": {"record.captured": moment}})
            )
    rows = table(tmp_path / "acts.parquet")[1]

    assert ["2026-01-02", "2026-01-02T03:04:05.006000Z"] == [row["record.captured"] for row in rows]
    assert not read_request(request_of(rows[1], SETS)).faults


def test_a_fact_of_ones_own_has_one_sort_of_value(tmp_path: Path) -> None:
    """The first row that knows a fact of nobody's vocabulary says what it is; other values are unknown."""
    with ActWriter(tmp_path / "acts.parquet", batch=1) as out:
        for value in (7, "many", True, 8):
            out.add(row_of({"action": "search.run", "at": "2026-05-04T10:00:00Z", "facts": {"search.reach": value}}))

    assert [7, None, None, 8] == [row["search.reach"] for row in table(tmp_path / "acts.parquet")[1]]


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    """Where reading breaks off, neither a table nor anything beside it is there, and an older one stays."""
    target = tmp_path / "acts.parquet"
    target.write_text("older", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), ActWriter(target, batch=1) as out:
        out.add({"action": "search.run"})
        raise KeyboardInterrupt

    assert ([target], "older") == (list(tmp_path.iterdir()), target.read_text(encoding="utf-8"))


def test_a_table_without_rows_can_be_read(tmp_path: Path) -> None:
    """A log without a request becomes a table without rows that has the columns of every table."""
    with ActWriter(tmp_path / "acts.parquet"):
        pass

    assert ({"row": "BIGINT", "at": "TIMESTAMP", "action": "VARCHAR"}, []) == table(tmp_path / "acts.parquet")


def test_what_no_row_tells_is_a_column_all_the_same(tmp_path: Path) -> None:
    """Where no row has a time or an act these columns are there, and null."""
    with ActWriter(tmp_path / "acts.parquet") as out:
        out.add({"purpose": "audit"})

    assert [{"row": 0, "at": None, "action": None, "purpose": "audit"}] == table(tmp_path / "acts.parquet")[1]


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    """What is no file cannot be written to."""
    with pytest.raises(TableError):
        ActWriter(tmp_path)


def test_text_of_all_kinds_comes_back(tmp_path: Path) -> None:
    """Line ends, quotes, signs beyond the usual and half characters do no harm, and what can be kept is kept."""
    texts = ["a\nb", "\"'\\", "naïve ✓ 车", "\ud800", "\x00", "", "null", "NaN", "x" * 2_001]
    with ActWriter(tmp_path / "acts.parquet") as out:
        for text in texts:
            out.add(row_of({"action": "search.run", "at": "2026-05-04T10:00:00Z", "facts": {"reason.text": text}}))
    found = [row.get("reason.text") for row in table(tmp_path / "acts.parquet")[1]]

    assert ["a\nb", "\"'\\", "naïve ✓ 车", None, "\x00", "", "null", "NaN", None] == found


def test_our_own_ledger_becomes_a_table(tmp_path: Path) -> None:
    """A decision of a ledger's export is a row, with its records."""
    approval = {"topic": "search.run", "decision": "granted", "by": "chief-1", "at": "2026-05-04T09:00:00+00:00"}
    request = {
        "action": "search.run",
        "at": "2026-05-04T10:00:00+00:00",
        "departments": ["leicester"],
        "facts": {"purpose": "audit", "requester.id": "officer-7"},
        "approvals": [approval],
    }
    lines = [{"form": "alpr-policy ledger export 1"}, {"kind": "decision", "hash": "h1", "body": {"request": request}}]
    log = tmp_path / "ledger.jsonl"
    log.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    found = LogImport()
    row = row_of(next(iter(found.rows([log]))).request)

    assert ("audit", dt.datetime(2026, 5, 4, 9)) == (row["purpose"], row["approvals.last"])
    assert '[{"by":"@1","decision":"granted","earlier":0,"topic":"search.run"}]' == row["approvals"]
