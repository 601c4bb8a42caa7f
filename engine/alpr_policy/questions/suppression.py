"""Small counts that are not shown, so that nobody in them can be made out, neither directly nor from a total.

A count from 1 to below the threshold is hidden. Lest it be worked out from the total, further counts are hidden, the
smallest first and alike ones together, until two different ones are that come to twice the threshold less one. Zeros
are hidden with them, so a table has a label for what did not happen, too. A total from 1 to below the threshold is
hidden, and then every count of its table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

LEAST_THRESHOLD: Final = 3
USUAL_THRESHOLD: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTable:
    """Counts by label, and their total; None stands for what is not shown."""

    name: str
    title: str
    rows: tuple[tuple[str, int | None], ...]
    total: int | None

    @property
    def hides(self) -> bool:
        """Say whether anything is not shown."""
        return self.total is None or any(count is None for _, count in self.rows)


def count_table(name: str, title: str, counts: Mapping[str, int], threshold: int) -> CountTable:
    """Return counts as they may be shown. A threshold below 3 is refused with ValueError: it would hide nothing.

    Two hidden counts that can only be one each would be told by their sum, as they are with a threshold of 2.
    """
    if threshold < LEAST_THRESHOLD:
        raise ValueError(f"the threshold is at least {LEAST_THRESHOLD}")
    total = sum(counts.values())
    hidden = _hidden(counts, threshold, total)
    rows = tuple((label, None if label in hidden else count) for label, count in counts.items())
    return CountTable(name=name, title=title, rows=rows, total=None if 0 < total < threshold else total)


def _hidden(counts: Mapping[str, int], threshold: int, total: int) -> frozenset[str]:
    hidden = {label for label, count in counts.items() if 0 < count < threshold}
    if not hidden:
        return frozenset()
    if total < threshold:
        return frozenset(counts)
    shown = sorted({count for count in counts.values() if count >= threshold})
    # Alike counts go together, and zeros with what is hidden: which of them was hidden would tell how much the rest is.
    while shown and (len({counts[label] for label in hidden}) < 2 or _sum(counts, hidden) < 2 * threshold - 1):
        smallest = shown.pop(0)
        hidden |= {label for label, count in counts.items() if count == smallest}
    return frozenset(hidden | {label for label, count in counts.items() if not count})


def _sum(counts: Mapping[str, int], labels: Iterable[str]) -> int:
    return sum(counts[label] for label in labels)
