"""From a path to pixels: size, header and completeness are checked before anything is decoded.

A picture comes from outside, so nothing about it is believed: not its name, not its extension, not its header.
"""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.source import Span
from alpr_policy_adapters.plates.containers import BrokenFile
from alpr_policy_adapters.plates.exif import captured_at
from alpr_policy_adapters.plates.extras import require
from alpr_policy_adapters.plates.headers import Header, read_header

if TYPE_CHECKING:
    from alpr_policy_adapters.plates.protocol import Frame

KNOWN_FORMATS = "PNG, JPEG, BMP, TIFF or WebP"
SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a picture may be: bytes of the file, pixels in all, pixels of its shorter side."""

    max_bytes: int = 64 * 1024 * 1024
    max_pixels: int = 50_000_000
    min_side: int = 16


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
    require("decoding a picture", "numpy", "cv2")
    name = shown_name(path)
    data = _bytes(path, name, limits)
    try:
        header = read_header(data)
        if header is None:
            raise _error(name, "image-format", f"`{name}` is no {KNOWN_FORMATS} picture")
        _check_size(name, header, limits)
        taken = captured_at(data, header.format)
    except BrokenFile as error:
        raise _error(name, "image-damaged", f"`{name}` is damaged: {error}") from error
    return LoadedImage(
        name=name, sha256=hashlib.sha256(data).hexdigest(), frame=_decode(data, header, name), captured_at=taken
    )


def _bytes(path: Path, name: str, limits: Limits) -> bytes:
    """Read a regular file that is not too large; one byte more than allowed is never read."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "no ordinary file"
            raise _error(name, "image-not-a-file", f"`{name}` is {kind}, expected a picture file")
        with path.open("rb") as file:
            data = file.read(limits.max_bytes + 1)
    except FileNotFoundError as error:
        raise _error(name, "image-missing", f"there is no file `{name}`") from error
    except (OSError, ValueError) as error:
        raise _error(name, "image-unreadable", f"`{name}` cannot be read: {type(error).__name__}") from error
    if not data:
        raise _error(name, "image-empty", f"`{name}` is empty")
    if len(data) > limits.max_bytes:
        message = f"`{name}` is larger than the limit of {limits.max_bytes:,} bytes"
        raise _error(name, "image-too-large", message, "reduce the picture, or raise the limit")
    return data


def _check_size(name: str, header: Header, limits: Limits) -> None:
    """Refuse a picture whose stated size is beyond the limits."""
    size = f"{header.width} x {header.height} pixels"
    if header.largest > limits.max_pixels:
        message = f"`{name}` states {size}, the limit is {limits.max_pixels:,} pixels"
        raise _error(name, "image-too-large", message, "reduce the picture, or raise the limit")
    if min(header.width, header.height) < limits.min_side:
        message = f"`{name}` has {size}: no plate fits into it"
        raise _error(name, "image-too-small", message, f"at least {limits.min_side} pixels a side are needed")


def _decode(data: bytes, header: Header, name: str) -> Frame:
    """Decode the bytes to BGR; an answer of another size than the header's is damage too."""
    import cv2
    import numpy as np

    # What a decoder has to say about a damaged file is said once, by our own error.
    level = cv2.utils.logging.setLogLevel(0)
    try:
        frame = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise _error(name, "image-damaged", f"`{name}` is damaged: it cannot be decoded") from error
    finally:
        cv2.utils.logging.setLogLevel(level)
    # imdecode answers None for what it cannot decode, although its type says otherwise.
    shape = getattr(frame, "shape", ())
    if sorted(shape[:2]) != sorted((header.height, header.width)):
        raise _error(name, "image-damaged", f"`{name}` is damaged: it cannot be decoded")
    return np.ascontiguousarray(frame, np.uint8)


def _error(name: str, code: str, message: str, help_line: str = "") -> ImageError:
    """Make the error of one file; there is no line to point to, so its span is the file as a whole."""
    return ImageError([Diagnostic(code, message, span=Span(name, 0, 0), help=help_line)])
