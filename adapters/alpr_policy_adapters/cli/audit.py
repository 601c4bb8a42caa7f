"""`alpr-policy audit run` and `audit sign`: the audit of a period, and its sign-off."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text

from alpr_policy.durations import end_of_day, instant
from alpr_policy.errors import Diagnostic, ExitCode, RequestError
from alpr_policy.model.decision import Outcome
from alpr_policy.model.directory import Directory
from alpr_policy.model.past import Doing
from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import Sample
from alpr_policy.questions.acts import Acts, read_acts_file
from alpr_policy.questions.as_of import moment_in, text_at
from alpr_policy.questions.audit_pages import AT, Row, audit_csv, audit_page, minutes, sections
from alpr_policy.questions.audit_report import AuditReport, digest_of
from alpr_policy.questions.audits import audit as audit_of
from alpr_policy.questions.audits import sign_off
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.doings import DoingJudge, reported
from alpr_policy.questions.duties import binding_texts, task_text
from alpr_policy.questions.explain import one_line
from alpr_policy.questions.wording import Wording
from alpr_policy.reading.documents import read_document_file
from alpr_policy.reading.text_files import Limits
from alpr_policy.source import SourceFile
from alpr_policy.suggest import did_you_mean
from alpr_policy_adapters.cli.as_of import now_or
from alpr_policy_adapters.cli.audit_forms import RULES, audit_diagnostics
from alpr_policy_adapters.cli.directory_options import DirectoryPath, PeopleUrl, load_directory
from alpr_policy_adapters.cli.happened import Department, Known, PastFile, PeopleFile, Remembered, Whence, told, written
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point, finish
from alpr_policy_adapters.cli.output import Screen, columns, number, one_text, print_json, row, shown_path, to_stderr
from alpr_policy_adapters.cli.reports import Form, form_of, print_report
from alpr_policy_adapters.ledger import Kind, Ledger
from alpr_policy_adapters.office import Office, authority_of, report_duty
from alpr_policy_adapters.office.preparing import filled

SHOWN, LONGEST = 10, 140
REPORT = Limits(max_bytes=200_000_000, max_nodes=20_000_000)
EXIT = {Outcome.ALLOW: ExitCode.OK, Outcome.NEEDS: ExitCode.NEEDS, Outcome.DENY: ExitCode.DENY}

audit = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Audit a period, a log, or what is published.")


@audit.command(short_help="Assemble the audit of a period.")
def run(
    department: Department,
    acts: Annotated[
        Path | None, typer.Option("--acts", metavar="FILE", help="What was asked, decided and done, in JSON Lines.")
    ] = None,
    month: Annotated[str | None, typer.Option("--month", metavar="YYYY-MM", help="The month that is audited.")] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="The first day of the period.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="The last day of the period.")] = None,
    past: PastFile = None,
    people: PeopleFile = None,
    ledger: Remembered = None,
    directory: DirectoryPath = None,
    people_url: PeopleUrl = None,
    share: Annotated[
        int, typer.Option("--share", min=0, max=100, metavar="PERCENT", help="Draw so many percent of all acts too.")
    ] = 0,
    at_least: Annotated[
        int, typer.Option("--at-least", min=0, metavar="N", help="Draw at least so many acts too.")
    ] = 0,
    seed: Annotated[
        str | None, typer.Option("--seed", metavar="TEXT", help="The seed of the draw (default: the period).")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page for print as well.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write a table as well.")] = None,
    form: Form = "text",
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Show what an audit of the period must hold: exceptions, overrides, samples, and what must not be overlooked."""
    form = form_of(form, as_json=as_json)
    begin, end = period_of(month, first, last)
    pdp = decision_point(policies, [department])
    shown = text_at(pdp.catalog, department, end)
    profile = shown.profile
    whence = Whence(past=past, people=people, ledger=ledger, directory=directory, people_url=people_url)
    known = whence.read(department, profile, last_instant(end, profile))
    recorded, complete = acts_of(acts, pdp, department, known)
    sample = Sample(share=f"{share} percent" if share else None, at_least=at_least or None)
    report = audit_of(
        profile,
        recorded.acts,
        known.past,
        begin,
        end,
        people=known.people,
        overrides=recorded.overrides,
        audited=known.memory.audited(begin) if known.memory is not None else None,
        sample=sample if share or at_least else None,
        seed=seed,
    )
    report = dataclasses.replace(report, note=shown.note)
    for path, text in ((html, audit_page), (csv, audit_csv)):
        if path is not None:
            written(path, text(report))
            to_stderr().say(f"wrote {shown_path(str(path))}")
    if form == "json":
        print_json(report.to_wire())
    elif form == "text":
        _tell(Screen(), report)
    else:
        texts = binding_texts(pdp.catalog, department, last_instant(end, profile))
        # The file is named and its lines are not shown, since they may hold a plate.
        sources = {str(acts): SourceFile(str(acts), "")} if acts is not None else {}
        print_report(form, audit_diagnostics(report, recorded.places, texts), sources, RULES)
    finish(known.code if complete else ExitCode.PARTIAL)


def period_of(month: str | None, first: str | None, last: str | None) -> tuple[dt.date, dt.date]:
    """Return the first and last day of the period; raises UsageError."""
    try:
        if month is not None and first is None and last is None:
            begin = dt.datetime.strptime(month, "%Y-%m").date()
            return begin, (begin + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
        if month is None and first is not None and last is not None:
            begin, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
            if begin <= end:
                return begin, end
    except ValueError as error:
        raise UsageError([Diagnostic("usage", f"the period cannot be read: {one_text(str(error))}")]) from None
    help = "name a month with `--month 2026-11`, or two days with `--from` and `--to`"
    raise UsageError([Diagnostic("usage", "there is no period to audit", help=help)])


def acts_of(path: Path | None, pdp: PolicyDecisionPoint, department: str, known: Known) -> tuple[Acts, bool]:
    """Return the acts of a ledger and of a file; one without a decision is filled, and judged as of its time."""
    kept = Acts()
    if known.memory is not None:
        kept = Acts(acts=tuple(known.memory.acts()), overrides=tuple(known.memory.overrides()))
    if path is None:
        if known.memory is None:
            help = "name a ledger with `--ledger`, or a file with `--acts`"
            raise UsageError([Diagnostic("usage", "there are no acts to audit", help=help)])
        return kept, True
    recorded, found = read_acts_file(
        path,
        lambda request: pdp.decide(request, departments=[department]),
        lambda request: filled(request, known.directory),
    )
    whole = told(found, nothing=not recorded.acts and not recorded.overrides)
    acts, overrides = (*kept.acts, *recorded.acts), (*kept.overrides, *recorded.overrides)
    return Acts(acts=acts, overrides=overrides, places=recorded.places), whole


def last_instant(day: dt.date, profile: Profile) -> dt.datetime:
    """Return the last instant of a local day."""
    return instant(end_of_day(day, ZoneInfo(profile.timezone)))


def _tell(screen: Screen, report: AuditReport) -> None:
    screen.say(one_text(f"Audit: {report.department}, {report.first} to {report.last}"), style="bold")
    counted = ", ".join(f"{n} {outcome}" for outcome, n in report.outcomes.items()) or "none"
    screen.say(f"policy {one_text(report.version)}; {number(report.acts, 'act')}: {counted}; {report.done} done")
    if report.note:
        screen.say(one_text(f"the text was {report.note}"), style="bold yellow")
    if report.judged_now:
        screen.say(f"{number(report.judged_now, 'act')} came without a decision and were judged now", style="yellow")
    for _, title, rows in sections(report):
        screen.say()
        screen.say(one_text(f"{title} ({len(rows)})"), style="bold" if rows else "dim")
        if rows:
            screen.put(_rows(rows[:SHOWN]))
        if len(rows) > SHOWN:
            screen.say(f"and {len(rows) - SHOWN:,} more (--html, --csv, --json)", style="dim")
    screen.say()
    screen.put(Text("seed ").append(one_text(report.seed)).append(f"; report sha256:{report.digest}"), wrap=False)


def _rows(rows: list[Row]) -> Table:
    """Return a table without the columns in which nothing stands."""
    shown = [(one[1], minutes(one[AT]), one[3], one[4], _short(one[7])) for one in rows]
    named = (("id", 2), ("at", 3), ("person", 2), ("what", 3), ("why", 7))
    kept = [n for n in range(len(named)) if any(cells[n] for cells in shown)]
    table = columns(*(named[n][0] for n in kept), ratios=tuple(named[n][1] for n in kept))
    for cells in shown:
        row(table, *(cells[n] for n in kept))
    return table


def _short(text: str) -> str:
    """Return what fits a terminal; the page, the table and the JSON have the whole of it."""
    return text if len(text) <= LONGEST else text[:LONGEST].rstrip(" ,;") + " …"


@audit.command(short_help="Judge the sign-off of an audit, and write it down.")
def sign(
    department: Department,
    report: Annotated[Path, typer.Option("--report", metavar="FILE", help="The report, from `audit run --json`.")],
    by: Annotated[str, typer.Option("--by", metavar="ID", help="The person who signs.")],
    roles: Annotated[list[str], typer.Option("--role", metavar="ROLE", help="A role in which the person acts.")],
    cover: Annotated[
        list[str] | None, typer.Option("--cover", metavar="NAME", help="What the audit covered (default: all asked).")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE|INSTANT", help="When it is signed; by default now.")
    ] = None,
    ledger: Remembered = None,
    directory: DirectoryPath = None,
    people_url: PeopleUrl = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Ask whether this person may sign this audit off; if so, show the record of it, with the report's digest.

    With a ledger the sign-off is written there, or that it was refused. With a directory a role that the person does
    not fill counts for nothing.
    """
    pdp = decision_point(policies, [department])
    wire = _report(report)
    profile = text_at(pdp.catalog, department, now_or(as_of)).profile
    if wire.get("profile") != profile.profile:
        raise _unfit(report, f"it is an audit of `{one_text(str(wire.get('profile')))[:60]}`")
    at = moment_in(now_or(as_of), profile.timezone)
    covers = cover if cover is not None else [str(one) for one in wire.get("covers", ())]
    _ended(report, wire, profile, at)
    people = load_directory(directory, people_url) if directory is not None else None
    roles = _roles(roles, by, people, binding_texts(pdp.catalog, department, at), at)
    doing = sign_off(digest_of(wire), by=by, roles=roles, covers=covers, at=at)
    if ledger is not None:
        shown = _overrides_of(report, wire)
        office = Office(pdp, Ledger.open(ledger))
        about = {"audit": {"digest": digest_of(wire), "first": wire["first"], "last": wire["last"]}, "overrides": shown}
        decision = report_duty(office, doing, department=department, kind=Kind.SIGN_OFF, about=about).decision
    else:
        decision = pdp.decide(reported(doing, at), departments=[department])
    if as_json:
        accepted = decision.outcome is Outcome.ALLOW
        print_json({"decision": decision.to_wire(), "doing": doing.to_wire() | {"accepted": accepted}})
    else:
        screen = Screen()
        screen.say(one_text(one_line(decision, auditor=True)))
        if decision.outcome is Outcome.ALLOW:
            screen.say(one_text(f"signed by {by} at {at.isoformat()}: {doing.reference}"))
            for line in _served(binding_texts(pdp.catalog, department, at), doing, at):
                screen.say(one_text(line))
    finish(EXIT[decision.outcome])


def _report(path: Path) -> dict[str, Any]:
    source, value, found = read_document_file(path, REPORT)
    if source is None or any(d.is_error for d in found):
        raise RequestError(found)
    if not isinstance(value, dict) or not {"profile", "first", "last", "seed", "exceptions"} <= value.keys():
        raise _unfit(path, "it has no profile, period and findings")
    return value


def _roles(asked: list[str], by: str, people: Directory | None, texts: Sequence[Profile], at: dt.datetime) -> list[str]:
    """Return the roles in which a person signs: known to the policy, and held by them where a directory tells."""
    known = {name: None for text in texts for name in text.roles}
    for name in asked:
        if name not in known:
            message = f"the policy knows no role `{one_text(name)[:60]}`"
            raise UsageError([Diagnostic("usage", message, help=did_you_mean(name, known))])
    if people is None:
        return asked
    person = authority_of(people, by, at)
    held = {*person.roles, *person.designee_of, *person.acting_as} if person is not None else set()
    return [name for name in asked if name in held]


def _served(texts: Sequence[Profile], doing: Doing, at: dt.datetime) -> Iterator[str]:
    """Say of each audit duty whether this sign-off serves it: one report may be enough for one and not for another."""
    for text in texts:
        judge, wording = DoingJudge(text, [doing]), Wording(text)
        for duty in text.duties:
            if duty.task == doing.task:
                found = judge.sort(duty, at)
                what = f"{task_text(wording, duty)} ({', '.join(duty.cite)})"
                yield f"serves: {what}" if found.good else f"does not serve: {what}: {found.discounted[0].why}"


def _overrides_of(path: Path, wire: dict[str, Any]) -> list[str]:
    """Return the ids of the overrides that a report shows; raises RequestError where one is none."""
    try:
        return [str(one["record"]["id"]) for one in wire.get("overrides", ())]
    except (TypeError, KeyError):
        raise _unfit(path, "an override in it has no id") from None


def _ended(path: Path, wire: dict[str, Any], profile: Profile, at: dt.datetime) -> None:
    """Refuse to sign before the period is over."""
    last = str(wire.get("last"))
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", last):
        raise _unfit(path, "its last day cannot be read")
    if at.astimezone(ZoneInfo(profile.timezone)).date().isoformat() <= last:
        raise _unfit(path, f"its period is not over before {last} has passed")


def _unfit(path: Path, why: str) -> RequestError:
    help = "make it with `alpr-policy audit run --json`"
    return RequestError([Diagnostic("audit-report", f"`{shown_path(str(path))}` cannot be signed: {why}", help=help)])
