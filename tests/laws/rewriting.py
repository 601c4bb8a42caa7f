"""Profiles made of other profiles: statements added, left out, made advice, put in another order, dated anew."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable, Mapping
from typing import Any

from tests.laws.subjects import Text

from alpr_policy import PolicyDecisionPoint, Profile
from alpr_policy.model.profile import FactExtension, Silence
from alpr_policy.model.statements import Approval, Check, Document, Prohibition
from alpr_policy.reading.catalog import Catalog

# The kinds of statement by which a profile asks for more, and those that may be advice.
ASKING = ("requirements", "approvals", "checks", "documents")
ADVISABLE = ("prohibitions", *ASKING)
KINDS = ("permissions", *ADVISABLE, "retention", "holds", "duties")


def text_of(profile: Profile, beside: Catalog) -> Text:
    """Put a rewritten profile in the place of its original, beside all others that a catalog holds."""
    return Text(Catalog({**beside.versions, profile.profile: (profile,)}), profile)


def point(*versions: Profile) -> PolicyDecisionPoint:
    """Return a decision point over the versions of one profile alone, in order of their dates."""
    return PolicyDecisionPoint(Catalog({versions[0].profile: versions}))


def joined(profile: Profile, other: Profile, kinds: Iterable[str], **changed: Any) -> Profile:
    """Add another profile's statements of some kinds, with some fields changed, and the names that they use."""
    parts: dict[str, Any] = {
        kind: (*getattr(profile, kind), *(dataclasses.replace(s, **changed) for s in getattr(other, kind)))
        for kind in kinds
    }
    for names in ("roles", "terms", "parameters"):
        parts[names] = {**getattr(other, names), **getattr(profile, names)}
    return dataclasses.replace(profile, facts=_facts(profile.facts, other.facts), **parts)


def _facts(ours: Mapping[str, FactExtension], theirs: Mapping[str, FactExtension]) -> dict[str, FactExtension]:
    """Join the own facts of two profiles; one that both have belongs to the actions of both."""
    found = {**theirs, **ours}
    for name in ours.keys() & theirs.keys():
        actions = tuple(sorted({*ours[name].actions, *theirs[name].actions}))
        found[name] = dataclasses.replace(ours[name], actions=actions)
    return found


def silent(profile: Profile, otherwise: str) -> Profile:
    """Say of all acts what silence means."""
    return dataclasses.replace(profile, silence=Silence(otherwise=otherwise))


def banned(profile: Profile, action: str) -> Profile:
    """Ban one act without condition."""
    ban = Prohibition(id="banned", cite=("title",), action=(action,))
    return dataclasses.replace(profile, prohibitions=(*profile.prohibitions, ban))


def advised(profile: Profile) -> Profile:
    """Turn every statement that may be advice into advice."""
    parts: dict[str, Any] = {
        kind: tuple(dataclasses.replace(s, force="should") for s in getattr(profile, kind)) for kind in ADVISABLE
    }
    return dataclasses.replace(profile, **parts)


def without_advice(profile: Profile) -> Profile:
    """Leave out all advice; of an approval, check or document the derived fact stays, since conditions may read it."""
    parts: dict[str, Any] = {}
    for kind in ADVISABLE:
        kept = []
        for statement in getattr(profile, kind):
            if statement.force == "must":
                kept.append(statement)
            elif isinstance(statement, Approval | Check | Document):
                kept.append(dataclasses.replace(statement, gate=False))
        parts[kind] = tuple(kept)
    return dataclasses.replace(profile, **parts)


def shuffled(profile: Profile, rng: random.Random) -> Profile:
    """Put the statements of each kind in another order, and the named parts too."""
    parts: dict[str, Any] = {
        kind: tuple(rng.sample(getattr(profile, kind), len(getattr(profile, kind)))) for kind in KINDS
    }
    for names in ("roles", "terms", "parameters", "facts"):
        known = getattr(profile, names)
        parts[names] = {name: known[name] for name in rng.sample(sorted(known), len(known))}
    return dataclasses.replace(profile, **parts)
