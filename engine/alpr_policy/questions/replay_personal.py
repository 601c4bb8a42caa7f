"""A decision of a replay without what could tell of persons: for reports that go further than the log may."""

from __future__ import annotations

import dataclasses
from typing import Final

from alpr_policy.model.decision import Decision, FactSeen, Reason, TraceLine
from alpr_policy.model.values import Gap
from alpr_policy.vocabulary import VOCABULARY, FactKind

HIDDEN: Final = "(not shown)"
# What the value of a fact that nobody's vocabulary describes may say and tell nothing of a person.
PLAIN: Final = frozenset({"true", "false", "none", *(f"unknown ({gap})" for gap in Gap)})
# These are states of records, whose names come from the policy and whose values from the language.
STATES: Final = ("approval.", "check.", "document.", "exception.", "hold.", "event.")


def shown(decision: Decision, *, with_personal: bool) -> Decision:
    """Return a decision for a report: `with_personal` as it is, else without personal values, faults and the id.

    A fact of a profile's own may hold anything, so its value is shown only where it is yes, no, none or unknown. What
    is wrong with a request quotes it, and is counted instead.
    """
    if with_personal:
        return decision
    return dataclasses.replace(
        decision,
        reasons=tuple(_reason(one) for one in decision.reasons),
        trace=tuple(_line(one) for one in decision.trace),
        faults=(f"{len(decision.faults)} {HIDDEN}",) if decision.faults else (),
        request_id=None,
    )


def _reason(one: Reason) -> Reason:
    text = None if one.kind == "system" else one.text
    return dataclasses.replace(one, facts=tuple(_fact(fact) for fact in one.facts), text=text)


def _line(one: TraceLine) -> TraceLine:
    return dataclasses.replace(one, facts=tuple(_fact(fact) for fact in one.facts))


def _fact(one: FactSeen) -> FactSeen:
    plain = one.value in PLAIN
    fact = VOCABULARY.facts.get(one.fact)
    told = fact.personal is None and fact.kind is not FactKind.TEXT if fact else one.fact.startswith(STATES)
    if plain or (told and one.personal is None):
        return one
    return dataclasses.replace(one, value=HIDDEN)
