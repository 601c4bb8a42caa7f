"""How many cases a second the second opinion takes, beside the definition: `python -m tests.adapters.durable_speed`.

By the work of both processes, so that a busy machine changes little.
"""

from __future__ import annotations

import resource
import sys
import time

from tests.adapters.durable_kit import STATEMENTS, drawn, meant

from alpr_policy_adapters.durable import Cage, Limits
from alpr_policy_adapters.durable.lowering import Question, question


def work() -> float:
    """Return the seconds of work of this process."""
    return time.process_time()


def workers() -> float:
    """Return the seconds of work of the workers that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def asked(seeds: range) -> float:
    """Ask about drawn cases and return the seconds of work of both processes."""
    before = work(), workers()
    with Cage(Limits(seconds=60)) as cage:
        for seed in seeds:
            found: Question | None = question(*drawn(seed))
            if found is not None:
                cage.ask([found])
    return work() - before[0] + workers() - before[1]


def main(count: int) -> None:
    """Measure `count` cases, each statement's rules once loaded, and the loading by itself."""
    for number in range(STATEMENTS):
        meant(*drawn(number))
    once, often = asked(range(STATEMENTS)), asked(range(STATEMENTS + count))
    before = work()
    for seed in range(count):
        drawn(seed)
    drawing = work() - before
    before = work()
    for seed in range(count):
        meant(*drawn(seed))
    defined = work() - before - drawing
    cases = often - once - drawing
    print(f"second opinion: {count / cases:,.0f} cases a second ({1000 * cases / count:.2f} ms each)")
    print(f"the definition: {count / defined:,.0f} cases a second ({1000 * defined / count:.3f} ms each)")
    print(f"loading rules:  {1000 * (once - STATEMENTS * cases / count) / STATEMENTS:.1f} ms a statement")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5_000)
