"""The parts of `ci`: what each looks at, what it finds, and the exit code that it would have by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from alpr_policy.errors import Diagnostic, ExitCode, Severity
from alpr_policy.formatting import format_text
from alpr_policy.lint.config import settings_for
from alpr_policy.lint.run import Wanted, lint_examined
from alpr_policy.model.profile import Profile
from alpr_policy.questions.check import Examined, beside
from alpr_policy.questions.compare import USUAL_TIME, Relation, Side, joined, one_act
from alpr_policy.questions.testing.changed import changed as changed_statements
from alpr_policy.questions.testing.covering import Covered, watch
from alpr_policy.questions.testing.finding import find, load, profiles_of
from alpr_policy.questions.testing.forms import diagnostics_of
from alpr_policy.questions.testing.running import Ran, Status
from alpr_policy.reading.profiles import load_file
from alpr_policy.source import SourceFile, Span
from alpr_policy_adapters.cli.ci_base import Base, Changed
from alpr_policy_adapters.cli.comparing_forms import compared_diagnostics
from alpr_policy_adapters.cli.output import number, shown_path, well_laid
from alpr_policy_adapters.cli.solving import solver_if_here
from alpr_policy_adapters.cli.testing_coverage import below

SHARES = ("statements", "conditions", "citations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a part found. `told` says it in a line or more; `left_out` is set where the part could not be asked."""

    told: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    code: ExitCode = ExitCode.OK
    left_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What all parts look at: files and folders, the profiles read from them, and what changed since the base.

    Without a `base` everything counts as looked at, and nothing is compared; `looked` are the files then and else.
    """

    places: tuple[Path, ...]
    extra: tuple[Path, ...]
    tests: tuple[Path, ...]
    now: Examined
    base: Base | None
    changed: tuple[Changed, ...]
    looked: frozenset[str]
    shares: dict[str, float]
    seconds: float
    fail_on_laxer: bool

    @property
    def sources(self) -> dict[str, SourceFile]:
        """Return the texts of all files that could be read."""
        return {one.source.name: one.source for one in self.now.loaded if one.source is not None}

    @property
    def refused(self) -> bool:
        """Say whether a profile cannot be used, so that nothing can be asked of any."""
        return any(one.is_error for one in self.now.diagnostics)


def check_part(asked: Asked) -> Found:
    """Say what refuses a profile; all files are looked at, changed or not, since one may be the floor of another."""
    errors = tuple(one for one in asked.now.diagnostics if one.is_error)
    if errors:
        files = number(len({one.span.file for one in errors}), "file")
        return Found(told=(f"{files} cannot be used",), diagnostics=errors, code=ExitCode.BAD_PROFILE)
    return Found(told=(f"{number(len(asked.now.profiles), 'profile')} can be used",))


def lint_part(asked: Asked) -> Found:
    """Lint the files that changed; a warning fails. What refuses a file was told by `check`."""
    linted = lint_examined(asked.now, Wanted(tests=asked.tests))
    every = [one for one in linted.diagnostics if not (one.is_error and one in asked.now.diagnostics)]
    found = tuple(one for one in every if one.span.file in asked.looked)
    grave = sum(one.severity is not Severity.INFO for one in found)
    counts = ((grave, "finding"), (len(found) - grave, "hint"))
    told = " and ".join(number(count, what) for count, what in counts if count) or "nothing found"
    told += f" in {number(len(asked.looked), 'file')}"
    if len(every) > len(found):
        told += f"; {len(every) - len(found):,} in files that did not change are not told"
    return Found(told=(told,), diagnostics=found, code=ExitCode.BELOW_THRESHOLD if grave else ExitCode.OK)


def layout_part(asked: Asked) -> Found:
    """Find the changed files that `fmt` would lay out otherwise; one that it cannot lay out is told alone."""
    found: list[Diagnostic] = []
    for name, source in asked.sources.items():
        if name not in asked.looked:
            continue
        made = format_text(source, settings_for(Path(name)).width)
        found += [dataclasses.replace(one, severity=Severity.INFO) for one in made.diagnostics if not one.is_error]
        if made.text != source.text:
            line = _first_other(source.text, made.text)
            help = f"run `alpr-policy fmt {shown_path(name)}`"
            told = "this file would be laid out otherwise from here on"
            found.append(Diagnostic("layout-differs", told, Span(name, line, 1), help, Severity.WARNING))
    off = sum(one.code == "layout-differs" for one in found)
    several = number(len(asked.looked), "file")
    told = f"{off} of {several} would be laid out otherwise" if off else well_laid(len(asked.looked))
    return Found(told=(told,), diagnostics=tuple(found), code=ExitCode.BELOW_THRESHOLD if off else ExitCode.OK)


def _first_other(text: str, other: str) -> int:
    lines = text.splitlines()
    pairs = enumerate(zip(lines, other.splitlines(), strict=False), start=1)
    return next((n for n, (one, made) in pairs if one != made), max(1, len(lines)))


def test_part(asked: Asked) -> Found:
    """Run all suites of the profiles, and say what they hold of the changed statements, or of all without a base."""
    if asked.refused:
        return Found(told=("not run: a profile cannot be used",), left_out=True)
    found = find(asked.tests or asked.places, asked.extra, here=Path.cwd(), needed=False)
    if not found.files:
        code = ExitCode.BELOW_THRESHOLD if asked.shares else ExitCode.OK
        return Found(told=("there is no suite in a folder `tests` beside the profiles",), left_out=True, code=code)
    own = tuple(Path(name) for name in asked.sources)
    around = beside(list(asked.now.loaded), [load_file(path) for path in found.profiles], adopters=True)
    several = (*own, *(Path(one.source.name) for one in around if one.source is not None))
    pdp, suites = load(dataclasses.replace(found, profiles=several), asked.extra)
    meant = {one.after.profile: _meant(one) for one in asked.changed}
    only = {name: ids for name, ids in meant.items() if ids} if asked.base is not None else None
    about = profiles_of(pdp, suites, tuple(only or ())) if only is None or only else ()
    ran, covered = watch(pdp, suites, about)
    if only is not None:
        template = {one.profile: one.adopts for one in pdp.catalog.adoptions}
        ids = {template.get(name, name): frozenset[str]() for name in only}
        for name, changed in only.items():
            ids[template.get(name, name)] |= changed
        covered = tuple(one.only(ids[one.profile]) for one in covered)
    short = below(covered, (), asked.shares)
    failed = ran.count(Status.FAILED)
    told = [f"{number(len(ran.results) - failed, 'test')} held" + (f", {failed:,} did not" if failed else "")]
    # What was idle before says nothing of this change, and there may be hundreds.
    shown = [one for one in ran.results if one.status is not Status.IDLE or one.profile in meant]
    idle = len(ran.results) - len(shown)
    told += [f"{number(idle, 'idle test')} not told: see `alpr-policy test`"] if idle else []
    told += [_share(one, changed=only is not None) for one in covered]
    told += [f"{one.profile}: {one.percent:.1f} % of the {one.what} is below {one.asked:g} %" for one in short]
    untested = tuple(_untested(covered)) if only is not None else ()
    code = ExitCode.BELOW_THRESHOLD if short else ExitCode.OK
    return Found(
        told=tuple(told),
        diagnostics=(*diagnostics_of(Ran(results=tuple(shown)), shown_path), *untested),
        code=code if ran.passed else ExitCode.TEST_FAILED,
    )


def _meant(one: Changed) -> frozenset[str]:
    return changed_statements(one.before, one.after)


def _share(one: Covered, *, changed: bool) -> str:
    what = "changed statements" if changed else "text"
    parts = ["{} of {} {}".format(*one.counts(share), share) for share in SHARES]
    return f"{one.profile}: of the {what} tests hold {', '.join(parts)}"


def _untested(covered: tuple[Covered, ...]) -> Iterator[Diagnostic]:
    for one in covered:
        for statement in one.statements:
            if not statement.ran:
                told = f"`{statement.id}` is new or says something else, and no test that holds applies it"
                help = "add a case under which it applies; `alpr-policy test --suggest FILE` proposes some"
                yield Diagnostic("changed-untested", told, statement.place, help, Severity.WARNING)


def compare_part(asked: Asked) -> Found:
    """Hold every changed profile against its text at the base."""
    if asked.base is None:
        return Found(told=("not compared: no --diff-base was given",), left_out=True)
    if asked.refused:
        return Found(told=("not compared: a profile cannot be used",), left_out=True)
    told = [f"{shown_path(str(path))} is no more: its department is left without this text" for path in asked.base.gone]
    found: list[Diagnostic] = []
    for one in asked.changed:
        if one.before is None:
            told.append(f"{one.after.profile} {one.after.policy.number} is new, or could not be read then")
            continue
        relation, several = _compared(asked, asked.base, one.before, one.after)
        told.append(f"{one.after.profile} {_relation(relation, several)}")
        found += several
    laxer = any(one.code != "text-stricter" for one in found) or bool(asked.base.gone)
    return Found(
        told=tuple(told) or ("no profile says something else",),
        diagnostics=tuple(found),
        code=ExitCode.BELOW_THRESHOLD if asked.fail_on_laxer and laxer else ExitCode.OK,
    )


RELATIONS = {
    Relation.EQUIVALENT: "comes to the same as before",
    Relation.STRICTER: "is stricter than before, and nowhere laxer",
    Relation.LAXER: "is laxer than before, and nowhere stricter",
    Relation.BOTH: "is laxer than before in some cases, and stricter in others",
}


def _relation(relation: Relation, found: Iterable[Diagnostic]) -> str:
    """Say how a text stands to its former one; that it is laxer is not lost where something else is not decided."""
    codes = {one.code for one in found}
    if "text-undecided" not in codes:
        return RELATIONS[relation]
    known = [word for word in ("laxer", "stricter") if f"text-{word}" in codes]
    told = f"is {' and '.join(known)} than before in some cases, and " if known else ""
    return f"{told}could not be held against its former text in full"


def _compared(asked: Asked, base: Base, before: Profile, after: Profile) -> tuple[Relation, tuple[Diagnostic, ...]]:
    sides = (
        Side.of(f"{before.profile} before", before, base.seen.pdp.texts.bound(before, USUAL_TIME)),
        Side.of(f"{after.profile} now", after, asked.now.pdp.texts.bound(after, USUAL_TIME)),
    )
    steps = one_act(*sides, seconds=asked.seconds, solver=solver_if_here())
    found = joined(*sides, [act for _, act in steps])
    return found.relation, tuple(compared_diagnostics(found, *sides, floor=asked.fail_on_laxer))


PARTS = {
    "check": check_part,
    "lint": lint_part,
    "fmt": layout_part,
    "test": test_part,
    "compare": compare_part,
}
