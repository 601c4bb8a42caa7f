"""`alpr-policy explain`: one decision in words."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from alpr_policy.errors import Diagnostic, ExitCode, RequestError
from alpr_policy.model.decision import Decision
from alpr_policy.model.request import Mode
from alpr_policy.questions.decisions import is_decision, read_decision
from alpr_policy.questions.explain import explain as explained
from alpr_policy.questions.explain import one_line
from alpr_policy.reading.requests import read_request
from alpr_policy.source import SourceFile
from alpr_policy_adapters.cli.as_of import AsIf, AsOfRequest, known_texts, moment, with_time
from alpr_policy_adapters.cli.options import Departments, Json, Policies, UsageError, decision_point, finish
from alpr_policy_adapters.cli.output import RefusedError, Screen, clean, one_text, print_json
from alpr_policy_adapters.cli.requests import STDIN, read_input


class Reader(StrEnum):
    """For whom a decision is put into words."""

    OFFICER = "officer"
    AUDITOR = "auditor"


def explain(
    file: Annotated[
        Path,
        typer.Argument(metavar="[FILE|-]", help="A request, or a decision from `decide --json`; - is standard input."),
    ] = STDIN,
    reader: Annotated[Reader, typer.Option("--for", help="One line for the officer, everything for the auditor.")] = (
        Reader.AUDITOR
    ),
    departments: Departments = None,
    mode: Annotated[Mode, typer.Option(help="For a request: observe judges and lets pass.")] = Mode.ENFORCE,
    as_of: AsOfRequest = None,
    as_if: AsIf = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Put one decision into words, with every statement that was considered. The exit code is not the decision's."""
    value, source = read_input(file)
    if isinstance(value, Mapping) and is_decision(value):
        decision, readable = _saved(value, source, anew=bool(as_of or as_if)), True
    else:
        question = Question(tuple(departments or ()), mode, moment(as_of), tuple(as_if or ()))
        decision, readable = _judged(value, question, policies)
    auditor = reader is Reader.AUDITOR
    text = explained(decision) if auditor else one_text(one_line(decision))
    if as_json:
        print_json({"for": str(reader), "text": text, "decision": decision.to_wire(trace=auditor)})
    else:
        _say(Screen(), text, wrap=auditor)
    finish(ExitCode.OK if readable else ExitCode.BAD_INPUT)


def _say(screen: Screen, text: str, *, wrap: bool) -> None:
    """Print line by line; what is too long goes on further in, so that the columns still read."""
    for line in text.split("\n"):
        inside = " " * (len(line) - len(line.lstrip()) + 4)
        broken = textwrap.wrap(clean(line), screen.width, subsequent_indent=inside, break_on_hyphens=False)
        for part in (broken if wrap else [line]) or [""]:
            screen.say(part, style=_style(line), wrap=False)


def _style(line: str) -> str:
    """Make headings and what is not known stand out."""
    if line.startswith(("    ? ", "  UNKNOWN")):
        return "bold yellow"
    return "bold" if line and not line.startswith(" ") and ":" not in line and "  " not in line else ""


@dataclass(frozen=True, slots=True)
class Question:
    """How a request is to be judged."""

    departments: tuple[str, ...]
    mode: Mode
    as_of: dt.datetime | dt.date | None
    as_if: tuple[str, ...]


def _saved(value: Mapping[str, Any], source: SourceFile, *, anew: bool) -> Decision:
    if anew:
        help = "give the request that it answers"
        raise UsageError([Diagnostic("usage", "a decision that was saved is not judged again", help=help)])
    try:
        return read_decision(value, source.name)
    except RequestError as error:
        raise RefusedError(error, source) from None


def _judged(value: Any, question: Question, policies: list[Path] | None) -> tuple[Decision, bool]:
    pdp = decision_point(policies, question.departments)
    known_texts(pdp, question.as_if)
    names = [text.partition("@")[0] for text in question.as_if]
    request = read_request(with_time(value, question.as_of, pdp, names, question.departments))
    decision = pdp.decide(
        request, departments=question.departments, mode=question.mode, as_if=question.as_if, trace=True
    )
    return decision, not request.fatal
