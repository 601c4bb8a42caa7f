"""Small invented profiles: a few statements of every kind, conditions with every matcher, open parameters, steps, gates.

They are drawn as plain data, written as YAML and read as any profile is, so that what the laws are tried on could have been
written by an author.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from alpr_policy.model.profile import Profile
from alpr_policy.reading.profiles import parse_profile
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
ACTS_ONLY = ("permission", "another permission", "evidence", "check", "document", "duty")
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
    *OWN_FACTS,
)


def _texts(data: Any) -> Iterator[str]:
    """Yield every text inside plain data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for part in data.values() if isinstance(data, dict) else data:
            yield from _texts(part)


class Author:
    """Writes one profile, as `rng` chooses."""

    def __init__(self, rng: random.Random, prefix: str = "s") -> None:
        self.rng = rng
        self.prefix = prefix
        # Statements that never meet test little, so most profiles are about acts alone or about keeping data alone.
        theme = rng.choice((tuple(sorted(set(ACTIONS) - set(KEEPING))), KEEPING, ACTIONS))
        self.kinds = [kind for kind in _KINDS if theme is not KEEPING or kind not in ACTS_ONLY]
        self.actions = rng.sample(theme, rng.choice((1, 2, 3)))
        self.parameters: dict[str, Raw] = {}
        self.clauses: list[str] = []
        self.words = VOCABULARY.extended(
            {name: self._own(name) for name in OWN_FACTS}, {}, {"roles": ROLES}
        )

    def _own(self, name: str) -> Fact:
        kinds = {"finding": FactKind.ENUM, "same_person": FactKind.BOOL, "role_held": FactKind.BOOL, "order": FactKind.ENUM}
        said = OWN_FACTS[name]["type"]
        kind = kinds.get(str(said)) or FactKind(said)
        values = ("before", "same", "after") if said == "order" else ()
        listed = "findings" if said == "finding" else None
        return Fact(
            name=name, kind=kind, means=name, supplied_by="x", values=values, list_name=listed, actions=frozenset(ACTIONS)
        )

    def profile(self) -> Raw:
        """Return a whole profile as plain data."""
        rng = self.rng
        wanted = [rng.choice(self.kinds) for _ in range(rng.choice((1, 2, 3, 3, 4, 5)))]
        statements: dict[str, list[Raw]] = {}
        for kind in wanted:
            for group, statement in _KINDS[kind](self):
                statements.setdefault(group, []).append(statement)
        head: Raw = {
            "language": 1,
            "profile": "small",
            "department": "Small Department",
            "policy": {"title": "Invented", "number": "1", "effective": dt.date(2020, 1, 1)},
            "timezone": "America/New_York",
            "silence": rng.choice(("deny", "allow", {"otherwise": "deny", "allow": [rng.choice(self.actions)]})),
        }
        tail: Raw = {"outline": ["title", *self.clauses], "not_enforced": [{"cite": "title", "why": "background", "note": "x"}]}
        return head | self._names(set(_texts([statements, self.parameters]))) | statements | tail

    def _names(self, used: set[str]) -> Raw:
        """Declare what the statements use, for a role or term that nothing names is an error."""
        rng = self.rng
        roles = {
            name: {"title": name, "designee": rng.random() < 0.5, "acting": rng.random() < 0.5}
            for name in ROLES
            if name in used | {"chief"}
        }
        facts = {name: {"actions": sorted({*self.actions, *KEEPING}), **fact} for name, fact in OWN_FACTS.items()}
        named: Raw = {"roles": roles, "facts": facts}
        named |= {"terms": {"official": {"values": list(PURPOSES[:2])}}} if "official" in used else {}
        return named | ({"parameters": self.parameters} if self.parameters else {})

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
        usual = [name for name in COMMON if name in facts]
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
                return rng.choice((2, {rng.choice(("at_least", "at_most", "more_than", "less_than")): rng.choice((1, 2))}))
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


Made = list[tuple[str, Raw]]


def _permission(author: Author) -> Made:
    actions = author.on()
    said = author.about(actions, 0.8)
    only = {"only": True} if "when" in said and author.rng.random() < 0.3 else {}
    return [("permissions", {**author.head(), "action": actions, **said, **only})]


def _prohibition(author: Author) -> Made:
    rng, actions = author.rng, author.on()
    made = {**author.head(), "action": actions, **author.about(actions, 0.9), **author.force()}
    if rng.random() < 0.4:
        excuse: Raw = {"topic": "alert_exception", "by": author.by()}
        excuse |= {"for": list(PURPOSES[:2])} if rng.random() < 0.4 else {}
        excuse |= {"valid": rng.choice(SPANS)} if rng.random() < 0.3 else {}
        made["excused_by"] = excuse | ({"self": rng.choice(("allowed", "holder"))} if rng.random() < 0.3 else {})
    return [("prohibitions", made)]


def _afterwards(author: Author, actions: list[str]) -> Raw:
    if author.rng.random() < 0.7:
        return {}
    return {"or_afterwards": {"when": author.condition(actions, 1), "task": "verify_status", "within": author.rng.choice(SPANS)}}


def _requirement(author: Author) -> Made:
    actions = author.on()
    made = {**author.head(), "action": actions, **author.about(actions, 0.4), "must": author.condition(actions)}
    return [("requirements", made | author.force() | _afterwards(author, actions))]


def _approval(author: Author) -> Made:
    rng, actions = author.rng, author.on()
    made = {**author.head(), "action": actions, **author.about(actions, 0.5), "by": author.by(), **author.force()}
    made |= {"topic": "emergency"} if rng.random() < 0.3 else {}
    made |= {"for": list(PURPOSES[:2])} if rng.random() < 0.3 else {}
    made |= {"self": rng.choice(("allowed", "holder"))} if rng.random() < 0.2 else {}
    made |= {"each": True} if rng.random() < 0.3 else {}
    made |= {"valid": rng.choice(SPANS)} if rng.random() < 0.3 else {}
    made |= {"then": [author.by()]} if rng.random() < 0.3 else {}
    return [("approvals", made)]


def _check(author: Author) -> Made:
    rng, actions = author.rng, author.on()
    made = {**author.head(), "action": actions, **author.about(actions, 0.5), "check": rng.choice(("visual", "status"))}
    made |= {"compares": rng.choice((["characters"], ["characters", "state"]))} if rng.random() < 0.4 else {}
    made |= {"sources": ["cjis", "rms"]} if rng.random() < 0.4 else {}
    made |= {"by": author.by()} if rng.random() < 0.3 else {}
    made |= {"not_by": "requester"} if rng.random() < 0.4 else {}
    made |= {"after": "requester.trained_on"} if rng.random() < 0.2 else {}
    return [("checks", made | author.force() | _afterwards(author, actions))]


def _document(author: Author) -> Made:
    rng, actions = author.rng, author.on()
    made = {**author.head(), "action": actions, **author.about(actions, 0.5), **author.force()}
    made["document"] = rng.choice(("memorandum", ["memorandum", "warrant"]))
    made |= {"fields": ["agency", "purpose"]} if rng.random() < 0.6 else {}
    made |= {"from": ["court"]} if rng.random() < 0.2 else {}
    return [("documents", made | ({"valid": rng.choice(SPANS)} if rng.random() < 0.3 else {}))]


def _evidence(author: Author) -> Made:
    """Return statements that gate nothing and a requirement that wants one of them."""
    actions = author.on()
    made: Made = []
    for make, word, good in ((_approval, "approval", "granted"), (_check, "check", "passed"), (_document, "document", "complete")):
        if author.rng.random() < 0.6 or not made:
            ((group, statement),) = make(author)
            statement = {key: v for key, v in statement.items() if key not in ("force", "or_afterwards", "when", "unless")}
            made.append((group, {**statement, "action": actions, "gate": False}))
            made[-1][1]["_reads"] = {f"{word}.{statement['id']}": good}
    wanted = [statement.pop("_reads") for _, statement in made] + [author.condition(actions, 0)]
    must = {author.rng.choice(("any", "any", "all")): wanted}
    return [*made, ("requirements", {**author.head(), "action": actions, "must": must})]


def _retention(author: Author) -> Made:
    rng = author.rng
    made = {**author.head(), **author.selected(), **(author.about(list(KEEPING), 0.3))}
    dice = rng.random()
    if dice < 0.12:
        return [("retention", {**made, "never": True})]
    low, high = sorted((rng.randrange(len(SPANS)), rng.randrange(len(SPANS))))
    if dice < 0.3:
        made |= {rng.choice(("at_least", "at_most", "exactly")): author.span()}
    elif dice < 0.7:
        made |= {"at_least": SPANS[low], "at_most": SPANS[high]}
    else:
        made |= {rng.choice(("keep_until", "purge_when", "until")): author.condition(list(KEEPING), 1)}
    made |= {"from": rng.choice(("stored", "shift_ended", "created"))} if rng.random() < 0.3 else {}
    return [("retention", made | ({"counted": "whole_days"} if rng.random() < 0.3 else {}))]


def _hold(author: Author) -> Made:
    rng, actions = author.rng, list(KEEPING)
    made = {**author.head(), **author.selected()}
    if rng.random() < 0.5:
        made |= {"basis": "case"} | ({"by": author.by()} if rng.random() < 0.6 else {})
    else:
        made |= {"when": author.condition(actions, 1)}
    return [("holds", made | ({"until": author.condition(actions, 1)} if rng.random() < 0.5 else {}))]


def _duty(author: Author) -> Made:
    rng, actions = author.rng, author.on()
    made: Raw = {**author.head(), "task": rng.choice(("audit", "report", "log_entry"))}
    made |= {"by": author.by()} if rng.random() < 0.5 else {}
    made |= {"covers": ["access", "hits"]} if rng.random() < 0.4 else {}
    if rng.random() < 0.7:
        made |= {"after": actions, **author.about(actions, 0.5), "outcome": rng.choice(("allow", "deny", "needs", "any"))}
        made |= {"within": rng.choice((*SPANS, "at_once"))}
    else:
        made |= {"every": author.span()}
    return [("duties", made)]


_KINDS: dict[str, Callable[[Author], Made]] = {
    "permission": _permission,
    "another permission": _permission,
    "prohibition": _prohibition,
    "requirement": _requirement,
    "approval": _approval,
    "check": _check,
    "document": _document,
    "evidence": _evidence,
    "retention": _retention,
    "another retention": _retention,
    "hold": _hold,
    "duty": _duty,
}


class _Dumper(yaml.CSafeDumper):  # type: ignore[misc]  # untyped where libyaml is missing
    """Writes every value out: the language has no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write_yaml(data: Raw) -> str:
    """Write plain data as an author's file, keys in the order given."""
    return str(yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True))


def small_profile(rng: random.Random, prefix: str = "s") -> Profile:
    """Draw a small profile and read it from its YAML; `prefix` begins the ids of its statements."""
    return parse_profile(write_yaml(Author(rng, prefix).profile()), "small.yaml")
