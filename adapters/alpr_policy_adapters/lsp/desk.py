"""The texts that are open in the editor, each with what was made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from alpr_policy.questions.editing import Draft, draft
from alpr_policy.questions.editing_scan import Group
from alpr_policy.reading.grammar import KINDS
from alpr_policy.source import SourceFile
from alpr_policy_adapters.lsp.looking import Look
from alpr_policy_adapters.lsp.translate import Places

MAX_OPEN = 200
HEAD = 2_000
# Of what is no expected answer, two of these at the top make a profile, or `language` alone.
_PROFILE_KEYS = frozenset({"profile", "department", "policy", "silence", "outline", "adopts", *KINDS})
_SUITE_KEYS = frozenset({"cases", "base", "tests"})


@dataclass(slots=True)
class Open:
    """One open text in one version, what was found in it so far, and the lines in which that was."""

    uri: str
    version: int
    draft: Draft
    look: Look = field(default_factory=Look)
    looked_at: tuple[str, ...] = ()

    @property
    def file(self) -> Path | None:
        """Return the file behind it, if it is one of this machine's."""
        return path_of(self.uri)


class Desk:
    """Keeps the open texts; a text is read once for each version, however many questions are asked of it."""

    def __init__(self, text_of: Callable[[str], Any]) -> None:
        """Take the current text and version of a document from `text_of`."""
        self._text_of = text_of
        self._open: dict[str, Open] = {}

    def get(self, uri: str) -> Open:
        """Return a text in its newest version."""
        document = self._text_of(uri)
        version = document.version or 0
        known = self._open.get(uri)
        text = document.source
        if known is not None and known.version == version and known.draft.source.text == text:
            return known
        made = draft(SourceFile(name_of(uri), text), known.draft if known is not None else None)
        if known is None:
            while len(self._open) >= MAX_OPEN:
                self._open.pop(next(iter(self._open)))
            known = self._open[uri] = Open(uri, version, made)
        known.version, known.draft = version, made
        return known

    def places(self, uri: str) -> Places:
        """Return what turns places of a text into the editor's."""
        text = self.get(uri).draft
        return Places(text.lines, self._text_of(uri).position_codec, text.source.text)

    def close(self, uri: str) -> None:
        """Forget a text."""
        self._open.pop(uri, None)


def is_profile(text: Draft) -> bool:
    """Say whether a YAML text is meant for a profile: editors send all they open."""
    head = text.source.text[:HEAD]  # what is too large, or holds a character that may not be, has no other words
    says = not text.root.entries and "\nlanguage:" in f"\n{head}"
    return says or "profile-1.json" in head or _says_profile(text.root)


def _says_profile(root: Group) -> bool:
    keys = {entry.key.text for entry in root.entries if entry.colon}
    return "language" in keys or (len(keys & _PROFILE_KEYS) > 1 and not keys & _SUITE_KEYS)


def path_of(uri: str) -> Path | None:
    """Return the path of a `file:` address; None for any other."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return None
    from pygls.uris import to_fs_path

    found = to_fs_path(uri)
    return Path(found) if found else None


def name_of(uri: str) -> str:
    """Return the name by which messages speak of a text."""
    path = path_of(uri)
    return str(path) if path is not None else unquote(uri)
