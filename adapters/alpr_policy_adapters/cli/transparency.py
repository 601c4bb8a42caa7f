"""`alpr-policy transparency`: the public report a department owes its citizens, from a ledger or from logs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from alpr_policy.durations import end_of_day
from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.model.profile import Profile
from alpr_policy.questions.as_of import text_at
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.suppression import LEAST_THRESHOLD, USUAL_THRESHOLD
from alpr_policy.questions.transparency import Deed, TransparencyReport, deed_of, request_deed
from alpr_policy.questions.transparency import transparency as counted
from alpr_policy.questions.transparency_pages import (
    overdue_text,
    shown,
    told_rows,
    transparency_markdown,
    transparency_page,
)
from alpr_policy.reading.requests import read_request
from alpr_policy_adapters.cli.audit import acts_of, period_of
from alpr_policy_adapters.cli.happened import Known, PastFile, PeopleFile, Remembered, Whence, written
from alpr_policy_adapters.cli.log_options import LogLayout, LogMap, LogZone, log_code, log_options
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point, finish
from alpr_policy_adapters.cli.output import Screen, columns, one_text, print_json, row, shown_path, to_stderr
from alpr_policy_adapters.logs import LogImport


def transparency(
    profile: Annotated[
        str | None,
        typer.Option("--profile", "-p", metavar="NAME", help="The department, for its duties and its time zone."),
    ] = None,
    ledger: Remembered = None,
    acts: Annotated[
        Path | None, typer.Option("--acts", metavar="FILE", help="What was asked, decided and done, in JSON Lines.")
    ] = None,
    log: Annotated[
        list[Path] | None, typer.Option("--log", metavar="TABLE", help="A log of another system; may be given again.")
    ] = None,
    month: Annotated[str | None, typer.Option("--month", metavar="YYYY-MM", help="The month of the report.")] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="The first day of the period.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="The last day of the period.")] = None,
    past: PastFile = None,
    people: PeopleFile = None,
    threshold: Annotated[
        int, typer.Option(min=LEAST_THRESHOLD, max=1000, metavar="N", help="Counts below this are not shown.")
    ] = USUAL_THRESHOLD,
    mapping: LogMap = None,
    layout: LogLayout = "",
    timezone: LogZone = "",
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page.")] = None,
    markdown: Annotated[Path | None, typer.Option("--markdown", metavar="FILE", help="Write Markdown.")] = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Count searches, hits, shares, audits and what is overdue, for the public: no plate, no name, no case.

    Small counts are not shown, nor others by which they could be worked out. Rows of a log are judged where a profile
    is named.
    """
    begin, end = period_of(month, first, last)
    pdp = decision_point(policies, [profile] if profile else [])
    text = text_at(pdp.catalog, profile, end).profile if profile else None
    sources = [one for one in (ledger, acts, past, log or None) if one is not None]
    if not sources or (text is None and not log):
        help = "name the department with `--profile`, and a ledger, `--acts` or `--log`; logs alone need no profile"
        raise UsageError([Diagnostic("usage", "there is nothing to report on", help=help)])
    deeds, known, code = _recorded(pdp, text, end, Whence(past=past, people=people, ledger=ledger), acts)
    if log:
        options = log_options(
            mapping=mapping, layout=layout, timezone=timezone, at="", encoding="", released=None, own=()
        )
        found = LogImport(options)
        deeds += list(_rows(found, log, pdp, text))
        read = log_code(found.report)
        code = code if read is ExitCode.OK else read
    report = counted(
        deeds,
        known.past if known is not None else None,
        begin,
        end,
        people=known.people if known is not None else None,
        profile=text,
        timezone=timezone or "UTC",
        threshold=threshold,
    )
    for path, made in ((html, transparency_page), (markdown, transparency_markdown)):
        if path is not None:
            written(path, made(report))
            to_stderr().say(f"wrote {shown_path(str(path))}")
    if as_json:
        print_json(report.to_wire())
    else:
        _tell(Screen(), report)
    finish(code)


def _recorded(
    pdp: PolicyDecisionPoint, text: Profile | None, end: dt.date, whence: Whence, acts: Path | None
) -> tuple[list[Deed], Known | None, ExitCode]:
    """Return the acts that a ledger and files hold, what else they know, and the code of a command that read them."""
    if text is None or (whence.ledger is None and whence.past is None and acts is None):
        return [], None, ExitCode.OK
    known = whence.read(text.profile, text, end_of_day(end, ZoneInfo(text.timezone)))
    if known.memory is None and acts is None:
        return [], known, known.code
    recorded, complete = acts_of(acts, pdp, text.profile, known)
    told = known if whence.ledger is not None or whence.past is not None else None
    return [deed_of(act) for act in recorded.acts], told, known.code if complete else ExitCode.PARTIAL


def _rows(found: LogImport, files: list[Path], pdp: PolicyDecisionPoint, text: Profile | None) -> Iterator[Deed]:
    """Give the rows of logs, judged under the department's texts where there is one."""
    for one in found.rows(files):
        request = read_request(one.request)
        if request.fatal:
            continue
        outcome = str(pdp.decide(request, departments=[text.profile]).outcome) if text is not None else ""
        yield request_deed(request, one.place, outcome=outcome)


def _tell(screen: Screen, report: TransparencyReport) -> None:
    whose = f"{report.department}, " if report.department else ""
    screen.say(one_text(f"{whose}{report.first} to {report.last}"), style="bold")
    hidden = f"counts from 1 to {report.threshold - 1} are not shown, nor others by which they could be worked out"
    screen.say(hidden)
    for one in report.tables:
        screen.say()
        screen.say(one_text(one.title), style="bold")
        table = _numbers("", "how many")
        for label, count in told_rows(one):
            row(table, one_text(label), count)
        screen.put(table)
    if report.duties:
        screen.say()
        table = columns("duty", "done", "overdue", ratios=(1, None, None))
        for duty in report.duties:
            row(table, one_text(f"{duty.what} [{', '.join(duty.cite)}]"), shown(duty.done), overdue_text(duty))
        screen.put(table)


def _numbers(*headings: str) -> Table:
    table = columns(*headings, ratios=(1, None))
    table.columns[-1].justify = "right"
    return table
