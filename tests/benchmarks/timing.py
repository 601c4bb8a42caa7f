"""How time is taken: processor time, everything in turn within each round, medians over rounds."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
Work = Callable[[], object]


def say(text: str) -> None:
    """Say on stderr what is going on."""
    print(text, file=sys.stderr, flush=True)


def once(work: Work) -> float:
    """Return the milliseconds that a piece of work takes the processor."""
    start = time.process_time_ns()
    work()
    return (time.process_time_ns() - start) / 1e6


def in_turn(contenders: dict[str, T], rounds: int, measure: Callable[[T], float]) -> dict[str, list[float]]:
    """Measure all contenders in each round, the order turned by one each time, and return what was found by round."""
    names = list(contenders)
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            found[name].append(measure(contenders[name]))
    return found


def overhead() -> float:
    """Return the microseconds that looking at the clock twice takes, which are no part of what is measured."""
    return statistics.median(each(lambda _: None, range(2_000), 0.0))


def each(work: Callable[[Any], object], items: Iterable[Any], clock: float) -> list[float]:
    """Return the microseconds for each item, less those for looking at the `clock`."""
    now = time.process_time_ns
    found: list[float] = []
    for item in items:
        start = now()
        work(item)
        found.append((now() - start) / 1e3 - clock)
    return found


def all_of(work: Callable[[Any], object], items: Sequence[Any]) -> float:
    """Return the microseconds for one item, from the time for all of them."""
    start = time.process_time_ns()
    for item in items:
        work(item)
    return (time.process_time_ns() - start) / 1e3 / len(items)


def percentile(found: list[float], part: float) -> float:
    """Return the value below which a part of those found lie."""
    ordered = sorted(found)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]], notes: Iterable[str] = ()) -> None:
    """Print a table: the first column to the left, all others to the right."""
    shown = [[one if isinstance(one, str) else _number(one) for one in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(head), *shown]) for i in range(len(head))]
    print(f"\n{title}")
    for row in [list(head), ["-" * width for width in widths], *shown]:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        print("  " + "  ".join(cells).rstrip())
    for note in notes:
        print(f"  {note}")


def _number(value: object) -> str:
    return f"{value:,.0f}" if isinstance(value, int) or float(str(value)) >= 1_000 else f"{value:.2f}"


def goal(text: str, met: bool) -> str:
    """Say of a goal whether this run met it."""
    return f"goal: {text}: {'met' if met else 'NOT met'} in this run"
