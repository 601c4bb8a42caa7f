"""Where a name of a profile is declared and used, and what to write where for it to have another one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.questions.editing import Draft, Mention, mention_at
from alpr_policy.questions.editing_grammar import is_statement
from alpr_policy.questions.editing_scan import Group, Items, Part, Spot, Word, scan, spots
from alpr_policy.reading.grammar import ID, KINDS, NAME
from alpr_policy.source import SourceFile, Span
from alpr_policy.vocabulary import Vocabulary

RENAMED = {"role": NAME, "term": NAME, "parameter": NAME, "statement": ID}
_STATE = re.compile(r"(?:approval|check|document)\.")


class RenameError(PolicyError):
    """A name cannot be changed so; says why."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """`text` takes the place of what `span` covers."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Symbol:
    """A part of a profile for an outline: its name, its sort, its name's place, its last line, and its parts."""

    name: str
    sort: str
    about: str
    span: Span
    last_line: int
    parts: tuple[Symbol, ...] = ()


def uses(text: Draft, one: Mention, *, declared: bool = True) -> tuple[Mention, ...]:
    """Return every place that speaks of the same thing; with `declared` the one that declares it too."""
    same = (other for other in text.mentions if (other.sort, other.name) == (one.sort, one.name))
    return tuple(other for other in same if declared or not other.declares)


def declaration(text: Draft, one: Mention) -> Mention | None:
    """Return where a thing is declared, if it is declared in this text."""
    return next((other for other in uses(text, one) if other.declares), None)


def renamable(text: Draft, line: int, column: int) -> Mention | None:
    """Return the name at a place if it is declared here and may have another one."""
    one = mention_at(text, line, column)
    if one is None or one.sort not in RENAMED or declaration(text, one) is None:
        return None
    return one


def rename(text: Draft, one: Mention, name: str, suites: Iterable[tuple[SourceFile, str]] = ()) -> list[Replacement]:
    """Return what to write where; raises RenameError where the new name will not do or the text is broken.

    `suites` are files of expected answers, each with the profile it asks; only those about this one are changed.
    """
    shape = RENAMED[one.sort]
    if not re.fullmatch(shape.pattern, name) or len(name) > shape.longest:
        raise _no(one, f"`{name[:60]}` is not {shape.what}")
    if any(found.code.startswith("yaml-") for found in text.loaded.errors):
        raise _no(one, "the text cannot be read whole", "mend the errors first")
    taken = {(other.sort, other.name) for other in text.mentions if other.declares}
    if name != one.name and (one.sort, name) in taken:
        raise _no(one, f"`{name}` is already a {one.sort} of this profile")
    found = [Replacement(other.span, name) for other in uses(text, one)]
    own = text.root.get("profile")
    for source, profile in suites:
        if isinstance(own, Word) and profile == own.text and one.sort in ("role", "statement"):
            found += [Replacement(span, name) for span in _in_suite(source, one, text.words)]
    return found


def _no(one: Mention, message: str, help: str = "") -> RenameError:
    return RenameError([Diagnostic("cannot-rename", message, one.span, help)])


def suite_profile(source: SourceFile) -> str | None:
    """Return the profile that a file of expected answers asks; None for any other file."""
    root = scan(source)
    name = root.get("profile")
    asks = any(entry.key.text in ("cases", "duties", "base", "tests") and entry.colon for entry in root.entries)
    return name.text if asks and isinstance(name, Word) and root.get("language") is None else None


def _in_suite(source: SourceFile, one: Mention, words: Vocabulary) -> Iterator[Span]:
    """Yield the places of expected answers that speak of a role or a statement of the profile."""
    for spot in spots(scan(source)):
        word = spot.word
        if one.sort == "role" and not spot.is_key and word.text == one.name and _is_role(spot, words):
            yield _inner(word)
        elif one.sort == "statement":
            if not spot.is_key and word.text == one.name and spot.path[-1:] == ("rules",):
                yield _inner(word)
            state = _STATE.match(word.text)
            if state and word.text[state.end() :] == one.name:
                span = _inner(word)
                yield Span(span.file, span.line, span.column + state.end(), span.width - state.end())


def _is_role(spot: Spot, words: Vocabulary) -> bool:
    last = spot.path[-1] if spot.path else ""
    fact = words.facts.get(last)
    return last in ("role", "roles") or (fact is not None and fact.list_name == "roles")


def _inner(word: Word) -> Span:
    span = word.span
    quotes = word.quoted and span.width > 2
    return Span(span.file, span.line, span.column + 1, span.width - 2) if quotes else span


# The outline of the file


def symbols(text: Draft) -> tuple[Symbol, ...]:
    """Return the parts of a text: its top-level keys, below them what each declares or states."""
    return tuple(_top(entry.key, entry.value) for entry in text.root.entries if entry.colon)


def _top(key: Word, value: Part | None) -> Symbol:
    parts: list[Symbol] = []
    if isinstance(value, Items) and is_statement((key.text,)):
        for item in value.items:
            name = item.get("id") if isinstance(item, Group) else None
            if isinstance(item, Group) and isinstance(name, Word):
                parts.append(_symbol(name, "statement", _acts(item), item))
    elif isinstance(value, Group):
        of = {"roles": "role", "terms": "term", "parameters": "parameter", "facts": "fact"}.get(key.text, "key")
        parts = [_symbol(one.key, of, "", one.value) for one in value.entries if one.colon]
    return Symbol(
        key.text, "block" if key.text in KINDS or parts else "key", "", key.span, _last(key, value), (*parts,)
    )


def _symbol(name: Word, sort: str, about: str, part: Part | None) -> Symbol:
    return Symbol(name.text, sort, about, name.span, _last(name, part))


def _acts(item: Group) -> str:
    words = [spot.word.text for spot in spots(item.get("action")) if not spot.is_key]
    return ", ".join(words[:3]) + (", …" if len(words) > 3 else "")


def _last(word: Word, part: Part | None) -> int:
    return max([word.span.line, *(spot.word.span.line for spot in spots(part))])


__all__ = [
    "RenameError",
    "Replacement",
    "Symbol",
    "declaration",
    "renamable",
    "rename",
    "suite_profile",
    "symbols",
    "uses",
]
