"""Spark answers as DuckDB does, whatever the time zone of its session. Runs where PySpark and Java are installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.laws.replay_kit import drawn_rows, engine_of, sides, subject_of, written
from tests.laws.strategies import SHIPPED
from tests.laws.test_replay_thresholds import columns

from alpr_policy.questions.replay import Replay, ReplayOptions
from alpr_policy_adapters.tables.files import act_files
from alpr_policy_adapters.tables.spark_engine import SparkEngine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, which is not installed"),
]


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """Start Spark on this machine alone."""
    sql = pytest.importorskip("pyspark.sql", reason="the extra `spark` is not installed")
    builder = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    found = builder.config("spark.sql.shuffle.partitions", "4").getOrCreate()
    found.sparkContext.setLogLevel("ERROR")
    yield found
    found.stop()


def replayed(engine: Any, file: Path, both: Any, checked: int) -> tuple[Any, list[tuple[Any, ...]]]:
    """Return what a replay counts and the rows it writes."""
    run = Replay(engine.open(act_files([file])), engine, *both, ReplayOptions(checked=checked))
    found = run.run()
    frame = run.answers()
    names = ("row", "before_outcome", "before_rules", "after_needs")
    rows = [] if frame is None else [row for batch in engine.rows(frame.select(*names), 1000) for row in batch]
    return found, sorted(rows)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
@pytest.mark.parametrize(("name", "seed"), [("cambridge", 0), ("model", 1), ("small", 4)])
def test_spark_counts_as_duckdb_does(name: str, seed: int, zone: str, session: Any, tmp_path: Path) -> None:
    """The counts, the answers, the samples and the rows are those of DuckDB, and those of deciding each alone."""
    file = written(tmp_path / "acts.parquet", drawn_rows(name, seed, 400))
    text = subject_of(name, seed).text
    both = sides(text.catalog, text.name, text.name)
    session.conf.set("spark.sql.session.timeZone", zone)
    ours, our_rows = replayed(SparkEngine(session), file, both, 400)
    with engine_of("duckdb") as engine:
        theirs, their_rows = replayed(engine, file, both, 0)

    assert () == ours.mismatches
    assert 400 == ours.checked
    assert (theirs.cells, theirs.gists, theirs.samples) == (ours.cells, ours.gists, ours.samples)
    assert their_rows == our_rows


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
@pytest.mark.parametrize("seed", range(4))
def test_spark_misses_no_threshold(seed: int, zone: str, session: Any, tmp_path: Path) -> None:
    """Columns in every form, near every threshold: each row is answered as if alone."""
    import random

    from alpr_policy.reading.catalog import load_catalog

    pl = pytest.importorskip("polars")
    file = tmp_path / "acts.parquet"
    pl.DataFrame(columns(random.Random(seed))).write_parquet(file)
    catalog = load_catalog([Path(__file__).parent.parent / "cases" / "profiles"])
    session.conf.set("spark.sql.session.timeZone", zone)
    found, _ = replayed(SparkEngine(session), file, sides(catalog, "every_kind", "every_kind"), 400)

    assert () == found.mismatches
    assert found.checked == sum(cell.rows for cell in found.cells)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_the_first_instant_of_a_text_is_that_of_its_zone(zone: str, session: Any, tmp_path: Path) -> None:
    """Rows round the first instant of a text are told apart by it, whatever the zone of the session."""
    import datetime as dt

    catalog = SHIPPED["cambridge"].text.catalog
    first = dt.datetime(2025, 8, 7, 4)
    rows = [{"at": first + minutes * dt.timedelta(minutes=30), "action": "search.run"} for minutes in range(-12, 13)]
    file = written(tmp_path / "acts.parquet", rows)
    session.conf.set("spark.sql.session.timeZone", zone)
    found, _ = replayed(SparkEngine(session), file, sides(catalog, "cambridge", "cambridge", as_if=False), 25)
    in_force = sum(cell.rows for cell in found.cells if found.gists[cell.before].in_force)

    assert () == found.mismatches
    assert 13 == in_force
