"""`alpr-policy explain`: one decision in words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from alpr_policy.errors import ExitCode, RequestError
from alpr_policy.model.decision import Decision
from alpr_policy.model.request import Mode
from alpr_policy.questions.decisions import is_decision, read_decision
from alpr_policy.questions.explain import explain as explained
from alpr_policy.questions.explain import one_line
from alpr_policy.reading.requests import read_request
from alpr_policy.source import SourceFile
from alpr_policy_adapters.cli.options import Departments, Json, Policies, decision_point, finish
from alpr_policy_adapters.cli.output import RefusedError, Screen, one_text, print_json
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
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Put one decision into words. The decision itself does not change the exit code."""
    value, source = read_input(file)
    decision, readable = _decision(value, source, departments or [], mode, policies)
    auditor = reader is Reader.AUDITOR
    text = explained(decision) if auditor else one_text(one_line(decision))
    if as_json:
        print_json({"for": str(reader), "text": text, "decision": decision.to_wire(trace=auditor)})
    else:
        screen = Screen()
        for line in text.split("\n"):
            screen.say(line, wrap=False)
    finish(ExitCode.OK if readable else ExitCode.BAD_INPUT)


def _decision(
    value: Any, source: SourceFile, departments: list[str], mode: Mode, policies: list[Path] | None
) -> tuple[Decision, bool]:
    if isinstance(value, Mapping) and is_decision(value):
        try:
            return read_decision(value, source.name), True
        except RequestError as error:
            raise RefusedError(error, source) from None
    request = read_request(value)
    pdp = decision_point(policies, departments)
    return pdp.decide(request, departments=departments, mode=mode, trace=True), not request.fatal
