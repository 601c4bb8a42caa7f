"""The one vocabulary: schema, documentation, columns and test generators are made from it (language.md §9)."""

from __future__ import annotations

from alpr_policy.vocabulary.actions import ACTIONS, GROUPS, HUMAN_ACTIONS, MACHINE_ACTIONS, STORED
from alpr_policy.vocabulary.facts import FACTS
from alpr_policy.vocabulary.lists import LISTS
from alpr_policy.vocabulary.types import Action, Fact, FactKind, Personal, Vocabulary

VOCABULARY = Vocabulary(actions=ACTIONS, groups=GROUPS, facts=FACTS, lists=LISTS)

__all__ = [
    "HUMAN_ACTIONS",
    "MACHINE_ACTIONS",
    "STORED",
    "VOCABULARY",
    "Action",
    "Fact",
    "FactKind",
    "Personal",
    "Vocabulary",
]
