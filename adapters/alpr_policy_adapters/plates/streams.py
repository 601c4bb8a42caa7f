"""Cameras: the newest frame of a stream that never waits for its reader, and comes back when it was lost."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from alpr_policy.errors import Diagnostic, Severity
from alpr_policy.source import Span
from alpr_policy_adapters.plates.decoding import DecodeError
from alpr_policy_adapters.plates.frames import DEFAULT_VIDEO_LIMITS, Shot, SourceError, Video, VideoLimits, pixel_sha256

if TYPE_CHECKING:
    from alpr_policy_adapters.plates.protocol import Frame

STREAMS_ONLY = {
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": "rtsp_transport;tcp|protocol_whitelist;rtsp,rtsps,rtp,srtp,tcp,tls,udp,crypto"
    "|format_whitelist;rtsp,rtp,sdp"
}
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
_SECRET = re.compile(r"//[^/]*@")
_QUERY = re.compile(r"[?#].*", re.DOTALL)


def shown_address(address: str) -> str:
    """Give an address without user, password and query, with everything unprintable escaped."""
    bare = _QUERY.sub("", _SECRET.sub("//", address))
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in bare)[:200]


@dataclass(slots=True)
class StreamCounts:
    """What became of a stream's frames: received, read, skipped as the reader was busy; and how often it was lost."""

    received: int = 0
    read: int = 0
    skipped: int = 0
    reconnects: int = 0


class Stream:
    """A camera's stream. A thread receives, and only the newest frame waits to be read; older ones are counted.

    `retries` is how often in a row connecting may fail before the stream is given up, waiting longer each time. The
    stream also ends once `closing` is set.
    """

    def __init__(
        self,
        address: str,
        *,
        limits: VideoLimits = DEFAULT_VIDEO_LIMITS,
        timeout: float = 10.0,
        retries: int = 5,
        first_wait: float = FIRST_WAIT,
        opener: Callable[[], Video] | None = None,
        closing: threading.Event | None = None,
    ) -> None:
        """Remember the address; `opener` opens the stream in its place."""
        self.name = shown_address(address)
        self.counts = StreamCounts()
        self._open = opener or (lambda: Video(address, self.name, limits, environment=STREAMS_ONLY, timeout=timeout))
        self._retries, self._first_wait = retries, first_wait
        self._changed = threading.Condition()
        self._newest: tuple[int, Frame, float, datetime] | None = None
        self._notes: list[Diagnostic] = []
        self._over = threading.Event()
        self._closing = closing or threading.Event()
        self._video: Video | None = None

    def shots(self, max_frames: int | None = None) -> Iterator[Shot | Diagnostic]:
        """Give the newest frame whenever one is asked for, until the stream is given up or `max_frames` were read."""
        thread = threading.Thread(target=self._receive, name=f"stream {self.name}", daemon=True)
        thread.start()
        try:
            while not self._closing.is_set() and (max_frames is None or self.counts.read < max_frames):
                with self._changed:
                    while not (self._notes or self._newest or self._over.is_set() or self._closing.is_set()):
                        self._changed.wait(0.5)  # a short wait, so that Ctrl-C is heard
                    notes, self._notes = self._notes, []
                    newest, self._newest = self._newest, None
                yield from notes
                if newest is not None:
                    self.counts.read += 1
                    yield self._shot(*newest)
                elif self._over.is_set() and not notes:
                    return
        finally:
            self.close()
            thread.join(5.0)

    def close(self) -> None:
        """Stop receiving."""
        self._over.set()
        video = self._video
        if video is not None:
            video.close()

    def _shot(self, number: int, frame: Frame, clock: float, at: datetime) -> Shot:
        return Shot(
            source=self.name,
            name=f"{self.name}#{number}",
            number=number,
            frame=frame,
            sha256=pixel_sha256(frame),
            seconds=clock,
            captured_at=at,
            captured_from="clock",
        )

    def _receive(self) -> None:
        failures = 0
        while not self._over.is_set():
            before = self.counts.received
            try:
                with self._open() as video:
                    self._video = video
                    self._pull(video)
            except (SourceError, DecodeError):
                pass  # told below, with what follows from it
            except Exception as error:  # nobody foresaw it, so trying again is no use; whoever waits must hear of it
                message = f"the stream `{self.name}` cannot be received: {type(error).__name__}: {error}"[:300]
                self._fault("stream-unreachable", message, Severity.ERROR)
                break
            if self._over.is_set():
                break
            failures = 1 if self.counts.received > before else failures + 1
            if failures > self._retries:
                tries = f": given up after {self._retries} further tries" if self._retries else ", or was lost"
                message = f"the stream `{self.name}` cannot be reached{tries}"
                self._fault("stream-unreachable", message, Severity.ERROR)
                break
            wait = min(LONGEST_WAIT, self._first_wait * 2 ** (failures - 1))
            self._fault("stream-lost", f"the stream `{self.name}` is lost: next try in {wait:g} s", Severity.WARNING)
            self._over.wait(wait)
            self.counts.reconnects += 1
        self._over.set()
        with self._changed:
            self._changed.notify_all()

    def _pull(self, video: Video) -> None:
        while not self._over.is_set():
            found = video.next()
            if found is None:
                return
            with self._changed:
                if self._newest is not None:
                    self.counts.skipped += 1
                now = datetime.now(UTC)
                self._newest = (self.counts.received, found[0], time.monotonic(), now)
                self.counts.received += 1
                self._changed.notify_all()

    def _fault(self, code: str, message: str, severity: Severity) -> None:
        with self._changed:
            self._notes.append(Diagnostic(code=code, message=message, span=Span(self.name, 0, 0), severity=severity))
            self._changed.notify_all()
