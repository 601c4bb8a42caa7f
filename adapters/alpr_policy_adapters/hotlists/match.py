"""A read against hot lists: same characters and same state is a hit, anything less is at most a possible one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from alpr_policy.model.quick import quick
from alpr_policy_adapters.hotlists.align import Difference, compare, differences_between, fold
from alpr_policy_adapters.hotlists.entries import MAX_PLATE, HotListEntry
from alpr_policy_adapters.hotlists.index import Kept, PlateIndex
from alpr_policy_adapters.registration import normalise

STATE_NOT_KNOWN = "state not known"
THROUGH_ALTERNATE = "only by taking O for 0 or I for 1"
THROUGH_DIFFERENCE = "only by passing over characters that differ"
THROUGH_LOOK_ALIKE = "only by taking one look-alike character for another"
THROUGH_STACKED = "only with or without letters that are stacked on the plate"
THROUGH_PARTIAL = "only part of the plate is listed"
THROUGH_AREA = "so little of the plate is listed that it searches an area"
_STACKED_READ = re.compile(r"\([^()]*\)|[A-Za-z](?:/[A-Za-z])+")


class HitKind(StrEnum):
    """How sure a hit is: a possible one says nothing until a person has compared plate and state."""

    EXACT = "exact"
    POSSIBLE = "possible"


EXACT, POSSIBLE = HitKind.EXACT, HitKind.POSSIBLE


class ReadLike(Protocol):
    """What matching asks of a plate read, wherever it comes from; a `raw` text is looked at too where there is one."""

    @property
    def plate(self) -> str:
        """Give the characters, normalised."""

    @property
    def state(self) -> str | None:
        """Give the issuing state's code, None when it is not known."""

    @property
    def alternates(self) -> Sequence[str]:
        """List the texts that O for 0 and I for 1 would make of the plate."""

    @property
    def captured_at(self) -> datetime | None:
        """Give the instant of the read with its offset, None when it is not known."""


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A read that meets an entry. `why` says what keeps it from being exact, empty for an exact hit.

    `in_force` is None when the entry has days and the time of the read is not known. `list_age` is how long before the
    time of matching the list was loaded, None when that is not known.
    """

    read: ReadLike
    entry: HotListEntry
    kind: HitKind
    differences: tuple[Difference, ...] = ()
    why: str = ""
    in_force: bool | None = True
    list_age: timedelta | None = None

    @property
    def historical(self) -> bool | None:
        """Say whether the list was loaded after the read, so that looking for the hit was a search; None if unknown."""
        loaded, captured = self.entry.loaded_at, self.read.captured_at
        return loaded > captured if loaded is not None and captured is not None else None

    def list_older_than(self, limit: timedelta) -> bool | None:
        """Say whether the list was older than that at the time of the hit; None when its age is not known."""
        return self.list_age > limit if self.list_age is not None else None

    def to_dict(self) -> dict[str, Any]:
        """Give the hit as JSON values; the read by its plate and state, the age in seconds."""
        return {
            "plate": self.read.plate,
            "state": self.read.state,
            "entry": self.entry.to_dict(),
            "kind": self.kind.value,
            "differences": [{"place": d.place, "read": d.read, "listed": d.listed} for d in self.differences],
            "why": self.why,
            "in_force": self.in_force,
            "list_age": int(self.list_age.total_seconds()) if self.list_age is not None else None,
        }


# Every hit is made here, and its own __init__ with seven names takes half as long again.
_new = Hit.__new__
_set_read, _set_entry, _set_kind, _set_differences, _set_why, _set_in_force, _set_list_age = (
    getattr(Hit, name).__set__ for name in Hit.__dataclass_fields__
)


class Matcher:
    """Entries made ready for many reads.

    `look_alikes` is how many characters may differ by looking alike, `differences` how many in any other way, one that
    is missing or too many included, and look-alikes beyond the first number too. Both are the profile's `matching`.
    """

    def __init__(
        self, entries: Iterable[HotListEntry] | PlateIndex, *, look_alikes: int = 0, differences: int = 0
    ) -> None:
        """Index the entries by their folded plates, which only serve to find them; a list that is indexed is used."""
        if look_alikes < 0 or differences < 0:
            raise ValueError("a tolerance cannot be negative")
        self._look_alikes = look_alikes
        self._different = differences
        self._index = entries if isinstance(entries, PlateIndex) else Kept(entries)
        if differences and len(self._index):
            self._index.prepare(differences)

    def match(self, read: ReadLike, *, at: datetime | None = None) -> tuple[Hit, ...]:
        """Give the hits of a read, exact ones first; entries that were not in force then are left out.

        `at` is the time to judge the entries by, else the read's own time. A text too long for a plate has no hits.
        """
        plate, index = read.plate, self._index
        if not plate or len(plate) > 2 * MAX_PLATE:
            return ()
        folded = fold(plate)
        rows = index.near(folded, self._different) if self._different else index.alike(folded)
        hits = [hit for row in rows if (hit := self._hit(read, row, at)) is not None]
        if index.unstacked or ((raw := getattr(read, "raw", "")) and ("(" in raw or "/" in raw)):
            hits += self._stacked(read, at, {hit.entry for hit in hits})
        if index.partials:
            hits += self._partial(read, at)
        return in_order(hits)

    def _hit(self, read: ReadLike, row: int, at: datetime | None) -> Hit | None:
        """Compare a read with one row that may be meant."""
        listed, state = self._index.plates[row], self._index.states[row]
        if state != read.state and state and read.state:
            return None
        differences: tuple[Difference, ...] = ()
        why = "" if state and read.state else STATE_NOT_KNOWN
        if listed != read.plate:
            found = compare(read.plate, listed, self._look_alikes, self._different)
            through = THROUGH_LOOK_ALIKE
            if listed in read.alternates:
                found, through = differences_between(read.plate, listed), THROUGH_ALTERNATE
            elif found is None:
                return None
            elif not all(d.looks_alike for d in found):
                through = THROUGH_DIFFERENCE
            differences = found
            why = f"{why}; {through}" if why else through
        return self._made(read, row, at, differences, why)

    def _made(
        self, read: ReadLike, row: int, at: datetime | None, differences: tuple[Difference, ...], why: str
    ) -> Hit | None:
        """Make the hit if the entry is in force, or may be."""
        entry, when = self._index.entry(row), at or read.captured_at
        in_force: bool | None = True
        if entry.effective is not None or entry.expires is not None:
            in_force = entry.in_force(when) if when is not None else None
            if in_force is False:
                return None
        hit = _new(Hit)
        _set_read(hit, read)
        _set_entry(hit, entry)
        _set_kind(hit, POSSIBLE if why else EXACT)
        _set_differences(hit, differences)
        _set_why(hit, why)
        _set_in_force(hit, in_force)
        _set_list_age(hit, entry.list_age(when) if when is not None else None)
        return hit

    def _stacked(self, read: ReadLike, at: datetime | None, met: set[HotListEntry]) -> Iterator[Hit]:
        """Yield the hits that depend on whether stacked letters belong to the number, on either side."""
        raw = getattr(read, "raw", "") or ""
        short = normalise(_STACKED_READ.sub("", raw)) if "(" in raw or "/" in raw else ""
        forms = {read.plate, short} - {""}
        rows = {row for form in forms for row in self._index.unstacked.get(fold(form), ())}
        rows |= set(self._index.alike(fold(short))) if short and short != read.plate else set()
        for row in sorted(rows):
            entry = self._index.entry(row)
            if entry in met or (entry.state and read.state and entry.state != read.state):
                continue
            listed = {entry.plate, entry.unstacked} - {""}
            if any(compare(f, one, self._look_alikes, 0) is not None for f in forms for one in listed):
                why = THROUGH_STACKED if entry.state and read.state else f"{STATE_NOT_KNOWN}; {THROUGH_STACKED}"
                hit = self._made(read, row, at, differences_between(read.plate, entry.plate), why)
                if hit is not None:
                    yield hit

    def _partial(self, read: ReadLike, at: datetime | None) -> Iterator[Hit]:
        """Yield the hits on partial plates."""
        for row, partial in self._index.partials_for(read.plate):
            state = self._index.states[row]
            if (state and read.state and state != read.state) or not partial.matches(
                read.plate, look_alikes=self._look_alikes
            ):
                continue
            why = [] if state and read.state else [STATE_NOT_KNOWN]
            why += [THROUGH_PARTIAL, *[THROUGH_AREA] * partial.area_search]
            why += [] if partial.matches(read.plate) else [THROUGH_LOOK_ALIKE]
            hit = self._made(read, row, at, (), "; ".join(why))
            if hit is not None:
                yield hit


def match(
    read: ReadLike, entries: Iterable[HotListEntry], *, look_alikes: int = 0, at: datetime | None = None
) -> tuple[Hit, ...]:
    """Give the hits of one read; for many reads make a Matcher once."""
    return Matcher(entries, look_alikes=look_alikes).match(read, at=at)


def in_order(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Put hits in order: exact ones first, then those with few differences."""
    found = tuple(hits)
    return found if len(found) < 2 else tuple(sorted(found, key=_order))


def _order(hit: Hit) -> tuple[Any, ...]:
    entry = hit.entry
    return hit.kind, len(hit.differences), entry.entry_id, entry.line, entry.list_name
