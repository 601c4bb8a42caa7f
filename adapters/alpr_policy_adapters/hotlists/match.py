"""A read against hot lists: same characters and same state is a hit, anything less is at most a possible one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

from alpr_policy_adapters.hotlists.csv_list import HotListEntry

LOOK_ALIKES = ("0ODQ", "1I", "2Z", "5S", "8B", "6G")
"""Characters that plates draw alike, one set after the other."""

STATE_NOT_KNOWN = "state not known"
THROUGH_ALTERNATE = "only by taking O for 0 or I for 1"
THROUGH_DIFFERENCE = "only by passing over characters that differ"
THROUGH_LOOK_ALIKE = "only by taking one look-alike character for another"

_FOLD: Mapping[int, str] = MappingProxyType({ord(c): same[0] for same in LOOK_ALIKES for c in same})


class HitKind(StrEnum):
    """How sure a hit is: a possible one says nothing until a person has compared plate and state."""

    EXACT = "exact"
    POSSIBLE = "possible"


class ReadLike(Protocol):
    """What matching asks of a plate read, wherever it comes from."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One character that differs: its place in the plate from 1, what was read and what is listed."""

    place: int
    read: str
    listed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A read that meets an entry. `why` says what keeps it from being exact, empty for an exact hit.

    `in_force` is None when the entry has days and the time of the read is not known.
    """

    read: ReadLike
    entry: HotListEntry
    kind: HitKind
    differences: tuple[Difference, ...] = ()
    why: str = ""
    in_force: bool | None = True

    def to_dict(self) -> dict[str, Any]:
        """Give the hit as JSON values; the read by its plate and state."""
        return {
            "plate": self.read.plate,
            "state": self.read.state,
            "entry": self.entry.to_dict(),
            "kind": self.kind.value,
            "differences": [{"place": d.place, "read": d.read, "listed": d.listed} for d in self.differences],
            "why": self.why,
            "in_force": self.in_force,
        }


class Matcher:
    """Entries made ready for many reads.

    `look_alikes` is how many characters may differ by looking alike, `differences` how many in any other way, one that
    is missing or too many included.
    """

    def __init__(self, entries: Iterable[HotListEntry], *, look_alikes: int = 0, differences: int = 0) -> None:
        """Sort the entries by their folded plates, which only serve to find them."""
        if look_alikes < 0 or differences < 0:
            raise ValueError("a tolerance cannot be negative")
        self._look_alikes = look_alikes
        self._different = differences
        self._entries: dict[str, list[HotListEntry]] = defaultdict(list)
        for entry in entries:
            self._entries[_fold(entry.plate)].append(entry)

    def match(self, read: ReadLike, *, at: datetime | None = None) -> tuple[Hit, ...]:
        """Give the hits of a read, exact ones first; entries that were not in force then are left out.

        `at` is the time to judge the entries by, else the read's own time.
        """
        when = at or read.captured_at
        found = (self._hit(read, entry, when) for entry in self._candidates(read.plate))
        hits = (hit for hit in found if hit is not None)
        return tuple(sorted(hits, key=lambda h: (h.kind, len(h.differences), h.entry.entry_id, h.entry.line)))

    def _candidates(self, plate: str) -> Iterator[HotListEntry]:
        """Yield the entries that may be meant: those of the same folded plate, or near it where that is tolerated."""
        folded = _fold(plate)
        if not self._different:
            yield from self._entries.get(folded, ())
            return
        for other, entries in self._entries.items():
            if _edits(folded, other, self._different) <= self._different:
                yield from entries

    def _hit(self, read: ReadLike, entry: HotListEntry, when: datetime | None) -> Hit | None:
        """Compare a read with one entry that may be meant."""
        if read.state and entry.state and read.state != entry.state:
            return None
        dated = entry.effective is not None or entry.expires is not None
        in_force = entry.in_force(when) if when else (None if dated else True)
        if in_force is False:
            return None
        why = [] if read.state and entry.state else [STATE_NOT_KNOWN]
        differences = _differences(read.plate, entry.plate)
        alike = [d for d in differences if _fold(d.read) == _fold(d.listed)]
        if _fold(read.plate) != _fold(entry.plate):
            if len(alike) > self._look_alikes and len(read.plate) == len(entry.plate):
                return None
            why.append(THROUGH_DIFFERENCE)
        elif differences and entry.plate in read.alternates:
            why.append(THROUGH_ALTERNATE)
        elif len(differences) > self._look_alikes:
            return None
        elif differences:
            why.append(THROUGH_LOOK_ALIKE)
        kind = HitKind.POSSIBLE if why else HitKind.EXACT
        return Hit(read=read, entry=entry, kind=kind, differences=differences, why="; ".join(why), in_force=in_force)


def match(
    read: ReadLike, entries: Iterable[HotListEntry], *, look_alikes: int = 0, at: datetime | None = None
) -> tuple[Hit, ...]:
    """Give the hits of one read; for many reads make a Matcher once."""
    return Matcher(entries, look_alikes=look_alikes).match(read, at=at)


def _fold(plate: str) -> str:
    """Write every look-alike as the first of its set, to find what might be meant; never stored, never shown."""
    return plate.translate(_FOLD)


def _edits(one: str, other: str, most: int) -> int:
    """Count the characters to change, add or drop to make one plate the other; more than `most` when there are more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def _differences(read: str, listed: str) -> tuple[Difference, ...]:
    """List the places where two plates of one length differ; of other lengths no place can be named."""
    if len(read) != len(listed):
        return ()
    pairs = enumerate(zip(read, listed, strict=True), 1)
    return tuple(Difference(place=place, read=a, listed=b) for place, (a, b) in pairs if a != b)
