"""Whether the words in a request's records are known: one that is misspelt might be the one that forbids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from alpr_policy.meaning.typed import read_value
from alpr_policy.model.values import Gap, Unknown
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import Vocabulary

if TYPE_CHECKING:
    from alpr_policy.meaning.facts import Facts

# Only words that could hide a refusal, a failure, a hold or an event: another word that nobody knows grants nothing.
TELLING: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "approvals": (("topic", ("topics", "actions")),),
    "checks": (("check", ("checks",)), ("part", ("check_parts",))),
    "documents": (),
    "holds": (("basis", ("hold_bases",)),),
    "events": (("event", ("events", "actions")),),
}


def telling_words(words: Vocabulary) -> frozenset[str]:
    """Return all words that may stand at a telling place, for profiles that judge the same request."""
    return words.any_of(*sorted({name for fields in TELLING.values() for _, names in fields for name in names}))


def known_words(words: Vocabulary) -> dict[str, frozenset[str]]:
    """Return, for each field of a record that must not be misspelt, the words that a profile knows for it."""
    return {field: words.any_of(*lists) for fields in TELLING.values() for field, lists in fields}


def misspelt(kind: str, records: Iterable[object], words: Vocabulary, elsewhere: frozenset[str]) -> Unknown | None:
    """Return why a list cannot be relied on: a word in it that neither this profile nor another one knows."""
    for field, lists in TELLING[kind]:
        known = words.any_of(*lists)
        for record in records:
            word = getattr(record, field)
            if word is not None and word not in known and word not in elsewhere:
                hint = did_you_mean(word, known)
                told = f"`{word[:60]}` is not known as `{field}`, so all `{kind}` are unknown"
                return Unknown(Gap.INVALID, told + (f"; {hint}" if hint else ""))
    return None


def strange_scopes(facts: Facts) -> tuple[str, ...]:
    """Return what is wrong with the scopes of records: a fact nobody knows, or a value it cannot have."""
    words = facts.ruleset.vocabulary
    found: list[str] = []
    for kind in ("approvals", "holds"):
        for record in getattr(facts.request, kind) or ():
            for name, value in sorted(record.scope.items()):
                fact = words.facts.get(name)
                read = None if fact is None else read_value(fact, value, words)
                if fact is None:
                    hint = did_you_mean(name, words.facts)
                    told = f"the scope of a record names `{name[:60]}`, which is not a fact"
                    found.append(told + (f"; {hint}" if hint else ""))
                elif isinstance(read, Unknown) and read.gap is Gap.INVALID:
                    found.append(f"the scope of a record: {read.detail}")
    return tuple(dict.fromkeys(found))
