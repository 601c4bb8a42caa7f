"""`alpr-policy log`: audit logs of other systems, as a report of what they hold and as requests to judge."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.cli.log_options import (
    LogAt,
    LogEncoding,
    LogFacts,
    LogFiles,
    LogLayout,
    LogMap,
    LogReleased,
    LogZone,
    log_code,
    log_options,
)
from alpr_policy_adapters.cli.log_report import show_report
from alpr_policy_adapters.cli.options import Json, UsageError, finish
from alpr_policy_adapters.cli.output import Screen, columns, print_json, row
from alpr_policy_adapters.logs import LAYOUTS, LogImport, log_schema
from alpr_policy_adapters.pipeline.log_acts import act_of
from alpr_policy_adapters.tables.writing import ActWriter

log = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Read audit logs of other systems.")
Out = Annotated[
    Path | None,
    typer.Option("--requests", metavar="FILE", help="Write each row's request there, one JSON line each."),
]
RowsOut = Annotated[
    Path | None,
    typer.Option("--rows", metavar="FILE", help="Write each row there: its place, request and status of each fact."),
]

TableOut = Annotated[
    Path | None,
    typer.Option("--table", metavar="FILE", help="Write all rows there as a table of acts, in Parquet, for a replay."),
]


@log.command(short_help="Read logs, say what is in them, and write them as requests.")
def read(
    files: LogFiles,
    mapping: LogMap = None,
    layout: LogLayout = "",
    timezone: LogZone = "",
    at: LogAt = "",
    encoding: LogEncoding = "",
    released: LogReleased = None,
    departments: Annotated[
        list[str] | None, typer.Option("--department", "-d", metavar="NAME", help="Written into each request.")
    ] = None,
    own: LogFacts = None,
    requests: Out = None,
    rows: RowsOut = None,
    table: TableOut = None,
    as_json: Json = False,
) -> None:
    """Read logs and report rows, duplicates, overlaps, the status of each fact, and what could not be read.

    Ends with 0; with 9 if some rows or files could not be read, with 6 if none could. `alpr-policy decide --stream`
    judges what --requests writes.
    """
    _check_apart({"--requests": requests, "--rows": rows, "--table": table})
    found = LogImport(
        log_options(
            mapping=mapping, layout=layout, timezone=timezone, at=at, encoding=encoding, released=released,
            own=own or (), departments=departments or (),
        )
    )  # fmt: skip
    _run(found, files, requests, rows, table)
    if as_json:
        print_json(found.report.to_wire())
    else:
        show_report(Screen(), found.report)
    finish(log_code(found.report))


@log.command()
def layouts() -> None:
    """List the layouts that are known without a mapping."""
    screen, table = Screen(), columns("layout", "describes", ratios=(None, 1))
    for one in LAYOUTS.values():
        row(table, one.name, one.about)
    screen.put(table)


@log.command()
def schema() -> None:
    """Print the JSON Schema of a mapping file."""
    sys.stdout.write(log_schema())


def _check_apart(written: dict[str, Path | None]) -> None:
    """Refuse two options that name one file."""
    options: dict[Path, str] = {}
    for option, path in written.items():
        if path is not None and (other := options.setdefault(path.resolve(), option)) != option:
            raise UsageError([Diagnostic("usage", f"`{other}` and `{option}` name the same file")])


def _run(
    found: LogImport, files: list[Path], requests: Path | None, rows: Path | None, table: Path | None = None
) -> None:
    """Read everything; what is written takes its place only when it is whole."""
    with contextlib.ExitStack() as stack:
        requests_to = stack.enter_context(_whole(requests)) if requests is not None else None
        rows_to = stack.enter_context(_whole(rows)) if rows is not None else None
        table_to = stack.enter_context(ActWriter(table)) if table is not None else None
        bar = stack.enter_context(
            Progress(
                SpinnerColumn(),
                TextColumn("{task.completed:,} rows read"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
                disable=not sys.stderr.isatty(),
            )
        )
        task = bar.add_task("read", total=None)
        for one in found.rows(files, lambda count: bar.update(task, completed=count)):
            if requests_to is not None:
                requests_to.write(json.dumps(one.request, separators=(",", ":")) + "\n")
            if rows_to is not None:
                rows_to.write(json.dumps(one.to_wire(), separators=(",", ":")) + "\n")
            if table_to is not None:
                table_to.add(act_of(one))


@contextmanager
def _whole(path: Path) -> Iterator[IO[str]]:
    """Write beside a file, and put it in place when all is written; it is for its owner's eyes, as logs name people."""
    target = path.resolve()
    if target.exists() and not target.is_file():  # a device or a pipe would be replaced by a file
        raise UsageError(
            [Diagnostic("usage", f"`{path}` is no file to write to", help="name a new file, or an older one")]
        )
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".log-", suffix=".tmp")
    try:
        with open(handle, "w", encoding="utf-8") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
