"""`alpr-policy decide`: one request, or a stream of them, judged under each department's policy."""

from __future__ import annotations

import dataclasses
import datetime as dt
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.model.decision import Decision, Outcome
from alpr_policy.model.directory import Directory
from alpr_policy.model.request import Mode, Request
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.explain import one_line, sections
from alpr_policy.questions.filling import Filled, fill
from alpr_policy.reading.requests import read_request
from alpr_policy_adapters.cli.as_of import AsIf, AsOfRequest, known_texts, moment, with_time
from alpr_policy_adapters.cli.directory_options import DirectoryPath, PeopleUrl, load_directory
from alpr_policy_adapters.cli.office_options import Recording, RecordTo
from alpr_policy_adapters.cli.options import Departments, Json, Policies, UsageError, decision_point, finish, input_code
from alpr_policy_adapters.cli.output import OUTCOMES, Screen, one_text, print_json, print_json_line
from alpr_policy_adapters.cli.requests import STDIN, is_stream, read_input, read_stream
from alpr_policy_adapters.cli.second_opinion import Second, SecondOpinion

CODES = {Outcome.ALLOW: ExitCode.OK, Outcome.NEEDS: ExitCode.NEEDS, Outcome.DENY: ExitCode.DENY}


def decide(
    file: Annotated[
        Path, typer.Argument(metavar="[FILE|-]", help="A request in YAML or JSON; - is standard input.")
    ] = STDIN,
    departments: Departments = None,
    mode: Annotated[Mode, typer.Option(help="observe judges and lets pass.")] = Mode.ENFORCE,
    stream: Annotated[
        bool, typer.Option("--stream", help="One JSON request a line, one decision a line, each at once.")
    ] = False,
    trace: Annotated[bool, typer.Option("--trace", help="With --json: everything that was considered.")] = False,
    as_of: AsOfRequest = None,
    as_if: AsIf = None,
    directory: DirectoryPath = None,
    people_url: PeopleUrl = None,
    second_opinion: Second = None,
    ledger: RecordTo = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Judge a request: 0 allow, 3 deny, 4 needs, 6 not a request; in mode observe 0 whatever the answer.

    A stream ends with 0; with 9 if some line was no request, which is denied, and the rest goes on; with 6 if none was.
    With --ledger the request and its decision are written there first, and what cannot be written is denied.
    """
    if ledger is not None and (as_if or trace):
        told = "an answer as if under another text, or a trace, is no decision to record"
        raise UsageError([Diagnostic("usage", told, help="leave out --ledger, or --as-if and --trace")])
    pdp = decision_point(policies, departments or ())
    known_texts(pdp, as_if or ())
    people = None if directory is None else load_directory(directory, people_url)
    judge = Judge(pdp, tuple(departments or ()), mode, moment(as_of), tuple(as_if or ()), trace, people)
    with SecondOpinion(pdp, judge.departments, judge.as_if) if second_opinion else nullcontext() as second:
        office = Recording.on(ledger, pdp, second) if ledger is not None else None
        _answer(dataclasses.replace(judge, second=second, office=office), file, stream=stream, as_json=as_json)


def _answer(judge: Judge, file: Path, *, stream: bool, as_json: bool) -> None:
    if stream or is_stream(file):
        finish(_stream(judge, file, as_json=as_json))
        return
    value, _ = read_input(file)
    filled = judge.fill(value)
    request = filled.request
    decision, row = judge.decide(request)
    if as_json:
        told = {} if judge.people is None else {"directory": filled.to_wire()}
        print_json(decision.to_wire(trace=judge.trace) | told | judge.place(row))
    else:
        screen = Screen()
        show(screen, decision)
        if filled.strangers:
            screen.say(f"\nnobody of this id is in the directory: {', '.join(filled.strangers)}")
        if row is not None:
            screen.say(f"\nrow {row} of the ledger", style="dim")
    finish(ExitCode.BAD_INPUT if request.fatal else code_of(decision))


@dataclass(frozen=True, slots=True)
class Judge:
    """How requests are to be judged: by whom, in which mode, at what time if they bring none, as if under what."""

    pdp: PolicyDecisionPoint
    departments: tuple[str, ...]
    mode: Mode
    as_of: dt.datetime | dt.date | None
    as_if: tuple[str, ...]
    trace: bool
    people: Directory | None = None
    second: SecondOpinion | None = None
    office: Recording | None = None

    def fill(self, value: Any) -> Filled:
        """Read a request and fill it from the directory, if there is one; raises TimeError."""
        names = [text.partition("@")[0] for text in self.as_if]
        request = read_request(with_time(value, self.as_of, self.pdp, names, self.departments))
        return Filled(request=request) if self.people is None else fill(self.people, request)

    def read(self, value: Any) -> Request:
        """Read a request, with the time of the question if it brings none; raises TimeError."""
        return self.fill(value).request

    def place(self, row: int | None) -> dict[str, Any]:
        """Return what JSON says of where a decision was written down; nothing where there is no ledger."""
        return {"ledger": {"row": row}} if self.office is not None else {}

    def decide(self, request: Request) -> tuple[Decision, int | None]:
        """Judge a request; if there is a ledger, record it, and say in which row."""
        if self.office is not None:
            given, receipt = self.office.decided(request, departments=self.departments, mode=self.mode)
            return given, receipt.seq if receipt is not None else None
        decision = self.pdp.decide(
            request, departments=self.departments, mode=self.mode, as_if=self.as_if, trace=self.trace
        )
        return (decision if self.second is None else self.second.on(request, decision)), None


def code_of(decision: Decision) -> ExitCode:
    """Return the exit code of a decision; what may proceed is no failure."""
    if any(reason.rule == "unknown_profile" for reason in decision.reasons):
        return ExitCode.BAD_PROFILE
    return ExitCode.OK if decision.proceed else CODES[decision.outcome]


def _stream(judge: Judge, file: Path, *, as_json: bool) -> ExitCode:
    used = refused = 0
    screen = Screen()
    for line in read_stream(file, judge.read):
        decision, row = judge.decide(line.request)
        if as_json:
            print_json_line(decision.to_wire(trace=judge.trace) | judge.place(row))
        else:
            screen.say(_coloured(decision), wrap=False)
            screen.file.flush()
        used, refused = used + line.readable, refused + (not line.readable)
    return input_code(used=used, refused=refused)


def show(screen: Screen, decision: Decision) -> None:
    """Show a decision to the person who asked: one line, then each thing to supply and to do."""
    screen.say(_coloured(decision))
    for title, lines in sections(decision):
        screen.say()
        screen.say(title, style="bold")
        for line in lines:
            screen.put(Text("- ").append(one_text(line)))


def _coloured(decision: Decision) -> Text:
    outcome, rest = decision.outcome.value, one_text(one_line(decision))
    return Text().append(outcome, style=OUTCOMES[outcome]).append(rest.removeprefix(outcome))
