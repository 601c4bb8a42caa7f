"""Our own cameras as sources of a running pipeline: frames are read and followed, and each vehicle is one read."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.payloads import Received
from alpr_policy_adapters.pipeline.sources import Arrived, Source
from alpr_policy_adapters.plate_read import PlateRead
from alpr_policy_adapters.plates import PlateEngine
from alpr_policy_adapters.plates.streams import Stream, shown_address
from alpr_policy_adapters.plates.tracks import Track, follow

Opener = Callable[[threading.Event], Stream]


@dataclass
class CameraFeed:
    """A camera's stream, whose vehicles come as reads. Each waits for room; meanwhile the stream skips frames.

    A stream that is lost ends the feed, so that the pipeline begins it again. `turn` is held while a frame is read.
    Once `closing` is set the feed ends, and the vehicles in view are given out.
    """

    name: str
    stream: Opener
    engine: PlateEngine
    closing: threading.Event
    turn: threading.Lock
    camera: str
    agency: str | None = None
    _begun: int = field(default=0, init=False)

    def source(self) -> Source:
        """Give the source for a pipeline."""
        return Source(name=self.name, open=self.open, live=True, over=self.closing.is_set)

    def open(self) -> Iterator[Arrived]:
        """Connect, and give each vehicle when it has passed; ConnectionError when the stream is lost."""
        stream, why = self.stream(self.closing), "the stream ended"
        self._begun += 1
        for found in follow(stream.shots(), self.name, self.engine, turn=self.turn):
            if isinstance(found, Track):
                yield self._vehicle(found)
            elif found.is_error:
                why = found.message
            else:
                yield _told(found)
        if not self.closing.is_set():
            raise ConnectionError(why)

    def _vehicle(self, track: Track) -> Arrived:
        reads = (self._placed(track.read, track.track),) if track.read is not None else ()
        return Arrived(received=Received(system=None, reads=reads, diagnostics=track.diagnostics))

    def _placed(self, read: PlateRead, track: str) -> PlateRead:
        # Vehicles are counted from 1 at each connection, and two of them must never pass for one.
        name = f"{self.name}#{self._begun}.{track.rpartition('#')[2]}"
        return dataclasses.replace(read, camera=self.camera, agency=self.agency, track=name)


def camera_feeds(
    addresses: Sequence[str],
    engine: PlateEngine,
    closing: threading.Event,
    *,
    camera: str | None = None,
    agency: str | None = None,
) -> list[CameraFeed]:
    """Make the feeds of several cameras that take turns at one engine, each under its address without its secrets.

    `camera` names the camera in reads where there is but one; two addresses that look the same are numbered.
    """
    turn, taken, made = threading.Lock(), set[str](), list[CameraFeed]()
    for address in addresses:
        shown = shown_address(address)
        name = next(one for one in _numbered(shown) if one not in taken)
        taken.add(name)
        called = camera if camera is not None and len(addresses) == 1 else name
        stream = partial(_stream, address)
        about: dict[str, Any] = {"name": name, "camera": called, "agency": agency}
        made.append(CameraFeed(stream=stream, engine=engine, closing=closing, turn=turn, **about))
    return made


def _stream(address: str, closing: threading.Event) -> Stream:
    return Stream(address, retries=0, closing=closing)


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name} ({number})"
        number += 1


def _told(problem: Diagnostic) -> Arrived:
    return Arrived(received=Received(system=None, diagnostics=(problem,)))
