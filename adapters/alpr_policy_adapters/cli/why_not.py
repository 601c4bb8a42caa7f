"""`alpr-policy why-not`: what would have to be otherwise for a request to be allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alpr_policy.errors import ExitCode
from alpr_policy.questions.why_not import why_not as asked
from alpr_policy.questions.why_not.search import MOST, SECONDS
from alpr_policy.questions.why_not.telling import data_of, lines
from alpr_policy.reading.requests import read_request
from alpr_policy_adapters.cli.as_of import AsIf, AsOfRequest, known_texts, moment, with_time
from alpr_policy_adapters.cli.options import Departments, Json, Policies, decision_point, finish
from alpr_policy_adapters.cli.output import Screen, one_text, print_json
from alpr_policy_adapters.cli.requests import STDIN, read_input


def why_not(
    file: Annotated[Path, typer.Argument(metavar="[FILE|-]", help="A request; - is standard input.")] = STDIN,
    departments: Departments = None,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.01, max=3_600, help="Processor time for the search.")
    ] = SECONDS,
    most: Annotated[int, typer.Option("--most", min=1, max=1_000, help="How many ways to show.")] = MOST,
    as_of: AsOfRequest = None,
    as_if: AsIf = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Show the smallest sets of facts and steps that would lead to allow. The exit code is not the decision's."""
    value, _ = read_input(file)
    pdp = decision_point(policies, departments or ())
    known_texts(pdp, as_if or ())
    names = [text.partition("@")[0] for text in as_if or ()]
    request = read_request(with_time(value, moment(as_of), pdp, names, departments or ()))
    found = asked(pdp, request, departments=departments or (), as_if=tuple(as_if or ()), seconds=seconds, most=most)
    known = [name for name in (*names, *found.request.departments) if name in pdp.catalog.versions]
    profile = pdp.catalog.latest(known[0]) if known else None
    if as_json:
        print_json(data_of(found, profile))
    else:
        screen = Screen()
        for line in lines(found, profile):
            inside = line[: len(line) - len(line.lstrip())] if line[:1] == " " else ""
            screen.say(inside + one_text(line) if line else "", wrap=False)
    finish(ExitCode.BAD_INPUT if request.fatal else ExitCode.OK)
