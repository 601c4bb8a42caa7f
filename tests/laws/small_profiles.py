"""Small invented profiles: a few statements of every kind, with open parameters, steps in order, gates and evidence.

They are drawn as plain data, written as YAML and read as any profile is, so an author could have written them.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from tests.laws.small_author import KEEPING, OWN_FACTS, PURPOSES, REASONS, ROLES, SPANS, Author, Raw

from alpr_policy.model.profile import Profile
from alpr_policy.reading.profiles import parse_profile

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
    return {
        "or_afterwards": {
            "when": author.condition(actions, 1),
            "task": "verify_status",
            "within": author.rng.choice(SPANS),
        }
    }


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
    for make, word, good in (
        (_approval, "approval", "granted"),
        (_check, "check", "passed"),
        (_document, "document", "complete"),
    ):
        if author.rng.random() < 0.6 or not made:
            ((group, statement),) = make(author)
            statement = {
                key: v for key, v in statement.items() if key not in ("force", "or_afterwards", "when", "unless")
            }
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
        made |= {
            "after": actions,
            **author.about(actions, 0.5),
            "outcome": rng.choice(("allow", "deny", "needs", "any")),
        }
        made |= {"within": rng.choice((*SPANS, "at_once"))}
    else:
        made |= {"every": author.span()}
    return [("duties", made)]


KINDS: dict[str, Callable[[Author], Made]] = {
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


ACTS_ONLY = ("permission", "another permission", "evidence", "check", "document", "duty")


def written(author: Author) -> Raw:
    """Return a whole profile as plain data."""
    rng = author.rng
    kinds = [kind for kind in KINDS if author.theme is not KEEPING or kind not in ACTS_ONLY]
    wanted = [rng.choice(kinds) for _ in range(rng.choice((1, 2, 3, 3, 4, 5)))]
    statements: dict[str, list[Raw]] = {}
    for kind in wanted:
        for group, statement in KINDS[kind](author):
            statements.setdefault(group, []).append(statement)
    head: Raw = {
        "language": 1,
        "profile": "small",
        "department": "Small Department",
        "policy": {"title": "Invented", "number": "1", "effective": dt.date(2020, 1, 1)},
        "timezone": "America/New_York",
        "silence": rng.choice(("deny", "allow", {"otherwise": "deny", "allow": [rng.choice(author.actions)]})),
    }
    tail: Raw = {
        "outline": ["title", *author.clauses],
        "not_enforced": [{"cite": "title", "why": "background", "note": "x"}],
    }
    return head | _names(author, set(texts_in([statements, author.parameters]))) | statements | tail


def _names(author: Author, used: set[str]) -> Raw:
    """Declare what the statements use, for a role or term that nothing names is an error."""
    rng = author.rng
    roles = declared_roles(rng, used | {"chief"})
    facts = {name: {"actions": sorted({*author.actions, *KEEPING}), **fact} for name, fact in OWN_FACTS.items()}
    named: Raw = {"roles": roles, "facts": facts, "reasons": REASONS}
    named |= {"terms": {"official": {"values": list(PURPOSES[:2])}}} if "official" in used else {}
    return named | ({"parameters": author.parameters} if author.parameters else {})


def declared_roles(rng: random.Random, used: set[str]) -> Raw:
    """Declare the roles that are used."""
    return {
        name: {"title": name, "designee": rng.random() < 0.5, "acting": rng.random() < 0.5}
        for name in ROLES
        if name in used
    }


def texts_in(data: Any) -> Iterator[str]:
    """Yield every text inside plain data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for part in data.values() if isinstance(data, dict) else data:
            yield from texts_in(part)


class _Dumper(yaml.CSafeDumper):  # type: ignore[misc]  # untyped where libyaml is missing
    """Writes every value out: the language has no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write_yaml(data: Raw) -> str:
    """Write plain data as an author's file, keys in the order given."""
    return str(yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True))


def small_profile(rng: random.Random, prefix: str = "s") -> Profile:
    """Draw a small profile and read it from its YAML; `prefix` begins the ids of its statements."""
    return parse_profile(write_yaml(written(Author(rng, prefix))), "small.yaml")
