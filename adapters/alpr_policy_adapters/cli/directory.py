"""`alpr-policy directory`: what is wrong or missing in a directory of persons, and one person as of a day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from alpr_policy.errors import Diagnostic, ExitCode, Severity
from alpr_policy.model.directory import Directory
from alpr_policy.questions.as_of import text_at
from alpr_policy.questions.persons import Finding, Standing, findings, standing_of
from alpr_policy.suggest import did_you_mean
from alpr_policy_adapters.cli.as_of import now_or
from alpr_policy_adapters.cli.directory_options import PeopleUrl, load_directory
from alpr_policy_adapters.cli.options import Json, Policies, decision_point, finish
from alpr_policy_adapters.cli.output import Screen, columns, number, print_json, row, show_diagnostics

directory = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="Check who is who, and show a person on a day."
)
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE|INSTANT",
        help="The day that is looked at; by default now. A date is the noon of that day where the department is.",
    ),
]


@directory.command()
def check(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A YAML file, a folder of CSV tables, or the mapping of a database.")
    ],
    profile: Annotated[
        str | None, typer.Option("--profile", "-p", metavar="NAME", help="Compare with the roles of this department.")
    ] = None,
    as_of: AsOf = None,
    people_url: PeopleUrl = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Say all that is wrong in a directory (6), and what should be looked at: trainings that ran out, roles unheld."""
    people = load_directory(path, people_url)
    at = _at(people, as_of)
    text = None if profile is None else text_at(decision_point(policies).catalog, profile, at).profile
    found = findings(people, at, text)
    if as_json:
        print_json({"persons": len(people.persons), "at": at.isoformat(), "findings": [one.to_wire() for one in found]})
        return
    show_diagnostics(Screen(), [_diagnostic(one) for one in found])
    Screen().say(f"{number(len(people.persons), 'person')} in {people.name}, on {at.date().isoformat()}", wrap=False)


@directory.command()
def show(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="The id of a person.")],
    path: Annotated[Path, typer.Option("--directory", metavar="PATH", help="Who is who.")],
    as_of: AsOf = None,
    people_url: PeopleUrl = None,
    as_json: Json = False,
) -> None:
    """Show what is known of a person on a day, and what is not."""
    people = load_directory(path, people_url)
    found = people.person(person)
    if found is None:
        if as_json:
            print_json({"person": person, "known": False})
        message = f"no person is called `{person[:60]}`"
        help = did_you_mean(person, people.by_id)
        show_diagnostics(Screen(), [Diagnostic("directory-nobody", message, help=help)] if not as_json else [])
        finish(ExitCode.BAD_INPUT)
        return
    at = _at(people, as_of)
    standing = standing_of(people, found, at)
    if as_json:
        print_json(standing.to_wire())
        return
    _tell(Screen(), standing)


def _at(people: Directory, as_of: str | None) -> dt.datetime:
    given = now_or(as_of)
    if isinstance(given, dt.datetime):
        return given.astimezone(people.zone)
    return dt.datetime.combine(given, dt.time(12), tzinfo=people.zone)


def _diagnostic(one: Finding) -> Diagnostic:
    return Diagnostic(one.code, one.message, one.span, one.help, severity=Severity.WARNING)


def _tell(screen: Screen, standing: Standing) -> None:
    table = columns("what", f"{standing.person} on {standing.at.date().isoformat()}", ratios=(None, 1))
    for name, told in _lines(standing):
        row(table, name, told)
    screen.put(table)


def _lines(standing: Standing) -> list[tuple[str, str]]:
    flags = dict(standing.flags)
    trainings = standing.trainings
    return [
        ("belongs here", _yes(standing.belongs)),
        ("agency", standing.agency or UNTOLD),
        ("kind", (standing.kind or UNTOLD).replace("_", " ")),
        *(
            (name.replace("_", " "), _yes(flags.get(name)))
            for name in ("sworn", "supervisor", "employee", "command_post")
        ),
        ("access", standing.status or UNTOLD),
        ("designated", _day(standing.designated) if standing.designation_told else UNTOLD),
        ("roles", _listed(standing.roles, lambda one: one[0] if one[1] == "holder" else f"{one[0]} ({one[1]})")),
        ("away", _yes(standing.away)),
        ("on duty", _yes(standing.on_duty)),
        ("training", _listed(trainings, lambda one: f"{one.what or 'training'} {_day(one.completed)}")),
        ("logins", _listed(standing.logins, str)),
    ]


UNTOLD = "not told"


def _yes(value: bool | None) -> str:
    return UNTOLD if value is None else "true" if value else "false"


def _day(moment: Any) -> str:
    return "never" if moment is None else str(moment.isoformat())


def _listed(items: Any, shown: Any) -> str:
    return UNTOLD if items is None else ", ".join(shown(one) for one in items) or "none"
