"""The options that say how a log is to be read, for every command that reads one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from alpr_policy.durations import parse_moment
from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy_adapters.cli.options import UsageError
from alpr_policy_adapters.columns import known_zone
from alpr_policy_adapters.logs import ImportReport, LogOptions, load_log_mapping, load_released
from alpr_policy_adapters.logs.tables import ENCODINGS

LogFiles = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Logs; the layout is told by the header.")]
LogMap = Annotated[Path | None, typer.Option("--mapping", metavar="FILE", help="How the logs are laid out, in YAML.")]
LogLayout = Annotated[
    str, typer.Option("--layout", metavar="NAME", help="A known layout; see `alpr-policy log layouts`.")
]
LogZone = Annotated[str, typer.Option("--timezone", metavar="ZONE", help="The time zone of times without an offset.")]
LogAt = Annotated[str, typer.Option("--at", metavar="INSTANT", help="When a report was made that holds no times.")]
LogEncoding = Annotated[str, typer.Option("--encoding", help=f"One of {', '.join(ENCODINGS)}.")]
LogReleased = Annotated[
    Path | None,
    typer.Option("--released", metavar="FILE", help="Which columns each agency released, parted by tabs."),
]
LogFacts = Annotated[
    list[str] | None,
    typer.Option("--fact", metavar="NAME", help="A fact of a profile's own that requests carry: search.networks."),
]


def log_options(
    *,
    mapping: Path | None,
    layout: str,
    timezone: str,
    at: str,
    encoding: str,
    released: Path | None,
    own: Iterable[str],
    departments: Iterable[str] = (),
) -> LogOptions:
    """Return how logs are to be read; raises UsageError for words that do not go together, and LogError."""
    if mapping is not None and layout:
        raise UsageError([Diagnostic("usage", "`--mapping` and `--layout` do not go together", help="give one")])
    return LogOptions(
        layout=layout,
        mapping=load_log_mapping(mapping) if mapping is not None else None,
        zone=_zone(timezone),
        at=_at(at),
        encoding=_encoding(encoding),
        departments=tuple(departments),
        released=load_released(released) if released is not None else None,
        own=frozenset(own),
    )


def log_code(report: ImportReport) -> ExitCode:
    """Give the exit code of a command that read logs: PARTIAL where some rows or files could not be read."""
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
