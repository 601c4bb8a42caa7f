"""`alpr-policy compare`: is one text ever laxer than another, on which act, by which rule, under what request."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.progress import Progress
from rich.text import Text

from alpr_policy.errors import ExitCode
from alpr_policy.questions.compare import SECONDS, ActCompared, Comparison, Relation, Side, joined, one_act
from alpr_policy.questions.compared_words import acts_named, comparison_data, headline
from alpr_policy.questions.differing import expected, sentence
from alpr_policy.questions.sides import side_of
from alpr_policy_adapters.cli.comparing_forms import compared_diagnostics
from alpr_policy_adapters.cli.options import Json, Policies, decision_point, finish
from alpr_policy_adapters.cli.output import Screen, number, one_text, print_json, to_stderr
from alpr_policy_adapters.cli.reports import Form, form_of, print_report, sources_of
from alpr_policy_adapters.cli.solving import solver_if_here

STYLES = {
    Relation.EQUIVALENT: "green",
    Relation.STRICTER: "cyan",
    Relation.LAXER: "red",
    Relation.BOTH: "yellow",
    Relation.UNDECIDED: "bold yellow",
}
Seconds = Annotated[float, typer.Option("--seconds", min=0.01, max=3_600, help="Processor time for each act.")]
Acts = Annotated[
    list[str] | None, typer.Option("--action", metavar="ACT", help="Only this act or group; may be given again.")
]


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="A profile, `NAME@DATE`, or a file.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The same: the draft, or the other department.")],
    floor: Annotated[
        bool, typer.Option("--floor", help="Take A as a floor: fail (7) where B is laxer, whatever A's silence.")
    ] = False,
    acts: Acts = None,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Keep each difference as expected answers.")
    ] = None,
    seconds: Seconds = SECONDS,
    form: Form = "text",
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Hold two texts against each other, exactly: every difference with a request under which it shows."""
    form = form_of(form, as_json=as_json)
    pdp = decision_point(policies)
    sides = side_of(pdp, first, policies or ())[0], side_of(pdp, second, policies or ())[0]
    found = _compared(*sides, acts_named(sides, acts or ()), seconds, floor=floor)
    told = [(one, sentence(one, *sides)) for act in found.acts for one in act.differences]
    if form == "json":
        print_json(comparison_data(found, *sides))
    elif form == "text":
        _show(Screen(), found, *sides, floor=floor)
    else:
        print_report(form, compared_diagnostics(found, *sides, floor=floor), sources_of(sides[1].profile))
    if save is not None:
        save_answers(save, "Where two texts differ, as requests with the answer under each.", expected(told, *sides))
        to_stderr().say(f"{number(len(told), 'difference')} kept in {save}")
    laxer = found.relation in (Relation.LAXER, Relation.BOTH)
    undecided = any(act.undecided for act in found.acts)
    finish(ExitCode.BELOW_THRESHOLD if floor and (laxer or undecided) else ExitCode.OK)


def _compared(first: Side, second: Side, acts: tuple[str, ...], seconds: float, *, floor: bool) -> Comparison:
    """Compare act by act, with a bar where somebody watches."""
    steps = one_act(first, second, actions=acts, seconds=seconds, solver=solver_if_here(), floor=floor)
    done: list[ActCompared] = []
    with Progress(console=to_stderr(), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("comparing", total=None)
        for total, act in steps:
            bar.update(task, total=total, advance=1, description=act.action)
            done.append(act)
    return joined(first, second, done)


def _show(screen: Screen, found: Comparison, first: Side, second: Side, *, floor: bool) -> None:
    screen.say(one_text(headline(found, floor=floor)), style="bold")
    for act in found.acts:
        if act.differences or act.undecided:
            screen.say()
            word = "laxer" if floor and act.differences else act.relation.value
            screen.put(Text(act.action, style="bold").append(f": {word}", style=STYLES[act.relation]))
        for one in sorted(act.differences, key=lambda one: not one.laxer):
            screen.say(one_text(f"  {'- laxer' if one.laxer else '- stricter'}: {sentence(one, first, second)}"))
        for told in act.undecided:
            screen.say(one_text(f"  ? {told}"), style="bold yellow")
    alike = [act.action for act in found.acts if not act.differences and not act.undecided]
    if alike and not floor:
        screen.say()
        screen.say(one_text(f"The same on {', '.join(alike)}"))
    screen.say()
    screen.say("Not covered", style="bold")
    for told in found.not_covered:
        screen.say(one_text(f"- {told}"))


class _Written(yaml.SafeDumper):
    """Writes every value out: files of expected answers have no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def save_answers(path: Path, about: str, data: dict[str, Any]) -> None:
    """Write a file of expected answers whole, or not at all; `about` is its first line."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(f"# {about}\n")
            yaml.dump(data, stream, Dumper=_Written, sort_keys=False, allow_unicode=True, width=120)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
