"""What a server counts, and how it says so to Prometheus: no name, plate or case is ever a label."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from typing import Final

BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
KIND: Final = "text/plain; version=0.0.4; charset=utf-8"
HELP: Final = {
    "alpr_requests_total": "requests answered, by route and status",
    "alpr_decisions_total": "decisions given, by outcome",
    "alpr_request_seconds": "how long a request took, by route",
    "alpr_requests_in_progress": "requests that are being answered",
    "alpr_profiles_loaded_seconds": "when the profiles in use were loaded, in seconds since 1970",
    "alpr_profiles_fault": "1 while a change of the profiles could not be taken up",
    "alpr_ready": "1 while the server can answer",
}


class ServerMetrics:
    """Counts requests and decisions. Threads share it."""

    def __init__(self) -> None:
        """Start from nothing."""
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._decisions: Counter[str] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._sums: Counter[str] = Counter()
        self.in_progress = 0

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Note a request that was answered."""
        with self._lock:
            self._requests[route, status] += 1
            counts = self._buckets.get(route)
            if counts is None:
                counts = self._buckets[route] = [0] * (len(BUCKETS) + 1)
            counts[bisect_left(BUCKETS, seconds)] += 1
            self._sums[route] += seconds  # type: ignore[assignment]  # a counter of seconds holds fractions

    def decided(self, outcomes: Iterable[str]) -> None:
        """Note decisions that were given."""
        with self._lock:
            for outcome in outcomes:
                self._decisions[outcome] += 1

    def text(self, gauges: dict[str, float]) -> str:
        """Return all figures in the text format of Prometheus, with the gauges that are asked for at that moment."""
        with self._lock:
            requests, decisions = dict(self._requests), dict(self._decisions)
            buckets, sums = {name: list(one) for name, one in self._buckets.items()}, dict(self._sums)
        lines = _head("alpr_requests_total", "counter")
        lines += [
            f'alpr_requests_total{{route="{route}",status="{status}"}} {count}'
            for (route, status), count in sorted(requests.items())
        ]
        lines += _head("alpr_decisions_total", "counter")
        lines += [f'alpr_decisions_total{{outcome="{name}"}} {count}' for name, count in sorted(decisions.items())]
        lines += _head("alpr_request_seconds", "histogram")
        for route, counts in sorted(buckets.items()):
            total = 0
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
                total += count
                lines.append(f'alpr_request_seconds_bucket{{route="{route}",le="{bound}"}} {total}')
            lines.append(f'alpr_request_seconds_sum{{route="{route}"}} {float(sums[route]):.6f}')
            lines.append(f'alpr_request_seconds_count{{route="{route}"}} {total}')
        for name, value in {"alpr_requests_in_progress": float(self.in_progress), **gauges}.items():
            lines += [*_head(name, "gauge"), f"{name} {value:g}" if value < 1e6 else f"{name} {value:.3f}"]
        return "\n".join(lines) + "\n"


def _head(name: str, kind: str) -> list[str]:
    return [f"# HELP {name} {HELP[name]}", f"# TYPE {name} {kind}"]
