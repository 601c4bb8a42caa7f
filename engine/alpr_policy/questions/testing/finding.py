"""Which suites are meant, and beside which profiles: a department keeps its own in `tests/`, beside its profile."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alpr_policy.errors import Diagnostic, ProfileError
from alpr_policy.model.profile import Profile
from alpr_policy.questions.check import catalog_with
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.suites import LIMITS, Suite, SuiteError, read_suite
from alpr_policy.reading.catalog import profile_files, shipped_folder
from alpr_policy.reading.text_files import read_text
from alpr_policy.source import Span
from alpr_policy.suggest import did_you_mean

BESIDE = "tests"
YAML = (".yaml", ".yml")
_PROFILE = re.compile(r"^language\s*:", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Suites to run, and the profiles that lie beside them; `named` are those whose own file was given."""

    files: tuple[Path, ...]
    profiles: tuple[Path, ...]
    named: tuple[Path, ...] = ()


def find(paths: Sequence[Path], policies: Sequence[Path] = (), *, here: Path, needed: bool = True) -> Found:
    """Return the suites that are meant: files, folders of suites, profiles with suites beside them.

    Without any, those beside the profiles of `policies`, else below the folder `here`, else those of the checkout that
    the program runs from. Raises SuiteError where there is none, unless none is `needed`.
    """
    files: dict[Path, None] = {}
    named: list[Path] = []
    for path in paths or _usual(policies, here):
        if not path.exists():
            told = Diagnostic("no-such-file", f"there is no file or folder `{path}`", Span(str(path), 1, 1))
            raise SuiteError([told])
        if path.is_dir():
            several = [*_suites_in(path), *_suites_in(_beside(path))]
        elif is_profile(path):
            several = list(_suites_in(_beside(path.parent)))
            named.append(path)
        else:
            several = [path]
        if not several and needed:
            help_ = f"suites are YAML files in the folder `{BESIDE}` beside the profile"
            raise SuiteError([Diagnostic("no-suite", "there is no suite here", Span(str(path), 1, 1), help_)])
        files |= dict.fromkeys(several)
    beside = dict.fromkeys(profile for file in files for profile in _profiles_beside(file))
    alone = [path for path in named if path.resolve() not in {one.resolve() for one in beside}]
    return Found(files=tuple(files), profiles=(*beside, *alone), named=tuple(named))


def _beside(folder: Path) -> Path:
    """Return the folder of suites that belongs to a folder of profiles."""
    own = own_suites()
    return own if own is not None and folder.resolve() == shipped_folder().resolve() else folder / BESIDE


def _usual(policies: Sequence[Path], here: Path) -> tuple[Path, ...]:
    """Return where suites are looked for when nobody says where."""
    if policies:
        return tuple(policies)
    if any(_suites_in(here / BESIDE)) and any(is_profile(file) for file in profile_files(here)):
        return (here / BESIDE,)
    own = own_suites()
    return (own,) if own is not None else (here / BESIDE,) if (here / BESIDE).is_dir() else (here,)


def own_suites() -> Path | None:
    """Return the suites of the checkout, where the program runs from one."""
    folder = shipped_folder().parent / "tests" / "policies"
    return folder if folder.is_dir() else None


def is_profile(path: Path) -> bool:
    """Say whether a file is a profile, or a file that adopts one, rather than a suite."""
    source, _ = read_text(path, LIMITS)
    return source is not None and _PROFILE.search(source.text) is not None


def _suites_in(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in profile_files(folder) if not is_profile(path))


def _profiles_beside(suite: Path) -> Iterator[Path]:
    """Yield the profiles of a suite's department, and for the checkout's own the towns that adopt a template."""
    folder = suite.resolve().parent
    own = own_suites()
    if own is not None and folder == own.resolve():
        towns = shipped_folder().parent / "examples" / "demo" / "policies"
        yield from profile_files(towns) if towns.is_dir() else ()
    elif folder.name == BESIDE:
        yield from (path for path in profile_files(folder.parent) if is_profile(path))


def load(found: Found, policies: Iterable[Path] = ()) -> tuple[PolicyDecisionPoint, tuple[Suite, ...]]:
    """Load the profiles, those beside the suites in place of any of the same id, and read the suites.

    Raises ProfileError and SuiteError with all that is wrong in any of them.
    """
    catalog, _ = catalog_with(found.profiles, policies)
    pdp = PolicyDecisionPoint(catalog)
    weaker = [d for one in catalog.profiles if one.floor for d in pdp.held_against_floor(one).diagnostics]
    if weaker:
        raise ProfileError(weaker)
    return pdp, read_all(found.files, pdp)


def read_all(files: Iterable[Path], pdp: PolicyDecisionPoint) -> tuple[Suite, ...]:
    """Read suites about profiles that are known; raises SuiteError with all that is wrong in any of them."""
    suites: list[Suite] = []
    wrong: list[Diagnostic] = []
    for file in files:
        try:
            suites.append(read_suite(file, strict=True))
            wrong += unknown(suites[-1], pdp)
        except SuiteError as error:
            wrong += error.diagnostics
    if wrong:
        raise SuiteError(wrong)
    return tuple(suites)


def unknown(suite: Suite, pdp: PolicyDecisionPoint) -> Iterator[Diagnostic]:
    """Yield that the profile of a suite is not known; a single case may name one that is not to be."""
    if suite.profile not in pdp.catalog.versions:
        help_ = did_you_mean(suite.profile, pdp.catalog.names)
        yield Diagnostic("unknown-profile", f"no profile is called `{suite.profile[:60]}`", suite.place, help_)


def names_in(found: Found, pdp: PolicyDecisionPoint) -> tuple[str, ...]:
    """Return the ids of the profiles whose own files were given."""
    files = {str(path.resolve()) for path in found.named}
    every = pdp.catalog.profiles
    return tuple(sorted({p.profile for p in every if str(Path(p.spans["profile"].file).resolve()) in files}))


def profiles_of(pdp: PolicyDecisionPoint, suites: Iterable[Suite], chosen: Sequence[str]) -> tuple[Profile, ...]:
    """Return the profiles of which coverage is told: the chosen ones, else those that suites are about.

    A profile that was made of a template counts as its template, whose statements it has.
    """
    names = chosen or [suite.profile for suite in suites if suite.profile in pdp.catalog.versions]
    made_of = {one.profile: one.adopts for one in pdp.catalog.adoptions}
    return tuple(pdp.catalog.latest(name) for name in sorted({made_of.get(name, name) for name in names}))
