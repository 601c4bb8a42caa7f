"""Measure reading, lowering and deciding as multiples of one plain piece of work, in one run on one machine.

The yardstick is `json.loads` of a request, run in turn with everything else, so that a busy machine slows both alike.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from alpr_policy import PolicyDecisionPoint
from alpr_policy.ir.lower import lower
from alpr_policy.questions.explain import explain
from alpr_policy.reading.catalog import shipped_folder
from alpr_policy.reading.profiles import load_file
from alpr_policy.reading.requests import read_request
from alpr_policy.reading.yaml_nodes import parse, read_text

ROUNDS = 9
REQUEST = {
    "action": "stop.start",
    "at": "2026-05-01T12:00:00-04:00",
    "departments": ["cambridge"],
    "facts": {"stop.basis": "hit", "requester.id": "officer-7", "status.prevented": False},
    "checks": [
        {
            "check": "visual",
            "part": "characters",
            "result": "pass",
            "by": "officer-7",
            "at": "2026-05-01T11:59:00-04:00",
        }
    ],
}


def _timed(work: Callable[[], object], times: int) -> float:
    """Return microseconds of processor time for one call."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times * 1e6


def main() -> None:
    """Run all rounds and print one line for each piece of work."""
    path: Path = shipped_folder() / "cambridge.yaml"
    source, _ = read_text(path)
    profile = load_file(path).profile
    assert source is not None and profile is not None
    pdp = PolicyDecisionPoint.load()
    text = json.dumps(REQUEST)
    request = read_request(REQUEST)
    decision = pdp.decide(request)
    work: dict[str, tuple[Callable[[], object], int]] = {
        "yardstick: json.loads of a request": (lambda: json.loads(text), 5_000),
        "read a request": (lambda: read_request(REQUEST), 1_000),
        "decide (reference, typed request)": (lambda: pdp.decide(request), 200),
        "explain a decision": (lambda: explain(decision), 300),
        f"YAML to nodes ({len(source.text.splitlines())} lines)": (lambda: parse(source), 3),
        "load and check the profile": (lambda: load_file(path), 3),
        "lower the profile": (lambda: lower(profile), 5),
    }
    rounds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, (one, times) in work.items():
            rounds[name].append(_timed(one, times))
    unit = statistics.median(rounds["yardstick: json.loads of a request"])
    print(f"{'work':<40} {'median us':>12} {'x yardstick':>12} {'min us':>12} {'max us':>12}")
    for name, found in rounds.items():
        middle = statistics.median(found)
        print(f"{name:<40} {middle:>12.1f} {middle / unit:>12.1f} {min(found):>12.1f} {max(found):>12.1f}")


if __name__ == "__main__":
    main()
