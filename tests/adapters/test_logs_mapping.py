"""Logs of any other system by a mapping file, and our own ledger's export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cli_kit import FILES, TOWN, run

from alpr_policy.reading.requests import read_request
from alpr_policy.source import SourceFile
from alpr_policy_adapters.logs import LogError, LogImport, LogOptions, LogRow, log_schema, parse_log_mapping

MAPPING = """
log: 1
id: desk
format: csv
delimiter: semicolon
action_from: {column: what, values: {S: search.run, X: data.export}}
at: {column: when, time: "%d.%m.%Y %H:%M"}
timezone: America/New_York
same: [nr]
withheld: [hidden]
blank: ["-"]
counts: [search.networks]
constants: {requester.agency: own}
facts:
  requester.id: {column: who}
  requester.roles: {column: roles, split: ","}
  reason.text: {column: why, null: none}
  purpose: {column: purpose, values: {CRIM: criminal_investigation}}
  case.state: {column: case, values: {o: open, c: closed}}
  requester.sworn: {column: sworn, values: {"y": true, "n": false}}
  search.networks: {column: nets}
"""
HEADER = "nr;when;what;who;roles;why;purpose;case;sworn;nets\n"
GOOD = "1;04.05.2026 10:00;S;u1;chief,lieutenant;theft;CRIM;o;y;12\n"


def rows_of(mapping: str, *files: Path) -> tuple[list[LogRow], LogImport]:
    """Import files by a mapping."""
    found = LogImport(LogOptions(mapping=parse_log_mapping(SourceFile("m.yaml", mapping))))
    return list(found.rows(files)), found


def write(folder: Path, text: str, name: str = "log.csv") -> Path:
    """Write a file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_become_facts_as_the_mapping_says(tmp_path: Path) -> None:
    """Codes, lists, counts, constants and local times are read as written, and the request has no fault."""
    rows, found = rows_of(MAPPING, write(tmp_path, HEADER + GOOD))
    facts = {
        "requester.agency": "own", "requester.id": "u1", "requester.roles": ["chief", "lieutenant"],
        "reason.text": "theft", "reason.recorded": True, "purpose": "criminal_investigation", "case.state": "open",
        "requester.sworn": True, "search.networks": 12,
    }  # fmt: skip

    assert ("search.run", "2026-05-04T14:00:00+00:00") == (rows[0].request["action"], rows[0].request["at"])
    assert facts == rows[0].request["facts"]
    assert not read_request(dict(rows[0].request)).faults
    assert {} == found.report.faults


@pytest.mark.parametrize(
    ("line", "facts", "status"),
    [
        ("2;04.05.2026 10:00;X;;;;;;;\n", {"reason.text": None, "reason.recorded": False}, "blank"),
        ("2;04.05.2026 10:00;X;-;-;-;-;-;-;-\n", {"reason.text": None, "reason.recorded": False}, "blank"),
        (
            "2;04.05.2026 10:00;X;;;hidden;;;;\n",
            {"reason.text": "withheld", "reason.recorded": "withheld"},
            "withheld",
        ),
        ("2;04.05.2026 10:00;X;;;a ***;;;;\n", {"reason.text": "withheld", "reason.recorded": True}, "partly"),
        ("2;04.05.2026 10:00;X;;;;FUN;x;maybe;few\n", {"reason.text": None, "reason.recorded": False}, "blank"),
    ],
    ids=["empty", "blank by the mapping", "withheld", "partly", "unreadable"],
)
def test_what_is_not_said_is_unknown(line: str, facts: dict[str, Any], status: str, tmp_path: Path) -> None:
    """An empty cell, a mark and a code that nobody knows give no value; each is told apart."""
    rows, found = rows_of(MAPPING, write(tmp_path, HEADER + line))

    assert {"requester.agency": "own", **facts} == rows[0].request["facts"]
    assert status == rows[0].status["reason.text"].value
    assert (4 if "FUN" in line else 0) == sum(one.count for one in found.report.faults.values())


def test_rows_alike_in_the_named_columns_are_one(tmp_path: Path) -> None:
    """`same` says which columns make two rows the same, over all files; an act without a code is counted."""
    other = "3;04.05.2026 11:00;Q;u1;;;;;;\n"
    rows, found = rows_of(MAPPING, write(tmp_path, HEADER + GOOD * 2 + other, "a.csv"), write(tmp_path, HEADER + GOOD))

    assert (1, 2, {"Q": 1}) == (len(rows), found.report.duplicates, dict(found.report.kinds))


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("", "the row has no time"),
        ("hidden", "the time is withheld"),
        ("4 May", "this is no time"),
        ("01.11.2026 01:30", "a local time that the clock shows twice"),
        ("08.03.2026 02:30", "a local time that no clock shows"),
    ],
)
def test_a_row_without_a_time_is_no_request(when: str, told: str, tmp_path: Path) -> None:
    """A row whose time is missing, withheld, unreadable or ambiguous is reported and becomes no request."""
    rows, found = rows_of(MAPPING, write(tmp_path, HEADER + f"2;{when};S;;;;;;;\n"))

    assert ([], [(told, "when")]) == (rows, [(one.message, one.column) for one in found.report.faults.values()])


def test_json_lines_and_parquet_are_read_like_tables(tmp_path: Path) -> None:
    """The same rows as JSON Lines and as Parquet become the same requests, and a bad line costs itself."""
    duckdb = pytest.importorskip("duckdb", reason="needs the extra `replay`")
    mapping = """
log: 1
id: desk
format: jsonl
action: search.run
at: {column: when}
facts: {requester.id: {column: who}, search.networks: {column: nets}, requester.sworn: {column: sworn}}
counts: [search.networks]
"""
    parquet = tmp_path / "log[1].parquet"
    data = [{"when": f"2026-05-04T10:0{n}:00Z", "who": f"u{n}", "nets": n, "sworn": True} for n in range(3)]
    lines = write(tmp_path, "".join(json.dumps(one) + "\n" for one in data) + "{\n[1]\n", "log.jsonl")
    values = ", ".join(str(tuple(one.values())) for one in data)
    table = f'SELECT * FROM (VALUES {values}) t("when", who, nets, sworn)'
    duckdb.sql(f"COPY ({table}) TO '{parquet}' (FORMAT PARQUET)")
    ours, found = rows_of(mapping, lines)
    theirs, _ = rows_of(mapping.replace("jsonl", "parquet"), parquet)

    assert 3 == len(ours)
    assert {"search.networks": 2, "requester.id": "u2", "requester.sworn": True} == ours[2].request["facts"]
    assert [one.request["facts"] for one in ours] == [one.request["facts"] for one in theirs]
    assert [one.request["at"] for one in ours] == [one.request["at"] for one in theirs]
    assert (5, 2) == (found.report.rows, found.report.unreadable)


def test_a_parquet_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """A file that is no Parquet file is one error of that file."""
    pytest.importorskip("duckdb", reason="needs the extra `replay`")
    mapping = (
        "log: 1\nid: d\nformat: parquet\naction: search.run\nat: {column: a}\nfacts: {requester.id: {column: b}}\n"
    )
    _, found = rows_of(mapping, write(tmp_path, "PAR1 or not", "log.parquet"))
    error = found.report.files[0].error

    assert "log-broken" == (error and error.code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("id: desk", "id: desk\naction: search.run"), "log-mapping"),
        (("S: search.run", "S: search.rnu"), "unknown-action"),
        (("America/New_York", "America/Nowhere"), "unknown-timezone"),
        (("case.state", "case.stat"), "unknown-fact"),
        (("constants: {requester.agency: own}", "constants: {requester.agency: ours}"), "store-value"),
        (("requester.sworn", "requester.trained"), "store-derived"),
        (("format: csv", "format: jsonl"), "log-mapping"),
        (("delimiter: semicolon", "header: false"), "log-mapping"),
        (("format: csv", "format: xml"), "bad-choice"),
        (("same: [nr]", "smae: [nr]"), "unknown-key"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_place(change: tuple[str, str], code: str) -> None:
    """Each thing wrong in a mapping has its code and line."""
    with pytest.raises(LogError) as raised:
        parse_log_mapping(SourceFile("m.yaml", MAPPING.replace(*change)))

    assert code in {one.code for one in raised.value.diagnostics}
    assert all(one.span.line > 0 for one in raised.value.diagnostics)


def test_a_missing_column_is_told_with_the_one_meant(tmp_path: Path) -> None:
    """A file that lacks a column of the mapping is refused as a whole."""
    _, found = rows_of(MAPPING, write(tmp_path, HEADER.replace("purpose", "purpos") + GOOD))
    error = found.report.files[0].error

    assert error is not None
    assert ("log-header", "there is no column `purpose`") == (error.code, error.message)
    assert "purpos" in error.help


def test_columns_by_number(tmp_path: Path) -> None:
    """Without a header columns are numbers from 1."""
    mapping = """
log: 1
id: bare
format: csv
header: false
action: search.run
at: {column: "2"}
facts: {requester.id: {column: "1"}}
"""
    rows, found = rows_of(mapping, write(tmp_path, "u1,2026-05-04T10:00:00Z,x\nu2\n"))

    assert ([{"requester.id": "u1"}], 1) == ([one.request["facts"] for one in rows], found.report.unreadable)


def test_the_schema_is_published(golden: Any) -> None:
    """The JSON Schema of a mapping is the one in the manual."""
    golden("../../docs/schema/log-1.json", log_schema())


def test_our_own_ledger_is_read_back(tmp_path: Path) -> None:
    """Exported decisions become the requests that were judged; what was not exported with them is withheld."""
    pytest.importorskip("sqlalchemy", reason="needs the extra `ledger`")
    ledger = str(tmp_path / "ledger.db")
    asked = json.loads((FILES / "search.json").read_text(encoding="utf-8"))
    asked["facts"] = {**asked.get("facts", {}), "requester.id": "u1", "reason.text": "theft", "made.up": 3}
    made = run("ledger", "init", "--ledger", ledger)
    decided = run("decide", "-", *TOWN, "--ledger", ledger, input=json.dumps(asked))
    whole = write(tmp_path, run("ledger", "export", "--ledger", ledger, "--with-personal").stdout, "whole.jsonl")
    bare = write(tmp_path, run("ledger", "export", "--ledger", ledger).stdout, "bare.jsonl")
    found, hidden = LogImport(), LogImport()
    (ours,), (theirs,) = list(found.rows([whole])), list(hidden.rows([bare]))

    assert (0, True) == (made.exit_code, decided.exit_code in (0, 3, 4)), made.output + decided.output
    assert asked["facts"] == ours.request["facts"]
    assert ("withheld", "withheld") == (theirs.request["facts"]["requester.id"], theirs.status["reason.text"].value)
    assert "made.up" not in theirs.request["facts"]
    assert (asked["action"], list(asked["departments"])) == (ours.request["action"], ours.request["departments"])
    assert "alpr_policy_ledger" == found.report.files[0].layout
    assert found.report.rows == found.report.requests + found.report.other


@pytest.mark.parametrize(
    "row",
    [{"kind": "decision"}, [1], {"kind": "decision", "body": {"request": {"action": 1, "at": "x"}}}],
    ids=["no body", "no row", "no act"],
)
def test_a_row_that_is_none_of_a_ledger_is_refused(row: Any, tmp_path: Path) -> None:
    """A line of an export that is no row, or whose act cannot be told, is unreadable and no guess."""
    head = json.dumps({"form": "alpr-policy ledger export 1"})
    found = LogImport()
    rows = list(found.rows([write(tmp_path, f"{head}\n{json.dumps(row)}\n", "x.jsonl")]))

    assert ([], 1) == (rows, found.report.unreadable)
