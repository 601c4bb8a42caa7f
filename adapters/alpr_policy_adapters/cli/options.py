"""Options that commands share, and what to do with them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from alpr_policy.errors import ExitCode, PolicyError
from alpr_policy.questions.decide import PolicyDecisionPoint

Policies = Annotated[
    list[Path] | None,
    typer.Option(
        "--policies",
        metavar="DIR",
        help="A folder with more profiles (or a profile); may be given more than once. ALPR_POLICIES adds folders too.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON to standard output instead of text.")]
Departments = Annotated[
    list[str] | None,
    typer.Option(
        "--profile", "-p", metavar="NAME", help="A department whose policy binds, besides those the request names."
    ),
]
HotLists = Annotated[
    list[Path] | None, typer.Option("--hotlist", metavar="FILE", help="A hot list; may be given more than once.")
]
Mappings = Annotated[
    list[str] | None,
    typer.Option(
        "--mapping",
        metavar="NAME|FILE",
        help="How the hot lists are laid out (default: plain_csv): one for all, or one for each in order.",
    ),
]
Judging = Annotated[
    list[str] | None, typer.Option("--profile", "-p", metavar="NAME", help="A department; without it, all of them.")
]
SettingFile = Annotated[
    Path | None, typer.Option("--setting", metavar="FILE", help="Facts of the reader and the officer, in YAML.")
]


class UsageError(PolicyError):
    """The command was called with words that do not go together."""

    exit_code = ExitCode.USAGE


def decision_point(policies: Iterable[Path] | None, departments: Iterable[str] = ()) -> PolicyDecisionPoint:
    """Load the profiles and make sure that the named ones are among them; raises ProfileError, UnknownProfileError."""
    pdp = PolicyDecisionPoint.load(*(policies or ()))
    for name in departments:
        pdp.catalog.get(name)
    return pdp


def input_code(*, used: int | bool, refused: int | bool) -> ExitCode:
    """Give the exit code of a command that goes on after bad input: PARTIAL where some of it could be used.

    `used` and `refused` count pictures, payloads, lines, or whatever is judged or refused one by one.
    """
    if not refused:
        return ExitCode.OK
    return ExitCode.PARTIAL if used else ExitCode.BAD_INPUT


def finish(code: ExitCode) -> None:
    """End the command with a code other than zero, if it is one."""
    if code is not ExitCode.OK:
        raise typer.Exit(int(code))
