"""Reasons and the facts seen in them, made ready: what does not depend on the request is put together only once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alpr_policy.ir.nodes import (
    ApprovalSpec,
    CheckSpec,
    Cond,
    DocumentSpec,
    Forbid,
    HoldSpec,
    Origin,
    Require,
    Rule,
    Ruleset,
)
from alpr_policy.meaning.parts import excusers, facts_of, place_text, value_text
from alpr_policy.model.decision import FactSeen, Reason
from alpr_policy.model.values import Gap, PartialSet, Unknown, Value
from alpr_policy.vocabulary import FactKind

Cite = tuple[str, ...]
MakeReason = Callable[..., Reason]
MOST_REASONS = 500


class Seen(dict[Any, FactSeen]):
    """A fact as it is shown, by its value: the closed values are made ready, any other is shown when it comes."""

    def __init__(self, ruleset: Ruleset, name: str) -> None:
        """Make ready what can be known of the fact called `name`."""
        super().__init__()
        fact = ruleset.vocabulary.facts.get(name)
        self.name = name
        # Equal values of these look alike; two instants may be equal and written differently.
        plain = fact is None or fact.kind in (FactKind.BOOL, FactKind.ENUM, FactKind.SET, FactKind.COUNT)
        state = isinstance(ruleset.specs.get(name), ApprovalSpec | CheckSpec | DocumentSpec | HoldSpec)
        self.can_be_kept = state or (plain and fact is not None and fact.personal is None)
        self.personal = fact.personal.value if fact is not None and fact.personal else None
        closed: list[Value] = []
        if fact is not None and fact.kind is FactKind.BOOL:
            closed = [True, False]
        elif fact is not None and fact.kind is FactKind.ENUM:
            closed = [*sorted(ruleset.vocabulary.values_of(fact))]
        for value in (*closed, None):
            self[value] = self.show(value)
        self.gaps = {gap: self.show(Unknown(gap)) for gap in Gap}

    def show(self, value: Value) -> FactSeen:
        """Show a value."""
        return FactSeen(fact=self.name, value=value_text(value), personal=self.personal)

    def __missing__(self, value: Any) -> FactSeen:
        """Show a value that was not foreseen; it is not kept, since there is no end to them."""
        return self.gaps[value.gap] if value.__class__ is Unknown else self.show(value)


def seen_in(rule: Rule) -> list[str]:
    """Return the facts that a rule's reason shows."""
    conds = (rule.applies, rule.met) if isinstance(rule, Require) else (rule.applies,)
    return named_in(*conds)


def named_in(*conds: Cond) -> list[str]:
    """Return the facts that conditions read, by name."""
    return sorted({name for cond in conds for name in facts_of(cond)})


def reason_maker(origin: Origin, effect: str, could_excuse: Cite = ()) -> MakeReason:
    """Return a function that gives the reason of one rule for its truth, the facts seen, and its clauses."""
    place = place_text(origin.place)
    profile, rule, kind, text = origin.profile, origin.id, origin.kind, origin.text
    answerable, severity, confidential = origin.answerable, origin.severity, origin.confidential

    def make(truth: str, facts: tuple[FactSeen, ...], cite: Cite = origin.cite) -> Reason:
        return Reason(
            profile=profile,
            rule=rule,
            kind=kind,
            effect=effect,
            cite=cite,
            truth=truth,
            facts=facts,
            place=place,
            text=text,
            answerable=answerable,
            severity=severity,
            confidential=confidential,
            could_excuse=could_excuse,
        )

    make.__name__ = f"reason of {rule}"
    return make


class Reasons(dict[Any, Reason]):
    """The reason of one rule by the values of the facts that it shows: few, so each is put together once and kept."""

    def __init__(self, rule: Rule, ruleset: Ruleset, truth: str, seen: list[Seen]) -> None:
        """Show facts by `seen`, in order; a single fact is its own key."""
        super().__init__()
        self.make = rule_reason(rule, ruleset)
        self.truth, self.seen = truth, seen
        # What names a person, a plate or a case is not kept beyond its request.
        self.most = MOST_REASONS if all(one.can_be_kept for one in seen) else 0
        self.listed = Clauses(rule.origin) if rule.origin.items else None
        names = [one.name for one in seen]
        self.places = [names.index(name) for name in self.listed.facts] if self.listed else []

    def __missing__(self, key: Any) -> Reason:
        """Put a reason together, and keep it unless too many came already."""
        values = key if len(self.seen) != 1 else (key,)
        facts = tuple([seen[value] for seen, value in zip(self.seen, values, strict=True)])
        if self.listed is None:
            found = self.make(self.truth, facts)
        else:
            found = self.make(self.truth, facts, self.listed.of_several(*(values[place] for place in self.places)))
        if len(self) < self.most:
            self[key] = found
        return found


def rule_reason(rule: Rule, ruleset: Ruleset) -> MakeReason:
    """Return what makes the reason of a rule."""
    could = excusers(rule, ruleset) if isinstance(rule, Forbid) else ()
    return reason_maker(rule.origin, type(rule).__name__.lower(), could)


class Clauses:
    """The clauses of a reason: that of each listed value which the request has, and then the rule's own."""

    def __init__(self, origin: Origin) -> None:
        """Take the listed values of a rule, each with its fact and its clause."""
        self.origin = origin
        self.facts = tuple(name for name, _, _ in origin.items)

    def of_several(self, *values: Value) -> Cite:
        """Return the clauses for values that go with the listed ones, one each."""
        cites: list[str] = []
        for (_, value, cite), here in zip(self.origin.items, values, strict=True):
            members = here.known if isinstance(here, PartialSet) else here if isinstance(here, frozenset) else (here,)
            cites += [cite] if value in members else []
        return tuple(dict.fromkeys([*cites, *self.origin.cite]))
