"""The profiles that are known: those shipped, those in folders of yours, each in its versions (language.md §8)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from alpr_policy.durations import end_of_day, instant, start_of_day
from alpr_policy.errors import Diagnostic, ProfileError, UnknownProfileError, in_order
from alpr_policy.model.profile import Adoption, Profile
from alpr_policy.source import NOWHERE, SourceFile, Span
from alpr_policy.suggest import did_you_mean

if TYPE_CHECKING:
    from alpr_policy.reading.profiles import Loaded

# What reads files is imported where a file is read: deciding needs none of it, and it is a third of the import.
ENVIRONMENT = "ALPR_POLICIES"
MAX_FILES = 1_000


def shipped_folder() -> Path:
    """Return the folder of the profiles that come with the package: inside it, or the checkout's `policies/`."""
    inside = Path(str(files("alpr_policy"))) / "_policies"
    return inside if inside.is_dir() else Path(str(files("alpr_policy"))).parents[1] / "policies"


def folders(extra: Iterable[Path] = ()) -> tuple[Path, ...]:
    """Return the folders to look in: shipped, from the environment variable ALPR_POLICIES, and `extra`."""
    named = [Path(part) for part in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if part]
    return (shipped_folder(), *named, *extra)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Profiles by id, each with its versions in order of their first day; `adoptions` made some of templates."""

    versions: Mapping[str, tuple[Profile, ...]]
    sources: Mapping[str, SourceFile] = field(default_factory=dict, repr=False)
    warnings: tuple[Diagnostic, ...] = ()
    adoptions: tuple[Adoption, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the ids of all profiles."""
        return tuple(sorted(self.versions))

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """Return all versions of all profiles."""
        return tuple(profile for several in self.versions.values() for profile in several)

    def get(self, name: str) -> tuple[Profile, ...]:
        """Return the versions of a profile; raises UnknownProfileError with a suggestion."""
        found = self.versions.get(name)
        if found is None:
            raise UnknownProfileError(
                [
                    Diagnostic(
                        "unknown-profile", f"no profile is called `{name}`", help=did_you_mean(name, self.versions)
                    )
                ]
            )
        return found

    def active(self, name: str, at: dt.datetime) -> Profile | None:
        """Return the version in force: the latest begun whose last day is not over; None where none was."""
        now = instant(at)
        for profile in reversed(self.get(name)):
            begins, ends = in_force(profile)
            if begins is not None and begins <= now and (ends is None or now <= ends):
                return profile
        return None

    def last_day(self, profile: Profile) -> dt.date | None:
        """Return the last day on which a version binds: its own, or that before a later version begins; None: open."""
        later = self.get(profile.profile)
        first = profile.first_day
        begun = [one.first_day for one in later if one.first_day and first and one.first_day > first]
        ends = [day - dt.timedelta(days=1) for day in begun]
        return min([*ends, *([profile.policy.until] if profile.policy.until else [])], default=None)

    def latest(self, name: str) -> Profile:
        """Return the newest version, in force or not."""
        return self.get(name)[-1]

    def adopters(self, template: str) -> tuple[str, ...]:
        """Return the ids of the profiles that were made of a template."""
        return tuple(sorted({one.profile for one in self.adoptions if one.adopts == template}))

    def with_changed(self, profile: Profile, changed: Profile) -> Catalog:
        """Return a catalog with `changed` in place of one version, and with whatever adopts that version made anew."""
        name = profile.profile
        versions = {**self.versions, name: tuple(changed if one is profile else one for one in self.get(name))}
        for adoption in self.adoptions if profile is self.latest(name) else ():
            if adoption.adopts == name:
                from alpr_policy.reading.profiles import adopted_anew

                made = adopted_anew(adoption, changed)
                several = versions[adoption.profile]
                versions[adoption.profile] = tuple(made if _made_by(adoption, one) else one for one in several)
        return dataclasses.replace(self, versions=versions)


def _made_by(adoption: Adoption, profile: Profile) -> bool:
    return profile.spans["profile"] == adoption.spans["profile"]


@lru_cache(maxsize=2_000)
def _in_force(first: dt.date, until: dt.date | None, timezone: str) -> tuple[dt.datetime, dt.datetime | None]:
    zone = ZoneInfo(timezone)
    return instant(start_of_day(first, zone)), None if until is None else instant(end_of_day(until, zone))


def in_force(profile: Profile) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return the first and the last instant of a text; no first where its day has not been set, no last if open."""
    first = profile.first_day
    return (None, None) if first is None else _in_force(first, profile.policy.until, profile.timezone)


def profile_files(folder: Path) -> tuple[Path, ...]:
    """Return the YAML files of a folder, by name."""
    found = sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml") and not p.name.startswith("."))
    return tuple(found[:MAX_FILES])


def load_catalog(where: Iterable[Path]) -> Catalog:
    """Load every profile of some folders or files; raises ProfileError with all that is wrong in any of them."""
    from alpr_policy.reading.profiles import load_file

    loaded: list[Loaded] = []
    missing: list[Diagnostic] = []
    for place in dict.fromkeys(p.resolve() if p.exists() else p for p in where):
        if place.is_dir():
            loaded += [load_file(path) for path in profile_files(place)]
        elif place.exists():
            loaded.append(load_file(place))
        else:
            missing.append(Diagnostic("no-such-file", f"there is no file or folder `{place}`", Span(str(place), 1, 1)))
    return build(loaded, missing)


def build(loaded: Iterable[Loaded], problems: Iterable[Diagnostic] = ()) -> Catalog:
    """Make a catalog of loaded files; raises ProfileError with all that is wrong."""
    loaded = list(loaded)
    found = [*problems, *(d for one in loaded for d in one.diagnostics)]
    profiles = [one.profile for one in loaded if one.profile is not None]
    profiles += _adopted(loaded, profiles, found)
    versions: dict[str, tuple[Profile, ...]] = {}
    for profile in profiles:
        versions[profile.profile] = (*versions.get(profile.profile, ()), profile)
    for name, several in versions.items():
        versions[name] = tuple(sorted(several, key=_first_day))
        found += _twice(versions[name])
    found += [
        Diagnostic(
            "unknown-floor", f"no profile is called `{p.floor}`", p.spans["floor"], did_you_mean(p.floor, versions)
        )
        for p in profiles
        if p.floor and p.floor not in versions
    ]
    found += _other_kinds(profiles, versions)
    found += _circles(versions)
    found += [d for p in profiles if p.floor in versions for d in _undemanded(p, versions[p.floor][-1])]
    errors = [d for d in in_order(found) if d.is_error]
    if errors:
        raise ProfileError(errors)
    sources = {one.source.name: one.source for one in loaded if one.source is not None}
    warnings = tuple(d for d in in_order(found) if not d.is_error)
    adoptions = tuple(one.adoption for one in loaded if one.adoption is not None)
    return Catalog(dict(sorted(versions.items())), sources, warnings, adoptions)


def _other_kinds(profiles: list[Profile], versions: Mapping[str, tuple[Profile, ...]]) -> list[Diagnostic]:
    """Return the floors that are about other things than plate readers, and so bind nobody from below."""
    return [
        Diagnostic(
            "other-kind",
            f"`{p.floor}` is about other things than plate readers, and `{p.profile}` is about them",
            p.spans["floor"],
            "name a profile about plate readers",
        )
        for p in profiles
        if p.floor and any(one.is_generic for one in versions.get(p.floor, ()))
    ]


def _first_day(profile: Profile) -> dt.date:
    return profile.first_day or dt.date.max


def _circles(versions: Mapping[str, tuple[Profile, ...]]) -> list[Diagnostic]:
    """Return the profiles that are, by way of others, their own floor."""
    found: list[Diagnostic] = []
    for name, several in versions.items():
        seen: set[str] = set()
        todo = [p.floor for p in several if p.floor]
        while todo:
            floor = todo.pop()
            if floor not in seen:
                seen.add(floor)
                todo += [p.floor for p in versions.get(floor, ()) if p.floor]
        if name in seen:
            message = f"`{name}` is its own floor by way of {', '.join(sorted(seen))}"
            found.append(
                Diagnostic("floor-of-itself", message, several[0].spans.get("floor", NOWHERE), "break the circle")
            )
    return found


def _adopted(loaded: list[Loaded], profiles: list[Profile], found: list[Diagnostic]) -> list[Profile]:
    made: list[Profile] = []
    for one in loaded:
        adoption = one.adoption
        if adoption is None:
            continue
        templates = sorted((p for p in profiles if p.profile == adoption.adopts), key=_first_day)
        if not templates:
            known = {p.profile for p in profiles}
            found.append(
                Diagnostic(
                    "unknown-template",
                    f"no profile is called `{adoption.adopts}`",
                    adoption.spans["adopts"],
                    did_you_mean(adoption.adopts, known),
                )
            )
            continue
        from alpr_policy.reading.profiles import adopt

        profile, problems = adopt(adoption, templates[-1])
        found += problems
        if profile is not None:
            made.append(profile)
    return made


def _undemanded(profile: Profile, floor: Profile) -> list[Diagnostic]:
    """Return what a floor wants stated and the profile does not state."""
    found: list[Diagnostic] = []
    for demand in floor.demands:
        statements = [s for s in getattr(profile, demand.state) if demand.task in (None, getattr(s, "task", None))]
        covered = {c for s in statements for c in getattr(s, "data", ())}
        if not statements or not set(demand.data) <= covered:
            about = ", ".join(demand.data) or demand.task or "anything"
            help = f"add a statement under `{demand.state}:`"
            message = f"the floor `{floor.profile}` demands {demand.state} about {about}, and nothing here states it"
            found.append(Diagnostic("floor-demand", message, profile.spans["floor"], help))
    return found


def _twice(versions: tuple[Profile, ...]) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    for one, other in pairwise(versions):
        if one.first_day == other.first_day:
            here, there = other.spans["profile"], one.spans["profile"]
            found.append(
                Diagnostic(
                    "same-version",
                    f"`{there.file}` and `{here.file}` are both `{one.profile}` from {one.first_day}",
                    here,
                    "give one of them another `effective` or another id",
                )
            )
    return found
