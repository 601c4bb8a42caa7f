"""What `alpr-policy run` shows a person: each picture with what it leads to, the departments side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from alpr_policy.model.decision import Decision, Outcome
from alpr_policy.questions.explain import need_text
from alpr_policy_adapters.pipeline import Step
from alpr_policy_adapters.plates import ImageReads

ACTS = {"read.capture": "capture", "alert.deliver": "alert", "stop.start": "stop"}
COLOURS = {Outcome.ALLOW: "green", Outcome.NEEDS: "yellow", Outcome.DENY: "red"}
UNSURE = "whatever is allowed: nobody acts on a possible hit before a person has compared characters and state"
ACT_WIDTH, NARROWEST, WIDEST = 9, 12, 22


def report(pictures: list[ImageReads], steps: list[Step], names: Sequence[str], console: Console) -> None:
    """Show what the pictures lead to, what was wrong with any of them, and what the first stop still needs."""
    console.print("What the pictures lead to, and what each department's policy says", style="italic")
    together = min(len(names), max(1, (console.width - ACT_WIDTH) // NARROWEST))
    for picture in pictures:
        own = [step for step in steps if step.picture is picture]
        console.print(f"\n[bold]{escape(picture.image)}[/bold]" + ("" if own else "  no plate was read"))
        for _, acts in groupby(own, key=lambda step: id(step.read)):
            _plate(list(acts), names, together, console)
        for diagnostic in picture.diagnostics:
            style = "red" if diagnostic.is_error else "yellow"
            console.print(f"[{style}]{escape(f'{picture.image}: {diagnostic.message}')}[/{style}]", highlight=False)
    for name in names:
        _checklist(name, steps, console)


def _plate(acts: list[Step], names: Sequence[str], together: int, console: Console) -> None:
    read = acts[0].read
    if read is None:  # photographs always give one
        return
    hits = [_hit(step) for step in acts if step.action == "alert.deliver"]
    found = "; ".join(hits) or "no hit"
    console.print(
        escape(f"{read.plate} {read.state or '?'}, confidence {read.confidence or 0:.2f}: {found}"), highlight=False
    )
    if any(step.hit is not None and not step.sure for step in acts):
        console.print(UNSURE, style="yellow", highlight=False)
    for first in range(0, len(names), together):
        console.print(_table(acts, names[first : first + together], (console.width - ACT_WIDTH) // together - 1))


def _table(acts: list[Step], names: Sequence[str], width: int) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("", width=ACT_WIDTH - 1)
    for name in names:
        table.add_column(name, width=min(width, WIDEST), overflow="fold")
    for step in acts:
        table.add_row(ACTS[step.action], *(_cell(step.decisions.get(name)) for name in names))
    return table


def _hit(step: Step) -> str:
    if step.hit is None:
        return ""
    why = f" ({step.hit.why})" if step.hit.why else ""
    return f"{step.hit.kind} hit, {step.hit.entry.category}{why}"


def _cell(decision: Decision | None) -> str:
    if decision is None:
        return "no hit here"
    silent = ", silent" if decision.silent else ""
    cites = list(dict.fromkeys(cite for reason in decision.reasons for cite in reason.cite))
    few = cites if len(cites) <= 2 else [cites[0], f"and {len(cites) - 1} more"]
    shown = "\n" + "\n".join(few) if few else ""
    return f"[{COLOURS[decision.outcome]}]{decision.outcome}{silent}[/]{escape(shown)}"


def _checklist(name: str, steps: list[Step], console: Console) -> None:
    """Show what the first hit that may be shown at all still needs before a stop."""
    shown = {
        id(s.hit) for s in steps if s.action == "alert.deliver" and s.decisions.get(name) and s.decisions[name].proceed
    }
    stop = next((s for s in steps if s.action == "stop.start" and id(s.hit) in shown and name in s.decisions), None)
    if stop is None or stop.read is None or stop.picture is None:
        console.print(
            f"\n[bold]{name}[/bold]: no hit here may be shown to anybody yet, so there is no stop to prepare."
        )
        return
    decision = stop.decisions[name]
    console.print(f"\n[bold]{name}[/bold]: before a stop on {stop.read.plate} ({stop.picture.image})")
    if decision.outcome is Outcome.ALLOW:
        silent = ": the policy is silent on it" if decision.silent else ""
        console.print(f"  nothing more is asked{silent}", highlight=False)
    for need in decision.needs:
        cite = f" ({', '.join(need.cite)})" if need.cite else ""
        console.print(escape(f"  [ ] {need_text(need)}{cite}"), highlight=False)
    for reason in decision.reasons if decision.outcome is Outcome.DENY else ():
        console.print(escape(f"  denied: {reason.text or reason.rule} ({', '.join(reason.cite)})"), highlight=False)
