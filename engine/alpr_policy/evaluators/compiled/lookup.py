"""The facts of one request for generated code: what it does not read by itself, and what is wrong with the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from alpr_policy.durations import recent_moment
from alpr_policy.ir.nodes import Cond, Ruleset
from alpr_policy.meaning.facts import DERIVE, Facts
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.needs import Asker
from alpr_policy.meaning.records import known_words
from alpr_policy.meaning.truth import Truth, truth
from alpr_policy.meaning.typed import MAX_MEMBERS, MAX_TEXT, read_value
from alpr_policy.model.request import Request
from alpr_policy.model.values import ABSENT, Gap, Unknown, Value
from alpr_policy.vocabulary import FactKind

# Written for any fact, these say that it is not known, so they are values of none.
RESERVED: Final = frozenset({"unknown", "withheld"})
NOTHING: Final[frozenset[str]] = frozenset()
MOST_SHAPES: Final = 200
EITHER: Final = frozenset({True, False})
_CLASSES: Final = {
    FactKind.BOOL: bool,
    FactKind.ENUM: str,
    FactKind.TEXT: str,
    FactKind.SET: list,
    FactKind.TIME: datetime,
}


class Lookup(Facts):
    """Facts that remember whether anything about them was wrong; generated code types the plain ones by itself."""

    def __init__(self, request: Request, ruleset: Ruleset, elsewhere: frozenset[str] = frozenset()) -> None:
        """Look at `request` with the words of `ruleset`; `elsewhere` are words of other profiles that judge it."""
        # What `Facts.__init__` sets, said once more to spare the call: this is made for every decision.
        self.request = request
        self.ruleset = ruleset
        self.elsewhere = elsewhere
        self.doubtful = False
        self.all_known = False
        self._known = {}
        self._records = {}
        self._once = {}
        # The states of the parts of checks that were judged at a glance.
        self.kept: dict[str, tuple[str, ...] | None] = {}

    def odd(self, name: str, raw: Any) -> Value:
        """Type a value that generated code did not recognise at once, and note where it cannot be relied on."""
        value = read_value(self.ruleset.vocabulary.facts[name], raw, self.ruleset.vocabulary)
        self._known[name] = value
        if value.__class__ is Unknown and _doubtful(value):
            self.doubtful = True
        return value

    def by_then(self, moment: Value) -> Value:
        """Say whether a moment that is no plain instant had come; unknown stays unknown."""
        if moment is None or isinstance(moment, Unknown):
            return False if moment is None else moment
        return self.not_later(moment) if isinstance(moment, date) else ABSENT

    def members(self, name: str, raw: Any, known: frozenset[str]) -> Value:
        """Type a set whose members are among those known, or pass it on to where any value is typed."""
        if (raw.__class__ is list or raw.__class__ is tuple) and len(raw) <= MAX_MEMBERS:
            try:
                found = frozenset(raw)
            except TypeError:
                return self.odd(name, raw)
            if found <= known:
                return found
        return self.odd(name, raw)

    def truth(self, cond: Cond) -> Truth:
        """Return the truth of a condition that is not among those already worked out."""
        return truth(cond, lambda atom: matches(atom, self.value(atom.fact)))

    def asker(self) -> Asker:
        """Return what asks for facts, steps and records."""
        return Asker(self.ruleset, self, self.truth)


@dataclass(frozen=True, slots=True)
class Shape:
    """Of the facts of a request by their names: those that generated code does not type, and whether all are known.

    `closed` are those with few values, `texts` those that may be any short text, `others` all the rest.
    """

    closed: tuple[tuple[str, frozenset[Any]], ...]
    texts: tuple[str, ...]
    others: tuple[str, ...]
    all_known: bool


class Screen:
    """Says quickly that nothing is wrong with a request's facts and records; in doubt it says that something may be."""

    def __init__(self, ruleset: Ruleset, read: frozenset[str]) -> None:
        """Screen with the words of `ruleset`; `read` are the plain facts that generated code types anyway."""
        words = ruleset.vocabulary
        self.typed = read
        self.words_facts = words.facts.keys()
        self._shapes: dict[tuple[str, ...], Shape] = {}
        derived = frozenset(DERIVE) | frozenset(ruleset.specs)
        self.derived = derived & words.facts.keys()
        self.plain = {
            name: (_CLASSES.get(fact.kind), words.values_of(fact) - RESERVED if fact.list_name != "roles" else NOTHING)
            for name, fact in words.facts.items()
            if name not in derived
        }
        self.closed: dict[str, frozenset[Any]] = {
            name: EITHER if kind is bool else known
            for name, (kind, known) in self.plain.items()
            if kind is bool or (kind is str and known)
        }
        self.texts = frozenset(name for name, (kind, known) in self.plain.items() if kind is str and not known)
        self.words = known_words(words)

    def may_be_wrong(self, lookup: Lookup) -> bool:
        """Say whether the faults of a request have to be looked for."""
        request = lookup.request
        given = request.facts
        names = tuple(given)
        shape = self._shapes.get(names) or self._shape(names)
        lookup.all_known = shape.all_known
        for name, known in shape.closed:
            raw = given[name]
            if (raw.__class__ is str or raw.__class__ is bool) and raw in known:
                continue
            if raw is not None and self._is_doubtful(name, raw, lookup):
                return True
        for name in shape.texts:
            raw = given[name]
            # That a text is not told is no doubt about it.
            if raw.__class__ is str and raw.isascii() and len(raw) <= MAX_TEXT:
                continue
            if self._is_doubtful(name, raw, lookup):
                return True
        for name in shape.others:
            if self._is_doubtful(name, given[name], lookup):
                return True
        if lookup.doubtful:
            return True
        listed = request.approvals or request.checks or request.holds or request.events
        return bool(listed) and self._strange(request)

    def _shape(self, names: tuple[str, ...]) -> Shape:
        """Return what is to be looked at of facts of these names; kept, since a caller mostly gives the same ones."""
        known = [name for name in names if name in self.words_facts]
        untyped = [name for name in known if name not in self.typed]
        closed = tuple([(name, self.closed[name]) for name in untyped if name in self.closed])
        texts = tuple([name for name in untyped if name in self.texts])
        others = tuple([name for name in untyped if name not in self.closed and name not in self.texts])
        shape = Shape(closed, texts, others, len(known) == len(names))
        if len(self._shapes) < MOST_SHAPES:
            self._shapes[names] = shape
        return shape

    def _is_doubtful(self, name: str, raw: Any, lookup: Lookup) -> bool:
        sort = self.plain.get(name)
        if sort is None:
            return name in self.derived and _doubtful(lookup.value(name))
        return not _surely(raw, *sort) and _doubtful(lookup.odd(name, raw))

    def _strange(self, request: Request) -> bool:
        """Say whether a record holds a word that nobody may know, or a scope that nobody may understand."""
        words = self.words
        for record in request.approvals or ():
            if record.topic not in words["topic"] or (record.scope and self._odd_scope(record.scope)):
                return True
        for check in request.checks or ():
            if check.check not in words["check"] or (check.part is not None and check.part not in words["part"]):
                return True
        for hold in request.holds or ():
            if hold.basis not in words["basis"] or (hold.scope and self._odd_scope(hold.scope)):
                return True
        return any(event.event not in words["event"] for event in request.events or ())

    def _odd_scope(self, scope: Mapping[str, Any]) -> bool:
        return not all(name in self.plain and _surely(value, *self.plain[name]) for name, value in scope.items())


def _doubtful(value: Value) -> bool:
    return isinstance(value, Unknown) and value.gap in (Gap.INVALID, Gap.CONFLICT)


def _surely(raw: Any, kind: type | None, known: frozenset[str]) -> bool:
    """Say whether a value is surely one of its fact's; in doubt it is looked at closely."""
    if raw is None or (raw.__class__ is bool and kind is bool):
        return True
    if raw.__class__ is str:
        if kind is datetime:
            return recent_moment(raw) is not None
        if kind is not str:
            return False
        return raw in known or (not known and raw not in RESERVED and raw.isascii() and len(raw) <= MAX_TEXT)
    if kind is not list or raw.__class__ is not list or len(raw) > MAX_MEMBERS:
        return False
    for one in raw:
        # Of an open list, such as that of roles, any short text may be a member.
        if one.__class__ is not str or not (one in known or (not known and one.isascii() and len(one) <= MAX_TEXT)):
            return False
    return True


__all__ = ["ABSENT", "Lookup", "Screen"]
