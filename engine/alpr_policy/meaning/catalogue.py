"""The closed catalogue of derivations a profile may use for facts of its own (language.md §9.6). All are strict."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from alpr_policy.durations import subtract
from alpr_policy.ir.nodes import DerivedSpec
from alpr_policy.meaning.reasons import reason_defects
from alpr_policy.meaning.typed import read_value
from alpr_policy.model.listing import Listing
from alpr_policy.model.request import EventRecord
from alpr_policy.model.values import ABSENT, Age, PartialSet, Unknown, Value
from alpr_policy.model.words import HISTORY

if TYPE_CHECKING:
    from alpr_policy.meaning.facts import Facts


def derive(spec: DerivedSpec, facts: Facts) -> Value:
    """Work out a profile's own fact; an input that could change the answer and is unknown makes it unknown."""
    if spec.words is not None:
        return reason_defects(spec.words, facts)
    if spec.listing is not None:
        return _listed(spec.name, spec.listing, facts)
    if spec.function in HISTORY:
        return _history(spec, facts)
    values = [facts.value(name) for name in spec.of]
    for value in values:
        if isinstance(value, Unknown):
            return value
    match spec.function:
        case "same_person":
            return None not in values and values[0] == values[1]
        case "role_held":
            held = values[0]
            if isinstance(held, PartialSet):
                return True if spec.role in held.known else ABSENT
            return isinstance(held, frozenset) and spec.role in held
        case "age":
            return facts.age(spec.of[0])
    moments = [v for v in values if isinstance(v, dt.date)]
    if len(moments) != len(values):
        return None
    first, second = (facts.instant(m) for m in moments)
    if spec.function == "order":
        return "before" if first < second else "after" if first > second else "same"
    return Age(first, second, facts.ruleset.zone)


def _listed(name: str, listing: Listing, facts: Facts) -> Value:
    """Look a fact up in the profile's lists; of what they do not speak of nothing is known."""
    thing = _key(listing.thing, facts)
    if isinstance(thing, Unknown):
        return thing
    if thing not in listing.rows:
        return ABSENT
    cell = listing.rows[thing]
    if listing.person:
        person = _key(listing.person, facts)
        if isinstance(person, Unknown):
            return person
        return isinstance(cell, frozenset) and person in cell
    return read_value(facts.ruleset.vocabulary.facts[name], cell, facts.ruleset.vocabulary)


def _key(names: tuple[str, ...], facts: Facts) -> tuple[str, ...] | Unknown:
    found: list[str] = []
    for name in names:
        value = facts.value(name)
        if isinstance(value, Unknown):
            return value
        if not isinstance(value, str):
            return ABSENT
        found.append(value)
    return tuple(found)


def _history(spec: DerivedSpec, facts: Facts) -> Value:
    """Look through the request's events. Queries over other fields need the history stage and stay unknown here."""
    if spec.supplied:
        return ABSENT
    events = facts.events(spec.of[0])
    if isinstance(events, Unknown):
        return events
    inside = [e for e in events if _within(e, spec, facts)]
    match spec.function:
        case "count":
            return len(inside)
        case "any":
            return bool(inside)
    moments = sorted((e.at for e in inside if e.at is not None), key=facts.instant)
    if not moments:
        return None
    return moments[0] if spec.function == "first" else moments[-1]


def _within(event: EventRecord, spec: DerivedSpec, facts: Facts) -> bool:
    if spec.within is None or event.at is None:
        return True
    return facts.instant(event.at) >= subtract(facts.request.at, spec.within, facts.ruleset.zone)
