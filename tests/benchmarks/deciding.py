"""What a decision costs, beside the same rules written by hand and beside the reference."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Callable
from typing import Any

from tests.benchmarks import by_hand
from tests.benchmarks.mix import AT, REQUESTS, Raw, variants
from tests.benchmarks.timing import each, goal, overhead, percentile, say, table

from alpr_policy import PolicyDecisionPoint
from alpr_policy.questions.decide import Evaluator
from alpr_policy.reading.requests import read_request

ROUNDS, VARIANTS = 9, 200
OURS, HAND = "decide(raw mapping)", "by hand (raw mapping)"
RATIO, P50 = 3.0, 20.0
OUTCOMES = ("allow", "needs", "deny")
Decide = Callable[[Any], Any]


class Fresh:
    """Gives each contender requests at seconds that nobody was asked about before, so that no kept time helps one."""

    def __init__(self) -> None:
        self.second = 0

    def requests(self, raw: Raw, number: int) -> list[Raw]:
        """Return a request at so many further seconds."""
        self.second += number
        return variants(raw, number, self.second)


def _as_it_comes(raw: Raw) -> Raw:
    return raw


def _at_the_same_time(raw: Raw) -> Raw:
    """Return a request with the times that the mix has, which are asked about again and again."""
    late = dt.datetime.fromisoformat(raw["at"]) - dt.datetime.fromisoformat(AT)
    return variants(raw, 1, -int(late.total_seconds()))[0]


def contenders(pdp: PolicyDecisionPoint) -> dict[str, tuple[Decide, Decide]]:
    """Return what is measured, each with what makes its request of a raw one."""
    reference = PolicyDecisionPoint(pdp.catalog, evaluator=Evaluator.REFERENCE)
    return {
        OURS: (pdp.decide, _as_it_comes),
        "decide(raw), times seen before": (pdp.decide, _at_the_same_time),
        "decide(read request)": (pdp.decide, read_request),
        HAND: (by_hand.decide, _as_it_comes),
        "reference (raw mapping)": (reference.decide, _as_it_comes),
    }


def measured(todo: dict[str, tuple[Decide, Decide]], rounds: int = ROUNDS) -> list[dict[str, dict[str, list[float]]]]:
    """Return, by round, contender and request of the mix, the microseconds of each call."""
    clock, fresh, names = overhead(), Fresh(), list(todo)
    found: list[dict[str, dict[str, list[float]]]] = []
    for number in range(-1, rounds):  # the round before the first is to get warm, and is not kept
        times: dict[str, dict[str, list[float]]] = {name: {} for name in names}
        for request, raw in REQUESTS.items():
            for name in names[number % len(names) :] + names[: number % len(names)]:
                decide, made = todo[name]
                asked = [made(one) for one in fresh.requests(raw, VARIANTS if number >= 0 else 5)]
                times[name][request] = each(decide, asked, clock)
        found += [times] if number >= 0 else []
    return found


def figures(found: list[dict[str, dict[str, list[float]]]], requests: list[str]) -> dict[str, dict[str, float]]:
    """Return p50, p99 and the ratios to the decision by hand over some requests: medians of the rounds."""
    shown: dict[str, dict[str, float]] = {}
    for name in found[0]:
        rounds = [[time for request in requests for time in one[name][request]] for one in found]
        hand = [[time for request in requests for time in one[HAND][request]] for one in found]
        pairs = list(zip(rounds, hand, strict=True))
        shown[name] = {
            "p50": statistics.median(percentile(one, 0.5) for one in rounds),
            "p99": statistics.median(percentile(one, 0.99) for one in rounds),
            "ratio": statistics.median(percentile(one, 0.5) / percentile(other, 0.5) for one, other in pairs),
            "ratio_of_sums": statistics.median(sum(one) / sum(other) for one, other in pairs),
            "ratio_least": min(percentile(one, 0.5) / percentile(other, 0.5) for one, other in pairs),
            "ratio_most": max(percentile(one, 0.5) / percentile(other, 0.5) for one, other in pairs),
        }
    return shown


def run(pdp: PolicyDecisionPoint) -> dict[str, Any]:
    """Measure, print, and return the figures."""
    say(f"deciding: {ROUNDS} rounds of {len(REQUESTS)} requests at {VARIANTS} times each")
    found = measured(contenders(pdp))
    by_outcome: dict[str, list[str]] = {outcome: [] for outcome in OUTCOMES}
    for name, raw in REQUESTS.items():
        by_outcome[pdp.decide(raw).outcome.value].append(name)
    whole = figures(found, list(REQUESTS))
    parts = {outcome: figures(found, names) for outcome, names in by_outcome.items()}
    rows = [
        (n, f["p50"], f["p99"], f["ratio"], f"{f['ratio_least']:.2f} to {f['ratio_most']:.2f}", f["ratio_of_sums"])
        for n, f in whole.items()
    ]
    ours, typed = whole[OURS], whole["decide(read request)"]
    table(
        f"Deciding the mix: {len(REQUESTS)} requests under Cambridge's rules, all with reasons, needs and duties",
        ("", "p50 µs", "p99 µs", "× by hand (p50)", "rounds", "× by hand (sums)"),
        rows,
        (
            goal(f"at most {RATIO:.0f} × by hand (p50), raw mapping", ours["ratio"] <= RATIO),
            goal(f"at most {P50:.0f} µs p50, request read before", typed["p50"] <= P50),
            goal(f"at most {P50:.0f} µs p50, raw mapping", ours["p50"] <= P50),
        ),
    )
    table(
        "By outcome",
        ("", *(f"{o} {what}" for o in OUTCOMES for what in ("µs", "×"))),
        [(name, *(parts[o][name][what] for o in OUTCOMES for what in ("p50", "ratio"))) for name in whole],
    )
    each_request = {request: figures(found, [request]) for request in REQUESTS}
    table(
        "By request",
        ("", "decide µs", "by hand µs", "×"),
        [(name, one[OURS]["p50"], one[HAND]["p50"], one[OURS]["ratio"]) for name, one in each_request.items()],
    )
    return {"whole": whole, "by_outcome": parts, "by_request": each_request}
