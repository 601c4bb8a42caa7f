"""`alpr-policy docs`: a department's policy in plain words, as a page or as Markdown, kept fresh."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import Annotated

import typer

from alpr_policy.errors import Diagnostic, ExitCode, PolicyError
from alpr_policy.model.wire import plain
from alpr_policy.questions.as_of import text_at
from alpr_policy.questions.coverage import Coverage
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.documents import policy_document, policy_markdown, policy_page
from alpr_policy.reading.text_files import Limits, read_text
from alpr_policy.source import Span
from alpr_policy_adapters.cli.as_of import AsOfText, now_or
from alpr_policy_adapters.cli.coverage import measured, own_tests, register_clauses
from alpr_policy_adapters.cli.happened import written
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, decision_point
from alpr_policy_adapters.cli.output import print_json, shown_path, to_stderr

# A document may be longer than a profile.
DOCUMENT = Limits(max_bytes=20_000_000)


class StaleError(PolicyError):
    """A document on disk is not what the profile says today."""

    exit_code = ExitCode.BELOW_THRESHOLD


def docs(
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="The id of a profile, such as `cambridge`.")],
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write one HTML file, for the web and for paper.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Write Markdown; without --html, it is printed.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail (7) where the files are not as they would be written.")
    ] = False,
    register: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Show what is not proven, by a list of clauses, too.")
    ] = None,
    tests: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Show what is not proven, by these expected answers, too.")
    ] = None,
    confidential: Annotated[
        bool, typer.Option("--confidential", help="Show what only auditors may see too; not for publication.")
    ] = False,
    as_of: AsOfText = None,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Write a department's policy in plain words: who may do what, what is prohibited, what each act needs.

    The same text gives the same document, so that it can be kept beside the profile and checked with --check.
    """
    if check and html is None and markdown is None:
        raise UsageError(
            [Diagnostic("usage", "there is nothing to check", help="name a file with --html or --markdown")]
        )
    pdp = decision_point(policies, [profile])
    moment = now_or(as_of)
    proven = _proven(pdp, text_at(pdp.catalog, profile, moment).profile.content_hash, profile, tests, register)
    document = policy_document(pdp, profile, as_of=moment, coverage=proven, with_confidential=confidential)
    made = [(html, policy_page), (markdown, policy_markdown)]
    if check:
        _checked([(path, make(document)) for path, make in made if path is not None], profile)
    else:
        for path, make in made:
            if path is not None:
                written(path, make(document))
                to_stderr().say(f"wrote {shown_path(str(path))}")
    if as_json:
        print_json(plain(document))
    elif html is None and markdown is None:
        typer.echo(policy_markdown(document), nl=False)


def _proven(
    pdp: PolicyDecisionPoint, content: str, name: str, tests: Path | None, register: Path | None
) -> Coverage | None:
    """Run the expected answers of the text, where that is asked for."""
    if tests is None and register is None:
        return None
    clauses = register_clauses(register) if register is not None else None
    text = next(one for one in pdp.catalog.get(name) if one.content_hash == content)
    return measured(pdp.catalog, [text], tests or own_tests(), clauses)[0]


def _checked(files: list[tuple[Path, str]], profile: str) -> None:
    """Raise StaleError where a file is not what it should be, with the first line that differs."""
    found: list[Diagnostic] = []
    for path, wanted in files:
        source, wrong = read_text(path, DOCUMENT)
        if source is None:
            found += wrong
        elif source.text != wanted:
            pairs = zip_longest(source.text.split("\n"), wanted.split("\n"))
            line = next((number for number, (old, new) in enumerate(pairs, start=1) if old != new), 1)
            kind = "--html" if path.suffix.lower() in (".html", ".htm") else "--markdown"
            help = f"write it anew: `alpr-policy docs {profile} {kind} {shown_path(str(path))}`"
            message = "this document is stale: the profile, or what is made of it, says something else"
            found.append(Diagnostic("stale-document", message, Span(str(path), line, 1), help))
    if found:
        raise StaleError(found)


__all__ = ["StaleError", "docs"]
