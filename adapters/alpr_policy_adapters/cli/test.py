"""`alpr-policy test`: run expected answers, and say what they hold of a profile."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress

from alpr_policy.errors import Diagnostic, ExitCode
from alpr_policy.model.profile import Profile
from alpr_policy.model.wire import plain
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.suites import Suite, SuiteError
from alpr_policy.questions.testing.covered_words import covered_data
from alpr_policy.questions.testing.covering import Covered, watch
from alpr_policy.questions.testing.finding import Found, find, load, names_in, profiles_of
from alpr_policy.questions.testing.forms import data_of, diagnostics_of, junit_of
from alpr_policy.questions.testing.killing import SECONDS, Mutated
from alpr_policy.questions.testing.proposing import MOST
from alpr_policy.questions.testing.running import Ran, tests_of
from alpr_policy.reading.text_files import read_text
from alpr_policy_adapters.cli.options import Json, Policies, finish
from alpr_policy_adapters.cli.output import Screen, print_json, shown_path, to_stderr
from alpr_policy_adapters.cli.reports import print_report
from alpr_policy_adapters.cli.testing_coverage import (
    Below,
    below,
    show_below,
    show_covered,
    since,
    thresholds,
    write_page,
)
from alpr_policy_adapters.cli.testing_mutants import mutated, mutated_data, show_mutated
from alpr_policy_adapters.cli.testing_options import (
    AsForm,
    DiffBase,
    Excused,
    Filter,
    Form,
    Html,
    Least,
    Most,
    Mutate,
    Only,
    Paths,
    Seconds,
    ShowCoverage,
    Suggest,
)
from alpr_policy_adapters.cli.testing_report import show
from alpr_policy_adapters.cli.testing_suggest import suggest as suggested


@dataclass(frozen=True, slots=True)
class Answer:
    """All that is to be written."""

    ran: Ran
    covered: tuple[Covered, ...]
    mutants: tuple[Mutated, ...]
    short: tuple[Below, ...]
    files: tuple[Path, ...]


def test(
    paths: Paths = None,
    profiles: Only = None,
    text: Filter = "",
    form: AsForm = Form.TEXT,
    coverage: ShowCoverage = False,
    least: Least = None,
    base: DiffBase = None,
    html: Html = None,
    mutate: Mutate = False,
    excused: Excused = None,
    suggest: Suggest = None,
    seconds: Seconds = SECONDS,
    most: Most = MOST,
    policies: Policies = None,
    as_json: Json = False,
) -> None:
    """Run expected answers; 10 if one does not hold. Suites beside a profile lie in a folder `tests`."""
    asked = thresholds(least)
    found = find(paths or (), policies or (), here=Path.cwd(), needed=suggest is None)
    pdp, suites = load(found, policies or ())
    chosen = _chosen(profiles or (), found, pdp)
    about = profiles_of(pdp, suites, chosen)
    if suggest is not None:
        suggested(suggest, pdp, about, suites, seconds=seconds, most=most, as_json=as_json)
        return
    watched = about if coverage or base or html or set(asked) - {"mutants"} else ()
    only = {one.profile: since(one, base) for one in watched} if base is not None else None
    ran, covered = _ran(pdp, suites, watched, chosen, text)
    if html is not None:
        write_page(html, covered, pdp)
    if only is not None:
        covered = tuple(one.only(only[one.profile]) for one in covered)
    tried = about if mutate or excused or "mutants" in asked else ()
    mutants = mutated(pdp, tried, suites, excused=excused, seconds=seconds)
    short = below(covered, mutants, asked)
    _write(Form.JSON if as_json else form, Answer(ran, covered, mutants, tuple(short), found.files))
    code = ExitCode.BELOW_THRESHOLD if short else ExitCode.OK
    finish(code if ran.passed else ExitCode.TEST_FAILED)


def _chosen(names: Sequence[str], found: Found, pdp: PolicyDecisionPoint) -> tuple[str, ...]:
    """Return the departments that are meant; raises UnknownProfileError."""
    for name in names:
        pdp.catalog.get(name)
    return (*names, *names_in(found, pdp))


def _ran(
    pdp: PolicyDecisionPoint, suites: tuple[Suite, ...], watched: tuple[Profile, ...], names: tuple[str, ...], text: str
) -> tuple[Ran, tuple[Covered, ...]]:
    """Run all that is wanted, with a bar where somebody watches; raises SuiteError where nothing is."""
    with Progress(console=to_stderr(), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("testing", total=sum(1 for suite in suites for _ in tests_of(suite)))
        ran, covered = watch(pdp, suites, watched, names=names, text=text, each=lambda _: bar.advance(task))
    if not ran.results:
        help_ = "leave out --filter or --profile, or say another" if ran.left_out else "add a case"
        raise SuiteError([Diagnostic("no-tests", "no test was run", help=help_)])
    return ran, covered


def _write(form: Form, answer: Answer) -> None:
    match form:
        case Form.JSON:
            print_json(
                {
                    **data_of(answer.ran, shown_path),
                    **(
                        {"coverage": [covered_data(one, shown_path) for one in answer.covered]}
                        if answer.covered
                        else {}
                    ),
                    **({"mutants": [mutated_data(one) for one in answer.mutants]} if answer.mutants else {}),
                    **({"below": [plain(one) for one in answer.short]} if answer.short else {}),
                }
            )
        case Form.JUNIT:
            sys.stdout.write(junit_of(answer.ran, shown_path))
        case Form.TEXT:
            screen = Screen()
            if answer.covered:
                show_covered(screen, answer.covered)
            show_mutated(screen, answer.mutants)
            show_below(screen, answer.short)
            show(screen, answer.ran, len(answer.files))
        case _:
            # A test that fails is an error at its place, and one that is idle a warning.
            texts = (read_text(path)[0] for path in answer.files)
            sources = {source.name: source for source in texts if source is not None}
            print_report(form.value, diagnostics_of(answer.ran, shown_path), sources)
