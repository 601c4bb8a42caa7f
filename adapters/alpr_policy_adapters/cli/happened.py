"""The options that say what happened, and who and what there is; and how the files behind them are read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from alpr_policy.errors import Diagnostic, ExitCode, PolicyError, RequestError
from alpr_policy.model.directory import Directory
from alpr_policy.model.past import Member, Past
from alpr_policy.model.profile import Profile
from alpr_policy.questions.members import members_of
from alpr_policy.reading.past import read_past_file, read_people_file
from alpr_policy_adapters.cli.directory_options import load_directory
from alpr_policy_adapters.cli.ledger import ENVIRONMENT
from alpr_policy_adapters.cli.output import show_diagnostics, to_stderr
from alpr_policy_adapters.ledger import Ledger
from alpr_policy_adapters.office import Memory
from alpr_policy_adapters.scenes.files import write_whole

Department = Annotated[
    str,
    typer.Option(
        "--department",
        "--profile",
        "-p",
        metavar="NAME",
        envvar="ALPR_DEPARTMENT",
        show_envvar=False,
        help="The department that is asked about; by default what ALPR_DEPARTMENT says.",
    ),
]
PastFile = Annotated[
    Path | None,
    typer.Option("--past", metavar="FILE", help="What happened and was done, in YAML, JSON or JSON Lines."),
]
PeopleFile = Annotated[
    Path | None, typer.Option("--people", metavar="FILE", help="The persons and their training, in YAML or JSON.")
]
Remembered = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        "-l",
        metavar="FILE|URL",
        envvar=ENVIRONMENT,
        show_envvar=False,
        help="The ledger that knows what happened; by default what ALPR_LEDGER says, if it is set.",
    ),
]
Devices = Annotated[
    list[str] | None,
    typer.Option("--device", metavar="NAME", help="A reader that duties are owed for; may be given more than once."),
]
People = Sequence[Member]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a department: what happened, its persons, ledger and directory; `whole`: all could be read.

    `told` is that part of what happened that was given in a file.
    """

    past: Past
    told: Past
    people: People | None
    memory: Memory | None
    whole: bool
    directory: Directory | None = None

    @property
    def code(self) -> ExitCode:
        """The exit code of a command that did its work on it."""
        return ExitCode.OK if self.whole else ExitCode.PARTIAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Whence:
    """Where a command takes what is known from: files, a ledger, a directory; each may be missing."""

    past: Path | None = None
    people: Path | None = None
    ledger: str | None = None
    directory: Path | None = None
    people_url: str | None = None

    def read(self, department: str, profile: Profile, until: dt.datetime | None = None) -> Known:
        """Read all of it, of a ledger what happened up to `until`; raises PolicyError."""
        directory = load_directory(self.directory, self.people_url) if self.directory is not None else None
        memory = memory_of(self.ledger, department, directory)
        past, whole = happened(self.past)
        joined = both(past, memory.past(until=until) if memory is not None else None)
        people, listed = persons(self.people, profile, directory)
        whole = whole and listed
        return Known(past=joined, told=past, people=people, memory=memory, whole=whole, directory=directory)


def memory_of(place: str | None, department: str, directory: Directory | None) -> Memory | None:
    """Open a ledger for what it remembers of a department; raises LedgerError and MissingExtraError."""
    return Memory(Ledger.open(place), department, directory) if place is not None else None


def happened(path: Path | None) -> tuple[Past, bool]:
    """Read what happened, and say whether all of it could be read; raises RequestError where nothing could."""
    if path is None:
        return Past(), True
    past, found = read_past_file(path)
    return past, told(found, nothing=past.events is None and not past.doings and not past.facts)


def both(one: Past, kept: Past | None) -> Past:
    """Join what a file and a ledger say; with a ledger it is known what happened."""
    if kept is None:
        return one
    events = (*(one.events or ()), *(kept.events or ()))
    return Past(events=events, doings=(*one.doings, *kept.doings), facts=one.facts)


def persons(path: Path | None, profile: Profile, directory: Directory | None = None) -> tuple[People | None, bool]:
    """Return the persons, by a file or a directory; None where neither is given. See `happened`."""
    if path is None:
        return (members_of(directory) if directory is not None else None), True
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
