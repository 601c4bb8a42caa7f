"""`alpr-policy ci`: all that a pull request is judged by, in one call with one report and one exit code."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.lint.rule import all_rules
from alpr_policy.questions.check import Examined, examine
from alpr_policy.questions.compare import SECONDS
from alpr_policy.questions.testing.finding import is_profile
from alpr_policy.reading.catalog import profile_files
from alpr_policy.reading.text_files import read_text
from alpr_policy.source import NOWHERE, SourceFile
from alpr_policy_adapters.cli.ci_base import Base, base_at, changes, touched
from alpr_policy_adapters.cli.ci_parts import PARTS, Asked, Found
from alpr_policy_adapters.cli.ci_report import Part, append_summary, code_of, data_of, show
from alpr_policy_adapters.cli.compare import Seconds
from alpr_policy_adapters.cli.lint import PAGES
from alpr_policy_adapters.cli.options import Json, Policies, UsageError, finish
from alpr_policy_adapters.cli.output import Screen, number, print_json, to_stderr
from alpr_policy_adapters.cli.reports import Form, form_of, print_report
from alpr_policy_adapters.cli.testing_coverage import thresholds

USUAL = "policies"


def ci(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE|DIR]...", help="Profiles; without any, those in `policies/`, or else here."),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option("--diff-base", metavar="REV", help="Look at what changed since the branch left this revision."),
    ] = None,
    least: Annotated[
        str | None,
        typer.Option("--fail-under", metavar="SHARES", help="Fail (7) below `statements=100,conditions=80`."),
    ] = None,
    fail_on_laxer: Annotated[
        bool, typer.Option("--fail-on-laxer", help="Fail (7) where a changed text is laxer, or that is not decided.")
    ] = False,
    tests: Annotated[
        list[Path] | None,
        typer.Option("--tests", metavar="DIR", help="Suites, instead of those in `tests` beside the profiles."),
    ] = None,
    summary: Annotated[
        Path | None, typer.Option("--summary", metavar="FILE", help="Add the report to this file, as Markdown.")
    ] = None,
    seconds: Seconds = SECONDS,
    form: Form = "text",
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Check, lint, lay out, test and compare profiles, as a pull request is judged; 5, 6, 2, 10, 7 or 0."""
    form = form_of(form, as_json=as_json)
    shares = thresholds(least)
    if "mutants" in shares:
        help = "`alpr-policy test --mutate --fail-under mutants=90` does"
        raise UsageError([Diagnostic("usage", "`ci` counts no mutants", help=help)])
    places, extra = tuple(paths or _usual()), tuple(policies or ())
    now = examine(places, extra)
    then, fault = _then(places, extra, base)
    changed = tuple(changes(then, now)) if then is not None else ()
    asked = Asked(
        places=places,
        extra=extra,
        tests=tuple(tests or ()),
        now=now,
        base=then,
        changed=changed,
        looked=touched(then, now, changed) if then is not None else _all(now),
        shares=shares,
        seconds=seconds,
        fail_on_laxer=fail_on_laxer,
    )
    parts = _run(asked, fault)
    since = _since(asked, base)
    if summary is not None:
        append_summary(summary, parts, since)
    _write(form, asked, parts, since)
    finish(code_of(parts))


def _usual() -> tuple[Path, ...]:
    """Return where profiles are looked for when nobody says where: a folder `policies`, else the files here."""
    folder = Path(USUAL)
    if folder.is_dir():
        return (folder,)
    found = tuple(Path(file.name) for file in profile_files(Path.cwd()) if is_profile(file))
    if not found:
        help = "name the files or folders of your profiles"
        raise UsageError([Diagnostic("usage", f"there is no profile here and no folder `{USUAL}`", help=help)])
    return found


def _all(now: Examined) -> frozenset[str]:
    return frozenset(one.source.name for one in now.loaded if one.source is not None)


def _then(
    places: tuple[Path, ...], extra: tuple[Path, ...], revision: str | None
) -> tuple[Base | None, PolicyError | None]:
    """Return what the profiles were; where git cannot say, why not, since all else can still be asked."""
    if revision is None:
        return None, None
    try:
        return base_at((place for place in places if place.exists()), extra, revision), None
    except UsageError as error:
        return None, error


def _run(asked: Asked, fault: PolicyError | None) -> list[Part]:
    """Run the parts one by one, with a bar where somebody watches; what refuses one part does not end the others."""
    parts: list[Part] = []
    with Progress(console=to_stderr(), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=len(PARTS))
        for name, part in PARTS.items():
            bar.update(task, description=name)
            begun = time.perf_counter()
            try:
                found = _failed(fault) if fault is not None and name == "compare" else part(asked)
            except PolicyError as error:
                found = _failed(error)
            parts.append(Part(name=name, found=found, seconds=time.perf_counter() - begun))
            bar.advance(task)
    return parts


def _failed(error: PolicyError) -> Found:
    told = error.diagnostics[0].message if error.diagnostics else "it could not be asked"
    return Found(told=(told,), diagnostics=error.diagnostics, code=error.exit_code)


def _since(asked: Asked, revision: str | None) -> str:
    """Say what was looked at."""
    several = number(len(asked.now.loaded), "file")
    if asked.base is None:
        return f"all profiles, in {several}" + (f", since `{revision}` could not be read" if revision else "")
    commits = ", ".join(one[:12] for one in asked.base.commits)
    known = {one[:12] for one in asked.base.commits} == {(revision or "")[:12]}
    since = commits if known else f"{revision} ({commits})"
    return f"{len(asked.looked):,} of {several}, changed since {since}"


def _write(form: str, asked: Asked, parts: list[Part], since: str) -> None:
    if form == "json":
        print_json(data_of(parts, since))
        return
    found = [one for part in parts for one in part.found.diagnostics]
    sources = {**asked.sources, **_others(found, asked.sources)}
    if form == "text":
        show(Screen(), parts, since, sources)
        return
    rules = {code: (rule.about, PAGES.format(code=code)) for code, rule in all_rules().items()}
    print_report(form, found, sources, rules)
    for part in parts:
        to_stderr().say(f"{part.name}: {part.result} in {part.seconds:.1f} s: {'; '.join(part.found.told)}", wrap=False)


def _others(found: list[Diagnostic], known: dict[str, SourceFile]) -> dict[str, SourceFile]:
    """Return the texts of the suites that something was found in."""
    names = {one.span.file for one in found if one.span != NOWHERE and one.span.line > 0} - set(known)
    texts = (read_text(Path(name))[0] for name in sorted(names))
    return {source.name: source for source in texts if source is not None}
