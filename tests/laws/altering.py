"""Requests made of other requests: something withheld, or all of it in another order."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from tests.laws.subjects import RECORD_LISTS, Text

from alpr_policy.meaning.facts import Facts
from alpr_policy.model.values import Gap, Unknown
from alpr_policy.reading.requests import read_request

Raw = dict[str, Any]


def withhold(request: Raw, names: Iterable[str], text: Text) -> Raw:
    """Remove facts, with every answer the caller supplied that derives from them; a whole record list is one fact.

    An answer that stands beside its inputs goes with them: to drop it alone would drop a contradiction, not knowledge.
    """
    gone = set(names)
    gone |= {source for name in gone & text.words.facts.keys() for source in text.sources(name)}
    gone |= {derived for name in gone for derived in text.derived_from(name)}
    facts = {name: value for name, value in request["facts"].items() if name not in gone}
    return {**{key: value for key, value in request.items() if key not in gone}, "facts": facts}


def consistent(request: Raw, text: Text) -> Raw:
    """Leave out stated answers that contradict what they derive from: a contradiction is not more knowledge."""
    facts = Facts(read_request(request), text.rules)
    values = {name: facts.value(name) for name in request["facts"] if name in text.words.facts}
    at_odds = {name for name, v in values.items() if isinstance(v, Unknown) and v.gap is Gap.CONFLICT}
    derived = {name for name in at_odds if text.words.facts[name].derived_from}
    return {**request, "facts": {name: value for name, value in request["facts"].items() if name not in derived}}


def supplied(request: Raw) -> list[str]:
    """Name what a request supplies: facts and record lists."""
    return [*request["facts"], *(name for name in RECORD_LISTS if name in request)]


def reordered(request: Raw, rng: random.Random) -> Raw:
    """Put the keys, facts and records of a request in another order, and repeat some records."""
    found = {key: request[key] for key in rng.sample(sorted(request), len(request))}
    found["facts"] = {
        name: request["facts"][name] for name in rng.sample(sorted(request["facts"]), len(request["facts"]))
    }
    for name in RECORD_LISTS:
        if name in request:
            records = request[name] + [one for one in request[name] if rng.choice((True, False))]
            found[name] = rng.sample(records, len(records))
    return found
