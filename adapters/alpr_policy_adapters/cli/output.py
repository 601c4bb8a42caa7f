"""What people and programs see: text that is safe for a terminal, diagnostics with their place, JSON.

Everything a user, a policy or a request wrote goes through `clean` and is never taken for markup.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from alpr_policy.errors import Diagnostic, PolicyError, Severity, in_order
from alpr_policy.reading.text_files import read_text
from alpr_policy.source import NOWHERE, SourceFile

PIPE_WIDTH = 100
STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold blue"}
OUTCOMES = {"allow": "bold green", "needs": "bold yellow", "deny": "bold red"}


class Screen(Console):
    """A console that wraps at a known width, invents no markup, and shows no colour where nobody wants any."""

    def __init__(self, file: IO[str] | None = None) -> None:
        """Write to `file`, by default to standard output."""
        stream = file or sys.stdout
        plain = bool(os.environ.get("NO_COLOR"))
        super().__init__(
            file=stream,
            markup=False,
            highlight=False,
            emoji=False,
            width=None if stream.isatty() or os.environ.get("COLUMNS") else PIPE_WIDTH,
            color_system=None if plain else "auto",
        )

    def on_broken_pipe(self) -> None:
        """Let the guard of the command line deal with a reader that has gone."""
        raise BrokenPipeError

    def say(self, text: str | Text = "", style: str = "", *, wrap: bool = True) -> None:
        """Print one line of somebody's text; `wrap` off keeps a line that programs read in one piece."""
        self.put(Text(clean(text), style=style) if isinstance(text, str) else text, wrap=wrap)

    def put(self, shown: Text | Table, *, wrap: bool = True) -> None:
        """Print without blanks at the ends of lines, which a table would leave."""
        with self.capture() as captured:
            self.print(shown, soft_wrap=not wrap)
        self.file.write("".join(line.rstrip(" ") + "\n" for line in captured.get().split("\n")[:-1]))


def to_stderr() -> Screen:
    """Return the screen for what is not the answer itself."""
    return Screen(sys.stderr)


def clean(text: str) -> str:
    """Make characters visible that would move the cursor, hide text or turn its direction."""
    return "".join(c if c.isprintable() or c == "\n" else _visible(c) for c in text)


def _visible(character: str) -> str:
    number = ord(character)
    if character in "\t\u00a0\u2007\u202f\u3000":
        return " "
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"


def one_text(text: str) -> str:
    """Return a text on one line."""
    return " ".join(clean(text).split())


def columns(*headings: str, ratios: tuple[int | None, ...] = ()) -> Table:
    """Return a table without lines, for terminals and pipes alike; a ratio lets a column share what room is left."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", expand=bool(ratios), pad_edge=False)
    for heading, ratio in zip(headings, ratios or (None,) * len(headings), strict=True):
        table.add_column(heading, ratio=ratio, overflow="fold", no_wrap=bool(ratios) and ratio is None)
    return table


def row(table: Table, *cells: str | Text) -> None:
    """Add a row of texts."""
    table.add_row(*(cell if isinstance(cell, Text) else Text(clean(cell)) for cell in cells))


def print_json(data: Any) -> None:
    """Write one JSON document to standard output. Letters beyond ASCII are escaped, so that no terminal obeys them."""
    sys.stdout.write(json.dumps(data, indent=2) + "\n")


def print_json_line(data: Any) -> None:
    """Write one line of JSON Lines and hand it over at once."""
    sys.stdout.write(json.dumps(data, separators=(",", ":")) + "\n")
    sys.stdout.flush()


class RefusedError(Exception):
    """A command ends here; `sources` are texts that cannot be read again, such as what came through a pipe."""

    def __init__(self, error: PolicyError, *sources: SourceFile) -> None:
        """Keep the error and the texts it speaks of."""
        self.error = error
        self.sources = {source.name: source for source in sources}
        super().__init__(str(error))


def show_diagnostics(
    screen: Screen, diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile] | None = None
) -> None:
    """Show each diagnostic with its place, the line it speaks of and what to do; then how many there are."""
    ordered = in_order(diagnostics)
    known: dict[str, SourceFile | None] = dict(sources or {})
    for one in ordered:
        _show(screen, one, known)
    if ordered:
        screen.say(counted(ordered), style="bold")


def _show(screen: Screen, one: Diagnostic, known: dict[str, SourceFile | None]) -> None:
    # Line 0 stands for a file as a whole.
    where = f":{one.span.line}:{one.span.column}" if one.span.line else ""
    place = "" if one.span == NOWHERE else f"{shown_path(one.span.file)}{where}: "
    head = Text().append(clean(place)).append(str(one.severity), style=STYLES[one.severity])
    screen.say(head.append(f": {one_text(one.message)} ").append(f"[{one.code}]", style="dim"), wrap=False)
    snippet = _snippet(one, known)
    if snippet:
        screen.say(snippet, wrap=False)
    if one.help:
        screen.say(Text().append("help: ", style="bold").append(one_text(one.help)), wrap=False)
    screen.say()


def _snippet(one: Diagnostic, known: dict[str, SourceFile | None]) -> str:
    name = one.span.file
    if name not in known:
        known[name] = read_text(Path(name))[0] if one.span.line > 0 and Path(name).is_file() else None
    source = known[name]
    return source.snippet(one.span) if source is not None else ""


def shown_path(name: str) -> str:
    """Return a file's name as seen from the folder of the caller, where it lies inside."""
    try:
        return str(Path(name).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return name


def counted(diagnostics: Iterable[Diagnostic]) -> str:
    """Say how many errors, warnings and hints there are, in how many files."""
    found = list(diagnostics)
    named = ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "hint"))
    kinds = [number(n, what) for kind, what in named if (n := sum(d.severity is kind for d in found))]
    files = len({d.span.file for d in found if d.span != NOWHERE})
    return (
        ", ".join(kinds[:-1])
        + (" and " if len(kinds) > 1 else "")
        + "".join(kinds[-1:])
        + (f" in {number(files, 'file')}" if files > 1 else "")
    )


def number(count: int, what: str) -> str:
    """Say how many of something there are."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def well_laid(count: int) -> str:
    """Say that so many files are laid out as they should be."""
    return f"{number(count, 'file')} {'is laid out as it' if count == 1 else 'are laid out as they'} should be"


def as_data(one: Diagnostic) -> dict[str, Any]:
    """Return a diagnostic as JSON data."""
    placed = one.span != NOWHERE
    return {
        "severity": str(one.severity),
        "code": one.code,
        "message": one.message,
        **({"help": one.help} if one.help else {}),
        **({"file": shown_path(one.span.file), "line": one.span.line, "column": one.span.column} if placed else {}),
    }
