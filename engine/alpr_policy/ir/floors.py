"""A profile under a floor: retention takes the later floor and the earlier ceiling of both (language.md §3)."""

from __future__ import annotations

import dataclasses

from alpr_policy.ir.nodes import All, Any, Atom, Cond, Freeze, Keep, Not, Ruleset, Sure


def under_floor(profile: Ruleset, floor: Ruleset) -> Ruleset:
    """Return `profile` with the floor's retention statements and holds beside its own."""
    prefix = f"{floor.profile}/"
    specs = {prefix + name: dataclasses.replace(spec, name=prefix + name) for name, spec in floor.specs.items()}
    names = frozenset(floor.specs)
    keeps = tuple(_keep(keep, names, prefix) for keep in floor.keeps)
    freezes = tuple(Freeze(origin=f.origin, active=renamed(f.active, names, prefix)) for f in floor.freezes)
    facts = {**floor.vocabulary.facts, **profile.vocabulary.facts}
    return dataclasses.replace(
        profile,
        keeps=profile.keeps + keeps,
        freezes=profile.freezes + freezes,
        specs={**profile.specs, **specs},
        vocabulary=dataclasses.replace(profile.vocabulary, facts=facts),
        roles={**floor.roles, **profile.roles},
    )


def _keep(keep: Keep, names: frozenset[str], prefix: str) -> Keep:
    return dataclasses.replace(
        keep,
        applies=renamed(keep.applies, names, prefix),
        unreached=renamed(keep.unreached, names, prefix),
        passed=renamed(keep.passed, names, prefix),
    )


def renamed(cond: Cond, names: frozenset[str], prefix: str) -> Cond:
    """Return a condition whose derived facts carry the floor's name, so that two profiles never share a state."""
    match cond:
        case Atom(fact=fact):
            return dataclasses.replace(cond, fact=prefix + fact) if fact in names else cond
        case All(of=parts):
            return All(tuple(renamed(part, names, prefix) for part in parts))
        case Any(of=parts):
            return Any(tuple(renamed(part, names, prefix) for part in parts))
        case Not(of=part):
            return Not(renamed(part, names, prefix))
        case Sure(of=part):
            return Sure(renamed(part, names, prefix))
        case _:
            return cond
