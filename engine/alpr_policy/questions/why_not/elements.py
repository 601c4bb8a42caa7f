"""What could be otherwise about a request: a fact that is supplied, a step that is taken, or a circumstance.

The past and what machines recorded stay as they are: nobody can change when a plate was read. What is not known yet may
be supplied, whatever it is; whether it is so remains for whoever supplies it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alpr_policy.evaluators.symbolic.parts import REQUESTER, UNKNOWN, Part
from alpr_policy.meaning.typed import read_value
from alpr_policy.model.request import Request
from alpr_policy.model.values import Unknown
from alpr_policy.reading.records import RECORDS, read_record
from alpr_policy.vocabulary import Fact, FactKind, Vocabulary

# Whose word it is that stays: what these recorded is not for anybody who asks to say otherwise.
MACHINES = frozenset(
    {
        "the hot list",
        "the hot-list loader",
        "the logging system",
        "the matching software",
        "the read or the requester",
        "the reader",
        "the reader's site record",
        "the storage system",
        "the system",
    }
)
PEOPLE = frozenset({"the directory", "the duty roster", "the identity system", "the training records"})
CLOSER = 60


class Way(StrEnum):
    """How something could be otherwise."""

    STEP = "step"
    MEND = "mend"
    SUPPLY = "supply"
    SOMEBODY = "somebody else"
    OTHERWISE = "otherwise"

    @property
    def distance(self) -> int:
        """Order the ways: what can be done now before what would be another act."""
        return int(self in (Way.SOMEBODY, Way.OTHERWISE))


@dataclass(frozen=True, slots=True)
class Element:
    """One thing that would be otherwise: a fact with a value, a record, or a list of records anew.

    `name` is the fact or the list; `value` is the fact's, `record` a record as JSON text, sorted by key. `other` are
    further values that would do as well. `empty` says that nothing is on file, whatever was written there.
    """

    way: Way
    name: str
    value: Any = None
    record: str | None = None
    empty: bool = False
    other: tuple[Any, ...] = ()

    @property
    def is_fact(self) -> bool:
        """Say whether this gives a fact its value."""
        return self.record is None and not self.empty

    @property
    def raw(self) -> dict[str, Any]:
        """Return the record as plain data."""
        found: dict[str, Any] = json.loads(self.record or "{}")
        return found

    def without(self, key: str) -> Element:
        """Return the same record without one of its fields."""
        rest = {name: value for name, value in self.raw.items() if name != key}
        return dataclasses.replace(self, record=json.dumps(rest, sort_keys=True))


def applied(request: Request, elements: Iterable[Element]) -> Request:
    """Return a request in which the elements are so."""
    facts, chosen = dict(request.facts), tuple(elements)
    lists: dict[str, list[Any]] = {}
    for one in chosen:
        if one.is_fact:
            facts[one.name] = one.value
            continue
        anew = any(other.empty and other.name == one.name for other in chosen)
        records = lists.setdefault(one.name, [] if anew else list(getattr(request, one.name) or ()))
        if one.record is not None:
            records.append(read_record(RECORDS[one.name], one.raw))
    told: dict[str, Any] = {name: tuple(several) for name, several in lists.items()}
    return dataclasses.replace(request, facts=facts, **told)


def fits(one: frozenset[Element], other: frozenset[Element]) -> bool:
    """Say whether two sets can hold at once: no fact has two values."""
    facts = {e.name: e.value for e in one if e.is_fact}
    return not any(e.is_fact and e.name in facts and facts[e.name] != e.value for e in other)


def way_of(fact: Fact, request: Request, words: Vocabulary, mended: frozenset[str]) -> Way | None:
    """Return how a fact could be otherwise; None where it stays as it is.

    `mended` are facts that a requirement asks to be so: whoever acts can still see to these, whoever recorded them.
    """
    known = fact.name in request.facts and request.facts[fact.name] != UNKNOWN
    if known and isinstance(read_value(fact, request.facts[fact.name], words), Unknown):
        known = False
    if not known:
        return Way.SUPPLY
    past = fact.kind is FactKind.TIME or (fact.kind is FactKind.AGE and bool(fact.derived_from))
    if past or fact.supplied_by in MACHINES:
        return Way.MEND if fact.name in mended else None
    return Way.SOMEBODY if fact.supplied_by in PEOPLE else Way.OTHERWISE


def wire(value: Any) -> Any:
    """Return a value as a request holds it."""
    if isinstance(value, frozenset | set):
        return tuple(sorted(value))
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return value if isinstance(value, bool | int | str) or value is None else str(value)


def records_of(part: Part, requester: str | None, at: dt.datetime) -> frozenset[Element] | None:
    """Return the records of a part as elements, in the name of whoever asks; None where an office must be empty.

    They are made in the last minutes before the act, in the order they had, so that none has run out by then.
    """
    if part.absent:
        return None
    return frozenset(
        Element(Way.STEP, name, record=json.dumps(_anew(raw, requester, at), sort_keys=True))
        for name, raw in part.records
        if raw
    )


def _anew(raw: Mapping[str, Any], requester: str | None, at: dt.datetime) -> dict[str, Any]:
    told = _named(raw, requester)
    for key in ("at", "placed"):
        if isinstance(told.get(key), str):
            moment = dt.datetime.fromisoformat(told[key])
            told[key] = (at - (at - moment) / CLOSER).replace(microsecond=0).isoformat()
    return dict(told)


def _named(value: Any, requester: str | None) -> Any:
    if isinstance(value, Mapping):
        return {key: _named(one, requester) for key, one in value.items()}
    return requester if value == REQUESTER and requester is not None else value
