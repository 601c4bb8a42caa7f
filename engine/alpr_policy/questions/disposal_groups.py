"""Many stored records at once: what holds of each, asked once for all that cannot differ.

Records cannot differ if their facts that matter are equal and the same edges of the rules lie behind them. On a local
day without a change of the clock every edge lies equally far from all moments of that day, so a whole day's records of
one kind are worked out together; whatever is not so plain is worked out by itself. That both give what `weigh` gives
for each record alone is a law (docs/laws.md).
"""

from __future__ import annotations

import datetime as dt
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from alpr_policy.durations import instant, start_of_day
from alpr_policy.model.request import HoldRecord
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.disposal import Bundle, Change, Outlook, Stand, StoredRecord, weigh
from alpr_policy.questions.disposal_clocks import CLOCKS, DAY, TICK, Watch, Watched, moment_of, moments_in, watched
from alpr_policy.vocabulary import VOCABULARY

MOST_KEPT = 200_000
HOUR = dt.timedelta(hours=1)


class _Group:
    """Records with equal facts; `points` are the instants at which all of them can change together."""

    __slots__ = ("buckets", "facts", "points", "stands")

    def __init__(self, facts: Mapping[str, Any], points: list[dt.datetime]) -> None:
        self.facts = facts
        self.points = points
        self.stands: dict[Any, Stand] = {}
        self.buckets: dict[Any, _Bucket] = {}


@dataclass(slots=True)
class _Bucket:
    """Records of a group whose clocks show the same local days.

    `shifts` say how far each edge lies from its clock (or the edge itself), where that is the same for all of them.
    """

    group: _Group
    clocks: Any
    shifts: list[dt.timedelta | dt.datetime | None] | None
    uniform: bool
    place: int | None = None
    finer: dict[dt.datetime, _Bucket] | None = None
    now: Stand | None = None
    count: int = 0
    keys: list[str] = field(default_factory=list)
    first: tuple[dt.datetime, StoredRecord] | None = None
    last: tuple[dt.datetime, StoredRecord] | None = None

    def take(self, moment: dt.datetime, record: StoredRecord, most: int) -> None:
        self.count += 1
        if self.first is None or self.last is None:
            self.first = self.last = (moment, record)
        elif moment < self.first[0]:
            self.first = (moment, record)
        elif moment > self.last[0]:
            self.last = (moment, record)
        if len(self.keys) < most:
            self.keys.append(record.key)


class Disposal:
    """Says what holds of the records of a department at an instant, and what changes until another."""

    def __init__(
        self,
        pdp: PolicyDecisionPoint,
        department: str,
        *,
        at: dt.datetime,
        until: dt.datetime,
        holds: tuple[HoldRecord, ...] | None,
        samples: int = 3,
    ) -> None:
        """Ask `pdp` under the text of `department`; raises UnknownProfileError. `holds` None: nobody knows them."""
        self.pdp, self.department, self.holds = pdp, department, holds
        self.at, self.until = instant(at), instant(until)
        self.zone = ZoneInfo(pdp.catalog.latest(department).timezone)
        self.samples = samples
        self.watched: Watched = watched(pdp.texts, department, self.zone)
        self.clocks = tuple(dict.fromkeys(edge.clock for edge in self.watched.edges))
        self._hold_facts = frozenset(name for hold in holds or () for name in hold.scope)
        self.keyed = tuple(sorted(self.watched.keyed | (self._hold_facts & CLOCKS)))
        self._groups: dict[str, _Group] = {}
        self._seen: dict[Any, tuple[Mapping[str, Any], _Group]] = {}
        self._shifts: dict[tuple[Watch, dt.datetime, dt.datetime], dt.timedelta | dt.datetime | None] = {}
        self.asked = 0

    # One record

    def outlook(self, record: StoredRecord) -> Outlook:
        """Return what holds of a record now and each change until the end, to the microsecond."""
        bucket, moments = self._place(record)
        return self._outlook(bucket, moments, record)

    def stand(self, record: StoredRecord) -> Stand:
        """Return what holds of a record now."""
        bucket, moments = self._place(record)
        if bucket.uniform and bucket.now is not None:
            return bucket.now
        found = self._stand(bucket, self._flips(bucket, moments, record), record, self.at)
        bucket.now = found if bucket.uniform else None
        return found

    # Many records

    def bundles(self, records: Iterable[StoredRecord]) -> Iterator[Bundle]:
        """Yield what holds of many records, joined wherever they cannot differ."""
        buckets: dict[int, _Bucket] = {}
        place, samples = self._place, self.samples
        for record in records:
            bucket, moments = place(record)
            if bucket.uniform:
                bucket.take(self.at if bucket.place is None else moments[bucket.place], record, samples)
                if bucket.count == 1:
                    buckets[id(bucket)] = bucket
            else:
                found = self._outlook(bucket, moments, record)
                yield Bundle(facts=record.facts, count=1, keys=(record.key,), first=found, last=found)
        for bucket in buckets.values():
            assert bucket.first is not None and bucket.last is not None
            first, last = (self.outlook(record) for _, record in (bucket.first, bucket.last))
            keys = tuple(bucket.keys)
            yield Bundle(facts=bucket.first[1].facts, count=bucket.count, keys=keys, first=first, last=last)
            bucket.count, bucket.first, bucket.last, bucket.keys = 0, None, None, []

    # Which records cannot differ

    def _place(self, record: StoredRecord) -> tuple[_Bucket, list[Any]]:
        """Return the bucket of a record, and its clocks: as UTC, as dates, or None where they are no moment."""
        group = self._group(record)
        moments: list[Any] = []
        days: list[Any] = []
        for clock in self.clocks:
            raw = record.moments.get(clock, _ABSENT)
            sound = type(raw) is dt.datetime and raw.tzinfo is not None and 1900 <= raw.year <= 2200
            found = raw if sound else moment_of(raw)
            if sound or isinstance(found, dt.datetime):
                days.append(found.astimezone(self.zone).toordinal())  # type: ignore[union-attr]  # a datetime
                moments.append(found.astimezone(dt.UTC))  # type: ignore[union-attr]  # likewise
            else:
                moments.append(found)
                days.append(found.isoformat() if found is not None else (_frozen(raw),))
        key = days[0] if len(days) == 1 else tuple(days)
        bucket = group.buckets.get(key)
        if bucket is None:
            bucket = group.buckets[key] = self._bucket(group, days, moments)
        if bucket.finer is not None and bucket.place is not None:
            # Something happens on that day, so its hours are looked at one by one.
            hour = moments[bucket.place].replace(minute=0, second=0, microsecond=0)
            return bucket.finer.get(hour) or self._finer(bucket, hour, days, moments), moments
        return bucket, moments

    def _finer(self, bucket: _Bucket, hour: dt.datetime, days: list[Any], moments: list[Any]) -> _Bucket:
        assert bucket.finer is not None
        found = bucket.finer[hour] = self._bucket(bucket.group, days, moments, hour)
        return found

    def _group(self, record: StoredRecord) -> _Group:
        alike: Any = id(record.facts)
        if self.keyed or record.events:
            keyed = [record.moments.get(name, "") for name in self.keyed]
            alike = (alike, _frozen(keyed), record.events)
        elif record.events is not None:
            alike = (alike, "none")
        known = self._seen.get(alike)
        if known is not None:
            return known[1]
        facts = self._facts_that_matter(record)
        key = _frozen([facts, record.events])
        group = self._groups.get(key)
        if group is None:
            held = ([getattr(hold, name) for name in ("placed", "ends")] for hold in self.holds or ())
            events = ([one.at, one.ends] for one in record.events or ())
            moments = moments_in([list(facts.values()), *held, *events])
            points = sorted({p for p in self.watched.points(moments) if self.at < p <= self.until})
            group = self._groups[key] = _Group(record.facts, points)
        if len(self._seen) > MOST_KEPT:
            self._seen.clear()
        self._seen[alike] = (record.facts, group)  # held fast, so that no other facts get its identity
        return group

    def _facts_that_matter(self, record: StoredRecord) -> dict[str, Any]:
        """Return the facts by which an answer can differ: none that only identify, and no clock but as one is read."""
        matter: dict[str, Any] = {}
        for name, value in (*record.facts.items(), *record.moments.items()):
            # A clock that nothing reads matters to nothing, and one that is only aged is seen by its edges.
            told_elsewhere = name in record.moments or name not in self.clocks
            if name in CLOCKS and name not in self.keyed and told_elsewhere:
                continue
            fact = VOCABULARY.facts.get(name)
            identifies = fact is not None and fact.personal is not None
            if not identifies or name in self.watched.read or name in self._hold_facts:
                matter[name] = value
        return matter

    def _bucket(self, group: _Group, days: list[Any], moments: list[Any], hour: dt.datetime | None = None) -> _Bucket:
        """Find how the edges lie for all records of these days, and whether nothing can come between them.

        With an `hour`, for those records of the one day that lie in it; of a day on which anything can, hours are kept.
        """
        clocks = tuple(None if isinstance(day, int | str) else day for day in days)
        dated = [place for place, day in enumerate(days) if isinstance(day, int)]
        uniform = len(dated) <= 1
        shifts: list[dt.timedelta | dt.datetime | None] = []
        sound = True
        for edge in self.watched.edges:
            moment, day = moments[self.clocks.index(edge.clock)], days[self.clocks.index(edge.clock)]
            if not isinstance(day, int):
                shifts.append(edge.edge(moment) if isinstance(moment, dt.date) else None)
                continue
            first, last = self._stretch(day, hour)
            shift = self._shift(edge, first, last)
            sound = sound and shift is not None
            shifts.append(shift)
            if isinstance(shift, dt.timedelta):
                fixed = [one for one in shifts if isinstance(one, dt.datetime)]
                points = (self.at, self.until, *group.points, *fixed)
                uniform = uniform and not any(first + shift <= point <= last + shift for point in points)
        if any(isinstance(one, dt.datetime) for one in shifts):
            uniform = uniform and not any(isinstance(one, dt.timedelta) for one in shifts)
        uniform = uniform and sound
        finer: dict[dt.datetime, _Bucket] | None = {} if not uniform and hour is None and len(dated) == 1 else None
        place = dated[0] if dated else None
        return _Bucket(group, clocks, shifts if sound else None, uniform, place, finer)

    def _stretch(self, day: int, hour: dt.datetime | None) -> tuple[dt.datetime, dt.datetime]:
        """Return the first and the last instant of a local day, or of that part of it which lies in an hour."""
        date = dt.date.fromordinal(day)
        first, last = instant(start_of_day(date, self.zone)), instant(start_of_day(date + DAY, self.zone)) - TICK
        return (first, last) if hour is None else (max(first, hour), min(last, hour + HOUR - TICK))

    def _shift(self, edge: Watch, first: dt.datetime, last: dt.datetime) -> dt.timedelta | dt.datetime | None:
        """Return how far an edge lies from each moment of a stretch, or the edge; None where that differs."""
        key = (edge, first, last)
        if key not in self._shifts:
            begins, ends = edge.edge(first), edge.edge(last)
            if begins == ends:
                self._shifts[key] = begins
            elif begins - first == ends - last and self._quiet(first, last) and self._quiet(begins, ends - TICK):
                self._shifts[key] = begins - first
            else:
                self._shifts[key] = None
        return self._shifts[key]

    def _quiet(self, first: dt.datetime, last: dt.datetime) -> bool:
        """Say whether two instants lie on one local day and the clock is not changed between them."""
        one, other = first.astimezone(self.zone), last.astimezone(self.zone)
        return one.date() == other.date() and one.utcoffset() == other.utcoffset()

    # What holds

    def _flips(self, bucket: _Bucket, moments: list[Any], record: StoredRecord) -> list[dt.datetime | None]:
        """Return at which instant each edge is crossed, None where its clock is not known."""
        edges, clocks = self.watched.edges, self.clocks
        if bucket.shifts is None:
            pairs = ((edge, moments[clocks.index(edge.clock)]) for edge in edges)
            return [edge.edge(moment) if isinstance(moment, dt.date) else None for edge, moment in pairs]
        if len(clocks) == 1:
            start = moments[0]
            return [start + s if isinstance(s, dt.timedelta) else s for s in bucket.shifts]
        starts = [moments[clocks.index(edge.clock)] for edge in edges]
        return [m + s if isinstance(s, dt.timedelta) else s for m, s in zip(starts, bucket.shifts, strict=True)]

    def _outlook(self, bucket: _Bucket, moments: list[Any], record: StoredRecord) -> Outlook:
        flips = self._flips(bucket, moments, record)
        points = {flip for flip in flips if flip is not None and self.at < flip <= self.until}
        points.update(bucket.group.points)
        found: list[Change] = []
        for point in (self.at, *sorted(points)):
            stand = self._stand(bucket, flips, record, point)
            if not found or stand != found[-1].stand:
                found.append(Change(point, stand))
        return tuple(found)

    def _stand(self, bucket: _Bucket, flips: list[dt.datetime | None], record: StoredRecord, at: dt.datetime) -> Stand:
        """Return what holds at an instant: what held of the last record that had the same edges behind it."""
        group = bucket.group
        crossed = tuple([None if flip is None else flip <= at for flip in flips])
        key = (bucket.clocks, crossed, bisect_right(group.points, at))
        found = group.stands.get(key)
        if found is None:
            found = group.stands[key] = weigh(self.pdp, self.department, record, self.holds, at)
            self.asked += 1
        return found


_ABSENT = object()


def _frozen(raw: Any) -> str:
    """Return plain data as a text that is equal for equal data."""
    return "" if raw is _ABSENT else json.dumps(raw, sort_keys=True, default=_shown)


def _shown(raw: Any) -> Any:
    if isinstance(raw, frozenset | set):
        return sorted(map(str, raw))
    return f"{type(raw).__name__}: {raw.isoformat() if isinstance(raw, dt.date) else repr(raw)}"
