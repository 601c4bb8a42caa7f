"""Reads against the hot lists, department by department: how far a read may differ is each department's own matter."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeAlias

from alpr_policy_adapters.hotlists import Hit, HotListEntry, Matcher
from alpr_policy_adapters.pipeline.judge import Decider
from alpr_policy_adapters.plate_read import PlateRead
from alpr_policy_adapters.plates.syntax import alternates

Found: TypeAlias = list[tuple[Hit, tuple[str, ...]]]
"""Each hit, with the departments under whose tolerance it is one."""


class Lookout:
    """Finds the hits of reads under the tolerance of each department's text in force at the time.

    `replace` puts another list in place for all later reads at once; a read that is being matched keeps the list with
    which it began. Threads may share one.
    """

    def __init__(self, entries: Iterable[HotListEntry], pdp: Decider, departments: Sequence[str]) -> None:
        """Look for `entries` on behalf of `departments`."""
        self._pdp = pdp
        self.departments = tuple(departments)
        self._made: tuple[tuple[HotListEntry, ...], dict[tuple[int, int], Matcher]] = (tuple(entries), {})

    def replace(self, entries: Iterable[HotListEntry]) -> None:
        """Look for other entries from now on."""
        self._made = (tuple(entries), {})

    def tolerance(self, department: str, at: datetime) -> tuple[int, int]:
        """Give how many look-alikes and other differences the department's text in force passes over."""
        profile = self._pdp.catalog.active(department, at)
        matching = profile.matching if profile is not None else None
        return (matching.look_alikes, matching.differences) if matching is not None else (0, 0)

    def hits(self, read: PlateRead, at: datetime, departments: Iterable[str] | None = None) -> Found:
        """Find the hits of a read; `at` stands for its time where it has none."""
        when = read.captured_at or at
        entries, matchers = self._made
        # Reads of other software come without the texts that O for 0 and I for 1 would make.
        others = () if read.alternates else alternates(read.plate)
        shown = dataclasses.replace(read, alternates=others) if others else read
        found: dict[tuple[str, int], tuple[Hit, list[str]]] = {}
        for name in self.departments if departments is None else departments:
            key = self.tolerance(name, when)
            matcher = matchers.get(key)
            if matcher is None:
                matcher = matchers[key] = Matcher(entries, look_alikes=key[0], differences=key[1])
            for hit in matcher.match(shown, at=when):
                found.setdefault((hit.entry.entry_id, hit.entry.line), (hit, []))[1].append(name)
        return [(hit, tuple(names)) for hit, names in found.values()]
