"""The kinds of word the language is made of: facts, actions and value lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property


class FactKind(StrEnum):
    """What sort of value a fact has; it decides which matchers may test it."""

    BOOL = "bool"
    ENUM = "enum"
    SET = "set"
    COUNT = "count"
    TIME = "time"
    AGE = "age"
    TEXT = "text"


UNITS = {
    FactKind.BOOL: "true or false",
    FactKind.ENUM: "one of a closed list",
    FactKind.SET: "any of a closed list",
    FactKind.COUNT: "whole number",
    FactKind.TIME: "instant with offset, or a bare date",
    FactKind.AGE: "calendar span",
    FactKind.TEXT: "text",
}


class Personal(StrEnum):
    """Why a fact is personal: it can name a plate, a person or a case, or it is free text."""

    PLATE = "plate"
    PERSON = "person"
    CASE = "case"
    FREE_TEXT = "free text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact of a request: something a person or system can record without having read the policy.

    `values` names the value list (see `Vocabulary.lists`) or holds the closed values themselves; empty means open.
    `derived_from` is empty for recorded facts. `why` is the reason for a fact that comes close to a conclusion.
    """

    name: str
    kind: FactKind
    means: str
    supplied_by: str
    values: tuple[str, ...] = ()
    list_name: str | None = None
    actions: frozenset[str] = frozenset()
    personal: Personal | None = None
    derived_from: tuple[str, ...] = ()
    why: str = ""

    @property
    def unit(self) -> str:
        """Say in what the fact is given."""
        return UNITS[self.kind]

    @property
    def ask(self) -> str:
        """Give the phrase by which a person is asked for this fact."""
        return self.means


@dataclass(frozen=True, slots=True)
class Action:
    """One kind of act that a policy may speak of."""

    name: str
    means: str


@dataclass(frozen=True)
class Vocabulary:
    """All words a profile may use. A profile extends it; Python never grows for a department."""

    actions: Mapping[str, Action]
    groups: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, Fact]
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def values_of(self, fact: Fact) -> frozenset[str]:
        """Return the closed values of an enum or set fact; empty when it is open."""
        return self.any_of(fact.list_name) if fact.list_name is not None else frozenset(fact.values)

    def any_of(self, *names: str) -> frozenset[str]:
        """Return the words of some lists together; `actions` is the list of all acts."""
        found = self._joined.get(names)
        if found is None:
            every = (self.actions if name == "actions" else self.lists.get(name, ()) for name in names)
            found = self._joined[names] = frozenset(word for words in every for word in words)
        return found

    @cached_property
    def _joined(self) -> dict[tuple[str, ...], frozenset[str]]:
        """Keep what `any_of` has worked out: it is asked for with every request."""
        return {}

    def facts_on(self, action: str) -> tuple[Fact, ...]:
        """Return the facts that belong to an action, by name."""
        return tuple(fact for _, fact in sorted(self.facts.items()) if action in fact.actions)

    def expand(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Replace group names by their actions; the result is sorted and without repeats."""
        return tuple(sorted({one for name in names for one in self.groups.get(name, (name,))}))

    def extended(
        self,
        facts: Mapping[str, Fact],
        actions: Mapping[str, Action],
        added: Mapping[str, tuple[str, ...]],
    ) -> Vocabulary:
        """Return this vocabulary with a profile's own facts, actions and list entries."""
        lists = {
            name: values + tuple(v for v in added.get(name, ()) if v not in values)
            for name, values in self.lists.items()
        }
        lists |= {name: values for name, values in added.items() if name not in lists}
        return replace(self, facts={**self.facts, **facts}, actions={**self.actions, **actions}, lists=lists)
