"""A profile while it is being typed: what can be read of it, and every name in it with what it stands for.

An editor asks with a text and a place; nothing here reads a file or a clock. Places are those of `Span`: lines and
columns from 1, in characters.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from alpr_policy.model.profile import Profile
from alpr_policy.model.words import TERM_OPS, words_of
from alpr_policy.questions.editing_grammar import (
    Constants,
    ParameterName,
    TestOf,
    Wanted,
    is_statement,
    lists_at,
    names_role,
    wanted_at,
)
from alpr_policy.questions.editing_scan import Group, Items, Part, Spot, Word, scan, spots, words_in
from alpr_policy.reading.conditions import JOINS, ConditionShape
from alpr_policy.reading.generic_shape import SAYING, read_whole
from alpr_policy.reading.grammar import CLAUSE, KINDS
from alpr_policy.reading.profile_shape import TermValues
from alpr_policy.reading.profiles import Loaded, load_source
from alpr_policy.reading.resolve import PARAMETER
from alpr_policy.reading.shapes import Notes
from alpr_policy.reading.text_files import STANDARD, forbidden_character
from alpr_policy.source import SourceFile, Span
from alpr_policy.vocabulary import VOCABULARY, Vocabulary
from alpr_policy.vocabulary.generic import GENERIC

DECLARED = {"roles": "role", "terms": "term", "parameters": "parameter", "facts": "fact", "actions": "act"}
_STATE = re.compile(r"(approval|check|document)\.(?=.)")
KEEPING = ("data.store", "data.purge", "data.set_period")


@dataclass(frozen=True, slots=True)
class Mention:
    """A word that stands for something: a role, term, parameter, statement, clause, act, group, fact, value or key.

    `span` covers the name alone; `path` are the keys that lead to it. `declares` says that it is named here first.
    """

    sort: str
    name: str
    span: Span
    path: tuple[str, ...]
    declares: bool = False
    fact: str = ""


@dataclass(frozen=True)
class Draft:
    """One text: what the reader made of it, `profile` as far as one could be read, and its words as they stand."""

    source: SourceFile
    loaded: Loaded
    profile: Profile | None
    words: Vocabulary
    root: Group

    @cached_property
    def adopting(self) -> bool:
        """Say whether the file takes a template over."""
        return "adopts" in self.kind

    @cached_property
    def kind(self) -> frozenset[str]:
        """Return the outermost keys that say which shape the file has."""
        return frozenset(entry.key.text for entry in self.root.entries if entry.colon) & SAYING

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Return the lines of the text without their ends."""
        return tuple(line.removesuffix("\r") for line in self.source.text.removeprefix("\ufeff").split("\n"))

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """Return all words that stand for something, in the order written."""
        return tuple(one for spot in spots(self.root) for one in self.meaning(spot))

    def declared(self, block: str) -> Mapping[str, Part | None]:
        """Return what one of `roles`, `terms`, `parameters`, `facts` and `actions` declares, by name."""
        part = self.root.get(block)
        entries = part.entries if isinstance(part, Group) else []
        return {entry.key.text: entry.value for entry in entries if entry.colon}

    @cached_property
    def statements(self) -> Mapping[str, tuple[str, Group]]:
        """Return the statements by id, each with its kind."""
        found: dict[str, tuple[str, Group]] = {}
        for kind in KINDS:
            part = self.root.get(kind)
            for item in part.items if isinstance(part, Items) else ():
                name = item.get("id") if isinstance(item, Group) else None
                if isinstance(item, Group) and isinstance(name, Word):
                    found.setdefault(name.text, (kind, item))
        return found

    @cached_property
    def outline(self) -> tuple[str, ...]:
        """Return the clauses of the text."""
        return tuple(word.text for word in words_in(self.root.get("outline")))

    def wanted(self, path: tuple[str, ...]) -> tuple[Wanted, ...]:
        """Return what may stand under a path of keys."""
        return wanted_at(path, kind=self.kind)

    def acts(self, spot: Spot) -> tuple[str, ...]:
        """Return the acts of the statement around a word; none where it names none, or is no statement."""
        if not is_statement(spot.path) or len(spot.groups) < 2:
            return ()
        if spot.path[0] in ("retention", "holds"):
            return KEEPING
        key = "after" if spot.path[0] == "duties" else "action"
        named = tuple(word.text for word in words_in(spot.groups[1].get(key)))
        return tuple(act for act in self.words.expand(named) if act in self.words.actions)

    def meaning(self, spot: Spot) -> Iterator[Mention]:
        """Yield what a word stands for; a name inside a fact's name comes after the fact."""
        found = self._of_key(spot) if spot.is_key else self._of_value(spot)
        for one in found:
            yield one
            if one.sort == "fact":
                yield from self._inside(one)

    def _of_key(self, spot: Spot) -> Iterator[Mention]:
        word, path = spot.word, spot.path
        if len(path) == 1 and path[0] in DECLARED:
            yield _mention(DECLARED[path[0]], word, path, declares=not (self.adopting and path[0] == "parameters"))
            return
        for one in self.wanted(path):
            if isinstance(one, ConditionShape) and word.text not in JOINS:
                yield _mention("fact", word, path)
                return
            if isinstance(one, TermValues):
                yield _mention("value", word, path)
                return
        yield _mention("key", word, path)

    def _of_value(self, spot: Spot) -> Iterator[Mention]:
        word, path = spot.word, spot.path
        for one in self.wanted(path):
            if isinstance(one, ParameterName):
                yield _mention("parameter", word, path)
            elif isinstance(one, TestOf | Constants):
                yield self._constant(one, spot)
            elif one is CLAUSE:
                yield _mention("clause", word, path, declares=path == ("outline",))
            elif path[-1] == "id" and is_statement(path) and len(path) == 2:
                yield _mention("statement", word, path, declares=True)
            elif names_role(path) or self._is_role_value(spot):
                if word.quoted or word.text not in ("null", "~", ""):
                    yield _mention("role", word, path)
            else:
                sort = self._listed(word.text, lists_at(path))
                if sort is None:
                    continue
                yield _mention(sort, word, path)
            return

    def _is_role_value(self, spot: Spot) -> bool:
        """Say whether a parameter of a role is filled here."""
        if not spot.path or spot.path[0] != "parameters" or spot.path[-1] != "value":
            return False
        kind = spot.groups[-1].get("type")
        return isinstance(kind, Word) and kind.text == "role"

    def _constant(self, one: TestOf | Constants, spot: Spot) -> Mention:
        fact = self.words.facts.get(one.fact)
        op = one.op if isinstance(one, Constants) else "is"
        word, path = spot.word, spot.path
        if op == "in" or (op in TERM_OPS and word.text in self.declared("terms")):
            return _mention("term", word, path)
        if fact is not None and fact.list_name == "roles":
            return _mention("role", word, path)
        return dataclasses.replace(_mention("value", word, path), fact=one.fact)

    def _listed(self, name: str, lists: tuple[str, ...]) -> str | None:
        if not lists:
            return None
        if "groups" in lists and name in self.words.groups:
            return "group"
        if "acts" in lists and name in self.words.actions:
            return "act"
        if {"facts", "times"} & set(lists) and (name in self.words.facts or _STATE.match(name)):
            return "fact"
        return "value"

    def _inside(self, fact: Mention) -> Iterator[Mention]:
        """Yield the statement or the parameter that a fact's name speaks of."""
        state = _STATE.match(fact.name)
        size = len(PARAMETER) if fact.name.startswith(PARAMETER) else len(state.group()) if state else 0
        if size:
            span = fact.span
            place = Span(span.file, span.line, span.column + size, max(1, span.width - size))
            yield Mention("statement" if state else "parameter", fact.name[size:], place, fact.path)


def _mention(sort: str, word: Word, path: tuple[str, ...], *, declares: bool = False) -> Mention:
    span = word.span
    if word.quoted and span.width > 2:
        span = Span(span.file, span.line, span.column + 1, span.width - 2)
    return Mention(sort, word.text, span, path, declares)


def draft(source: SourceFile, before: Draft | None = None) -> Draft:
    """Read a text as far as it goes; words that a break has hidden are taken from the draft `before`."""
    loaded = load_source(source)
    if len(source.text) > STANDARD.max_bytes or forbidden_character(source.text) is not None:
        return Draft(source, loaded, None, VOCABULARY, Group())
    profile = loaded.profile or _as_far(loaded)
    words = words_of(profile) if profile is not None else None
    if before is not None:
        lost = {n: f for n, f in before.words.facts.items() if words is None or n not in words.facts}
        kept = {name: fact for name, fact in lost.items() if name.split(".", 1)[-1] in source.text}
        words = before.words if words is None else dataclasses.replace(words, facts={**words.facts, **kept})
    found = Draft(source, loaded, profile, words or VOCABULARY, scan(source))
    return dataclasses.replace(found, words=GENERIC) if words is None and "kind" in found.kind else found


def _as_far(loaded: Loaded) -> Profile | None:
    """Return what could be read of a file with errors."""
    if loaded.tree is None or loaded.tree.get("adopts") is not None:
        return None
    value = read_whole(loaded.tree, Notes())
    return value if isinstance(value, Profile) else None


def mention_at(text: Draft, line: int, column: int) -> Mention | None:
    """Return what the word at a place stands for: the innermost name where one holds another."""
    here = [
        one
        for one in text.mentions
        if one.span.line == line and one.span.column <= column <= one.span.column + one.span.width
    ]
    return min(here, key=lambda one: (one.span.width, -one.span.column), default=None)
