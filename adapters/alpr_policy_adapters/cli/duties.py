"""`alpr-policy duties`: what a department owes, what is overdue, and the same as a calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.text import Text

from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.meaning.schedule import DutyStanding
from alpr_policy.model.past import Doing
from alpr_policy.model.profile import Profile
from alpr_policy.questions.as_of import text_at
from alpr_policy.questions.calendars import Entry, calendar_text, entries, month_of
from alpr_policy.questions.doings import stray_doings
from alpr_policy.questions.duties import DutyLine, binding_texts, duties_of
from alpr_policy.questions.own_words import plainly
from alpr_policy.questions.wording import sentence
from alpr_policy_adapters.cli.as_of import AsOfText, now_or
from alpr_policy_adapters.cli.directory_options import DirectoryPath, PeopleUrl
from alpr_policy_adapters.cli.happened import Department, Devices, PastFile, PeopleFile, Remembered, Whence, written
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point, finish
from alpr_policy_adapters.cli.output import Screen, columns, number, one_text, print_json, row, shown_path, to_stderr

AHEAD = dt.timedelta(days=92)
GROUPS = {
    "overdue": ("Overdue", "bold red"),
    "due": ("Due", "bold yellow"),
    "undetermined": ("Undetermined: the text, or what is known, sets no date", "bold"),
    "coming": ("Coming", "bold"),
    "untold": ("Undetermined: it is not known what happened", "bold"),
    "quiet": ("Nothing is owed at present", "dim"),
}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SHOWN = 3


def duties(
    department: Department,
    as_of: AsOfText = None,
    past: PastFile = None,
    people: PeopleFile = None,
    ledger: Remembered = None,
    directory: DirectoryPath = None,
    people_url: PeopleUrl = None,
    device: Devices = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show what is far off, or not owed at present, as well.")
    ] = False,
    ics: Annotated[
        Path | None, typer.Option("--ics", metavar="FILE", help="Write a calendar file (RFC 5545) as well.")
    ] = None,
    month: Annotated[
        str | None, typer.Option("--month", metavar="YYYY-MM", help="Show one month as a calendar instead.")
    ] = None,
    fail_on_overdue: Annotated[
        bool, typer.Option("--fail-on-overdue", help="End with exit code 7 if a binding duty is overdue.")
    ] = False,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Show what a department owes by its policy: what is overdue, due, undetermined and coming, and the proof."""
    pdp = decision_point(policies, [department])
    shown = text_at(pdp.catalog, department, now_or(as_of))
    first, last = _month(month)
    at = shown.at
    whence = Whence(past=past, people=people, ledger=ledger, directory=directory, people_url=people_url)
    known = whence.read(department, shown.profile, at)
    lines = duties_of(pdp.catalog, department, known.past, at, people=known.people, devices=device)
    texts = binding_texts(pdp.catalog, department, at)
    found = [one for text in texts for one in entries(text, lines, at, last=pdp.catalog.last_day(text))]
    if ics is not None:
        written(ics, calendar_text(found, name=shown.profile.department, stamp=at))
        without = sum(line.standing is DutyStanding.undetermined and line.due_from is None for line in lines)
        left_out = f"; {number(without, 'duty').replace('dutys', 'duties')} without a date left out" if without else ""
        to_stderr().say(
            f"wrote {number(len(found), 'entry').replace('entrys', 'entries')} to {shown_path(str(ics))}{left_out}"
        )
    strays = stray_doings(texts, known.told.doings)
    if as_json:
        told = [line.to_wire() for line in lines]
        unasked = [one.to_wire() for one in strays]
        print_json({"department": department, "at": at.isoformat(), "duties": told, "of_no_duty": unasked})
    elif first is not None and last is not None:
        _calendar(Screen(), found, first, last, shown.profile)
    else:
        _head(Screen(), shown.profile, shown.note, at)
        titles = {name: role.title for text in texts for name, role in text.roles.items()}
        _table(Screen(), lines, at, titles, everything=everything)
        _strays(Screen(), strays)
    overdue = any(line.standing is DutyStanding.overdue and line.force == "must" for line in lines)
    finish(_code(overdue=overdue and fail_on_overdue, whole=known.whole))


def _code(*, overdue: bool, whole: bool) -> ExitCode:
    if overdue:
        return ExitCode.BELOW_THRESHOLD
    return ExitCode.OK if whole else ExitCode.PARTIAL


def _month(text: str | None) -> tuple[dt.date | None, dt.date | None]:
    """Return the first and the last day of a month; raises UsageError."""
    if text is None:
        return None, None
    try:
        first = dt.datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        message = f"--month: `{text[:30]}` is not a month"
        raise UsageError([Diagnostic("usage", message, help="write it as 2026-12")]) from None
    return first, (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


# The list


def _head(screen: Screen, profile: Profile, note: str, at: dt.datetime) -> None:
    when = at.astimezone(ZoneInfo(profile.timezone)).replace(tzinfo=None).isoformat(" ", "minutes")
    line = Text(one_text(profile.department), style="bold").append(
        f", policy {profile.version}, as of {when}", "not bold"
    )
    if note:
        line.append(f"; {one_text(note)}", style="bold yellow")
    screen.put(line)


def _table(
    screen: Screen, lines: Iterable[DutyLine], at: dt.datetime, titles: Mapping[str, str], *, everything: bool
) -> None:
    grouped: dict[str, list[DutyLine]] = {name: [] for name in GROUPS}
    for line in lines:
        grouped[_group(line)].append(line)
    far = [] if everything else [one for one in grouped["coming"] if one.next_from and one.next_from > at + AHEAD]
    grouped["coming"] = [one for one in grouped["coming"] if one not in far]
    hidden = [] if everything else grouped.pop("quiet")
    untold = [] if everything else grouped.pop("untold")
    for name, several in grouped.items():
        if several:
            _several(screen, name, several, titles)
    if not any(grouped.values()):
        screen.say()
        screen.say("Nothing is owed now or in the next three months.")
    if far or hidden or untold:
        screen.say()
        told = [f"{len(far)} not due in the next three months"] if far else []
        told += [f"{len(hidden)} not owed at present"] if hidden else []
        told += [f"{len(untold)} that follow events, none of which is known (--past)"] if untold else []
        screen.say(f"Not shown: {', '.join(told)} (--all)", style="dim")


def _strays(screen: Screen, strays: Sequence[Doing]) -> None:
    """Say what was done of which the policy asks nothing: it may be a misspelt task."""
    if strays:
        screen.say()
        tasks = ", ".join(sorted({one_text(one.task) for one in strays}))
        screen.say(f"Done, and of no duty of this policy: {tasks}", style="dim")


def _group(line: DutyLine) -> str:
    if line.unknown == ("events",) and line.standing is DutyStanding.undetermined:
        return "untold"
    if line.standing is not DutyStanding.not_due:
        return str(line.standing)
    return "coming" if line.next_from is not None else "quiet"


def _several(screen: Screen, name: str, lines: list[DutyLine], titles: Mapping[str, str]) -> None:
    title, style = GROUPS[name]
    screen.say()
    screen.say(f"{title} ({len(lines)})", style=style)
    # What holds of many, such as that the text has no first day yet, is said once.
    told = [_why(line, titles) for line in lines]
    once = len(lines) > SHOWN and len(set(told)) == 1
    if once:
        screen.say(f"of each: {told[0]}")
        table = columns("what", "by when", "who", "clause", ratios=(5, None, 4, 3))
    else:
        table = columns("what", "by when", "who", "clause", "why", ratios=(4, None, 3, 2, 5))
    for line, said in zip(lines, told, strict=True):
        why = [] if once else [said]
        until = _until(line, coming=name == "coming")
        row(table, _what(line), until, one_text(line.who), ", ".join(line.cite), *why)
    screen.put(table)


def _what(line: DutyLine) -> str:
    whom = f" ({line.for_each} {line.of})" if line.of else ""
    grade = f" [{line.severity}]" if line.severity else ""
    return one_text(line.what + whom + grade)


def _until(line: DutyLine, *, coming: bool) -> str:
    moment = line.next_by if coming else line.due_by
    if moment is None:
        return "no date"
    day, clock = f"{moment:%Y-%m-%d}", f"{moment:%H:%M}"
    return day if clock == "23:59" else f"{day} {clock}"


def _why(line: DutyLine, titles: Mapping[str, str]) -> str:
    told = [line.why]
    if line.missed > 1:
        told.append(f"missed {line.missed} times")
    if line.parameter:
        setter = f", which the {titles.get(line.set_by, plainly(line.set_by))} sets" if line.set_by else ""
        told.append(f"open: `{line.parameter}`{setter}")
    if line.last_done:
        proof = f" [{line.last_done.reference}]" if line.last_done.reference else ""
        told.append(f"last done {_day(line.last_done.at)}{proof}")
    for one in line.discounted[:SHOWN]:
        said = f"{_day(one.doing.at)} {one.doing.reference or ''}".strip()
        told.append(f"done but does not count ({said}): {one.why}")
    if len(line.discounted) > SHOWN:
        told.append(f"and {len(line.discounted) - SHOWN} more that do not count")
    return one_text("; ".join(told))


def _day(moment: dt.date | None) -> str:
    return "without a time" if moment is None else f"{moment:%Y-%m-%d}"


# The month


def _calendar(screen: Screen, found: list[Entry], first: dt.date, last: dt.date, profile: Profile) -> None:
    by_day = month_of(found, first, last, ZoneInfo(profile.timezone))
    screen.say(f"{one_text(profile.department)}, {first:%B %Y}", style="bold")
    table = columns(*WEEKDAYS)
    monday = first - dt.timedelta(days=first.weekday())
    while monday <= last:
        week = [monday + dt.timedelta(days=offset) for offset in range(7)]
        row(table, *(_cell(day, by_day) if first <= day <= last else Text("") for day in week))
        monday += dt.timedelta(days=7)
    screen.put(table)
    screen.say()
    for day, several in by_day.items():
        for entry in several:
            head = Text(f"{day:%a %d}  ", style="bold red" if entry.overdue else "bold")
            screen.put(head.append(one_text(f"{entry.title} ({', '.join(entry.line.cite)})"), style="not bold"))
    if not by_day:
        screen.say(sentence("nothing falls due in this month"))


def _cell(day: dt.date, by_day: dict[dt.date, list[Entry]]) -> Text:
    here = by_day.get(day, [])
    mark = f"{day.day:2}" + ("*" * min(len(here), 3))
    style = "bold red" if any(one.overdue for one in here) else "bold yellow" if here else ""
    return Text(mark, style=style)
