"""The texts that decisions were made under: kept so that each decision can be derived again, word for word and place
for place.

A catalogue is one text that names the files of all profiles that were known, by their SHA-256, and the content hash of
each profile that came of them. Files that did not change are kept once.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from alpr_policy.errors import Diagnostic
from alpr_policy.model.profile import Profile
from alpr_policy.model.words import words_of
from alpr_policy.reading.catalog import Catalog, build
from alpr_policy.source import SourceFile
from alpr_policy.vocabulary import VOCABULARY, Fact
from alpr_policy_adapters.ledger.canonical import canonical as spelt
from alpr_policy_adapters.ledger.canonical import sha256
from alpr_policy_adapters.ledger.errors import LedgerError
from alpr_policy_adapters.ledger.ledger import Ledger
from alpr_policy_adapters.ledger.rows import Kind, NewRow

FORM: Final = "alpr-policy catalogue 1"


@dataclass(frozen=True, slots=True)
class Words:
    """What is a word of the language or of some profile, and so names nobody."""

    facts: Mapping[str, Fact]
    known: frozenset[str]
    actions: frozenset[str]
    profiles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A catalogue as it is kept: its SHA-256, the texts it is made of, the profiles in it, and their words."""

    digest: str
    texts: Mapping[str, str]
    profiles: tuple[Mapping[str, str], ...]
    words: Words

    def row(self, at: dt.datetime) -> NewRow:
        """Return the row that tells that these profiles are in use, with all their texts."""
        body = {"texts": self.digest, "profiles": [dict(one) for one in self.profiles]}
        names = tuple(sorted({one["profile"] for one in self.profiles}))
        return NewRow(kind=Kind.PROFILE_CHANGE, happened=at, body=body, departments=names, texts=self.texts)


def catalogue_of(catalog: Catalog) -> Catalogue:
    """Return a catalogue of profiles as it is to be kept.

    A profile that was made without a file is written out, and then places in files mean nothing.
    """
    from alpr_policy.reading.profiles import canonical, content_hash

    placed = True
    texts: dict[str, str] = {}
    sources, profiles = [], []
    for path, source in catalog.sources.items():
        digest = sha256(source.text)
        texts[digest] = source.text
        sources.append({"name": PurePath(path).name, "digest": digest})
    for profile in catalog.profiles:
        hashed, form = content_hash(profile), canonical_form(profile)
        texts[hashed] = form
        if profile.spans["profile"].file not in catalog.sources:
            made = _written(canonical(profile))
            texts[sha256(made)], placed = made, False
            sources.append({"name": f"{profile.profile}.yaml", "digest": sha256(made)})
        profiles.append({"profile": profile.profile, "version": profile.version, "content_hash": hashed})
    listed = spelt({"form": FORM, "placed": placed, "sources": sources, "profiles": profiles})
    digest = sha256(listed)
    return Catalogue(digest, {**texts, digest: listed}, tuple(profiles), words_in(catalog))


def canonical_form(profile: Profile) -> str:
    """Return the text whose SHA-256 is the content hash of a profile."""
    from alpr_policy.reading.profiles import canonical as form

    return json.dumps(form(profile), default=str, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def words_in(catalog: Catalog) -> Words:
    """Return the words of the language and of all profiles of a catalogue."""
    facts: dict[str, Fact] = dict(VOCABULARY.facts)
    known, actions = _words_of(VOCABULARY), set(VOCABULARY.actions)
    for profile in catalog.profiles:
        vocabulary = words_of(profile)
        for name, fact in vocabulary.facts.items():
            # A fact that one profile calls personal is so in all of them.
            if facts.get(name) is None or facts[name].personal is None:
                facts[name] = fact
        known |= _words_of(vocabulary)
        actions |= set(vocabulary.actions)
        known |= {one.value for term in profile.terms.values() for one in term.values}
    return Words(facts, frozenset(known), frozenset(actions), frozenset(catalog.names))


def _words_of(vocabulary: Any) -> set[str]:
    listed = {word for words in vocabulary.lists.values() for word in words}
    return listed | {value for fact in vocabulary.facts.values() for value in fact.values}


def restored(ledger: Ledger, digest: str) -> tuple[Catalog, bool]:
    """Return a catalogue of profiles from its texts, and whether its files were kept, so that places agree.

    Raises LedgerError where a text is gone, and ProfileError where this program no longer reads it.
    """
    raw = json.loads(_text(ledger, digest))
    sources = [SourceFile(one["name"], _text(ledger, one["digest"])) for one in raw["sources"]]
    from alpr_policy.reading.profiles import load_source

    catalog = build([load_source(one) for one in sources])
    hashes = {(p.profile, p.content_hash) for p in catalog.profiles}
    wanted = {(one["profile"], one["content_hash"]) for one in raw["profiles"]}
    if hashes != wanted:
        strange = ", ".join(sorted({name for name, _ in hashes ^ wanted}))
        help = "the program that read them then is needed to derive the decision again"
        raise LedgerError(
            [Diagnostic("ledger-text", f"the kept texts give other profiles than then: {strange}", help=help)]
        )
    return catalog, bool(raw["placed"])


def _text(ledger: Ledger, digest: str) -> str:
    found = ledger.text(digest)
    if found is None or sha256(found) != digest:
        raise LedgerError([Diagnostic("ledger-text", f"the text {digest[:12]} is gone or is not what it was")])
    return found


def _written(value: Any) -> str:
    """Write a profile's canonical form as YAML on one line; dates are all that JSON would write otherwise."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(name)}: {_written(inside)}" for name, inside in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_written(inside) for inside in value) + "]"
    if value is None or isinstance(value, bool | int | str):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if isinstance(value, dt.date) else json.dumps(str(value), ensure_ascii=False)
