"""Can these profiles be used? Everything that is wrong in any of them at once, and what each of them holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from alpr_policy.errors import Diagnostic, ProfileError, in_order
from alpr_policy.ir.check import check as check_rules
from alpr_policy.model.profile import Profile
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.reading.catalog import Catalog, build, folders, profile_files
from alpr_policy.reading.profiles import Loaded, load_file
from alpr_policy.source import SourceFile, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenParameter:
    """A required position that nobody has filled: what goes there, on what clause, and who sets it."""

    name: str
    type: str
    cite: tuple[str, ...]
    set_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSummary:
    """What one usable profile holds; of its `clauses`, `cited` counts those that are not listed as not enforced.

    `not_compared` names what of its floor could not be held against it.
    """

    profile: str
    department: str
    version: str
    effective: dt.date | None
    file: str
    statements: int
    clauses: int
    cited: int
    not_enforced: int
    open_parameters: tuple[OpenParameter, ...]
    not_compared: tuple[str, ...]
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What came of checking some files: summaries of the usable profiles, and all that was found."""

    summaries: tuple[ProfileSummary, ...]
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, SourceFile] = field(default_factory=dict, repr=False)
    files: int = 0

    @property
    def passed(self) -> bool:
        """Say whether nothing refuses any of the files."""
        return not any(d.is_error for d in self.diagnostics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """Files that were read together: what came of each, the usable profiles among them, and all that was found."""

    loaded: tuple[Loaded, ...]
    pdp: PolicyDecisionPoint
    profiles: tuple[Profile, ...]
    diagnostics: tuple[Diagnostic, ...]
    not_compared: Mapping[str, tuple[str, ...]]


def check_files(paths: Iterable[Path], extra: Iterable[Path] = ()) -> CheckReport:
    """Check files and folders of profiles; without any, all that are known.

    Floors and templates are found among the files themselves, the shipped profiles and those of `extra`.
    """
    seen = examine(paths, extra)
    return CheckReport(
        summaries=tuple(_summary(one, seen.not_compared[_file(one)]) for one in seen.profiles),
        diagnostics=seen.diagnostics,
        sources={one.source.name: one.source for one in seen.loaded if one.source is not None},
        files=len(seen.loaded),
    )


def examine(paths: Iterable[Path], extra: Iterable[Path] = ()) -> Examined:
    """Read files and folders of profiles together, as `check_files` does, and keep what was read."""
    places = tuple(paths) or folders(extra)
    found: list[Diagnostic] = []
    files = [file for place in places for file in _files(place, found)]
    return examine_loaded([load_file(file) for file in dict.fromkeys(files)], extra, found)


def examine_loaded(loaded: list[Loaded], extra: Iterable[Path] = (), problems: Iterable[Diagnostic] = ()) -> Examined:
    """Look at what was read already, such as a text that an editor has not written yet; `problems` are told too."""
    files = [Path(one.source.name) for one in loaded if one.source is not None]
    return examined(loaded, _background(loaded, files, extra), problems)


def examined(loaded: list[Loaded], background: list[Loaded], problems: Iterable[Diagnostic] = ()) -> Examined:
    """Examine files that were read already, beside others among which a floor or a template may be."""
    found = [*problems, *(d for one in loaded for d in one.diagnostics)]
    catalog, odd = _together(loaded, background)
    found += odd
    own = {one.source.name for one in loaded if one.source is not None}
    profiles = [p for versions in catalog.versions.values() for p in versions if _file(p) in own]
    pdp = PolicyDecisionPoint(catalog)
    not_compared: dict[str, tuple[str, ...]] = {}
    for profile in profiles:
        held = pdp.held_against_floor(profile)
        found += [*check_rules(profile, pdp.ruleset(profile)), *held.diagnostics]
        not_compared[_file(profile)] = held.not_compared
    return Examined(
        loaded=tuple(loaded),
        pdp=pdp,
        profiles=tuple(profiles),
        diagnostics=in_order(found),
        not_compared=not_compared,
    )


def catalog_with(paths: Iterable[Path], extra: Iterable[Path] = ()) -> tuple[Catalog, tuple[Profile, ...]]:
    """Load some files beside the known profiles, instead of those of the same id; raises ProfileError.

    Returns the catalog and the profiles of these files.
    """
    files = list(dict.fromkeys(paths))
    loaded = [load_file(file) for file in files]
    errors = [d for one in loaded for d in one.errors]
    if errors:
        raise ProfileError(errors)
    catalog = build([*loaded, *_background(loaded, files, extra, adopters=True)])
    own = {one.source.name for one in loaded if one.source is not None}
    return catalog, tuple(p for versions in catalog.versions.values() for p in versions if _file(p) in own)


def _files(place: Path, found: list[Diagnostic]) -> tuple[Path, ...]:
    """Return the files that a place stands for; one that is not there is left for the reader to report."""
    if not place.is_dir():
        return (place,)
    try:
        files = profile_files(place)
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        found.append(Diagnostic("file-unreadable", f"the folder cannot be read: {reason}", Span(str(place), 1, 1)))
        return ()
    if not files:
        help = "profiles end in .yaml or .yml"
        found.append(Diagnostic("no-profiles", "there is no profile in this folder", Span(str(place), 1, 1), help))
    return files


def _background(
    loaded: list[Loaded], files: list[Path], extra: Iterable[Path], *, adopters: bool = False
) -> list[Loaded]:
    """Load the usable profiles beside those checked, since one of them may be a floor or a template of theirs.

    One with the id of a checked profile stays out: the checked file is its next draft. `adopters` are wanted where a
    draft of their template is asked about, since they are made of it.
    """
    if not adopters and wanted_beside(loaded) == set():
        return []
    seen = {file.resolve() for file in files}
    places = [profile_files(place) if place.is_dir() else (place,) for place in folders(extra) if place.exists()]
    others = [load_file(file) for place in places for file in place if file.resolve() not in seen]
    return beside(loaded, others, adopters=adopters)


def wanted_beside(loaded: list[Loaded]) -> set[str]:
    """Return the ids of the floors and templates that are not among the files themselves."""
    own = {one.profile.profile for one in loaded if one.profile is not None}
    own |= {one.adoption.profile for one in loaded if one.adoption is not None}
    wanted = {one.profile.floor for one in loaded if one.profile is not None and one.profile.floor}
    wanted |= {one.adoption.adopts for one in loaded if one.adoption is not None}
    return wanted - own


def beside(loaded: list[Loaded], others: list[Loaded], *, adopters: bool = False) -> list[Loaded]:
    """Return the usable of `others` that are no version of what was loaded."""
    own = {one.profile.profile for one in loaded if one.profile is not None}
    own |= {one.adoption.profile for one in loaded if one.adoption is not None}
    named = [one.profile or (one.adoption if adopters else None) for one in others]
    return [one for one, told in zip(others, named, strict=True) if told is not None and told.profile not in own]


def _together(loaded: list[Loaded], background: list[Loaded]) -> tuple[Catalog, list[Diagnostic]]:
    """Put profiles together; where that fails, take those that can be used by themselves."""
    usable = [one for one in loaded if one.profile is not None or one.adoption is not None]
    try:
        catalog = build([*usable, *background])
    except ProfileError as error:
        alone = [one for one in usable if one.profile is not None and not one.profile.floor]
        alone = list({one.profile.profile: one for one in alone if one.profile is not None}.values())
        return build(alone), list(error.diagnostics)
    return catalog, list(catalog.warnings)


def _file(profile: Profile) -> str:
    return profile.spans["profile"].file


def _summary(profile: Profile, not_compared: tuple[str, ...]) -> ProfileSummary:
    noted = {cite for one in profile.not_enforced for cite in one.cite}
    outline = set(profile.outline)
    return ProfileSummary(
        profile=profile.profile,
        department=profile.department,
        version=profile.policy.number,
        effective=profile.first_day,
        file=_file(profile),
        statements=len(profile.statements),
        clauses=len(outline),
        cited=len(outline - noted),
        not_enforced=len(outline & noted),
        open_parameters=tuple(
            OpenParameter(name=name, type=one.type, cite=one.cite, set_by=one.set_by)
            for name, one in ((name, profile.parameters[name]) for name in profile.open_parameters)
        ),
        not_compared=not_compared,
        content_hash=profile.content_hash,
    )
