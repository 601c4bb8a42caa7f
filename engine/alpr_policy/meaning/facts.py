"""The facts of one request as one profile sees them: typed, with the derived ones worked out (language.md §9.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, TypeVar

from alpr_policy.durations import day_is_over, end_of_day, instant
from alpr_policy.ir.nodes import ApprovalSpec, CheckSpec, DerivedSpec, DocumentSpec, HoldSpec, Ruleset, Spec
from alpr_policy.meaning import catalogue, states
from alpr_policy.meaning.records import misspelt
from alpr_policy.meaning.truth import Truth, U
from alpr_policy.meaning.typed import read_value
from alpr_policy.model.request import EventRecord, Moment, Request
from alpr_policy.model.values import ABSENT, Age, Gap, PartialSet, Unknown, Value
from alpr_policy.vocabulary import Fact

T = TypeVar("T", bound=Spec)
R = TypeVar("R")
AGE_OF = "age of "
DAY_AGE_OF = "day age of "
EVENT = "event."


class Facts:
    """Answers what a fact is for this request. Every answer is worked out once and kept."""

    def __init__(self, request: Request, ruleset: Ruleset, elsewhere: frozenset[str] = frozenset()) -> None:
        """Look at `request` with the words of `ruleset`; `elsewhere` are words of other profiles that judge it."""
        self.request = request
        self.ruleset = ruleset
        self.elsewhere = elsewhere
        self._known: dict[str, Value] = {}
        self._records: dict[str, tuple[Any, ...] | Unknown] = {}
        self._once: dict[str, Any] = {}

    def value(self, name: str) -> Value:
        """Return the value of a recorded or derived fact, of `age of FACT`, or of `event.NAME`."""
        if name not in self._known:
            # A fact that is asked for while it is being worked out depends on itself.
            self._known[name] = _on_itself(name)
            self._known[name] = self._find(name)
        return self._known[name]

    def once(self, spec: T, work: Callable[[T, Facts], R]) -> R:
        """Return what some work on a statement's spec gives, done once for this request."""
        if spec.name not in self._once:
            self._once[spec.name] = work(spec, self)
        found: R = self._once[spec.name]
        return found

    def moment(self, name: str) -> dt.datetime | dt.date | Unknown | None:
        """Return a time fact."""
        value = self.value(name)
        return (
            value
            if value is None or isinstance(value, Unknown | dt.date)
            else Unknown(Gap.INVALID, f"`{name}` is no time")
        )

    def not_later(self, moment: dt.datetime | dt.date) -> bool:
        """Say whether a moment had come at the request's time; a bare date has come when its day is over."""
        # In UTC, since a zone is asked for its offset at each comparison.
        end = moment if isinstance(moment, dt.datetime) else day_is_over(moment, self.ruleset.zone)
        return end <= self.request.at

    def happened(self, moment: Moment | None) -> Truth:
        """Say whether something had happened by then; unknown without a time, and on the very day of a bare date."""
        if moment is None:
            return U
        if isinstance(moment, dt.datetime):
            return moment <= self.request.at
        today = self.request.at.astimezone(self.ruleset.zone).date()
        return U if moment == today else moment < today

    def records(self, kind: str) -> tuple[Any, ...] | Unknown:
        """Return a record list; unknown where it is not given or holds a word that nobody knows."""
        if kind not in self._records:
            given = getattr(self.request, kind)
            doubt = None if given is None else misspelt(kind, given, self.ruleset.vocabulary, self.elsewhere)
            self._records[kind] = ABSENT if given is None else doubt or given
        return self._records[kind]

    def instant(self, moment: dt.datetime | dt.date) -> dt.datetime:
        """Return a moment as an instant; a bare date is the last second of its day (language.md §7)."""
        return moment if isinstance(moment, dt.datetime) else end_of_day(moment, self.ruleset.zone)

    def _find(self, name: str) -> Value:
        if name == "at":
            return self.request.at
        if name.startswith(AGE_OF):
            return self.age(name.removeprefix(AGE_OF))
        if name.startswith(DAY_AGE_OF):
            return self._whole_days(name.removeprefix(DAY_AGE_OF))
        if name.startswith(EVENT):
            return self._clock_event(name.removeprefix(EVENT))
        spec = self.ruleset.specs.get(name)
        if spec is not None:
            return self._state(name, spec)
        fact = self.ruleset.vocabulary.facts.get(name)
        if fact is None:
            return ABSENT
        derive = DERIVE.get(name)
        return self._stated(fact) if derive is None else self._either(fact, derive(self))

    def _stated(self, fact: Fact) -> Value:
        if fact.name not in self.request.facts:
            return ABSENT
        return read_value(fact, self.request.facts[fact.name], self.ruleset.vocabulary)

    def _either(self, fact: Fact, derived: Value) -> Value:
        """Join what was worked out with what the caller says it is: a stated answer only fills absent inputs."""
        stated = self._stated(fact)
        if stated == ABSENT:
            return derived
        if derived in (ABSENT, Unknown(Gap.UNSTATED)):
            return stated
        if _agree(stated, derived):
            return derived
        return Unknown(Gap.CONFLICT, f"`{fact.name}` as stated disagrees with its sources")

    def _state(self, name: str, spec: Spec) -> Value:
        match spec:
            case ApprovalSpec():
                return states.approval_state(spec, self)
            case CheckSpec():
                return states.check_state(spec, self)
            case DocumentSpec():
                return states.document_state(spec, self)
            case HoldSpec():
                return states.hold_state(spec, self)
            case DerivedSpec():
                derived = catalogue.derive(spec, self)
                fact = self.ruleset.vocabulary.facts.get(name)
                return derived if fact is None else self._either(fact, derived)

    def age(self, name: str) -> Value:
        """Return how long ago the moment of a time fact was; the matcher says what one still to come means."""
        moment = self.moment(name)
        if moment is None or isinstance(moment, Unknown):
            return moment
        return Age(moment, self.request.at, self.ruleset.zone)

    def _whole_days(self, name: str) -> Value:
        """Return an age that starts when the day of the moment is over (`counted: whole_days`)."""
        moment = self.moment(name)
        if isinstance(moment, dt.datetime):
            moment = instant(moment).astimezone(self.ruleset.zone).date()
        return (
            moment if moment is None or isinstance(moment, Unknown) else Age(moment, self.request.at, self.ruleset.zone)
        )

    def clock(self, name: str) -> dt.datetime | dt.date | None:
        """Return the start of an age, where it is known."""
        value = self.value(name)
        return value.start if isinstance(value, Age) else None

    def events(self, name: str) -> tuple[EventRecord, ...] | Unknown:
        """Return the events of one name that had happened by then; one without a time makes them unknown."""
        given = self.records("events")
        if isinstance(given, Unknown):
            return given
        of_name = [e for e in given if e.event == name and self.happened(e.at) is not False]
        if any(self.happened(e.at) is U for e in of_name):
            return Unknown(Gap.ABSENT, f"whether an event `{name}` has happened by now is not known")
        # An event reported twice happened once.
        return tuple(dict.fromkeys(of_name))

    def _clock_event(self, name: str) -> Value:
        """Return the event that starts a clock: this case's latest, or the first end of a shift after the read."""
        events = self.events(name)
        if isinstance(events, Unknown):
            return events
        if name == "shift_ended":
            return self._first_after("record.captured", events)
        case = self.value("case.number")
        named = [e for e in events if e.of is not None] if name == "case_closed" else []
        if named and not isinstance(case, str):
            return Unknown(Gap.ABSENT, "which case the record belongs to is not known")
        moments = [e.at for e in events if e.at is not None and (e not in named or e.of == case)]
        return max(moments, key=self.instant, default=None)

    def _first_after(self, start: str, events: tuple[EventRecord, ...]) -> Value:
        begun = self.moment(start)
        if not events or begun is None or isinstance(begun, Unknown):
            return None if not events else begun
        later = [e.at for e in events if e.at is not None and self.instant(e.at) >= self.instant(begun)]
        return min(later, key=self.instant, default=None)


@lru_cache(maxsize=1024)
def _on_itself(name: str) -> Unknown:
    return Unknown(Gap.CONFLICT, f"`{name}` depends on itself")


def _agree(stated: Value, derived: Value) -> bool:
    """Say whether a stated answer leaves room for what was worked out: what is not known disagrees with nothing."""
    if isinstance(derived, Unknown) or (isinstance(stated, Unknown) and stated.gap in (Gap.UNSTATED, Gap.WITHHELD)):
        return True
    if isinstance(derived, PartialSet):
        return isinstance(stated, frozenset) and derived.known <= stated
    # A moment says more than a length in round numbers, so the moment is taken.
    return stated == derived or isinstance(derived, Age)


def _by_then(facts: Facts, name: str) -> Value:
    moment = facts.moment(name)
    if isinstance(moment, Unknown):
        return moment
    return moment is not None and facts.not_later(moment)


def _acts_as(facts: Facts) -> Value:
    """Roles held, plus those filled as designee or acting where the profile's role allows it."""
    roles = facts.ruleset.roles
    by_designee = frozenset(name for name, role in roles.items() if role.designee)
    by_acting = frozenset(name for name, role in roles.items() if role.acting)
    members: set[str] = set()
    gaps: list[Unknown] = []
    for name, open_to in (
        ("requester.roles", None),
        ("requester.designee_of", by_designee),
        ("requester.acting_as", by_acting),
    ):
        value = facts.value(name)
        if isinstance(value, frozenset):
            members |= value if open_to is None else value & open_to
        elif isinstance(value, Unknown) and (open_to is None or open_to):
            gaps.append(value)
    if not gaps:
        return frozenset(members)
    return PartialSet(frozenset(members)) if members else gaps[0]


def _age_of(name: str) -> Callable[[Facts], Value]:
    return lambda facts: facts.age(name)


# Whether something had come about by the time of the act, and the fact that says when it did.
BY_THEN = {
    "requester.trained": "requester.trained_on",
    "requester.designated": "requester.designated_on",
    "grantee.trained": "grantee.trained_on",
    "grantee.designated": "grantee.designated_on",
}
# How long ago something was, and the fact that says when.
AGES = {
    "requester.training_age": "requester.trained_on",
    "requester.idle": "requester.last_use",
    "record.age": "record.captured",
    "entry.age": "entry.added",
    "hotlist.age": "hotlist.loaded",
}
DERIVE: dict[str, Callable[[Facts], Value]] = {
    **{name: partial(_by_then, name=moment) for name, moment in BY_THEN.items()},
    **{name: _age_of(moment) for name, moment in AGES.items()},
    "requester.acts_as": _acts_as,
}
