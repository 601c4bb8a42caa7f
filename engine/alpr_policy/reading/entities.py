"""Whether the words and lists of a policy about other things fit together: types, relations, rows and their values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from alpr_policy.durations import parse_moment
from alpr_policy.errors import Diagnostic
from alpr_policy.model.condition import Plain
from alpr_policy.model.listing import ACTION, RELATION, REQUESTER, Cell, person_keys, subjects
from alpr_policy.model.profile import EntityType, FactExtension, Profile
from alpr_policy.model.words import DERIVATIONS, words_of
from alpr_policy.source import Span
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import VOCABULARY, FactKind

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
    for name, kind in profile.entities.items():
        if name in TAKEN:
            yield Diagnostic("taken-type", f"`{name}` cannot be a type of its own", kind.span, "choose another name")
        for one, row in kind.known.items():
            for word, cell in row.items():
                yield from _cell(profile, (name, kind), (one, word), cell)
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


def _cell(profile: Profile, kind: tuple[str, EntityType], at: tuple[str, str], cell: Cell) -> Iterator[Diagnostic]:
    """Look at one value of one row: which fact it is of, and whether it fits."""
    (name, entity), (one, word) = kind, at
    place = entity.spans.get(f"{one}\n{word}", entity.span)
    owners = (name, REQUESTER) if entity.subject else (name,)
    facts = [f"{owner}.{word}" for owner in owners if f"{owner}.{word}" in profile.facts]
    if not facts:
        known = [fact.partition(".")[2] for fact in profile.facts if fact.partition(".")[0] in owners]
        help = did_you_mean(word, known) or f"declare `{owners[-1]}.{word}` under `facts`"
        yield Diagnostic("unknown-fact", f"`{word}` is not a fact of `{name}`", place, help)
    for fact in facts:
        type = profile.facts[fact].type or ""
        if type in DERIVATIONS and (type != "count" or profile.facts[fact].of):
            told = f"`{fact}` is worked out, so no list can say it"
            yield Diagnostic("bad-row", told, place, "list what it is worked out from")
        elif type == RELATION:
            yield from _members(profile, entity, at, cell)
        else:
            yield from _value(profile, fact, cell, lambda text: entity.spans.get(f"{one}\n{word}\n{text}", place))


def _members(profile: Profile, entity: EntityType, at: tuple[str, str], cell: Cell) -> Iterator[Diagnostic]:
    keys, (one, word) = person_keys(profile), at
    if not isinstance(cell, tuple):
        place = entity.spans.get(f"{one}\n{word}", entity.span)
        yield Diagnostic("bad-row", f"`{word}` is a relation, so it takes a list of ids", place, "put them in brackets")
        return
    for member in cell:
        place = entity.spans.get(f"{one}\n{word}\n{member}", entity.span)
        found = keys.get(member, []) if isinstance(member, str) else []
        if not found:
            help = did_you_mean(str(member), keys) or "list it under a type with `subject: true`"
            yield Diagnostic("unknown-subject", f"`{member}` is not among those who act", place, help)
        elif len(found) > 1:
            kinds = " and ".join(f"`{key[0]}`" for key in found)
            yield Diagnostic("unknown-subject", f"`{member}` is listed as {kinds}", place, "give each an id of its own")


def _value(profile: Profile, name: str, cell: Cell, place: Callable[[str], Span]) -> Iterator[Diagnostic]:
    words = words_of(profile)
    fact = words.facts[name]
    known, several = words.values_of(fact), fact.kind is FactKind.SET
    if cell is None:
        return
    if isinstance(cell, tuple) is not several:
        told = f"`{name}` takes {'a list' if several else 'one value'}, not {'one value' if several else 'a list'}"
        help = "put it in brackets" if several else "write one value"
        yield Diagnostic("bad-row", told, place("" if isinstance(cell, tuple) else _shown(cell)), help)
        return
    for one in cell if isinstance(cell, tuple) else (cell,):
        if not _fits(fact.kind, one):
            told = f"`{name}` is {WANTED[fact.kind]}, not `{_shown(one)}`"
            bare = fact.kind in (FactKind.BOOL, FactKind.COUNT) and one in ("true", "false")
            bare = bare or (fact.kind is FactKind.COUNT and isinstance(one, str) and one.isdecimal())
            yield Diagnostic("bad-row", told, place(_shown(one)), "take the quotes away" if bare else "")
        elif known and one not in known:
            message = f"`{one}` is not a value of `{name}`"
            yield Diagnostic("unknown-value", message, place(_shown(one)), did_you_mean(str(one), known))


def _shown(value: Plain) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


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
