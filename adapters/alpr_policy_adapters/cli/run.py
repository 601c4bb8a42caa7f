"""`alpr-policy run`: photographs in, every act on the way judged under each department's own policy."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from alpr_policy.durations import parse_moment
from alpr_policy.errors import Diagnostic, ExitCode, PolicyError
from alpr_policy.model.decision import Decision, Outcome
from alpr_policy.model.request import Mode
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.explain import need_text
from alpr_policy.source import Span
from alpr_policy_adapters.hotlists import HotListEntry, load_csv
from alpr_policy_adapters.pipeline import Setting, Step, load_setting, log_lines, run
from alpr_policy_adapters.plates import ImageReads, default_engine, pictures_in

ACTS = {"read.capture": "capture", "alert.deliver": "alert", "stop.start": "stop"}
COLOURS = {Outcome.ALLOW: "green", Outcome.NEEDS: "yellow", Outcome.DENY: "red"}


def run_command(
    paths: Sequence[Path],
    hotlists: Sequence[Path],
    profiles: Sequence[str],
    *,
    policies: Sequence[Path] = (),
    setting: Path | None = None,
    at: str | None = None,
    log: Path | None = None,
    detector: str = "clp",
    mode: Mode = Mode.ENFORCE,
    as_json: bool = False,
    out: Console | None = None,
) -> ExitCode:
    """Do the main job; raises PolicyError for what keeps it from starting. A bad picture is passed over and told."""
    console = out or Console()
    pdp = PolicyDecisionPoint.load(*policies)
    names = tuple(profiles) or pdp.catalog.names
    for name in names:
        pdp.catalog.get(name)
    entries = [entry for path in hotlists for entry in _entries(path, console)]
    moment = _moment(at)
    known = load_setting(setting) if setting else Setting()
    pictures = _pictures(paths)
    with ExitStack() as stack:
        lines = stack.enter_context(_opened(log)) if log else None
        engine = default_engine(detector=detector)
        watched = track(
            pictures, "reading", console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
        )
        outcomes = list(run(watched, entries, pdp, names, at=moment, setting=known, engine=engine, mode=mode))
        steps = [step for _, some in outcomes for step in some]
        _write_log(steps, lines, sys.stdout if as_json else None)
    if not as_json:
        _report([picture for picture, _ in outcomes], steps, names, console)
        if log:
            console.print(f"Decision log: {escape(str(log))}, personal fields marked under `personal`", style="dim")
    return ExitCode.BAD_INPUT if any(picture.is_error for picture, _ in outcomes) else ExitCode.OK


def _opened(log: Path) -> TextIO:
    try:
        return log.open("w", encoding="utf-8")
    except OSError as error:
        message = f"the log `{log}` cannot be written: {error.strerror}"
        raise PolicyError(
            [Diagnostic("log-unwritable", message, help="name a file in a folder that exists")]
        ) from error


def _moment(at: str | None) -> datetime:
    if at is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = parse_moment(at)
    except ValueError as error:
        raise PolicyError(
            [Diagnostic("bad-time", f"`--at`: {error}", help="write it as 2026-05-01T12:00:00-04:00")]
        ) from None
    if not isinstance(moment, datetime):
        raise PolicyError(
            [Diagnostic("bad-time", "`--at` wants a time of day", help="write it as 2026-05-01T12:00:00-04:00")]
        )
    return moment


def _entries(path: Path, console: Console) -> tuple[HotListEntry, ...]:
    loaded = load_csv(path)
    for diagnostic in loaded.report:
        Console(stderr=True).print(
            f"[yellow]{escape(f'{diagnostic.span}: {diagnostic.message}')}[/yellow]", highlight=False
        )
    return tuple(loaded.entries)


def _pictures(paths: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += pictures_in(path) if path.is_dir() else [path]
    if not found:
        raise PolicyError(
            [
                Diagnostic(
                    "no-pictures",
                    "there is no picture to read",
                    Span("run", 1, 1),
                    "name photographs or a folder of them",
                )
            ]
        )
    return found


def _write_log(steps: Iterable[Step], *files: TextIO | None) -> None:
    for step in steps:
        for line in log_lines(step):
            text = json.dumps(line, ensure_ascii=False)
            for file in files:
                if file is not None:
                    print(text, file=file)


# What a person sees


def _report(pictures: list[ImageReads], steps: list[Step], names: Sequence[str], console: Console) -> None:
    console.print(_table(pictures, steps, names))
    for picture in pictures:
        for diagnostic in picture.diagnostics:
            style = "red" if diagnostic.is_error else "yellow"
            console.print(f"[{style}]{escape(f'{picture.image}: {diagnostic.message}')}[/{style}]", highlight=False)
    for name in names:
        _checklist(name, steps, console)


def _table(pictures: list[ImageReads], steps: list[Step], names: Sequence[str]) -> Table:
    title = "What the pictures lead to, and what each department's policy says"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True)
    table.add_column("picture", no_wrap=True)
    table.add_column("plate", no_wrap=True)
    table.add_column("hit", overflow="fold", min_width=14)
    table.add_column("act", no_wrap=True)
    for name in names:
        table.add_column(name, overflow="fold", min_width=10)
    for picture in pictures:
        own = [step for step in steps if step.picture is picture]
        if not own:
            table.add_row(escape(picture.image), "none read")
        seen: set[str] = set()
        for step in own:
            first = step.read.plate not in seen
            table.add_row(
                escape(picture.image) if first and not seen else "",
                f"{step.read.plate} {step.read.state or '?'}\n{step.read.confidence:.2f}" if first else "",
                _hit(step) if step.action == "alert.deliver" else "",
                ACTS[step.action],
                *(_cell(step.decisions.get(name)) for name in names),
            )
            seen.add(step.read.plate)
        table.add_section()
    return table


def _hit(step: Step) -> str:
    if step.hit is None:
        return ""
    why = f"\n{step.hit.why}" if step.hit.why else ""
    return escape(f"{step.hit.entry.category}, {step.hit.kind}{why}")


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
    if stop is None:
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
