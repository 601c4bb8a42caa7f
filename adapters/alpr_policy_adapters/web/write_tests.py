"""Expected answers of a draft: those written on the page, or the department's own that lie on the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from alpr_policy.errors import Diagnostic
from alpr_policy.questions.editing import Draft
from alpr_policy.questions.suites import LIMITS, Suite, SuiteError, suite_of
from alpr_policy.questions.testing.covered_words import covered_data
from alpr_policy.questions.testing.covering import Covered, watch
from alpr_policy.questions.testing.finding import Found, find, profiles_of, read_all, unknown
from alpr_policy.questions.testing.forms import data_of
from alpr_policy.questions.testing.running import Ran, tests_of
from alpr_policy.reading.catalog import Catalog
from alpr_policy.reading.profiles import load_file
from alpr_policy.reading.text_files import read_text
from alpr_policy.reading.yaml_nodes import parse
from alpr_policy.source import SourceFile
from alpr_policy_adapters.web.write_text import MOST, with_draft

SUITE: Final = "answers.yaml"
Step = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of expected answers, and what they hold of the draft."""

    ran: Ran
    covered: tuple[Covered, ...]
    files: int


def suites_of(catalog: Catalog, served: str, folder: Path | None) -> Found:
    """Return the suites that the server has of a department: in `folder`, else beside its profile; raises SuiteError.

    Those are left out in which its name does not stand.
    """
    if served not in catalog.versions:
        return Found(files=(), profiles=())
    places = [folder] if folder is not None else [Path(catalog.latest(served).spans["profile"].file)]
    if not all(place.exists() for place in places):
        return Found(files=(), profiles=())
    found = find(places, here=places[0].parent, needed=False)
    files = tuple(file for file in found.files if _speaks_of(file, served))
    return Found(files=files, profiles=found.profiles)


def suites_here(catalog: Catalog, served: str, folder: Path | None) -> Found:
    """Return the suites that the server has of a department; raises SuiteError where there is none."""
    found = suites_of(catalog, served, folder)
    if not found.files:
        help = "write expected answers on the page, or begin with a department"
        raise SuiteError([Diagnostic("no-suite", "the server has no expected answers for this", help=help)])
    return found


def _speaks_of(file: Path, name: str) -> bool:
    source, _ = read_text(file, LIMITS)
    return source is None or name in source.text


def own_text(found: Found) -> str:
    """Return the one suite of a department as it is written; empty where it has none, several, or a very long one."""
    if len(found.files) != 1:
        return ""
    source, _ = read_text(found.files[0], LIMITS)
    return source.text if source is not None and len(source.text) <= MOST else ""


def tested(one: Draft, catalog: Catalog, suites: Found | str, step: Step) -> Tested:
    """Run the expected answers of a draft, and watch what they hold of it; `step` is told of each test.

    `suites` are files on the server or a text. Raises ProfileError and SuiteError.
    """
    beside = [load_file(path) for path in suites.profiles] if isinstance(suites, Found) else []
    pdp, profile = with_draft(one, catalog, beside)
    read = read_all(suites.files, pdp) if isinstance(suites, Found) else (_read(suites),)
    if isinstance(suites, str) and (wrong := list(unknown(read[0], pdp))):
        raise SuiteError(wrong)
    names = (profile.profile,)
    total = sum(1 for suite in read for _ in tests_of(suite))
    about = profiles_of(pdp, read, names)
    ran, covered = watch(pdp, read, about, names=names, each=lambda result: step(result.name, total))
    if not ran.results:
        help = f"a suite says `profile: {profile.profile}`"
        raise SuiteError([Diagnostic("no-tests", f"no test is about `{profile.profile}`", help=help)])
    return Tested(ran, covered, len(suites.files) if isinstance(suites, Found) else 1)


def _read(text: str) -> Suite:
    """Read a suite as `alpr-policy test` reads a file; raises SuiteError."""
    if len(text) > MOST:
        told = f"the expected answers have {len(text):,} characters; at most {MOST:,} are read on this page"
        raise SuiteError([Diagnostic("file-too-large", told, help="run them with `alpr-policy test`")])
    node, found = parse(SourceFile(SUITE, text), LIMITS)
    return suite_of(node, found, strict=True)


def short(place: str) -> str:
    """Return the name of a file without its folders, which are the server's."""
    path, colon, rest = place.partition(":")
    return Path(path).name + colon + rest


def tested_data(found: Tested) -> dict[str, Any]:
    """Return what `alpr-policy test --coverage --json` writes, with files named without their folders."""
    told = data_of(found.ran, short)
    return {**told, "coverage": [covered_data(one, short) for one in found.covered]}
