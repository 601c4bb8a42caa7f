"""From subject, action, resource and context of AuthZEN to a request of ours. Nothing is guessed: no rule, no fact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from alpr_policy.model.listing import ACTION, REQUESTER, REQUESTER_ID, REQUESTER_TYPE
from alpr_policy_adapters.http.speaking import ABOUT_READERS, Words

RECORDS: Final = ("approvals", "checks", "documents", "holds", "events")
TIMES: Final = ("time", "at")
OURS: Final = frozenset({*RECORDS, *TIMES, "facts", "departments"})


@dataclass(frozen=True, slots=True)
class Question:
    """One evaluation that was asked for: the four parts, read but not yet understood."""

    subject: Mapping[str, Any]
    action: Mapping[str, Any]
    resource: Mapping[str, Any]
    context: Mapping[str, Any]


@dataclass(slots=True)
class Mapped:
    """A request as plain data, and the names of properties that no rule takes up."""

    request: dict[str, Any]
    ignored: list[str] = field(default_factory=list)


def mapped(
    question: Question, now: dt.datetime, known: Mapping[str, Any] | None = None, words: Words = ABOUT_READERS
) -> Mapped:
    """Return the request that a question means in some words; `known` are properties of its resource by the register.

    Two places that say different things of one fact make it a conflict, which is unknown.
    """
    facts: dict[str, Any] = {}
    ignored: list[str] = []
    subject, resource, context = question.subject, question.resource, question.context
    if subject["type"] in words.persons:
        facts[REQUESTER_ID] = subject["id"]
        if words.typed:
            facts[REQUESTER_TYPE] = subject["type"]
    taker = _Taker(words.facts, facts, ignored)
    taker.properties("subject", subject, REQUESTER)
    taker.properties("action", question.action, "")
    kind = resource["type"]
    for name in (f"{kind}.id", f"{kind}.number"):
        if name in words.facts:
            _put(facts, name, resource["id"])
            break
    taker.properties("resource", resource, kind)
    if known:
        taker.properties("register", {"properties": known}, kind)
    request: dict[str, Any] = {"action": question.action["name"], "at": now.isoformat(), "facts": facts}
    if context:
        _context(context, request, facts, ignored)
    return Mapped(request, ignored)


@dataclass(frozen=True, slots=True)
class _Taker:
    """Takes up properties: one with a dot is a fact by its whole name, another one that fact of its part."""

    known: Collection[str]
    facts: dict[str, Any]
    ignored: list[str]

    def properties(self, part: str, entity: Mapping[str, Any], prefix: str) -> None:
        """Put each property where it belongs; without `prefix` it is one of the act."""
        properties = entity.get("properties")
        if not properties:
            return
        for key, value in properties.items():
            name = key if "." in key or not prefix else f"{prefix}.{key}"
            if not prefix and name not in self.known and f"{ACTION}.{key}" in self.known:
                name = f"{ACTION}.{key}"
            if "." in key or name in self.known:
                _put(self.facts, name, value)
            else:
                self.ignored.append(f"{part}.{key[:60]}")


def _put(facts: dict[str, Any], name: str, value: Any) -> None:
    if name not in facts or (facts[name] == value and facts[name].__class__ is value.__class__):
        facts[name] = value
    elif not (isinstance(facts[name], dict) and "conflict" in facts[name]):
        facts[name] = {"conflict": [facts[name], value]}


def _context(context: Mapping[str, Any], request: dict[str, Any], facts: dict[str, Any], ignored: list[str]) -> None:
    told = [context[key] for key in TIMES if context.get(key) is not None]
    if told:
        # A time that cannot be read, or two that differ, leave a request that nothing can be judged by.
        request["at"] = told[0] if all(one == told[0] for one in told) else None
    more = context.get("facts")
    if isinstance(more, Mapping):
        for name, value in more.items():
            _put(facts, name, value)
    elif more is not None:
        ignored.append("context.facts")
    for key in RECORDS:
        if context.get(key) is not None:
            request[key] = context[key]
    if context.get("departments") is not None:
        request["departments"] = context["departments"]
    ignored += [f"context.{key[:60]}" for key in context if key not in OURS]
