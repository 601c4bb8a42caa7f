"""What a replay reads: a table of acts as it is; a vendor's log or a stream of requests, made into one."""

from __future__ import annotations

import contextlib
import csv
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.reading.requests import MAX_FACTS, read_request
from alpr_policy_adapters.logs import ImportReport, LogImport, LogOptions
from alpr_policy_adapters.pipeline.log_acts import act_of
from alpr_policy_adapters.tables.encoding import row_of
from alpr_policy_adapters.tables.files import FORMATS, TableError
from alpr_policy_adapters.tables.writing import ActWriter

Progress = Callable[[str, int, int], None]
# As far as a first line is looked at, and as long as a request of a stream may be.
HEAD, LONGEST = 100_000, 10_000_000
TABLE = ("at", "action")


@contextlib.contextmanager
def table_of(
    paths: Sequence[Path], options: LogOptions, progress: Progress, reports: list[ImportReport]
) -> Iterator[tuple[Path, ...]]:
    """Give the files of a table of acts; what is none yet is written as one, and the report of reading it is kept.

    Raises LogError, TableError.
    """
    kinds = {path: _kind(path, options) for path in paths}
    if set(kinds.values()) <= {"table"}:
        yield tuple(paths)
        return
    if len(set(kinds.values())) > 1:
        told = "tables of acts, requests and logs of other systems cannot be replayed in one"
        raise TableError(
            [Diagnostic("table-format", told, help="`alpr-policy log read --table` makes a table of a log")]
        )
    with tempfile.TemporaryDirectory(prefix="alpr-policy-") as folder:
        target = Path(folder) / "acts.parquet"
        with ActWriter(target) as writer:
            if "requests" in kinds.values():
                _write_requests(paths, writer, progress)
            else:
                found = LogImport(options)
                for row in found.rows(list(paths), lambda count: progress("reading the log", count, 0)):
                    writer.add(act_of(row))
                reports.append(found.report)
        yield (target,)


def _kind(path: Path, options: LogOptions) -> str:
    """Say what a file is by its ending and its first line: a `table`, `requests`, or a `log`."""
    told = options.mapping is not None or options.layout
    if told or FORMATS.get(path.suffix.lower()) is None:
        return "log" if told or not path.is_dir() else "table"
    if path.suffix.lower() == ".parquet":
        return "table"
    try:
        with path.open("rb") as file:
            head = file.readline(HEAD).decode("utf-8", "replace").lstrip("\ufeff")
    except OSError:
        return "table"  # which says what is wrong with it
    if path.suffix.lower() == ".csv":
        return "table" if set(TABLE) <= set(next(csv.reader([head]), ())) else "log"
    keys = _keys(head)
    if not set(TABLE) <= keys:
        return "log"
    return "requests" if "facts" in keys else "table"


def _keys(line: str) -> set[str]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return set()
    return set(found) if isinstance(found, dict) else set()


def _write_requests(paths: Sequence[Path], writer: ActWriter, progress: Progress) -> None:
    """Write a stream of requests as acts; a line that is no request is an act without time, and counted as such."""
    for path in paths:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(LONGEST):
                number += 1
                writer.add(_act(line))
                if number % 10_000 == 0:
                    progress("reading requests", number, 0)


def _act(line: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    facts = raw.get("facts") if isinstance(raw, dict) else None
    if not isinstance(facts, dict) or len(facts) > MAX_FACTS:
        return {}
    return row_of(read_request(raw))
