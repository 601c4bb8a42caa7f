"""`alpr-policy show`: a whole profile in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.text import Text

from alpr_policy.errors import Diagnostic
from alpr_policy.model.wire import plain
from alpr_policy.questions.as_of import Moment, text_at
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.generated import generated
from alpr_policy.questions.matrix import TermTold
from alpr_policy.questions.show import Line, Shown, sections
from alpr_policy.questions.show import show as shown
from alpr_policy.questions.telling import Told
from alpr_policy_adapters.cli.as_of import AsOfText, now_or
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point
from alpr_policy_adapters.cli.output import Screen, clean, number, one_text, print_json


def show(
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="The id of a profile, such as `cambridge`.")],
    as_of: AsOfText = None,
    no_readings: Annotated[
        bool, typer.Option("--no-readings", help="Leave out how doubtful clauses are read.")
    ] = False,
    code: Annotated[bool, typer.Option("--code", help="Show the Python that judges, one function an act.")] = False,
    action: Annotated[str | None, typer.Option(metavar="ACT", help="With --code: this act alone.")] = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Tell a whole profile in plain words: what it allows, forbids, asks for, how long data stays, who checks."""
    if action is not None and not code:
        raise UsageError([Diagnostic("usage", "`--action` goes with `--code`", help="see `alpr-policy show --help`")])
    pdp = decision_point(policies)
    if code:
        _code(pdp, profile, now_or(as_of), action, as_json=as_json)
        return
    found = shown(pdp, profile, as_of=now_or(as_of))
    if as_json:
        print_json(plain(found))
        return
    _tell(Screen(), found, readings=not no_readings)


def _code(pdp: PolicyDecisionPoint, name: str, as_of: Moment, action: str | None, *, as_json: bool) -> None:
    functions = generated(pdp, text_at(pdp.catalog, name, as_of).profile, action)
    if as_json:
        print_json(plain(functions))
        return
    screen = Screen()
    for one in functions:
        screen.say(f"# {one.action}", wrap=False)
        for line in (*(f"# {constant}" for constant in one.constants), *one.source.split("\n")):
            screen.say(clean(line), wrap=False)


def _tell(screen: Screen, found: Shown, *, readings: bool) -> None:
    screen.say(one_text(found.heading), style="bold")
    if found.warning:
        screen.say(one_text(found.warning), style="bold yellow")
    for title, items in sections(found):
        if title and items:
            screen.say()
            screen.say(title, style="bold")
        for one in items:
            match one:
                case Told():
                    statement(screen, one, readings=readings)
                case Line():
                    shown_line = _marked(one.whole) if title else Text(one_text(one.whole))
                    paragraph(screen, shown_line, indent=2 if title else 0)
                case _:
                    terms(screen, (one,))
    count = sum(len(chapter.statements) for chapter in found.chapters)
    screen.say()
    screen.say(f"{number(count, 'statement')} on {number(found.clauses, 'clause')}; numbers in brackets are clauses.")


def _marked(text: str) -> Text:
    return Text("- ").append(one_text(text))


def paragraph(screen: Screen, text: Text, *, margin: int = 0, indent: int = 0) -> None:
    """Print a text that wraps at the width of the screen, `margin` from the left and further lines by `indent` more."""
    for position, line in enumerate(text.wrap(screen, max(20, screen.width - margin - indent))):
        line.rstrip()
        screen.put(Text(" " * (margin + (indent if position else 0))).append_text(line))


def statement(screen: Screen, told: Told, *, readings: bool, margin: int = 0) -> None:
    """Print one statement with its clauses, and how it is read."""
    paragraph(screen, _marked(told.whole), margin=margin, indent=2)
    notes = [told.waits] if told.waits else []
    notes += [told.reading] if told.reading and readings else []
    for note in notes:
        paragraph(screen, Text(one_text(note), style="dim"), margin=margin + 4)


def terms(screen: Screen, lists: Iterable[TermTold]) -> None:
    """Print the lists that sentences name."""
    for one in lists:
        paragraph(screen, _marked(one.whole), indent=2)


__all__ = ["paragraph", "show", "statement", "terms"]
