"""`alpr-policy check`: can these profiles be used?"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer

from alpr_policy.errors import ExitCode
from alpr_policy.model.wire import plain
from alpr_policy.questions.check import CheckReport, ProfileSummary, check_files
from alpr_policy_adapters.cli.options import Json, Policies, finish
from alpr_policy_adapters.cli.output import (
    Screen,
    as_data,
    columns,
    number,
    print_json,
    row,
    show_diagnostics,
    shown_path,
)
from alpr_policy_adapters.cli.reports import Form, form_of, print_report


def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE|DIR]...", help="Profiles; without any, all that are known.")
    ] = None,
    form: Form = "text",
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Read profiles and say everything that is wrong in any of them; 5 if one cannot be used."""
    form = form_of(form, as_json=as_json)
    report = check_files(paths or (), policies or ())
    if form == "json":
        print_json(_data(report))
    elif form != "text":
        print_report(form, report.diagnostics, report.sources)
    else:
        _show(Screen(), report)
    finish(ExitCode.OK if report.passed else ExitCode.BAD_PROFILE)


def _data(report: CheckReport) -> dict[str, Any]:
    return {
        "passed": report.passed,
        "files": report.files,
        "profiles": [_summary_data(one) for one in report.summaries],
        "diagnostics": [as_data(one) for one in report.diagnostics],
    }


def _summary_data(one: ProfileSummary) -> dict[str, Any]:
    written: dict[str, Any] = {key: plain(value) for key, value in dataclasses.asdict(one).items()}
    return written | {"file": shown_path(one.file)}


def _show(screen: Screen, report: CheckReport) -> None:
    show_diagnostics(screen, report.diagnostics, report.sources)
    if report.summaries:
        if report.diagnostics:
            screen.say()
        screen.put(_table(report))
        for one in report.summaries:
            if one.open_parameters:
                screen.say()
                screen.say(
                    f"{one.profile} may not serve until these are filled, in a file that says `adopts: {one.profile}`:"
                )
                for parameter in one.open_parameters:
                    by = f", by {parameter.set_by.replace('_', ' ')}" if parameter.set_by else ""
                    screen.say(f"  {parameter.name}: {parameter.type}{by} ({', '.join(parameter.cite)})")
            if one.not_compared:
                screen.say()
                screen.say(f"{one.profile} was not compared with this of its floor: {', '.join(one.not_compared)}")
    good = len(report.summaries)
    if report.passed:
        screen.say()
        screen.say(f"{number(good, 'profile')} can be used", style="bold green")


def _table(report: CheckReport) -> Any:
    table = columns("profile", "policy", "effective", "statements", "clauses", "not enforced", "open", "content")
    for one in report.summaries:
        row(
            table,
            one.profile,
            one.version,
            str(one.effective or "not set"),
            str(one.statements),
            f"{one.cited + one.not_enforced} of {one.clauses}",
            str(one.not_enforced),
            str(len(one.open_parameters)) if one.open_parameters else "-",
            one.content_hash[:12],
        )
    return table
