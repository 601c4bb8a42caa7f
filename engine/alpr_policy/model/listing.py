"""What a policy about other things lists of its persons and things: facts worked out by looking an id up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from alpr_policy.model.condition import Plain
from alpr_policy.model.profile import EntityType, Profile

REQUESTER = "requester"
REQUESTER_ID = "requester.id"
REQUESTER_TYPE = "requester.type"
RELATION = "relation"
ACTION = "action"
Cell = Plain | tuple[Plain, ...]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One fact as the lists of a profile give it.

    `thing` are the facts by which the row is found, `rows` what each row says. Of a `relation` a row holds the keys of
    those who stand in it, and `person` are the facts by which the requester is found among them.
    """

    thing: tuple[str, ...]
    person: tuple[str, ...] = ()
    rows: Mapping[Key, Cell | frozenset[Key]] = field(default_factory=dict, hash=False)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the facts it is worked out from."""
        return tuple(dict.fromkeys((*self.thing, *self.person)))


def subjects(profile: Profile) -> dict[str, EntityType]:
    """Return the types of those who act."""
    return {name: one for name, one in profile.entities.items() if one.subject}


def person_inputs(profile: Profile) -> tuple[str, ...]:
    """Return the facts that say who the requester is: with several types of those who act, the type as well."""
    return (REQUESTER_TYPE, REQUESTER_ID) if len(subjects(profile)) > 1 else (REQUESTER_ID,)


def person_keys(profile: Profile) -> dict[str, list[Key]]:
    """Return, for each id of one who acts, how it is looked up; more than one where two types have the same id."""
    several = len(subjects(profile)) > 1
    found: dict[str, list[Key]] = {}
    for name, kind in subjects(profile).items():
        for one in kind.known:
            found.setdefault(one, []).append((name, one) if several else (one,))
    return found


def things(profile: Profile) -> tuple[str, ...]:
    """Return the types of which an act may be done on one: those who act only where a fact speaks of them so."""
    spoken = {name.partition(".")[0] for name in profile.facts}
    return tuple(name for name, kind in profile.entities.items() if not kind.subject or name in spoken)


def listings(profile: Profile) -> dict[str, Listing]:
    """Return each declared fact that the lists speak of, with what they say; every relation is among them."""
    keys = person_keys(profile)
    found: dict[str, Listing] = {}
    for name, fact in profile.facts.items():
        owner, _, word = name.partition(".")
        if fact.type == RELATION:
            members = {key: frozenset(_members(cell, keys)) for key, cell in _rows(profile, owner, word)}
            found[name] = Listing(thing=(f"{owner}.id",), person=person_inputs(profile), rows=members)
        elif told := dict(_rows(profile, owner, word)):
            thing = person_inputs(profile) if owner == REQUESTER else (f"{owner}.id",)
            found[name] = Listing(thing=thing, rows=told)
    return found


def _rows(profile: Profile, owner: str, word: str) -> Iterator[tuple[Key, Cell]]:
    kinds = subjects(profile) if owner == REQUESTER else {owner: profile.entities.get(owner, EntityType())}
    several = owner == REQUESTER and len(kinds) > 1
    for kind, entities in kinds.items():
        for one, row in entities.known.items():
            if word in row:
                yield ((kind, one) if several else (one,)), row[word]


def _members(cell: Cell, keys: Mapping[str, list[Key]]) -> Iterator[Key]:
    for one in cell if isinstance(cell, tuple) else (cell,):
        yield from keys.get(str(one), ())
