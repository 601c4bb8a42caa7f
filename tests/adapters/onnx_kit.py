"""Writes small ONNX models by hand, so that tests need no package for it: one picture in, rows that are fixed out."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

FLOAT, INT64 = 1, 7


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _part(field: int, data: bytes | str) -> bytes:
    raw = data.encode() if isinstance(data, str) else data
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


def _value(name: str, shape: Sequence[int | str], kind: int = FLOAT) -> bytes:
    sides = b"".join(_part(1, _part(2, side) if isinstance(side, str) else _number(1, side)) for side in shape)
    return _part(1, name) + _part(2, _part(1, _number(1, kind) + _part(2, sides)))


def model(
    rows: Any, *, takes: Sequence[int | str] = (1, 3, 64, 64), kind: int = FLOAT, names: str | None = None
) -> bytes:
    """Write a model that answers every picture with `rows`."""
    flat = [float(value) for value in rows.ravel()]
    table = b"".join(_number(1, side) for side in rows.shape)
    table += _number(2, FLOAT) + _part(8, "rows") + _part(9, struct.pack(f"<{len(flat)}f", *flat))
    nodes = _part(1, _part(1, "rows") + _part(2, "answer") + _part(4, "Identity"))
    graph = nodes + _part(2, "fixed") + _part(5, table)
    graph += _part(11, _value("picture", takes, kind)) + _part(12, _value("answer", rows.shape))
    whole = _number(1, 8) + _part(7, graph) + _part(8, _part(1, "") + _number(2, 13))
    return whole + (_part(14, _part(1, "names") + _part(2, names)) if names else b"")
