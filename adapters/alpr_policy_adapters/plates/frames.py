"""Where frames come from: photographs one by one, photographs that follow each other, and video files.

What a file is, is asked of its first bytes and not of its name. Videos are decoded in a process of their own, which
opens local files of known kinds alone: a playlist that names an address is no video.
"""

from __future__ import annotations

import hashlib
import math
import os
import stat
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from alpr_policy.errors import Diagnostic, PolicyError, Severity
from alpr_policy.source import Span
from alpr_policy_adapters.plates.decode_worker import NEXT, OPEN, SKIP
from alpr_policy_adapters.plates.decoding import DecodeError, DecodeProcess, Grant
from alpr_policy_adapters.plates.extras import require
from alpr_policy_adapters.plates.images import DEFAULT_LIMITS, SUFFIXES, ImageError, Limits, load_image, shown_name

if TYPE_CHECKING:
    from alpr_policy_adapters.plates.protocol import Frame

VIDEO_SUFFIXES = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ts", ".webm"})
KNOWN_VIDEOS = "AVI, MP4, MOV, Matroska, WebM or MPEG"
STILL_BRANDS = frozenset({b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"})
FILES_ONLY = {
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": "protocol_whitelist;file"
    "|format_whitelist;avi,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mpeg,mpegts"
}
HEAD_BYTES = 512
MAX_FOLDER = 100_000
MAX_SECONDS = 10 * 86_400.0
"""Beyond this a frame's place in a video is no place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoLimits:
    """What a video may be and cost: pixels and seconds to decode of one frame, frames in all, memory of its decoder."""

    max_pixels: int = 36_000_000
    max_seconds: float = 10.0
    max_frames: int = 200_000
    memory: int = 1024 * 1024 * 1024


DEFAULT_VIDEO_LIMITS = VideoLimits()


class SourceError(PolicyError):
    """A folder, a video or a stream cannot be used; the diagnostic says why."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shot:
    """One frame of a source: its name, its number from 0, its pixels, and when it was taken, if that is known.

    `seconds` is its place in the video. `sha256` is that of its file; a frame of a video has no file, and `sha256` is
    that of its pixels: blue, green and red, row by row from the top.
    """

    source: str
    name: str
    number: int
    frame: Frame
    sha256: str
    seconds: float | None = None
    captured_at: datetime | None = None
    captured_from: str = "caller"


def pixel_sha256(frame: Frame) -> str:
    """Give the SHA-256 of a frame's pixels."""
    return hashlib.sha256(frame.data).hexdigest()


def is_stream(path: str) -> bool:
    """Say whether a word names a camera's stream rather than a file."""
    return path.lower().startswith(("rtsp://", "rtsps://"))


def files_in(folder: Path) -> list[Path]:
    """List a folder's pictures and videos by their endings, in order of name; SourceError when it cannot be listed."""
    found: list[Path] = []
    try:
        for path in folder.iterdir():
            if path.suffix.lower() in SUFFIXES | VIDEO_SUFFIXES and not path.is_dir():
                found.append(path)
            if len(found) > MAX_FOLDER:
                raise _error(shown_name(folder), "folder-too-large", f"the folder holds over {MAX_FOLDER:,} pictures")
    except OSError as error:
        message = f"the folder cannot be listed: {type(error).__name__}"
        raise _error(shown_name(folder), "folder-unreadable", message) from error
    return sorted(found)


def is_video(path: Path) -> bool:
    """Say whether a file begins as a video of a known kind does; False for what cannot be read or is no file."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(number, "rb") as file:
            head = file.read(HEAD_BYTES) if stat.S_ISREG(os.fstat(number).st_mode) else b""
    except (OSError, ValueError):
        return False
    return _begins_as_video(head)


def _begins_as_video(head: bytes) -> bool:
    if head[4:8] == b"ftyp":
        return head[8:12] not in STILL_BRANDS
    transport = head[:1] == b"\x47" and head[188:189] == b"\x47"
    old_movie = head[4:8] in (b"moov", b"mdat", b"wide")
    riff = head[:4] == b"RIFF" and head[8:12] == b"AVI "
    return transport or old_movie or riff or head[:4] in (b"\x1a\x45\xdf\xa3", b"\x00\x00\x01\xba")


def sequence_shots(paths: Sequence[Path], source: str, limits: Limits = DEFAULT_LIMITS) -> Iterator[Shot | Diagnostic]:
    """Give photographs as the frames of one source, in this order; a bad file gives its error and leaves a gap."""
    for number, path in enumerate(paths):
        try:
            image = load_image(path, limits)
        except ImageError as error:
            yield from error.diagnostics
            continue
        yield Shot(
            source=source,
            name=image.name,
            number=number,
            frame=image.frame,
            sha256=image.sha256,
            captured_at=image.captured_at,
            captured_from="exif",
        )


class Video:
    """A video open in a process of its own; SourceError when it cannot be opened. Close it, or use it with `with`.

    `place` is what the decoder opens, `name` what people see of it.
    """

    def __init__(
        self,
        place: str,
        name: str,
        limits: VideoLimits = DEFAULT_VIDEO_LIMITS,
        *,
        environment: dict[str, str] | None = None,
        timeout: float = 20.0,
    ) -> None:
        """Start the process and open the video."""
        require("decoding a video", "numpy", "cv2")
        self.name = name
        self._limits = limits
        self._timeout = timeout
        self._process = DecodeProcess(environment or FILES_ONLY)
        milliseconds = int(timeout * 1000)
        payload = struct.pack("<II", milliseconds, milliseconds) + os.fsencode(place)
        try:
            opened = self._process.ask(OPEN, payload, self._grant(limits.memory))
            if opened.height * opened.width > limits.max_pixels:
                message = f"`{name}` states {opened.width} x {opened.height} pixels, the limit is {limits.max_pixels:,}"
                raise _error(name, "video-too-large", message, "reduce the video, or raise the limit")
        except DecodeError as error:
            self.close()
            raise _error(name, "video-damaged", f"`{name}` cannot be opened as a video") from error
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Video:
        """Return the video."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.close()

    def close(self) -> None:
        """End the process; also from another thread, which ends the frame that is waited for."""
        self._process.interrupt()
        self._process.close()

    def next(self) -> tuple[Frame, float | None] | None:
        """Decode the next frame and its place in seconds; None at the end, DecodeError when it cannot be decoded."""
        answer = self._process.ask(NEXT, b"", self._grant())
        if answer.ended or answer.frame is None:
            return None
        return answer.frame, _place(answer.first)

    def skip(self) -> bool:
        """Pass over a frame; False at the end."""
        return not self._process.ask(SKIP, b"", self._grant()).ended

    def _grant(self, memory: int = 0) -> Grant:
        limits = self._limits
        # The decoder's own timeout comes first, so that it can say what happened.
        wall = self._timeout + 3 * limits.max_seconds
        return Grant(seconds=limits.max_seconds, wall_seconds=wall, memory=memory, max_pixels=limits.max_pixels)


def video_shots(
    path: Path, *, every: int = 1, start: datetime | None = None, limits: VideoLimits = DEFAULT_VIDEO_LIMITS
) -> Iterator[Shot | Diagnostic]:
    """Give every frame of a video file, or each `every`-th; what ends it before its end is told.

    `start` (with its offset) is when its first frame was taken, and gives each frame its time. SourceError when the
    file cannot be opened as a video.
    """
    name = shown_name(path)
    if not is_video(path):
        raise _error(name, "video-format", f"`{name}` is no {KNOWN_VIDEOS} file")
    with Video(f"file:{path.resolve()}", name, limits) as video:
        number = 0
        try:
            while number < limits.max_frames:
                found = video.next() if number % every == 0 else None
                if found is None and (number % every == 0 or not video.skip()):
                    break
                if found is not None:
                    yield _shot(name, number, found, start)
                number += 1
            else:
                message = f"`{name}` is longer than {limits.max_frames:,} frames: the rest is not read"
                yield Diagnostic("video-too-long", message, span=Span(name, 0, 0), severity=Severity.WARNING)
        except DecodeError as error:
            yield _fault(name, "video-damaged", f"`{name}` is damaged after {number:,} frames: {error}")
    if number == 0:
        yield _fault(name, "video-damaged", f"`{name}` has no frame that can be decoded")


def _shot(source: str, number: int, found: tuple[Frame, float | None], start: datetime | None) -> Shot:
    frame, seconds = found
    taken = start + timedelta(seconds=seconds) if start is not None and seconds is not None else None
    return Shot(
        source=source,
        name=f"{source}#{number}",
        number=number,
        frame=frame,
        sha256=pixel_sha256(frame),
        seconds=seconds,
        captured_at=taken,
    )


def _place(seconds: float) -> float | None:
    """Give a frame's place in a video, None where the file says nonsense."""
    return seconds if math.isfinite(seconds) and 0 <= seconds <= MAX_SECONDS else None


def split(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Sort files into pictures and videos by what they begin with; what is neither is tried as a picture."""
    pictures: list[Path] = []
    videos: list[Path] = []
    for path in paths:
        (videos if is_video(path) else pictures).append(path)
    return pictures, videos


def _fault(name: str, code: str, message: str, help_line: str = "") -> Diagnostic:
    return Diagnostic(code, message, span=Span(name, 0, 0), help=help_line)


def _error(name: str, code: str, message: str, help_line: str = "") -> SourceError:
    """Make the error of a source as a whole."""
    return SourceError([Diagnostic(code, message, span=Span(name, 0, 0), help=help_line)])
