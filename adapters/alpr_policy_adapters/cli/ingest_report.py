"""What `alpr-policy ingest` writes: a line for each alert, stop and search, what was wrong, the log, and a summary."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import TextColumn
from rich.text import Text

from alpr_policy.errors import Diagnostic, PolicyError, Severity
from alpr_policy_adapters.cli.output import OUTCOMES, Screen, columns, number, one_text, row
from alpr_policy_adapters.hotlists import Loaded
from alpr_policy_adapters.pipeline import Ending, Pipeline, Step, log_lines

ACTS = {"read.capture": "capture", "alert.deliver": "alert", "stop.start": "stop", "search.run": "search"}
EVERY = 5.0
MOST_SHOWN, MOST_SAME, MOST_OF_A_LIST = 1_000, 3, 20


class Problems:
    """Shows what is wrong as it is found, and counts it; what recurs is shown a few times. Threads share it."""

    def __init__(self, screen: Screen, *, lines: int = 0) -> None:
        """Write to a screen, usually standard error; so many lines of hot lists have been told and refused before."""
        self._screen, self._lock = screen, threading.Lock()
        self.errors = self.warnings = 0
        self._lines = lines
        self._told: Counter[tuple[str, str]] = Counter()

    def add(self, problem: Diagnostic) -> None:
        """Show one problem; after very many they are only counted."""
        with self._lock:
            self.errors += problem.is_error
            self.warnings += not problem.is_error
            if self._worth_showing(problem):
                where = f"{problem.span}: " if problem.span.line else f"{problem.span.file}: "
                place = "" if problem.span.file == "<none>" else where
                self._screen.say(f"{place}{problem.severity}: {one_text(problem.message)} [{problem.code}]", wrap=False)
                if problem.help:
                    self._screen.say(f"help: {one_text(problem.help)}", wrap=False)

    def renewed(self, loaded: Loaded) -> None:
        """Tell what came of loading a hot list again: what is wrong in it, and which list is in use now."""
        for problem in (loaded.alarm or loaded.report)[:MOST_OF_A_LIST]:
            self.add(problem)
        rest = (loaded.alarm or loaded.report)[MOST_OF_A_LIST:]
        with self._lock:
            self.errors += sum(problem.is_error for problem in rest)
            self.warnings += sum(not problem.is_error for problem in rest)
            if loaded.current is not None and not loaded.alarm:
                held = number(len(loaded.current.entries), "entry").replace("entrys", "entries")
                self._screen.say(f"`{loaded.list_name}` was loaded again: {held}", "dim", wrap=False)
        if loaded.alarm and loaded.current is not None and loaded.current.loaded_at is not None:
            since = loaded.current.loaded_at.isoformat()
            message = f"the list `{loaded.list_name}` stays in use as it was loaded at {since}"
            self.add(Diagnostic("hotlist-kept", message, severity=Severity.WARNING))

    @property
    def refused(self) -> int:
        """Count what was refused: payloads, and lines of hot lists."""
        return self.errors + self._lines

    def _worth_showing(self, problem: Diagnostic) -> bool:
        """Let no full disk and no flood of bad payloads fill the screen."""
        if self.errors + self.warnings > MOST_SHOWN:
            return False
        same = (f"{problem.span}", problem.message)
        self._told[same] += 1
        if self._told[same] == MOST_SAME + 1:
            self._screen.say(f"the same again is only counted: {one_text(problem.message)}", style="dim", wrap=False)
        return self._told[same] <= MOST_SAME


class Log:
    """The decision log: added to, so that a service that starts again keeps what it wrote; each step is handed over."""

    def __init__(self, path: Path) -> None:
        """Open the file; raises PolicyError."""
        try:
            whole = _ends_a_line(path)
            self._file = path.open("a", encoding="utf-8")
        except OSError as error:
            message = f"the log `{path}` cannot be written: {error.strerror}"
            help = "name a file in a folder that exists"
            raise PolicyError([Diagnostic("log-unwritable", message, help=help)]) from error
        if not whole:  # a line that was cut short must not swallow the next
            self._file.write("\n")

    def add(self, step: Step) -> None:
        """Write the lines of a step and hand them to the system."""
        for line in log_lines(step):
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()

    def __enter__(self) -> Log:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the file."""
        self._file.close()


def _ends_a_line(path: Path) -> bool:
    if not path.is_file() or not path.stat().st_size:
        return True
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


class Screenful:
    """Standard output: log lines for programs, one line an act for people, and a summary at the end."""

    def __init__(self, *, as_json: bool, closing: threading.Event, what: str = "payload") -> None:
        """Write JSON Lines or text; `closing` is set when nobody reads any more, `what` is what comes in."""
        self._json, self._closing, self._what = as_json, closing, what
        self._screen = Screen()
        self.gone = False
        self.counts: Counter[tuple[str, str, str]] = Counter()

    def add(self, step: Step) -> None:
        """Show one step."""
        for name, decision in step.decisions.items():
            self.counts[step.action, name, decision.outcome.value] += 1
        if self.gone:
            raise BrokenPipeError
        try:
            if self._json:
                sys.stdout.writelines(json.dumps(line) + "\n" for line in log_lines(step))
                sys.stdout.flush()
            elif step.action != "read.capture":
                self._screen.say(_line(step), wrap=False)
        except BrokenPipeError:
            self.gone = True
            self._closing.set()
            raise

    def summary(self, ending: Ending, problems: Problems) -> None:
        """Say how much came, and what every department's policy said."""
        totals = ending.metrics["totals"]
        if self._json:
            decisions: dict[str, dict[str, dict[str, int]]] = {}
            for (action, name, outcome), count in sorted(self.counts.items()):
                decisions.setdefault(name, {}).setdefault(action, {})[outcome] = count
            found = {"reads": totals["reads"], "hits": totals["hits"], "payloads": totals["accepted"]}
            found |= {"errors": problems.errors, "unacknowledged": ending.unacknowledged, "drained": ending.drained}
            sys.stdout.write(json.dumps({"summary": {**found, "decisions": decisions}}) + "\n")
            sys.stdout.flush()
            return
        self._screen.say()
        said = (number(totals["accepted"], self._what), number(totals["reads"], "read"), number(totals["hits"], "hit"))
        self._screen.say(", ".join(said) + (f", {number(problems.errors, 'error')}" if problems.errors else ""), "bold")
        self._table()
        if ending.unacknowledged:
            self._screen.say(
                f"{number(ending.unacknowledged, self._what)} not acknowledged: send them again", "bold red"
            )

    def _table(self) -> None:
        if not self.counts:
            return
        table = columns("act", "department", *OUTCOMES)
        for action, name in sorted({(action, name) for action, name, _ in self.counts}):
            counts = (self.counts[action, name, outcome] for outcome in OUTCOMES)
            row(table, ACTS.get(action, action), name, *(str(count) if count else "" for count in counts))
        self._screen.put(table)


def _line(step: Step) -> Text:
    """Say in one line what is asked, on what, and what each department answers."""
    text = Text().append(f"{ACTS.get(step.action, step.action):<7}")
    about = step.read or step.alert or step.search
    text.append(f"{about.plate if about and about.plate else '?':<9}")
    state = step.read.state if step.read else step.search.state if step.search else None
    text.append(f"{state or '?':<3} {one_text(_why(step))}:")
    for name, decision in step.decisions.items():
        outcome = decision.outcome.value
        text.append(f" {name} ").append(outcome, style=OUTCOMES[outcome])
    return text.append(" (to be compared by a person)") if step.for_comparison else text


def _why(step: Step) -> str:
    if step.hit is not None:
        why = f" ({step.hit.why})" if step.hit.why else ""
        return f"{step.hit.kind} hit, {step.hit.entry.category}{why}"
    if step.alert is not None:
        return f"alert of {step.alert.source}, {', '.join(step.alert.categories or ('category not known',))}"
    return f"asked of {step.search.source}" if step.search else ""


class Figures:
    """Keeps the pipeline's figures in a file, whole at any moment."""

    def __init__(self, path: Path | None) -> None:
        """Write to `path`, or nowhere."""
        self._path, self._last = path, 0.0

    def write(self, figures: Any, *, at_once: bool = False) -> None:
        """Write the figures if the last ones are old enough."""
        if self._path is None or not (at_once or time.monotonic() - self._last > EVERY):
            return
        self._last = time.monotonic()
        beside = self._path.with_name(f".{self._path.name}.tmp")
        beside.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        os.replace(beside, self._path)


class Progress:
    """Shows on standard error how far it is, where that is a terminal."""

    def __init__(self, pipeline: Pipeline, what: str = "payload") -> None:
        """Watch a pipeline; `what` is what comes in."""
        self._pipeline, self._what = pipeline, what
        self._bar = Bar(
            TextColumn("{task.description}"),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task(f"waiting for {what}s", total=None)

    def show(self) -> None:
        """Show the counts as they are now."""
        totals = self._pipeline.metrics()["totals"]
        said = (number(totals["acknowledged"], self._what), number(totals["reads"], "read"))
        self._bar.update(self._task, description=f"judged {', '.join(said)}, {number(totals['hits'], 'hit')}")

    def __enter__(self) -> Progress:
        """Begin to show."""
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Clear what was shown."""
        self._bar.stop()
