"""The mend that an error's own help names, where it is one word for another: for a click in an editor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from alpr_policy.errors import Diagnostic
from alpr_policy.questions.editing import Draft
from alpr_policy.source import Span

_QUOTED = re.compile(r"`([^`]+)`")
_SAYS = ("did you mean ", "write it as ", "say in what: ", "if it is a text, put quotes round it: ")
_SAYS_TOO = ("put quotes round the word: ", "put quotes round it: ", "put quotes round the key: ")


@dataclass(frozen=True, slots=True)
class Fix:
    """A mend for one diagnostic: its title, the place and what to write there."""

    title: str
    span: Span
    text: str


def fixes(text: Draft, found: Diagnostic) -> tuple[Fix, ...]:
    """Return the mends that the help of a diagnostic names; none where the place holds more than the word blamed."""
    place = _blamed(text, found)
    return tuple(_fixes(text, found, place)) if place is not None else ()


def _fixes(text: Draft, found: Diagnostic, place: Span) -> Iterator[Fix]:
    word = _at(text, place)
    if found.help.startswith("put it in quotes"):
        yield Fix(f'Write "{word}"', place, f'"{word}"')
    elif found.help.startswith("take the quotes away"):
        yield Fix(f"Write {word[1:-1]}", place, word[1:-1])
    elif any(found.help.startswith(one) for one in _SAYS) or any(one in found.help for one in _SAYS_TOO):
        quotes = word[:1] if word[:1] in ("'", '"') and word[-1:] == word[:1] and len(word) > 1 else ""
        for other in _QUOTED.findall(found.help):
            made = f"{quotes}{other}{quotes}" if not other.startswith('"') else other
            if made != word:
                yield Fix(f"Write {other}", place, made)


def _blamed(text: Draft, found: Diagnostic) -> Span | None:
    """Return the place of the very word that a message is about, if that is what its span covers."""
    span = found.span
    here = _at(text, span)
    named = _QUOTED.search(found.message)
    if not here or (named is None and not found.help.startswith(("put it in quotes", "take the quotes away"))):
        return None
    if "take the quotes away" in found.help or "put it in quotes" in found.help:
        return span if not re.search(r"[,\[\]{}]", here) else None
    assert named is not None
    word = named[1]
    if here.strip("\"'") == word.strip("\"'"):
        return span
    if here.endswith(f".{word}"):  # `parameter.x` is blamed as `x`
        return Span(span.file, span.line, span.column + len(here) - len(word), len(word))
    return None


def _at(text: Draft, span: Span) -> str:
    if not 1 <= span.line <= len(text.lines):
        return ""
    return text.lines[span.line - 1][span.column - 1 : span.column - 1 + span.width]
