"""A flat plate: serial in strokes, a plain border, bolts, and the state's name if wanted. No state's own design."""

from __future__ import annotations

import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from alpr_policy_adapters.registration import STATES, normalise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture: TypeAlias = NDArray[np.uint8]

LAYOUTS: Mapping[str, str] = MappingProxyType(
    {
        "CA": "#@@@###",
        "CT": "@@ #####",
        "FL": "@@@ @##",
        "MA": "#@@@ ##",
        "NH": "### ####",
        "NY": "@@@ ####",
        "OH": "@@@ ####",
        "PA": "@@@ ####",
        "TX": "@@@ ####",
        "VT": "@@@ ###",
    }
)
"""How some states arrange a passenger serial: `#` a digit, `@` a letter, a space where the serial is parted."""

WIDTH, HEIGHT = 600, 300
"""The size of a flat plate in pixels; a plate is twice as wide as high."""

SERIAL_TOP, SERIAL_TALL, LETTER_WIDE = 88, 142, 68
NARROWING = 0.58
INK, PAPER, EDGE = (74, 36, 22), (238, 242, 242), (96, 88, 84)
STICKERS = ((60, 170, 230), (90, 160, 70))
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
"""The letters of an invented serial: without those that plates draw like digits."""


def invent(layout: str, seed: int) -> str:
    """Make up a serial in a state's arrangement; the same seed gives the same one."""
    chance = random.Random(seed)
    drawn = (chance.choice(LETTERS) if c == "@" else chance.choice("0123456789") for c in LAYOUTS[layout] if c != " ")
    return "".join(drawn)


def fits(plate: str, layout: str) -> bool:
    """Say whether a serial is arranged as the layout asks."""
    shape = "".join("#" if c.isdigit() else "@" for c in normalise(plate))
    return shape == LAYOUTS[layout].replace(" ", "")


def draw_plate(plate: str, layout: str, *, named: bool) -> Picture:
    """Draw a serial as a flat plate, with the state's name above it if `named`; ValueError if it does not fit."""
    import cv2
    import numpy as np

    if not fits(plate, layout):
        raise ValueError(f"{plate} is not arranged as {LAYOUTS[layout]}")
    picture = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)
    cv2.rectangle(picture, (9, 9), (WIDTH - 10, HEIGHT - 10), EDGE, 4, cv2.LINE_AA)
    for x in (130, WIDTH - 130):
        for y in (32, HEIGHT - 32):
            cv2.circle(picture, (x, y), 11, (120, 120, 120), -1, cv2.LINE_AA)
            cv2.circle(picture, (x, y), 5, (70, 70, 70), -1, cv2.LINE_AA)
    for x, colour in zip((36, WIDTH - 86), STICKERS, strict=True):
        cv2.rectangle(picture, (x, 22), (x + 50, 56), colour, -1)
    if named:
        _write_name(picture, STATES[layout].upper())
    _write_serial(picture, _spaced(normalise(plate), layout))
    return picture


def _spaced(serial: str, layout: str) -> str:
    """Put the layout's spaces into a serial."""
    letters = iter(serial)
    return "".join(" " if c == " " else next(letters) for c in LAYOUTS[layout])


def _write_serial(picture: Picture, serial: str) -> None:
    """Write the serial in the middle, each letter in a cell of its own."""
    wide = sum(LETTER_WIDE // 2 if c == " " else LETTER_WIDE for c in serial)
    x = (WIDTH - wide) // 2
    for c in serial:
        if c == " ":
            x += LETTER_WIDE // 2
            continue
        cell = _letter(c)
        picture[SERIAL_TOP : SERIAL_TOP + SERIAL_TALL, x : x + LETTER_WIDE] = cell
        x += LETTER_WIDE


def _letter(c: str) -> Picture:
    """Draw one letter of the serial, narrow and bold, into a cell."""
    import cv2
    import numpy as np

    tall, bold = 240, 42
    scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_SIMPLEX, tall - bold, 1)
    (wide, _), _ = cv2.getTextSize(c, cv2.FONT_HERSHEY_SIMPLEX, scale, bold)
    cell = np.full((tall + 8, wide + 8, 3), PAPER, np.uint8)
    cv2.putText(cell, c, (4, tall - bold // 2 + 4), cv2.FONT_HERSHEY_SIMPLEX, scale, INK, bold, cv2.LINE_AA)
    columns = np.flatnonzero((cell != np.array(PAPER, np.uint8)).any(axis=(0, 2)))
    inked = cell[:, columns[0] : columns[-1] + 1]
    breadth = min(LETTER_WIDE - 10, round(inked.shape[1] * NARROWING * SERIAL_TALL / tall))
    pressed = cv2.resize(inked, (breadth, SERIAL_TALL), interpolation=cv2.INTER_AREA)
    out = np.full((SERIAL_TALL, LETTER_WIDE, 3), PAPER, np.uint8)
    start = (LETTER_WIDE - breadth) // 2
    out[:, start : start + breadth] = pressed
    return out


def _write_name(picture: Picture, name: str) -> None:
    """Write the state's name above the serial in plain letters."""
    import cv2

    scale, bold = 1.35, 3
    (wide, tall), _ = cv2.getTextSize(name, cv2.FONT_HERSHEY_DUPLEX, scale, bold)
    scale *= min(1.0, 270 / wide)
    (wide, tall), _ = cv2.getTextSize(name, cv2.FONT_HERSHEY_DUPLEX, scale, bold)
    place = ((WIDTH - wide) // 2, 48 + tall // 2)
    cv2.putText(picture, name, place, cv2.FONT_HERSHEY_DUPLEX, scale, INK, bold, cv2.LINE_AA)
