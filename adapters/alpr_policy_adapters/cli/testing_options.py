"""The options of `test`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Form(StrEnum):
    """In which form the answer is written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"


Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[PATH]...", help="Suites, folders of them, or profiles with a folder `tests` beside."),
]
Only = Annotated[
    list[str] | None, typer.Option("--profile", "-p", metavar="NAME", help="Only tests about this department.")
]
Filter = Annotated[
    str, typer.Option("--filter", metavar="TEXT", help="Only tests with this in their name, or of this clause.")
]
AsForm = Annotated[Form, typer.Option("--format", help="In which form to write the answer.")]
ShowCoverage = Annotated[
    bool, typer.Option("--coverage", help="Show what the tests hold: statements, conditions, citations.")
]
Least = Annotated[
    str | None,
    typer.Option("--fail-under", metavar="SHARES", help="Fail (7) below `statements=100,conditions=80,mutants=90`."),
]
DiffBase = Annotated[
    str | None, typer.Option("--diff-base", metavar="REV", help="Coverage of what changed since this git revision.")
]
Html = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write the profile's text, coloured by coverage.")
]
Mutate = Annotated[bool, typer.Option("--mutate", help="Alter the profile bit by bit, and show what no test notices.")]
Excused = Annotated[
    Path | None, typer.Option("--excused", metavar="FILE", help="Mutants that no test can notice, with reasons.")
]
Suggest = Annotated[
    Path | None,
    typer.Option("--suggest", metavar="FILE", help="Instead: write cases at every boundary, for you to accept."),
]
Seconds = Annotated[
    float, typer.Option("--seconds", min=0.1, max=86_400, help="Processor time for mutants, or for what to suggest.")
]
Most = Annotated[int, typer.Option("--most", min=1, max=10_000, help="How many cases to suggest.")]
