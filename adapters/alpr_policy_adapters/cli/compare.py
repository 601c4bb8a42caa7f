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

from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.model.wire import plain
from alpr_policy.questions.compare import SECONDS, ActCompared, Comparison, Relation, Side, joined, one_act
from alpr_policy.questions.differing import expected, sentence
from alpr_policy.questions.sides import side_of
from alpr_policy.suggest import did_you_mean
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point, finish
from alpr_policy_adapters.cli.output import Screen, number, one_text, print_json, to_stderr
from alpr_policy_adapters.cli.solving import solver_if_here

STYLES = {
    Relation.EQUIVALENT: "green",
    Relation.STRICTER: "cyan",
    Relation.LAXER: "red",
    Relation.BOTH: "yellow",
    Relation.UNDECIDED: "bold yellow",
}
SAID = {
    Relation.EQUIVALENT: "{second} and {first} come to the same on {act}",
    Relation.STRICTER: "{second} is stricter than {first} on {act}, and nowhere laxer",
    Relation.LAXER: "{second} is laxer than {first} on {act}, and nowhere stricter",
    Relation.BOTH: "{second} is stricter than {first} in some cases of {act}, and laxer in others",
    Relation.UNDECIDED: "how {second} stands to {first} on {act} is not decided",
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
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Hold two texts against each other, exactly: every difference with a request under which it shows."""
    pdp = decision_point(policies)
    sides = side_of(pdp, first, policies or ())[0], side_of(pdp, second, policies or ())[0]
    found = _compared(*sides, _asked(sides, acts or ()), seconds, floor=floor)
    told = [(one, sentence(one, *sides)) for act in found.acts for one in act.differences]
    if as_json:
        print_json(_data(found, *sides))
    else:
        _show(Screen(), found, *sides, floor=floor)
    if save is not None:
        save_answers(save, "Where two texts differ, as requests with the answer under each.", expected(told, *sides))
        to_stderr().say(f"{number(len(told), 'difference')} kept in {save}")
    laxer = found.relation in (Relation.LAXER, Relation.BOTH)
    undecided = any(act.undecided for act in found.acts)
    finish(ExitCode.BELOW_THRESHOLD if floor and (laxer or undecided) else ExitCode.OK)


def _asked(sides: tuple[Side, Side], names: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return the acts asked for; raises UsageError for one that neither text knows."""
    known = {act for side in sides for act in side.rulesets[0].vocabulary.actions}
    groups = sides[0].rulesets[0].vocabulary.groups
    asked = tuple(dict.fromkeys(act for name in names for act in groups.get(name, (name,))))
    for name in asked:
        if name not in known:
            help = did_you_mean(name, [*known, *groups])
            raise UsageError([Diagnostic("usage", f"`{name[:60]}` is no act of either text", help=help)])
    return asked


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


def _data(found: Comparison, first: Side, second: Side) -> dict[str, Any]:
    acts = []
    for act in found.acts:
        differences = [
            {**plain(one), "laxer": one.laxer, "sentence": sentence(one, first, second)} for one in act.differences
        ]
        acts.append({"action": act.action, "relation": act.relation.value, "differences": differences,
                     "undecided": list(act.undecided), "bounded": list(act.bounded)})  # fmt: skip
    return {
        "first": _named(first),
        "second": _named(second),
        "relation": found.relation.value,
        "acts": acts,
        "not_covered": list(found.not_covered),
    }


def _named(side: Side) -> dict[str, str]:
    one = side.profile
    return {"name": side.name, "profile": one.profile, "version": one.version, "content_hash": one.content_hash}


def _show(screen: Screen, found: Comparison, first: Side, second: Side, *, floor: bool) -> None:
    laxer = found.relation in (Relation.LAXER, Relation.BOTH)
    head = (
        f"{second.name} is {'laxer than its floor' if laxer else 'nowhere laxer than the floor'} {first.name}"
        if floor
        else SAID[found.relation].format(first=first.name, second=second.name, act="the acts asked about")
    )
    screen.say(one_text(head), style="bold")
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
