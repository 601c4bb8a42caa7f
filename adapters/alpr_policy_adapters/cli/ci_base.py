"""What profiles said at a revision, and which of today's come to something else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from alpr_policy.model.profile import Profile
from alpr_policy.questions.check import Examined, beside, examined, wanted_beside
from alpr_policy.reading.catalog import MAX_FILES, folders, profile_files
from alpr_policy.reading.profiles import Loaded, load_file, load_source
from alpr_policy.source import SourceFile
from alpr_policy_adapters.cli.testing_base import names_at, parting, text_at

_PROFILE = re.compile(r"^language\s*:", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The profiles as they were: the commits asked, their texts by resolved file, and what was read of them.

    `gone` are the files of that time that lie in the folders looked at and are no more.
    """

    revision: str
    commits: tuple[str, ...]
    texts: dict[Path, str]
    seen: Examined
    gone: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A profile that came to something else, or may have, since its floor did; `before` is None for a new one."""

    before: Profile | None
    after: Profile


def base_at(places: Iterable[Path], extra: Iterable[Path], revision: str) -> Base:
    """Read the profiles of some files and folders as they were where the branch left a revision; raises UsageError.

    Beside a file its whole folder is read, since a floor may lie there. What lies elsewhere is taken as it is now.
    """
    places = tuple(places)
    own = {place for place in places if place.is_dir()}
    commits: dict[str, None] = {}
    texts: dict[Path, str] = {}
    loaded: list[Loaded] = []
    for folder in dict.fromkeys(place if place.is_dir() else place.parent for place in places):
        commit = parting(folder.resolve(), revision)
        commits[commit] = None
        names = [one for one in names_at(folder.resolve(), commit) if one.endswith((".yaml", ".yml"))]
        for path in (folder / name for name in names[:MAX_FILES] if not name.startswith(".")):
            text = text_at(path, commit)
            if text is not None and path.resolve() not in texts and _PROFILE.search(text):
                texts[path.resolve()] = text
                loaded.append(load_source(SourceFile(str(path), text)))
    others: list[Loaded] = []
    if wanted_beside(loaded):
        around = [profile_files(one) if one.is_dir() else (one,) for one in folders(extra) if one.exists()]
        others = [load_file(file) for files in around for file in files]
    looked = {place.resolve() for place in own}
    return Base(
        revision=revision,
        commits=tuple(commits),
        texts=texts,
        seen=examined(loaded, beside(loaded, others)),
        gone=tuple(path for path in texts if path.parent in looked and not path.exists()),
    )


def changes(base: Base, now: Examined) -> Iterator[Changed]:
    """Yield the profiles that are new or that say something else, they or a floor of theirs, in order of their id.

    A text is held against that of the same number, and where there is none against the newest of its department.
    """
    for after in sorted(now.profiles, key=lambda one: (one.profile, str(one.first_day))):
        several = base.seen.pdp.catalog.versions.get(after.profile, ())
        same = [one for one in several if one.policy.number == after.policy.number]
        before = same[-1] if same else several[-1] if several else None
        if before is None or _hashes(base.seen, before) != _hashes(now, after):
            yield Changed(before=before, after=after)


def touched(base: Base, now: Examined, changed: Iterable[Changed]) -> frozenset[str]:
    """Return the names of the files whose text is another one now, or whose profile comes to something else."""
    sources = [one.source for one in now.loaded if one.source is not None]
    own = {one.name for one in sources if base.texts.get(Path(one.name).resolve()) != one.text}
    return frozenset(own | {one.after.spans["profile"].file for one in changed})


def _hashes(seen: Examined, profile: Profile) -> tuple[str, ...]:
    """Return what a profile and its floors come to, each as its hash."""
    found = [profile]
    while found[-1].floor and found[-1].floor in seen.pdp.catalog.versions and len(found) < 20:
        found.append(seen.pdp.catalog.latest(found[-1].floor))
    return tuple(one.content_hash for one in found)
