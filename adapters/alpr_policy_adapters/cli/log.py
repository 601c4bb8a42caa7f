"""`alpr-policy log`: audit logs of other systems, as a report of what they hold and as requests to judge."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from alpr_policy.durations import parse_moment
from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy_adapters.cli.log_report import show_report
from alpr_policy_adapters.cli.options import Json, UsageError, finish
from alpr_policy_adapters.cli.output import Screen, columns, print_json, row
from alpr_policy_adapters.columns import known_zone
from alpr_policy_adapters.logs import (
    LAYOUTS,
    ImportReport,
    LogImport,
    LogOptions,
    load_log_mapping,
    load_released,
    log_schema,
)
from alpr_policy_adapters.logs.tables import ENCODINGS
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
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Logs; the layout is told by the header.")],
    mapping: Annotated[
        Path | None, typer.Option("--mapping", metavar="FILE", help="How the logs are laid out, in YAML.")
    ] = None,
    layout: Annotated[
        str, typer.Option("--layout", metavar="NAME", help="A known layout; see `alpr-policy log layouts`.")
    ] = "",
    timezone: Annotated[
        str, typer.Option("--timezone", metavar="ZONE", help="The time zone of times without an offset.")
    ] = "",
    at: Annotated[
        str, typer.Option("--at", metavar="INSTANT", help="When a report was made that holds no times.")
    ] = "",
    encoding: Annotated[str, typer.Option("--encoding", help=f"One of {', '.join(ENCODINGS)}.")] = "",
    released: Annotated[
        Path | None,
        typer.Option("--released", metavar="FILE", help="Which columns each agency released, parted by tabs."),
    ] = None,
    departments: Annotated[
        list[str] | None, typer.Option("--department", "-d", metavar="NAME", help="Written into each request.")
    ] = None,
    own: Annotated[
        list[str] | None,
        typer.Option("--fact", metavar="NAME", help="A fact of a profile's own that requests carry: search.networks."),
    ] = None,
    requests: Out = None,
    rows: RowsOut = None,
    table: TableOut = None,
    as_json: Json = False,
) -> None:
    """Read logs and report rows, duplicates, overlaps, the status of each fact, and what could not be read.

    Ends with 0; with 9 if some rows or files could not be read, with 6 if none could. `alpr-policy decide --stream`
    judges what --requests writes.
    """
    if mapping is not None and layout:
        raise UsageError([Diagnostic("usage", "`--mapping` and `--layout` do not go together", help="give one")])
    _check_apart({"--requests": requests, "--rows": rows, "--table": table})
    found = LogImport(
        LogOptions(
            layout=layout,
            mapping=load_log_mapping(mapping) if mapping is not None else None,
            zone=_zone(timezone),
            at=_at(at),
            encoding=_encoding(encoding),
            departments=tuple(departments or ()),
            released=load_released(released) if released is not None else None,
            own=frozenset(own or ()),
        )
    )
    _run(found, files, requests, rows, table)
    if as_json:
        print_json(found.report.to_wire())
    else:
        show_report(Screen(), found.report)
    finish(_code(found.report))


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


def _code(report: ImportReport) -> ExitCode:
    refused = report.unreadable or any(one.error is not None for one in report.files)
    if not refused:
        return ExitCode.OK
    return ExitCode.PARTIAL if report.requests or report.other or report.duplicates else ExitCode.BAD_INPUT


def _zone(name: str) -> ZoneInfo | None:
    if name and not known_zone(name):
        told = f"--timezone: `{name[:60]}` is not a time zone"
        raise UsageError([Diagnostic("usage", told, help="write continent and city, as in `America/New_York`")])
    return ZoneInfo(name) if name else None


def _at(text: str) -> str:
    if not text:
        return ""
    try:
        found = parse_moment(text)
    except ValueError as error:
        raise UsageError([Diagnostic("usage", f"--at: {error}")]) from None
    if not isinstance(found, datetime):
        told = "--at: a time of day is wanted, such as 2026-05-01T12:00:00-04:00"
        raise UsageError([Diagnostic("usage", told)])
    return found.isoformat()


def _encoding(name: str) -> str:
    if name and name not in ENCODINGS:
        told = f"--encoding: `{name[:40]}` is none of {', '.join(ENCODINGS)}"
        raise UsageError([Diagnostic("usage", told)])
    return name
