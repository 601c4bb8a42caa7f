"""Where the plates of a list are found: by their folded characters, and by what is left of them after deletions."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from math import comb

from alpr_policy_adapters.hotlists.align import fold
from alpr_policy_adapters.hotlists.entries import HotListEntry
from alpr_policy_adapters.hotlists.partial import PartialPlate

Rows = Sequence[int]
NONE: Rows = ()
MOST_DIFFERENCES = 2
"""How many differences have an index; beyond, every plate is looked at."""


class PlateIndex(ABC):
    """Rows of plates and states, and the three ways to the rows that a read may mean.

    Rows that fold to the same text are chained: `_first` has the last one added, `_following` the one before each.
    """

    def __init__(self) -> None:
        """Begin without a row."""
        self.plates: list[str] = []
        self.states: list[str | None] = []
        self.partials: list[tuple[int, PartialPlate]] = []
        self._partials_by: dict[str, list[tuple[int, PartialPlate]]] | None = None
        self.unstacked: dict[str, list[int]] = {}
        self._first: dict[str, int] = {}
        self._following = array("i")
        self._nearby: dict[int, Nearby] = {}
        self._making = threading.Lock()

    @abstractmethod
    def entry(self, row: int) -> HotListEntry:
        """Give the entry of a row."""

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.plates)

    def add(self, plate: str, folded: str, state: str | None) -> None:
        """Append a row."""
        self._following.append(self._first.get(folded, -1))
        self._first[folded] = len(self.plates)
        self.plates.append(plate)
        self.states.append(state)

    def add_partial(self, partial: PartialPlate, state: str | None) -> None:
        """Append a row with a partial plate, which is found by trying it."""
        self.partials.append((len(self.plates), partial))
        self.plates.append(partial.text)
        self.states.append(state)
        self._following.append(-1)

    def add_unstacked(self, plate: str) -> None:
        """Let the last row be found by its plate without the stacked letters, too."""
        self.unstacked.setdefault(fold(plate), []).append(len(self.plates) - 1)

    def alike(self, folded: str) -> Rows:
        """Give the rows whose plate folds to this text."""
        row = self._first.get(folded, -1)
        if row < 0:
            return NONE
        following = self._following[row]
        if following < 0:
            return (row,)
        found = [row]
        while following >= 0:
            found.append(following)
            following = self._following[following]
        return found

    def near(self, folded: str, differences: int) -> Iterator[int]:
        """Yield the rows whose folded plate is made into this text by so many changes or fewer."""
        if differences > MOST_DIFFERENCES:
            found: Iterable[str] = (one for one in self._first if within(folded, one, differences))
        else:
            found = self.nearby(differences).find(folded)
        for one in found:
            yield from self.alike(one)

    def partials_for(self, plate: str) -> Iterable[tuple[int, PartialPlate]]:
        """Give the partial plates that may fit, found by the first character that they know outright."""
        if self._partials_by is None:
            by: dict[str, list[tuple[int, PartialPlate]]] = defaultdict(list)
            for row, partial in self.partials:
                known = next(atom for atom in partial.atoms if len(atom) == 1 and atom != "*")
                by[fold(known)].append((row, partial))
            self._partials_by = by
        return (one for letter in sorted(set(fold(plate))) for one in self._partials_by.get(letter, ()))

    def prepare(self, differences: int) -> None:
        """Make the index for so many differences now rather than with the first read."""
        if 0 < differences <= MOST_DIFFERENCES:
            self.nearby(differences)

    def nearby(self, differences: int) -> Nearby:
        """Return the index of deletions, made when it is first asked for."""
        made = self._nearby.get(differences)
        if made is None:
            with self._making:
                made = self._nearby.get(differences)
                if made is None:
                    made = self._nearby[differences] = Nearby(self._first, differences)
        return made


class Kept(PlateIndex):
    """Entries that exist already as objects."""

    def __init__(self, entries: Iterable[HotListEntry]) -> None:
        """Keep and index the entries."""
        super().__init__()
        self._entries = list(entries)
        for entry in self._entries:
            if entry.partial:
                self.add_partial(PartialPlate.parse(entry.plate), entry.state)
                continue
            self.add(entry.plate, fold(entry.plate), entry.state)
            if entry.unstacked:
                self.add_unstacked(entry.unstacked)

    def entry(self, row: int) -> HotListEntry:
        """Give the very entry."""
        return self._entries[row]


class Nearby:
    """Texts by what is left when up to `most` of their characters are deleted.

    Two texts that so many changes make equal have something left in common. What is left is kept as a hash: its low
    bits lead to a chain of slots, eight other bits are compared. A slot's number says whose it is, since the texts of
    one length have the same number of slots each. Five bytes a slot; a plate of seven has 8 slots for one deletion and
    29 for two.
    """

    def __init__(self, texts: Iterable[str], most: int) -> None:
        """Index the texts, each once."""
        self._most = most
        by_length: dict[int, list[str]] = defaultdict(list)
        for text in texts:
            by_length[len(text)].append(text)
        self._groups = [by_length[length] for length in sorted(by_length)]
        self._slots = [sum(comb(length, k) for k in range(min(most, length) + 1)) for length in sorted(by_length)]
        self._bases = [0]
        for texts_of_length, slots in zip(self._groups, self._slots, strict=True):
            self._bases.append(self._bases[-1] + len(texts_of_length) * slots)
        total = self._bases.pop()
        self._mask = (1 << max(4, (total // 4).bit_length())) - 1
        self._heads = array("i", [-1]) * (self._mask + 1)
        self._following = array("i", bytes(4 * total))
        self._prints = bytearray(total)
        for length, texts_of_length, base in zip(sorted(by_length), self._groups, self._bases, strict=True):
            self._fill(length, texts_of_length, base)

    def _fill(self, length: int, texts: list[str], slot: int) -> None:
        heads, following, prints, mask = self._heads, self._following, self._prints, self._mask
        kept = range(length, length - min(self._most, length) - 1, -1)
        for text in texts:
            for left in kept:
                for key in map(hash, combinations(text, left)):
                    bucket = key & mask
                    following[slot] = heads[bucket]
                    prints[slot] = key >> 40 & 255
                    heads[bucket] = slot
                    slot += 1

    def find(self, text: str) -> set[str]:
        """Give the texts that at most `most` changes make equal to this one."""
        heads, following, prints, mask = self._heads, self._following, self._prints, self._mask
        slots: list[int] = []
        length = len(text)
        for left in range(length, length - min(self._most, length) - 1, -1):
            for key in map(hash, combinations(text, left)):
                slot = heads[key & mask]
                if slot < 0:
                    continue
                check = key >> 40 & 255
                while slot >= 0:
                    if prints[slot] == check:
                        slots.append(slot)
                    slot = following[slot]
        return {one for one in set(map(self._owner, slots)) if within(text, one, self._most)}

    def _owner(self, slot: int) -> str:
        group = bisect_right(self._bases, slot) - 1
        return self._groups[group][(slot - self._bases[group]) // self._slots[group]]


def within(one: str, other: str, most: int) -> bool:
    """Say whether at most so many characters changed, added or dropped make two texts equal."""
    if one == other:
        return True
    if most == 0 or abs(len(one) - len(other)) > most:
        return False
    same = 0
    shorter = min(len(one), len(other))
    while same < shorter and one[same] == other[same]:
        same += 1
    one, other = one[same:], other[same:]
    return within(one[1:], other[1:], most - 1) or within(one[1:], other, most - 1) or within(one, other[1:], most - 1)
