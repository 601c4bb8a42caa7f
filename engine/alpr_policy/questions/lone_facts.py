"""Yes-or-no facts that only one statement of a profile reads: each comes close to stating that clause's conclusion.

A fact is something that can be recorded without having read the policy (design.md §4), so each must say why it is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alpr_policy.model.condition import tests_of
from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import Statement
from alpr_policy.model.words import words_of
from alpr_policy.vocabulary import FactKind

PARTS = ("when", "unless", "must", "keep_until", "purge_when", "until")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoneFact:
    """A fact that one statement reads; `why` is the recorded reason for having it, empty where none is."""

    fact: str
    statement: str
    cite: tuple[str, ...]
    why: str


def facts_read(statement: Statement) -> Iterator[str]:
    """Yield the facts that a statement's conditions test."""
    for part in PARTS:
        yield from (test.fact for test in tests_of(getattr(statement, part, None)))
    later = getattr(statement, "or_afterwards", None)
    if later is not None:
        yield from (test.fact for test in tests_of(later.when))


def lone_facts(profile: Profile) -> tuple[LoneFact, ...]:
    """Return the boolean facts that exactly one statement reads, by name."""
    readers: dict[str, list[Statement]] = {}
    for statement in profile.statements:
        for name in sorted(set(facts_read(statement))):
            readers.setdefault(name, []).append(statement)
    words = words_of(profile)
    found: list[LoneFact] = []
    for name, statements in sorted(readers.items()):
        fact = words.facts.get(name)
        if fact is None or fact.kind is not FactKind.BOOL or len(statements) > 1:
            continue
        own = profile.facts.get(name)
        derived = f"worked out from {', '.join(fact.derived_from)}" if fact.derived_from else ""
        why = (own.means or "") if own is not None else fact.why or derived
        found.append(LoneFact(fact=name, statement=statements[0].id, cite=statements[0].cite, why=why or derived))
    return tuple(found)
