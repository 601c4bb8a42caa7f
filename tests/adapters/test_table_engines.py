"""What the engines of tables open, and what they refuse."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from tests.laws.replay_kit import ENGINES, engine_of

from alpr_policy.errors import PolicyError
from alpr_policy.evaluators.columnar.naming import told_schema
from alpr_policy_adapters.tables.files import TableError, act_files

AT = dt.datetime(2026, 5, 4, 14)


def rows_of(engine: Any, path: Path, *names: str) -> list[tuple[Any, ...]]:
    """Open a file and return some columns of its rows, in order."""
    frame = engine.open(act_files([path]))
    chosen = [name.replace(".", "/") for name in names]
    return sorted((row for batch in engine.rows(frame.select(*chosen), 2) for row in batch), key=repr)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_csv_file_is_opened(engine: str, tmp_path: Path) -> None:
    """Columns of a CSV file become what they look like: instants, numbers, truths and texts; rows are numbered."""
    file = tmp_path / "acts.csv"
    file.write_text(
        "at,action,purpose,search.repeats,reason.recorded\n"
        "2026-05-04T14:00:00,search.run,audit,3,true\n2026-05-04T14:00:00,search.run,,,\n",
        encoding="utf-8",
    )
    with engine_of(engine) as one:
        found = rows_of(one, file, "row", "at", "purpose", "search.repeats", "reason.recorded")

    assert [(0, AT, "audit", 3, True), (1, AT, None, None, None)] == found


@pytest.mark.parametrize("engine", ENGINES)
def test_instants_of_a_zone_become_utc(engine: str, tmp_path: Path) -> None:
    """An instant with a zone is the same instant in UTC, without one; a list becomes a text of its members."""
    pl = pytest.importorskip("polars")
    file = tmp_path / "acts.parquet"
    zoned = pl.Series([dt.datetime(2026, 5, 4, 10)]).dt.replace_time_zone("America/New_York")
    pl.DataFrame({"at": zoned, "requester.roles": [["b", "a", "b"]], "action": ["x"]}).write_parquet(file)
    with engine_of(engine) as one:
        found = rows_of(one, file, "at", "requester.roles")

    assert [(AT, "a|b")] == found


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["it's.parquet", "a*b.parquet", "a[1].parquet", "what?.parquet"])
def test_signs_in_the_name_of_a_file_name_no_other(name: str, engine: str, tmp_path: Path) -> None:
    """A quote or a glob sign in a file's name is part of it."""
    pl = pytest.importorskip("polars")
    for number, one in enumerate((name, "acb.parquet", "a1.parquet", "whatx.parquet")):
        pl.DataFrame({"at": [AT], "action": [f"act-{number}"]}).write_parquet(tmp_path / one)
    with engine_of(engine) as one_engine:
        assert [("act-0",)] == rows_of(one_engine, tmp_path / name, "action")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_folder_of_parquet_is_one_table(engine: str, tmp_path: Path) -> None:
    """All files of a folder are one table, and a column that only one of them has is null in the others."""
    pl = pytest.importorskip("polars")
    pl.DataFrame({"at": [AT], "action": ["one"]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"at": [AT], "action": ["two"], "purpose": ["audit"]}).write_parquet(tmp_path / "2.parquet")
    with engine_of(engine) as one:
        found = rows_of(one, tmp_path, "action", "purpose")
        numbers = rows_of(one, tmp_path, "row")

    assert [("one", None), ("two", "audit")] == found
    assert 2 == len(set(numbers))


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_written_has_the_names_of_facts(engine: str, tmp_path: Path) -> None:
    """A frame is written under the names that people write, and takes the place of an older file."""
    pl = pytest.importorskip("polars")
    file, out = tmp_path / "acts.parquet", tmp_path / "out.parquet"
    pl.DataFrame({"row": [1], "at": [AT], "action": ["x"], "case.number": ["c"]}).write_parquet(file)
    out.write_bytes(b"old")
    with engine_of(engine) as one:
        frame = one.open(act_files([file]))
        one.write(frame.select("row", "case/number"), out)
        assert {"row", "at", "action", "case.number"} == set(told_schema(frame))

    assert {"row": [1], "case.number": ["c"]} == pl.read_parquet(out).to_dict(as_series=False)
    assert ["acts.parquet", "out.parquet"] == sorted(one.name for one in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["missing.parquet"], "is no file"),
        (["acts.xlsx"], "is no table of acts"),
        (["acts.csv", "acts.jsonl"], "of one format"),
        (["empty"], "holds no Parquet file"),
        (["missing.parquet", "acts.xlsx"], "is no table of acts"),
    ],
)
def test_what_is_no_table_is_refused(names: list[str], told: str, tmp_path: Path) -> None:
    """Files that are not there, of other kinds, or of several are refused, all at once."""
    (tmp_path / "empty").mkdir()
    for name in ("acts.xlsx", "acts.csv", "acts.jsonl"):
        (tmp_path / name).write_text("at,action\n", encoding="utf-8")
    with pytest.raises(TableError, match=told) as error:
        act_files([tmp_path / name for name in names])

    assert len([n for n in names if n in ("missing.parquet", "acts.xlsx")] or [1]) == len(error.value.diagnostics)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_file_that_only_says_it_is_parquet_is_refused(engine: str, tmp_path: Path) -> None:
    """Bytes that are no Parquet give an error with a code, and no traceback of the engine."""
    file = tmp_path / "acts.parquet"
    file.write_bytes(b"PAR1 but no more of it")
    with engine_of(engine) as one, pytest.raises(PolicyError, match=r"acts\.parquet"):
        one.open(act_files([file]))
