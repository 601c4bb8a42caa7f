"""Duties that recur by the calendar alone, as a rule that calendar programs know (RFC 5545 §3.3.10) and as days."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from alpr_policy.durations import Unit
from alpr_policy.meaning.schedule import Counted, Recurrence

MONTHS_OF: Final = {Unit.month: 1, Unit.quarter: 3, Unit.year: 12}
LAST_DAY_OF_MONTH: Final = -1
LAST_YEAR: Final = 9990


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Days that come again and again from `start` on, itself one of them: every so many days, weeks or months.

    With `month_day` of -1 it is the last day of the month whatever its length. `until` is the last day that counts.
    """

    start: dt.date
    days: int = 0
    months: int = 0
    month_day: int | None = None
    until: dt.date | None = None

    @property
    def rule(self) -> str:
        """Return the rule as the value of an RRULE."""
        return self._every() + (f";UNTIL={self.until:%Y%m%d}" if self.until is not None else "")

    def _every(self) -> str:
        if self.days:
            weekly = self.days % 7 == 0
            return f"FREQ={'WEEKLY' if weekly else 'DAILY'};INTERVAL={self.days // 7 if weekly else self.days}"
        day = f"BYMONTHDAY={self.month_day or self.start.day}"
        if self.months % 12 == 0:
            return f"FREQ=YEARLY;INTERVAL={self.months // 12};BYMONTH={self.start.month};{day}"
        return f"FREQ=MONTHLY;INTERVAL={self.months};{day}"

    def between(self, first: dt.date, last: dt.date) -> Iterator[dt.date]:
        """Give the days that lie between two days, both included."""
        last = last if self.until is None else min(last, self.until)
        step = 0
        if first > self.start:
            gone = (first - self.start).days
            step = gone // self.days if self.days else max(0, gone // 31 // self.months - 1)
        while (day := self._day(step)) is not None and day <= last:
            if day >= first:
                yield day
            step += 1

    def _day(self, step: int) -> dt.date | None:
        if self.days:
            ordinal = self.start.toordinal() + step * self.days
            return dt.date.fromordinal(ordinal) if ordinal < dt.date(LAST_YEAR, 1, 1).toordinal() else None
        year, month = divmod(self.start.year * 12 + self.start.month - 1 + step * self.months, 12)
        if year > LAST_YEAR:
            return None
        length = monthrange(year, month + 1)[1]
        return dt.date(year, month + 1, length if self.month_day == LAST_DAY_OF_MONTH else self.start.day)


def repeat_of(rec: Recurrence, due: dt.date) -> Repeat | None:
    """Return how a duty's last days come again after `due`, the last day of one of its windows.

    None where the next day hangs on when it was done (`rolling`) or on what happens (`after`).
    """
    if rec.on_date is not None:
        month, day = rec.on_date
        # The day in a year without 29 February is the 28th: either way the last of the month.
        return Repeat(start=due, months=12, month_day=LAST_DAY_OF_MONTH if (month, day) == (2, 29) else None)
    if rec.every is None or rec.after is not None or rec.counted != Counted.calendar:
        return None
    if rec.every.unit in MONTHS_OF:
        return Repeat(start=due, months=rec.every.count * MONTHS_OF[rec.every.unit], month_day=LAST_DAY_OF_MONTH)
    return Repeat(start=due, days=rec.every.count * (7 if rec.every.unit is Unit.week else 1))
