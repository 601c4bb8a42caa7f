"""The pipeline as a running service: sources, stages with bounded queues, sinks, and an end that loses nothing unsaid.

    sources ─▶ read ─▶ match ─▶ decide ─▶ sink

Threads, not an event loop: reading pictures and frames, and deciding, are calls that block, and what is heavy in them
runs outside Python's lock; an event loop would need the same threads and a second way to write every sink.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.hotlists import Hit
from alpr_policy_adapters.pipeline.judge import Judge
from alpr_policy_adapters.pipeline.lookout import Lookout
from alpr_policy_adapters.pipeline.metrics import SourceMetrics, StageMetrics
from alpr_policy_adapters.pipeline.sources import Arrived, Item, Parcel, Reader, Source
from alpr_policy_adapters.pipeline.stage import PATIENCE, Stage
from alpr_policy_adapters.pipeline.step import Step
from alpr_policy_adapters.plate_read import PlateRead

MOMENT = 2.0
"""Seconds that a source is given at the end to come back from wherever it is."""

Sink = Callable[[Step], None]
Together = Callable[[], AbstractContextManager[None]]
"""Gives a stretch in which all that is decided is written down at its end; it raises where that cannot be."""
Repeated = Callable[[PlateRead, Hit], bool]
"""Says whether a hit was told before, of the same vehicle; then its capture is judged and no alert asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """How much a pipeline holds and how many threads it has. Deciding and sinks keep the order with one thread each.

    `together` is how many parcels are decided at once where decisions are written down.
    """

    frames: int = 16
    parcels: int = 64
    readers: int = 1
    together: int = 64
    first_pause: float = 0.5
    longest_pause: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a pipeline ended: whether all that had come in was done; else what was given up, by stage, and what hangs.

    Whatever was given up was not acknowledged. `metrics` are the last figures.
    """

    drained: bool
    abandoned: Mapping[str, int]
    unacknowledged: int
    stuck: tuple[str, ...]
    metrics: Mapping[str, Any]


class Pipeline:
    """Runs sources, stages and sinks until it is stopped or every source is over.

    `sinks` get each step, with its decisions, in order; nothing else is ever handed to them. What goes wrong is told to
    `report` with the name of the source, and stops nothing else.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        judge: Judge,
        lookout: Lookout,
        sinks: Sequence[Sink],
        *,
        reader: Reader | None = None,
        report: Callable[[str, Diagnostic], None] = lambda source, problem: None,
        repeated: Repeated | None = None,
        capacity: Capacity | None = None,
    ) -> None:
        """Make the stages; nothing runs before `start`. Raises ValueError where two sources have one name."""
        if len({source.name for source in sources}) != len(sources):
            raise ValueError("two sources have the same name")
        self._sources, self._judge, self._lookout = tuple(sources), judge, lookout
        self._sinks, self._reader, self._report, self._repeated = tuple(sinks), reader, report, repeated
        self._room = capacity or Capacity()
        self._together: Together | None = getattr(judge.pdp, "together", None)
        self._stop, self._abandon = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._totals: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._whole = StageMetrics("whole", 0, 0)
        self.stages = self._made()
        self._source_metrics = {source.name: SourceMetrics(source.live) for source in self._sources}
        self._threads = [
            threading.Thread(target=self._run_source, args=(one,), name=f"alpr-{one.name}", daemon=True)
            for one in self._sources
        ]

    def _made(self) -> dict[str, Stage]:
        room = self._room
        # What writes down its decisions does so for many at once, which costs little more than for one.
        most = room.together if self._together is not None else 1
        plan: tuple[tuple[str, Callable[[Sequence[Parcel]], Sequence[bool]], int, int, int], ...] = (
            ("read", _each(self._read), room.readers, room.frames, 1),
            ("match", _each(self._match), 1, room.parcels, 1),
            ("decide", self._decide, 1, room.parcels, most),
            ("sink", _each(self._sink), 1, room.parcels, 1),
        )
        made = {
            name: Stage(name, work, workers=workers, capacity=size, abandon=self._abandon, most=most)
            for name, work, workers, size, most in plan
        }
        names = list(made)
        for name, following in pairwise(names):
            made[name].next = made[following]
        return made

    # Running and ending

    def start(self) -> Pipeline:
        """Start all threads and return at once."""
        for thread in (*(t for stage in self.stages.values() for t in stage.threads), *self._threads):
            thread.start()
        return self

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until every source is over, which live ones never are; say whether they are."""
        end = None if timeout is None else time.monotonic() + timeout
        for thread in self._threads:
            thread.join(None if end is None else max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def stop(self, *, drain: bool = True, timeout: float = 30.0) -> Ending:
        """Stop the sources and end: with `drain` all that came in is done first, for at most `timeout` seconds.

        After that, or without `drain`, what is left is given up and counted. Only what has been through every sink is
        acknowledged, so that whoever sent the rest sends it again.
        """
        end = time.monotonic() + timeout
        self._stop.set()
        if not drain:
            self._abandon.set()
        stuck = self._sources_over(timeout / 2)
        for stage in self.stages.values():
            closing = threading.Thread(target=stage.close, daemon=True)
            closing.start()
            if _joined([closing, *stage.threads], end):
                self._abandon.set()
                stuck += _joined(stage.threads, time.monotonic() + 1.0)
        if stuck:
            time.sleep(2 * PATIENCE)  # whoever still waits for room finds out by then that there is none
        for stage in self.stages.values():
            stage.sweep()
        abandoned = {name: stage.metrics.snapshot(0)["abandoned"] for name, stage in self.stages.items()}
        given_up = {name: number for name, number in abandoned.items() if number}
        figures = self.metrics()
        left = figures["totals"]["accepted"] - figures["totals"]["acknowledged"]
        return Ending(
            drained=not given_up and not stuck,
            abandoned=given_up,
            unacknowledged=left,
            stuck=tuple(dict.fromkeys(stuck)),
            metrics=figures,
        )

    def metrics(self) -> dict[str, Any]:
        """Give all figures as JSON values."""
        with self._lock:
            totals = dict(self._totals)
        whole = self._whole.snapshot(0)["ms"]
        kinds = ("accepted", "acknowledged", "reads", "hits", "repeated", "steps", "allow", "needs", "deny")
        return {
            "totals": {kind: totals.get(kind, 0) for kind in kinds},
            "ms": whole,
            "stages": {name: stage.metrics.snapshot(stage.depth) for name, stage in self.stages.items()},
            "sources": {name: one.snapshot() for name, one in self._source_metrics.items()},
        }

    # Sources

    def _sources_over(self, seconds: float) -> list[str]:
        """Wait until all sources have stopped, and name those that hang.

        One that waits for room is given the time. A camera that hangs must not keep what the others sent from being
        done: it is given a moment, and can hand nothing in after that.
        """
        end, moment = time.monotonic() + seconds, time.monotonic() + min(seconds, MOMENT)
        while time.monotonic() < end:
            alive = [one for one in self._threads if one.is_alive()]
            waiting = any(one.state == "waiting for room" for one in self._source_metrics.values())
            if not alive or (time.monotonic() > moment and not waiting):
                break
            alive[0].join(PATIENCE)
        return [thread.name for thread in self._threads if thread.is_alive()]

    def _run_source(self, source: Source) -> None:
        figures, pause = self._source_metrics[source.name], self._room.first_pause
        while not self._stop.is_set():
            figures.state, before = "running", figures.get("items")
            try:
                self._take_from(source, figures)
                why = "it ended"
            except Exception as error:  # whatever a camera does, the others go on
                why = f"{type(error).__name__}: {error}"[:300]
            if self._stop.is_set() or (why == "it ended" and (not source.live or source.over())):
                break
            figures.count("failures")
            figures.last_error = why
            begun = "; it is begun again" if source.live else ""
            self._tell(source.name, Diagnostic("pipeline-source", f"the source `{source.name}` failed: {why}{begun}"))
            if not source.live:
                figures.state = "failed"
                return
            figures.state = "pausing"
            pause = self._room.first_pause if figures.get("items") > before else pause
            self._stop.wait(pause)
            pause = min(2 * pause, self._room.longest_pause)
            figures.count("restarts")
        figures.state = "over"

    def _take_from(self, source: Source, figures: SourceMetrics) -> None:
        items = iter(source.open())
        try:
            for item in items:
                if self._stop.is_set():
                    return
                figures.count("items")
                self._admit(source, item, figures)
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()

    def _admit(self, source: Source, item: Item, figures: SourceMetrics) -> None:
        """Take one item in. Only a live frame, of which nothing has been read, may be dropped; the rest waits."""
        if isinstance(item, Arrived):
            for problem in item.received.diagnostics:
                self._tell(source.name, problem)
            reads = item.received.reads
            parcel = Parcel(source=source.name, received=item.received, reads=reads, done=item.done)
            self._count("accepted", int(self._put("match", parcel, figures)))
            return
        parcel = Parcel(source=source.name, frame=item, done=item.done)
        with self._lock:
            # A camera may fill its share of the queue and no more, so that it never crowds the others out.
            share = max(1, self._room.frames // max(1, len(self._sources)))
            crowded = source.live and self._waiting[source.name] >= share
            self._waiting[source.name] += 0 if crowded else 1
        read = self.stages["read"]
        if not crowded and (read.offer(parcel) if source.live else self._put("read", parcel, figures)):
            self._count("accepted")
            return
        if not crowded:
            self._waits_no_more(source.name)
        if source.live:
            figures.count("dropped")
            read.metrics.count("dropped")

    def _put(self, stage: str, parcel: Parcel, figures: SourceMetrics) -> bool:
        figures.state = "waiting for room"
        taken = self.stages[stage].put(parcel)
        figures.state = "running"
        return taken

    def _waits_no_more(self, source: str) -> None:
        with self._lock:
            self._waiting[source] -= 1

    # Stages

    def _read(self, parcel: Parcel) -> bool:
        self._waits_no_more(parcel.source)
        try:
            if self._reader is None or parcel.frame is None:
                raise LookupError("there is no reader for frames")
            parcel.picture = self._reader(parcel.frame)
            parcel.reads = tuple(parcel.picture.reads)
        except Exception as error:  # one frame that cannot be read stops nothing else
            self._failed("read", parcel, Diagnostic("pipeline-reader", f"a frame could not be read: {_said(error)}"))
            return False
        for problem in parcel.picture.diagnostics:
            self._tell(parcel.source, problem)
        return True

    def _match(self, parcel: Parcel) -> bool:
        for read in parcel.reads:
            hits: list[tuple[Hit, tuple[str, ...]]] = []
            try:
                found = self._lookout.hits(read, self._judge.clock(read.captured_at))
                hits = [(hit, by) for hit, by in found if self._repeated is None or not self._repeated(read, hit)]
                self._count("hits", len(found))
                self._count("repeated", len(found) - len(hits))
            except Exception as error:  # the capture is judged all the same, and the parcel is not acknowledged
                message = f"a read could not be compared with the hot lists: {_said(error)}"
                self._failed("match", parcel, Diagnostic("pipeline-match", message))
            parcel.hits.append(hits)
        self._count("reads", len(parcel.reads))
        return True

    def _decide(self, parcels: Sequence[Parcel]) -> list[bool]:
        found: list[bool] = []
        if self._together is not None and len(parcels) > 1:
            try:
                with self._together():
                    found = [self._judged(parcel) for parcel in parcels]
            except Exception:  # not all could be written down, so each is judged anew and written by itself
                found = []
        found = found or [self._judged(parcel) for parcel in parcels]
        for parcel, goes_on in zip(parcels, found, strict=True):
            if goes_on:
                self._count("steps", len(parcel.steps))
                for outcome in (one.outcome.value for step in parcel.steps for one in step.decisions.values()):
                    self._count(outcome)
        return found

    def _judged(self, parcel: Parcel) -> bool:
        try:
            parcel.steps = tuple(self._steps(parcel))
        except Exception as error:  # no request could be made, so nothing is handed on and nothing acknowledged
            message = f"what was read could not be put before the policy: {_said(error)}"
            self._failed("decide", parcel, Diagnostic("pipeline-decide", message))
            return False
        return True

    def _steps(self, parcel: Parcel) -> Iterable[Step]:
        judge = self._judge
        for read, hits in zip(parcel.reads, parcel.hits, strict=True):
            yield judge.capture(read, parcel.picture)
            for hit, seen_by in hits:
                yield judge.alert(read, hit, seen_by, parcel.picture)
                yield judge.stop(read, hit, seen_by, parcel.picture)
        for alert in parcel.received.alerts if parcel.received else ():
            yield judge.vendor_alert(alert)
        for search in parcel.received.searches if parcel.received else ():
            yield judge.search(search)

    def _sink(self, parcel: Parcel) -> bool:
        for step in parcel.steps:
            for sink in self._sinks:
                try:
                    sink(step)
                except Exception as error:  # the other sinks get the step all the same
                    message = f"a sink did not take {step.action}: {_said(error)}"
                    self._failed("sink", parcel, Diagnostic("pipeline-sink", message))
        self._whole.took(time.perf_counter() - parcel.since)
        if parcel.sound:
            self._acknowledge(parcel)
        return True

    def _acknowledge(self, parcel: Parcel) -> None:
        try:
            if parcel.done is not None:
                parcel.done()
            self._count("acknowledged")
        except Exception as error:
            message = f"what was judged could not be acknowledged: {_said(error)}"
            self._failed("sink", parcel, Diagnostic("pipeline-sink", message))

    def _failed(self, stage: str, parcel: Parcel, problem: Diagnostic) -> None:
        parcel.sound = False
        self.stages[stage].metrics.count("failed")
        self._tell(parcel.source, problem)

    def _tell(self, source: str, problem: Diagnostic) -> None:
        try:
            self._report(source, problem)
        except Exception:  # who listens must not be able to stop what is listened to
            self._count("unheard")

    def _count(self, what: str, number: int = 1) -> None:
        with self._lock:
            self._totals[what] += number


def _each(work: Callable[[Parcel], bool]) -> Callable[[Sequence[Parcel]], list[bool]]:
    return lambda parcels: [work(parcel) for parcel in parcels]


def _joined(threads: Iterable[threading.Thread], end: float) -> list[str]:
    """Wait for threads until a time, and name those that still run."""
    waited = list(threads)
    for thread in waited:
        if thread.ident is not None:
            thread.join(max(0.0, end - time.monotonic()))
    return [thread.name for thread in waited if thread.is_alive()]


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
