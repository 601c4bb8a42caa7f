"""`alpr-policy run`: photographs in, every act on the way judged under each department's own policy."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import track

from alpr_policy.durations import parse_moment
from alpr_policy.errors import Diagnostic, ExitCode, PolicyError, ProfileError
from alpr_policy.model.request import Mode
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.live import serving_faults
from alpr_policy.source import Span
from alpr_policy_adapters.cli.lists import ListsGiven, lists_in_use
from alpr_policy_adapters.cli.office_options import office_on
from alpr_policy_adapters.cli.options import input_code
from alpr_policy_adapters.cli.output import to_stderr
from alpr_policy_adapters.cli.run_report import report
from alpr_policy_adapters.pipeline import Setting, Step, load_setting, log_lines, run
from alpr_policy_adapters.plates import default_engine, pictures_in


def run_command(
    paths: Sequence[Path],
    hotlists: ListsGiven,
    profiles: Sequence[str],
    *,
    policies: Sequence[Path] = (),
    setting: Path | None = None,
    at: str | None = None,
    log: Path | None = None,
    detector: str | None = None,
    ledger: str | None = None,
    mode: Mode = Mode.ENFORCE,
    as_json: bool = False,
    out: Console | None = None,
) -> ExitCode:
    """Do the main job; raises PolicyError for what keeps it from starting. A bad picture is passed over and told."""
    console = out or Console()
    pdp = PolicyDecisionPoint.load(*policies)
    names = tuple(profiles) or tuple(n for n in pdp.catalog.names if not serving_faults(pdp.catalog, [n]))
    faults = serving_faults(pdp.catalog, names)
    if faults:
        raise ProfileError(faults)
    lists = lists_in_use(hotlists, to_stderr())
    moment = moment_of(at)
    known = load_setting(setting) if setting else Setting()
    pictures = _pictures(paths)
    with ExitStack() as stack:
        lines = stack.enter_context(_opened(log)) if log else None
        engine = default_engine(detector=detector)
        watched = track(
            pictures, "reading", console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
        )
        decider = office_on(ledger, pdp) if ledger is not None else pdp
        outcomes = list(run(watched, lists.store, decider, names, at=moment, setting=known, engine=engine, mode=mode))
        steps = [step for _, some in outcomes for step in some]
        _write_log(steps, lines, sys.stdout if as_json else None)
    if not as_json:
        report([picture for picture, _ in outcomes], steps, names, console)
        if log:
            console.print(f"Decision log: {escape(str(log))}, personal fields marked under `personal`", style="dim")
    bad = sum(picture.is_error for picture, _ in outcomes)
    return input_code(used=len(outcomes) - bad, refused=bad + lists.refused)


def _opened(log: Path) -> TextIO:
    try:
        return log.open("w", encoding="utf-8")
    except OSError as error:
        message = f"the log `{log}` cannot be written: {error.strerror}"
        raise PolicyError(
            [Diagnostic("log-unwritable", message, help="name a file in a folder that exists")]
        ) from error


def moment_of(at: str | None) -> datetime:
    """Read the time of `--at`, which is now where it is left out; raises PolicyError."""
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
