"""The outer shape of image files, walked without decoding a pixel: segments, chunks and tags, all within bounds.

Every walker stops where the file stops making sense, and raises BrokenFile only where a promise of the format is
broken (a length that runs past the end, a checksum that does not hold).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
JPEG_MAGIC = b"\xff\xd8\xff"
TIFF_MAGICS = (b"II*\x00", b"MM\x00*")
TIFF_TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4}
JPEG_END = b"\xff\xd9"
JPEG_SCAN = 0xDA
MAX_TAGS = 512
MAX_PARTS = 65_536
"""No picture needs more segments, chunks or bytes of filling than this; a file that has more is made to be slow."""

MAX_NUMBERS = 131_072
"""How many numbers all tags of one directory may hold together: two for each strip of a tall TIFF."""

MAX_TEXT = 65_536


class BrokenFile(ValueError):
    """The file promises more than it holds; the text says what."""


@dataclass(frozen=True, slots=True)
class Part:
    """A named stretch of a file and where its content starts."""

    kind: bytes
    data: bytes
    start: int


def _counted() -> Iterator[int]:
    """Count parts; BrokenFile when there are more than any picture needs."""
    yield from range(MAX_PARTS)
    raise BrokenFile("it has more parts than any picture needs")


def jpeg_segments(data: bytes) -> Iterator[Part]:
    """Yield the segments before the first scan, and that scan's header; the kind is the marker's second byte."""
    at, filling = 2, 0
    for _ in _counted():
        while data[at : at + 2] == b"\xff\xff":
            at += 1
            filling += 1
            if filling > MAX_PARTS:
                raise BrokenFile("it has more filling than any picture needs")
        if at + 4 > len(data) or data[at] != 0xFF:
            raise BrokenFile("it ends before its picture data")
        (length,) = struct.unpack_from(">H", data, at + 2)
        if length < 2 or at + 2 + length > len(data):
            raise BrokenFile("a segment runs past the end of the file")
        yield Part(data[at + 1 : at + 2], data[at + 4 : at + 2 + length], at + 4)
        if data[at + 1] == JPEG_SCAN:
            return
        at += 2 + length


def png_chunks(data: bytes) -> Iterator[Part]:
    """Yield the chunks up to and with IEND, each with its checksum proven."""
    at = len(PNG_MAGIC)
    for _ in _counted():
        if at + 12 > len(data):
            raise BrokenFile("it ends before its last chunk")
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            raise BrokenFile("a chunk runs past the end of the file")
        body = data[at + 8 : at + 8 + length]
        (stated,) = struct.unpack_from(">I", data, at + 8 + length)
        if stated != zlib.crc32(body, zlib.crc32(kind)):
            raise BrokenFile("a chunk's checksum does not hold")
        yield Part(kind, body, at + 8)
        if kind == b"IEND":
            return
        at += 12 + length


def riff_chunks(data: bytes) -> Iterator[Part]:
    """Yield the chunks of a WebP file."""
    (stated,) = struct.unpack_from("<I", data, 4)
    end = stated + 8
    if end > len(data):
        raise BrokenFile("it is shorter than it says")
    at = 12
    for _ in _counted():
        if at + 8 > end:
            return
        kind, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise BrokenFile("a chunk runs past the end of the file")
        yield Part(kind, data[at + 8 : at + 8 + length], at + 8)
        at += 8 + length + length % 2


def tiff_order(data: bytes) -> str | None:
    """Give the byte order of a TIFF or EXIF block as struct writes it; None when it is neither."""
    return {TIFF_MAGICS[0]: "<", TIFF_MAGICS[1]: ">"}.get(data[:4])


def tiff_first(data: bytes, order: str) -> int:
    """Give the place of the first directory of a TIFF or EXIF block."""
    return int(struct.unpack_from(f"{order}I", data, 4)[0]) if len(data) >= 8 else 0


def tiff_tags(data: bytes, order: str, at: int) -> dict[int, bytes | tuple[int, ...]]:
    """Read the tags of one directory: numbers as tuples, texts as bytes; tags that do not fit are left out.

    Raises BrokenFile when the tags hold more numbers than any picture needs.
    """
    if at <= 0 or at + 2 > len(data):
        return {}
    (count,) = struct.unpack_from(f"{order}H", data, at)
    tags: dict[int, bytes | tuple[int, ...]] = {}
    numbers = 0
    for entry in range(at + 2, at + 2 + 12 * min(count, MAX_TAGS), 12):
        if entry + 12 > len(data):
            break
        tag, kind, length = struct.unpack_from(f"{order}HHI", data, entry)
        size = TIFF_TYPE_SIZES.get(kind, 0) * length
        place = entry + 8 if size <= 4 else struct.unpack_from(f"{order}I", data, entry + 8)[0]
        # A long row of bytes is somebody's private block, such as another program's settings.
        private = kind == 1 and length > 4
        if size == 0 or private or place + size > len(data) or tag in tags:
            continue
        if kind == 2:
            tags[tag] = bytes(data[place : place + min(size, MAX_TEXT)])
        else:
            numbers += length
            if numbers > MAX_NUMBERS:
                raise BrokenFile("its tags hold more numbers than any picture needs")
            code = {1: "B", 3: "H", 4: "I"}[kind]
            tags[tag] = struct.unpack_from(f"{order}{length}{code}", data, place)
    return tags


def tiff_number(tags: dict[int, bytes | tuple[int, ...]], tag: int, default: int = 0) -> int:
    """Give a tag's first number, or `default` when there is none."""
    value = tags.get(tag)
    return value[0] if isinstance(value, tuple) and value else default
