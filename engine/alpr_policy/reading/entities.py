"""Whether the words and lists of a policy about other things fit together: types, relations, rows and their values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from alpr_policy.durations import parse_moment
from alpr_policy.errors import Diagnostic
from alpr_policy.model.condition import Plain
from alpr_policy.model.listing import ACTION, RELATION, REQUESTER, Cell, Key, person_keys, subjects
from alpr_policy.model.profile import EntityType, FactExtension, Profile
from alpr_policy.model.words import DERIVATIONS, words_of
from alpr_policy.source import Span
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import VOCABULARY, Fact, FactKind, Vocabulary

# Names that stand for something else before the dot.
TAKEN = frozenset(
    {REQUESTER, ACTION, "roles", "approval", "check", "document", "exception", "hold", "event", "parameter"}
)
WANTED: dict[FactKind, str] = {
    FactKind.BOOL: "true or false",
    FactKind.COUNT: "a whole number",
    FactKind.TIME: "a date, or an instant with its offset",
    FactKind.SET: "some of its values",
    FactKind.ENUM: "one of its values",
    FactKind.TEXT: "a text",
}


def entities(profile: Profile) -> Iterator[Diagnostic]:
    """Yield what is wrong; nothing for a profile about plate readers."""
    if not profile.is_generic:
        return
    rows = _Rows(profile, words_of(profile), person_keys(profile))
    for name, kind in profile.entities.items():
        if name in TAKEN:
            yield Diagnostic("taken-type", f"`{name}` cannot be a type of its own", kind.span, "choose another name")
        yield from rows.of(name, kind)
    for name, fact in profile.facts.items():
        yield from _fact(profile, name, fact)


def _fact(profile: Profile, name: str, fact: FactExtension) -> Iterator[Diagnostic]:
    owner, _, word = name.partition(".")
    known = {REQUESTER, ACTION, *profile.entities}
    if owner not in known and name not in VOCABULARY.facts:
        told = f"`{name}` is a fact of `{owner}`, which is no type of this profile"
        help = did_you_mean(owner, known) or "declare the type under `entities`, or begin with `requester` or `action`"
        yield Diagnostic("unknown-type", told, fact.span, help)
    elif word in ("id", "type") and owner != ACTION and name not in VOCABULARY.facts:
        yield Diagnostic("known-fact", f"`{name}` is there by itself", fact.span, "drop it")
    if fact.type == RELATION and owner in (REQUESTER, ACTION):
        told = f"`{name}` is a relation of the requester to a thing, so it is named by the thing"
        yield Diagnostic("unknown-type", told, fact.span, "write it as `record.viewer`")
    elif fact.type == RELATION and not subjects(profile):
        told = f"nobody can stand in the relation `{name}`"
        help = "say `subject: true` of a type under `entities`"
        yield Diagnostic("unknown-subject", told, fact.span, help)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Looks at what the lists say of each id: of which fact it is, and whether it fits."""

    profile: Profile
    words: Vocabulary
    keys: dict[str, list[Key]]

    def of(self, name: str, kind: EntityType) -> Iterator[Diagnostic]:
        """Yield what is wrong in the rows of one type."""
        owners = (name, REQUESTER) if kind.subject else (name,)
        for one, row in kind.known.items():
            for word, cell in row.items():
                facts = [f"{owner}.{word}" for owner in owners if f"{owner}.{word}" in self.profile.facts]
                place = _Place(kind, one, word)
                if not facts:
                    known = [fact.partition(".")[2] for fact in self.profile.facts if fact.partition(".")[0] in owners]
                    help = did_you_mean(word, known) or f"declare `{owners[-1]}.{word}` under `facts`"
                    yield Diagnostic("unknown-fact", f"`{word}` is not a fact of `{name}`", place.key, help)
                for fact in facts:
                    yield from self._cell(fact, cell, place)

    def _cell(self, name: str, cell: Cell, place: _Place) -> Iterator[Diagnostic]:
        type, of = self.profile.facts[name].type or "", self.profile.facts[name].of
        if type in DERIVATIONS and (type != "count" or of):
            told = f"`{name}` is worked out, so no list can say it"
            yield Diagnostic("bad-row", told, place.key, "list what it is worked out from")
        elif type == RELATION:
            yield from self._members(cell, place)
        elif cell is not None:
            yield from self._value(self.words.facts[name], cell, place)

    def _members(self, cell: Cell, place: _Place) -> Iterator[Diagnostic]:
        if not isinstance(cell, tuple):
            told = f"`{place.word}` is a relation, so it takes a list of ids"
            yield Diagnostic("bad-row", told, place.key, "put them in brackets")
            return
        for member in cell:
            found = self.keys.get(member, []) if isinstance(member, str) else []
            if not found:
                help = did_you_mean(str(member), self.keys) or "list it under a type with `subject: true`"
                told = f"`{member}` is not among those who act"
                yield Diagnostic("unknown-subject", told, place.of(member), help)
            elif len(found) > 1:
                kinds = " and ".join(f"`{key[0]}`" for key in found)
                told = f"`{member}` is listed as {kinds}"
                yield Diagnostic("unknown-subject", told, place.of(member), "give each an id of its own")

    def _value(self, fact: Fact, cell: Cell, place: _Place) -> Iterator[Diagnostic]:
        known, several = self.words.values_of(fact), fact.kind is FactKind.SET
        if isinstance(cell, tuple) is not several:
            wanted, given = ("a list", "one value") if several else ("one value", "a list")
            told = f"`{fact.name}` takes {wanted}, not {given}"
            help = "put it in brackets" if several else "write one value"
            yield Diagnostic("bad-row", told, place.key if isinstance(cell, tuple) else place.of(cell), help)
            return
        for one in cell if isinstance(cell, tuple) else (cell,):
            if not _fits(fact.kind, one):
                told = f"`{fact.name}` is {WANTED[fact.kind]}, not `{_shown(one)}`"
                yield Diagnostic("bad-row", told, place.of(one), _quotes_too_many(fact.kind, one))
            elif known and one not in known:
                message = f"`{one}` is not a value of `{fact.name}`"
                yield Diagnostic("unknown-value", message, place.of(one), did_you_mean(str(one), known))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one fact of one row stands."""

    kind: EntityType
    id: str
    word: str

    @property
    def key(self) -> Span:
        """Return the place of the key."""
        return self.kind.spans.get(f"{self.id}\n{self.word}", self.kind.span)

    def of(self, value: Plain) -> Span:
        """Return the place of a value under the key."""
        return self.kind.spans.get(f"{self.id}\n{self.word}\n{_shown(value)}", self.key)


def _shown(value: Plain) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quotes_too_many(kind: FactKind, value: Plain) -> str:
    bare = kind in (FactKind.BOOL, FactKind.COUNT) and value in ("true", "false")
    number = kind is FactKind.COUNT and isinstance(value, str) and value.isdecimal()
    return "take the quotes away" if bare or number else ""


def _fits(kind: FactKind, value: object) -> bool:
    match kind:
        case FactKind.BOOL:
            return isinstance(value, bool)
        case FactKind.COUNT:
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case FactKind.TIME:
            return isinstance(value, dt.date) or (isinstance(value, str) and _is_moment(value))
        case _:
            return isinstance(value, str)


def _is_moment(text: str) -> bool:
    try:
        parse_moment(text)
    except ValueError:
        return False
    return True
