"""The form of an act: which facts it asks for, in which order, and the request that its fields make."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from alpr_policy.model.profile import Profile
from alpr_policy.model.words import words_of
from alpr_policy.questions.lone_facts import facts_read
from alpr_policy.questions.topics import belongs, subject_of
from alpr_policy.vocabulary import Fact, FactKind, Vocabulary

UNKNOWN: Final = "(not known)"
NOT_THERE: Final = "(known not to exist)"
EMPTY: Final = "(known to be empty)"
YES_NO: Final = {"yes": True, "no": False}
# What the request itself carries outside its facts.
ELSEWHERE: Final = frozenset({"at", "action"})
RECORDS: Final = ("approvals", "checks", "documents", "holds", "events")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One fact as a field of the form; `values` are those it may have, where they are closed."""

    name: str
    kind: FactKind
    means: str
    supplied_by: str
    values: tuple[str, ...] = ()
    is_read: bool = False


def fields_of(profiles: Iterable[Profile], action: str) -> tuple[Field, ...]:
    """Return the fields for an act under some profiles: those that a statement on the act reads come first."""
    found: dict[str, Field] = {}
    for profile in profiles:
        words = words_of(profile)
        if action not in words.actions:
            continue
        read = _read(profile, words, action)
        for name, fact in words.facts.items():
            if action not in fact.actions or name in ELSEWHERE or _is_worked_out(fact):
                continue
            is_read = name in read or (name in found and found[name].is_read)
            found[name] = _field(fact, words, is_read=is_read)
    return tuple(sorted(found.values(), key=lambda one: (not one.is_read, one.name)))


def _read(profile: Profile, words: Vocabulary, action: str) -> frozenset[str]:
    """Return the facts that the statements on an act read, and those from which they are worked out."""
    topic = subject_of(action, [words]).topic
    names = {name for one in profile.statements if belongs(one, topic, words) for name in facts_read(one)}
    sources = {source for name in names if name in words.facts for source in words.facts[name].derived_from}
    return frozenset(names | sources)


def _is_worked_out(fact: Fact) -> bool:
    """Say whether nobody states the fact: it comes of records or of other facts."""
    return bool(fact.derived_from) or fact.name.startswith(("approval.", "check."))


def _field(fact: Fact, words: Vocabulary, *, is_read: bool) -> Field:
    values = words.lists.get(fact.list_name, ()) if fact.list_name else fact.values
    return Field(name=fact.name, kind=fact.kind, means=fact.means, supplied_by=fact.supplied_by,
                 values=tuple(values), is_read=is_read)  # fmt: skip


def request_of(
    action: str,
    at: str,
    values: Mapping[str, Any],
    *,
    departments: Iterable[str] = (),
    records: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the request that a filled form makes, as `alpr-policy decide` reads it; what is empty is left out."""
    facts = {name: value for name, value in values.items() if value not in (None, "", [], UNKNOWN)}
    stated: dict[str, Any] = {NOT_THERE: None, EMPTY: []}
    facts = {n: stated[v] if isinstance(v, str) and v in stated else v for n, v in facts.items()}
    request: dict[str, Any] = {"action": action, "at": at, "departments": list(departments), "facts": facts}
    for name in RECORDS:
        if records and name in records:
            request[name] = records[name]
    return request


def filled(request: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values of a form that makes a request's facts, and its records: what `request_of` takes."""
    values = {name: NOT_THERE if v is None else EMPTY if v == [] else v for name, v in request["facts"].items()}
    return values, {name: request[name] for name in RECORDS if name in request}


def value_of(field: Field, typed: Any) -> Any:
    """Return the value of a field from what was typed or chosen; a number that is none stays text, and is a fault."""
    if field.kind is FactKind.BOOL:
        return YES_NO.get(typed, typed)
    if field.kind is FactKind.COUNT and isinstance(typed, str):
        return int(typed) if typed.strip().lstrip("-").isdecimal() and len(typed) < 20 else typed
    if field.kind is FactKind.SET and isinstance(typed, list) and EMPTY in typed:
        return EMPTY
    if field.kind is FactKind.TEXT and isinstance(typed, str):
        return typed.strip()
    return typed


def now_text(now: dt.datetime) -> str:
    """Return an instant as a person would write it into the form: to the minute, with its offset."""
    return now.astimezone().replace(second=0, microsecond=0).isoformat()
