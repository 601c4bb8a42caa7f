"""One stage of a running pipeline: a bounded queue, and threads that take parcels from it and hand them on."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence

from alpr_policy_adapters.pipeline.metrics import StageMetrics
from alpr_policy_adapters.pipeline.sources import Parcel

PATIENCE = 0.05
"""Seconds for which a thread waits for room before it looks whether everything is to be given up."""


class Stage:
    """Does one piece of work on each parcel, and takes the next only when it has handed the last one on."""

    def __init__(
        self,
        name: str,
        work: Callable[[Sequence[Parcel]], Sequence[bool]],
        *,
        workers: int,
        capacity: int,
        abandon: threading.Event,
        most: int = 1,
    ) -> None:
        """Make the stage; `work` says of each parcel whether it goes on, `abandon` to give up whatever is held.

        It gets one parcel at a time, or up to `most` of them if so many wait; it never waits for more.
        """
        self.name = name
        self.metrics = StageMetrics(name, workers, capacity)
        self.next: Stage | None = None
        self._work, self._most = work, most
        self._abandon = abandon
        self._closed = threading.Event()
        self._queue: queue.Queue[Parcel | None] = queue.Queue(capacity)
        self.threads = [
            threading.Thread(target=self._run, name=f"alpr-{name}-{number}", daemon=True) for number in range(workers)
        ]

    @property
    def depth(self) -> int:
        """Give how many parcels wait."""
        return self._queue.qsize()

    def put(self, parcel: Parcel) -> bool:
        """Hand a parcel in, waiting for room; say whether it was taken, which only the end prevents."""
        while not (self._abandon.is_set() or self._closed.is_set()):
            try:
                self._queue.put(parcel, timeout=PATIENCE)
            except queue.Full:
                continue
            self.metrics.count("in")
            return True
        self.metrics.count("abandoned")
        return False

    def offer(self, parcel: Parcel) -> bool:
        """Hand a parcel in if there is room now."""
        try:
            self._queue.put_nowait(parcel)
        except queue.Full:
            return False
        self.metrics.count("in")
        return True

    def close(self) -> None:
        """Tell the threads that nothing more comes; whatever was handed in before is done first."""
        self._closed.set()
        for _ in self.threads:
            while any(thread.is_alive() for thread in self.threads):
                try:
                    self._queue.put(None, timeout=PATIENCE)
                    break
                except queue.Full:
                    if self._abandon.is_set():
                        self._make_room()

    def sweep(self) -> None:
        """Give up what came in after the threads had gone, so that it is counted too."""
        while self._queue.qsize():
            self._make_room()

    def _make_room(self) -> None:
        """Give up one waiting parcel, where the threads that would have done so hang."""
        try:
            if self._queue.get_nowait() is not None:
                self.metrics.count("abandoned")
        except queue.Empty:
            pass

    def _run(self) -> None:
        over = False
        while not over:
            parcels, over = self._taken()
            if self._abandon.is_set():
                self.metrics.count("abandoned", len(parcels))
            elif parcels:
                self._through(parcels)

    def _through(self, parcels: list[Parcel]) -> None:
        start = time.perf_counter()
        results = self._work(parcels)
        each = (time.perf_counter() - start) / len(parcels)
        for parcel, goes_on in zip(parcels, results, strict=True):
            self.metrics.took(each)
            if goes_on:
                self.metrics.count("out")
                if self.next is not None:
                    self.next.put(parcel)

    def _taken(self) -> tuple[list[Parcel], bool]:
        """Wait for a parcel, take what waits behind it, and say whether the thread is to end after these."""
        parcels: list[Parcel] = []
        following = self._queue.get()
        while following is not None:
            parcels.append(following)
            if len(parcels) == self._most:
                return parcels, False
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                return parcels, False
        return parcels, True
