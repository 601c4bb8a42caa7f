"""Decoding in a process of its own, which is ended when a picture costs more time or memory than it was granted."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alpr_policy_adapters.plates.decode_worker import (
    ANSWER,
    DONE,
    END,
    NO_MEMORY,
    OPEN,
    PICTURE,
    REQUEST,
)

if TYPE_CHECKING:
    from alpr_policy_adapters.plates.protocol import Frame

SCRIPT = Path(__file__).with_name("decode_worker.py")
START_SECONDS = 60.0
MEGABYTE = 1024 * 1024
BYTES_PER_PIXEL = 32
"""Memory that a decoder is granted for each pixel: coefficients of a progressive JPEG, wide samples, a turned copy."""

SPARE_MEMORY = 256 * MEGABYTE
QUIET = {
    "MALLOC_ARENA_MAX": "1",
    "OMP_NUM_THREADS": "1",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_LOG_LEVEL": "SILENT",
}


class DecodeError(Exception):
    """Nothing came of decoding; `code` is the error's code and the text ends a sentence about the file."""

    def __init__(self, *, code: str, why: str) -> None:
        """Keep the code."""
        self.code = code
        super().__init__(why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one answer may cost: seconds of processor time, seconds on the clock, bytes of memory, pixels."""

    seconds: float
    wall_seconds: float
    memory: int
    max_pixels: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """What came back; `frame` is None where none was asked for, and `ended` says that a video is over."""

    frame: Frame | None
    height: int
    width: int
    first: float
    second: float
    ended: bool = False


class DecodeProcess:
    """One process that decodes; `ask` starts it when it is not running."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        """Remember what to add to the environment; nothing is started yet."""
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._late = False
        self._lock = threading.Lock()

    def ask(self, kind: bytes, payload: bytes, grant: Grant) -> Answer:
        """Send one request and wait for its answer; DecodeError when there is none. Safe to call from any thread."""
        with self._lock:
            process = self._running()
            try:
                status, answer = self._timed(process, kind, payload, grant)
            except (EOFError, OSError):
                raise self._ended(grant) from None
            except BaseException:
                self._stop()  # half an answer may still be on its way
                raise
            if self._late or status == NO_MEMORY:
                self._stop()
        if status == NO_MEMORY:
            raise DecodeError(code="image-too-costly", why=f"decoding it takes more than {_megabytes(grant)} of memory")
        if status not in (DONE, END):
            raise DecodeError(code="image-damaged", why="it cannot be decoded")
        return answer

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._stop()

    def interrupt(self) -> None:
        """End the process at once, even while another thread waits for its answer; that thread gets a DecodeError."""
        process = self._process
        if process is not None:
            process.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        """Give the process, started if need be; after a fork the parent's is left alone."""
        if self._process is not None and self._owner == os.getpid() and self._process.poll() is None:
            return self._process
        self._process = None
        try:
            self._process = process = subprocess.Popen(
                [sys.executable, "-P", str(SCRIPT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **QUIET, **self._environment},
            )
            self._owner, self._late = os.getpid(), False
            _widen(process)
            with _Watch(self, START_SECONDS):
                _exactly(process.stdout, bytearray(ANSWER.size))
        except (OSError, ValueError, EOFError) as error:
            self._stop()
            raise DecodeError(code="image-decoder", why="the process that decodes it cannot be started") from error
        return process

    def _timed(
        self, process: subprocess.Popen[bytes], kind: bytes, payload: bytes, grant: Grant
    ) -> tuple[bytes, Answer]:
        assert process.stdin is not None
        with _Watch(self, grant.wall_seconds):
            process.stdin.write(REQUEST.pack(kind, len(payload), grant.seconds, grant.memory))
            process.stdin.write(payload)
            process.stdin.flush()
            head = bytearray(ANSWER.size)
            _exactly(process.stdout, head)
            status, height, width, first, second = ANSWER.unpack(head)
            frame = None
            if height and width and kind != OPEN:
                frame = _pixels(process.stdout, height, width, grant)
        return status, Answer(frame=frame, height=height, width=width, first=first, second=second, ended=status == END)

    def _ended(self, grant: Grant) -> DecodeError:
        """Say why the process is gone, which may have been killed for it."""
        late = self._late
        code = self._stop()
        if late:
            return DecodeError(
                code="image-too-costly", why=f"decoding it takes longer than {grant.wall_seconds:g} seconds"
            )
        if code in _OUT_OF_TIME:
            return DecodeError(
                code="image-too-costly", why=f"decoding it takes more than {grant.seconds:g} seconds of computing"
            )
        return DecodeError(code="image-damaged", why="it brings the decoder down")

    def _stop(self) -> int | None:
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return None
        for pipe in (process.stdin, process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:
                pass  # what was still to be sent has no reader
        if not self._late:
            try:
                # It ends by itself when its input does, and its exit code then says what ended it before.
                return process.wait(timeout=0.5)
            except subprocess.TimeoutExpired:
                pass
        process.kill()
        return process.wait()

    def _expire(self) -> None:
        self._late = True
        process = self._process
        if process is not None:
            process.kill()


class _Watch:
    """Ends a process that has not answered in time."""

    def __init__(self, owner: DecodeProcess, seconds: float) -> None:
        self._timer = threading.Timer(seconds, owner._expire)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def picture_memory(pixels: int, data: int) -> int:
    """Give the bytes of memory that decoding a picture of so many pixels, in a file of so many bytes, is granted."""
    return SPARE_MEMORY + BYTES_PER_PIXEL * pixels + 2 * data


def decode_apart(data: bytes, grant: Grant) -> Frame:
    """Decode a picture in the shared process; DecodeError when nothing came of it."""
    frame = _SHARED.ask(PICTURE, data, grant).frame
    if frame is None:
        raise DecodeError(code="image-damaged", why="it cannot be decoded")
    return frame


def _megabytes(grant: Grant) -> str:
    return f"{grant.memory // MEGABYTE:,} MB"


def _signal_codes() -> frozenset[int]:
    import signal

    return frozenset({-int(signal.SIGXCPU), -int(signal.SIGKILL)}) if hasattr(signal, "SIGXCPU") else frozenset()


_OUT_OF_TIME = _signal_codes()


def _widen(process: subprocess.Popen[bytes]) -> None:
    """Let a pipe hold a megabyte, where the system can: fewer changes of process for each picture."""
    try:
        import fcntl

        for pipe in (process.stdin, process.stdout):
            if pipe is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
                fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, MEGABYTE)
    except (ImportError, OSError):
        return


def _exactly(stream: Any, into: bytearray | memoryview) -> None:
    """Fill a buffer; EOFError when the stream ends first."""
    if stream.readinto(into) != len(into):
        raise EOFError


def _pixels(stream: Any, height: int, width: int, grant: Grant) -> Frame:
    """Receive a picture; one that is larger than allowed is not even made room for."""
    import numpy as np

    if height * width > grant.max_pixels:
        raise DecodeError(
            code="image-too-large", why=f"it decodes to {width} x {height} pixels, over {grant.max_pixels:,}"
        )
    frame = np.empty((height, width, 3), np.uint8)
    _exactly(stream, frame.data.cast("B"))
    return frame


_SHARED = DecodeProcess()
atexit.register(_SHARED.close)
