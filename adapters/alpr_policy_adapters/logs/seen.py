"""Which rows were there before: ids repeat, and files of one month overlap those of the next.

Two rows are the same when id, time and user are. A row without an id is told apart by nothing but its cells: within one
file two alike rows may be two acts, so of such rows as many are kept as the file with the most of them holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from alpr_policy_adapters.logs.rows import Made

_BITS = 20
_MASK = (1 << 64) - 1


class Seen(StrEnum):
    """What a row is to those before it."""

    NEW = "new"
    DUPLICATE = "duplicate"
    SAME_ID = "same_id"
    CONTRADICTS = "contradicts"
    ALIKE = "alike"


@dataclass(slots=True)
class Rows:
    """The rows so far, as hashes. Python keys them anew in each process, so that nobody can make two collide."""

    layouts: list[str] = field(default_factory=list)
    _rows: dict[int, int] = field(default_factory=dict)
    _contradicting: set[int] = field(default_factory=set)
    _ids: set[int] = field(default_factory=set)
    _unnumbered: dict[int, tuple[int, int, int, int]] = field(default_factory=dict)

    def begin(self, layout: str) -> None:
        """Begin the next file."""
        self.layouts.append(layout)

    def look(self, made: Made, cells: Sequence[object]) -> tuple[Seen, int]:
        """Say what a row of the file begun is, remember it, and give the number of the file in which it stood first."""
        content = hash(tuple(map(str, cells))) & _MASK
        if not made.key:
            return self._alike(content)
        key, here = hash(made.key), len(self.layouts) - 1
        before = self._rows.get(key)
        if before is None:
            self._rows[key] = content << _BITS | here
            number = hash((made.key[0], made.number))
            repeated = number in self._ids
            self._ids.add(number)
            return (Seen.SAME_ID if repeated else Seen.NEW), here
        first = before & ((1 << _BITS) - 1)
        # Under another layout the same row has other columns, so there id, time and user have to do.
        same = before >> _BITS == content or self.layouts[first] != self.layouts[here]
        if same or (said := hash((key, content))) in self._contradicting:
            return Seen.DUPLICATE, first
        self._contradicting.add(said)
        return Seen.CONTRADICTS, first

    def _alike(self, content: int) -> tuple[Seen, int]:
        here = len(self.layouts) - 1
        most, first, last, count = self._unnumbered.get(content, (0, here, here, 0))
        count = count + 1 if last == here else 1
        self._unnumbered[content] = (max(most, count), first, here, count)
        if count <= most:
            return Seen.DUPLICATE, first
        return (Seen.ALIKE if most else Seen.NEW), first
