"""From subject, action, resource and context of AuthZEN to a request of ours. Nothing is guessed: no rule, no fact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from alpr_policy.model.listing import REQUESTER, REQUESTER_ID, REQUESTER_TYPE
from alpr_policy_adapters.http.speaking import ABOUT_READERS, Words

RECORDS: Final = ("approvals", "checks", "documents", "holds", "events")
TIMES: Final = ("time", "at")
OURS: Final = frozenset({*RECORDS, *TIMES, "facts", "departments"})
NONE: Final[Mapping[str, str]] = {}
PROFILES: Final = frozenset({"approval", "supported_obligations"})
"""What the draft profiles of AuthZEN put into a context; it is no part of the act that is asked about."""
KNOWN: Final = OURS | PROFILES


@dataclass(slots=True)
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
    _properties("subject", subject, words.own.get(REQUESTER, NONE), facts, ignored)
    _properties("action", question.action, words.own.get("", NONE), facts, ignored)
    own = words.own.get(resource["type"], NONE)
    name = own.get("id") or own.get("number")
    if name is not None:
        _put(facts, name, resource["id"])
    _properties("resource", resource, own, facts, ignored)
    if known:
        _properties("register", {"properties": known}, own, facts, ignored)
    request: dict[str, Any] = {"action": question.action["name"], "at": "", "facts": facts}
    if not context or not _context(context, request, facts, ignored):
        request["at"] = now.isoformat()
    return Mapped(request, ignored)


def _properties(
    part: str, entity: Mapping[str, Any], own: Mapping[str, str], facts: dict[str, Any], ignored: list[str]
) -> None:
    """Take up properties: one with a dot is a fact by its whole name, another one the fact of that name of the part."""
    properties = entity.get("properties")
    if not properties:
        return
    for key, value in properties.items():
        name = own.get(key)
        if name is None:
            if "." not in key:
                ignored.append(f"{part}.{key[:60]}")
                continue
            name = key
        if name in facts:
            _put(facts, name, value)
        else:
            facts[name] = value


def _put(facts: dict[str, Any], name: str, value: Any) -> None:
    if name not in facts or (facts[name] == value and facts[name].__class__ is value.__class__):
        facts[name] = value
    elif not (isinstance(facts[name], dict) and "conflict" in facts[name]):
        facts[name] = {"conflict": [facts[name], value]}


def _context(context: Mapping[str, Any], request: dict[str, Any], facts: dict[str, Any], ignored: list[str]) -> bool:
    """Take up what a context tells, and say whether it tells the time."""
    time, at = context.get("time"), context.get("at")
    if time is not None or at is not None:
        # A time that cannot be read, or two that differ, leave a request that nothing can be judged by.
        request["at"] = at if time is None else time if at is None or at == time else None
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
    if not context.keys() <= KNOWN:
        ignored += [f"context.{key[:60]}" for key in context if key not in KNOWN]
    return time is not None or at is not None
