"""Who writes the small invented profiles: conditions with every matcher, approvers, spans and selectors, by chance."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from alpr_policy.vocabulary import VOCABULARY, Fact, FactKind

Raw = dict[str, Any]
ACTIONS = (
    "search.run",
    "stop.start",
    "hotlist.add",
    "data.export",
    "data.share",
    "access.use",
    "data.store",
    "data.purge",
    "data.set_period",
    "duty.complete",
)
KEEPING = ("data.store", "data.purge", "data.set_period")
SPANS = ("30 minutes", "24 hours", "1 day", "7 days", "14 days", "30 days", "1 month", "1 quarter", "1 year")
DAYS = (dt.date(2026, 3, 8), dt.date(2026, 5, 4), dt.date(2026, 5, 5))
CLASSES, CUSTODIANS = ("read", "bulk", "alert"), ("vendor", "department", "device")
PURPOSES = ("criminal_investigation", "routine_patrol", "personal", "audit")
ROLES = ("chief", "captain", "clerk")
OWN_FACTS = {
    "site.finding": {"type": "finding"},
    "visit.count": {"type": "count"},
    "case.owner": {"type": "text", "personal": "person"},
    "case.own": {"type": "same_person", "of": ["requester.id", "case.owner"]},
    "case.told": {"type": "time"},
    "case.told_age": {"type": "age", "of": "case.told"},
    "requester.chief": {"type": "role_held", "of": "requester.roles", "role": "chief"},
    "case.order": {"type": "order", "of": ["case.told", "requester.trained_on"]},
    "case.shifts": {"type": "count", "of": "shift_started", "within": "7 days"},
}
# Word lists by which `reason.defects` is worked out.
REASONS = {"generic": ["inquiry"], "placeholders": ["none"], "agencies": ["north county"], "min_length": 6}
# Facts over which conditions are drawn most of the time, so that statements meet on the same facts.
COMMON = (
    "purpose",
    "basis.kind",
    "requester.roles",
    "requester.sworn",
    "requester.trained",
    "requester.training_age",
    "requester.acts_as",
    "record.age",
    "record.case",
    "record.captured",
    "data.classes",
    "data.custodian",
    "stop.basis",
    "status.prevented",
    "reason.defects",
    *OWN_FACTS,
)


class Author:
    """Writes one profile, as `rng` chooses; conditions are mostly drawn over the facts that are `common`."""

    common: tuple[str, ...] = COMMON

    def __init__(self, rng: random.Random, prefix: str = "s") -> None:
        self.rng = rng
        self.prefix = prefix
        # Statements that never meet test little, so most profiles are about acts alone or about keeping data alone.
        self.theme = rng.choice((tuple(sorted(set(ACTIONS) - set(KEEPING))), KEEPING, ACTIONS))
        self.actions = rng.sample(self.theme, rng.choice((1, 2, 3)))
        self.parameters: dict[str, Raw] = {}
        self.clauses: list[str] = []
        self.words = VOCABULARY.extended({name: self._own(name) for name in OWN_FACTS}, {}, {"roles": ROLES})

    def _own(self, name: str) -> Fact:
        kinds = {
            "finding": FactKind.ENUM,
            "same_person": FactKind.BOOL,
            "role_held": FactKind.BOOL,
            "order": FactKind.ENUM,
        }
        said = OWN_FACTS[name]["type"]
        kind = kinds.get(str(said)) or FactKind(said)
        values = ("before", "same", "after") if said == "order" else ()
        listed = "findings" if said == "finding" else None
        return Fact(
            name=name,
            kind=kind,
            means=name,
            supplied_by="x",
            values=values,
            list_name=listed,
            actions=frozenset(ACTIONS),
        )

    # Conditions

    def condition(self, actions: list[str], depth: int = 2) -> Raw:
        """Return a condition over facts that belong to all of `actions`."""
        rng = self.rng
        if depth and rng.random() < 0.4:
            join = rng.choice(("all", "any", "not"))
            if join == "not":
                return {"not": self.condition(actions, depth - 1)}
            return {join: [self.condition(actions, depth - 1) for _ in range(2)]}
        facts = [name for name, fact in self.words.facts.items() if set(actions) <= fact.actions and name != "at"]
        usual = [name for name in self.common if name in facts]
        names = {rng.choice(usual if usual and rng.random() < 0.8 else facts) for _ in range(rng.choice((1, 1, 2)))}
        return {name: self._test(self.words.facts[name]) for name in sorted(names)}

    def _test(self, fact: Fact) -> Any:
        rng = self.rng
        if rng.random() < 0.06:
            return {"none": True}
        values = ROLES if fact.list_name == "roles" else sorted(self.words.values_of(fact))
        if fact.name == "purpose":
            values = PURPOSES
        match fact.kind:
            case FactKind.BOOL:
                return rng.choice((True, False, {"not": True}))
            case FactKind.ENUM:
                return self._enum(fact, values)
            case FactKind.SET:
                return self._set(values)
            case FactKind.COUNT:
                return rng.choice(
                    (2, {rng.choice(("at_least", "at_most", "more_than", "less_than")): rng.choice((1, 2))})
                )
            case FactKind.TIME:
                return {rng.choice(("before", "after")): rng.choice(DAYS)}
            case FactKind.AGE:
                bound: Any = rng.choice(SPANS)
                return {rng.choice(("at_least", "at_most", "more_than", "less_than")): bound}
            case FactKind.TEXT:
                return rng.choice(("some-1", {"not": "some-1"}, {"not_in": ["some-1", "some-2"]}))

    def _enum(self, fact: Fact, values: Any) -> Any:
        rng = self.rng
        one, two = rng.choice(values[:4]), rng.choice(values[-4:])
        both = list(dict.fromkeys((one, two)))
        if fact.name == "purpose" and rng.random() < 0.3:
            return {rng.choice(("in", "not_in")): "official"}
        return rng.choice((one, both, {"not": one}, {"not_in": both}))

    def _set(self, values: Any) -> Any:
        rng = self.rng
        named = sorted({rng.choice(values[:4]), rng.choice(values[:6])})
        return rng.choice(({"has": named[0]}, {"has_any": named}, {"has_all": named}, {"outside": named}))

    # Parts of statements

    def head(self) -> Raw:
        """Return a new id with a clause of its own."""
        number = len(self.clauses) + 1
        self.clauses.append(f"{self.prefix}{number}")
        return {"id": self.clauses[-1], "cite": self.clauses[-1]}

    def on(self, pool: tuple[str, ...] = ACTIONS) -> list[str]:
        """Choose the actions of a statement among those of the profile."""
        able = [action for action in self.actions if action in pool] or [self.actions[0]]
        return sorted(set(self.rng.sample(able, self.rng.randint(1, len(able)))))

    def about(self, actions: list[str], share: float = 0.7) -> Raw:
        """Return `when` and `unless`, or neither."""
        rng = self.rng
        found: Raw = {"when": self.condition(actions)} if rng.random() < share else {}
        return found | ({"unless": self.condition(actions, 1)} if rng.random() < 0.25 else {})

    def force(self) -> Raw:
        """Return `should`, now and then."""
        return {"force": "should"} if self.rng.random() < 0.2 else {}

    def role(self) -> str:
        """Choose a role."""
        return self.rng.choice(ROLES)

    def by(self) -> Any:
        """Choose who may decide."""
        rng = self.rng
        dice = rng.random()
        if dice < 0.1:
            value = {"value": self.role()} if rng.random() < 0.5 else {}
            self.parameters["post"] = {"type": "role", "required": True, **self.parameters.get("post", value)}
            return {"parameter": "post"}
        if dice < 0.3:
            return [{"role": self.role(), "if_absent": self.role()}]
        if dice < 0.45:
            return {"role": self.role(), "in_person": True}
        return self.role() if dice < 0.8 else list(dict.fromkeys((self.role(), self.role())))

    def span(self) -> Any:
        """Choose a span, or a parameter that holds one or is open."""
        rng = self.rng
        if rng.random() < 0.1:
            value = {"value": rng.choice(SPANS)} if rng.random() < 0.5 else {}
            self.parameters["length"] = {"type": "span", "required": True, **self.parameters.get("length", value)}
            return {"parameter": "length"}
        return rng.choice(SPANS)

    def selected(self) -> Raw:
        """Choose data classes and custodians."""
        rng = self.rng
        found: Raw = {"data": rng.choice(CLASSES)} if rng.random() < 0.8 else {}
        return found | ({"custodian": rng.choice(CUSTODIANS)} if rng.random() < 0.5 else {})
