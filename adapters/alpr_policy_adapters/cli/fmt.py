"""`alpr-policy fmt`: profiles in one layout."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from alpr_policy.errors import Diagnostic, ExitCode, in_order
from alpr_policy.formatting import format_text
from alpr_policy.lint.config import settings_for
from alpr_policy.lint.fixing import write_whole
from alpr_policy.reading.catalog import folders, profile_files
from alpr_policy.reading.text_files import read_text
from alpr_policy.source import SourceFile, Span
from alpr_policy_adapters.cli.options import Json, Policies, finish
from alpr_policy_adapters.cli.output import (
    Screen,
    as_data,
    clean,
    print_json,
    show_diagnostics,
    shown_path,
    to_stderr,
    well_laid,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """One file: its text, the text as it should be laid out, and why it is left as it is, if it is."""

    source: SourceFile
    text: str
    diagnostics: tuple[Diagnostic, ...]

    @property
    def is_off(self) -> bool:
        """Say whether the file is not laid out as it should be."""
        return self.text != self.source.text


def fmt(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE|DIR]...", help="Profiles; without any, all that are known.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; 7 if a file is not laid out so.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show what would change.")] = False,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Lay profiles out anew; keys in order, long lines wrapped, comments kept, and nothing they say changed."""
    laid: list[Laid] = []
    faults: list[Diagnostic] = []
    for file in _files(paths or folders(policies or ()), faults):
        source, found = read_text(file)
        faults += found
        if source is not None:
            made = format_text(source, settings_for(file).width)
            laid.append(Laid(source=source, text=made.text, diagnostics=made.diagnostics))
    off = [one for one in laid if one.is_off]
    if not (check or diff):
        for one in off:
            write_whole(Path(one.source.name), one.text)
    faults += [d for one in laid for d in one.diagnostics]
    if as_json:
        print_json(
            {
                "files": len(laid),
                "written": not (check or diff),
                "changed": [shown_path(one.source.name) for one in off],
                "diagnostics": [as_data(one) for one in in_order(faults)],
            }
        )
    else:
        _show(Screen(), laid, off, faults, diff=diff, dry=check or diff)
    finish(_code(laid, off, faults, dry=check or diff))


def _code(laid: list[Laid], off: list[Laid], faults: list[Diagnostic], *, dry: bool) -> ExitCode:
    if faults:
        return ExitCode.PARTIAL if any(not one.diagnostics for one in laid) else ExitCode.BAD_INPUT
    return ExitCode.BELOW_THRESHOLD if off and dry else ExitCode.OK


def _files(places: tuple[Path, ...] | list[Path], faults: list[Diagnostic]) -> Iterator[Path]:
    for place in places:
        if not place.is_dir():
            yield place
            continue
        files = profile_files(place)
        if not files:
            help = "profiles end in .yaml or .yml"
            span = Span(str(place), 1, 1)
            faults.append(Diagnostic("no-profiles", "there is no profile in this folder", span, help))
        yield from files


def _show(
    screen: Screen, laid: list[Laid], off: list[Laid], faults: list[Diagnostic], *, diff: bool, dry: bool
) -> None:
    show_diagnostics(to_stderr(), faults, {one.source.name: one.source for one in laid})
    for one in off:
        name = shown_path(one.source.name)
        if diff:
            for line in difflib.unified_diff(
                one.source.text.splitlines(), one.text.splitlines(), name, name, lineterm=""
            ):
                screen.say(clean(line), wrap=False)
        else:
            screen.say(f"{name}: {'would be laid out anew' if dry else 'laid out anew'}")
    if not off and not faults:
        screen.say(well_laid(len(laid)), style="bold green")
