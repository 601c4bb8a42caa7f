"""The words of the language, or of one profile, as data for people and programs to look things up in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from alpr_policy.vocabulary import Fact, Vocabulary
from alpr_policy.vocabulary.actions import HUMAN_ACTIONS


def belongs_to_people(fact: Fact) -> bool:
    """Say whether a fact belongs to every act of a person rather than to some acts."""
    return fact.actions >= HUMAN_ACTIONS


def lists_of(facts: Iterable[Fact]) -> list[str]:
    """Return the value lists that some facts take their values from."""
    return sorted({fact.list_name for fact in facts if fact.list_name})


def fact_data(fact: Fact, words: Vocabulary) -> dict[str, Any]:
    """Return a fact as JSON data; what it does not have is left out."""
    data = {
        "name": fact.name,
        "kind": str(fact.kind),
        "unit": fact.unit,
        "list": fact.list_name,
        "values": list(words.lists.get(fact.list_name, ())) if fact.list_name else list(fact.values),
        "means": fact.means,
        "supplied_by": fact.supplied_by,
        "personal": str(fact.personal) if fact.personal else None,
        "derived_from": list(fact.derived_from),
        "why": fact.why,
        "actions": sorted(fact.actions),
    }
    return {key: value for key, value in data.items() if value}


def action_data(name: str, words: Vocabulary) -> dict[str, Any]:
    """Return an action, its meaning and its groups as JSON data."""
    groups = sorted(group for group, members in words.groups.items() if name in members)
    return {"name": name, "means": words.actions[name].means, "groups": groups}


def vocabulary_data(words: Vocabulary, action: str | None = None, *, lists: bool = False) -> dict[str, Any]:
    """Return the value lists, the facts of one action or group, or all actions and groups."""
    if lists:
        return {"lists": {name: list(values) for name, values in sorted(words.lists.items())}}
    if action is None:
        return {
            "actions": [action_data(name, words) for name in sorted(words.actions)],
            "groups": {name: list(members) for name, members in sorted(words.groups.items())},
        }
    members = set(words.groups.get(action, (action,)))
    facts = [fact for _, fact in sorted(words.facts.items()) if fact.actions & members]
    subject = {"group": action} if action in words.groups else action_data(action, words)
    return {**subject, "facts": [fact_data(fact, words) for fact in facts]}
