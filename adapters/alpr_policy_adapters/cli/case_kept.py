"""`alpr-policy case take|show|list|sweep`: cases that are kept in a ledger, where several people work on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.evaluators.stateful import Case, CaseError, Step, overdue, request_of, status_of
from alpr_policy.questions.case_words import briefly, event_text, local, step_text, waiting
from alpr_policy.questions.cases import ProfilesKnow, stale_sweep
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.reading.documents import read_document
from alpr_policy.source import SourceFile
from alpr_policy_adapters.cli.case import (
    case,
    moment_or_none,
    raw_events,
    say_wrapped,
    show_state,
    with_departments,
)
from alpr_policy_adapters.cli.directory_options import DirectoryPath, PeopleUrl, load_directory
from alpr_policy_adapters.cli.ledger import Place
from alpr_policy_adapters.cli.office_options import office_on
from alpr_policy_adapters.cli.options import Departments, Json, Policies, UsageError, decision_point, finish
from alpr_policy_adapters.cli.output import OUTCOMES, Screen, columns, number, one_text, print_json, row
from alpr_policy_adapters.cli.second_opinion import Engine, Second, SecondOpinion
from alpr_policy_adapters.office import Office, Taken

__all__ = ["case"]

Name = Annotated[str, typer.Argument(metavar="CASE", help="The case, by the name it was opened under.")]
Moment = Annotated[str | None, typer.Option("--as-of", metavar="INSTANT", help="Look at this time; by default now.")]


@case.command(short_help="Take events into a case of a ledger.")
def take(
    name: Name,
    place: Place,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE|-]", help="Events: YAML or JSON under `events`, or JSON Lines.")
    ] = None,
    event: Annotated[
        list[str] | None,
        typer.Option("--event", "-e", metavar="TEXT", help="An event, such as `{kind: done, by: officer-7}`."),
    ] = None,
    departments: Departments = None,
    directory: DirectoryPath = None,
    people_url: PeopleUrl = None,
    second_opinion: Second = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Take events into a case, each written to the ledger before its answer; an event without a time is taken now.

    Ends with 0, or with 9 if some event was not taken. What comes later than the clock is not taken.
    """
    if (file is None) is (not event):
        raise UsageError([Diagnostic("usage", "name a file of events, or give them with --event")])
    people = load_directory(directory, people_url) if directory is not None else None
    point = decision_point(policies, departments or ())
    raws = raw_events(file) if file is not None else (_event(text) for text in event or ())
    with SecondOpinion(point, (), ()) if second_opinion else nullcontext() as second:
        office = office_on(place, point, second, directory=people)
        taken = [_taken(office, name, raw, tuple(departments or ())) for raw in raws]
    if as_json:
        print_json([{"row": one.receipt.seq if one.receipt else None, **one.step.to_wire()} for one, _ in taken])
    else:
        screen = Screen()
        for count, (one, told) in enumerate(taken, start=1):
            _say(screen, one, told, count)
    finish(ExitCode.OK if all(one.step.refused is None for one, _ in taken) else ExitCode.PARTIAL)


def _event(text: str) -> Any:
    value, found = read_document(SourceFile("--event", text))
    return next((one for one in found if one.is_error), None) or value


def _taken(office: Office, name: str, raw: Any, departments: tuple[str, ...]) -> tuple[Taken, str]:
    """Take an event, and say what it is in a few words; one that cannot be read is told, and the rest goes on."""
    unreadable = "this cannot be read"
    if isinstance(raw, Diagnostic):
        return Taken(Step(case=None, refused=raw), None), unreadable
    if not isinstance(raw, dict):
        told = Diagnostic("event-shape", "an event is a group of keys, at least `kind`", help="see docs/cases.md")
        return Taken(Step(case=None, refused=told), None), unreadable
    try:
        event = office.event(name, with_departments(raw, departments))
    except CaseError as error:
        return Taken(Step(case=None, refused=error.diagnostics[0]), None), unreadable
    try:
        return office.take(name, with_departments(raw, departments)), event_text(event)
    except CaseError as error:
        return Taken(Step(case=None, refused=error.diagnostics[0]), None), event_text(event)


def _say(screen: Screen, one: Taken, event: str, count: int) -> None:
    place = f"row {one.receipt.seq}" if one.receipt is not None else "not written"
    say_wrapped(screen, f"{count:>3}  {place:<11}  {one_text(event)}", "bold", inside=18)
    told = one_text(step_text(one.step))
    style = "bold red" if one.step.refused is not None else OUTCOMES.get(told.partition(":")[0], "")
    say_wrapped(screen, " " * 5 + told, style, inside=5)


@contextmanager
def _desk(
    place: str, directory: Path | None, people_url: str | None, policies: list[Path] | None, second: Engine | None
) -> Iterator[Office]:
    """Open an office to look at cases, with whoever gives a second opinion; raises PolicyError."""
    people = load_directory(directory, people_url) if directory is not None else None
    point = decision_point(policies)
    with SecondOpinion(point, (), ()) if second else nullcontext() as asked:
        yield office_on(place, point, asked, directory=people)


@case.command(short_help="Say how a case of a ledger stands.")
def show(
    name: Name,
    place: Place,
    as_of: Moment = None,
    directory: DirectoryPath = None,
    people_url: PeopleUrl = None,
    second_opinion: Second = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Say how a case stands: what may be done, what waits for whom, what is owed. Nothing is written."""
    with _desk(place, directory, people_url, policies, second_opinion) as office:
        now = moment_or_none(as_of) or office.clock()
        step = office.look(name, at=now)
    assert step.case is not None
    if as_json:
        print_json({**step.to_wire(), "kept": step.case.to_wire()})
        return
    screen, point = Screen(), office.current
    if step.decision is not None:
        screen.say(one_text(step_text(step)))
        screen.say()
    show_state(screen, step, now, ProfilesKnow(point).zone(request_of(step.case, now)))


@case.command(name="list", short_help="Show which cases are open, and what waits for whom.")
def listed(
    place: Place,
    everything: Annotated[bool, typer.Option("--all", help="Show cases that are over as well.")] = False,
    as_of: Moment = None,
    directory: DirectoryPath = None,
    people_url: PeopleUrl = None,
    second_opinion: Second = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Show the cases of a ledger: how each stands, since when, what it waits for, and what is late."""
    with _desk(place, directory, people_url, policies, second_opinion) as office:
        now = moment_or_none(as_of) or office.clock()
        office.book.renew()
        cases = [one.case for one in office.book.all() if one.case is not None and (everything or not one.case.over)]
        gone = [one.id for one in office.book.all() if one.case is None]
        lines = [case_line(office, one, now) for one in cases]
    if as_json:
        print_json({"at": now.isoformat(), "cases": lines, "purged": gone})
        return
    screen = Screen()
    table = columns("case", "about", "status", "since", "answer", "waits for", ratios=(3, 3, 2, None, None, 6))
    for line in lines:
        since = local(dt.datetime.fromisoformat(line["since"]), ZoneInfo(line["zone"]))[:16]
        told = briefly(line["late"], line["owed"], line["waits_for"])
        row(table, line["case"], line["about"], line["status"], since, line["answer"] or "", told)
    if lines:
        screen.put(table)
    screen.say(f"{number(len(lines), 'case')}" + (f", and {len(gone)} of which nothing is left" if gone else ""))


def case_line(office: Office, one: Case, now: dt.datetime) -> dict[str, Any]:
    """Return what a list of cases says of one."""
    step = office.look(one.id, at=max(now, one.last))
    zone = ProfilesKnow(office.current).zone(request_of(one, now))
    last = one.acts[-1].action if one.acts else one.subject.value
    return {
        "case": one.id,
        "subject": one.subject.value,
        "about": one.asked.action if one.asked is not None else last,
        "status": status_of(one, now).value,
        "since": one.opened.isoformat(),
        "zone": zone.key,
        "answer": step.decision.outcome.value if step.decision is not None else None,
        "waits_for": list(waiting(step)),
        "owed": list(dict.fromkeys(owed.obligation.task for owed in step.obligations)),
        "late": [owed.obligation.task for owed in overdue(one, now)],
    }


@case.command(short_help="Mark the entries that are past their use.")
def sweep(
    place: Place,
    as_of: Moment = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say which, and write nothing.")] = False,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Find hot-list entries that their profile calls stale, and take up that they are, so that they must be renewed."""
    point: PolicyDecisionPoint = decision_point(policies)
    office = office_on(place, point)
    real = office.clock()
    now = moment_or_none(as_of) or real
    if now > real and not dry_run:
        told = f"--as-of: {now.isoformat()} has not come yet, and nothing is taken up before its time"
        raise UsageError([Diagnostic("usage", told, help="add --dry-run to see what will be stale then")])
    office.book.renew()
    found = stale_sweep(point, office.book.open(), now)
    lines = list(_swept(office, found, dry_run=dry_run))
    if as_json:
        print_json({"at": now.isoformat(), "stale": lines})
    else:
        _say_swept(Screen(), lines)
    finish(ExitCode.OK if all(line["refused"] is None for line in lines) else ExitCode.PARTIAL)


def _say_swept(screen: Screen, lines: list[dict[str, Any]]) -> None:
    for line in lines:
        row_of = f" (row {line['row']})" if line["row"] is not None else ""
        told = f"; not taken: {line['refused']}" if line["refused"] is not None else ""
        say_wrapped(screen, one_text(f"{line['case']}: {line['why']}{told}{row_of}"), inside=2)
    screen.say(f"{number(len(lines), 'entry').replace('entrys', 'entries')} past use")


def _swept(office: Office, found: list[tuple[str, Any]], *, dry_run: bool) -> Iterator[dict[str, Any]]:
    for name, event in found:
        taken = None if dry_run else office.take(name, event)
        written = taken.receipt.seq if taken is not None and taken.receipt is not None else None
        refused = taken.step.refused.message if taken is not None and taken.step.refused is not None else None
        yield {"case": name, "why": event.body["note"], "row": written, "refused": refused}
