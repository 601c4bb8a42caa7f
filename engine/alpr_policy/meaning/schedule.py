"""When a duty is due: language §7's table as pure functions of dates, doings and events.

Nothing here knows a profile or a ledger. A caller hands over one duty's recurrence and what happened to one person,
device, entry or case; doings and events later than `at` have not happened yet.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan, Unit, add, end_of_day, instant, start_of_day, subtract

_LEAP_YEAR: Final = 2000
_FAR_DAY: Final = date(9991, 1, 1)
_MONTHS_OF: Final = {Unit.month: 1, Unit.quarter: 3, Unit.year: 12}


class DutyStanding(StrEnum):
    """Where a duty stands; undetermined is neither done nor late, and is reported (language §7)."""

    not_due = "not_due"
    due = "due"
    overdue = "overdue"
    undetermined = "undetermined"


class Trigger(StrEnum):
    """What makes a duty due."""

    every = "every"
    on_date = "on_date"
    after = "after"


class Counted(StrEnum):
    """Whether `every` runs from the last doing, or by the periods of the calendar."""

    rolling = "rolling"
    calendar = "calendar"


class FirstPeriod(StrEnum):
    """Which calendar period is owed first: the one that holds the effective date, or the one after it."""

    current = "current"
    next = "next"


class Promptness(StrEnum):
    """Deadlines after an event that are no span."""

    at_once = "at_once"
    as_soon_as_practicable = "as_soon_as_practicable"
    as_ordered = "as_ordered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """When a duty recurs: `every` a span, `on_date` (month, day) each year, or `after` an event or action.

    With none of the three the trigger is `every` with a parameter that nobody has filled. `counted` and
    `first_period` speak to `every`; `early` to `on_date` and `after`; `within` and `late_after` to `after`.
    """

    every: CalendarSpan | None = None
    counted: Counted = Counted.rolling
    first_period: FirstPeriod = FirstPeriod.current
    on_date: tuple[int, int] | None = None
    after: str | None = None
    within: CalendarSpan | Promptness = Promptness.as_soon_as_practicable
    early: CalendarSpan | None = None
    late_after: CalendarSpan | None = None

    def __post_init__(self) -> None:
        """Refuse what has no meaning on a calendar, with a sentence."""
        if sum(given is not None for given in (self.every, self.on_date, self.after)) > 1:
            raise ValueError("a duty has one trigger: `every`, `on_date` or `after`")
        if self.every and self.counted == Counted.calendar and self.every.unit in (Unit.minute, Unit.hour):
            raise ValueError(f"`every: {self.every}` has no calendar periods: count it as `rolling`")
        if self.on_date:
            month, day = self.on_date
            if not (1 <= month <= 12 and 1 <= day <= monthrange(_LEAP_YEAR, month)[1]):
                raise ValueError(f"`on_date: {month:02}-{day:02}` is no day of any year")

    @property
    def kind(self) -> Trigger:
        """The trigger of this duty."""
        if self.on_date is not None:
            return Trigger.on_date
        return Trigger.every if self.after is None else Trigger.after


@dataclass(frozen=True, slots=True)
class EventMoment:
    """An event that a duty follows; `ordered_by` is the last timely instant that the order itself names."""

    at: datetime
    ordered_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWindow:
    """From when a duty is due until its last timely instant; no `due_by` means no deadline that can be missed."""

    due_from: datetime
    due_by: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyStatus:
    """Where a duty stands, the window this speaks of (of the oldest miss when overdue), and why in one sentence.

    `missed_periods` counts what passed undone and still is: calendar periods, yearly dates, events out of time,
    or the one lapse of a rolling duty.
    """

    standing: DutyStanding
    due_from: datetime | None
    due_by: datetime | None
    why: str
    missed_periods: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _History:
    """What happened by `at`, oldest first, in UTC so that it can be compared."""

    effective: date
    done: tuple[datetime, ...]
    events: tuple[EventMoment, ...]
    at: datetime
    zone: ZoneInfo

    @property
    def begun(self) -> datetime:
        """The first instant of the effective date."""
        return instant(start_of_day(self.effective, self.zone))

    def local_day(self, moment: datetime) -> date:
        """Return the local day of a moment."""
        return moment.astimezone(self.zone).date()

    def minute(self, moment: datetime) -> str:
        """Write a moment as a person reads a clock: local day, hour and minute."""
        return moment.astimezone(self.zone).replace(tzinfo=None).isoformat(" ", "minutes")

    def done_since(self, moment: datetime) -> bool:
        """Say whether the duty was done at or after a moment."""
        return bool(self.done) and self.done[-1] >= instant(moment)

    def status(self, standing: DutyStanding, why: str, window: DueWindow | None = None, missed: int = 0) -> DutyStatus:
        """Build a status whose window is given in local time."""
        return DutyStatus(
            standing=standing,
            due_from=window.due_from.astimezone(self.zone) if window else None,
            due_by=window.due_by.astimezone(self.zone) if window and window.due_by else None,
            why=why,
            missed_periods=missed,
        )


def duty_status(
    rec: Recurrence,
    *,
    effective: date,
    done: Sequence[datetime],
    events: Sequence[EventMoment],
    at: datetime,
    zone: ZoneInfo,
) -> DutyStatus:
    """Say where a duty stands at `at`: the rows of language §7, each column tried from left to right.

    Rolling: a doing older than the effective date starts the clock too, but nothing is due before that date.
    Calendar, read to the letter: a doing in the current period gives not_due whatever was missed before; it does not
    heal a missed period, so the next period opens overdue, and `missed_periods` goes on counting. After an event:
    events older than the effective date bind nobody; a later doing serves all before it; the earliest deadline counts.
    """
    history = _history(effective, done, events, at, zone)
    if rec.on_date is not None:
        return _on_date(_Yearly(*rec.on_date, rec.early, zone), history)
    if rec.kind is Trigger.after:
        return _after(rec, history)
    if rec.every is None:
        return history.status(DutyStanding.undetermined, "the period of this duty has not been set")
    if rec.counted == Counted.calendar:
        return _calendar(rec, _Periods(rec.every, effective, zone), history)
    return _rolling(rec.every, history)


def next_due(
    rec: Recurrence,
    *,
    effective: date,
    done: Sequence[datetime],
    events: Sequence[EventMoment],
    at: datetime,
    zone: ZoneInfo,
) -> DueWindow | None:
    """Return the earliest window that a doing at or after `at` would serve; None when none can be told.

    It may lie in the past for a duty that is overdue until done; a missed calendar period cannot be served any more.
    """
    status = duty_status(rec, effective=effective, done=done, events=events, at=at, zone=zone)
    if status.standing is DutyStanding.overdue and rec.every and rec.counted == Counted.calendar:
        periods = _Periods(rec.every, effective, zone)
        return periods.window(periods.index(instant(at).astimezone(zone).date()))
    return DueWindow(due_from=status.due_from, due_by=status.due_by) if status.due_from else None


def _history(
    effective: date, done: Sequence[datetime], events: Sequence[EventMoment], at: datetime, zone: ZoneInfo
) -> _History:
    """Put what happened in order, leaving out whatever is later than `at` and events the policy did not yet bind."""
    now, begun = instant(at), instant(start_of_day(effective, zone))
    known = (EventMoment(instant(e.at), instant(e.ordered_by) if e.ordered_by else None) for e in events)
    return _History(
        effective=effective,
        done=tuple(sorted(moment for moment in map(instant, done) if moment <= now)),
        events=tuple(sorted((e for e in known if begun <= e.at <= now), key=lambda e: e.at)),
        at=now,
        zone=zone,
    )


def _rolling(span: CalendarSpan, history: _History) -> DutyStatus:
    """Judge a duty that is due one span after it was last done."""
    last = history.done[-1] if history.done else history.begun
    due_from = max(instant(add(last, span, history.zone)), history.begun)
    day = history.local_day(due_from)
    due_by = end_of_day(day, history.zone)
    verb, since = ("last done", last) if history.done else ("in force since", history.begun)
    basis = f"owed every {span}, {verb} {history.local_day(since)}"
    window = DueWindow(due_from=due_from, due_by=due_by)
    if history.at < due_from:
        return history.status(DutyStanding.not_due, f"not due before {day}: {basis}", window)
    if history.local_day(history.at) <= day:
        return history.status(DutyStanding.due, f"due on {day}: {basis}", window)
    return history.status(DutyStanding.overdue, f"was due on {day}: {basis}", window, 1)


@dataclass(frozen=True, slots=True)
class _Periods:
    """Calendar periods of one span: period 0 holds the effective date, and longer ones are counted from there."""

    span: CalendarSpan
    effective: date
    zone: ZoneInfo

    def index(self, day: date) -> int:
        """Return the number of the period that holds a local day; negative before the effective date's."""
        return (self._unit_of(day) - self._unit_of(self.effective)) // self.span.count

    def days(self, index: int) -> tuple[date, date]:
        """Return the first and the last day of a period; period 0 begins on the effective date."""
        first_unit = self._unit_of(self.effective) + index * self.span.count
        first = self.effective if index == 0 else self._first_day(first_unit)
        return first, self._first_day(first_unit + self.span.count) - timedelta(days=1)

    def window(self, index: int) -> DueWindow:
        """Return the first instant and the last second of a period."""
        first, last = self.days(index)
        return DueWindow(due_from=start_of_day(first, self.zone), due_by=end_of_day(last, self.zone))

    def name(self, index: int) -> str:
        """Name a period by its first and last day."""
        return "{} to {}".format(*self.days(index))

    def _unit_of(self, day: date) -> int:
        """Number the calendar day, Monday week, month, quarter or year that holds a day."""
        if self.span.unit is Unit.day:
            return day.toordinal()
        if self.span.unit is Unit.week:
            return (day.toordinal() - 1) // 7
        return (day.year * 12 + day.month - 1) // _MONTHS_OF[self.span.unit]

    def _first_day(self, unit: int) -> date:
        """Return the first day of a numbered unit, or a day in year 9991 for all that lie beyond."""
        if self.span.unit in _MONTHS_OF:
            year, month = divmod(unit * _MONTHS_OF[self.span.unit], 12)
            return date(year, month + 1, 1) if year < _FAR_DAY.year else _FAR_DAY
        ordinal = unit if self.span.unit is Unit.day else unit * 7 + 1
        return date.fromordinal(min(ordinal, _FAR_DAY.toordinal()))


def _calendar(rec: Recurrence, periods: _Periods, history: _History) -> DutyStatus:
    """Judge a duty that is owed once in each period of the calendar."""
    first = 0 if rec.first_period == FirstPeriod.current else 1
    opening = periods.window(first)
    if history.at < instant(opening.due_from):
        why = f"the first period, {periods.name(first)}, has not begun"
        return history.status(DutyStanding.not_due, why, opening)
    now = periods.index(history.local_day(history.at))
    done = {periods.index(history.local_day(moment)) for moment in history.done}
    missed = now - first - sum(first <= index < now for index in done)
    if now in done:
        why = f"done in the period {periods.name(now)}"
        return history.status(DutyStanding.not_due, why, periods.window(now + 1), missed)
    if missed:
        oldest = next(index for index in range(first, now) if index not in done)
        why = f"not done in the period {periods.name(oldest)}"
        return history.status(DutyStanding.overdue, why, periods.window(oldest), missed)
    return history.status(DutyStanding.due, f"not yet done in the period {periods.name(now)}", periods.window(now))


@dataclass(frozen=True, slots=True)
class _Yearly:
    """One day of every year, and how early a doing already counts for it."""

    month: int
    day: int
    early: CalendarSpan | None
    zone: ZoneInfo

    def day_in(self, year: int) -> date:
        """Return the day in a year; 29 February becomes 28 where there is none."""
        year = min(year, MAXYEAR)
        return date(year, self.month, min(self.day, monthrange(year, self.month)[1]))

    def window(self, year: int) -> DueWindow:
        """Return the day in a year, from its first instant to its last second."""
        day = self.day_in(year)
        return DueWindow(due_from=start_of_day(day, self.zone), due_by=end_of_day(day, self.zone))

    def opens(self, year: int) -> datetime:
        """Return the first instant at which a doing serves the day in a year."""
        return _opens(start_of_day(self.day_in(year), self.zone), self.early, self.zone)

    def served(self, year: int, done: Sequence[datetime]) -> bool:
        """Say whether a doing, in time or late, serves this year's day and not only the next year's."""
        opens, closes = self.opens(year), self.opens(year + 1)
        return any(opens <= moment < closes for moment in done)


def _opens(moment: datetime, early: CalendarSpan | None, zone: ZoneInfo) -> datetime:
    """Return the instant from which a doing counts for what falls due at `moment`."""
    return instant(subtract(moment, early, zone) if early else moment)


def _on_date(days: _Yearly, history: _History) -> DutyStatus:
    """Judge a duty that is due on one day of each year, the first not before the effective date."""
    began = history.effective
    first = began.year if days.day_in(began.year) >= began else began.year + 1
    today = history.local_day(history.at)
    latest = today.year if days.day_in(today.year) <= today else today.year - 1
    missed = sum(not days.served(year, history.done) for year in range(first, latest))
    if latest < first or history.done_since(days.opens(latest)):
        year = max(first, latest + 1)
        while year < MAXYEAR and history.done_since(days.opens(year)):
            year += 1
        return history.status(DutyStanding.not_due, f"not due before {days.day_in(year)}", days.window(year), missed)
    day, window = days.day_in(latest), days.window(latest)
    if today == day:
        return history.status(DutyStanding.due, f"due on {day}, and not done yet", window, missed)
    return history.status(DutyStanding.overdue, f"was due on {day}, and not done since", window, missed + 1)


def _after(rec: Recurrence, history: _History) -> DutyStatus:
    """Judge a duty that follows events: each needs a doing at or after it, or early enough before it."""
    owed = [e for e in history.events if not history.done_since(_opens(e.at, rec.early, history.zone))]
    if not owed:
        why = f"done for every `{rec.after}`" if history.events else f"no `{rec.after}` yet"
        return history.status(DutyStanding.not_due, why)
    limits = [(e, _limit(rec, e, history.zone)) for e in owed]
    timed = [(limit, e.at) for e, limit in limits if limit is not None]
    late = sum(limit < history.at for limit, _ in timed)
    ordered = rec.within == Promptness.as_ordered
    undated = [e.at for e, limit in limits if limit is None]
    if undated and not late:
        standing = DutyStanding.undetermined if ordered else DutyStanding.due
        how = "by an order that names no day" if ordered else "as soon as practicable"
        why = f"owed since {history.minute(undated[0])}, {how}"
        return history.status(standing, why, DueWindow(due_from=undated[0], due_by=None))
    due_by, due_from = min(timed)
    window = DueWindow(due_from=due_from, due_by=due_by)
    since, until = history.minute(due_from), history.minute(due_by)
    if late:
        return history.status(DutyStanding.overdue, f"owed since {since}, and late since {until}", window, late)
    return history.status(DutyStanding.due, f"owed since {since}, by {until}", window)


def _limit(rec: Recurrence, event: EventMoment, zone: ZoneInfo) -> datetime | None:
    """Return the last timely instant for one event; None where the text names none and nobody set `late_after`."""
    if rec.within == Promptness.as_ordered and event.ordered_by:
        return event.ordered_by
    if rec.late_after:
        return instant(add(event.at, rec.late_after, zone))
    if isinstance(rec.within, CalendarSpan):
        return instant(add(event.at, rec.within, zone))
    return event.at if rec.within == Promptness.at_once else None
