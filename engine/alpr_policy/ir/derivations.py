"""The facts that a profile derives by the closed catalogue, and the defects of typed reasons (language.md §9.6)."""

from __future__ import annotations

from collections.abc import Collection

from alpr_policy.ir.nodes import DerivedSpec
from alpr_policy.model.listing import listings
from alpr_policy.model.profile import Profile
from alpr_policy.model.words import DERIVATIONS, REASON_DEFECTS, REASON_INPUTS


def derived_specs(profile: Profile, events: Collection[str]) -> dict[str, DerivedSpec]:
    """Return how each derived fact of a profile's own is worked out; `events` are the names of events it knows."""
    found: dict[str, DerivedSpec] = {}
    if profile.reasons is not None:
        found[REASON_DEFECTS] = DerivedSpec(
            name=REASON_DEFECTS, function="defects", of=REASON_INPUTS, words=profile.reasons
        )
    for name, fact in profile.facts.items():
        function = fact.type or ""
        sources = tuple(s for s in (*fact.of, fact.since, fact.to) if s)
        if function in DERIVATIONS and sources:
            supplied = bool(fact.same) or sources[0] not in events
            found[name] = DerivedSpec(
                name=name, function=function, of=sources, role=fact.role, within=fact.within, supplied=supplied
            )
    if profile.is_generic:
        for name, listing in listings(profile).items():
            found[name] = DerivedSpec(name=name, function="listed", of=listing.inputs, listing=listing)
    return found
