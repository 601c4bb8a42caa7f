"""Reads against the hot lists, department by department: how far a read may differ is each department's own matter."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from alpr_policy_adapters.hotlists import Deduplicator, Hit, HotListEntry, Matcher, ReadLike
from alpr_policy_adapters.hotlists.index import PlateIndex
from alpr_policy_adapters.pipeline.judge import Decider
from alpr_policy_adapters.plate_read import PlateRead
from alpr_policy_adapters.plates.syntax import alternates

Found: TypeAlias = list[tuple[Hit, tuple[str, ...]]]
"""Each hit, with the departments under whose tolerance it is one."""


def told_before(window: timedelta) -> Callable[[PlateRead, Hit], bool]:
    """Say of each hit whether the same was told within the window, along a track or at one camera; for one thread."""
    memory = Deduplicator(window)
    return lambda read, hit: not memory.first([hit])


class Finder(Protocol):
    """Compares reads with lists within one tolerance."""

    def match(self, read: ReadLike, *, at: datetime | None = None) -> tuple[Hit, ...]:
        """Give the hits of a read."""


class Lists(Protocol):
    """Hot lists that may change while they are used, such as a store of them."""

    def matcher(self, *, look_alikes: int = 0, differences: int = 0) -> Finder:
        """Give what compares reads with the lists in use at the moment of each read."""


class Lookout:
    """Finds the hits of reads under the tolerance of each department's text in force at the time.

    `replace` puts other lists in place for all later reads at once; a read that is being matched keeps those with which
    it began. Threads may share one.
    """

    def __init__(self, entries: Iterable[HotListEntry] | Lists, pdp: Decider, departments: Sequence[str]) -> None:
        """Look for entries, or in lists that change by themselves, on behalf of `departments`."""
        self._pdp = pdp
        self.departments = tuple(departments)
        self._made = _Made(entries)

    def replace(self, entries: Iterable[HotListEntry] | Lists) -> None:
        """Look for other entries from now on."""
        self._made = _Made(entries)

    def tolerance(self, department: str, at: datetime) -> tuple[int, int]:
        """Give how many look-alikes and other differences the department's text in force passes over."""
        profile = self._pdp.catalog.active(department, at)
        matching = profile.matching if profile is not None else None
        return (matching.look_alikes, matching.differences) if matching is not None else (0, 0)

    def hits(self, read: PlateRead, at: datetime, departments: Iterable[str] | None = None) -> Found:
        """Find the hits of a read; `at` stands for its time where it has none."""
        when, made = read.captured_at or at, self._made
        # Reads of other software come without the texts that O for 0 and I for 1 would make.
        others = () if read.alternates else alternates(read.plate)
        shown = dataclasses.replace(read, alternates=others) if others else read
        found: dict[HotListEntry, tuple[Hit, list[str]]] = {}
        for name in self.departments if departments is None else departments:
            for hit in made.within(self.tolerance(name, when)).match(shown, at=when):
                found.setdefault(hit.entry, (hit, []))[1].append(name)
        return [(hit, tuple(names)) for hit, names in found.values()]


class _Made:
    """Lists with what compares reads with them, made once for each tolerance that is asked for."""

    def __init__(self, entries: Iterable[HotListEntry] | Lists) -> None:
        # An indexed list, and one that changes, are used as they are; anything else is gone through more than once.
        as_it_is = isinstance(entries, PlateIndex) or hasattr(entries, "matcher")
        self._entries = entries if as_it_is else tuple(entries)  # type: ignore[arg-type]  # entries, then
        self._finders: dict[tuple[int, int], Finder] = {}

    def within(self, tolerance: tuple[int, int]) -> Finder:
        finder = self._finders.get(tolerance)
        if finder is None:
            alike, different = tolerance
            finder = self._finders[tolerance] = self._finder(alike, different)
        return finder

    def _finder(self, alike: int, different: int) -> Finder:
        make = getattr(self._entries, "matcher", None)
        if make is not None:
            found: Finder = make(look_alikes=alike, differences=different)
            return found
        return Matcher(self._entries, look_alikes=alike, differences=different)  # type: ignore[arg-type]  # no lists: see above
