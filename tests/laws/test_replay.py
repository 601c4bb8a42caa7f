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
from alpr_policy.questions.replay_sides import ReplayError
from alpr_policy.reading.catalog import Catalog, load_catalog
from alpr_policy_adapters.tables.files import act_files
from alpr_policy_adapters.tables.rows import request_of

ENGINES = tuple(replay_kit.ENGINES)
MANY, FEW = 600, 300
SMALL = [("small", seed) for seed in range(12)]
TABLES = [*((name, 0) for name in SHIPPED), *SMALL]
OTHER_THINGS = [("generic", seed) for seed in range(4)]
TWO_SHIPPED = [("cambridge", "waltham"), ("leicester", "billerica"), ("model", "cambridge"), ("billerica", "model")]
VERSION = """\
language: 1
profile: versions
department: Example Police Department
policy: {{title: Plate Readers, number: "1", effective: {effective}}}
timezone: America/New_York
silence: {{otherwise: allow}}
facts:
  x.kind: {{{kind}, actions: [search.run]}}
prohibitions:
  - {{id: rule, cite: "1", action: search.run, when: {{x.kind: {tested}}}}}
outline: ["1"]
"""
LISTED = "type: enum, values: [before, after, same]"
# Of two versions what a fact is and which value is tested; and two values between which the second version tells.
VERSIONS = {
    "worked out": ((LISTED, "before"), ("type: order, of: [record.captured, hotlist.loaded]", "before"), "same"),
    "not listed": ((LISTED, "before"), ("type: enum, values: [before, after, never]", "before"), "same"),
    "tested": ((LISTED, "before"), (LISTED, "after"), "same"),
}
COUNTING = """\
language: 1
profile: counting
department: Example Police Department
policy: {title: Plate Readers, number: "1", effective: 2025-01-01}
timezone: America/New_York
silence: {otherwise: allow}
facts:
  x.closed: {type: count, of: case_closed, within: 30 days, actions: [search.run]}
prohibitions:
  - {id: often, cite: "1", action: search.run, when: {x.closed: {more_than: 30}}}
outline: ["1"]
"""


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


def _two(one: str, other: str | int) -> tuple[replay_kit.ReplaySide, replay_kit.ReplaySide]:
    """Return two shipped texts, or two of the small ones."""
    if isinstance(other, str):
        versions = {name: text for each in (one, other) for name, text in SHIPPED[each].text.catalog.versions.items()}
        return sides(Catalog(versions), one, other)
    first, second = subject_of(one, other).text, small_profile(random.Random(other + 1_000))
    second = dataclasses.replace(second, profile="other")
    return sides(Catalog({first.name: (first.profile,), "other": (second,)}), first.name, "other")


@pytest.mark.parametrize(("name", "other"), [*TWO_SHIPPED, *(("small", seed) for seed in range(6))])
def test_each_text_answers_for_what_it_sees(name: str, other: str | int, tmp_path: Path) -> None:
    """Rows that differ to one of two texts and not to the other have both answers of the reference, each checked."""
    seed = other if isinstance(other, int) else 3
    file = written(tmp_path / "acts.parquet", drawn_rows(name, seed, MANY))
    found = replayed("duckdb", [file], _two(name, other), checked=MANY)

    assert () == found.mismatches
    assert found.checked == sum(cell.rows for cell in found.cells) == MANY


@pytest.mark.parametrize("engine", ENGINES)
def test_a_stated_count_is_held_against_events(engine: str, tmp_path: Path) -> None:
    """A count that is stated beside the events it is counted from agrees to the last one, wherever thresholds lie."""
    (tmp_path / "counting.yaml").write_text(COUNTING, encoding="utf-8")
    at = dt.datetime(2026, 5, 4, 14)
    events = {"events": '[{"event":"case_closed","earlier":0},{"event":"case_closed","earlier":60}]'}
    events |= {"events.first": at - dt.timedelta(hours=2), "events.last": at - dt.timedelta(hours=1)}
    rows = [{"at": at, "action": "search.run", "x.closed": number % 4, **events} for number in range(20)]
    file = written(tmp_path / "acts.parquet", rows)
    both = sides(load_catalog([tmp_path]), "counting", "counting")
    found = replayed(engine, [file], both, checked=20)

    assert () == found.mismatches
    assert [5, 15] == sorted(cell.rows for cell in found.cells)


@pytest.mark.parametrize("case", VERSIONS)
def test_versions_of_a_text_tell_values_in_their_own_ways(case: str, tmp_path: Path) -> None:
    """Values that one version of a text takes alike, and the next does not, have the answers of the one in force."""
    *versions, other = VERSIONS[case]
    for effective, (kind, tested) in zip(("2025-01-01", "2026-01-01"), versions, strict=True):
        text = VERSION.format(effective=effective, kind=kind, tested=tested)
        (tmp_path / f"versions-{effective}.yaml").write_text(text, encoding="utf-8")
    at = dt.datetime(2026, 5, 4, 14)
    moments = {"at": at, "record.captured": at - dt.timedelta(hours=1), "hotlist.loaded": at - dt.timedelta(hours=2)}
    rows = [{"action": "search.run", "x.kind": ("after", other)[number % 2], **moments} for number in range(10)]
    file = written(tmp_path / "acts.parquet", rows)
    both = sides(load_catalog([tmp_path]), "versions", "versions", as_if=False)
    found = replayed("duckdb", [file], both, checked=10)

    assert () == found.mismatches
    assert [5, 5] == [cell.rows for cell in found.cells]


@pytest.mark.parametrize("engine", ENGINES)
def test_which_of_two_moments_came_first_tells_rows_apart(engine: str, tmp_path: Path) -> None:
    """Rows that differ only in which of two moments before the act came first have answers of their own."""
    kind, tested = VERSIONS["worked out"][1]
    text = VERSION.format(effective="2025-01-01", kind=kind, tested=tested)
    (tmp_path / "versions.yaml").write_text(text, encoding="utf-8")
    at = dt.datetime(2026, 5, 4, 14)
    loaded = at - dt.timedelta(hours=2)
    captured = (loaded - dt.timedelta(hours=1), loaded, loaded + dt.timedelta(hours=1))
    acts = [{"at": at, "action": "search.run", "hotlist.loaded": loaded, "record.captured": one} for one in captured]
    file = written(tmp_path / "acts.parquet", acts * 4)
    found = replayed(engine, [file], sides(load_catalog([tmp_path]), "versions", "versions"), checked=12)

    assert () == found.mismatches
    assert [4, 8] == sorted(cell.rows for cell in found.cells)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("numbers", [[1, 1, 2], [1, None, 2]])
def test_rows_that_are_not_told_apart_are_refused(numbers: list[int | None], engine: str, tmp_path: Path) -> None:
    """A table in which two rows have one number, or a row has none, is refused where that could mix answers up."""
    pl = pytest.importorskip("polars")
    file, at = tmp_path / "acts.parquet", dt.datetime(2026, 5, 4, 14)
    acts = {"at": [at] * 3, "action": ["search.run"] * 3, "purpose": ["audit", "nonsense", None]}
    pl.DataFrame({"row": numbers, **acts}).write_parquet(file)
    with pytest.raises(ReplayError, match="does not tell each row"):
        replayed(engine, [file], sides(SHIPPED["cambridge"].text.catalog, "cambridge", "cambridge"))


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
