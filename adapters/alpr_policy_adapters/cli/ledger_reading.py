"""`alpr-policy ledger` search, export, recompute, fitness and purge: what reads rows, and what takes values out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from alpr_policy.durations import parse_moment
from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.model.decision import Outcome
from alpr_policy.questions.as_of import TextAt, text_at
from alpr_policy.questions.own_words import plainly
from alpr_policy_adapters.cli.as_of import AsOfText, now_or
from alpr_policy_adapters.cli.directory_options import DirectoryPath, PeopleUrl, load_directory
from alpr_policy_adapters.cli.ledger import Place, checkpoint_file, ledger, progress
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point, finish
from alpr_policy_adapters.cli.output import Screen, columns, number, one_text, print_json, print_json_line, row
from alpr_policy_adapters.ledger import ClauseFit, Kind, Lack, Ledger, Row, Wanted
from alpr_policy_adapters.ledger import export as export_rows
from alpr_policy_adapters.ledger import fitness as fitness_of
from alpr_policy_adapters.ledger import recompute as recompute_rows
from alpr_policy_adapters.office import Memory, OnRecord, RecordFit, records_wanted

Person = Annotated[str | None, typer.Option("--person", metavar="ID", help="Rows that name this person.")]
Plate = Annotated[str | None, typer.Option("--plate", metavar="PLATE", help="Rows that name this plate.")]
Case = Annotated[str | None, typer.Option("--case", metavar="ID", help="Rows of this case, or that name its number.")]
__all__ = ["ledger"]

Kinds = Annotated[list[Kind] | None, typer.Option("--kind", help="Rows of this kind; may be given more than once.")]
Since = Annotated[str | None, typer.Option("--since", metavar="INSTANT", help="What happened then or later.")]
Until = Annotated[str | None, typer.Option("--until", metavar="INSTANT", help="What happened then or before.")]
Department = Annotated[
    str | None, typer.Option("--department", "-p", "-d", metavar="NAME", help="Rows of this department.")
]
Act = Annotated[str | None, typer.Option("--act", metavar="NAME", help="Rows that hold a decision on this act.")]
Outcomes = Annotated[Outcome | None, typer.Option("--outcome", help="Rows that hold a decision with this outcome.")]
Personal = Annotated[
    bool, typer.Option("--with-personal", help="With persons, plates, case numbers and free text, where not purged.")
]


@ledger.command(short_help="Find rows by person, plate, case or period.")
def search(
    place: Place,
    person: Person = None,
    plate: Plate = None,
    case: Case = None,
    kinds: Kinds = None,
    since: Since = None,
    until: Until = None,
    department: Department = None,
    act: Act = None,
    outcome: Outcomes = None,
    personal: Personal = False,
    as_json: Json = False,
) -> None:
    """Find rows by person, plate, case, kind, period, department, act or outcome.

    What was purged cannot be found by its value.
    """
    wanted = wanted_rows(person, plate, case, kinds, since, until, department, act, outcome)
    found, screen = Ledger.open(place).rows(wanted), Screen()
    if as_json:
        for one in found:
            print_json_line(one.to_wire(personal=personal))
        return
    table, count = columns("row", "happened", "kind", "about", ratios=(None, None, None, 1)), 0
    for one in found:
        count += 1
        row(table, str(one.seq), one.happened.isoformat(timespec="seconds"), one.kind.value, about(one, personal))
    if count:
        screen.put(table)
    screen.say(number(count, "row"))


@ledger.command(short_help="Print rows as JSON Lines with their proofs.")
def export(
    place: Place,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", metavar="FILE", help="Prove each row for this checkpoint.")
    ] = None,
    kinds: Kinds = None,
    since: Since = None,
    until: Until = None,
    department: Department = None,
    act: Act = None,
    outcome: Outcomes = None,
    personal: Personal = False,
) -> None:
    """Print rows as JSON Lines, each with the proof that it is in the ledger; personal values only where asked for."""
    seen = checkpoint_file(checkpoint, None) if checkpoint is not None else None
    wanted = wanted_rows(None, None, None, kinds, since, until, department, act, outcome)
    for one in export_rows(Ledger.open(place), wanted, checkpoint=seen, personal=personal):
        print_json_line(one)


@ledger.command(short_help="Derive every stored decision again.")
def recompute(
    place: Place, since: Since = None, until: Until = None, department: Department = None, as_json: Json = False
) -> None:
    """Derive every stored decision again from its facts and the texts of then; 7 if one comes out differently."""
    wanted = wanted_rows(None, None, None, [Kind.DECISION], since, until, department)
    with progress("decisions derived again") as shown:
        found = recompute_rows(Ledger.open(place), wanted, shown)
    if as_json:
        print_json(found.to_wire())
    else:
        screen, table = Screen(), columns("row", "came out", "why, or where", ratios=(None, None, 1))
        for one in (*found.different, *found.not_recomputable):
            row(table, str(one.seq), one.state, one.why or ", ".join(one.fields))
        if found.counts:
            screen.put(table)
        counts = [f"{count:,} {state}" for state, count in sorted(found.counts.items())]
        screen.say(f"{number(found.total, 'decision')}: " + ", ".join([f"{found.same:,} the same", *counts]))
    finish(ExitCode.BELOW_THRESHOLD if found.different else ExitCode.OK)


@ledger.command(short_help="Say which clauses on logging are fulfilled.")
def fitness(
    place: Place,
    department: Annotated[str, typer.Option("--department", "-p", "-d", metavar="NAME", help="Whose policy is asked.")],
    as_of: AsOfText = None,
    directory: DirectoryPath = None,
    people_url: PeopleUrl = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Say which clauses on logging the ledger fulfils, and what its rows lack of the others; 7 if any is lacking.

    Besides the lines of the log these are the clauses that want a reason typed in, and those under which something is
    to be recorded, logged, kept or filed after an act. Whether it was done in the right role, a directory tells.
    """
    pdp = decision_point(policies, (department,))
    shown = text_at(pdp.catalog, department, now_or(as_of))
    kept = Ledger.open(place)
    clauses = fitness_of(kept.rows(), pdp, department, shown.at)
    people = load_directory(directory, people_url) if directory is not None else None
    records = records_wanted(Memory(kept, department, people), pdp, shown.at)
    if as_json:
        told = {"clauses": [one.to_wire() for one in clauses], "records": [one.to_wire() for one in records]}
        print_json({"department": department, "at": shown.at.isoformat(), **told})
    else:
        _show_fitness(Screen(), shown, clauses, records)
    lacking = any(one.lacks for one in clauses) or any(one.kept is OnRecord.NO for one in records)
    finish(ExitCode.BELOW_THRESHOLD if lacking else ExitCode.OK)


def _show_fitness(
    screen: Screen, shown: TextAt, clauses: tuple[ClauseFit, ...], records: tuple[RecordFit, ...]
) -> None:
    note = f"; {shown.note}" if shown.note else ""
    screen.say(one_text(f"{shown.profile.department}, policy {shown.profile.version}{note}"), style="bold")
    table = columns("clause", "wants", "on record", "how many, or why not", ratios=(3, 5, None, 8))
    for fit in clauses:
        if not fit.lacks:
            answer = ("yes", number(fit.rows, "row")) if fit.rows else ("nothing yet", "no row is under it")
            row(table, fit.cite, "lines of the log", *answer)
        for lack in fit.lacks:
            row(table, fit.cite, "lines of the log", Text("no", style="bold red"), _lacking(lack))
    for one in records:
        told = number(one.count, "row") if one.kept is OnRecord.YES and not one.why else one.why
        style = "bold red" if one.kept is OnRecord.NO else ""
        row(table, ", ".join(one.cite), one.wants, Text(one.kept.value, style=style), one_text(told))
    if clauses or records:
        screen.put(table)
    else:
        screen.say("no clause says what is to be logged or recorded")


def _lacking(lack: Lack) -> str:
    sort = lack.sort
    what = " ".join(filter(None, (f"{number(lack.rows, 'row')} of {plainly(sort.kind)}", sort.action)))
    start = f" (first: row {lack.first})" if lack.first else ""
    return f"{what}{start} hold {', '.join(sort.fields)}; wanted: {lack.wants}"


@ledger.command(short_help="Purge the personal values of rows for good.")
def purge(
    place: Place,
    numbers: Annotated[list[int], typer.Argument(metavar="ROW...", help="The rows whose personal values go.")],
    cite: Annotated[list[str], typer.Option("--cite", help="The clause that says so; may be given more than once.")],
    by: Annotated[str, typer.Option("--by", metavar="ID", help="Who purges.")],
    paths: Annotated[
        list[str] | None, typer.Option("--path", metavar="POINTER", help="Only this value of each row.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Purge the personal values of rows for good, and note in the ledger who did so and under which clause."""
    what: list[Any] = [(one, paths) if paths else one for one in numbers]
    done = Ledger.open(place).purge(what, cite=cite, by=by, at=dt.datetime.now(dt.UTC))
    if as_json:
        print_json({"row": done.seq if done else None})
    else:
        Screen().say(f"purged; row {done.seq} tells of it" if done else "there was nothing left to purge")


def about(one: Row, personal: bool) -> str:
    """Say in a few words what a row is about."""
    body: Any = one.whole if personal else one.body
    parts: list[str] = []
    if "decision" in body and isinstance(body["decision"], dict):
        decision = body["decision"]
        parts += [str(decision.get("action", "")), str(decision.get("outcome", ""))]
    if isinstance(body.get("event"), dict):
        parts.append(str(body["event"].get("kind", "")) + (", not taken" if "refused" in body else ""))
    if isinstance(body.get("about"), dict):
        parts += [f"{name} {value}" for name, value in body["about"].items() if isinstance(value, str | int)]
    if isinstance(stored := body.get("store_purge"), dict):
        under = f" under {', '.join(body.get('cite', ()))}" if body.get("cite") else ""
        parts.append(f"{stored.get('phase')}: {number(int(stored.get('count', 0)), 'record')}{under}")
    if one.case:
        parts.append(f"case {one.case[0]}, step {one.case[1]}")
    parts += list(one.departments)
    if personal:
        parts += [f"{place.rsplit('/', 1)[-1]}={held.value}" for place, held in one.personal.items()]
    if one.purged:
        parts.append(f"{number(len(one.purged), 'value')} purged")
    return ", ".join(filter(None, parts))


def wanted_rows(
    person: str | None,
    plate: str | None,
    case: str | None,
    kinds: list[Kind] | None,
    since: str | None,
    until: str | None,
    department: str | None,
    act: str | None = None,
    outcome: str | None = None,
) -> Wanted:
    """Return which rows are wanted; raises UsageError for a time that is none."""
    return Wanted(
        person=person,
        plate=plate,
        case=case,
        kinds=frozenset(kinds) if kinds else None,
        since=_instant(since, "--since"),
        until=_instant(until, "--until"),
        department=department,
        act=act,
        outcome=outcome,
    )


def _instant(text: str | None, option: str) -> dt.datetime | None:
    if text is None:
        return None
    try:
        found = parse_moment(text)
        if isinstance(found, dt.datetime):
            return found
        raise ValueError("a time of day is wanted, such as 2026-05-01T12:00:00-04:00")
    except ValueError as error:
        raise UsageError([Diagnostic("usage", f"{option}: {error}")]) from None
