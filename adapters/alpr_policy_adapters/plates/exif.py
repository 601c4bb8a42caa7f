"""When a picture was taken, if the picture itself says so together with its offset from UTC."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from alpr_policy_adapters.plates.containers import (
    Part,
    jpeg_segments,
    png_chunks,
    riff_chunks,
    tiff_first,
    tiff_number,
    tiff_order,
    tiff_tags,
)

EXIF_DIRECTORY = 0x8769
DATE_TIME_ORIGINAL = 0x9003
OFFSET_TIME_ORIGINAL = 0x9011
_MARK = b"Exif\x00\x00"
_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(r"[+-]\d\d:\d\d")


def captured_at(data: bytes, image_format: str) -> datetime | None:
    """Give DateTimeOriginal with OffsetTimeOriginal; None when either is missing or unreadable.

    A wall time without its offset is no instant, and the offset is not guessed from a place.
    """
    block = _block(data, image_format)
    order = tiff_order(block)
    if order is None:
        return None
    inner = tiff_number(tiff_tags(block, order, tiff_first(block, order)), EXIF_DIRECTORY)
    tags = tiff_tags(block, order, inner)
    time = _TIME.fullmatch(_text(tags.get(DATE_TIME_ORIGINAL)))
    offset = _OFFSET.fullmatch(_text(tags.get(OFFSET_TIME_ORIGINAL)))
    return _instant(time, offset) if time and offset else None


def _instant(time: re.Match[str], offset: re.Match[str]) -> datetime | None:
    """Join time and offset; None for a day or hour that no calendar has."""
    year, month, day, hour, minute, second = time.groups()
    try:
        return datetime.fromisoformat(f"{year}-{month}-{day}T{hour}:{minute}:{second}{offset.group()}")
    except ValueError:
        return None


def _text(value: bytes | tuple[int, ...] | None) -> str:
    """Give an ASCII tag as text, without its closing zero."""
    return value.split(b"\x00")[0].decode("ascii", "replace").strip() if isinstance(value, bytes) else ""


def _block(data: bytes, image_format: str) -> bytes:
    """Find the EXIF block of a file whose header has been read; empty when it has none."""
    match image_format:
        case "jpeg":
            return _first(p for p in jpeg_segments(data) if p.kind == b"\xe1" and p.data.startswith(_MARK))
        case "png":
            return _first(p for p in png_chunks(data) if p.kind == b"eXIf")
        case "webp":
            return _first(p for p in riff_chunks(data) if p.kind == b"EXIF")
        case "tiff":
            return data
        case _:
            return b""


def _first(parts: Iterator[Part]) -> bytes:
    """Give the content of the first part, without the mark that JPEG and some WebP files put before it."""
    part = next(parts, None)
    return part.data.removeprefix(_MARK) if part else b""
