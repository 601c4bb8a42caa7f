"""A draft on the page, which is never saved: where it begins, what is found in it, how the editor marks that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from alpr_policy.errors import Diagnostic, PolicyError, ProfileError, Severity
from alpr_policy.formatting import Formatted, format_text
from alpr_policy.lint.config import Settings, settings_for
from alpr_policy.lint.rule import Edit
from alpr_policy.lint.run import Wanted
from alpr_policy.model.profile import Profile
from alpr_policy.questions.check import beside
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.drafting import DraftFiles, files_of, usual
from alpr_policy.questions.editing import Draft, draft
from alpr_policy.questions.editing_fixes import Fix, fixes
from alpr_policy.questions.editing_names import Symbol, symbols
from alpr_policy.reading.catalog import Catalog, build
from alpr_policy.reading.profiles import Loaded
from alpr_policy.source import NOWHERE, SourceFile, Span
from alpr_policy_adapters.lsp.looking import Look, second_look

NAME: Final = "draft.yaml"
MOST: Final = 200_000
"""Characters of a text that is looked at on the page."""
SHOWN: Final = 50
"""Findings that are shown at once."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One text with what was found in it."""

    draft: Draft
    look: Look

    @property
    def errors(self) -> int:
        """Return how many findings refuse the text."""
        return sum(one.is_error for one in self.look.diagnostics)


@dataclass(frozen=True, slots=True)
class Known:
    """The profiles that the server knows, as neighbours of a draft: floors and templates are found among them."""

    catalog: Catalog

    def of(self, file: Path | None = None) -> list[Loaded]:
        """Return all profiles and adoptions, as if each had just been read; `file` is the draft's, and never one."""
        sources = self.catalog.sources
        made = {one.spans["profile"].file for one in self.catalog.adoptions}
        found = [
            Loaded(source=sources.get(place), profile=one)
            for one in self.catalog.profiles
            if (place := one.spans["profile"].file) not in made and place != str(file)
        ]
        adoptions = self.catalog.adoptions
        return [*found, *(Loaded(source=sources.get(a.spans["profile"].file), adoption=a) for a in adoptions)]


def text_of(catalog: Catalog, name: str) -> str:
    """Return the newest text of a profile as it was written; raises UnknownProfileError."""
    return catalog.sources[catalog.latest(name).spans["profile"].file].text


def place_of(catalog: Catalog, served: str) -> Path:
    """Return where a draft counts as lying: beside the profile it began with, so that the same settings hold."""
    if served not in catalog.versions:
        return Path(NAME)
    return Path(catalog.latest(served).spans["profile"].file).with_name(NAME)


def outline(name: str, now: dt.datetime) -> DraftFiles:
    """Return the files that `alpr-policy new NAME --yes` writes, laid out as by `fmt`; raises DraftError."""
    made = files_of(usual(name, now.astimezone().date()))
    return replace(made, profile=format_text(SourceFile(NAME, made.profile)).text)


def look_at(text: str, catalog: Catalog, served: str, before: Draft | None = None) -> Looked:
    """Find all that can be found in a text: what refuses it, what its neighbours show, and what the linter says."""
    place = place_of(catalog, served)
    if len(text) > MOST:
        return Looked(draft(SourceFile(str(place), "")), Look((_too_long(len(text), str(place)),)))
    made = draft(SourceFile(str(place), text), before)
    return Looked(made, second_look(made, Known(catalog), place, Wanted(settings=_settings(catalog, served))))


def _settings(catalog: Catalog, served: str) -> Callable[[Path], Settings]:
    """Return the settings of the department's folder; a new outline lies in none, wherever the server runs."""
    return settings_for if served in catalog.versions else lambda file: Settings()


def draft_of(text: str, catalog: Catalog, served: str) -> Draft:
    """Read a text alone; raises PolicyError where there is none, or too much of it."""
    name = str(place_of(catalog, served))
    if len(text) > MOST:
        raise PolicyError([_too_long(len(text), name)])
    if not text.strip():
        raise PolicyError([Diagnostic("empty-file", "there is no draft yet: begin with a department or an outline")])
    return draft(SourceFile(name, text))


def _too_long(size: int, name: str) -> Diagnostic:
    told = f"the text has {size:,} characters; at most {MOST:,} are looked at on this page"
    help = "check it with `alpr-policy check`, which reads up to a megabyte"
    return Diagnostic("file-too-large", told, Span(name, 1, 1), help)


def laid_out(text: str, catalog: Catalog, served: str) -> Formatted:
    """Return a text laid out as `alpr-policy fmt` does it."""
    place = place_of(catalog, served)
    return format_text(SourceFile(str(place), text), _settings(catalog, served)(place).width)


def with_draft(one: Draft, catalog: Catalog, neighbours: Iterable[Loaded] = ()) -> tuple[PolicyDecisionPoint, Profile]:
    """Put a draft among the known profiles, in place of those of its id, and return what decides then, and the draft.

    `neighbours` take the place of known profiles, too. Raises ProfileError.
    """
    loaded = one.loaded
    if loaded.profile is None and loaded.adoption is None:
        raise ProfileError(loaded.errors)
    nearer = beside([loaded], list(neighbours), adopters=True)
    known = beside([loaded, *nearer], Known(catalog).of(), adopters=True)
    made = build([loaded, *nearer, *known])
    pdp = PolicyDecisionPoint(made)
    weaker = [d for profile in made.profiles if profile.floor for d in pdp.held_against_floor(profile).diagnostics]
    if weaker:
        raise ProfileError(weaker)
    return pdp, next(p for p in made.profiles if p.spans["profile"].file == one.source.name)


# In the editor


def marks(text: str, found: Sequence[Diagnostic], here: int = 0) -> list[dict[str, Any]]:
    """Return what the editor underlines, and the line `here` (from 1) that was asked for, as its decorations."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    told: list[dict[str, Any]] = []
    for one in found[:SHOWN]:
        at = one.span.line - 1
        if 0 <= at < len(lines) and lines[at]:
            first = min(max(0, one.span.column - 1), len(lines[at]) - 1)
            last = max(first + 1, min(len(lines[at]), first + one.span.width))
            told.append(
                {"kind": "mark", "from": starts[at] + first, "to": starts[at] + last, "class": f"d-{one.severity}"}
            )
    if 1 <= here <= len(lines):
        told.append({"kind": "line", "line": here, "class": "d-here"})
    return told


def tooltips(found: Sequence[Diagnostic]) -> dict[int, str]:
    """Return what is shown beside each line that something was found in."""
    told: dict[int, list[str]] = {}
    for one in found[:SHOWN]:
        told.setdefault(one.span.line, []).append(f"{one.severity}: {one.message}")
    return {line: "\n".join(several) for line, several in told.items() if line > 0}


def place_text(one: Diagnostic) -> str:
    """Return where a finding stands, as `line:column`; empty for the text as a whole."""
    return "" if one.span == NOWHERE or not one.span.line else f"{one.span.line}:{one.span.column}"


def counted(found: Iterable[Diagnostic]) -> str:
    """Say how many errors, warnings and hints there are."""
    several = list(found)
    named = ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "hint"))
    kinds = [(sum(one.severity is kind for one in several), what) for kind, what in named]
    told = [f"{count:,} {what}{'' if count == 1 else 's'}" for count, what in kinds if count]
    return ", ".join(told) or "nothing found"


def mends(looked: Looked, one: Diagnostic) -> Iterator[tuple[str, str]]:
    """Yield the mends of a finding: a title and the whole text afterwards."""
    text = looked.draft.source.text
    for fix in fixes(looked.draft, one):
        yield fix.title, _fixed(looked.draft, fix)
    for code, edits in looked.look.fixes:
        lines = {text.count("\n", 0, edit.start) + 1 for edit in edits}
        if code == one.code and one.span.line in lines:
            yield f"Mend {code}", edited(text, edits)


def _fixed(one: Draft, fix: Fix) -> str:
    lines = one.source.text.split("\n")
    at, first = fix.span.line - 1, fix.span.column - 1
    lines[at] = lines[at][:first] + fix.text + lines[at][first + fix.span.width :]
    return "\n".join(lines)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits done, the last first."""
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def parts_of(one: Draft) -> dict[int, str]:
    """Return the parts of a text by the line each begins on, for a list in which to look for one."""
    return dict(_parts(symbols(one), ""))


def _parts(several: Iterable[Symbol], above: str) -> Iterator[tuple[int, str]]:
    for one in several:
        about = f" ({one.about})" if one.about else ""
        yield one.span.line, f"{above}{one.name or '?'}{about}"
        yield from _parts(one.parts, f"{above}{one.name} › ")
