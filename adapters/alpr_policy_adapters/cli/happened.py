"""The options that say what happened, and who and what there is; and how the files behind them are read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from alpr_policy.errors import Diagnostic, PolicyError, RequestError
from alpr_policy.model.past import ListedPerson, Past
from alpr_policy.model.profile import Profile
from alpr_policy.reading.past import read_past_file, read_people_file
from alpr_policy_adapters.cli.output import show_diagnostics, to_stderr
from alpr_policy_adapters.scenes.files import write_whole

Department = Annotated[
    str, typer.Option("--department", "--profile", "-p", metavar="NAME", help="The department that is asked about.")
]
PastFile = Annotated[
    Path | None,
    typer.Option("--past", metavar="FILE", help="What happened and was done, in YAML, JSON or JSON Lines."),
]
PeopleFile = Annotated[
    Path | None, typer.Option("--people", metavar="FILE", help="The persons and their training, in YAML or JSON.")
]
Devices = Annotated[
    list[str] | None,
    typer.Option("--device", metavar="NAME", help="A reader that duties are owed for; may be given more than once."),
]


def happened(path: Path | None) -> tuple[Past, bool]:
    """Read what happened, and say whether all of it could be read; raises RequestError where nothing could."""
    if path is None:
        return Past(), True
    past, found = read_past_file(path)
    return past, told(found, nothing=past.events is None and not past.doings and not past.facts)


def persons(path: Path | None, profile: Profile) -> tuple[tuple[ListedPerson, ...] | None, bool]:
    """Read the persons, None where no file is given; see `happened`."""
    if path is None:
        return None, True
    people, found = read_people_file(path, profile.timezone)
    return people, told(found, nothing=not people)


def told(found: Iterable[Diagnostic], *, nothing: bool) -> bool:
    """Show what could not be read; say whether all could. Raises RequestError where `nothing` was read."""
    diagnostics = tuple(found)
    if nothing and diagnostics:
        raise RequestError(diagnostics)
    if diagnostics:
        show_diagnostics(to_stderr(), diagnostics)
    return not diagnostics


def written(path: Path, text: str) -> None:
    """Write a file whole or not at all; raises PolicyError."""
    try:
        write_whole(path, text.encode("utf-8"))
    except OSError as error:
        reason = (error.strerror or "writing failed").lower()
        message = f"`{path}` cannot be written: {reason}"
        help = "name a file in a folder that you may write to"
        raise PolicyError([Diagnostic("file-unwritable", message, help=help)]) from None
