"""Frames of a notebook come back with answers, as frames of the same kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.laws.replay_kit import drawn_rows, written

from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.replay_gists import gist_of
from alpr_policy_adapters.tables.files import TableError
from alpr_policy_adapters.tables.frames import compared, decided, replay_frame
from alpr_policy_adapters.tables.rows import request_of

COUNT = 60
POINT = PolicyDecisionPoint.load()
SETS = frozenset(
    name
    for profile in ("cambridge", "leicester")
    for name, fact in POINT.ruleset(POINT.catalog.latest(profile)).vocabulary.facts.items()
    if fact.kind.value == "set"
)


def expected(*texts: str) -> dict[int, tuple[str, ...]]:
    """Return the outcomes of each row under some texts, decided one by one."""
    rows = drawn_rows("cambridge", 3, COUNT)
    requests = [request_of(row, SETS) for row in rows]
    return {
        n: tuple(gist_of(POINT.decide(request, as_if=(text,))).outcome.value for text in texts)
        for n, request in enumerate(requests)
    }


def table(tmp_path: Path) -> Path:
    """Write the rows."""
    return written(tmp_path / "acts.parquet", drawn_rows("cambridge", 3, COUNT))


def test_polars_goes_in_and_comes_out(tmp_path: Path) -> None:
    """A data frame of Polars gives a data frame, a lazy one a lazy one, with each row's outcome."""
    pl = pytest.importorskip("polars")
    frame = pl.read_parquet(table(tmp_path))
    found = decided(frame, "cambridge", as_if=True, point=POINT)
    both = compared(frame.lazy(), "cambridge", "leicester", as_if=True, point=POINT)

    assert pl.DataFrame is type(found)
    assert {n: (one,) for n, one in found.select("row", "outcome").rows()} == expected("cambridge")
    assert pl.LazyFrame is type(both)
    rows = both.select("row", "before_outcome", "after_outcome").collect().rows()
    assert {n: (one, other) for n, one, other in rows} == expected("cambridge", "leicester")


def test_duckdb_goes_in_and_comes_out(tmp_path: Path) -> None:
    """A relation of DuckDB gives a relation of its own connection; with `flips_only` the rows that differ."""
    duckdb = pytest.importorskip("duckdb")
    con = duckdb.connect()
    relation = con.sql(f"SELECT * FROM '{table(tmp_path)}'")
    found = compared(relation, "cambridge", "leicester", as_if=True, flips_only=True, point=POINT, connection=con)
    wanted = {n: pair for n, pair in expected("cambridge", "leicester").items() if pair[0] != pair[1]}

    assert duckdb.DuckDBPyRelation is type(found)
    assert wanted == {n: (a, b) for n, a, b in found.select("row", "before_outcome", "after_outcome").fetchall()}
    again = replay_frame(relation, "cambridge", "leicester", as_if=True, point=POINT, connection=con)
    assert len(wanted) == sum(c.rows for c in again.cells if _outcome(again, c.before) != _outcome(again, c.after))


def _outcome(result: Any, number: int) -> str:
    return str(result.gists[number].outcome)


def test_nothing_that_differs_is_no_rows(tmp_path: Path) -> None:
    """Where no outcome differs, a frame without rows comes back."""
    pl = pytest.importorskip("polars")
    frame = pl.read_parquet(table(tmp_path))

    assert 0 == compared(frame, "cambridge", "cambridge", as_if=True, flips_only=True, point=POINT).height


def test_what_is_no_frame_is_refused() -> None:
    """A list is no frame, and that is said."""
    with pytest.raises(TableError, match="`list` is no frame"):
        decided([1], "cambridge", point=POINT)
