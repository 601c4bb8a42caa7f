"""What a running pipeline counts, and how it says so: plain numbers under plain names."""

from __future__ import annotations

import threading
from collections import Counter, deque
from typing import Any

KEPT = 1024
"""The latencies of so many items are kept for the percentiles; the mean and the longest are of all."""


class StageMetrics:
    """Counts what went into a stage and what became of it. Threads share it."""

    def __init__(self, name: str, workers: int, capacity: int) -> None:
        """Start from nothing."""
        self.name, self.workers, self.capacity = name, workers, capacity
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._kept: deque[float] = deque(maxlen=KEPT)
        self._sum = self._longest = 0.0

    def count(self, what: str, number: int = 1) -> None:
        """Add to `in`, `out`, `dropped`, `failed` or `abandoned`."""
        with self._lock:
            self._counts[what] += number

    def took(self, seconds: float) -> None:
        """Note how long an item took."""
        with self._lock:
            self._kept.append(seconds)
            self._sum += seconds
            self._longest = max(self._longest, seconds)
            self._counts["timed"] += 1

    def snapshot(self, depth: int) -> dict[str, Any]:
        """Give the figures as JSON values, times in milliseconds."""
        with self._lock:
            counts, kept, total, longest = dict(self._counts), sorted(self._kept), self._sum, self._longest
        timed = counts.get("timed", 0)
        return {
            "workers": self.workers,
            "capacity": self.capacity,
            "depth": depth,
            **{what: counts.get(what, 0) for what in ("in", "out", "dropped", "failed", "abandoned")},
            "ms": {
                "mean": _ms(total / timed) if timed else None,
                "p50": _ms(kept[len(kept) // 2]) if kept else None,
                "p99": _ms(kept[min(len(kept) - 1, int(len(kept) * 0.99))]) if kept else None,
                "longest": _ms(longest) if timed else None,
            },
        }


class SourceMetrics:
    """Counts what one source gave, and how it fares."""

    def __init__(self, live: bool) -> None:
        """Start from nothing."""
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self.live = live
        self.state = "new"
        self.last_error: str | None = None

    def count(self, what: str, number: int = 1) -> None:
        """Add to `items`, `dropped`, `failures` or `restarts`."""
        with self._lock:
            self._counts[what] += number

    def get(self, what: str) -> int:
        """Give one count."""
        with self._lock:
            return self._counts[what]

    def snapshot(self) -> dict[str, Any]:
        """Give the figures as JSON values."""
        return {
            "live": self.live,
            "state": self.state,
            **{what: self.get(what) for what in ("items", "dropped", "failures", "restarts")},
            "last_error": self.last_error,
        }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
