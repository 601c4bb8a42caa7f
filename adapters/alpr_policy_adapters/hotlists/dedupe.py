"""The same hit again: shown once along a track, and once per camera within a window; the rest is counted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alpr_policy_adapters.hotlists.match import Hit

MOST_REMEMBERED = 100_000


@dataclass(slots=True)
class Shown:
    """A hit that was shown, and how often it came again within the window."""

    hit: Hit
    at: datetime
    last: datetime
    suppressed: int = 0


class Deduplicator:
    """Holds back a hit that says nothing new; not for several threads at once.

    Nothing new is: the same plate and state as read, the same entry of the same list, as sure as before, in the same
    track of the same camera, or at the same camera within the window. A hit whose time is not known, or neither track
    nor camera, is always shown. Beyond a hundred thousand remembered hits the oldest is forgotten, and shown again.
    """

    def __init__(self, window: timedelta, *, most_remembered: int = MOST_REMEMBERED) -> None:
        """Hold back within `window`; ValueError for one below zero."""
        if window < timedelta(0):
            raise ValueError("a window cannot be negative")
        self._window = window
        self._most = most_remembered
        self._shown: OrderedDict[tuple[Any, ...], Shown] = OrderedDict()
        self.suppressed = 0

    def first(self, hits: Iterable[Hit]) -> tuple[Hit, ...]:
        """Give the hits that have to be shown, in their order."""
        return tuple(hit for hit in hits if self._is_new(hit))

    def repeats(self) -> tuple[Shown, ...]:
        """Give what was shown and came again, with how often."""
        return tuple(one for one in {id(one): one for one in self._shown.values()}.values() if one.suppressed)

    def _is_new(self, hit: Hit) -> bool:
        at = hit.read.captured_at
        keys = _keys(hit)
        if at is None or not keys:
            return True
        for key in keys:
            known = self._shown.get(key)
            # Along a track the window counts from the last time it was seen, else from when it was shown.
            if known is not None and abs(at - (known.last if key[0] == "track" else known.at)) <= self._window:
                known.suppressed += 1
                known.last = max(at, known.last)
                self.suppressed += 1
                return False
        made = Shown(hit=hit, at=at, last=at)
        for key in keys:
            self._shown.pop(key, None)
            self._shown[key] = made
        while len(self._shown) > self._most:
            self._shown.popitem(last=False)
        return True


def _keys(hit: Hit) -> list[tuple[Any, ...]]:
    read, entry = hit.read, hit.entry
    listed = (entry.list_name, entry.entry_id, entry.plate, entry.state, entry.category, entry.line)
    same = (read.plate, read.state, hit.kind, listed, getattr(read, "agency", None))
    camera, track = getattr(read, "camera", None), getattr(read, "track", None)
    keys: list[tuple[Any, ...]] = [("track", camera, track, *same)] if track is not None else []
    return [*keys, ("camera", camera, *same)] if camera is not None else keys
