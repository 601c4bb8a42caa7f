"""What `ci` writes: for a terminal, for programs, and the summary that a CI server shows on the page of a run."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.source import SourceFile
from alpr_policy_adapters.cli.ci_parts import Found
from alpr_policy_adapters.cli.output import Screen, as_data, columns, one_text, row, show_diagnostics, shown_path

STYLES = {"passed": "green", "failed": "bold red", "left out": "yellow"}
SHOWN = 50
# The order in which exit codes win where parts end differently.
ORDER = (
    ExitCode.INTERNAL,
    ExitCode.BAD_PROFILE,
    ExitCode.BAD_INPUT,
    ExitCode.USAGE,
    ExitCode.MISSING_EXTRA,
    ExitCode.TEST_FAILED,
    ExitCode.BELOW_THRESHOLD,
    ExitCode.OK,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: its name, what it found, and how many seconds it took by the clock on the wall."""

    name: str
    found: Found
    seconds: float

    @property
    def result(self) -> str:
        """Return how it ended, in a word."""
        if self.found.code is not ExitCode.OK:
            return "failed"
        return "left out" if self.found.left_out else "passed"


def code_of(parts: Sequence[Part]) -> ExitCode:
    """Return the exit code of the whole: of those of its parts the first in `ORDER`."""
    return min((part.found.code for part in parts), key=ORDER.index, default=ExitCode.OK)


def data_of(parts: Sequence[Part], since: str) -> dict[str, Any]:
    """Return all of it as JSON data."""
    return {
        "passed": code_of(parts) is ExitCode.OK,
        "exit_code": int(code_of(parts)),
        "since": since,
        "parts": [
            {
                "part": part.name,
                "result": part.result,
                "exit_code": int(part.found.code),
                "seconds": round(part.seconds, 3),
                "told": list(part.found.told),
                "diagnostics": [as_data(one) for one in part.found.diagnostics],
            }
            for part in parts
        ],
    }


def show(screen: Screen, parts: Sequence[Part], since: str, sources: Mapping[str, SourceFile]) -> None:
    """Show what was found part by part, then the table of parts."""
    for part in parts:
        found = part.found.diagnostics
        if found and part.name == "compare" and part.found.code is not ExitCode.USAGE:
            screen.say("compare", style="bold")
            for one in sorted(found, key=lambda one: one.code == "text-stricter"):
                screen.say(f"- {_place(one)}: {one_text(one.message)}", wrap=False)
            screen.say()
        elif found:
            screen.say(part.name, style="bold")
            show_diagnostics(screen, found, sources)
            screen.say()
    screen.say(f"Looked at {since}")
    table = columns("part", "result", "seconds", "", ratios=(None, None, None, 1))
    for part in parts:
        row(table, part.name, part.result, f"{part.seconds:.1f}", "; ".join(one_text(one) for one in part.found.told))
    screen.put(table)
    code = code_of(parts)
    screen.say("passed" if code is ExitCode.OK else f"failed with {int(code)}", style=STYLES[_ended(code)])


def _ended(code: ExitCode) -> str:
    return "passed" if code is ExitCode.OK else "failed"


def _place(one: Diagnostic) -> str:
    return f"{shown_path(one.span.file)}:{one.span.line}"


def markdown(parts: Sequence[Part], since: str) -> str:
    """Return the same as Markdown. Nothing that a policy says can become a link, an image or a heading in it."""
    lines = [f"## alpr-policy: {_ended(code_of(parts))}", "", f"Looked at {_text(since)}", ""]
    lines += ["| part | result | seconds | |", "|---|---|---|---|"]
    for part in parts:
        told = "; ".join(_text(one) for one in part.found.told)
        lines.append(f"| {part.name} | {part.result} | {part.seconds:.1f} | {told} |")
    for part in parts:
        found = sorted(part.found.diagnostics, key=lambda one: one.code == "text-stricter")
        if found:
            lines += ["", f"### {part.name}", ""]
        lines += [f"- {_text(_place(one))}: {one.severity}: {_text(one.message)} [{one.code}]" for one in found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(f"- and {len(found) - SHOWN:,} more")
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """Escape whatever Markdown or HTML would take for more than text."""
    escaped = html.escape(one_text(text), quote=False)
    return "".join(f"\\{c}" if c in "\\`*_[]()!|~#@" else c for c in escaped)


def append_summary(path: Path, parts: Sequence[Part], since: str) -> None:
    """Add the Markdown to a file, which may hold what earlier steps wrote; raises OSError."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write(markdown(parts, since))
