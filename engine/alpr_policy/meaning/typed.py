"""From a fact as it came to a fact of the vocabulary's type; whatever does not fit is unknown, with the reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from alpr_policy.durations import CalendarSpan, parse_moment, settled
from alpr_policy.model.values import ABSENT, Gap, Unknown, Value, is_text, printable
from alpr_policy.suggest import did_you_mean
from alpr_policy.vocabulary import Fact, FactKind, Vocabulary

MAX_TEXT = 2_000
MAX_COUNT = 10**12
MAX_MEMBERS = 1_000


def read_value(fact: Fact, raw: Any, vocabulary: Vocabulary) -> Value:
    """Type one raw value; null is None, and every doubt is an `Unknown` that says why."""
    if raw.__class__ is bool or raw.__class__ is list:
        return _READERS[fact.kind](fact, raw, vocabulary)
    if raw is None:
        return None
    if isinstance(raw, Unknown):
        return raw
    if raw == "unknown":
        return Unknown(Gap.UNSTATED)
    if raw == "withheld":
        return Unknown(Gap.WITHHELD)
    if raw.__class__ is not str and isinstance(raw, Mapping):
        sides = raw.get("conflict") if len(raw) == 1 else None
        if isinstance(sides, list | tuple):
            told = "sources disagree" if fact.personal else " / ".join(sorted(shown(v) for v in sides[:10]))
            return Unknown(Gap.CONFLICT, f"`{fact.name}`: {told}")
        return _bad(fact, raw)
    return _READERS[fact.kind](fact, raw, vocabulary)


def shown(raw: Any) -> str:
    """Show a raw value briefly, whatever it is."""
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) > MAX_COUNT:
        return "a very large number"
    text = raw if isinstance(raw, str) else repr(raw) if isinstance(raw, bool | int | float) else type(raw).__name__
    return printable(text if len(text) <= 60 else text[:57] + "...")


def _bad(fact: Fact, raw: Any, hint: str = "") -> Unknown:
    given = type(raw).__name__ if fact.personal else shown(raw)
    return Unknown(Gap.INVALID, f"`{fact.name}` is {fact.unit}, not `{given}`" + (f"; {hint}" if hint else ""))


def _boolean(fact: Fact, raw: Any, vocabulary: Vocabulary) -> Value:
    return raw if isinstance(raw, bool) else _bad(fact, raw)


def _count(fact: Fact, raw: Any, vocabulary: Vocabulary) -> Value:
    fits = isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= MAX_COUNT
    return raw if fits else _bad(fact, raw)


def _text(fact: Fact, raw: Any, vocabulary: Vocabulary) -> Value:
    return raw if is_text(raw, MAX_TEXT) else _bad(fact, raw)


def _enum(fact: Fact, raw: Any, vocabulary: Vocabulary) -> Value:
    known = vocabulary.values_of(fact)
    if not is_text(raw, MAX_TEXT):
        return _bad(fact, raw)
    if known and raw not in known and fact.list_name != "roles":
        return _bad(fact, raw, _hint(raw, known))
    return raw


@lru_cache(maxsize=512)
def _hint(raw: str, known: frozenset[str]) -> str:
    # One word tends to be misspelt in many requests, and looking for the nearest costs more than all the rest.
    return did_you_mean(raw, known)


def _set(fact: Fact, raw: Any, vocabulary: Vocabulary) -> Value:
    if not isinstance(raw, list | tuple | set | frozenset) or len(raw) > MAX_MEMBERS:
        return _bad(fact, raw, "write it as a list" if isinstance(raw, str) else "")
    members = [_enum(fact, one, vocabulary) for one in raw]
    wrong = [m for m in members if isinstance(m, Unknown)]
    return wrong[0] if wrong else frozenset(m for m in members if isinstance(m, str))


def _time(fact: Fact, raw: Any, vocabulary: Vocabulary) -> Value:
    found = read_moment(raw)
    return _bad(fact, raw, found) if isinstance(found, str) else found


def _age(fact: Fact, raw: Any, vocabulary: Vocabulary) -> Value:
    if isinstance(raw, CalendarSpan):
        return raw
    if not isinstance(raw, str):
        return _bad(fact, raw)
    try:
        return CalendarSpan.parse(raw)
    except ValueError as error:
        return _bad(fact, raw, str(error))


def read_moment(raw: Any) -> dt.datetime | dt.date | str:
    """Read an instant or a bare date; return a sentence saying what is wrong where it is neither."""
    try:
        if isinstance(raw, dt.datetime):
            return settled(raw)
        if isinstance(raw, dt.date):
            return raw if 1900 <= raw.year <= 2200 else "the year must be one of 1900 to 2200"
        if not isinstance(raw, str):
            return "an instant is text such as `2026-05-01T12:00:00-04:00`"
        return parse_moment(raw)
    except ValueError as error:
        return str(error)


_READERS = {
    FactKind.BOOL: _boolean,
    FactKind.COUNT: _count,
    FactKind.TEXT: _text,
    FactKind.ENUM: _enum,
    FactKind.SET: _set,
    FactKind.TIME: _time,
    FactKind.AGE: _age,
}

__all__ = ["ABSENT", "read_moment", "read_value", "shown"]
