"""The process that decodes pictures and videos from outside: it may be ended at any moment, and nothing is lost.

It is run as a file, so that it brings OpenCV and nothing else of ours. Each request grants it processor time and memory
for one answer; what needs more fails here and not in the process that asked. Standard input brings a header and a
payload, standard output takes a header and the pixels; when its input ends, so does the process.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import struct
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

REQUEST = struct.Struct("<cQdQ")
"""What is asked, the payload's length, seconds of processor time and bytes of memory that the answer may cost.

No bytes of memory mean that what was granted before still holds, as from frame to frame of a video.
"""

ANSWER = struct.Struct("<cIIdd")
"""How it went, height, width, and two numbers: a frame's place in seconds; or a video's frames a second and length.

The pixels follow, blue, green and red, row by row; not so for a video that was opened or a frame that was passed over.
"""

PICTURE, OPEN, NEXT, SKIP = b"P", b"O", b"N", b"S"
DONE, CANNOT, END, NO_MEMORY = b"+", b"-", b".", b"m"
OUT_OF_MEMORY = -4
"""OpenCV's own number for an allocation that failed."""


class _NoPixels(Exception):
    """There is nothing to send but a status."""

    def __init__(self, status: bytes) -> None:
        self.status = status


def _grant(seconds: float, memory: int) -> None:
    """Limit processor time and address space from here on, where the system can."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + seconds), hard))
    if not memory:
        return
    with contextlib.suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + memory, hard))


def _lock_down() -> None:
    """Write no file and no core dump, and leave Ctrl-C to the process that asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(ImportError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


class Decoder:
    """Answers requests one by one; a video stays open between them."""

    def __init__(self) -> None:
        """Load OpenCV on one thread."""
        import cv2
        import numpy as np

        cv2.setNumThreads(1)
        cv2.utils.logging.setLogLevel(0)
        self._cv2, self._np = cv2, np
        self._video: Any = None

    def answer(self, kind: bytes, payload: bytes) -> tuple[bytes, Pixels | None]:
        """Give the answer's head and its pixels; never raises."""
        try:
            if kind == OPEN:
                return self._open(payload), None
            if kind == PICTURE:
                return self._with(self._picture(payload), 0.0)
            return self._next(decode=kind == NEXT)
        except _NoPixels as reason:
            return _only(reason.status), None
        except MemoryError:
            return _only(NO_MEMORY), None
        except self._cv2.error as error:
            full = getattr(error, "code", 0) == OUT_OF_MEMORY or "alloc" in str(error)
            return _only(NO_MEMORY if full else CANNOT), None

    def _with(self, pixels: Pixels, seconds: float) -> tuple[bytes, Pixels]:
        return ANSWER.pack(DONE, *pixels.shape[:2], seconds, 0.0), pixels

    def _picture(self, data: bytes) -> Pixels:
        frame: Any = self._cv2.imdecode(self._np.frombuffer(data, self._np.uint8), self._cv2.IMREAD_COLOR)
        return self._checked(frame)

    def _checked(self, frame: Any) -> Pixels:
        if getattr(frame, "ndim", 0) != 3 or frame.shape[2] != 3:
            raise _NoPixels(CANNOT)
        return self._np.ascontiguousarray(frame, self._np.uint8)

    def _open(self, payload: bytes) -> bytes:
        """Open a file or an address; two numbers before it say after how many milliseconds to give up."""
        cv2 = self._cv2
        opening, reading = struct.unpack_from("<II", payload)
        timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, opening, cv2.CAP_PROP_READ_TIMEOUT_MSEC, reading]
        place = os.fsdecode(payload[8:])
        self._video = video = cv2.VideoCapture(place, cv2.CAP_FFMPEG, [*timeouts, cv2.CAP_PROP_N_THREADS, 1])
        if not video.isOpened():
            raise _NoPixels(CANNOT)
        size = (video.get(cv2.CAP_PROP_FRAME_HEIGHT), video.get(cv2.CAP_PROP_FRAME_WIDTH))
        height, width = (int(min(max(side, 0), 2**32 - 1)) for side in size)
        return ANSWER.pack(DONE, height, width, video.get(cv2.CAP_PROP_FPS), video.get(cv2.CAP_PROP_FRAME_COUNT))

    def _next(self, *, decode: bool) -> tuple[bytes, Pixels | None]:
        if self._video is None or not self._video.grab():
            raise _NoPixels(END)
        seconds = self._video.get(self._cv2.CAP_PROP_POS_MSEC) / 1000
        if not decode:
            return ANSWER.pack(DONE, 0, 0, seconds, 0.0), None
        fine, frame = self._video.retrieve()
        if not fine:
            raise _NoPixels(CANNOT)
        return self._with(self._checked(frame), seconds)


def _only(status: bytes) -> bytes:
    """Give a head that says nothing but how it went."""
    return ANSWER.pack(status, 0, 0, 0.0, 0.0)


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the requests end."""
    decoder = Decoder()
    answers.write(_only(DONE))
    answers.flush()
    while len(asked := requests.read(REQUEST.size)) == REQUEST.size:
        kind, length, seconds, memory = REQUEST.unpack(asked)
        payload = requests.read(length)
        _grant(seconds, memory)
        head, pixels = decoder.answer(kind, payload)
        answers.write(head)
        if pixels is not None:
            answers.write(pixels.data.cast("B"))
        answers.flush()


def main() -> None:
    """Serve on standard input and output; what libraries print goes nowhere."""
    _lock_down()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(BrokenPipeError):
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
