"""A replay answers for each row as deciding it alone does, on every engine, in whatever order and parts rows come."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from pathlib import Path

import pytest
from tests.laws import replay_kit
from tests.laws.replay_kit import drawn_rows, engine_of, replayed, sides, subject_of, told, written
from tests.laws.small_profiles import small_profile
from tests.laws.strategies import SHIPPED

from alpr_policy.questions import replay as replay_module
from alpr_policy.questions.replay import Replay, ReplayOptions
from alpr_policy.questions.replay_gists import gist_of
from alpr_policy.reading.catalog import Catalog
from alpr_policy_adapters.tables.files import act_files
from alpr_policy_adapters.tables.rows import request_of

ENGINES = tuple(replay_kit.ENGINES)
MANY, FEW = 600, 300
SMALL = [("small", seed) for seed in range(12)]
TABLES = [*((name, 0) for name in SHIPPED), *SMALL]
OTHER_THINGS = [("generic", seed) for seed in range(4)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("name", "seed"), [*TABLES, *OTHER_THINGS])
def test_each_row_is_answered_as_if_alone(name: str, seed: int, engine: str, tmp_path: Path) -> None:
    """Whatever a table is grouped by, each of its rows has the answer that the reference gives it alone."""
    count = MANY if name in SHIPPED else FEW
    file = written(tmp_path / "acts.parquet", drawn_rows(name, seed, count))
    text = subject_of(name, seed).text
    found = replayed(engine, [file], sides(text.catalog, text.name, text.name), checked=count)

    assert () == found.mismatches
    assert count == found.checked == found.rows == sum(cell.rows for cell in found.cells)
    assert found.effort.groups + found.effort.odd < count


@pytest.mark.parametrize(("name", "seed"), TABLES[:8])
def test_engines_count_alike(name: str, seed: int, tmp_path: Path) -> None:
    """Every engine gives the same counts and the same answers, and takes the same row to stand for others."""
    file = written(tmp_path / "acts.parquet", drawn_rows(name, seed, FEW))
    text = subject_of(name, seed).text
    results = [replayed(engine, [file], sides(text.catalog, text.name, text.name)) for engine in ENGINES]

    assert results[0].cells == results[1].cells
    assert results[0].gists == results[1].gists
    assert results[0].samples == results[1].samples


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("name", "seed"), [("leicester", 1), ("small", 3)])
def test_order_and_parts_of_a_table_do_not_matter(name: str, seed: int, engine: str, tmp_path: Path) -> None:
    """Rows in another order, in several files, with their columns in another order, come to the same counts."""
    rows = list(drawn_rows(name, seed, FEW))
    text = subject_of(name, seed).text
    both = sides(text.catalog, text.name, text.name)
    whole = told(replayed(engine, [written(tmp_path / "whole.parquet", rows)], both))
    mixed = [dict(sorted(row.items(), reverse=True)) for row in random.Random(seed).sample(rows, len(rows))]
    parts = [written(tmp_path / f"{n}.parquet", [{**r} for r in mixed[n::3]]) for n in range(3)]
    unnumbered = [_without_row(part) for part in parts]

    assert whole == told(replayed(engine, [written(tmp_path / "mixed.parquet", mixed)], both))
    assert whole == told(replayed(engine, unnumbered, both))


def _without_row(path: Path) -> Path:
    """Leave out the numbers of rows, which are those of one file."""
    duckdb = pytest.importorskip("duckdb")
    target = path.with_suffix(".bare.parquet")
    duckdb.connect().execute(f"COPY (SELECT * EXCLUDE (row) FROM '{path}') TO '{target}' (FORMAT PARQUET)")
    return target


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_that_stand_twice_count_twice(engine: str, tmp_path: Path) -> None:
    """A table with every row twice comes to twice each count."""
    rows = list(drawn_rows("small", 5, FEW))
    text = subject_of("small", 5).text
    both = sides(text.catalog, text.name, text.name)
    once = told(replayed(engine, [written(tmp_path / "once.parquet", rows)], both))
    twice = told(replayed(engine, [written(tmp_path / "twice.parquet", rows + rows)], both))

    assert [(*cell[:-1], 2 * cell[-1]) for cell in once] == twice


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(3))
def test_a_change_of_tomorrow_changes_nothing_of_yesterday(seed: int, engine: str, tmp_path: Path) -> None:
    """A text with a version that comes into force later answers as before for each row from before that day."""
    text = subject_of("small", seed).text
    day = dt.date(2026, 3, 1)
    other = small_profile(random.Random(seed + 1_000))
    later = dataclasses.replace(
        other, profile=text.profile.profile, policy=dataclasses.replace(other.policy, effective=day, until=None)
    )
    changed = Catalog({text.name: (text.profile, later)})
    file = written(tmp_path / "acts.parquet", drawn_rows("small", seed, FEW))
    before, _ = sides(text.catalog, text.name, text.name, as_if=False)
    _, after = sides(changed, text.name, text.name, as_if=False)
    found = replayed(engine, [file], (before, after), checked=FEW)

    assert () == found.mismatches
    past = [cell for cell in found.cells if cell.month < "2026-03"]
    assert past
    assert [cell.before for cell in past] == [cell.after for cell in past]


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_come_back_with_both_answers(engine: str, tmp_path: Path) -> None:
    """Each row that is written has the outcomes and the rules of deciding it under both texts; none is left out."""
    rows = drawn_rows("cambridge", 2, FEW)
    file = written(tmp_path / "acts.parquet", rows)
    both = sides(SHIPPED["cambridge"].text.catalog, "cambridge", "leicester")
    with engine_of(engine) as one:
        run = Replay(one.open(act_files([file])), one, *both, ReplayOptions(checked=0))
        run.run()
        frame = run.answers()
        assert frame is not None
        columns = ("row", "before_outcome", "before_rules", "after_outcome", "after_rules")
        found = {values[0]: values[1:] for batch in one.rows(frame.select(*columns), 100) for values in batch}

    expected = {}
    for number, row in enumerate(rows):
        gists = [gist_of(side.decide(request_of({"row": number, **row}, run.columns.sets))) for side in both]
        expected[number] = tuple(tell(g) for g in gists for tell in (_outcome, _rules))
    assert expected == found


def _outcome(gist: replay_module.Gist) -> str:
    return replay_module.TOLD["outcome"](gist)


def _rules(gist: replay_module.Gist) -> str:
    return replay_module.TOLD["rules"](gist)


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_that_do_not_group_are_decided_one_by_one(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are more groups than grouping is worth, each row is decided by itself, to the same counts."""
    rows = drawn_rows("small", 7, FEW)
    text = subject_of("small", 7).text
    both = sides(text.catalog, text.name, text.name)
    file = written(tmp_path / "acts.parquet", rows)
    grouped = replayed(engine, [file], both)
    monkeypatch.setattr(replay_module, "FEW_ROWS", 1)
    monkeypatch.setattr(replay_module, "ROWS_A_GROUP", FEW)
    with engine_of(engine) as one:
        run = Replay(one.open(act_files([file])), one, *both, ReplayOptions(checked=FEW))
        alone = run.run()
        frame = run.answers()
        assert frame is not None
        numbers = sorted(values[0] for batch in one.rows(frame.select("row"), 100) for values in batch)

    assert grouped.effort.fallback is None
    assert alone.effort.fallback is not None
    assert (grouped.cells, grouped.gists) == (alone.cells, alone.gists)
    assert () == alone.mismatches
    assert list(range(FEW)) == numbers
