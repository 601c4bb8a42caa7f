"""Rows at every threshold, in every form in which a column can come, are answered as if alone."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pytest
from tests.laws.replay_kit import ENGINES, replayed, sides

from alpr_policy.reading.catalog import load_catalog

ROWS = 400
OTHER = {"thresholds": "every_kind", "every_kind": "thresholds"}
THRESHOLDS = """\
language: 1
profile: thresholds
department: Example Police Department
policy: {title: Plate Readers, number: "1", effective: 2025-01-01}
timezone: America/New_York
silence: {otherwise: allow}
roles: {chief: {title: Chief, cite: "1"}, sergeant: {title: Sergeant, cite: "1"}}
reasons: {cite: "1", min_length: 4, generic: [investigation], placeholders: [n/a], agencies: [fbi]}
facts:
  search.repeats: {type: count, of: search.run, same: [plate.number], within: 30 days, actions: [search.run]}
  checked.by: {type: text, actions: [search.run], means: who looked, supplied_by: the desk}
  checked.self: {type: same_person, of: [requester.id, checked.by], actions: [search.run]}
  hit.order: {type: order, of: [record.captured, requester.trained_on], actions: [search.run]}
prohibitions:
  - {id: often, cite: "1", action: search.run, when: {search.repeats: {more_than: 3}}}
  - {id: seldom, cite: "1", action: search.run, when: {search.repeats: {at_most: 1}, plate.state: [MA, NH]}}
  - {id: own, cite: "1", action: search.run, when: {checked.self: true}}
  - {id: stale, cite: "1", action: alert.deliver, when: {hotlist.age: {more_than: 2 hours}}}
  - {id: earlier, cite: "1", action: search.run, when: {hit.order: before, record.captured: {before: 2026-03-08}}}
  - {id: month, cite: "1", action: data.export, when: {record.age: {more_than: 1 month}}}
  - {id: days, cite: "1", action: data.export, when: {record.age: {at_least: 30 days}, data.classes: {outside: [read]}}}
requirements:
  - {id: told, cite: "1", action: search.run, must: {reason.defects: {outside: [too_short]}}}
  - {id: trained, cite: "1", action: search.run, must: {requester.training_age: {at_most: 2 years}}}
  - {id: said, cite: "1", action: data.export, must: {not: {case.number: {none: true}}}}
approvals:
  - {id: agreed, cite: "1", action: data.export, by: [chief, sergeant], valid: 7 days}
retention:
  - {id: bulk, cite: "1", data: read, at_least: 14 days, at_most: 1 month, counted: whole_days}
outline: ["1"]
"""
ACTS = (
    "search.run",
    "data.export",
    "data.store",
    "data.purge",
    "device.operate",
    "hotlist.change",
    "alert.deliver",
)
# Both hours of the night in which the clock goes back, the night in which it goes on, ends of months, and long ago.
TIMES = [
    dt.datetime(2026, 3, 8, 6, 59, 59, 999_999),
    dt.datetime(2026, 3, 8, 7),
    dt.datetime(2025, 11, 2, 5, 30),
    dt.datetime(2025, 11, 2, 6, 30),
    dt.datetime(2026, 2, 28, 12),
    dt.datetime(2026, 3, 31, 12),
    dt.datetime(2026, 4, 30, 3, 59, 59),
    dt.datetime(2026, 4, 30, 4),
    dt.datetime(1969, 12, 31, 23, 59, 59, 500_000),
    dt.datetime(1900, 1, 1),
    dt.datetime(2200, 12, 31, 23),
]
SPANS = [dt.timedelta(days=d) for d in (0, 7, 14, 28, 29, 30, 31, 730, 731)] + [dt.timedelta(hours=2)]
NEAR = [dt.timedelta(0), dt.timedelta(microseconds=1), dt.timedelta(seconds=1), dt.timedelta(hours=1)]
FLOATS = [float("nan"), float("inf"), -float("inf"), -0.0, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 1e12, 1e13, -1.0]
COUNTS = [-1, 0, 1, 2, 3, 4, 5, 10**12, 10**12 + 1]
TEXTS = [
    "",
    " ",
    "x",
    "n/a",
    "Investigation",
    "unknown",
    "withheld",
    "theft 26-1234",
    "fbi",
    "\x01",
    "é" * 2_001,
    "a'b",
]
PEOPLE = ["officer-1", "officer-2", "", "unknown", "OFFICER-1"]
RECORDS = [
    "[]",
    "not JSON",
    '[{"topic":"agreed","decision":"granted","role":"chief","by":"@1","earlier":0}]',
    '[{"topic":"agreed","decision":"granted","role":"sergeant","by":"@requester","earlier":0}]',
    '[{"topic":"agreed","decision":"granted","role":"chief","by":"officer-1","earlier":0}]',
    '[{"topic":"agreed","decision":"refused","role":"chief","by":"@1","earlier":60},'
    '{"topic":"agreed","decision":"granted","role":"chief","by":"@1","earlier":0},'
    '{"topic":"agreed","decision":"pending","role":"chief","by":"@2","earlier":30}]',
    '[{"topic":"agreed","decision":"granted","role":"chief","by":"@1","at":"2026-03-01T00:00:00Z"}]',
]


def _moment(rng: random.Random, at: dt.datetime | None) -> dt.datetime | None:
    if rng.randrange(8) == 0:
        return None
    if at is None or rng.randrange(5) == 0:
        return rng.choice(TIMES)
    return max(at - rng.choice(SPANS) + rng.choice((-1, 1)) * rng.choice(NEAR), dt.datetime(1000, 1, 1))


def _some(rng: random.Random, values: list[Any]) -> Any:
    return rng.choice([None, *values])


def columns(rng: random.Random) -> dict[str, Any]:
    """Return drawn columns, each in one of the forms in which it may come."""
    pl = pytest.importorskip("polars")
    at = [rng.choice(TIMES) if rng.randrange(3) else _moment(rng, TIMES[4]) for _ in range(ROWS)]
    at = [one and max(dt.datetime(1900, 1, 1), one) for one in at]
    found: dict[str, Any] = {
        "row": pl.Series(rng.sample(range(10 * ROWS), ROWS)),
        "at": pl.Series(at, dtype=pl.Datetime("us")),
        "action": pl.Series([_some(rng, [*ACTS, *ACTS, "no.such.act"]) for _ in range(ROWS)]),
    }
    if rng.randrange(2):
        found["at"] = found["at"].dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Kolkata")
    for name in ("record.captured", "hotlist.loaded", "requester.trained_on", "approvals.first", "approvals.last"):
        moments = pl.Series([_moment(rng, one) for one in at], dtype=pl.Datetime("us"))
        forms = [moments, moments.dt.cast_time_unit("ms"), moments.dt.replace_time_zone("UTC"), moments.dt.date()]
        forms += [moments.dt.to_string("%Y-%m-%dT%H:%M:%SZ")]
        found[name] = forms[0] if name.startswith("approvals") else rng.choice(forms)
    numbers = [pl.Series([_some(rng, FLOATS) for _ in range(ROWS)], dtype=pl.Float64, strict=False)]
    numbers += [pl.Series([_some(rng, COUNTS) for _ in range(ROWS)], dtype=pl.Int64)]
    numbers += [numbers[1].cast(pl.String)]
    found["search.repeats"] = rng.choice(numbers)
    for name, values in {
        "reason.text": TEXTS,
        "case.number": [*TEXTS, "1ABC234", "26-123456"],
        "plate.state": ["MA", "NH", "VT", "NY", "XX"],
        "requester.id": PEOPLE,
        "checked.by": PEOPLE,
        "purpose": ["audit", "nonsense", "criminal_investigation", "training"],
        "device.condition": ["good", "faulty"],
        "data.custodian": ["vendor", "department"],
        "approvals": RECORDS,
        "none": ["", "case.number", "case.number reason.text", "device.condition search.repeats"],
        "withheld": ["", "reason.text", "requester.id plate.state"],
    }.items():
        texts = pl.Series([_some(rng, values) for _ in range(ROWS)], dtype=pl.String)
        found[name] = texts.cast(pl.Categorical) if name == "plate.state" and rng.randrange(2) else texts
    flags = pl.Series([_some(rng, [True, False]) for _ in range(ROWS)])
    found["reason.recorded"] = rng.choice([flags, flags.cast(pl.String), flags.cast(pl.Int8)])
    sets = pl.Series([_some(rng, [[], ["read"], ["image", "read"], ["read", "read"], ["what"]]) for _ in range(ROWS)])
    found["data.classes"] = rng.choice([sets, sets.list.join("|")])
    # Of few columns, so that many rows are alike and stand for one another.
    others = [name for name in found if name not in ("row", "at", "action")]
    kept = {"row", "at", "action", *rng.sample(others, rng.randrange(2, 7))}
    return {name: series for name, series in found.items() if name in kept}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["thresholds", "every_kind"])
@pytest.mark.parametrize("seed", range(12))
def test_no_threshold_is_missed(seed: int, name: str, engine: str, tmp_path: Path) -> None:
    """Nights in which clocks change, not a number, null, empty lists, long ago: each row is answered as if alone."""
    pl = pytest.importorskip("polars")
    (tmp_path / "thresholds.yaml").write_text(THRESHOLDS, encoding="utf-8")
    catalog = load_catalog([tmp_path, Path(__file__).parent.parent / "cases" / "profiles"])
    file = tmp_path / "acts.parquet"
    table = pl.DataFrame(columns(random.Random(seed)))
    table.write_parquet(file)
    other = name if seed % 3 else OTHER[name]
    found = replayed(engine, [file], sides(catalog, name, other, as_if=seed % 2 == 0), checked=ROWS)
    playable = table.filter(pl.col("at").is_not_null() & pl.col("action").is_not_null()).height

    assert () == found.mismatches
    assert playable == found.checked == sum(cell.rows for cell in found.cells)
    assert ROWS - playable == sum(found.unreplayable.values())
