"""Builds pictures that cost more than they seem to: by their headers, in their decoder, or in whoever walks them."""

from __future__ import annotations

import struct
import zlib
from typing import Any

MANY = 70_000


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    """Build one chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *, data: bytes | None = None, before: bytes = b"") -> bytes:
    """Build a grey PNG by hand; `data` replaces its rows, `before` are chunks before them."""
    rows = zlib.compress(b"".join(b"\0" + bytes(width) for _ in range(height))) if data is None else data
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + before + chunk(b"IDAT", rows) + chunk(b"IEND")


def swelling_png(megabytes: int) -> bytes:
    """Build a small PNG whose rows unpack to far more than its pixels need."""
    return png(64, 64, data=zlib.compress(bytes(megabytes << 20), 9))


def tiff(tags: list[tuple[int, int, int, int]], tail: bytes = b"") -> bytes:
    """Build a TIFF of one directory: tag, type, count and value or place of each entry; `tail` follows it."""
    body = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + body + bytes(4) + tail


def tiled_tiff(width: int, height: int, tile: int) -> bytes:
    """Build the head of a tiled TIFF."""
    return tiff([(256, 4, 1, width), (257, 4, 1, height), (322, 4, 1, tile), (323, 4, 1, tile)])


def striped_tiff(side: int, strip_bytes: int) -> bytes:
    """Build a grey TIFF with one strip a row, all of them the same long stretch of the file."""
    start = 8 + 2 + 12 * 9 + 4
    places, lengths, data = start, start + 4 * side, start + 8 * side
    tags = [
        (256, 4, 1, side),
        (257, 4, 1, side),
        (258, 3, 1, 8),
        (259, 3, 1, 8),
        (262, 3, 1, 1),
        (273, 4, side, places),
        (277, 3, 1, 1),
        (278, 4, 1, 1),
        (279, 4, side, lengths),
    ]
    strip = zlib.compress(bytes(strip_bytes), 0)
    return tiff(tags, struct.pack("<I", data) * side + struct.pack("<I", len(strip)) * side + strip)


def countless_tiff() -> bytes:
    """Build a TIFF whose tags all point to the same numbers, many times over."""
    numbers = 60_000
    start = 8 + 2 + 12 * 40 + 4
    return tiff([(1000 + i, 4, numbers, start) for i in range(40)], bytes(4 * numbers))


def idle_scans(side: int, scans: int) -> bytes:
    """Build a progressive JPEG of many scans that say in a few bytes that nothing changes, for all of its blocks."""
    table = b"\xff\xc4" + struct.pack(">H", 20) + b"\x10" + b"\x01" + bytes(15) + b"\xe0"
    first = b"\xff\xc4" + struct.pack(">H", 20) + b"\x00" + b"\x01" + bytes(15) + b"\x00"
    quant = b"\xff\xdb" + struct.pack(">H", 67) + b"\0" + b"\x01" * 64
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 11, 8, side, side, 1) + b"\x01\x11\x00"
    blocks = (side // 8) ** 2
    dc = b"\xff\xda" + struct.pack(">HB", 8, 1) + b"\x01\x00\x00\x00\x00" + bytes(blocks // 8 + 1)
    # The one code of the table ends the band for as many blocks as the next 14 bits, all ones, say: 32,767.
    run = b"\x7f\xfe" * (blocks // 32767 + 1)
    ac = b"\xff\xda" + struct.pack(">HB", 8, 1) + b"\x01\x00\x01\x3f\x00" + run
    return b"\xff\xd8" + quant + frame + first + table + dc + ac * scans + b"\xff\xd9"


def many_chunks() -> bytes:
    """Build a PNG of empty chunks."""
    return png(64, 64, before=chunk(b"tEXt") * MANY)


def endless_segments() -> bytes:
    """Build a JPEG of comments without a word."""
    return b"\xff\xd8" + b"\xff\xfe\x00\x02" * MANY


def filled_jpeg() -> bytes:
    """Build a JPEG of filling between its parts."""
    return b"\xff\xd8" + b"\xff" * (2 * MANY)


def endless_webp() -> bytes:
    """Build a WebP of empty chunks."""
    body = b"WEBP" + (b"ABCD" + bytes(4)) * MANY
    return b"RIFF" + struct.pack("<I", len(body)) + body


def animated_webp(cv2: Any, frames: int) -> bytes:
    """Build a WebP that moves, with many frames."""
    import numpy as np

    animation = cv2.Animation()
    animation.frames = [np.full((64, 64, 4), i % 250, np.uint8) for i in range(frames)]
    animation.durations = np.full(frames, 100)
    return bytes(cv2.imencodeanimation(".webp", animation)[1])
