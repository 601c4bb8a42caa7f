"""`alpr-policy test`: run expected answers, and say what they hold of a profile."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.model.profile import Profile
from alpr_policy.model.wire import plain
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.suites import Suite, SuiteError
from alpr_policy.questions.testing.covering import Covered, watch
from alpr_policy.questions.testing.finding import find, load, names_in
from alpr_policy.questions.testing.forms import data_of, junit_of
from alpr_policy.questions.testing.running import Ran, tests_of
from alpr_policy_adapters.cli.options import Json, Policies, finish
from alpr_policy_adapters.cli.output import Screen, print_json, shown_path, to_stderr
from alpr_policy_adapters.cli.testing_coverage import (
    Below,
    below,
    covered_data,
    profiles_of,
    show_covered,
    since,
    thresholds,
    write_page,
)
from alpr_policy_adapters.cli.testing_report import show


class Form(StrEnum):
    """In which form the answer is written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


def test(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="Suites, folders of them, or profiles with a folder `tests` beside."),
    ] = None,
    profiles: Annotated[
        list[str] | None, typer.Option("--profile", "-p", metavar="NAME", help="Only tests about this department.")
    ] = None,
    text: Annotated[
        str, typer.Option("--filter", metavar="TEXT", help="Only tests with this in their name, or of this clause.")
    ] = "",
    form: Annotated[Form, typer.Option("--format", help="In which form to write the answer.")] = Form.TEXT,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Show what the tests hold: statements, conditions, citations.")
    ] = False,
    least: Annotated[
        str | None,
        typer.Option("--fail-under", metavar="SHARES", help="Fail (7) below `statements=100,conditions=80`, or `90`."),
    ] = None,
    base: Annotated[
        str | None, typer.Option("--diff-base", metavar="REV", help="Coverage of what changed since this git revision.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the profile's text, coloured by coverage.")
    ] = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Run expected answers; 10 if one does not hold. Suites beside a profile lie in a folder `tests`."""
    asked = thresholds(least)
    found = find(paths or (), policies or (), here=Path.cwd())
    pdp, suites = load(found, policies or ())
    chosen = (*_known(profiles or (), pdp), *names_in(found, pdp))
    watched = profiles_of(pdp, suites, chosen) if coverage or asked or base or html else ()
    only = {one.profile: since(one, base) for one in watched} if base is not None else None
    ran, covered = _ran(pdp, suites, watched, chosen, text)
    if html is not None:
        write_page(html, covered, pdp)
    if only is not None:
        covered = tuple(one.only(only[one.profile]) for one in covered)
    short = below(covered, asked)
    _write(Form.JSON if as_json else form, Answer(ran, covered, tuple(short), len(found.files)))
    code = ExitCode.BELOW_THRESHOLD if short else ExitCode.OK
    finish(code if ran.passed else ExitCode.TEST_FAILED)


@dataclass(frozen=True, slots=True)
class Answer:
    """All that is to be written."""

    ran: Ran
    covered: tuple[Covered, ...]
    short: tuple[Below, ...]
    files: int


def _known(names: list[str] | tuple[str, ...], pdp: PolicyDecisionPoint) -> tuple[str, ...]:
    """Return the names as they are; raises UnknownProfileError."""
    for name in names:
        pdp.catalog.get(name)
    return tuple(names)


def _ran(
    pdp: PolicyDecisionPoint, suites: tuple[Suite, ...], watched: tuple[Profile, ...], names: tuple[str, ...], text: str
) -> tuple[Ran, tuple[Covered, ...]]:
    """Run all that is wanted, with a bar where somebody watches; raises SuiteError where nothing is."""
    with Progress(console=to_stderr(), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("testing", total=sum(1 for suite in suites for _ in tests_of(suite)))
        ran, covered = watch(pdp, suites, watched, names=names, text=text, each=lambda _: bar.advance(task))
    if not ran.results:
        help_ = "leave out --filter or --profile, or say another" if ran.left_out else "add a case"
        raise SuiteError([Diagnostic("no-tests", "no test was run", help=help_)])
    return ran, covered


def _write(form: Form, answer: Answer) -> None:
    match form:
        case Form.JSON:
            print_json(
                {
                    **data_of(answer.ran, shown_path),
                    **({"coverage": [covered_data(one) for one in answer.covered]} if answer.covered else {}),
                    **({"below": [plain(one) for one in answer.short]} if answer.short else {}),
                }
            )
        case Form.JUNIT:
            sys.stdout.write(junit_of(answer.ran, shown_path))
        case Form.TEXT:
            screen = Screen()
            if answer.covered:
                show_covered(screen, answer.covered, answer.short)
            show(screen, answer.ran, answer.files)
