"""Files linted together: every rule over each of them, less what is ignored with a reason."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from alpr_policy.errors import Diagnostic, Severity, in_order
from alpr_policy.evaluators.symbolic.duel import Solver
from alpr_policy.lint.comments import Ignore, ignores
from alpr_policy.lint.config import Settings, settings_for
from alpr_policy.lint.proofs import Prover
from alpr_policy.lint.rule import Edit, Level, Reads, Rule, all_rules
from alpr_policy.lint.subject import Subject
from alpr_policy.lint.tested import Tested
from alpr_policy.model.profile import Profile
from alpr_policy.questions.check import Examined, examine, examine_loaded
from alpr_policy.reading.profiles import Loaded, load_source
from alpr_policy.source import SourceFile
from alpr_policy.suggest import did_you_mean

# Doubts of `check` that a rule explains better.
SAME = {"same-meaning": "subsumed-statement"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What came of linting some files. `refused` is set where a profile cannot be used.

    `fixes` holds the certain mends of each file, each with the code of its rule; `ignored` counts what was left out.
    """

    diagnostics: tuple[Diagnostic, ...]
    refused: bool
    files: int
    ignored: int
    fixes: Mapping[str, tuple[tuple[str, tuple[Edit, ...]], ...]]
    sources: Mapping[str, SourceFile] = field(default_factory=dict, repr=False)
    undecided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to lint for: only some rules if named; what can be proven too if `deep`, with `seconds` for each question.

    `tests` are folders of expected answers, instead of those that the settings name; `watch` is told of each file.
    """

    only: frozenset[str] = frozenset()
    deep: bool = False
    seconds: float = 1.0
    solver: Solver | None = None
    tests: tuple[Path, ...] = ()
    settings: Callable[[Path], Settings] = settings_for
    watch: Callable[[str], None] = field(default=lambda file: None, compare=False)


def lint_files(paths: Iterable[Path], extra: Iterable[Path] = (), wanted: Wanted | None = None) -> Linted:
    """Lint files and folders of profiles, all that are known without any; raises SettingsError.

    What refuses a profile is among the diagnostics, with its own code; such a file is still searched for what its text
    alone shows.
    """
    with _uncollected():
        return lint_examined(examine(paths, extra), wanted or Wanted())


def lint_text(source: SourceFile, extra: Iterable[Path] = (), wanted: Wanted | None = None) -> Linted:
    """Lint a text that may not have been written yet, as if it stood in the file of its name; raises SettingsError."""
    return lint_examined(examine_loaded([load_source(source)], extra), wanted or Wanted())


def lint_examined(seen: Examined, wanted: Wanted) -> Linted:
    """Lint files that were examined already; raises SettingsError."""
    found: list[Diagnostic] = []
    fixes: dict[str, tuple[tuple[str, tuple[Edit, ...]], ...]] = {}
    ignored = 0
    prover = Prover(seen.pdp, wanted.seconds, wanted.solver) if wanted.deep else None
    tested = Tested(wanted.tests)
    for loaded in seen.loaded:
        if loaded.source is None:
            continue
        wanted.watch(loaded.source.name)
        one = _Linting(loaded, seen, wanted, prover, tested)
        diagnostics, mends = one.run()
        found += diagnostics
        ignored += one.ignored
        if mends:
            fixes[loaded.source.name] = mends
    return Linted(
        diagnostics=in_order([*found, *_beside(seen.diagnostics, found)]),
        refused=any(d.is_error for d in seen.diagnostics),
        files=len(seen.loaded),
        ignored=ignored,
        fixes=fixes,
        sources={one.source.name: one.source for one in seen.loaded if one.source is not None},
        undecided=prover.undecided if prover is not None else (),
    )


def _beside(checked: Iterable[Diagnostic], found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield what `check` says, less the doubts that a rule has put into better words about the same line."""
    told = {(one.code, one.span.file, one.span.line) for one in found}
    for one in checked:
        better = SAME.get(one.code, "")
        if (better, one.span.file, one.span.line) not in told:
            yield one


@contextmanager
def _uncollected() -> Iterator[None]:
    """Collect no garbage meanwhile: all trees live until the end, and looking for dead ones takes a quarter of it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Linting:
    """One file, rule by rule."""

    def __init__(self, loaded: Loaded, seen: Examined, wanted: Wanted, prover: Prover | None, tested: Tested) -> None:
        assert loaded.source is not None
        self.source = loaded.source
        self.wanted = wanted
        self.file = Path(self.source.name)
        self.settings = wanted.settings(self.file)
        own = [p for p in seen.profiles if p.spans["profile"].file == self.source.name]
        # An adopted profile is its template's text: what is odd about it is told there.
        profile = own[0] if own and loaded.adoption is None else None
        self.subject = Subject(source=self.source, tree=loaded.tree)
        if profile is not None:
            self.subject.known = profile
            self.subject.rules = seen.pdp.ruleset(profile)
            self.subject.versions = _versions(seen, profile)
            self.subject.tested = tested.clauses(profile.profile, self.settings, self.file)
            self.subject.proofs = (lambda: prover.proofs(profile)) if prover is not None else None
        self.ignores = ignores(self.source, loaded.tree)
        self.used: set[tuple[Ignore, str]] = set()
        self.ignored = 0

    def run(self) -> tuple[list[Diagnostic], tuple[tuple[str, tuple[Edit, ...]], ...]]:
        found: list[Diagnostic] = []
        mends: list[tuple[str, tuple[Edit, ...]]] = []
        asked = [rule for rule in all_rules().values() if self._is_asked(rule)]
        for rule in asked:
            for diagnostic, edits in self._of(rule):
                ignore = next((i for i in self.ignores if i.covers(rule.code, diagnostic.span.line)), None)
                if ignore is not None:
                    self.used.add((ignore, rule.code))
                    self.ignored += 1
                    continue
                found.append(diagnostic)
                if edits:
                    mends.append((rule.code, edits))
        if not self.wanted.only:
            for told, edits in self._of_ignores({rule.code for rule in asked}):
                found.append(told)
                if edits:
                    mends.append((told.code, edits))
        return found, tuple(mends)

    def _is_asked(self, rule: Rule) -> bool:
        if self.wanted.only and rule.code not in self.wanted.only:
            return False
        if self.settings.level(rule) is Level.NEVER or self.settings.pardoned(rule.code, self.file):
            return False
        if rule.reads is Reads.PROOF:
            return self.subject.proofs is not None
        return rule.reads is Reads.TEXT or self.subject.known is not None

    def _of(self, rule: Rule) -> Iterator[tuple[Diagnostic, tuple[Edit, ...]]]:
        severity = Severity(self.settings.level(rule))
        for one in rule.check(self.subject, self.settings.options_of(rule)):
            yield Diagnostic(rule.code, one.message, one.span, one.help, severity), one.edits

    def _of_ignores(self, asked: set[str]) -> Iterator[tuple[Diagnostic, tuple[Edit, ...]]]:
        """Return what is wrong with the requests to ignore; of rules that were not asked nothing is known."""
        rules = all_rules()
        for one in self.ignores:
            if not one.reason:
                help = "say behind the bracket why the finding is wrong here"
                yield Diagnostic("ignore-without-reason", "no reason is given", one.span, help, Severity.WARNING), ()
            for code in one.codes or ("",):
                if code not in rules:
                    help = did_you_mean(code, rules) or "what refuses a profile cannot be ignored"
                    message = f"`{code}` is no rule that can be ignored"
                    yield Diagnostic("ignore-unknown", message, one.span, help, Severity.WARNING), ()
                elif code in asked and (one, code) not in self.used:
                    message = f"nothing here is found by `{code}`"
                    edits = self._without(one) if len(one.codes) == 1 else ()
                    yield Diagnostic("ignore-idle", message, one.span, "take it out", Severity.WARNING), edits

    def _without(self, ignore: Ignore) -> tuple[Edit, ...]:
        """Return the edit that takes a request out, with its line if nothing else stands there."""
        span, line = ignore.span, self.subject.lines[ignore.span.line - 1]
        before = line[: span.column - 1].rstrip()
        start = self.subject.offset(span.line, len(before) + 1 if before else 1)
        end = self.subject.offset(span.line, len(line) + 1)
        return (Edit(start, end if before else self.subject.offset(span.line + 1, 1)),)


def _versions(seen: Examined, profile: Profile) -> tuple[Profile, ...]:
    return seen.pdp.catalog.versions.get(profile.profile, (profile,))


__all__ = ["Linted", "Wanted", "lint_examined", "lint_files", "lint_text"]
