"""`alpr-policy test`: run expected answers, and say what they hold of a profile."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.suites import Suite, SuiteError
from alpr_policy.questions.testing.finding import Found, find, load, names_in
from alpr_policy.questions.testing.forms import data_of, junit_of
from alpr_policy.questions.testing.running import Ran, run, tests_of
from alpr_policy_adapters.cli.options import Json, Policies, finish
from alpr_policy_adapters.cli.output import Screen, print_json, shown_path, to_stderr
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
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Run expected answers; 10 if one does not hold. Suites beside a profile lie in a folder `tests`."""
    found = find(paths or (), policies or (), here=Path.cwd())
    pdp, suites = load(found, policies or ())
    chosen = (*_known(profiles or (), pdp), *names_in(found, pdp))
    ran = _ran(pdp, suites, chosen, text)
    _write(Form.JSON if as_json else form, ran, found)
    finish(ExitCode.OK if ran.passed else ExitCode.TEST_FAILED)


def _known(names: list[str] | tuple[str, ...], pdp: PolicyDecisionPoint) -> tuple[str, ...]:
    """Return the names as they are; raises UnknownProfileError."""
    for name in names:
        pdp.catalog.get(name)
    return tuple(names)


def _ran(pdp: PolicyDecisionPoint, suites: tuple[Suite, ...], profiles: tuple[str, ...], text: str) -> Ran:
    """Run all that is wanted, with a bar where somebody watches; raises SuiteError where nothing is."""
    with Progress(console=to_stderr(), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("testing", total=sum(1 for suite in suites for _ in tests_of(suite)))
        ran = run(pdp, suites, profiles=profiles, text=text, watch=lambda _: bar.advance(task))
    if not ran.results:
        help_ = "leave out --filter or --profile, or say another" if ran.left_out else "add a case"
        raise SuiteError([Diagnostic("no-tests", "no test was run", help=help_)])
    return ran


def _write(form: Form, ran: Ran, found: Found) -> None:
    match form:
        case Form.JSON:
            print_json(data_of(ran, shown_path))
        case Form.JUNIT:
            sys.stdout.write(junit_of(ran, shown_path))
        case Form.TEXT:
            show(Screen(), ran, len(found.files))
