"""What the words of AuthZEN can mean under the policies that bind a caller: which facts, persons, things and acts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from alpr_policy.model.listing import ACTION, REQUESTER_TYPE, subjects
from alpr_policy.model.profile import Profile
from alpr_policy.model.words import words_of
from alpr_policy.reading.catalog import Catalog
from alpr_policy.vocabulary import VOCABULARY

PERSONS: Final = frozenset({"user", "officer", "person", "employee", "requester"})
"""Types of subjects whose id says who does the act, where policies are about plate readers."""
MOST_KEPT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of some policies together.

    `own` holds the facts that a property without a dot may give, by what they are of and by their last word; what is of
    the act stands under an empty name. `persons` are the types of subjects whose id says who does the act; `typed` says
    that their type is a fact. `listed` holds, by type, the ids that policies about other things list.
    """

    own: Mapping[str, Mapping[str, str]]
    persons: frozenset[str]
    actions: tuple[str, ...]
    typed: bool = False
    listed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _own(facts: Iterable[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name in facts:
        before, _, last = name.rpartition(".")
        found.setdefault(before, {})[last] = name
    found[""] = {**found.get(ACTION, {}), **found.get("", {})}
    return found


ABOUT_READERS: Final = Words(own=_own(VOCABULARY.facts), persons=PERSONS, actions=tuple(sorted(VOCABULARY.actions)))


class Speaking:
    """Finds the words of departments, and keeps them for as long as the catalog is the same."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: tuple[Catalog | None, dict[tuple[str, ...], Words]] = (None, {})

    def of(self, catalog: Catalog, departments: Iterable[str]) -> Words:
        """Return the words of some departments together, in all versions of their texts."""
        names = tuple(departments)
        of, kept = self._kept
        if of is not catalog:
            kept = {}
            self._kept = (catalog, kept)
        found = kept.get(names)
        if found is None:
            found = _words(tuple(one for name in names for one in catalog.versions.get(name, ())))
            if len(kept) < MOST_KEPT:
                kept[names] = found
        return found


def _words(profiles: tuple[Profile, ...]) -> Words:
    generic = [one for one in profiles if one.is_generic]
    acts = {name for one in profiles for name in words_of(one).actions}
    if not generic:
        return Words(own=ABOUT_READERS.own, persons=PERSONS, actions=tuple(sorted({*VOCABULARY.actions, *acts})))
    facts = {name for one in generic for name in words_of(one).facts}
    persons = {name for one in generic for name in subjects(one)}
    if len(generic) < len(profiles):
        facts |= VOCABULARY.facts.keys()
        persons |= PERSONS
        acts |= VOCABULARY.actions.keys()
    listed: dict[str, set[str]] = {}
    for one in generic:
        for name, kind in one.entities.items():
            listed.setdefault(name, set()).update(kind.known)
    return Words(
        own=_own(facts),
        persons=frozenset(persons),
        actions=tuple(sorted(acts)),
        typed=REQUESTER_TYPE in facts,
        listed={name: tuple(sorted(ids)) for name, ids in listed.items()},
    )
