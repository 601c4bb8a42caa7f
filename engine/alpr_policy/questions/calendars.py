"""Duties as a calendar: which days they fall on, and the file that calendar programs read (RFC 5545)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import unicodedata
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from alpr_policy.durations import end_of_day
from alpr_policy.meaning.schedule import DutyStanding
from alpr_policy.model.profile import Profile
from alpr_policy.questions.duties import DutyLine
from alpr_policy.questions.recurring import Repeat, repeat_of
from alpr_policy.questions.schedule import recurrence
from alpr_policy.questions.wording import sentence

WIDEST: Final = 75
PRODUCT: Final = "-//alpr-policy//duties//EN"
NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:alpr-policy:duty")
PRIORITIES: Final = {"grave": 1, "serious": 3, "minor": 9}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a calendar: by when a duty must be done, once or again and again.

    `due` is a day, or an instant where the deadline is one. One without a deadline is `open_since` that day or instant.
    """

    uid: str
    line: DutyLine
    due: dt.date | dt.datetime | None
    open_since: dt.date | dt.datetime | None = None
    repeat: Repeat | None = None
    overdue: bool = False

    @property
    def title(self) -> str:
        """Return what must be done, for whom, and whether it is late."""
        whom = f" ({self.line.for_each} {self.line.of})" if self.line.of else ""
        return ("Overdue: " if self.overdue else "") + sentence(self.line.what).rstrip(".") + whom

    def days(self, first: dt.date, last: dt.date, zone: ZoneInfo) -> Iterator[dt.date]:
        """Give the days between two days, both included, on which the entry stands in a calendar."""
        if self.repeat is not None:
            yield from self.repeat.between(first, last)
            return
        moment = self.due if self.due is not None else self.open_since
        day = moment.astimezone(zone).date() if isinstance(moment, dt.datetime) else moment
        if day is not None and first <= day <= last:
            yield day


def entries(
    profile: Profile, lines: Iterable[DutyLine], at: dt.datetime, *, last: dt.date | None = None
) -> list[Entry]:
    """Return the calendar entries of the duties of one text as they stand at `at`.

    A duty that recurs by the calendar alone is one entry that repeats, until the text ends or another takes over, after
    the day `last` (`Catalog.last_day`). What is overdue stands on the day it was due. A duty without any date is in no
    calendar.
    """
    ends = min((day for day in (last, profile.policy.until) if day is not None), default=None)
    zone = ZoneInfo(profile.timezone)
    known = {duty.id: duty for duty in profile.duties}
    found: list[Entry] = []
    for line in lines:
        if line.profile != profile.profile or line.duty not in known:
            continue
        due = _day_or_instant(line.due_by, zone)
        today = at.astimezone(zone).date()
        rule = recurrence(profile, known[line.duty])
        repeat = repeat_of(rule, line.due_by.astimezone(zone).date()) if line.due_by is not None else None
        # What a text asks for ends with it.
        repeat = dataclasses.replace(repeat, until=ends) if repeat is not None else None
        late = line.standing is DutyStanding.overdue
        if repeat is None or late:
            found += _single(line, due, zone, late=late)
        if repeat is not None:
            # What is overdue stands by itself already, on the day on which it was due.
            start = next(repeat.between(today if late else repeat.start, dt.date.max), None)
            if start is not None:
                series = dataclasses.replace(repeat, start=start)
                found.append(Entry(uid=_uid(line, "each"), line=line, due=start, repeat=series))
    return found


def _single(line: DutyLine, due: dt.date | dt.datetime | None, zone: ZoneInfo, *, late: bool) -> list[Entry]:
    if due is not None:
        return [Entry(uid=_uid(line, due.isoformat()), line=line, due=due, overdue=late)]
    since = _day_or_instant(line.due_from, zone)
    if since is None or not line.is_open:
        return []
    return [Entry(uid=_uid(line, f"since {since.isoformat()}"), line=line, due=None, open_since=since)]


def _day_or_instant(moment: dt.datetime | None, zone: ZoneInfo) -> dt.date | dt.datetime | None:
    """Return the day of a moment that is the end of a day; any other is an instant in UTC."""
    if moment is None:
        return None
    day = moment.astimezone(zone).date()
    return day if moment == end_of_day(day, zone) else moment.astimezone(dt.UTC)


def _uid(line: DutyLine, window: str) -> str:
    """Return the same id for the same duty and window, in every file and on every machine."""
    return str(uuid.uuid5(NAMESPACE, "\n".join((line.profile, line.duty, line.of or "", window))))


def month_of(found: Iterable[Entry], first: dt.date, last: dt.date, zone: ZoneInfo) -> dict[dt.date, list[Entry]]:
    """Return the entries by day, for the days between two days, both included."""
    by_day: dict[dt.date, list[Entry]] = {}
    for entry in found:
        for day in entry.days(first, last, zone):
            by_day.setdefault(day, []).append(entry)
    return dict(sorted(by_day.items()))


# The file


def calendar_text(found: Iterable[Entry], *, name: str, stamp: dt.datetime) -> str:
    """Return an iCalendar object (RFC 5545); `stamp` is when it was made. All days are local, all instants in UTC."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN"]
    # The name by RFC 7986, and the one that was in use before it.
    lines += [f"NAME:{escaped(name)}", f"X-WR-CALNAME:{escaped(name)}"]
    for entry in found:
        lines += _component(entry, stamp)
    lines.append("END:VCALENDAR")
    return "".join(folded(line) + "\r\n" for line in lines)


def _component(entry: Entry, stamp: dt.datetime) -> list[str]:
    kind = "VTODO" if entry.due is None else "VEVENT"
    line = entry.line
    start = entry.due if entry.due is not None else entry.open_since
    assert start is not None
    lines = [f"BEGIN:{kind}", f"UID:{entry.uid}", f"DTSTAMP:{_instant(stamp)}", _dated("DTSTART", start)]
    lines += [f"RRULE:{entry.repeat.rule}"] if entry.repeat is not None else []
    lines += [f"SUMMARY:{escaped(entry.title)}", f"DESCRIPTION:{escaped(description(entry))}"]
    state = "OVERDUE" if entry.overdue else "DUTY"
    lines += [f"CATEGORIES:{state}", f"CLASS:{'PRIVATE' if line.for_each == 'person' else 'PUBLIC'}"]
    lines += [f"PRIORITY:{PRIORITIES[line.severity]}"] if line.severity in PRIORITIES else []
    lines += ["STATUS:NEEDS-ACTION"] if kind == "VTODO" else ["TRANSP:TRANSPARENT"]
    return [*lines, f"END:{kind}"]


def description(entry: Entry) -> str:
    """Return what stands behind an entry: who owes it, under which clause, how the clause is read."""
    line = entry.line
    told = [
        f"Owed by {line.who}.",
        f"Under {', '.join(line.cite)} of {line.profile}.",
        sentence(line.why) if entry.repeat is None else "",
        f"Read as: {line.reading}." if line.reading else "",
    ]
    return "\n".join(one for one in told if one)


def _dated(key: str, moment: dt.date | dt.datetime) -> str:
    if isinstance(moment, dt.datetime):
        return f"{key}:{_instant(moment)}"
    return f"{key};VALUE=DATE:{moment:%Y%m%d}"


def _instant(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """Escape a text value (RFC 5545 §3.3.11); control characters, which none may hold, become blanks."""
    plain = "".join(" " if unicodedata.category(c) == "Cc" and c != "\n" else c for c in text.replace("\r\n", "\n"))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> str:
    """Fold a content line so that none is longer than 75 octets (§3.1), and no character is torn apart."""
    pieces: list[str] = []
    piece, size = "", 0
    for character in line:
        width = len(character.encode("utf-8", "replace"))
        if size + width > WIDEST:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + character, size + width
    return "\r\n".join([*pieces, piece])
