"""`alpr-policy audit portal`: what an agency publishes, beside its profile and its log."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from alpr_policy.durations import start_of_day
from alpr_policy.errors import ExitCode
from alpr_policy.questions.duties import binding_texts
from alpr_policy.questions.log_audit import LoggedRow
from alpr_policy_adapters.cli.audit_forms import RULES, portal_diagnostics
from alpr_policy_adapters.cli.audit_log import Profile, agency_of, judging
from alpr_policy_adapters.cli.log_options import LogMap, LogReleased, LogZone, log_code, log_options
from alpr_policy_adapters.cli.options import Json, Policies, finish
from alpr_policy_adapters.cli.output import Screen, columns, one_text, print_json, row
from alpr_policy_adapters.cli.reports import Form, form_of, print_report, source_of
from alpr_policy_adapters.logs import LogImport
from alpr_policy_adapters.logs.portal import PortalRecord, load_portal
from alpr_policy_adapters.logs.portal_compare import Compared, LogFigures, Verdict, compare_portal

FORM = "alpr-policy portal comparison"


def audit_portal(
    record: Annotated[Path, typer.Argument(metavar="RECORD", help="What is published: JSON, YAML or JSON Lines.")],
    agency: Annotated[
        str, typer.Option("--agency", metavar="NAME", help="Whose record, of a file with several: its slug or name.")
    ] = "",
    profile: Profile = None,
    log: Annotated[
        list[Path] | None, typer.Option("--log", metavar="FILE", help="The agency's search log; may be given again.")
    ] = None,
    log_agency: Annotated[
        str, typer.Option("--log-agency", metavar="NAME", help="Whose rows count, of a log of several agencies.")
    ] = "",
    mapping: LogMap = None,
    timezone: LogZone = "",
    released: LogReleased = None,
    fail_on: Annotated[
        bool, typer.Option("--fail-on-difference", help="End with 7 where something published differs.")
    ] = False,
    form: Form = "text",
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Hold what an agency publishes against its policy and its log, claim by claim.

    Free text is compared where a table of phrases knows it; the rest is shown as not compared. The policy is the newest
    text, whether or not it was in force on the day of the record. Ends with 0 when it ran.
    """
    form = form_of(form, as_json=as_json)
    published = load_portal(record, agency)
    pdp, name = judging(policies, profile) if profile else (None, "")
    at = _noon(published, pdp.catalog.latest(name).timezone if pdp is not None else "UTC")
    text = pdp.texts.bound(pdp.catalog.latest(name), at) if pdp is not None else None
    figures, code = None, ExitCode.OK
    if log:
        options = log_options(
            mapping=mapping, layout="", timezone=timezone, at="", encoding="", released=released, own=()
        )
        found = LogImport(options)
        figures = _figures(found, log, log_agency)
        code = log_code(found.report)
    compared = compare_portal(published, text=text, at=at, log=figures)
    if form == "json":
        day = published.day.isoformat() if published.day else None
        head = {"version": 1, "form": FORM, "agency": published.name, "day": day, "profile": name}
        rows = figures.rows if figures is not None else None
        print_json({**head, "log_rows": rows, "claims": [one.to_wire() for one in compared]})
    elif form == "text":
        _tell(Screen(), published, compared, name, figures)
    else:
        texts = (pdp.catalog.latest(name), *binding_texts(pdp.catalog, name, at)) if pdp is not None else ()
        print_report(form, portal_diagnostics(published, compared, texts), source_of(record), RULES)
    differs = any(Verdict.DIFFERS in (one.profile.verdict, one.log.verdict) for one in compared)
    finish(ExitCode.BELOW_THRESHOLD if fail_on and differs and code is not ExitCode.BAD_INPUT else code)


def _noon(published: PortalRecord, timezone: str) -> dt.datetime:
    """Return when a profile is asked: at noon of the day of the record, by default of a day that is like any other."""
    return start_of_day(published.day or dt.date(2026, 1, 15), ZoneInfo(timezone)) + dt.timedelta(hours=12)


def _figures(found: LogImport, log: list[Path], agency: str) -> LogFigures:
    figures = LogFigures()
    for one in found.rows(log):
        whose = agency_of(one)
        if not agency or whose == agency:
            row = LoggedRow(request=one.request, place=one.place, status=one.status, agency=whose)
            figures.add(row, one.more)
    return figures


def _tell(
    screen: Screen, published: PortalRecord, compared: list[Compared], profile: str, figures: LogFigures | None
) -> None:
    told = f"Published by {published.name or 'an agency'}" + (f" on {published.day}" if published.day else "")
    screen.say(one_text(told), style="bold")
    beside = [f"the profile {profile}"] if profile else []
    beside += [f"a log of {figures.rows:,} searches"] if figures is not None else []
    screen.say(
        one_text(f"beside {' and '.join(beside)}" if beside else "beside nothing: give --profile, --log or both")
    )
    screen.say("A difference needs review; it shows no wrong.", style="dim")
    screen.say()
    known = [one for one in compared if {one.profile.verdict, one.log.verdict} != {Verdict.NOT_COMPARED}]
    table = columns("published", "profile", "log", ratios=(4, 4, 3))
    for one in known:
        views = (one.profile, one.log)
        cells = [_cell(view.verdict, view.told, view.cite) for view in views]
        row(table, f"{one.claim.topic.replace('_', ' ')}: {one_text(one.claim.published)}", *cells)
    if known:
        screen.put(table)
    rest = [one for one in compared if one not in known]
    if rest:
        screen.say()
        screen.say("Not compared", style="bold")
        for one in rest:
            screen.say(f"{one.claim.topic.replace('_', ' ')}: {one_text(one.claim.published)[:160]}")


def _cell(verdict: Verdict, told: str, cite: tuple[str, ...]) -> str:
    cited = f" ({', '.join(cite)})" if cite else ""
    return f"{verdict.value}{cited}{f': {told}' if told else ''}"
