"""`--format`: diagnostics for people, for programs, and for the CI servers that show them beside the code."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from alpr_policy.errors import Diagnostic, in_order
from alpr_policy.model.profile import Profile
from alpr_policy.outputs import WRITERS, Report, RuleInfo, written
from alpr_policy.reading.text_files import read_text
from alpr_policy.source import SourceFile, Span
from alpr_policy_adapters.cli.options import UsageError
from alpr_policy_adapters.cli.output import shown_path

TOOL = "alpr-policy"
FORMS = ("text", "json", *sorted(WRITERS))
Form = Annotated[str, typer.Option("--format", metavar="FORM", help=f"How to write it: {', '.join(FORMS)}.")]


def form_of(form: str, *, as_json: bool) -> str:
    """Return the form asked for, `--json` being one of them; raises UsageError for one that does not exist."""
    if form not in FORMS:
        raise UsageError([Diagnostic("usage", f"`{form}` is not a format", help=", ".join(FORMS))])
    return "json" if as_json else form


def form_among(words: Sequence[str]) -> str:
    """Return the form that a command line asks for, before it is understood: `text` where it names none."""
    if "--json" in words:
        return "json"
    for number, word in enumerate(words):
        name, _, value = word.partition("=")
        if name == "--format":
            return value or next(iter(words[number + 1 :]), "text")
    return "text"


def print_report(
    form: str,
    diagnostics: Iterable[Diagnostic],
    sources: Mapping[str, SourceFile],
    rules: Mapping[str, tuple[str, str]] | None = None,
) -> None:
    """Write diagnostics in one of the forms for CI servers; files are named as seen from the folder of the caller.

    `rules` gives for each code a sentence and a page. Raises KeyError for `text` and `json`, which commands write.
    """
    shown = (
        dataclasses.replace(d, span=shown_span(d.span), related=tuple(shown_span(one) for one in d.related))
        for d in diagnostics
    )
    report = Report(
        tool=TOOL,
        version=version(),
        diagnostics=in_order(shown),
        files=tuple(shown_path(name) for name in sources),
        sources={shown_path(name): source for name, source in sources.items()},
        rules={code: RuleInfo(about, page) for code, (about, page) in (rules or {}).items()},
    )
    sys.stdout.write(written(form, report))


def shown_span(span: Span) -> Span:
    """Return a place with its file named as seen from the folder of the caller."""
    return dataclasses.replace(span, file=shown_path(span.file))


def sources_of(profile: Profile) -> dict[str, SourceFile]:
    """Return the text of a profile's file under its name, so that places in it have an end; none if it has gone."""
    return source_of(Path(profile.spans["profile"].file))


def source_of(path: Path) -> dict[str, SourceFile]:
    """Return the text of a file under its name, as in `sources_of`; none if it cannot be read."""
    source = read_text(path)[0]
    return {} if source is None else {source.name: source}


def version() -> str:
    """Return the version of the program; empty where it is not installed."""
    try:
        return importlib.metadata.version(TOOL)
    except importlib.metadata.PackageNotFoundError:
        return ""
