"""`alpr-policy case`: what a file of events makes of a case, step by step."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from alpr_policy.durations import instant, parse_moment
from alpr_policy.errors import Diagnostic, ExitCode, PolicyError, RequestError
from alpr_policy.evaluators.stateful import Case, CaseError, CaseEvent, Step, read_event, request_of
from alpr_policy.model.request import Mode
from alpr_policy.questions.case_words import event_text, local, owed_lines, step_text, timer_text, waiting
from alpr_policy.questions.cases import Desk, decider
from alpr_policy.reading.documents import decode
from alpr_policy.reading.json_text import parse_json
from alpr_policy.source import Span
from alpr_policy_adapters.cli.options import Departments, Json, Policies, UsageError, decision_point, finish
from alpr_policy_adapters.cli.output import OUTCOMES, RefusedError, Screen, one_text, print_json
from alpr_policy_adapters.cli.requests import MAX_LINE, STDIN, is_stream, read_input
from alpr_policy_adapters.cli.second_opinion import Second, SecondOpinion

MAX_EVENTS = 5_000
case = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Follow a case from event to event.")


@case.callback()
def _case() -> None:
    """Follow a case from event to event."""


@case.command()
def run(
    file: Annotated[
        Path, typer.Argument(metavar="[FILE|-]", help="Events: YAML or JSON under `events`, or JSON Lines.")
    ] = STDIN,
    departments: Departments = None,
    mode: Annotated[Mode, typer.Option(help="observe judges and lets pass.")] = Mode.ENFORCE,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="INSTANT", help="Look at the case at this time in the end.")
    ] = None,
    second_opinion: Second = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Take the events of one case and say what came of each, and what waits for whom in the end.

    Ends with 0, or with 9 if some event was not taken, and 6 if none could be read. Nothing is stored.
    """
    end = moment_or_none(as_of)
    pdp = decision_point(policies, departments or ())
    with SecondOpinion(pdp, (), ()) if second_opinion else nullcontext() as second:
        decide = decider(pdp, mode)
        desk = Desk(pdp, decide if second is None else lambda request: second.on(request, decide(request)))
        lines = list(_followed(desk, raw_events(file), tuple(departments or ())))
        last = next((one.step for one in reversed(lines) if one.step.case is not None), None)
        if last is None or last.case is None:
            told = lines[0].step.refused if lines else None
            raise RequestError([told or Diagnostic("event-shape", "there is no event", help="see docs/cases.md")])
        now = max(end, last.case.last) if end is not None else last.case.last
        final = desk.look(last.case, now)
    if as_json:
        print_json({"steps": [one.to_wire() for one in lines], "final": final.to_wire(), "case": last.case.to_wire()})
    else:
        _show(Screen(), lines, final, now, desk.knowing.zone(request_of(last.case, now)))
    finish(ExitCode.PARTIAL if any(one.step.refused is not None for one in lines) else ExitCode.OK)


@dataclass(frozen=True, slots=True)
class Line:
    """One event of a file, or that it could not be read, with what came of it."""

    number: int
    event: CaseEvent | None
    step: Step

    def to_wire(self) -> dict[str, Any]:
        """Return the line as plain JSON data."""
        event = self.event.to_wire() if self.event is not None else None
        return {"number": self.number, "event": event, **self.step.to_wire()}


def _followed(desk: Desk, raws: Iterator[Any], departments: tuple[str, ...]) -> Iterator[Line]:
    """Take events one after the other; one that cannot be read is told, and the rest goes on."""
    here: Case | None = None
    for number, raw in enumerate(raws, start=1):
        if number > MAX_EVENTS:
            told = Diagnostic("case-full", f"only the first {MAX_EVENTS:,} events of a file are taken")
            yield Line(number, None, Step(case=here, refused=told))
            return
        try:
            if isinstance(raw, Diagnostic):
                raise CaseError([raw])
            event = read_event(with_departments(raw, departments))
        except CaseError as error:
            yield Line(number, None, Step(case=here, refused=error.diagnostics[0]))
            continue
        step = desk.take(here, event)
        here = step.case
        yield Line(number, event, step)


def with_departments(raw: Any, departments: tuple[str, ...]) -> Any:
    """Add the departments of the command line to an opening event."""
    if not departments or not isinstance(raw, dict) or raw.get("kind") != "opened":
        return raw
    named = raw.get("departments") or []
    return {**raw, "departments": [*(named if isinstance(named, list) else [named]), *departments]}


def raw_events(file: Path) -> Iterator[Any]:
    """Give the events of a file as plain data, and a diagnostic for a line that is none; raises RefusedError."""
    if is_stream(file):
        yield from _json_lines(file)
        return
    value, source = read_input(file)
    events = value.get("events") if isinstance(value, dict) else value
    if not isinstance(events, list):
        told = Diagnostic("event-shape", "a file of events has a list under `events`", Span(source.name, 1, 1))
        raise RefusedError(RequestError([told]), source)
    yield from events


def _json_lines(file: Path) -> Iterator[Any]:
    try:
        opened = file.open("rb")
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        told = Diagnostic("file-unreadable", f"the file cannot be opened: {reason}", Span(str(file), 1, 1))
        raise RequestError([told]) from None
    with opened:
        number = 0
        while data := opened.readline(MAX_LINE + 1):
            number += 1
            if len(data) > MAX_LINE:
                yield Diagnostic("event-shape", f"line {number} has more than {MAX_LINE:,} bytes")
                return
            if data.strip():
                source, found = decode(data.rstrip(b"\r\n"), f"line {number}")
                value, problems = parse_json(source) if source is not None else (None, [])
                yield next(iter([*found, *problems]), None) or value


def moment_or_none(text: str | None) -> dt.datetime | None:
    """Read the time of `--as-of`; raises UsageError."""
    if text is None:
        return None
    try:
        moment = parse_moment(text)
        if isinstance(moment, dt.datetime):
            return instant(moment)
        error = f"`{text[:40]}` has no time of day"
    except ValueError as wrong:
        error = str(wrong)
    problem: PolicyError = UsageError([Diagnostic("usage", f"--as-of: {error}", help="2026-05-01T12:00:00-04:00")])
    raise problem


def _show(screen: Screen, lines: list[Line], final: Step, now: dt.datetime, zone: ZoneInfo) -> None:
    for line in lines:
        when = local(line.event.at, zone) if line.event is not None else " " * 25
        what = event_text(line.event) if line.event is not None else "this cannot be read"
        say_wrapped(screen, f"{line.number:>3}  {when}  {one_text(what)}", "bold", inside=32)
        told = one_text(step_text(line.step))
        style = "bold red" if line.step.refused is not None else OUTCOMES.get(told.partition(":")[0], "")
        say_wrapped(screen, " " * 5 + told, style, inside=5)
    screen.say()
    show_state(screen, final, now, zone)


def show_state(screen: Screen, final: Step, now: dt.datetime, zone: ZoneInfo) -> None:
    """Show how a case stands: what it waits for, what is owed, what changes by itself."""
    assert final.case is not None
    count = f"{final.case.revision} event{'s' if final.case.revision != 1 else ''} taken"
    screen.say(f"case {final.case.id}: {final.status} at {local(now, zone)}, {count}", style="bold")
    parts = (
        ("waits for", list(waiting(final))),
        ("owed", list(owed_lines(final, now))),
        ("changes by itself", [timer_text(timer, zone) for timer in final.timers]),
    )
    for title, told_lines in parts:
        if told_lines:
            screen.say()
            screen.say(title, style="bold")
            for one in told_lines:
                say_wrapped(screen, f"- {one_text(one)}", inside=2)


def say_wrapped(screen: Screen, text: str, style: str = "", *, inside: int) -> None:
    """Print a text; what is too long goes on further in."""
    for part in textwrap.wrap(text, screen.width, subsequent_indent=" " * inside, break_on_hyphens=False):
        screen.say(part, style=style, wrap=False)
