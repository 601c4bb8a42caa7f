"""All that can be found in one text that is being typed: what refuses it at once, and then what only others show.

The second look compares with a floor, fills a template and lints, so it takes longer and runs behind the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from alpr_policy.errors import Diagnostic, PolicyError, in_order
from alpr_policy.lint.config import settings_for
from alpr_policy.lint.rule import Edit
from alpr_policy.lint.run import Wanted, lint_examined
from alpr_policy.questions.check import beside, examined, wanted_beside
from alpr_policy.questions.editing import Draft
from alpr_policy.questions.editing_names import suite_profile
from alpr_policy.reading.catalog import folders, profile_files
from alpr_policy.reading.profiles import Loaded, load_file
from alpr_policy.reading.text_files import read_text
from alpr_policy.source import SourceFile

MAX_BESIDE = 300
TESTS = ("tests", "test")


@dataclass(frozen=True, slots=True)
class Look:
    """What was found in a text, and the certain mends of the linter, each with the code of its rule."""

    diagnostics: tuple[Diagnostic, ...] = ()
    fixes: tuple[tuple[str, tuple[Edit, ...]], ...] = ()


class Beside(Protocol):
    """Whatever knows the profiles among which a floor or a template may be."""

    def of(self, file: Path | None) -> list[Loaded]:
        """Return them, less the text itself."""
        ...


@dataclass(slots=True)
class Neighbours:
    """The profiles beside a text, read again only when their file has changed."""

    extra: tuple[Path, ...] = ()
    _kept: dict[Path, tuple[tuple[int, int], Loaded]] = field(default_factory=dict)

    def of(self, file: Path | None) -> list[Loaded]:
        """Return all profiles of the known folders and of the text's own folder, less the text itself."""
        places = [*folders(self.extra), *([file.parent] if file is not None else [])]
        files = dict.fromkeys(path.resolve() for place in places for path in _files(place))
        own = file.resolve() if file is not None else None
        return [self._load(path) for path in list(files)[:MAX_BESIDE] if path != own]

    def _load(self, path: Path) -> Loaded:
        try:
            status = path.stat()
        except OSError:
            return load_file(path)
        stamp = status.st_mtime_ns, status.st_size
        known = self._kept.get(path)
        if known is None or known[0] != stamp:
            known = self._kept[path] = stamp, load_file(path)
        return known[1]


def _files(place: Path) -> Iterable[Path]:
    try:
        return profile_files(place) if place.is_dir() else ()
    except OSError:
        return ()


def first_look(text: Draft) -> Look:
    """Return what refuses a text by itself."""
    return Look(text.loaded.diagnostics)


def second_look(text: Draft, neighbours: Beside, file: Path | None, wanted: Wanted | None = None) -> Look:
    """Return all that is found in a text: by itself, beside its floor or template, and by the linter."""
    loaded = [text.loaded]
    others = beside(loaded, neighbours.of(file)) if wanted_beside(loaded) else []
    seen = examined(loaded, others)
    name = text.source.name
    try:
        found = lint_examined(seen, wanted or Wanted())
    except PolicyError as error:  # settings that cannot be used are told of, and the rest is still shown
        return Look(in_order([*_own(seen.diagnostics, name), *_own(error.diagnostics, name)]))
    return Look(_own(found.diagnostics, name), found.fixes.get(name, ()))


def _own(found: Iterable[Diagnostic], name: str) -> tuple[Diagnostic, ...]:
    return in_order(one for one in found if one.span.file == name)


def kept_from(before: Look, old: tuple[str, ...], new: tuple[str, ...]) -> tuple[Diagnostic, ...]:
    """Return what an earlier look found in lines that are still the same, so that it does not flicker."""

    def stands(one: Diagnostic) -> bool:
        at = one.span.line - 1
        return at < len(old) and at < len(new) and old[at] == new[at]

    return tuple(one for one in before.diagnostics if not one.is_error and stands(one))


def suites_near(file: Path, open_texts: Mapping[Path, str]) -> list[tuple[SourceFile, str]]:
    """Return the files of expected answers beside a profile, each with the profile it asks; open texts come first."""
    settings = settings_for(file)
    places = [file.parent, *(file.parent / name for name in TESTS)]
    places += [(settings.folder or file.parent) / name for name in settings.tests]
    found: list[tuple[SourceFile, str]] = []
    paths = dict.fromkeys(path.resolve() for place in places for path in _files(place))
    for path in list(paths)[:MAX_BESIDE]:
        source = SourceFile(str(path), open_texts[path]) if path in open_texts else read_text(path)[0]
        asked = suite_profile(source) if source is not None and path != file.resolve() else None
        if source is not None and asked is not None:
            found.append((source, asked))
    return found
