"""Several cameras at once: a thread each, one engine at which they take turns, and none of them stops another."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence

from alpr_policy.errors import Diagnostic
from alpr_policy.source import Span
from alpr_policy_adapters.plates.frames import Shot
from alpr_policy_adapters.plates.read import PlateEngine
from alpr_policy_adapters.plates.streams import Stream
from alpr_policy_adapters.plates.tracks import Track, follow

WAITING = 64
"""So many vehicles wait to be taken, of all cameras together; beyond, the cameras skip frames."""
PATIENCE, LAST = 0.1, 5.0


class Cameras:
    """Follows the vehicles of several streams. An engine holds state, so one frame is read at a time.

    `counted` is called for each frame that is taken to be read, by the thread of its camera.
    """

    def __init__(
        self,
        streams: Sequence[Stream],
        engine: PlateEngine,
        *,
        max_frames: int | None = None,
        keep_frames: bool = False,
        counted: Callable[[], None] = lambda: None,
    ) -> None:
        """Start nothing yet; `max_frames` is for each stream."""
        self._streams, self._engine = tuple(streams), engine
        self._max_frames, self._keep, self._counted = max_frames, keep_frames, counted
        self._turn = threading.Lock()
        self._found: queue.Queue[tuple[Stream, Track | Diagnostic]] = queue.Queue(WAITING)
        self._gone = threading.Event()

    def tracks(self) -> Iterator[tuple[Stream, Track | Diagnostic]]:
        """Give each vehicle when it has passed, and errors as they are met, until every stream has ended.

        After Ctrl-C the vehicles in view are given out before it goes on.
        """
        threads = [
            threading.Thread(target=self._follow, args=(one,), name=f"camera {one.name}", daemon=True)
            for one in self._streams
        ]
        for thread in threads:
            thread.start()
        try:
            try:
                yield from self._taken(threads)
            except KeyboardInterrupt:
                self.close()
                yield from self._taken(threads)
                raise
        finally:
            self._gone.set()
            self.close()
            for thread in threads:
                thread.join(LAST)

    def close(self) -> None:
        """End the streams; what is in view is given out."""
        for stream in self._streams:
            stream.close()

    def _taken(self, threads: Sequence[threading.Thread]) -> Iterator[tuple[Stream, Track | Diagnostic]]:
        while True:
            over = not any(thread.is_alive() for thread in threads)
            try:
                yield self._found.get(timeout=0.0 if over else PATIENCE)
            except queue.Empty:
                if over:
                    return

    def _follow(self, stream: Stream) -> None:
        try:
            shots = self._shots(stream)
            for found in follow(shots, stream.name, self._engine, keep_frames=self._keep, turn=self._turn):
                self._put(stream, found)
        except Exception as error:  # whatever one camera does, the others go on
            message = f"reading from `{stream.name}` failed: {type(error).__name__}: {error}"[:300]
            self._put(stream, Diagnostic("camera-failed", message, Span(stream.name, 0, 0)))
        finally:
            stream.close()

    def _shots(self, stream: Stream) -> Iterator[Shot | Diagnostic]:
        for shot in stream.shots(self._max_frames):
            if isinstance(shot, Shot):
                self._counted()
            yield shot

    def _put(self, stream: Stream, found: Track | Diagnostic) -> None:
        while not self._gone.is_set():
            try:
                self._found.put((stream, found), timeout=PATIENCE)
                return
            except queue.Full:
                continue
