"""Cameras that a test plays: streams of blank frames, and an engine that sees one plate in each of them."""

from __future__ import annotations

import threading
import time
from typing import Any

from tests.adapters.plates_kit import FixedDetector

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.plate_read import Candidate
from alpr_policy_adapters.plates import PlateEngine
from alpr_policy_adapters.plates.frames import SourceError
from alpr_policy_adapters.plates.protocol import Detection
from alpr_policy_adapters.plates.streams import Stream


class Video:
    """A connection that gives so many frames, a moment apart, and then hangs up."""

    def __init__(self, frames: int, pause: float = 0.002) -> None:
        self.left, self.pause = frames, pause

    def __enter__(self) -> Video:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.left = 0

    def next(self) -> Any:
        import numpy as np

        time.sleep(self.pause)
        if self.left <= 0:
            return None
        self.left -= 1
        return np.zeros((120, 200, 3), np.uint8), None


class Plays:
    """Opens one video after the other; an exception among them is raised, and after the last nobody answers."""

    def __init__(self, *videos: int | Exception) -> None:
        self.videos = list(videos)

    def __call__(self) -> Any:
        if not self.videos:
            raise SourceError([Diagnostic("video-damaged", "no answer")])
        one = self.videos.pop(0)
        if isinstance(one, Exception):
            raise one
        return Video(one)


class Always:
    """A reader that reads the same in every crop."""

    name = "always"
    models: dict[str, str] = {}  # noqa: RUF012

    def read(self, crop: Any) -> list[Candidate]:
        return [Candidate(text="4KAN123", confidence=0.9)]


class Alone(FixedDetector):
    """A detector that notices when two threads are in it at once."""

    def __init__(self) -> None:
        super().__init__(Detection(box=(10, 20, 100, 50), score=0.9))
        self._inside = threading.Lock()
        self.crowded = self.seen = 0

    def detect(self, frame: Any) -> list[Detection]:
        if not self._inside.acquire(blocking=False):
            self.crowded += 1
            return []
        try:
            time.sleep(0.001)
            self.seen += 1
            return super().detect(frame)
        finally:
            self._inside.release()


def engine() -> PlateEngine:
    """Make an engine that reads 4KAN123 in every frame."""
    return PlateEngine(detector=Alone(), reader=Always(), min_confidence=0.3)


def stream(name: str, *videos: int | Exception, **parts: Any) -> Stream:
    """Make a stream that gives these videos, one a connection, and gives up when nobody answers."""
    parts = {"retries": 0, "first_wait": 0.01, "opener": Plays(*videos), **parts}
    return Stream(f"rtsp://user:secret@{name}/live", **parts)
