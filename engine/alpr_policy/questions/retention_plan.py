"""The plan of retention: what is held where, what must go by when under which clause, what stays and why."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from alpr_policy.questions.disposal import Bundle, Course, Stand, StoredRecord
from alpr_policy.questions.disposal_groups import Disposal
from alpr_policy.questions.holds import LegalHold, due_for_review

LONGEST_OUTLOOK = dt.timedelta(days=3_660)
ORDER = tuple(Course)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextChange:
    """What holds next of some records of a line: from `first` on for the first of them, from `last` on for the last."""

    course: Course
    cite: tuple[str, ...]
    count: int
    first: dt.datetime
    last: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """Records of one store, custodian and classes of which the same holds; `keys` are some of them."""

    store: str
    custodian: str
    classes: tuple[str, ...]
    stand: Stand
    count: int
    keys: tuple[str, ...]
    next: tuple[NextChange, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data."""
        following = [
            {"course": str(n.course), "cite": [*n.cite], "count": n.count, "first": _iso(n.first), "last": _iso(n.last)}
            for n in self.next
        ]
        where = {"store": self.store, "custodian": self.custodian, "classes": [*self.classes]}
        return {**where, **self.stand.to_wire(), "count": self.count, "keys": [*self.keys], "next": following}


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDay:
    """How many records of a store may stay on a local day for the last time, and under which clauses.

    `overdue`: their last day is over already, and `day` is that of the plan.
    """

    day: dt.date
    overdue: bool
    store: str
    cite: tuple[str, ...]
    count: int

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data."""
        wire = {"day": self.day.isoformat(), "overdue": self.overdue, "store": self.store}
        return {**wire, "cite": [*self.cite], "count": self.count}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayVolume:
    """How many records there are as a local day ends, if what must go is purged on the day on which it must."""

    day: dt.date
    kept: int
    held: int
    unclear: int
    purged: int

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "day": self.day.isoformat(),
            "kept": self.kept,
            "held": self.held,
            "unclear": self.unclear,
            "purged": self.purged,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to become of the records of some stores, as of an instant, seen up to another."""

    department: str
    zone: str
    at: dt.datetime
    until: dt.datetime
    records: int
    lines: tuple[PlanLine, ...]
    due: tuple[DueDay, ...]
    volumes: tuple[DayVolume, ...]
    reviews: tuple[LegalHold, ...] = ()
    asked: int = 0

    def count(self, *courses: Course) -> int:
        """Count the records that take one of some courses now."""
        return sum(line.count for line in self.lines if line.stand.course in courses)

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data; of the days only those on which something must go."""
        return {
            "department": self.department,
            "timezone": self.zone,
            "at": _iso(self.at),
            "until": _iso(self.until),
            "records": self.records,
            "lines": [line.to_wire() for line in self.lines],
            "due": [day.to_wire() for day in self.due],
            "reviews": [hold.to_wire() for hold in self.reviews],
            "questions": self.asked,
        }


def _iso(moment: dt.datetime) -> str:
    return moment.isoformat()


class Survey:
    """Gathers what holds of the records of several stores."""

    def __init__(self, disposal: Disposal) -> None:
        """Gather under the department and between the instants of `disposal`."""
        self.disposal = disposal
        self.records = 0
        self._lines: dict[Any, list[Any]] = {}
        self._next: dict[Any, dict[Any, list[Any]]] = {}
        self._due: Counter[Any] = Counter()
        self._today = disposal.at.astimezone(disposal.zone).date()
        self._moves: Counter[tuple[int, str]] = Counter()

    def add(self, store: str, records: Iterable[StoredRecord]) -> None:
        """Take the records of a store."""
        for bundle in self.disposal.bundles(records):
            self.records += bundle.count
            self._line(store, bundle)
            self._days(store, bundle)

    def _line(self, store: str, bundle: Bundle) -> None:
        now = bundle.first[0].stand
        custodian, classes = _where(bundle.facts)
        key = (store, custodian, classes, now)
        line = self._lines.setdefault(key, [0, []])
        line[0] += bundle.count
        if len(line[1]) < self.disposal.samples:
            line[1] += bundle.keys[: self.disposal.samples - len(line[1])]
        if len(bundle.first) > 1:
            after, latest = bundle.first[1], bundle.last[1]
            following = self._next.setdefault(key, {})
            told = (after.stand.course, after.stand.cite)
            found = following.setdefault(told, [0, after.at, latest.at])
            found[0] += bundle.count
            found[1], found[2] = min(found[1], after.at), max(found[2], latest.at)

    def _days(self, store: str, bundle: Bundle) -> None:
        """Note the local days on which a bundle moves from one heap to another."""
        before = ""
        for change in bundle.first:
            heap = HEAPS[change.stand.course]
            day = (change.at.astimezone(self.disposal.zone).date() - self._today).days
            if heap != before:
                self._moves[day, heap] += bundle.count
                if before:
                    self._moves[day, before] -= bundle.count
            if heap == "purged":
                last = change.last_before.astimezone(self.disposal.zone).date() if before else self._today
                self._due[last, not before, store, change.stand.cite] += bundle.count
                return
            before = heap

    def plan(self, holds: Iterable[LegalHold] = ()) -> Plan:
        """Return what was gathered; `holds` due for review by the instant of the plan are listed in it."""
        of = self.disposal
        lines = [self._told(key, count, keys) for key, (count, keys) in self._lines.items()]
        due = [
            DueDay(day=day, overdue=overdue, store=store, cite=cite, count=n)
            for (day, overdue, store, cite), n in self._due.items()
        ]
        return Plan(
            department=of.department,
            zone=of.zone.key,
            at=of.at,
            until=of.until,
            records=self.records,
            lines=tuple(sorted(lines, key=_place_in_plan)),
            due=tuple(sorted(due, key=lambda one: (one.day, not one.overdue, one.store, one.cite))),
            volumes=self._volumes(),
            reviews=due_for_review(holds, of.at),
            asked=of.asked,
        )

    def _told(self, key: Any, count: int, keys: list[str]) -> PlanLine:
        store, custodian, classes, stand = key
        following = [
            NextChange(course=course, cite=cite, count=n, first=first, last=last)
            for (course, cite), (n, first, last) in self._next.get(key, {}).items()
        ]
        return PlanLine(
            store=store,
            custodian=custodian,
            classes=classes,
            stand=stand,
            count=count,
            keys=tuple(keys),
            next=tuple(sorted(following, key=lambda one: (one.first, one.course, one.cite))),
        )

    def _volumes(self) -> tuple[DayVolume, ...]:
        last = (self.disposal.until.astimezone(self.disposal.zone).date() - self._today).days
        heaps: Counter[str] = Counter()
        found: list[DayVolume] = []
        for number in range(last + 1):
            for heap in ("kept", "held", "unclear"):
                heaps[heap] += self._moves[number, heap]
            found.append(
                DayVolume(
                    day=self._today + dt.timedelta(days=number),
                    kept=heaps["kept"],
                    held=heaps["held"],
                    unclear=heaps["unclear"],
                    purged=self._moves[number, "purged"],
                )
            )
        return tuple(found)


HEAPS = {
    Course.MUST_GO: "purged",
    Course.MAY_GO: "kept",
    Course.MUST_STAY: "kept",
    Course.SILENT: "kept",
    Course.HELD: "held",
    Course.BLOCKED: "unclear",
    Course.UNKNOWN: "unclear",
    Course.NO_POLICY: "unclear",
}


def _where(facts: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return the custodian and the classes of a record as they came."""
    custodian, classes = facts.get("data.custodian"), facts.get("data.classes")
    listed = classes if isinstance(classes, list | tuple | set | frozenset) else ()
    return custodian if isinstance(custodian, str) else "?", tuple(sorted(str(one)[:60] for one in listed)) or ("?",)


def _place_in_plan(line: PlanLine) -> Any:
    place = ORDER.index(line.stand.course)
    return place, line.store, line.custodian, line.classes, line.stand.cite, str(line.stand)
