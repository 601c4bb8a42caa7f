"""Mends that are certain: made in memory, held against what the file meant before, and written whole or not at all."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alpr_policy.ir.lower import lower
from alpr_policy.ir.nodes import Ruleset
from alpr_policy.lint.rule import Edit
from alpr_policy.lint.run import Linted, Wanted, lint_files
from alpr_policy.model.profile import Profile
from alpr_policy.reading.grammar import KINDS
from alpr_policy.reading.profiles import Loaded, load_source
from alpr_policy.source import SourceFile

ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """For each file that was mended the rules behind it, and for each that was left as it was the reason."""

    files: Mapping[str, tuple[str, ...]]
    kept: Mapping[str, str]


def fix_files(paths: Iterable[Path], extra: Iterable[Path] = (), wanted: Wanted | None = None) -> Fixed:
    """Mend files until nothing that is certain is left; raises SettingsError, and OSError where one cannot be written.

    A mended file is judged by the same rules as before, word for word; one that would not be stays as it is.
    """
    paths, extra = tuple(paths), tuple(extra)
    wanted = dataclasses.replace(wanted or Wanted(), deep=False)
    mended: dict[str, list[str]] = {}
    kept: dict[str, str] = {}
    for _ in range(ROUNDS):
        found = lint_files(paths, extra, wanted)
        again = False
        for name, edits in found.fixes.items():
            if name not in kept:
                again |= _mend(name, edits, found, mended, kept)
        if not again:
            break
    return Fixed(files={name: tuple(dict.fromkeys(codes)) for name, codes in mended.items()}, kept=kept)


def _mend(
    name: str,
    edits: tuple[tuple[str, tuple[Edit, ...]], ...],
    found: Linted,
    mended: dict[str, list[str]],
    kept: dict[str, str],
) -> bool:
    """Mend one file once and say whether it changed."""
    source = found.sources[name]
    text, codes = applied(source.text, edits)
    if text == source.text:
        return False
    why = changed_meaning(source, SourceFile(name, text))
    if why:
        kept[name] = why
        return False
    write_whole(Path(name), text)
    mended.setdefault(name, []).extend(codes)
    return True


def applied(text: str, edits: tuple[tuple[str, tuple[Edit, ...]], ...]) -> tuple[str, list[str]]:
    """Return the text with all mends that do not overlap, the first ones first, and the codes of their rules."""
    taken: list[Edit] = []
    codes: list[str] = []
    for code, several in edits:
        if all(one.end <= other.start or other.end <= one.start for one in several for other in taken):
            taken += several
            codes.append(code)
    for one in sorted(taken, key=lambda edit: edit.start, reverse=True):
        text = text[: one.start] + one.text + text[one.end :]
    return text, codes


def changed_meaning(before: SourceFile, after: SourceFile) -> str:
    """Say why a new text of a file may not stand for the old one; empty where it may.

    A file that could not be used before is held to nothing but having no new errors.
    """
    old, new = load_source(before), load_source(after)
    worse = {d.code for d in new.errors} - {d.code for d in old.errors}
    if worse:
        return f"the mended file would be refused: {', '.join(sorted(worse))}"
    if old.profile is None or new.profile is None:
        return (
            "" if (old.profile is None) == (new.profile is None) or new.profile else "the file could not be read again"
        )
    if _judging(old) != _judging(new):
        return "the mended file would be judged by other rules"
    return ""


def _judging(loaded: Loaded) -> tuple[Ruleset, Profile]:
    """Return all that a profile is judged by: its rules, and what is not lowered, texts of statements left out."""
    assert loaded.profile is not None
    rules = dataclasses.replace(lower(_without_texts(loaded.profile)), content_hash="", department="")
    bare = Profile(
        language=1,
        profile=loaded.profile.profile,
        department="",
        policy=dataclasses.replace(loaded.profile.policy, title="", source=None, supersedes=None),
        timezone=loaded.profile.timezone,
        silence=dataclasses.replace(loaded.profile.silence, allow=()),
        floor=loaded.profile.floor,
        outline=loaded.profile.outline,
        matching=loaded.profile.matching,
        demands=loaded.profile.demands,
    )
    return rules, bare


def _without_texts(profile: Profile) -> Profile:
    """Leave out the words that are only shown: titles, readings and texts of statements."""
    bare: dict[str, Any] = {
        kind: tuple(dataclasses.replace(one, text=None, reading=None) for one in getattr(profile, kind))
        for kind in KINDS
    }
    roles = {name: dataclasses.replace(role, title="") for name, role in profile.roles.items()}
    return dataclasses.replace(profile, roles=roles, **bare)


def write_whole(path: Path, text: str) -> None:
    """Write a file in one step, so that it is never half there; keeps its rights. Raises OSError."""
    data = text.encode("utf-8")
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.resolve().parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, path.stat().st_mode & 0o7777)
        os.replace(temporary, path.resolve())
    except BaseException:
        os.unlink(temporary)
        raise
