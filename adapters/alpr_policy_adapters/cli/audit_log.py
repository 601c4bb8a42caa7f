"""`alpr-policy audit log`: what the rows of a log need reviewed, clause by clause, and what the log cannot say."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.model.values import printable
from alpr_policy.outputs.log_audit_sarif import log_audit_sarif
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.log_audit import LogAuditor, LoggedRow, own_facts
from alpr_policy.questions.log_audit_files import log_audit_csv, log_audit_junit
from alpr_policy.questions.log_audit_page import log_audit_page
from alpr_policy.questions.log_audit_report import LogAudit
from alpr_policy.questions.log_audit_schema import log_audit_schema
from alpr_policy_adapters.cli.as_of import known_texts
from alpr_policy_adapters.cli.audit_forms import RULES, log_diagnostics
from alpr_policy_adapters.cli.audit_log_report import show_log_audit
from alpr_policy_adapters.cli.happened import written
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
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point, finish
from alpr_policy_adapters.cli.output import Screen, print_json, shown_path, to_stderr
from alpr_policy_adapters.cli.reports import Form, form_of, print_report, version
from alpr_policy_adapters.logs import ImportReport, LogImport, LogRow
from alpr_policy_adapters.logs.supply import supplying_columns

ORGANISATION = "search.organisation"


class FailOn(StrEnum):
    """What ends the command with exit code 7."""

    NEVER = "never"
    REVIEW = "review"
    UNDECIDED = "undecided"


Profile = Annotated[
    str | None, typer.Option("--profile", "-p", metavar="NAME", help="The department whose policy is held against it.")
]
Instead = Annotated[
    str,
    typer.Option("--as-if", metavar="TEXT", help="Judge all rows under this text: NAME (its newest) or NAME@DATE."),
]
OutFile = Path | None


def audit_log(
    files: LogFiles,
    profile: Profile = None,
    as_if: Instead = "",
    mapping: LogMap = None,
    layout: LogLayout = "",
    timezone: LogZone = "",
    at: LogAt = "",
    encoding: LogEncoding = "",
    released: LogReleased = None,
    own: LogFacts = None,
    html: Annotated[OutFile, typer.Option("--html", metavar="FILE", help="Write a page for paper and screens.")] = None,
    csv: Annotated[OutFile, typer.Option("--csv", metavar="FILE", help="Write a line for each row listed.")] = None,
    junit: Annotated[
        OutFile, typer.Option("--junit", metavar="FILE", help="Write a test case for each clause.")
    ] = None,
    sarif: Annotated[
        OutFile, typer.Option("--sarif", metavar="FILE", help="Write SARIF 2.1.0, a rule a clause.")
    ] = None,
    places: Annotated[
        int, typer.Option("--places", min=0, max=1_000_000, metavar="N", help="List so many rows of each finding.")
    ] = 1_000,
    personal: Annotated[
        bool, typer.Option("--with-personal", help="Show plates, people, cases and reasons as the log has them.")
    ] = False,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="End with 7 where rows need review, or are undecided as well.")
    ] = FailOn.NEVER,
    form: Form = "text",
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Judge each row of a log under the text of its day, and say what needs review under which clause.

    What a log leaves out is said apart: it is evidence of nothing. Ends with 0 when it ran, 9 if some rows could not be
    read, 6 if none could, and 7 if --fail-on says so.
    """
    form = form_of(form, as_json=as_json)
    pdp, name = judging(policies, profile, as_if)
    options = log_options(
        mapping=mapping, layout=layout, timezone=timezone, at=at, encoding=encoding, released=released,
        own=own_facts(pdp.catalog.get(name)) | {*(own or ())},
    )  # fmt: skip
    found = LogImport(options)
    audit = audited(pdp, name, found, files, as_if=as_if, places=places, personal=personal)
    for path, text in (
        (html, log_audit_page),
        (csv, log_audit_csv),
        (junit, log_audit_junit),
        (sarif, _sarif),
    ):
        if path is not None:
            written(path, text(audit))
            to_stderr().say(f"wrote {shown_path(str(path))}")
    _print(form, audit, found.report)
    finish(_code(log_code(found.report), audit, fail_on))


def _print(form: str, audit: LogAudit, report: ImportReport) -> None:
    match form:
        case "text":
            show_log_audit(Screen(), audit, report)
        case "json":
            print_json(audit.to_wire())
        case "junit":
            sys.stdout.write(log_audit_junit(audit))
        case "sarif":
            sys.stdout.write(_sarif(audit))
        case _:
            print_report(form, log_diagnostics(audit, report), {}, RULES)


def _sarif(audit: LogAudit) -> str:
    return log_audit_sarif(audit, version=version(), shown=shown_path)


def audit_log_schema() -> None:
    """Print the JSON Schema of what `audit log --json` writes."""
    sys.stdout.write(log_audit_schema())


def judging(policies: list[Path] | None, profile: str | None, as_if: str = "") -> tuple[PolicyDecisionPoint, str]:
    """Return the decision point and the department that is meant; raises UsageError and UnknownProfileError."""
    name = as_if.partition("@")[0] or profile
    if not name:
        help = "name a department with `--profile`, or a text with `--as-if`"
        raise UsageError([Diagnostic("usage", "there is no policy to hold against the log", help=help)])
    pdp = decision_point(policies, [name, *([profile] if profile else [])])
    known_texts(pdp, [as_if] if as_if else [])
    return pdp, name


def audited(
    pdp: PolicyDecisionPoint,
    name: str,
    found: LogImport,
    files: Sequence[Path],
    *,
    as_if: str = "",
    places: int = 1_000,
    personal: bool = False,
) -> LogAudit:
    """Read logs and audit their rows, with a bar on a terminal; `found` then holds the report of the reading."""
    auditor = LogAuditor(pdp, name, as_if=as_if, places=places, personal=personal)
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.completed:,} rows {task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        reading = bar.add_task("read", total=None)
        judging = bar.add_task("judged", total=None)
        audit = auditor.run(
            _rows(found, files, lambda count: bar.update(reading, completed=count)),
            lambda count: bar.update(judging, completed=count),
        )
    report = found.report
    audit.read = {
        "rows": report.rows, "duplicates": report.duplicates, "unreadable": report.unreadable, "other": report.other,
    }  # fmt: skip
    audit.columns = supplying_columns()
    return audit


def _rows(found: LogImport, files: Sequence[Path], progress: Callable[[int], None]) -> Iterator[LoggedRow]:
    for row in found.rows(files, progress):
        yield LoggedRow(request=row.request, place=row.place, status=row.status, agency=agency_of(row))


def agency_of(row: LogRow) -> str:
    """Return whose a row is, as far as the log says it."""
    agency = row.more.get(ORGANISATION) or row.request["facts"].get(ORGANISATION)
    return printable(agency[:200]) if isinstance(agency, str) and agency not in ("unknown", "withheld") else ""


def _code(read: ExitCode, audit: LogAudit, fail_on: FailOn) -> ExitCode:
    if read is ExitCode.BAD_INPUT:
        return read
    failed = fail_on is not FailOn.NEVER and audit.needs_review
    failed = failed or (fail_on is FailOn.UNDECIDED and audit.undecided)
    return ExitCode.BELOW_THRESHOLD if failed else read
