"""Needs made ready, and what is put together from them: the same few sets of needs come again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from alpr_policy.meaning.needs import cited, one_of
from alpr_policy.model.decision import Need

# How much is kept that one place puts together from ready needs; there is as much as there are ways of not knowing.
MOST_KEPT = 500


class Ready:
    """Needs that are kept for good. What is put together from them alone can be kept by their numbers."""

    def __init__(self) -> None:
        """Begin with none."""
        self._needs: dict[int, Need] = {}

    def add(self, *needs: Need) -> None:
        """Keep needs, so that no other ever comes to their numbers."""
        self._needs.update({id(need): need for need in needs})

    def holds(self, needs: Iterable[Need]) -> bool:
        """Say whether all of some needs are kept."""
        return all(id(need) in self._needs for need in needs)


class Joined:
    """Puts needs together in one way, and keeps what came out where each need was a ready one."""

    def __init__(self, join: Callable[[Sequence[Need]], tuple[Need, ...]], ready: Ready) -> None:
        """Put needs together by `join`, whose answer rests on the needs alone."""
        self.join = join
        self.ready = ready
        self._kept: dict[tuple[int, ...], tuple[Need, ...]] = {}

    def __call__(self, needs: Sequence[Need]) -> tuple[Need, ...]:
        """Return what to ask."""
        key = tuple(map(id, needs))
        found = self._kept.get(key)
        if found is None:
            found = self.join(needs)
            if len(self._kept) < MOST_KEPT and self.ready.holds(needs):
                self.ready.add(*found)
                self._kept[key] = found
        return found


class Choice:
    """Puts alternatives to a choice, and keeps what came out where each alternative was ready."""

    def __init__(self, cite: tuple[str, ...] | None, ready: Ready) -> None:
        """Ask on account of some clauses, or without them on account of what each need is asked for anyway."""
        self.cite = cite
        self.ready = ready
        self._kept: dict[tuple[tuple[int, ...], ...], tuple[Need, ...]] = {}

    def __call__(self, ways: list[tuple[Need, ...]]) -> tuple[Need, ...]:
        """Return what to ask."""
        key = tuple([tuple(map(id, way)) for way in ways])
        found = self._kept.get(key)
        if found is None:
            found = one_of(ways) if self.cite is None else cited(one_of(ways), self.cite)
            if len(self._kept) < MOST_KEPT and all(map(self.ready.holds, ways)):
                self.ready.add(*found)
                self._kept[key] = found
        return found
