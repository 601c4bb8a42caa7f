"""`alpr-policy lint`: what may be meant otherwise than it is written, and what to do about it."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from alpr_policy.errors import Diagnostic, ExitCode, Severity
from alpr_policy.lint.fixing import Fixed, fix_files
from alpr_policy.lint.rule import Reads, all_rules
from alpr_policy.lint.run import Linted, Wanted, lint_files
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, finish
from alpr_policy_adapters.cli.output import (
    Screen,
    as_data,
    columns,
    number,
    one_text,
    print_json,
    row,
    show_diagnostics,
    shown_path,
    to_stderr,
)
from alpr_policy_adapters.cli.reports import Form, form_of, print_report
from alpr_policy_adapters.cli.solving import solver_if_here

PAGES = "see docs/lint/{code}.md of alpr-policy"
FAILING = {"error": (Severity.ERROR,), "warning": (Severity.ERROR, Severity.WARNING), "info": tuple(Severity)}


def lint(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE|DIR]...", help="Profiles; without any, all that are known.")
    ] = None,
    rules: Annotated[
        list[str] | None, typer.Option("--rule", metavar="CODE", help="Only this rule; may be given more than once.")
    ] = None,
    deep: Annotated[bool, typer.Option("--deep", help="Ask too what can be proven; takes longer.")] = False,
    seconds: Annotated[
        float, typer.Option(min=0.01, metavar="S", help="With --deep: processor seconds for each question.")
    ] = 1.0,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended for certain, and lint again.")] = False,
    fail_on: Annotated[
        str, typer.Option("--fail-on", metavar="LEVEL", help="End with 7 from this level on: error, warning or info.")
    ] = "warning",
    tests: Annotated[
        list[Path] | None, typer.Option("--tests", metavar="DIR", help="A folder of expected answers.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Instead: list the rules.")] = False,
    form: Form = "text",
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Find what may be meant otherwise than it is written; 5 if a profile cannot be used, 7 if something is found."""
    _check_call(rules or [], fail_on)
    form = form_of(form, as_json=as_json)
    if listed:
        _list(form)
        return
    wanted = Wanted(
        only=frozenset(rules or ()),
        deep=deep,
        seconds=seconds,
        solver=solver_if_here() if deep else None,
        tests=tuple(tests or ()),
    )
    fixed = fix_files(paths or (), policies or (), wanted) if fix else None
    with Progress(console=to_stderr(), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("linting", total=None)

        def step(file: str) -> None:
            bar.update(task, description=one_text(shown_path(file)))

        found = lint_files(paths or (), policies or (), dataclasses.replace(wanted, watch=step))
    if form == "json":
        print_json(_data(found, fixed))
    elif form == "text":
        _show(Screen(), found, fixed, deep=deep)
    else:
        infos = {code: (rule.about, PAGES.format(code=code)) for code, rule in all_rules().items()}
        print_report(form, found.diagnostics, found.sources, infos)
    failing = any(one.severity in FAILING[fail_on] for one in found.diagnostics)
    finish(ExitCode.BAD_PROFILE if found.refused else ExitCode.BELOW_THRESHOLD if failing else ExitCode.OK)


def _check_call(rules: list[str], fail_on: str) -> None:
    known = all_rules()
    faults = [
        Diagnostic("usage", f"`{code}` is not a rule", help="see `--list`") for code in rules if code not in known
    ]
    if fail_on not in FAILING:
        faults.append(Diagnostic("usage", f"`{fail_on}` is not a level", help="error, warning or info"))
    if faults:
        raise UsageError(faults)


def _list(form: str) -> None:
    rules = [rule for _, rule in sorted(all_rules().items())]
    if form == "json":
        print_json(
            [
                {"code": one.code, "level": str(one.level), "about": one.about, "deep": one.reads is Reads.PROOF}
                for one in rules
            ]
        )
        return
    table = columns("rule", "level", "finds", ratios=(None, None, 1))
    for one in rules:
        deep = " (with --deep)" if one.reads is Reads.PROOF else ""
        row(table, one.code, str(one.level), one.about + deep)
    Screen().put(table)


def _data(found: Linted, fixed: Fixed | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "files": found.files,
        "refused": found.refused,
        "ignored": found.ignored,
        "diagnostics": [as_data(one) for one in found.diagnostics],
        "undecided": list(found.undecided),
    }
    if fixed is not None:
        told["fixed"] = {shown_path(file): list(codes) for file, codes in fixed.files.items()}
        told["not_fixed"] = {shown_path(file): why for file, why in fixed.kept.items()}
    return told


def _show(screen: Screen, found: Linted, fixed: Fixed | None, *, deep: bool) -> None:
    if fixed is not None:
        for file, codes in fixed.files.items():
            screen.say(f"{shown_path(file)}: mended {', '.join(codes)}")
        for file, why in fixed.kept.items():
            screen.say(f"{shown_path(file)}: not mended: {why}", style="yellow")
    show_diagnostics(screen, found.diagnostics, found.sources)
    if not found.diagnostics:
        ignored = f"; {number(found.ignored, 'finding')} ignored with a reason" if found.ignored else ""
        screen.say(f"nothing found in {number(found.files, 'file')}{ignored}", style="bold green")
    if found.undecided:
        screen.say()
        screen.say("Not decided:", style="bold")
        for one in found.undecided:
            screen.say(f"- {one}")
    if deep and solver_if_here() is None:
        to_stderr().say("the extra `verify` is not installed: more may be left undecided than with it", style="yellow")
