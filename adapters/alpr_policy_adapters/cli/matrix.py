"""`alpr-policy matrix`: departments side by side on one act or topic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from alpr_policy.errors import Diagnostic
from alpr_policy.model.wire import plain
from alpr_policy.questions.matrix import GROUP_ORDER, SILENT, Column, Matrix, kept_table
from alpr_policy.questions.matrix import matrix as side_by_side
from alpr_policy.questions.stances import MEANINGS
from alpr_policy.questions.telling import Told
from alpr_policy.vocabulary import VOCABULARY
from alpr_policy.vocabulary.topics import TOPICS
from alpr_policy_adapters.cli.as_of import AsIf, AsOfText, known_texts, now_or
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point
from alpr_policy_adapters.cli.output import Screen, columns, one_text, print_json, row
from alpr_policy_adapters.cli.ranking import rank
from alpr_policy_adapters.cli.show import statement, terms

# Narrower than this, sentences in columns cannot be read.
NARROWEST, ANSWER = 36, 11
STYLES = {
    "silent: allowed": "yellow",
    "silent: refused": "yellow",
    "forbidden": "red",
    "allowed": "green",
    "not barred": "green",
}
Profiles = Annotated[
    list[str] | None,
    typer.Option("--profile", "-p", metavar="NAME", help="Only this department; may be given more than once."),
]


def matrix(
    subject: Annotated[
        str | None, typer.Argument(metavar="ACTION|TOPIC", help="An action, a group of actions or a topic.")
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="Name the topics.")] = False,
    profiles: Profiles = None,
    as_of: AsOfText = None,
    as_if: AsIf = None,
    stricter: Annotated[
        bool, typer.Option("--stricter", help="Who is stricter: every two texts held against each other, act by act.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="With --stricter: a page with heat maps and tables.")
    ] = None,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="With --stricter: the heat map of acts alone.")
    ] = None,
    readings: Annotated[bool, typer.Option("--readings", help="How doubtful clauses are read as well.")] = False,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Set departments side by side on an act or a topic; where a text is silent, that is said, and what follows."""
    if listing:
        _list(as_json)
        return
    if stricter:
        if as_of is not None or readings:
            help = "name texts of a day as `--as-if NAME@2026-05-01`"
            raise UsageError([Diagnostic("usage", "`--stricter` takes no `--as-of` and no `--readings`", help=help)])
        rank(subject, (*(profiles or ()), *(as_if or ())), policies or (), as_json=as_json, html=html, svg=svg)
        return
    if html is not None or svg is not None:
        raise UsageError([Diagnostic("usage", "`--html` and `--svg` go with `--stricter`")])
    if subject is None:
        raise UsageError([Diagnostic("usage", "name an action or a topic", help="see `alpr-policy matrix --list`")])
    pdp = decision_point(policies, profiles or ())
    known_texts(pdp, as_if or ())
    found = side_by_side(pdp, subject, as_of=now_or(as_of), profiles=profiles or (), as_if=as_if or ())
    if as_json:
        print_json(plain(found))
        return
    _tell(Screen(), found, readings=readings)


def _list(as_json: bool) -> None:
    if as_json:
        print_json({"topics": {name: plain(topic) for name, topic in TOPICS.items()}})
        return
    screen = Screen()
    table = columns("topic", "what it takes in", ratios=(None, 1))
    for name, topic in TOPICS.items():
        row(table, name, f"{topic.title}" + (f" ({', '.join(topic.actions)})" if topic.actions else ""))
    screen.put(table)
    screen.say()
    screen.say(f"An action or a group will do as well: {', '.join(VOCABULARY.groups)}, or see `alpr-policy facts`.")


def _tell(screen: Screen, found: Matrix, *, readings: bool) -> None:
    screen.say(one_text(found.heading), style="bold")
    screen.say()
    for column in found.columns:
        _text(screen, column)
    if found.actions:
        screen.say()
        _stances(screen, found)
    _kept(screen, found)
    for group in GROUP_ORDER:
        _group(screen, found, group, readings=readings)
    if found.without:
        screen.say()
        screen.say(f"Silent, without any statement on this: {', '.join(map(_name, found.without))}", "bold yellow")
    for column in found.columns:
        if column.lists:
            screen.say()
            screen.say(f"Lists of {_name(column)}", style="bold")
            terms(screen, column.lists)


def _name(column: Column) -> str:
    return one_text(column.name)


def _text(screen: Screen, column: Column) -> None:
    line = Text(_name(column), style="bold").append(f": {one_text(column.gist)}", style="not bold")
    for remark in column.remarks:
        line.append(f"; {one_text(remark)}", style="bold yellow")
    screen.put(line)


def _stances(screen: Screen, found: Matrix) -> None:
    """Show for each act and department what is said of it when nothing else is known."""
    used: dict[str, None] = {}
    across = len(found.columns) * (ANSWER + 2) + 22 <= screen.width and len(found.actions) > 1
    heads = [_name(c) for c in found.columns] if across else list(found.actions)
    if not across and len(found.actions) * (ANSWER + 2) + 22 > screen.width:
        heads = ["act", "answer"]
    table = columns("act" if across else "department", *heads, ratios=(None, *(1 for _ in heads)))
    by_act = {(c, s.action): s.stance for c in found.columns for s in c.stances}
    for stance in by_act.values():
        used[stance] = None
    if across:
        for action in found.actions:
            row(table, action, *(_answer(by_act[column, action]) for column in found.columns))
    else:
        _by_department(table, found, by_act, long=heads == ["act", "answer"])
    screen.put(table)
    screen.say()
    for stance in MEANINGS:
        if stance in used:
            screen.put(Text("  ").append(stance, style="bold").append(f": {MEANINGS[stance]}"))


def _by_department(table: Table, found: Matrix, by_act: dict[tuple[Column, str], str], *, long: bool) -> None:
    for column in found.columns:
        if not long:
            row(table, _name(column), *(_answer(by_act[column, action]) for action in found.actions))
            continue
        for position, action in enumerate(found.actions):
            row(table, "" if position else _name(column), action, _answer(by_act[column, action]))


def _answer(stance: str) -> Text:
    return Text(stance, style=STYLES.get(stance, ""))


def _kept(screen: Screen, found: Matrix) -> None:
    """Show for each class of data and each holder how long every department keeps it."""
    rows = kept_table(found.columns)
    if not rows:
        return
    screen.say()
    screen.say("How long each class of data stays, and with whom", style="bold")
    beside = (len(found.columns) + 2) * 18 <= screen.width
    heads = [_name(column) for column in found.columns] if beside else ["department: how long"]
    table = columns("data", "held by", *heads, ratios=(3, 4, *((5,) * len(heads) if beside else (9,))))
    before = ""
    for data, holders, cells in rows:
        shown = [Text(one, style="yellow" if one == SILENT else "") for one in map(one_text, cells)]
        if not beside:
            shown = [
                Text("\n").join(Text(f"{_name(c)}: ").append_text(t) for c, t in zip(found.columns, shown, strict=True))
            ]
        row(table, "" if data == before else data, holders, *shown)
        before = data
    screen.put(table)


def _group(screen: Screen, found: Matrix, group: str, *, readings: bool) -> None:
    told = {column: [one for one in column.statements if one.group == group] for column in found.columns}
    if not any(told.values()):
        return
    screen.say()
    screen.say(f"What {group}", style="bold")
    if not readings and NARROWEST * len(found.columns) <= screen.width and len(found.columns) > 1:
        _beside(screen, told)
        return
    for column, several in told.items():
        screen.say(_name(column) + ("" if several else ": nothing"), style="bold" if several else "dim")
        for one in several:
            statement(screen, one, readings=readings, margin=2)


def _beside(screen: Screen, told: dict[Column, list[Told]]) -> None:
    table = columns(*(_name(column) for column in told), ratios=tuple(1 for _ in told))
    longest = max(len(several) for several in told.values())
    for position in range(longest):
        cells = [f"- {several[position].whole}" if position < len(several) else "" for several in told.values()]
        row(table, *(one_text(cell) or ("- nothing" if not position else "") for cell in cells))
    screen.put(table)
