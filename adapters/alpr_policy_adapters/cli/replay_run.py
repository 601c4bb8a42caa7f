"""A replay run for somebody at a terminal: the engine, the table, and how far it is."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from alpr_policy.questions.log_audit import own_facts
from alpr_policy.questions.replay import Replay, ReplayOptions
from alpr_policy.questions.replay_result import ReplayResult
from alpr_policy.questions.replay_sides import ReplaySide
from alpr_policy_adapters.cli.output import shown_path, to_stderr
from alpr_policy_adapters.cli.replay_prepared import Added, beside, prepared
from alpr_policy_adapters.cli.replay_source import table_of
from alpr_policy_adapters.logs import ImportReport, LogOptions
from alpr_policy_adapters.tables.files import act_files

Progressing = Callable[[str, int, int], None]


class Engine(StrEnum):
    """What works tables out."""

    DUCKDB = "duckdb"
    POLARS = "polars"
    SPARK = "spark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to replay, on which engine, and what to write of its rows."""

    log: tuple[Path, ...]
    options: LogOptions
    added: Added
    engine: Engine
    checked: int
    shown: int
    seed: int
    flips: Path | None


def replayed(asked: Asked, before: ReplaySide, after: ReplaySide) -> ReplayResult:
    """Replay a log, with a bar where somebody watches; raises PolicyError for a log that cannot be replayed."""
    reports: list[ImportReport] = []
    with _bar() as bar:
        task = bar.add_task("reading", total=None)

        def progress(step: str, done: int, whole: int) -> None:
            bar.update(task, description=step, completed=done, total=whole or None)

        result, written = replayed_telling(asked, before, after, progress, reports)
        if asked.flips is not None:
            _say_what_was_written(asked.flips, written=written)
        for report in reports:
            to_stderr().say(what_was_read(report))
        return result


def replayed_telling(
    asked: Asked, before: ReplaySide, after: ReplaySide, progress: Progressing, reports: list[ImportReport]
) -> tuple[ReplayResult, bool]:
    """Replay a log, telling `progress` how far it is and `reports` what was read; say whether flips were written.

    Raises PolicyError for a log that cannot be replayed.
    """
    with contextlib.ExitStack() as stack:
        engine = stack.enter_context(engine_of(asked.engine))
        files = stack.enter_context(table_of(asked.log, asked.options, progress, reports))
        table = prepared(engine.open(act_files(files)), engine, asked.added, (before, after))
        options = ReplayOptions(checked=asked.checked, shown=asked.shown, seed=asked.seed, progress=progress)
        run = Replay(table, engine, before, after, options)
        result = run.run()
        written = False
        if asked.flips is not None:
            progress("writing flips", 0, 0)
            written = _write_flips(run, engine, asked.flips)
        progress("retention and audits", 0, 0)
        last = dt.datetime.fromisoformat(result.last_at.rstrip("Z")) if result.last_at else None
        extra = beside(table, engine, asked.added, (before, after), last)
        return dataclasses.replace(result, extra=extra), written


def own_of(sides: Iterable[ReplaySide]) -> frozenset[str]:
    """Return the facts of the texts' own, which a log may hold besides those of the language."""
    return own_facts(one for side in sides for one in side.point.catalog.get(side.text.partition("@")[0]))


def what_was_read(report: ImportReport) -> str:
    """Say what a log came to, since rows that could not be read are in no table."""
    told = f"{report.rows:,} rows read: {report.requests:,} acts, {report.duplicates:,} duplicates"
    return f"{told}, {report.other:,} no act, {report.unreadable:,} unreadable"


def engine_of(name: Engine) -> Any:
    """Return an engine, to be closed when done; raises MissingExtraError."""
    if name is Engine.DUCKDB:
        from alpr_policy_adapters.tables.duckdb_engine import DuckDBEngine

        return DuckDBEngine()
    if name is Engine.POLARS:
        from alpr_policy_adapters.tables.polars_engine import PolarsEngine

        return PolarsEngine()
    from alpr_policy_adapters.tables.spark_engine import SparkEngine

    return SparkEngine()


def _write_flips(run: Replay, engine: Any, path: Path) -> bool:
    """Write the rows with another outcome; where there are none, an older file of that name goes."""
    frame = run.flips()
    if frame is None:
        path.unlink(missing_ok=True)
        return False
    engine.write(frame, path)
    return True


def _say_what_was_written(path: Path, *, written: bool) -> None:
    name = shown_path(str(path))
    to_stderr().say(f"wrote {name}" if written else f"no row has another outcome, and {name} is not written")


@contextlib.contextmanager
def _bar() -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,}"), TimeElapsedColumn())
    with Progress(*columns, console=to_stderr(), transient=True, disable=not sys.stderr.isatty()) as bar:
        yield bar
