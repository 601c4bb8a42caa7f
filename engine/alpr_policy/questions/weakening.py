"""Whether a profile is anywhere laxer than its floor: by finding a case, or by having looked at all of them.

The profile is looked at alone. Each rule of the floor is held against the profile on the same act, by the search that
compares any two texts. What is not decided in time, or hangs on longer lists of records than are tried, is *not
compared*, and is counted; so are retention statements of another kind.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass

from alpr_policy.durations import compare
from alpr_policy.errors import Diagnostic
from alpr_policy.evaluators.symbolic.classes import Space
from alpr_policy.evaluators.symbolic.duel import Bound, Ground
from alpr_policy.evaluators.symbolic.gates import Gate
from alpr_policy.evaluators.symbolic.instants import Instants
from alpr_policy.evaluators.symbolic.parts import Part, request_of
from alpr_policy.evaluators.symbolic.sights import shape
from alpr_policy.ir.nodes import FALSE, Keep, Ruleset
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.parts import facts_of, value_text
from alpr_policy.model.profile import Profile
from alpr_policy.questions.compare import SECONDS
from alpr_policy.source import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Weakening:
    """Where the profile is laxer than its floor, and which rules of the floor could not be compared."""

    diagnostics: tuple[Diagnostic, ...]
    not_compared: tuple[str, ...]


def weakening(profile: Profile, ruleset: Ruleset, floor: Ruleset) -> Weakening:
    """Hold a profile against its floor."""
    found: list[Diagnostic] = []
    skipped: list[str] = []
    place = profile.spans.get("floor", NOWHERE)
    # The silence of a floor never counts.
    spoken = dataclasses.replace(floor, silence_allows=frozenset(floor.vocabulary.actions))
    actions = sorted({act for rule in floor.rules for act in rule.actions})
    looked = Instants((ruleset, spoken), actions)
    for action in actions:
        own, above = looked.gates.of((ruleset,), action, 0), looked.gates.of((spoken,), action, 1)
        alike = {shape(looked.usual, gate) for gate in own}
        binding = [gate for gate in above if gate.origin is not None and shape(looked.usual, gate) not in alike]
        grounds = [Ground(space, (*own, *binding), action) for space in looked.of((*own, *binding))] if binding else []
        for gate in binding:
            case = _laxer(gate, own, grounds)
            if isinstance(case, Mapping):
                found.append(_weaker(gate, action, floor, case, place))
            elif not case:
                skipped.append(f"{_named(gate)} on {action}")
    for keep in floor.keeps:
        problem = _laxer_period(keep, ruleset)
        skipped += [keep.origin.id] if problem is None else []
        found += [Diagnostic("weaker-than-floor", problem, place, "tighten the period")] if problem else []
    skipped += [
        freeze.origin.id for freeze in floor.freezes if freeze.active not in [f.active for f in ruleset.freezes]
    ]
    return Weakening(tuple(found), tuple(dict.fromkeys(skipped)))


def _named(gate: Gate) -> str:
    return gate.origin.id if gate.origin is not None else gate.kind


def _weaker(gate: Gate, action: str, floor: Ruleset, case: Mapping[str, str], place: Span) -> Diagnostic:
    shown = ", ".join(f"{name} = {value}" for name, value in sorted(case.items()))
    message = f"on `{action}` this profile is laxer than `{_named(gate)}` of its floor `{floor.profile}`: {shown}"
    return Diagnostic("weaker-than-floor", message, place, "tighten the profile; a floor may not be weakened")


def _laxer(gate: Gate, own: tuple[Gate, ...], grounds: list[Ground]) -> Mapping[str, str] | bool:
    """Return what a rule of the floor reads in a case where it binds and the profile is laxer.

    True where there is none, False where that is not decided.
    """
    decided = True
    for ground in grounds:
        for wanted in sorted({level for level in gate.levels if level}, reverse=True):
            bounds = [Bound(gate, wanted, 2), *(Bound(one, 0, wanted - 1) for one in own)]
            answer = ground.find(bounds, time.process_time() + SECONDS)
            if answer.part is not None:
                return _read(gate, ground.space, ground.action, answer.part)
            decided = decided and answer.why is None and not answer.bounded
    return decided


def _read(gate: Gate, space: Space, action: str, part: Part) -> dict[str, str]:
    """Return the facts that a rule reads, as they are in a case."""
    facts = Facts(request_of(action, space.at, part), space.views[gate.view])
    return {name: value_text(facts.value(name)) for name in facts_of(gate.cond)}


def _laxer_period(keep: Keep, ruleset: Ruleset) -> str | None:
    """Say how the profile's periods together undercut the floor's, '' where they do not; None: not compared."""
    same = [own for own in ruleset.keeps if own.applies == keep.applies and own.clock == keep.clock]
    conditional = (keep.unreached != FALSE and keep.floor is None) or (keep.passed != FALSE and keep.ceiling is None)
    if any((own.never, own.unreached, own.passed) == (keep.never, keep.unreached, keep.passed) for own in same):
        return ""
    if not same or conditional:
        return None
    if keep.never:
        return "" if any(own.never for own in same) else f"the floor's `{keep.origin.id}` lets no such data be here"
    orders = [compare(own.floor, keep.floor) for own in same if own.floor and keep.floor]
    if keep.floor and not any(order in (0, 1) for order in orders):
        told = f"the floor's `{keep.origin.id}` keeps data for {keep.floor}, and nothing here does"
        return None if None in orders else told
    orders = [compare(own.ceiling, keep.ceiling) for own in same if own.ceiling and keep.ceiling]
    if keep.ceiling and not any(order in (0, -1) for order in orders):
        told = f"the floor's `{keep.origin.id}` purges data after {keep.ceiling}, and nothing here does"
        return None if None in orders else told
    return ""
