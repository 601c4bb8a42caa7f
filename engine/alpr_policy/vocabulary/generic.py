"""The words with which a policy about other things begins: persons and their roles. All others it declares itself."""

from __future__ import annotations

from dataclasses import replace

from alpr_policy.vocabulary.actions import ACTIONS
from alpr_policy.vocabulary.facts import FACTS
from alpr_policy.vocabulary.lists import LISTS
from alpr_policy.vocabulary.types import Vocabulary

# What the engine itself asks of a person: who it is, and by which roles that person may decide.
PERSON = (
    "at",
    "requester.id",
    "requester.roles",
    "requester.designee_of",
    "requester.acting_as",
    "requester.acts_as",
    "roles.absent",
)
# A profile with duties has the act of reporting one, with its facts.
COMPLETING = "duty.complete"
DUTY = ("duty.task", "duty.done_by", "duty.covers")
# The outside rule book's answers are no word of plate readers.
KEPT_LISTS = ("findings",)

GENERIC = Vocabulary(
    actions={},
    groups={},
    facts={name: replace(FACTS[name], actions=frozenset()) for name in PERSON},
    lists={name: values if name in KEPT_LISTS else () for name, values in LISTS.items()},
)
WITH_DUTIES = replace(
    GENERIC,
    actions={COMPLETING: ACTIONS[COMPLETING]},
    facts={**GENERIC.facts, **{name: FACTS[name] for name in DUTY}},
)
