"""From a path to pixels: size, header and completeness are checked before anything is decoded.

A picture comes from outside, so nothing about it is believed: not its name, not its extension, not its header. What
the header cannot tell, how long and how much memory decoding takes, is bounded by decoding in a process of its own.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.source import Span
from alpr_policy_adapters.plates.containers import BrokenFile
from alpr_policy_adapters.plates.decoding import DecodeError, Grant, decode_apart, picture_memory
from alpr_policy_adapters.plates.exif import captured_at
from alpr_policy_adapters.plates.extras import require
from alpr_policy_adapters.plates.headers import Header, read_header

if TYPE_CHECKING:
    from alpr_policy_adapters.plates.protocol import Frame

KNOWN_FORMATS = "PNG, JPEG, BMP, TIFF or WebP"
SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a picture may be and cost: bytes of the file, pixels in all, pixels of its shorter side, seconds to decode.

    `max_seconds` is processor time; on the clock decoding may take three times as long, as on a busy machine. With
    `own_process` off a picture is decoded where it is read, and neither its time nor its memory is bounded.
    """

    max_bytes: int = 64 * 1024 * 1024
    max_pixels: int = 50_000_000
    min_side: int = 16
    max_seconds: float = 10.0
    own_process: bool = True


DEFAULT_LIMITS = Limits()


class ImageError(PolicyError):
    """A picture cannot be used; the diagnostic says why."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedImage:
    """A decoded picture: its file's name and SHA-256, its pixels, and its own word on when it was taken."""

    name: str
    sha256: str
    frame: Frame
    captured_at: datetime | None


def shown_name(path: Path) -> str:
    """Give the file's name alone, with everything unprintable escaped: it goes into records and onto terminals."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in path.name or str(path))


def pictures_in(folder: Path) -> list[Path]:
    """List the files of a folder whose names end as a picture's do, in order of name; folders inside are left out."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and not path.is_dir())


def load_image(path: Path, limits: Limits = DEFAULT_LIMITS) -> LoadedImage:
    """Read, check and decode one picture, upright as its EXIF orientation says; ImageError when it cannot be used."""
    name = shown_name(path)
    return load_bytes(_bytes(path, name, limits), name, limits)


def load_bytes(data: bytes, name: str, limits: Limits = DEFAULT_LIMITS) -> LoadedImage:
    """Check and decode the bytes of a picture file; ImageError when they cannot be used."""
    require("decoding a picture", "numpy", "cv2")
    _check_length(data, name, limits)
    try:
        header = read_header(data)
        if header is None:
            raise _error(name, "image-format", f"`{name}` is no {KNOWN_FORMATS} picture")
        _check_size(name, header, limits)
        taken = captured_at(data, header.format)
    except BrokenFile as error:
        raise _error(name, "image-damaged", f"`{name}` is damaged: {error}") from error
    return LoadedImage(
        name=name, sha256=hashlib.sha256(data).hexdigest(), frame=_decode(data, header, name, limits), captured_at=taken
    )


def _bytes(path: Path, name: str, limits: Limits) -> bytes:
    """Read a regular file; of one that is too large, or still grows, one byte more than allowed and no further."""
    try:
        _check_kind(path.stat().st_mode, name)
        # What was a file a moment ago may be a pipe now: opening must not wait for anybody to write into it.
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(number, "rb") as file:
            _check_kind(os.fstat(number).st_mode, name)
            return file.read(limits.max_bytes + 1)
    except FileNotFoundError as error:
        raise _error(name, "image-missing", f"there is no file `{name}`") from error
    except (OSError, ValueError) as error:
        raise _error(name, "image-unreadable", f"`{name}` cannot be read: {type(error).__name__}") from error


def _check_kind(mode: int, name: str) -> None:
    """Refuse folders, pipes and devices."""
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "no ordinary file"
        raise _error(name, "image-not-a-file", f"`{name}` is {kind}, expected a picture file")


def _check_length(data: bytes, name: str, limits: Limits) -> None:
    """Refuse an empty file and one with more bytes than allowed."""
    if not data:
        raise _error(name, "image-empty", f"`{name}` is empty")
    if len(data) > limits.max_bytes:
        message = f"`{name}` is larger than the limit of {limits.max_bytes:,} bytes"
        raise _error(name, "image-too-large", message, "reduce the picture, or raise the limit")


def _check_size(name: str, header: Header, limits: Limits) -> None:
    """Refuse a picture whose stated size is beyond the limits."""
    size = f"{header.width} x {header.height} pixels"
    if header.largest > limits.max_pixels:
        message = f"`{name}` states {size}, the limit is {limits.max_pixels:,} pixels"
        raise _error(name, "image-too-large", message, "reduce the picture, or raise the limit")
    if min(header.width, header.height) < limits.min_side:
        message = f"`{name}` has {size}: no plate fits into it"
        raise _error(name, "image-too-small", message, f"at least {limits.min_side} pixels a side are needed")


def _decode(data: bytes, header: Header, name: str, limits: Limits) -> Frame:
    """Decode the bytes to BGR; an answer of another size than the header's is damage too."""
    grant = Grant(
        seconds=limits.max_seconds,
        wall_seconds=3 * limits.max_seconds,
        memory=picture_memory(header.largest, len(data)),
        max_pixels=header.width * header.height,
    )
    try:
        frame = decode_apart(data, grant) if limits.own_process else _decode_here(data)
    except DecodeError as error:
        damaged = "is damaged: " if error.code == "image-damaged" else "is not read: "
        raise _error(name, error.code, f"`{name}` {damaged}{error}") from error
    if sorted(frame.shape[:2]) != sorted((header.height, header.width)):
        raise _error(name, "image-damaged", f"`{name}` is damaged: it cannot be decoded")
    return frame


def _decode_here(data: bytes) -> Frame:
    """Decode in this process, whatever it takes."""
    import cv2
    import numpy as np

    # What a decoder has to say about a damaged file is said once, by our own error.
    level = cv2.utils.logging.setLogLevel(0)
    try:
        frame = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise DecodeError(code="image-damaged", why="it cannot be decoded") from error
    finally:
        cv2.utils.logging.setLogLevel(level)
    # imdecode answers None for what it cannot decode, although its type says otherwise.
    if getattr(frame, "ndim", 0) != 3:
        raise DecodeError(code="image-damaged", why="it cannot be decoded")
    return np.ascontiguousarray(frame, np.uint8)


def _error(name: str, code: str, message: str, help_line: str = "") -> ImageError:
    """Make the error of one file; there is no line to point to, so its span is the file as a whole."""
    return ImageError([Diagnostic(code, message, span=Span(name, 0, 0), help=help_line)])
