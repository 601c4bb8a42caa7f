"""The law of small counts: what is not shown cannot be worked out, even by who knows how it was hidden."""

from __future__ import annotations

import itertools
from collections import defaultdict

import pytest

from alpr_policy.questions.suppression import count_table


def published(counts: tuple[int, ...], threshold: int) -> tuple[int | None, ...]:
    """Return all that a table shows: its counts, then its total."""
    shown = count_table("t", "t", {str(at): count for at, count in enumerate(counts)}, threshold)
    return (*(count for _, count in shown.rows), shown.total)


@pytest.mark.parametrize(("cells", "most", "threshold"), [(1, 12, 3), (2, 14, 3), (2, 14, 5), (3, 12, 4), (4, 9, 3)])
def test_a_hidden_count_cannot_be_worked_out(cells: int, most: int, threshold: int) -> None:
    """For whatever is published, each hidden count and total has two values or more that lead to just that.

    Every table up to a size is tried, so this holds against a reader who knows the rules and computes backwards.
    """
    behind: dict[tuple[int | None, ...], list[tuple[int, ...]]] = defaultdict(list)
    for counts in itertools.product(range(most + 1), repeat=cells):
        behind[published(counts, threshold)].append((*counts, sum(counts)))

    # A table that reaches the largest count that is tried may have another behind it that was not.
    inside = {shown: several for shown, several in behind.items() if max(max(one[:-1]) for one in several) < most}
    told = [
        shown
        for shown, several in inside.items()
        for at, count in enumerate(shown)
        if count is None and len({one[at] for one in several}) < 2
    ]
    assert [] == told


@pytest.mark.parametrize("threshold", [3, 10])
def test_no_small_count_is_shown(threshold: int) -> None:
    """No count from 1 to below the threshold is shown, and what is shown is true."""
    for counts in itertools.product((0, 1, 2, threshold - 1, threshold, 40), repeat=3):
        shown = published(counts, threshold)

        assert [] == [count for count in shown if count is not None and 0 < count < threshold]
        assert all(count in (None, true) for count, true in zip(shown, (*counts, sum(counts)), strict=True))


def test_a_threshold_that_hides_nothing() -> None:
    """A threshold with which hidden counts could be worked out is refused."""
    with pytest.raises(ValueError, match="at least 3"):
        count_table("t", "t", {"a": 1}, 2)
