"""The counts that a profile declares over what was done before: how many, whether, first and latest, by equal facts.

A request alone cannot answer `{type: count, of: search.run, same: [plate.number], within: 30 days}`; this stage does,
from the acts that came before, and puts the answers among the request's facts. It keeps an index for each answer, so a
stream of acts in order of time costs the same however long it grows.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from bisect import bisect_left, bisect_right, insort
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from alpr_policy.durations import instant, subtract
from alpr_policy.meaning.typed import read_value
from alpr_policy.model.profile import FactExtension, Profile
from alpr_policy.model.request import Request
from alpr_policy.model.values import Gap, Unknown
from alpr_policy.model.words import HISTORY, words_of
from alpr_policy.vocabulary import Vocabulary

# What stands for a fact of an act that is not known, so that the act may or may not be meant.
_OPEN = object()
_Key = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that was done, or an event that happened, at an instant; `facts` as in a request."""

    action: str
    at: dt.datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


def with_history(profile: Profile, request: Request, past: Iterable[Act]) -> Request:
    """Return the request with the profile's declared counts over past acts; the act asked about is not among them.

    An answer that hangs on something unknown stays unknown. One that a caller states is kept where it agrees, and is a
    conflict where it does not.
    """
    return Past(profile, past).fill(request)


class Past:
    """What was done so far, indexed for the questions of one profile. Acts may be added in any order of time."""

    def __init__(self, profile: Profile, acts: Iterable[Act] = ()) -> None:
        """Keep what `profile` asks about of `acts`, and nothing else of them."""
        words = words_of(profile)
        zone = ZoneInfo(profile.timezone)
        self._questions = tuple(
            _Question(name, fact, words, zone)
            for name, fact in sorted(profile.facts.items())
            if asked_of_history(fact, words)
        )
        for act in acts:
            self.add(act)

    @property
    def asks(self) -> frozenset[str]:
        """Return the acts and events that some question is about; others need not be added."""
        return frozenset(question.of for question in self._questions)

    def add(self, act: Act) -> None:
        """Take note of an act that was done; raises ValueError where its instant has no offset."""
        for question in self._questions:
            if question.of == act.action:
                question.add(act)

    def fill(self, request: Request) -> Request:
        """Return the request with the answers as of its time: acts later than it have not been done."""
        facts = dict(request.facts)
        for question in self._questions:
            if request.action in question.actions:
                question.put(request, facts)
        return request if facts == request.facts else dataclasses.replace(request, facts=facts)


def asked_of_history(fact: FactExtension, words: Vocabulary) -> bool:
    """Say whether a profile's fact looks through past acts, and not only through the events of a request."""
    if fact.type not in HISTORY or len(fact.of) != 1:
        return False
    return bool(fact.same) or fact.of[0] not in words.lists["events"]


class _Question:
    """One declared count: sorted instants of the acts of each key, and apart those whose key is partly unknown."""

    def __init__(self, name: str, fact: FactExtension, words: Vocabulary, zone: ZoneInfo) -> None:
        self.name = name
        self.of = fact.of[0]
        self.actions = frozenset(words.expand(fact.actions))
        self._fact = fact
        self._words = words
        self._zone = zone
        self._sure: dict[_Key, list[dt.datetime]] = {}
        self._open: dict[tuple[bool, ...], dict[_Key, list[dt.datetime]]] = {}

    def add(self, act: Act) -> None:
        key = self._key(act.facts)
        if None in key:
            return  # null is equal to nothing
        known = tuple(part is not _OPEN for part in key)
        index = self._sure if all(known) else self._open.setdefault(known, {})
        insort(index.setdefault(_told(key, known), []), instant(act.at))

    def put(self, request: Request, facts: dict[str, Any]) -> None:
        """Put the answer among a request's facts, beside what the caller says it is."""
        key = self._key(request.facts)
        stated = facts.get(self.name, "unknown")
        if _OPEN in key and None not in key:
            return  # it cannot be worked out, so a stated answer stands
        answer = self._answer(key, request.at)
        if isinstance(answer, Unknown) or stated == "unknown":
            facts[self.name] = "unknown" if isinstance(answer, Unknown) else answer
            return
        told = read_value(self._words.facts[self.name], stated, self._words)
        if isinstance(told, Unknown):
            return
        here = None if answer is None else read_value(self._words.facts[self.name], answer, self._words)
        if _same(told, here):
            return
        facts[self.name] = {"conflict": [stated, answer]}

    def _key(self, facts: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple([self._part(facts, name) for name in self._fact.same])

    def _part(self, facts: Mapping[str, Any], name: str) -> Any:
        fact = self._words.facts.get(name)
        value = read_value(fact, facts[name], self._words) if fact is not None and name in facts else _OPEN
        if isinstance(value, Unknown):
            return _OPEN
        return instant(value) if isinstance(value, dt.datetime) else value

    def _answer(self, key: _Key, at: dt.datetime) -> Any:
        end = instant(at)
        start = None if self._fact.within is None else instant(subtract(at, self._fact.within, self._zone))
        sure, open_ = _NONE, [_NONE]
        if None not in key:
            sure = _stretch(self._sure.get(key, ()), start, end)
            open_ = [_stretch(index.get(_told(key, known), ()), start, end) for known, index in self._open.items()]
        doubtful = [one for one in open_ if one.number]
        match self._fact.type:
            case "count":
                return _UNSURE if doubtful else sure.number
            case "any":
                return True if sure.number else _UNSURE if doubtful else False
            case "first":
                unsure = any(sure.first is None or (one.first or end) < sure.first for one in doubtful)
                best = sure.first
            case _:
                unsure = any(sure.last is None or (one.last or end) > sure.last for one in doubtful)
                best = sure.last
        return _UNSURE if unsure else None if best is None else best.isoformat()


@dataclass(frozen=True, slots=True)
class _Stretch:
    """How many acts of one key lie within a stretch of time, and the outermost two."""

    number: int = 0
    first: dt.datetime | None = None
    last: dt.datetime | None = None


_NONE = _Stretch()
_UNSURE = Unknown(Gap.ABSENT, "whether an act before this one is meant is not known")


def _told(key: _Key, known: tuple[bool, ...]) -> _Key:
    return tuple([part for part, told in zip(key, known, strict=True) if told])


def _stretch(moments: Sequence[dt.datetime], start: dt.datetime | None, end: dt.datetime) -> _Stretch:
    low, high = 0 if start is None else bisect_left(moments, start), bisect_right(moments, end)
    return _Stretch(high - low, moments[low], moments[high - 1]) if low < high else _NONE


def _same(stated: Any, here: Any) -> bool:
    if isinstance(stated, dt.datetime) and isinstance(here, dt.datetime):
        return instant(stated) == instant(here)
    return bool(stated == here)
