"""Small invented policies about other things: types, relations and lists by chance, and statements of most kinds."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from tests.laws.small_author import ROLES, Author, Raw
from tests.laws.small_profiles import KINDS, declared_roles, texts_in, write_yaml

from alpr_policy.model.profile import Profile
from alpr_policy.model.words import words_of
from alpr_policy.reading.profiles import parse_profile

ACTS = ("look", "alter", "box.open", "box.close")
FACTS: Raw = {
    "requester.grade": {"type": "enum", "values": ["junior", "senior"]},
    "requester.joined": {"type": "time"},
    "requester.served": {"type": "age", "of": "requester.joined"},
    "paper.state": {"type": "enum", "values": ["draft", "final", "void"]},
    "paper.marks": {"type": "set", "values": ["red", "blue"]},
    "paper.pages": {"type": "count"},
    "paper.author": {"type": "text", "personal": "person"},
    "paper.reader": {"type": "relation"},
    "paper.own": {"type": "same_person", "of": ["requester.id", "paper.author"]},
    "box.keeper": {"type": "relation"},
    "box.sealed": {"type": "bool", "actions": ["box.open", "box.close"]},
    "action.gently": {"type": "bool"},
}
# Whoever asks in the laws (`officer-7`, `deputy-1`) is among those that may be listed.
PEOPLE, MACHINES = ("officer-7", "deputy-1", "clerk-2"), ("printer-1", "some-1")
# What an invented profile about plate readers takes from the language, this one has to declare.
LISTS: Raw = {
    "topics": ["emergency", "alert_exception", "other"],
    "tasks": ["verify_status", "audit", "report", "log_entry"],
    "events": ["shift_started"],
    "documents": ["memorandum", "warrant", "letter"],
    "document_fields": ["agency", "purpose"],
    "checks": ["visual", "status", "other"],
    "check_parts": ["characters", "state", "entry"],
    "sources": ["cjis", "rms", "other"],
    "covers": ["access", "hits"],
    "purposes": ["criminal_investigation", "routine_patrol", "other"],
}
MADE = tuple(kind for kind in KINDS if kind not in ("retention", "another retention", "hold"))


class GenericAuthor(Author):
    """Writes one policy about papers and boxes."""

    common = (*FACTS, "requester.acts_as")

    def __init__(self, rng: random.Random, prefix: str) -> None:
        super().__init__(rng, prefix)
        self.theme = ACTS
        self.actions = rng.sample(ACTS, rng.choice((1, 2, 3)))
        self.entities = self._entities()
        self.words = words_of(parse_profile(write_yaml(self.whole({}))))

    def on(self, pool: tuple[str, ...] = ACTS) -> list[str]:
        """Choose the actions of a statement among those of the profile."""
        return super().on(ACTS)

    def _entities(self) -> Raw:
        """Draw lists in which some rows say much, some little, and some ids are missing."""
        rng = self.rng
        two = rng.random() < 0.4
        people = {one: self._row("requester") for one in rng.sample(PEOPLE, rng.choice((1, 2, 3)))}
        machines = {one: self._row("requester") for one in rng.sample(MACHINES, rng.choice((1, 2)))}
        members = [*people, *(machines if two else ())]
        papers = {one: self._row("paper", members) for one in rng.sample(("some-1", "some-2", "p-3"), 2)}
        boxes = {one: self._row("box", members) for one in rng.sample(("some-1", "b-2"), rng.choice((0, 1, 2)))}
        acting: Raw = {"person": {"subject": True, "known": people}}
        acting |= {"machine": {"subject": True, "known": machines}} if two else {}
        return acting | {"paper": {"known": papers}, "box": {"known": boxes} if boxes else {}}

    def _row(self, owner: str, members: list[str] | None = None) -> Raw:
        rng = self.rng
        row: Raw = {}
        for name, fact in FACTS.items():
            kind = fact["type"]
            if name.partition(".")[0] != owner or kind in ("age", "same_person") or rng.random() < 0.35:
                continue
            if kind != "relation" and rng.random() < 0.1:
                row[name.partition(".")[2]] = None
                continue
            row[name.partition(".")[2]] = {
                "enum": lambda fact=fact: rng.choice(fact["values"]),
                "set": lambda fact=fact: rng.sample(fact["values"], rng.choice((0, 1, 2))),
                "count": lambda: rng.choice((1, 2, 3)),
                "text": lambda: rng.choice(PEOPLE),
                "time": lambda: rng.choice((dt.date(2025, 5, 4), dt.date(2026, 5, 3))),
                "bool": lambda: rng.random() < 0.5,
                "relation": lambda: rng.sample(members or [], rng.randint(0, len(members or []))),
            }[kind]()
        return row

    def whole(self, statements: dict[str, list[Raw]]) -> Raw:
        """Return a whole profile around some statements, as plain data."""
        used = set(texts_in([statements, self.parameters]))
        head: Raw = {
            "language": 1,
            "kind": "generic",
            "profile": "small",
            "department": "Small Office",
            "policy": {"title": "Invented", "number": "1", "effective": dt.date(2020, 1, 1)},
            "timezone": "America/New_York",
            "silence": self.rng.choice(("deny", "allow", {"otherwise": "deny", "allow": [self.actions[0]]})),
            "facts": FACTS,
            "actions": {act: {"means": f"{act} something"} for act in ACTS},
            "lists": LISTS,
            "entities": self.entities,
        }
        named = {"roles": declared_roles(self.rng, used)} if used & set(ROLES) else {}
        named |= {"parameters": self.parameters} if self.parameters else {}
        tail: Raw = {
            "outline": ["title", *self.clauses],
            "not_enforced": [{"cite": "title", "why": "background", "note": "x"}],
        }
        return head | named | statements | tail


def _fitted(statement: Raw) -> Raw:
    """Return a statement in the words of such a policy."""
    if statement.get("after") == "requester.trained_on":
        return {**statement, "after": "requester.joined"}
    return statement


def small_generic(rng: random.Random, prefix: str = "g") -> Profile:
    """Draw a small policy about other things and read it from its YAML; `prefix` begins the ids of its statements."""
    author = GenericAuthor(rng, prefix)
    statements: dict[str, list[Raw]] = {}
    for kind in [rng.choice(MADE) for _ in range(rng.choice((1, 2, 3, 3, 4, 5)))]:
        made: Any = KINDS[kind](author)
        for group, statement in made:
            statements.setdefault(group, []).append(_fitted(statement))
    return parse_profile(write_yaml(author.whole(statements)), "small.yaml")
