"""How much two texts let stand day by day, and which audits are overdue under them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alpr_policy import PolicyDecisionPoint, parse_profile
from alpr_policy.model.past import Doing
from alpr_policy.model.profile import Profile
from alpr_policy.reading.catalog import Catalog
from alpr_policy_adapters.tables.files import act_files
from alpr_policy_adapters.tables.keeping import Captured, audits_done, audits_overdue, captured, retention_curve
from alpr_policy_adapters.tables.writing import ActWriter

pytest.importorskip("duckdb")
pytest.importorskip("narwhals")
TEXT = """
language: 1
profile: {name}
department: Some Police Department
policy: {{title: Plate Readers, number: "1", effective: 2025-01-01}}
timezone: America/New_York
silence: allow
roles:
  chief: {{title: Chief}}
retention:
  - {{id: reads, cite: "1", data: read, at_most: {span}, from: captured}}
duties:
  - {{id: audit, cite: "2", task: audit, every: {every}, by: chief}}
outline: ["1", "2"]
"""
READ = {"data.classes": ["read"], "data.custodian": "department"}
OTHER = {"data.classes": ["hit"], "data.custodian": "department"}


def text(name: str, span: str, every: str = "1 month") -> Profile:
    """Return a text that keeps reads for a span and asks for audits."""
    return parse_profile(TEXT.format(name=name, span=span, every=every), f"{name}.yaml")


def side(name: str, span: str) -> tuple[PolicyDecisionPoint, str]:
    """Return the decision point of a text, and its name."""
    return PolicyDecisionPoint(Catalog({name: (text(name, span),)})), name


def day(number: int) -> dt.date:
    """Return a day of a March in which the clocks change."""
    return dt.date(2026, 3, number)


def test_reads_go_on_the_day_on_which_they_must() -> None:
    """A read is stored as each day ends until the one on which it must go, and one of another class stays."""
    reads = [Captured(READ, day(6), 10), Captured(READ, day(7), 5), Captured(OTHER, day(7), 1)]
    curve = retention_curve(reads, side("short", "2 days"), side("long", "3 days"), last=day(11))

    assert [10, 16, 16, 6, 1, 1] == [line["after"] for line in curve]
    assert [10, 16, 6, 1, 1, 1] == [line["before"] for line in curve]
    assert [day(6 + n).isoformat() for n in range(6)] == [line["day"] for line in curve]


def test_nothing_captured_gives_no_curve() -> None:
    """A log without reads has no days."""
    assert [] == retention_curve([], side("short", "2 days"), side("long", "3 days"))


@pytest.mark.parametrize("name", ["duckdb", "polars"])
def test_reads_are_counted_by_local_day(tmp_path: Path, name: str) -> None:
    """Each read counts on the local day in which it was captured, also in the night of the change and at midnight."""
    pytest.importorskip(name)
    moments = [
        dt.datetime(2026, 3, 8, 4, 59, 59),  # the 7th still
        dt.datetime(2026, 3, 8, 5),
        dt.datetime(2026, 3, 9, 3, 59, 59, 999_999),
        dt.datetime(2026, 3, 9, 4),
        dt.datetime(2026, 11, 2, 4, 59),  # the day of 25 hours
        dt.datetime(2026, 11, 2, 5),
    ]
    rows = [{"action": "read.capture", "at": at, "data.classes": "read"} for at in moments]
    rows += [
        {"action": "search.run", "at": moments[0]},
        {"action": "read.capture", "at": moments[0], "data.classes": "hit"},
    ]
    found = captured(*opened(tmp_path, name, rows), ZoneInfo("America/New_York"))

    expected = [
        ("2026-03-07", "hit", 1),
        ("2026-03-07", "read", 1),
        ("2026-03-08", "read", 2),
        ("2026-03-09", "read", 1),
        ("2026-11-01", "read", 1),
        ("2026-11-02", "read", 1),
    ]
    assert expected == [(one.day.isoformat(), one.facts["data.classes"][0], one.rows) for one in found]


def opened(folder: Path, name: str, rows: list[dict[str, Any]]) -> tuple[Any, Any]:
    """Return rows as a table of an engine, and the engine."""
    with ActWriter(folder / "acts.parquet") as out:
        for row in rows:
            out.add(row)
    if name == "polars":
        from alpr_policy_adapters.tables.polars_engine import PolarsEngine

        engine: Any = PolarsEngine()
    else:
        from alpr_policy_adapters.tables.duckdb_engine import DuckDBEngine

        engine = DuckDBEngine(threads=1)
    return engine.open(act_files([folder / "acts.parquet"])), engine


def test_audits_are_overdue_by_agency(tmp_path: Path) -> None:
    """For each agency each duty to audit is overdue by so many days, or not, under each text."""
    done = {"action": "duty.complete", "duty.task": "audit", "requester.id": "chief-1", "duty.done_by": "chief"}
    rows = [
        {**done, "at": dt.datetime(2026, 2, 10, 15), "agency": "town"},
        {**done, "at": dt.datetime(2026, 1, 5, 15), "agency": "city"},
        {"action": "search.run", "at": dt.datetime(2026, 4, 1), "agency": "city"},
    ]
    found = audits_done(*opened(tmp_path, "duckdb", rows))
    at = dt.datetime(2026, 4, 10, 16, tzinfo=dt.UTC)
    lines = audits_overdue(found, text("now", "2 days"), text("next", "2 days", "1 year"), at)

    assert ["city", "town"] == [line["agency"] for line in lines]
    # A month after the last audit was the 5th of February in the city, and the 10th of March in the town.
    assert [(63, 0), (30, 0)] == [(line["overdue_before"], line["overdue_after"]) for line in lines]
    assert [["2"], ["2"]] == [line["clause"] for line in lines]


def test_a_duty_of_one_text_alone_is_not_known_under_the_other() -> None:
    """Where one text knows no such duty there is no number of days."""
    plain = parse_profile(
        TEXT.format(name="plain", span="2 days", every="1 month").replace("task: audit", "task: policy_review"), "p"
    )
    at = dt.datetime(2026, 4, 10, 16, tzinfo=dt.UTC)
    (line,) = audits_overdue({"": [Doing(task="audit", at=at)]}, plain, text("next", "2 days"), at)

    assert (None, "audit") == (line["overdue_before"], line["duty"])
