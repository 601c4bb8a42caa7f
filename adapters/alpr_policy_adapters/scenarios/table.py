"""Writes a scenario as a table of acts: DuckDB makes each row from its number and the seed, in any order of threads."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from alpr_policy.errors import Diagnostic, MissingExtraError
from alpr_policy.vocabulary import MACHINE_ACTIONS
from alpr_policy_adapters.scenarios.clock import RHYTHMS, stretches
from alpr_policy_adapters.scenarios.columns import Columns, quoted
from alpr_policy_adapters.scenarios.people import SHIFTS
from alpr_policy_adapters.scenarios.settings import ScenarioError
from alpr_policy_adapters.scenarios.stories import READ, Scenario

# Into so many tickets each rhythm's rows are shared out among its stories, and a shift's among its people. Each table
# that rows are looked up in stays below a million places: up to there the engine keeps to the order of the rows.
TICKETS: Final = 1 << 18
PLACES: Final = 1 << 10
ROW_GROUP: Final = 61_440
MEMORY: Final = "600MB"
MOST_ROWS: Final = 10_000_000_000
STEADY: Final = ("data.store", "data.purge", "hotlist.load")
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written: the rows, and the bytes of the file."""

    rows: int
    size: int


def write_log(
    made: Scenario,
    rows: int,
    path: Path,
    *,
    planted: Path | None = None,
    threads: int | None = None,
    progress: Progress = lambda share: None,
) -> Written:
    """Write a scenario as Parquet, whole or not at all; `planted` gets the rows in which something is wrong.

    Raises MissingExtraError without the extra `replay`, ScenarioError where it cannot be written. `progress` is told
    the share that is done, from another thread.
    """
    if not 1 <= rows <= MOST_ROWS:
        raise ScenarioError([Diagnostic("scenario-bounds", f"a log has from 1 to {MOST_ROWS:,} rows")])
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtraError("writing a log", "replay") from error
    for one in filter(None, (path, planted)):
        if one.exists() and not one.is_file():  # a device or a pipe would be replaced by a file
            raise ScenarioError(
                [Diagnostic("scenario-unwritable", f"`{one}` is no file to write to", help="name a new file")]
            )
        if not one.absolute().parent.is_dir():
            raise ScenarioError(
                [Diagnostic("scenario-unwritable", f"there is no folder `{one.parent}`", help="make it first")]
            )
    folder = Path(tempfile.mkdtemp(prefix="alpr-policy-"))
    con = duckdb.connect(":memory:", config=_config(folder, threads))
    try:
        con.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        # Rows come in the order of their numbers only where they are never made the side that is looked up.
        con.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        columns = _prepared(con, made, rows, folder)
        _copied(con, columns.log(), path, progress)
        if planted is not None:
            _copied(con, columns.planted(), planted, lambda share: None)
        return Written(rows=rows, size=path.stat().st_size)
    except (OSError, duckdb.Error) as error:
        told = f"`{path}` cannot be written: {str(error).splitlines()[0][:200]}"
        raise ScenarioError([Diagnostic("scenario-unwritable", told)]) from error
    finally:
        con.close()
        shutil.rmtree(folder, ignore_errors=True)


def _config(folder: Path, threads: int | None) -> dict[str, str]:
    config = {
        "memory_limit": MEMORY,
        "temp_directory": str(folder),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    return config | ({"threads": str(threads)} if threads else {})


def _copied(con: Any, query: str, path: Path, progress: Progress) -> None:
    partial = path.absolute().with_name(f".{path.name}.{os.getpid()}.part")
    options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.25):
            progress(max(0.0, con.query_progress()) / 100)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        con.execute(f"COPY ({query}) TO '{str(partial).replace(chr(39), chr(39) * 2)}' ({options})")
        os.replace(partial, path)
    finally:
        done.set()
        watcher.join()
        partial.unlink(missing_ok=True)


def _prepared(con: Any, made: Scenario, rows: int, folder: Path) -> Columns:
    """Put the stories, the people and the hours where rows are made from."""
    shares = dict.fromkeys(RHYTHMS, 0.0)
    for story in made.stories:
        shares[_rhythm(story.action)] += story.weight
    cuts = stretches(made.first, made.days, made.zone, shares)
    _load(con, folder, "cut", [{"n": n, **_fields(one)} for n, one in enumerate(cuts)], _CUT)
    columns = Columns(made, rows, len(cuts), TICKETS, PLACES)
    _load(con, folder, "story", columns.stories(_rhythm), columns.story_types())
    con.execute("CREATE TABLE ticket AS SELECT unnest(range(lo, hi))::INTEGER AS n, id AS story FROM story ORDER BY n")
    con.execute("ALTER TABLE story DROP COLUMN lo; ALTER TABLE story DROP COLUMN hi")
    _load(con, folder, "person", _pool(made), _PERSON)
    con.execute(
        "CREATE TABLE place AS SELECT unnest(range(lo, hi))::INTEGER AS n, * EXCLUDE (lo, hi) FROM person ORDER BY n"
    )
    return columns


_CUT: Final = {
    "n": "INTEGER",
    "start": "DOUBLE",
    "length": "DOUBLE",
    "shift": "INTEGER",
    "traffic": "DOUBLE",
    "people": "DOUBLE",
}
_PERSON: Final = {
    "lo": "INTEGER",
    "hi": "INTEGER",
    "person": "VARCHAR",
    "unit": "VARCHAR",
    "trained": "INTEGER",
    "every": "INTEGER",
    "designated": "INTEGER",
}


def _fields(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _CUT if name != "n"}


def _rhythm(action: str) -> str:
    if action == READ:
        return "traffic"
    return "machine" if action in STEADY or action in MACHINE_ACTIONS else "people"


def _pool(made: Scenario) -> list[dict[str, Any]]:
    """Give each kind of person, in each shift, its places: a person has as many as they are active."""
    nobody = {
        "lo": 0,
        "hi": SHIFTS * PLACES,
        "person": None,
        "unit": "machine",
        "trained": 0,
        "every": 1,
        "designated": 0,
    }
    found: list[dict[str, Any]] = [nobody]
    for number, kind in enumerate(dict.fromkeys(one.kind for one in made.people), start=1):
        for shift in range(SHIFTS):
            there = [one for one in made.people if one.kind == kind and one.shift in (shift, -1)]
            total, done = sum(one.activity for one in there), 0.0
            base = (number * SHIFTS + shift) * PLACES
            for one in there:
                low, done = round(done / total * PLACES), done + one.activity
                high = round(done / total * PLACES)
                about = {"person": one.id, "unit": one.unit, "trained": one.trained, "every": one.every}
                found.append({"lo": base + low, "hi": base + high, **about, "designated": one.designated})
    return found


def _load(con: Any, folder: Path, name: str, rows: list[dict[str, Any]], types: dict[str, str]) -> None:
    """Fill a table; it is written to a file, which is the quickest way in."""
    file = folder / f"{name}.jsonl"
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    listed = ", ".join(f"'{column.replace(chr(39), chr(39) * 2)}': '{kind}'" for column, kind in types.items())
    where = str(file).replace("'", "''")
    read = f"read_json('{where}', format='newline_delimited', columns={{{listed}}})"
    con.execute(f"CREATE TABLE {quoted(name)} AS SELECT * FROM {read}")
    file.unlink()
