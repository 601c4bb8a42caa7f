"""`--format`: diagnostics for people, for programs, and for the CI servers that show them beside the code."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import sys
from collections.abc import Iterable, Mapping
from typing import Annotated

import typer

from alpr_policy.errors import Diagnostic, in_order
from alpr_policy.outputs import WRITERS, Report, RuleInfo, written
from alpr_policy.source import SourceFile
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
        dataclasses.replace(d, span=dataclasses.replace(d.span, file=shown_path(d.span.file))) for d in diagnostics
    )
    report = Report(
        tool=TOOL,
        version=_version(),
        diagnostics=in_order(shown),
        files=tuple(shown_path(name) for name in sources),
        sources={shown_path(name): source for name, source in sources.items()},
        rules={code: RuleInfo(about, page) for code, (about, page) in (rules or {}).items()},
    )
    sys.stdout.write(written(form, report))


def _version() -> str:
    try:
        return importlib.metadata.version(TOOL)
    except importlib.metadata.PackageNotFoundError:
        return ""
