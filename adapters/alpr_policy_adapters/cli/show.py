"""`alpr-policy show`: a whole profile in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.text import Text

from alpr_policy.model.wire import plain
from alpr_policy.questions.matrix import TermTold
from alpr_policy.questions.show import Line, Shown
from alpr_policy.questions.show import show as shown
from alpr_policy.questions.telling import Told
from alpr_policy_adapters.cli.as_of import AsOfText, now_or
from alpr_policy_adapters.cli.options import Json, Policies, decision_point
from alpr_policy_adapters.cli.output import Screen, number, one_text, print_json


def show(
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="The id of a profile, such as `cambridge`.")],
    as_of: AsOfText = None,
    no_readings: Annotated[
        bool, typer.Option("--no-readings", help="Leave out how doubtful clauses are read.")
    ] = False,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Tell a whole profile in plain words: what it allows, forbids, asks for, how long data stays, who checks."""
    pdp = decision_point(policies)
    found = shown(pdp, profile, as_of=now_or(as_of))
    if as_json:
        print_json(plain(found))
        return
    _tell(Screen(), found, readings=not no_readings)


def _tell(screen: Screen, found: Shown, *, readings: bool) -> None:
    screen.say(one_text(f"{found.department}: {found.title}"), style="bold")
    if not found.in_force:
        screen.say(one_text(found.note[:1].upper() + found.note[1:]) + ". It binds nobody.", style="bold yellow")
    _lines(screen, "", found.about)
    _lines(screen, "What follows where the policy says nothing", found.silence)
    _lines(screen, "Who holds which office", found.offices)
    for chapter in found.chapters:
        _heading(screen, chapter.title)
        for told in chapter.statements:
            statement(screen, told, readings=readings)
    _lines(screen, "Special rules", found.special)
    _lines(screen, "What this policy wants on record besides", found.recorded)
    if found.lists:
        _heading(screen, "The lists that are named above")
        terms(screen, found.lists)
    _lines(screen, "Open positions: what the text leaves to be filled", found.open_positions)
    _lines(screen, "Clauses that nothing here enforces, and why", found.not_enforced)
    count = sum(len(chapter.statements) for chapter in found.chapters)
    screen.say()
    screen.say(f"{number(count, 'statement')} on {number(found.clauses, 'clause')}; numbers in brackets are clauses.")


def _heading(screen: Screen, title: str) -> None:
    screen.say()
    screen.say(title, style="bold")


def _lines(screen: Screen, title: str, lines: Iterable[Line]) -> None:
    found = list(lines)
    if found and title:
        _heading(screen, title)
    for line in found:
        paragraph(screen, _marked(line.whole) if title else Text(one_text(line.whole)), indent=2 if title else 0)


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
    notes = [f"Open: waits for “{', '.join(told.open).replace('_', ' ')}”."] if told.open else []
    notes += [told.reading] if told.reading and readings else []
    for note in notes:
        paragraph(screen, Text(one_text(note), style="dim"), margin=margin + 4)


def terms(screen: Screen, lists: Iterable[TermTold]) -> None:
    """Print the lists that sentences name."""
    for one in lists:
        cite = f" [{', '.join(one.cite)}]" if one.cite else ""
        paragraph(screen, _marked(f"“{one.name}”: {', '.join(one.values)}.{cite}"), indent=2)


__all__ = ["paragraph", "show", "statement", "terms"]
