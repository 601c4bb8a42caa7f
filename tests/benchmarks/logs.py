"""What reading an audit log costs, on invented rows of a portal's layout.

Run `python -m tests.benchmarks.logs [ROWS] [table]`, each size in a process of its own; CPU time, and the memory at its
most. With `table` the rows are written as a table of acts too.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from alpr_policy_adapters.logs import LogImport
from alpr_policy_adapters.pipeline.log_acts import act_of
from alpr_policy_adapters.tables.writing import ActWriter


def invented(path: Path, rows: int) -> None:
    """Write an export of 300 users over four weeks, with 2,000 kinds of reason."""
    with path.open("w", encoding="utf-8") as out:
        out.write("id,userId,searchDate,networkCount,reason\n")
        for n in range(rows):
            when = f"2026-03-{1 + n % 28:02}T{n % 24:02}:{n % 60:02}:{n // 7 % 60:02}.{n % 1000:03}Z"
            out.write(f"id{n:016x},u{n % 300},{when},{n % 700},reason {n % 2000}\n")


def most_memory() -> float:
    """Return the most memory that this process had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def as_table(path: Path) -> int:
    """Write an export as a table of acts, and return how many rows it has."""
    with ActWriter(path.with_suffix(".parquet")) as out:
        for row in LogImport().rows([path]):
            out.add(act_of(row))
    return out.rows


def main(rows: int, table: bool = False) -> None:
    """Read an invented export and say what it cost."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        invented(path, rows)
        before, begun = most_memory(), time.process_time()
        count = as_table(path) if table else sum(1 for _ in LogImport().rows([path]))
        took = time.process_time() - begun
    print(f"{count:,} rows: {took / rows * 1e6:.0f} µs a row, {before:.0f} MB before, {most_memory():.0f} MB at most")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, "table" in sys.argv[2:])
