"""How large a picture says it is, from the header alone: asked before any decoder may touch the file."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from alpr_policy_adapters.plates.containers import (
    JPEG_END,
    JPEG_MAGIC,
    JPEG_SCAN,
    PNG_MAGIC,
    TIFF_MAGICS,
    BrokenFile,
    jpeg_segments,
    png_chunks,
    riff_chunks,
    tiff_first,
    tiff_number,
    tiff_order,
    tiff_tags,
)

SOF_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
TIFF_WIDTH, TIFF_HEIGHT, TIFF_TILE_WIDTH, TIFF_TILE_HEIGHT = 256, 257, 322, 323
TIFF_DATA = ((273, 279), (324, 325))
"""The tags that say where a TIFF's strips or tiles lie, and how many bytes each has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A picture's format and its size in pixels, as the file states them.

    `largest` is the greatest number of pixels that one allocation of the decoder can ask for.
    """

    format: str
    width: int
    height: int
    largest: int


def read_header(data: bytes) -> Header | None:
    """Give the header of a PNG, JPEG, BMP, TIFF or WebP file, None for anything else.

    Raises BrokenFile when the file is cut short or states no size.
    """
    for matches, name, measure in _FORMATS:
        if matches(data):
            try:
                width, height, largest = measure(data)
            except (struct.error, IndexError) as error:
                raise BrokenFile("it ends inside its header") from error
            if width <= 0 or height <= 0:
                raise BrokenFile("it states no size")
            return Header(format=name, width=width, height=height, largest=max(largest, width * height))
    return None


def _png(data: bytes) -> tuple[int, int, int]:
    """Measure a PNG; all of it is walked, so that a cut file is known before it is decoded."""
    first = next(iter(chunks := list(png_chunks(data))))
    if first.kind != b"IHDR" or not any(chunk.kind == b"IDAT" for chunk in chunks):
        raise BrokenFile("it has no picture data")
    width, height = struct.unpack_from(">II", first.data)
    return width, height, 0


def _jpeg(data: bytes) -> tuple[int, int, int]:
    """Measure a JPEG and make sure that its scan comes to an end."""
    width = height = 0
    for segment in jpeg_segments(data):
        marker = segment.kind[0]
        if marker in SOF_MARKERS and not width:
            height, width = struct.unpack_from(">HH", segment.data, 1)
        if marker == JPEG_SCAN and data.find(JPEG_END, segment.start + len(segment.data)) < 0:
            raise BrokenFile("its picture data are cut short")
    return width, height, 0


def _bmp(data: bytes) -> tuple[int, int, int]:
    """Measure a BMP; rows may run upwards or downwards."""
    offset, header = struct.unpack_from("<I", data, 10)[0], struct.unpack_from("<I", data, 14)[0]
    if header == 12:
        width, height, bits = struct.unpack_from("<HH2xH", data, 18)
        packing = 0
    else:
        width, height, bits, packing = struct.unpack_from("<ii2xHI", data, 18)
    height = abs(height)
    if packing in (0, 3) and offset + (max(width, 0) * bits + 31) // 32 * 4 * height > len(data):
        raise BrokenFile("its picture data are cut short")
    return width, height, 0


def _tiff(data: bytes) -> tuple[int, int, int]:
    """Measure the first picture of a TIFF, and its tiles, which a decoder takes whole."""
    order = tiff_order(data) or "<"
    tags = tiff_tags(data, order, tiff_first(data, order))
    for places, lengths in ((tags.get(place, ()), tags.get(length, ())) for place, length in TIFF_DATA):
        if any(place + length > len(data) for place, length in zip(places, lengths, strict=False)):
            raise BrokenFile("its picture data are cut short")
    tile = tiff_number(tags, TIFF_TILE_WIDTH) * tiff_number(tags, TIFF_TILE_HEIGHT)
    return tiff_number(tags, TIFF_WIDTH), tiff_number(tags, TIFF_HEIGHT), tile


def _webp(data: bytes) -> tuple[int, int, int]:
    """Measure a WebP of any of its three kinds; the largest of canvas and frames counts."""
    size, largest = (0, 0), 0
    for chunk in riff_chunks(data):
        found = (0, 0)
        if chunk.kind == b"VP8X":
            found = (_three(chunk.data, 4) + 1, _three(chunk.data, 7) + 1)
        elif chunk.kind == b"VP8L":
            (packed,) = struct.unpack_from("<I", chunk.data, 1)
            found = ((packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1)
        elif chunk.kind == b"VP8 ":
            width, height = struct.unpack_from("<HH", chunk.data, 6)
            found = (width & 0x3FFF, height & 0x3FFF)
        size = size if any(size) else found
        largest = max(largest, found[0] * found[1])
    return (*size, largest)


def _three(data: bytes, at: int) -> int:
    """Read a number of three bytes, lowest first."""
    return data[at] | data[at + 1] << 8 | data[at + 2] << 16


_FORMATS: tuple[tuple[Callable[[bytes], bool], str, Callable[[bytes], tuple[int, int, int]]], ...] = (
    (lambda data: data.startswith(PNG_MAGIC), "png", _png),
    (lambda data: data.startswith(JPEG_MAGIC), "jpeg", _jpeg),
    (lambda data: data.startswith(b"BM"), "bmp", _bmp),
    (lambda data: data.startswith(TIFF_MAGICS), "tiff", _tiff),
    (lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP", "webp", _webp),
)
