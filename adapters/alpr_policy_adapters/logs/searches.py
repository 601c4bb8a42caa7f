"""Rows of search audits: each is one request to run a search, with the facts that the row records and no others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from alpr_policy_adapters.logs.cells import read_count, read_time, read_window, shown, status_of
from alpr_policy_adapters.logs.rows import Fault, Made, Status
from alpr_policy_adapters.registration import normalise

# Which facts each column gives; of a column that is not there, all of them are absent.
FACTS: Mapping[str, tuple[str, ...]] = {
    "id": ("search.id",),
    "time": ("at",),
    "user": ("requester.id",),
    "org": ("search.organisation",),
    "networks": ("search.networks",),
    "devices": ("search.devices",),
    "timeframe": ("search.window_from", "search.window_to", "record.captured"),
    "plate": ("plate.number", "search.plate_pattern"),
    "reason": ("reason.text", "reason.recorded"),
    "case": ("case.number",),
    "offence": ("search.offence",),
    "filters": ("search.filters",),
    "type": ("search.type",),
    "prompt": ("search.text_prompt",),
    "moderation": ("search.moderation",),
}
# What holds of every search in these logs: the reads lie with the vendor.
KNOWN: Mapping[str, str] = {"data.custodian": "vendor"}
# Where an empty cell says that there is none. A search has a user, a type and a reach whether or not they were written
# down, and later exports leave plates and filters out, so elsewhere an empty cell says nothing.
_NONE = frozenset({"reason", "case", "offence"})
# Wildcards, and what stands between several plates in one cell.
_NO_PLATE = frozenset("*?%_,;/|\n")
MAX_PLATE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """How a file is read: the zone of times without an offset, the longest cell, and what each agency released."""

    zone: ZoneInfo | None = None
    max_cell: int = 2_000
    released: Mapping[str, frozenset[str]] | None = None
    merged: bool = False
    headings: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Row:
    """A row that is being read."""

    made: Made
    context: Context
    line: int

    def put(self, fact: str, value: object, status: Status) -> None:
        if value != "unknown":
            self.made.facts[fact] = value
        self.made.status[fact] = status

    def unreadable(self, key: str, message: str, *facts: str) -> None:
        heading = self.context.headings.get(key, key)
        self.made.faults.append(Fault(code="log-cell", message=message, line=self.line, column=heading))
        self.made.status |= dict.fromkeys(facts, Status.UNREADABLE)


def search_of(places: Mapping[str, tuple[int, ...]], context: Context) -> Callable[[int, Sequence[str]], Made]:
    """Return what makes a search of the cells of a row, given in which cells each column stands."""
    readers = [(key, places[key], _READERS.get(key, _text)) for key in FACTS if key in places and key != "time"]
    missing = {fact: Status.ABSENT for key in FACTS if key not in places for fact in FACTS[key]}
    known_status = dict.fromkeys(KNOWN, Status.PRESENT)
    agency = next((places[key][0] for key in ("agency", "agencyslug") if key in places), None)
    slug = places["agencyslug"][0] if "agencyslug" in places else None

    def make(line: int, cells: Sequence[str]) -> Made:
        made = Made(act="search.run", at="", facts=dict(KNOWN), status=missing | known_status, faults=[], mixed=True)
        row = _Row(made, context, line)
        _time(row, " ".join(cells[place].strip() for place in places["time"]))
        known = _released(context, cells[slug]) if context.merged and slug is not None else None
        for key, (place, *_), read in readers:
            if known is not None and key not in known and not cells[place].strip():
                made.status |= dict.fromkeys(FACTS[key], Status.ABSENT)
            else:
                read(row, key, cells[place])
        if agency is not None:
            _text(row, "org", cells[agency])
        made.number = cells[places["id"][0]].strip() if "id" in places else ""
        if made.number and status_of(made.number) is Status.PRESENT:
            user = cells[places["user"][0]] if "user" in places else ""
            made.key = (cells[slug] if slug is not None else "", made.number, made.at, user)
        return made

    return make


def _released(context: Context, slug: str) -> frozenset[str]:
    """Return the columns that an agency released for certain; an empty cell of any other says nothing."""
    return (context.released or {}).get(slug.strip(), frozenset())


def _time(row: _Row, cell: str) -> None:
    status = status_of(cell)
    row.made.status["at"] = status
    if status is not Status.PRESENT:
        said = "the row has no time" if status is Status.BLANK else "the time is withheld"
    else:
        found = read_time(cell, row.context.zone)
        if not isinstance(found, str):
            row.made.at = shown(found)
            return
        said = found
        row.made.status["at"] = Status.UNREADABLE
    heading = row.context.headings.get("time", "time")
    row.made.faults.append(Fault(code="log-time", message=said, line=row.line, column=heading, fatal=True))


def _value(row: _Row, key: str, cell: str) -> tuple[str | None, Status]:
    """Return the text of a cell as a fact is given it, and its status; noted where it is too long.

    Of a text that is withheld in part nothing is given: what is wrong with it cannot be told from the rest.
    """
    if len(cell) > row.context.max_cell:
        row.unreadable(key, f"the cell has more than {row.context.max_cell:,} characters", *FACTS[key])
        return "unknown", Status.UNREADABLE
    status = status_of(cell)
    if status is Status.BLANK:
        return (None if key in _NONE else "unknown"), status
    return (cell.strip() if status is Status.PRESENT else "withheld"), status


def _text(row: _Row, key: str, cell: str) -> None:
    value, status = _value(row, key, cell)
    row.put(FACTS[key][0], value, status)


def _count(row: _Row, key: str, cell: str) -> None:
    value, status = _value(row, key, cell)
    number = read_count(cell) if status is Status.PRESENT else 0
    if number is None:
        row.unreadable(key, "this is no whole number", *FACTS[key])
    else:
        row.put(FACTS[key][0], number if status is Status.PRESENT else value, status)


def _window(row: _Row, key: str, cell: str) -> None:
    """Read a time frame; the oldest read that a search can have found was captured when it begins."""
    first, last, captured = FACTS[key]
    value, status = _value(row, key, cell)
    if status is not Status.PRESENT:
        for fact in (first, last, captured):
            row.put(fact, value, status)
        return
    found = read_window(cell, row.context.zone)
    if isinstance(found, str):
        row.unreadable(key, found, first, last, captured)
    else:
        row.put(first, shown(found[0]), status)
        row.put(last, shown(found[1]), status)
        row.put(captured, shown(found[0]), status)


def _reason(row: _Row, key: str, cell: str) -> None:
    text, recorded = FACTS[key]
    value, status = _value(row, key, cell)
    row.put(text, value, status)
    match status:
        case Status.WITHHELD:  # a mark may stand over a cell in which there was nothing
            row.put(recorded, "withheld", status)
        case Status.BLANK:
            row.put(recorded, False, status)
        case _:
            row.put(recorded, True, status)


def _plate(row: _Row, key: str, cell: str) -> None:
    """Read a plate; a pattern, or several plates in one cell, is no plate and is kept as it was typed.

    Three stars in a part of the cell may be wildcards or a mark, so the pattern counts as withheld in part.
    """
    plate, pattern = FACTS[key]
    value, status = _value(row, key, cell)
    if status in (Status.BLANK, Status.WITHHELD, Status.UNREADABLE):
        row.put(plate, value, status)
        row.put(pattern, value, status)
        return
    typed = cell.strip()
    if not is_plate(typed):
        row.unreadable(key, "this is a pattern or several plates, and no plate", plate)
        row.put(pattern, typed, status)
    else:
        row.put(plate, normalise(typed), status)
        row.put(pattern, None, status)


def is_plate(typed: str) -> bool:
    """Say whether what was typed can be one plate: no pattern, not several, and not a sentence."""
    return not set(typed) & _NO_PLATE and 0 < len(normalise(typed)) <= MAX_PLATE


_READERS: Mapping[str, Callable[[_Row, str, str], None]] = {
    "networks": _count,
    "devices": _count,
    "timeframe": _window,
    "reason": _reason,
    "plate": _plate,
}
