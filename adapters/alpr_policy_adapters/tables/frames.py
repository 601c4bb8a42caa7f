"""Decides and compares the acts of a frame that a notebook has, and returns a frame of the same kind.

A frame of pandas, Polars, DuckDB or Spark goes in and comes back with its rows' answers; everything that takes Narwhals
frames takes what comes out. Columns are those of a table of acts (docs/replay.md).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.replay import Replay, ReplayOptions
from alpr_policy.questions.replay_result import ReplayResult
from alpr_policy.questions.replay_sides import ReplaySide
from alpr_policy_adapters.tables.duckdb_engine import DuckDBEngine
from alpr_policy_adapters.tables.files import TableError
from alpr_policy_adapters.tables.parts import renamed, required
from alpr_policy_adapters.tables.polars_engine import PolarsEngine
from alpr_policy_adapters.tables.spark_engine import SparkEngine

Native = Any
KNOWN = "give a frame of pandas, Polars, DuckDB or Spark"


def decided(
    frame: Native, text: str, *, as_if: bool = False, point: PolicyDecisionPoint | None = None, connection: Any = None
) -> Native:
    """Return the rows of a frame with `outcome`, `rules` and `needs` under a text: `NAME`, `NAME@DATE` or a file.

    Without `as_if` each row is judged under the version in force at its `at`. A row without `at` or `action` is left
    out. `connection` is the DuckDB connection of a relation, where it is not the default one. Raises ReplayError,
    TableError, TextError, UnknownProfileError, ProfileError, MissingExtraError.
    """
    with _replayed(frame, (text, text), as_if, point, connection) as (run, engine, back):
        rows = run.answers()
        told = {f"before_{part}": part for part in ("outcome", "rules", "needs")}
        kept = ["row", "at", "action", *run.columns.dims, *told]
        return back(engine, None if rows is None else rows.select(*kept).rename(told))


def compared(
    frame: Native,
    baseline: str,
    proposed: str,
    *,
    as_if: bool = False,
    flips_only: bool = False,
    point: PolicyDecisionPoint | None = None,
    connection: Any = None,
) -> Native:
    """Return the rows of a frame with the answers under both texts, in columns `before_…` and `after_…`.

    With `flips_only` only those whose outcome differs. The rest is as for `decided`.
    """
    with _replayed(frame, (baseline, proposed), as_if, point, connection) as (run, engine, back):
        return back(engine, run.flips() if flips_only else run.answers())


def replay_frame(
    frame: Native,
    baseline: str,
    proposed: str,
    *,
    as_if: bool = False,
    point: PolicyDecisionPoint | None = None,
    options: ReplayOptions | None = None,
    connection: Any = None,
) -> ReplayResult:
    """Return what a replay of a frame counts. The rest is as for `decided`."""
    engine, opened, _ = _opened(frame, connection)
    pdp = point or PolicyDecisionPoint.load()
    before, after = (ReplaySide.of(pdp, word, as_if=as_if) for word in (baseline, proposed))
    return Replay(opened, engine, before, after, options or ReplayOptions()).run()


@contextlib.contextmanager
def _replayed(
    frame: Native, texts: tuple[str, str], as_if: bool, point: PolicyDecisionPoint | None, connection: Any
) -> Iterator[tuple[Replay, Any, Any]]:
    engine, opened, back = _opened(frame, connection)
    pdp = point or PolicyDecisionPoint.load()
    before, after = (ReplaySide.of(pdp, word, as_if=as_if) for word in texts)
    run = Replay(opened, engine, before, after, ReplayOptions(checked=0, shown=0))
    run.run()
    yield run, engine, back


def _opened(frame: Native, connection: Any) -> tuple[Any, Any, Any]:
    """Return the engine for a frame, the frame as it takes it, and how rows are given back."""
    (nw,) = required("narwhals")
    try:
        wrapped = nw.from_native(frame)
    except TypeError:
        told = f"`{type(frame).__name__}` is no frame that can be replayed"
        raise TableError([Diagnostic("table-format", told, help=KNOWN)]) from None
    kind = wrapped.implementation
    if kind.is_polars():
        eager = isinstance(wrapped, nw.DataFrame)
        polars = PolarsEngine()
        return polars, polars.framed(frame), _giver(lambda native: native.collect() if eager else native)
    if kind.is_pyspark():
        spark = SparkEngine(frame.sparkSession)
        return spark, spark.framed(frame), _giver(lambda native: native)
    (duckdb,) = required("duckdb")
    if kind.is_duckdb():
        engine = DuckDBEngine(connection=connection or duckdb.default_connection())
        return engine, engine.framed(frame), _giver(lambda native: native)
    if kind.is_pandas() or kind.is_pyarrow():
        engine = DuckDBEngine()
        relation = engine.connection.from_df(frame) if kind.is_pandas() else engine.connection.from_arrow(frame)
        return engine, engine.framed(relation), _giver(lambda n: n.df() if kind.is_pandas() else n.to_arrow_table())
    told = f"a frame of `{kind}` cannot be replayed"
    raise TableError([Diagnostic("table-format", told, help=KNOWN)])


def _giver(native: Any) -> Any:
    """Return what turns rows into a frame of the caller's kind; of no rows, into one without any."""

    def give(engine: Any, rows: Any) -> Native:
        if rows is None:
            rows = engine.small({"row": []})
        return native(renamed(rows).to_native())

    return give
