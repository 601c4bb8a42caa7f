"""Reading audit logs: whatever the bytes, every row is accounted for and none is guessed."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.test_logs import PORTAL, imported, row, write

from alpr_policy_adapters.logs import LogError, LogLimits
from alpr_policy_adapters.logs.rows import Fault
from alpr_policy_adapters.logs.tables import records

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12).map(str.lstrip)


TABLES = st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8))


@given(TABLES)
def test_what_a_writer_of_csv_wrote_is_read_back(table: list[list[str]]) -> None:
    """Every table that a writer of CSV wrote is read back cell by cell, rows of blanks aside."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(table)
    found = list(records(io.BytesIO(out.getvalue().encode()), "t", LogLimits()))  # type: ignore[arg-type]  # bytes in memory do

    assert [cells for cells in table if any(map(str.strip, cells))] == [cells for _, cells in found]


@given(st.binary(max_size=300))
def test_any_bytes_end_in_rows_or_faults(data: bytes) -> None:
    """Whatever the bytes of a table, reading ends in records at lines of their own, or in one refusal of the file."""
    try:
        found = list(records(io.BytesIO(data), "t", LogLimits(max_cell_lines=3)))  # type: ignore[arg-type]  # bytes in memory do
    except LogError:
        return
    lines = [line for line, _ in found]

    assert sorted(set(lines)) == lines
    assert all(isinstance(cells, list | Fault) for _, cells in found)


REASONS = st.sampled_from(["theft", "", "***", "a [redacted]", "x" * 2_500])
DRAWN = st.tuples(st.integers(1, 5), REASONS, st.integers(0, 2), st.sampled_from(["u1", "***"]))
BROKEN = st.sampled_from(["p-9,u\n", "p-9,u,never,4,x\n", '"\n', PORTAL])


@given(st.lists(st.lists(DRAWN.map(lambda d: row(d[0], d[1], hour=d[2], user=d[3])) | BROKEN, max_size=6), max_size=3))
def test_every_row_is_accounted_for(tmp_path_factory: pytest.TempPathFactory, files: list[list[str]]) -> None:
    """Each row of a log is a request, a duplicate, unreadable or no act; read once more it is no further request."""
    folder = tmp_path_factory.mktemp("logs")
    paths = [write(folder, PORTAL + "".join(lines), f"{n}.csv") for n, lines in enumerate(files)]
    rows, found = imported(*paths)
    again, _ = imported(*paths, *paths)
    report = found.report

    assert report.rows == report.requests + report.duplicates + report.unreadable + report.other
    assert len(rows) == report.requests == len(again)
    assert [dict(one.request) for one in rows] == [dict(one.request) for one in again]
    assert all("unknown" not in map(str, one.request["facts"].values()) for one in rows)
