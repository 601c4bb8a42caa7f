"""`alpr-policy replay`: what a log would have looked like under another text, with budgets for a draft."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from alpr_policy.durations import CalendarSpan
from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.questions.replay_budgets import Budget, parse_budget, spent
from alpr_policy.questions.replay_marks import markdown, marks, sarif, workflow_commands
from alpr_policy.questions.replay_page import replay_page
from alpr_policy.questions.replay_report import summary
from alpr_policy.questions.replay_sides import ReplaySide
from alpr_policy.questions.replay_summary import ReplaySummary
from alpr_policy.questions.replay_words import CLASHING
from alpr_policy_adapters.charts.replay import replay_charts
from alpr_policy_adapters.charts.svg import require_charts
from alpr_policy_adapters.cli.directory_options import DirectoryPath, PeopleUrl, load_directory
from alpr_policy_adapters.cli.happened import written
from alpr_policy_adapters.cli.log_options import LogLayout, LogMap, LogReleased, LogZone, log_options
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point, finish
from alpr_policy_adapters.cli.output import Screen, one_text, print_json, show_diagnostics, shown_path, to_stderr
from alpr_policy_adapters.cli.replay_places import Places
from alpr_policy_adapters.cli.replay_prepared import Added
from alpr_policy_adapters.cli.replay_report import show_replay
from alpr_policy_adapters.cli.replay_run import Asked, Engine, own_of, replayed


class On(StrEnum):
    """Where a table is worked out, if not in this process."""

    SPARK = "spark"


class Annotations(StrEnum):
    """Whose annotations to print."""

    GITHUB = "github"


ApprovalsFile = Annotated[
    Path | None, typer.Option("--approvals", metavar="FILE", help="Approvals on record, for acts that tell none.")
]
TrainingsFile = Annotated[
    Path | None, typer.Option("--trainings", metavar="FILE", help="Trainings on record: who, and when.")
]
Budgets = Annotated[
    list[str] | None,
    typer.Option("--fail-if", metavar="BUDGET", help="Fail (7) where more rows change: `newly-allowed>0`, `flips>2%`."),
]


def replay(
    log: Annotated[
        list[Path], typer.Argument(metavar="LOG...", help="Tables of acts, requests, or logs of other systems.")
    ],
    baseline: Annotated[str, typer.Option("--baseline", metavar="A", help="A profile, or a file; the text of today.")],
    proposed: Annotated[str, typer.Option("--proposed", metavar="B", help="The same: the draft, or another text.")],
    as_if: Annotated[
        bool, typer.Option("--as-if", help="Take each text as if it bound all the time; `NAME@DATE` names one then.")
    ] = False,
    engine: Annotated[Engine, typer.Option("--engine", help="What works tables out.")] = Engine.DUCKDB,
    on: Annotated[On | None, typer.Option("--on", help="Work tables out on a Spark session instead.")] = None,
    sample: Annotated[
        int, typer.Option("--sample", min=0, max=1_000_000, help="Rows to decide again by the reference.")
    ] = 1_000,
    show: Annotated[int, typer.Option("--show", min=0, max=1_000, help="Rows to show with both decisions.")] = 12,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**31, help="Draw the sample by this.")] = 0,
    flips: Annotated[
        Path | None, typer.Option("--flips", metavar="FILE", help="Write each row with another outcome, as Parquet.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the report as a page with charts.")
    ] = None,
    fail_if: Budgets = None,
    annotations: Annotated[
        Annotations | None, typer.Option("--annotations", help="Print notes at the lines of the proposed text.")
    ] = None,
    summary_to: Annotated[
        Path | None, typer.Option("--summary", metavar="FILE", help="Add a summary in Markdown to the file.")
    ] = None,
    sarif_to: Annotated[
        Path | None, typer.Option("--sarif", metavar="FILE", help="Write the notes at lines as SARIF.")
    ] = None,
    with_personal: Annotated[
        bool, typer.Option("--with-personal", help="Show in samples what may name plates, persons and cases.")
    ] = False,
    mapping: LogMap = None,
    layout: LogLayout = "",
    timezone: LogZone = "",
    released: LogReleased = None,
    directory: DirectoryPath = None,
    people_url: PeopleUrl = None,
    approvals: ApprovalsFile = None,
    same: Annotated[
        list[str] | None, typer.Option("--same", metavar="FACT", help="By what approvals are found: case.number.")
    ] = None,
    within: Annotated[
        str, typer.Option("--within", metavar="SPAN", help="How long before the act an approval may be.")
    ] = "",
    trainings: TrainingsFile = None,
    read_size: Annotated[
        int | None, typer.Option("--read-size", min=1, metavar="BYTES", help="Show what is stored in bytes, too.")
    ] = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Decide every act of a log under two texts, and report where the answers differ, which way, and by which rule.

    Ends with 0; with 7 where a budget is exceeded, 9 where some rows could not be replayed, 6 where none could. A row
    that the reference evaluator decides otherwise than its group is a defect (70).
    """
    _check_targets([one for one in (flips, html, summary_to, sarif_to) if one is not None])
    if html is not None:
        require_charts()
    pdp = decision_point(policies)
    before, after = (ReplaySide.of(pdp, word, as_if=as_if, extra=policies or ()) for word in (baseline, proposed))
    budgets = _budgets(fail_if or (), before, after)
    used = Engine(on.value) if on is not None else engine
    own = own_of((before, after))
    asked = Asked(
        log=tuple(log),
        options=log_options(
            mapping=mapping, layout=layout, timezone=timezone, at="", encoding="", released=released, own=own
        ),
        added=Added(
            directory=load_directory(directory, people_url) if directory is not None else None,
            approvals=approvals,
            same=tuple(same or ("case.number",)),
            within=_span(within),
            trainings=trainings,
            read_size=read_size,
        ),
        engine=used,
        checked=sample,
        shown=show,
        seed=seed,
        flips=flips,
    )
    told = summary(replayed(asked, before, after), with_personal=with_personal)
    told = dataclasses.replace(told, budgets=tuple(spent(one, told) for one in budgets))
    _write(told, Places(after), html=html, summary_to=summary_to, sarif_to=sarif_to)
    if as_json:
        print_json(told.to_wire())
    else:
        show_replay(Screen(), told)
    if told.mismatches:
        clash = CLASHING.format(count=len(told.mismatches), checked=told.checked)
        show_diagnostics(to_stderr(), [Diagnostic("replay-mismatch", clash)])
    if annotations is not None:
        _annotate(told, Places(after), to_stderr() if as_json else Screen())
    finish(exit_code(told))


def _span(text: str) -> CalendarSpan | None:
    try:
        return CalendarSpan.parse(text) if text else None
    except ValueError as error:
        raise UsageError([Diagnostic("usage", f"--within: {error}")]) from None


def _check_targets(paths: Sequence[Path]) -> None:
    """Refuse before a long run what could not be written after it; raises UsageError."""
    wrong = [
        Diagnostic("usage", f"`{one}` cannot be written", help="name a file in a folder that is there")
        for one in paths
        if one.is_dir() or not one.absolute().parent.is_dir()
    ]
    if len({one.resolve() for one in paths}) != len(paths):
        wrong.append(Diagnostic("usage", "two things are to be written to the same file"))
    if wrong:
        raise UsageError(wrong)


def _budgets(texts: Sequence[str], *sides: ReplaySide) -> list[Budget]:
    """Read the budgets; raises BudgetError for the first that is wrong."""
    words = [ruleset.vocabulary for side in sides for ruleset in side.rulesets()]
    acts = {act for one in words for act in one.actions}
    groups = {name: tuple(found) for one in words for name, found in one.groups.items()}
    return [parse_budget(text, acts, groups) for text in texts]


def _write(
    told: ReplaySummary, places: Places, *, html: Path | None, summary_to: Path | None, sarif_to: Path | None
) -> None:
    if html is not None:
        written(html, replay_page(told, replay_charts(told)))
    if summary_to is not None:
        _added(summary_to, markdown(told))
    if sarif_to is not None:
        written(sarif_to, sarif(marks(told, places.of, places.whole), _version()))
    for path in (html, summary_to, sarif_to):
        if path is not None:
            to_stderr().say(f"wrote {shown_path(str(path))}")


def _added(path: Path, text: str) -> None:
    """Add to the file: other steps of a workflow write their summaries into it too."""
    with open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644), "a", encoding="utf-8") as out:
        out.write(text)


def _version() -> str:
    try:
        return importlib.metadata.version("alpr-policy")
    except importlib.metadata.PackageNotFoundError:
        return "0"


def _annotate(told: ReplaySummary, places: Places, screen: Screen) -> None:
    for line in workflow_commands(marks(told, places.of, places.whole)):
        screen.say(one_text(line), wrap=False)


def exit_code(told: ReplaySummary) -> ExitCode:
    """Return the code of a replay: a defect first, then budgets, then what could not be replayed."""
    if told.mismatches:
        return ExitCode.INTERNAL
    if any(one.over for one in told.budgets):
        return ExitCode.BELOW_THRESHOLD
    if not told.left_out and not told.rows:
        return ExitCode.BAD_INPUT
    if told.left_out:
        return ExitCode.PARTIAL if told.totals.rows else ExitCode.BAD_INPUT
    return ExitCode.OK
