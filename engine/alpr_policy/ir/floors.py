"""A profile under a floor: retention takes the later floor and the earlier ceiling of both (language.md §3)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from alpr_policy.ir.nodes import All, Any, Atom, Cond, Freeze, Keep, Not, Ruleset, Sure


def under_floor(profile: Ruleset, floor: Ruleset) -> Ruleset:
    """Return `profile` with the floor's retention statements and holds beside its own."""
    prefix = f"{floor.profile}/"
    specs = {prefix + name: dataclasses.replace(spec, name=prefix + name) for name, spec in floor.specs.items()}
    # So that two profiles never share a state.
    names = {name: prefix + name for name in floor.specs}
    keeps = tuple(_keep(keep, names) for keep in floor.keeps)
    freezes = tuple(Freeze(origin=f.origin, active=renamed(f.active, names)) for f in floor.freezes)
    facts = {**floor.vocabulary.facts, **profile.vocabulary.facts}
    return dataclasses.replace(
        profile,
        keeps=profile.keeps + keeps,
        freezes=profile.freezes + freezes,
        specs={**profile.specs, **specs},
        vocabulary=dataclasses.replace(profile.vocabulary, facts=facts),
        roles={**floor.roles, **profile.roles},
    )


def _keep(keep: Keep, names: Mapping[str, str]) -> Keep:
    return dataclasses.replace(
        keep,
        applies=renamed(keep.applies, names),
        unreached=renamed(keep.unreached, names),
        passed=renamed(keep.passed, names),
    )


def renamed(cond: Cond, names: Mapping[str, str]) -> Cond:
    """Return a condition that reads other facts in place of those named."""
    match cond:
        case Atom(fact=fact):
            return dataclasses.replace(cond, fact=names[fact]) if fact in names else cond
        case All(of=parts):
            return All(tuple(renamed(part, names) for part in parts))
        case Any(of=parts):
            return Any(tuple(renamed(part, names) for part in parts))
        case Not(of=part):
            return Not(renamed(part, names))
        case Sure(of=part):
            return Sure(renamed(part, names))
        case _:
            return cond
