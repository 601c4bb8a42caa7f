"""From a file to a checked profile, with every error of the file at once."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alpr_policy.durations import CalendarSpan
from alpr_policy.errors import Diagnostic, ProfileError, in_order
from alpr_policy.model.condition import ParameterRef
from alpr_policy.model.profile import Adoption, Profile
from alpr_policy.reading.coherence import coherence, soundness
from alpr_policy.reading.generic_shape import SHAPES, read_whole
from alpr_policy.reading.resolve import resolve
from alpr_policy.reading.shapes import BAD, Notes
from alpr_policy.reading.yaml_nodes import MappingNode, parse, read_text
from alpr_policy.source import SourceFile, Span
from alpr_policy.suggest import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What came of reading one file: a profile or an adoption, unless errors refused it; `tree` is the text as read."""

    source: SourceFile | None
    tree: MappingNode | None = None
    profile: Profile | None = None
    adoption: Adoption | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Return the diagnostics that refuse the file."""
        return tuple(d for d in self.diagnostics if d.is_error)


def load_file(path: Path) -> Loaded:
    """Read one profile file; never raises for what the file holds."""
    source, found = read_text(path)
    if source is None:
        return Loaded(source=None, diagnostics=in_order(found))
    return load_source(source, found)


def load_source(source: SourceFile, found: list[Diagnostic] | None = None) -> Loaded:
    """Read a profile from its text."""
    found = list(found or [])
    node, problems = parse(source)
    found += problems
    if node is None:
        if not found:
            found.append(
                Diagnostic(
                    "empty-file", "this file is empty", Span(source.name, 1, 1), "a profile begins with `language: 1`"
                )
            )
        return Loaded(source=source, diagnostics=_told_once(found))
    notes = Notes()
    value = read_whole(node, notes)
    found += notes.found
    if value is BAD:
        return Loaded(source=source, tree=node, diagnostics=_told_once(found))
    if isinstance(value, Profile) and any(d.is_error for d in found):
        found += _of_the_rest(value, notes.left_out)
        return Loaded(source=source, tree=node, diagnostics=_told_once(found))
    if isinstance(value, Adoption):
        refused = any(d.is_error for d in found)
        adoption = None if refused else value
        return Loaded(source=source, tree=node, adoption=adoption, diagnostics=_told_once(found))
    return dataclasses.replace(_checked(value, source, found), tree=node)


def _told_once(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Put errors in order, each word blamed once: one that YAML itself refuses is not also called a wrong value.

    A key that is not known says what was meant; that it looks like a truth value (`on`) is then beside the point.
    """
    misnamed = {d.span for d in found if d.code == "unknown-key"}
    told = [d for d in found if d.code != "yaml-boolean-word" or d.span not in misnamed]
    refused = {d.span for d in told if d.code.startswith("yaml-")}
    return in_order(d for d in told if d.code.startswith("yaml-") or d.span not in refused)


def _of_the_rest(profile: Profile, left_out: set[str]) -> list[Diagnostic]:
    """Look at what could be read of a file with errors, without blaming it for what had to be left out."""

    def is_missing(found: Diagnostic) -> bool:
        named = found.message.split("`")[1] if "`" in found.message else ""
        return bool({named, *BLOCKS.get(found.code, ())} & left_out)

    return [found for found in (*resolve(profile), *soundness(profile)) if not is_missing(found)]


# What an error of each code misses: the blocks where names are declared, or the keys of a statement.
BLOCKS: dict[str, tuple[str, ...]] = {
    "cite-not-in-outline": ("outline",),
    "floor-silence": ("silence",),
    "unknown-role": ("roles",),
    "unknown-term": ("terms",),
    "unknown-parameter": ("parameters",),
    "unknown-fact": ("facts",),
    "foreign-fact": ("actions",),
    "unknown-action": ("actions",),
    "unknown-value": ("lists",),
    "unknown-subject": ("entities",),
    "only-without-when": ("when",),
    "empty-hold": ("when", "basis"),
    "no-trigger": ("every", "on_date", "after"),
    "idle-key": ("basis",),
}


def _checked(profile: Profile, source: SourceFile, found: list[Diagnostic]) -> Loaded:
    found += [*resolve(profile), *coherence(profile)]
    refused = any(d.is_error for d in found)
    hashed = dataclasses.replace(profile, content_hash=content_hash(profile))
    return Loaded(source=source, profile=None if refused else hashed, diagnostics=in_order(found))


def parse_profile(text: str, name: str = "<text>") -> Profile:
    """Read a profile from text; raises ProfileError with everything that is wrong."""
    loaded = load_source(SourceFile(name, text))
    if loaded.profile is None:
        raise ProfileError(loaded.errors)
    return loaded.profile


def adopt(adoption: Adoption, template: Profile) -> tuple[Profile | None, tuple[Diagnostic, ...]]:
    """Fill a template's parameters from an adopting file."""
    notes = Notes()
    profile = _filled(adoption, template, notes)
    # An adopter may say outright what the template read from a parameter (the first day, for one).
    loose = [d for d in coherence(profile) if d.code != "unused-parameter"]
    found = in_order([*notes.found, *resolve(profile), *loose])
    if any(d.is_error for d in found):
        return None, found
    return dataclasses.replace(profile, content_hash=content_hash(profile)), found


def adopted_anew(adoption: Adoption, template: Profile) -> Profile:
    """Fill a template that was altered since it was checked, unchecked: what is laxer or idle in it stays so."""
    hashed = f"{template.content_hash} filled for {adoption.profile}"
    return dataclasses.replace(_filled(adoption, template, Notes()), content_hash=hashed)


def _filled(adoption: Adoption, template: Profile, notes: Notes) -> Profile:
    parameters = dict(template.parameters)
    place = adoption.spans.get("parameters", adoption.spans["adopts"])
    for name, value in adoption.parameters.items():
        known = parameters.get(name)
        if known is None:
            notes.fault(
                "unknown-parameter",
                f"`{name}` is not a parameter of `{template.profile}`",
                adoption.spans.get(f"parameters={name}", place),
                did_you_mean(name, parameters),
            )
            continue
        filled = _fill(known.type, value, known.choices)
        if filled is None:
            there = adoption.spans.get(f"parameters={value}", place)
            notes.fault("bad-constant", f"the parameter `{name}` takes {_TYPES[known.type]}, not `{value}`", there)
        else:
            parameters[name] = dataclasses.replace(known, value=filled)
    policy = adoption.policy
    first = template.policy.effective
    if isinstance(first, ParameterRef) and not isinstance(policy.effective, ParameterRef) and first.name in parameters:
        # Saying the first day outright fills the parameter from which the template reads it.
        parameters[first.name] = dataclasses.replace(parameters[first.name], value=policy.effective)
        policy = dataclasses.replace(policy, effective=first)
    return dataclasses.replace(
        template,
        profile=adoption.profile,
        department=adoption.department,
        policy=policy,
        timezone=adoption.timezone,
        parameters=parameters,
        spans={**template.spans, **adoption.spans},
    )


_TYPES = {
    "role": "a role",
    "span": "a period such as 14 days",
    "date": "a date",
    "count": "a whole number",
    "choice": "one of its choices",
    "text": "a text",
}


def _fill(kind: str, value: Any, choices: tuple[str, ...]) -> Any:
    match kind:
        case "span":
            try:
                return CalendarSpan.parse(value) if isinstance(value, str) else None
            except ValueError:
                return None
        case "date":
            return value if isinstance(value, dt.date) else None
        case "count":
            return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
        case "choice":
            return value if value in choices else None
        case _:
            return value if isinstance(value, str) and value else None


def canonical(profile: Profile) -> dict[str, Any]:
    """Return a profile as plain data in canonical form."""
    written: dict[str, Any] = SHAPES[profile.kind].write(profile)
    return written


def content_hash(profile: Profile) -> str:
    """Return the SHA-256 of the canonical form, in hexadecimal; comments and order of keys do not change it."""
    import hashlib

    text = json.dumps(canonical(profile), default=_text, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _text(value: Any) -> str:
    return str(value)
