"""Did the statements that a test is about run at all? A test may pass though the rule it is about never did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from alpr_policy.ir.nodes import Atom, Cond, Origin, Require, Ruleset
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.parts import facts_of
from alpr_policy.meaning.truth import Truth, any3, truth
from alpr_policy.model.request import Request
from alpr_policy.vocabulary import STORED

# What a statement defines that is no gate of its own: others ask for it by this name.
GIVEN = ("approval", "check", "document", "hold", "exception")


class Reach(StrEnum):
    """How far a request came with the statements that rest on some clauses."""

    APPLIED = "applied"
    OPEN = "not known whether they apply"
    BESIDE = "do not apply"
    ELSEWHERE = "are not on this act"
    NOTHING = "no statement rests on them"


def reach(rulesets: Sequence[Ruleset], request: Request, clauses: Iterable[str]) -> Reach:
    """Return how far a request came with what rests on some clauses, in a text or any of its floors."""
    wanted = frozenset(clauses)
    here: list[Truth] = []
    known = False
    for ruleset in rulesets:
        facts = Facts(request, ruleset)

        def evaluate(cond: Cond, facts: Facts = facts) -> Truth:
            return truth(cond, lambda atom: matches(atom, facts.value(atom.fact)))

        ids = frozenset(origin.id for origin in _origins(ruleset) if _rests_on(origin, wanted))
        known = known or bool(ids)
        here += [evaluate(cond) for cond in _conditions(ruleset, request.action, ids)]
    if not here:
        return Reach.ELSEWHERE if known else Reach.NOTHING
    return {True: Reach.APPLIED, None: Reach.OPEN, False: Reach.BESIDE}[any3(here)]


def _rests_on(origin: Origin, clauses: frozenset[str]) -> bool:
    return bool(clauses & {*origin.cite, *(cite for _, _, cite in origin.items)})


def _origins(ruleset: Ruleset) -> Iterator[Origin]:
    for rule in (*ruleset.rules, *ruleset.keeps, *ruleset.freezes, *ruleset.schedules):
        yield rule.origin


def _conditions(ruleset: Ruleset, action: str, ids: frozenset[str]) -> Iterator[Cond]:
    """Yield when each statement applies on an act; one that only defines a state does where the state is read."""
    states = {f"{kind}.{name}" for kind in GIVEN for name in ids}
    for rule in ruleset.rules:
        if action in rule.actions:
            read = facts_of(rule.applies)
            if isinstance(rule, Require):
                read |= facts_of(rule.met) | facts_of(rule.excused)
            if rule.origin.id in ids or read & states:
                yield rule.applies
    for keep in ruleset.keeps if action in STORED else ():
        if keep.origin.id in ids:
            yield keep.applies
    for freeze in ruleset.freezes if action in STORED else ():
        if freeze.origin.id in ids:
            yield freeze.active
            yield from _about(freeze.active)


def _about(active: Cond) -> Iterator[Cond]:
    """Yield the rest of a hold: one that nobody placed still speaks of the data that it is about."""
    from alpr_policy.ir.nodes import TRUE, All

    parts = active.of if isinstance(active, All) else (active,)
    rest = tuple(one for one in parts if not (isinstance(one, Atom) and one.fact.startswith("hold.")))
    if len(rest) < len(parts):
        yield All(rest) if rest else TRUE
