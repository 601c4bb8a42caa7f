"""History that joins work out over a table is what counting act by act gives each request."""

from __future__ import annotations

import datetime as dt
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.laws.test_history import told

from alpr_policy.durations import instant
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Request
from alpr_policy.model.words import words_of
from alpr_policy.questions.history import Act, with_history
from alpr_policy.reading.profiles import parse_profile
from alpr_policy.reading.requests import read_request
from alpr_policy_adapters.tables.encoding import row_of
from alpr_policy_adapters.tables.files import act_files
from alpr_policy_adapters.tables.history import with_counts
from alpr_policy_adapters.tables.rows import request_of
from alpr_policy_adapters.tables.writing import ActWriter

pytest.importorskip("duckdb")
pytest.importorskip("narwhals")
TEXT = """
language: 1
profile: counting
department: Counting Police Department
policy: {title: Plate Readers, number: "1", effective: 2025-01-01}
timezone: America/New_York
silence: allow
facts:
  seen.again: {type: count, of: search.run, same: [plate.number, requester.id], within: 2 days, actions: [search.run]}
  seen.ever: {type: any, of: search.run, same: plate.number, actions: [search.run, data.export]}
  seen.first: {type: first, of: search.run, same: [plate.number, purpose], within: 1 day, actions: [search.run]}
  seen.latest: {type: latest, of: search.run, same: plate.number, within: 1 month, actions: [search.run, data.export]}
  seen.begun: {type: first, of: data.export, same: requester.id, actions: [search.run]}
  seen.all: {type: count, of: hotlist.add, within: 1 day, actions: [search.run]}
  seen.classes:
    {type: latest, of: search.run, same: [data.classes, requester.sworn], within: 36 hours, actions: [search.run]}
prohibitions:
  - {id: again, cite: "1", action: search.run, when: {seen.again: {at_least: 3}, seen.ever: true, seen.all: 1}}
  - {id: first, cite: "1", action: search.run, when: {seen.first: {none: true}, seen.latest: {none: true}}}
  - {id: begun, cite: "1", action: search.run, when: {seen.begun: {none: true}, seen.classes: {none: true}}}
outline: ["1"]
"""
# The nights in which the clocks change, and the ends of months of different lengths a month later.
BEGINNINGS = (
    dt.datetime(2026, 3, 7, 5),
    dt.datetime(2026, 10, 31, 4),
    dt.datetime(2026, 1, 30, 5),
    dt.datetime(2026, 3, 1, 5),
)
hours = st.builds(
    lambda begin, number, days: begin.replace(tzinfo=dt.UTC) + dt.timedelta(days=days, minutes=30 * number),
    st.sampled_from(BEGINNINGS),
    st.integers(0, 190),
    st.sampled_from((0, 0, 28, 30, 31)),
)
more = st.fixed_dictionaries(
    {},
    optional={
        "data.classes": st.sampled_from((["read"], ["hit", "read"], [], "unknown", ["no_such_class"], None)),
        "requester.sworn": st.sampled_from((True, False, None, "withheld")),
        "seen.again": st.sampled_from((0, 1, None, "withheld", "many")),
        "seen.ever": st.sampled_from((True, False, None)),
        "seen.latest": st.sampled_from((None, "2026-03-08T06:30:00Z")),
    },
)
logs = st.lists(
    st.builds(
        lambda action, at, facts, added: Request(action=action, at=at, facts={**facts, **added}),
        st.sampled_from(("search.run", "search.run", "data.export", "hotlist.add", "hit_acted_on")),
        hours,
        told,
        more,
    ),
    max_size=40,
)
PHASES = (Phase.explicit, Phase.generate)  # each example is a table of its own, so shrinking one would take minutes
law = settings(max_examples=6, phases=PHASES, deadline=None, suppress_health_check=list(HealthCheck))
SETS = {"data.classes"}


@lru_cache(maxsize=1)
def counting() -> Profile:
    """Return the profile that declares the counts."""
    return parse_profile(TEXT, "counting.yaml")


def engine_named(name: str) -> Any:
    """Return a table engine, or skip where it is not installed."""
    if name == "polars":
        pytest.importorskip("polars")
        from alpr_policy_adapters.tables.polars_engine import PolarsEngine

        return PolarsEngine()
    if name == "spark":
        pytest.importorskip("pyspark")
        return spark()
    from alpr_policy_adapters.tables.duckdb_engine import DuckDBEngine

    return DuckDBEngine(threads=1)


@lru_cache(maxsize=1)
def spark() -> Any:
    """Return Spark with a session in another time zone, kept for all examples."""
    from pyspark.sql import SparkSession

    from alpr_policy_adapters.tables.spark_engine import SparkEngine

    builder = SparkSession.builder.master("local[1]").config("spark.sql.session.timeZone", "America/New_York")
    quiet = builder.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "2")
    return SparkEngine(quiet.getOrCreate())  # closing it leaves the session, which it did not start, alone


def table(folder: Path, log: list[Request]) -> Path:
    """Write a log as a table of acts."""
    kinds = {name: fact.kind for name, fact in words_of(counting()).facts.items()}
    with ActWriter(folder / "acts.parquet") as out:
        for one in log:
            out.add(row_of(one, kinds))
    return folder / "acts.parquet"


def back(engine: Any, frame: Any) -> list[dict[str, Any]]:
    """Return the rows of a table in their order."""
    names = [name.replace("/", ".") for name in frame.collect_schema()]
    found = [dict(zip(names, row, strict=True)) for rows in engine.rows(frame, 1_000) for row in rows]
    return sorted(found, key=lambda row: row["row"])


def facts_of(request: Any) -> dict[str, Any]:
    """Return the declared facts of a request as they can be compared."""
    facts = request.facts if isinstance(request, Request) else request["facts"]
    found = {}
    for name in counting().facts:
        value = facts.get(name, "unknown")
        if isinstance(value, dict) or value in ("unknown", "withheld", "many"):
            continue
        is_time = isinstance(value, str)
        found[name] = instant(dt.datetime.fromisoformat(value)) if is_time else value
    return found


def check(name: str, log: list[Request]) -> None:
    """Compare each row that joins filled with the request that was filled act by act."""
    acts = [Act(action=one.action, at=one.at, facts=one.facts) for one in log]
    filled = [with_history(counting(), one, acts[:n] + acts[n + 1 :]) for n, one in enumerate(log)]
    with tempfile.TemporaryDirectory() as folder, engine_named(name) as engine:
        frame = engine.open(act_files([table(Path(folder), log)]))
        rows = back(engine, with_counts(frame, engine, counting()))
        for row, one in zip(rows, filled, strict=True):
            assert (row["row"], facts_of(one)) == (row["row"], facts_of(request_of(row, SETS)))
            assert read_request(request_of(row, SETS)).action == one.action


@pytest.mark.parametrize("name", ["duckdb", "polars"])
@law
@given(logs)
def test_counts_by_joins_are_those_act_by_act(name: str, log: list[Request]) -> None:
    """What joins count over a table is what every request is told with all other rows as its past."""
    check(name, log)


@pytest.mark.slow
@settings(law, max_examples=2)
@given(logs)
def test_counts_by_joins_on_spark_are_those_act_by_act(log: list[Request]) -> None:
    """What Spark counts over a table, in a session of another time zone, is what every request is told by itself."""
    check("spark", log)
