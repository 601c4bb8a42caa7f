"""Who is who in a department, and when: roles, absences, training, status, as they were at any instant.

What is not told is None and unknown; an empty tuple is known to be none. A bare date that begins something counts from
the start of its local day, one that ends something through the end of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from alpr_policy.durations import EARLIEST, LATEST, end_of_day, instant, start_of_day
from alpr_policy.model.request import Moment
from alpr_policy.model.values import ABSENT, Unknown
from alpr_policy.source import NOWHERE, Span

CAPACITIES = ("holder", "designee", "acting")
KINDS = ("member", "vendor_staff", "outsider")
STATUSES = ("active", "suspended", "withdrawn")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From when until when something holds; an end that is None is open."""

    since: Moment | None = None
    until: Moment | None = None
    span: Span = field(default=NOWHERE, compare=False)

    def begins(self, zone: ZoneInfo) -> dt.datetime | None:
        """Return its first instant."""
        return None if self.since is None else _first(self.since, zone)

    def ends(self, zone: ZoneInfo) -> dt.datetime | None:
        """Return its last instant."""
        return None if self.until is None else _last(self.until, zone)

    def holds(self, first: dt.datetime, last: dt.datetime, zone: ZoneInfo) -> bool:
        """Say whether it holds through the whole of a stretch of time."""
        begins, ends = self.begins(zone), self.ends(zone)
        return (begins is None or begins <= first) and (ends is None or last <= ends)

    def meets(self, first: dt.datetime, last: dt.datetime, zone: ZoneInfo) -> bool:
        """Say whether it holds at any instant of a stretch of time."""
        begins, ends = self.begins(zone), self.ends(zone)
        return (begins is None or begins <= last) and (ends is None or first <= ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding(Period):
    """That a person holds a role, is the designee of its holder, or acts in it; `of` is the holder, if told."""

    role: str
    capacity: str = "holder"
    of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence(Period):
    """That a person is away, in every role they hold, or that a role has nobody present in it."""

    person: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A training in the use of plate readers that a person completed; past `expires` it counts no longer."""

    completed: Moment
    what: str | None = None
    covers: tuple[str, ...] | None = None
    expires: Moment | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPeriod(Period):
    """The state of somebody's access."""

    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential(Period):
    """A login that a person has; `kind` is unique or shared."""

    login: str
    kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyHours(Period):
    """Local hours on days of the week at which a person is on duty; an end before the start lies on the next day."""

    days: tuple[str, ...]
    start: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """An agency that persons belong to, what it is to the department, and the state of its access."""

    id: str
    kind: str
    status: tuple[StatusPeriod, ...] | None = None
    span: Span = field(default=NOWHERE, compare=False)


# True, false, the periods in which it is true, or not told.
Flag = bool | tuple[Period, ...] | None
P = TypeVar("P", bound=Period)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person. `designated` is when they were named a user; None is never, and ABSENT not told."""

    id: str
    agency: str | None = None
    kind: str | None = None
    sworn: Flag = None
    supervisor: Flag = None
    employee: Flag = None
    command_post: Flag = None
    designated: Moment | Unknown | None = ABSENT
    since: Moment | None = None
    until: Moment | None = None
    roles: tuple[Holding, ...] | None = None
    training: tuple[Training, ...] | None = None
    status: tuple[StatusPeriod, ...] | None = None
    credentials: tuple[Credential, ...] | None = None
    hours: tuple[DutyHours, ...] | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The roles that a person holds, those of which they are a designee, and those in which they act."""

    holder: frozenset[str] = frozenset()
    designee: frozenset[str] = frozenset()
    acting: frozenset[str] = frozenset()

    def of(self, capacity: str) -> frozenset[str]:
        """Return the roles filled in a capacity."""
        return {"holder": self.holder, "designee": self.designee, "acting": self.acting}.get(capacity, frozenset())

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Give each role with the capacity, in order."""
        for capacity in CAPACITIES:
            yield from ((role, capacity) for role in sorted(self.of(capacity)))


class _Span(NamedTuple):
    """A person or role with the first and last instant, worked out once."""

    what: str
    begins: dt.datetime
    ends: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Directory:
    """All persons of a department. `absences` that are None are not told; `name` says where all this comes from."""

    zone: ZoneInfo
    persons: tuple[Person, ...] = ()
    absences: tuple[Absence, ...] | None = None
    agencies: tuple[Agency, ...] = ()
    name: str = field(default="<directory>", compare=False)

    @cached_property
    def by_id(self) -> Mapping[str, Person]:
        """Return the persons by their ids."""
        return {person.id: person for person in self.persons}

    def person(self, name: str) -> Person | None:
        """Return a person, or None where nobody of that id is known."""
        return self.by_id.get(name)

    def agency(self, name: str) -> Agency | None:
        """Return an agency by its id."""
        return self._agencies.get(name)

    def stretch(self, moment: Moment) -> tuple[dt.datetime, dt.datetime]:
        """Return the first and the last instant of a moment: a bare date is a whole local day."""
        return _first(moment, self.zone), _last(moment, self.zone)

    def roles(self, person: Person, moment: Moment, *, at_any_time: bool = False) -> Roles | None:
        """Return what a person fills through the whole of a moment, or at any time of it; None where it is not told."""
        if person.roles is None:
            return None
        first, last = self.stretch(moment)
        found: dict[str, set[str]] = {capacity: set() for capacity in CAPACITIES}
        there = Period(since=person.since, until=person.until)
        for holding in person.roles if _fits(there, first, last, self.zone, at_any_time) else ():
            if _fits(holding, first, last, self.zone, at_any_time) and self._backed(holding, moment, at_any_time):
                found[holding.capacity].add(holding.role)
        return Roles(**{capacity: frozenset(roles) for capacity, roles in found.items()})

    def holders(self, role: str, at: dt.datetime) -> tuple[Person, ...]:
        """Return who holds a role at an instant, present or not."""
        found = (one.what for one in self._held.get(role, ()) if one.begins <= at <= one.ends)
        return tuple(self.by_id[name] for name in dict.fromkeys(found))

    def is_away(self, person: Person, at: dt.datetime) -> bool | None:
        """Say whether a person is absent at an instant; None where absences are not told."""
        if self.absences is None:
            return None
        return any(one.begins <= at <= one.ends for one in self._away.get(person.id, ()))

    def absent_roles(self, at: dt.datetime) -> frozenset[str] | None:
        """Return the roles whose every holder is away, and those that an absence names; None where it is not told.

        A role that nobody holds is vacant, which is not absence: a directory that means it so names the role.
        """
        if self.absences is None or self._some_roles_untold:
            return None
        at = instant(at)  # instants of one zone compare much faster
        found = {one.what for one in self._roles_away if one.begins <= at <= one.ends}
        away = {name for name, spans in self._away.items() if any(one.begins <= at <= one.ends for one in spans)}
        for role in {held.role for name in away for held in self.by_id[name].roles or ()}:
            held = [one.what in away for one in self._held.get(role, ()) if one.begins <= at <= one.ends]
            if held and all(held):
                found.add(role)
        return frozenset(found)

    def flag(self, person: Person, name: str, at: dt.datetime) -> bool | None:
        """Return a person's flag, such as `sworn`, at an instant; None where it is not told.

        Of somebody who has not come yet or is gone nothing is true any more.
        """
        told: Flag = getattr(person, name)
        if told is None:
            return None
        if not self.belongs(person, at):
            return False
        return told if isinstance(told, bool) else any(one.holds(at, at, self.zone) for one in told)

    def belongs(self, person: Person, at: dt.datetime) -> bool:
        """Say whether a person has come and is not gone at an instant."""
        return Period(since=person.since, until=person.until).holds(at, at, self.zone)

    def status(self, periods: tuple[StatusPeriod, ...] | None, at: dt.datetime) -> str | None:
        """Return the status at an instant; None where no period says it."""
        found = [one.status for one in periods or () if one.holds(at, at, self.zone)]
        return found[0] if found else None

    def trainings(self, person: Person, at: dt.datetime) -> tuple[Training, ...] | None:
        """Return the trainings that count at an instant, the latest last; None where none are told.

        Left out is what lies after it and what has expired. A bare date counts from the start of its day on: whether it
        has come is for whoever reads the date.
        """
        if person.training is None:
            return None
        return tuple(
            one
            for one in sorted(person.training, key=lambda one: instant(_last(one.completed, self.zone)))
            if _first(one.completed, self.zone) <= at and (one.expires is None or at <= _last(one.expires, self.zone))
        )

    def trained(self, person: Person, at: dt.datetime) -> Training | None:
        """Return the latest training that counts at an instant and surely lies behind; else one of that very day."""
        found = self.trainings(person, at) or ()
        behind = [one for one in found if _last(one.completed, self.zone) <= at]
        return behind[-1] if behind else found[-1] if found else None

    def training_moments(self, name: str) -> tuple[Moment, ...] | None:
        """Return when a person completed each training, earliest first; None where it is not told."""
        person = self.by_id.get(name)
        if person is None or person.training is None:
            return None
        return tuple(sorted((one.completed for one in person.training), key=lambda one: _last(one, self.zone)))

    def persons_at(self, day: dt.date) -> tuple[Person, ...]:
        """Return who belongs here at any time of a local day: come, not gone, and access not withdrawn all that day."""
        first, last = self.stretch(day)
        return tuple(
            person
            for person in self.persons
            if Period(since=person.since, until=person.until).meets(first, last, self.zone)
            and not any(s.status == "withdrawn" and s.holds(first, last, self.zone) for s in person.status or ())
        )

    @cached_property
    def _agencies(self) -> Mapping[str, Agency]:
        return {agency.id: agency for agency in self.agencies}

    @cached_property
    def _holdings(self) -> Mapping[str, list[tuple[str, Holding]]]:
        found: dict[str, list[tuple[str, Holding]]] = {}
        for person in self.persons:
            for holding in person.roles or ():
                if holding.capacity == "holder":
                    found.setdefault(holding.role, []).append((person.id, holding))
        return found

    @cached_property
    def _held(self) -> Mapping[str, list[_Span]]:
        """Return for each role by whom it is held from when until when, while they belong here."""
        found: dict[str, list[_Span]] = {}
        for role, held in self._holdings.items():
            for name, holding in held:
                person = self.by_id[name]
                there = _span(Period(since=person.since, until=person.until), name, self.zone)
                one = _span(holding, name, self.zone)
                span = _Span(name, max(there.begins, one.begins), min(there.ends, one.ends))
                found.setdefault(role, []).append(span)
        return found

    @cached_property
    def _away(self) -> Mapping[str, list[_Span]]:
        found: dict[str, list[_Span]] = {}
        for absence in self.absences or ():
            if absence.person is not None and absence.person in self.by_id:
                found.setdefault(absence.person, []).append(_span(absence, absence.person, self.zone))
        return found

    @cached_property
    def _roles_away(self) -> tuple[_Span, ...]:
        return tuple(_span(one, one.role, self.zone) for one in self.absences or () if one.role is not None)

    @cached_property
    def _some_roles_untold(self) -> bool:
        return any(person.roles is None for person in self.persons)

    def _backed(self, holding: Holding, moment: Moment, at_any_time: bool) -> bool:
        """Say whether the holder who is named for a designee holds the role; one designated by nobody named is."""
        if holding.capacity != "designee" or holding.of is None:
            return True
        first, last = self.stretch(moment)
        return any(
            name == holding.of and _fits(held, first, last, self.zone, at_any_time)
            for name, held in self._holdings.get(holding.role, ())
        )


def _span(period: Period, what: str, zone: ZoneInfo) -> _Span:
    return _Span(what, period.begins(zone) or EARLIEST, period.ends(zone) or LATEST)


def _fits(period: Period, first: dt.datetime, last: dt.datetime, zone: ZoneInfo, at_any_time: bool) -> bool:
    return period.meets(first, last, zone) if at_any_time else period.holds(first, last, zone)


def _first(moment: Moment, zone: ZoneInfo) -> dt.datetime:
    return instant(moment if isinstance(moment, dt.datetime) else start_of_day(moment, zone))


def _last(moment: Moment, zone: ZoneInfo) -> dt.datetime:
    if isinstance(moment, dt.datetime):
        return instant(moment)
    # The very last instant of the day, where `end_of_day` is its last second.
    return instant(end_of_day(moment, zone)) + dt.timedelta(microseconds=999_999)


def overlapping(periods: Iterable[P], zone: ZoneInfo) -> Iterator[tuple[P, P]]:
    """Give each pair of neighbouring periods that hold at the same time."""
    lowest = dt.datetime.min.replace(tzinfo=dt.UTC)
    ordered = sorted(periods, key=lambda one: one.begins(zone) or lowest)
    for one, other in pairwise(ordered):
        ends, begins = one.ends(zone), other.begins(zone)
        if ends is None or begins is None or begins <= ends:
            yield one, other
