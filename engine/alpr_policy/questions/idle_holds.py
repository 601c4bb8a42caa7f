"""Legal holds that keep nothing under a department's policy, since no statement in it knows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from alpr_policy.ir.lower import lower
from alpr_policy.ir.nodes import HoldSpec
from alpr_policy.model.profile import Profile
from alpr_policy.questions.holds import LegalHold, goes_on
from alpr_policy.questions.own_words import plainly
from alpr_policy.vocabulary import VOCABULARY


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleHold:
    """A hold that goes on and under which nothing stays, and why."""

    id: str
    why: str


def idle_holds(texts: Iterable[Profile], holds: Iterable[LegalHold], at: dt.datetime) -> tuple[IdleHold, ...]:
    """Return the holds that go on at `at` and that none of the texts that bind knows by basis and role.

    A basis that is no word of the language is not among them: what it means is unknown, and what it may hold stays.
    """
    specs = [spec for text in texts for spec in lower(text).specs.values() if isinstance(spec, HoldSpec)]
    found = []
    for hold in holds:
        same = [spec for spec in specs if spec.basis == hold.basis]
        if not goes_on(hold, at) or (specs and hold.basis not in VOCABULARY.lists["hold_bases"]):
            continue
        roles = {one.role for spec in same for decider in spec.by for one in (decider, decider.if_absent) if one}
        if not same:
            found.append(IdleHold(id=hold.id, why=f"the policy has no hold on the basis `{hold.basis}`"))
        elif hold.role not in roles and all(spec.by for spec in same):
            those = ", ".join(plainly(role) for role in sorted(roles))
            found.append(IdleHold(id=hold.id, why=f"the policy lets only these place it: {those}"))
    return tuple(found)
