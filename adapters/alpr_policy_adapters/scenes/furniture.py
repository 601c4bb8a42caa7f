"""What stands on a plate beside its serial: a name, a line of words, stickers, bolts, and the dealer's frame."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, pi, sin
from types import MappingProxyType
from typing import TYPE_CHECKING

from alpr_policy_adapters.registration import STATES
from alpr_policy_adapters.scenes.paints import BRIGHT, Colour, Paint, grey

if TYPE_CHECKING:
    from alpr_policy_adapters.scenes.plate import Picture
    from alpr_policy_adapters.scenes.serials import Spot

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# Words of no state and no firm.
SLOGANS = (
    "OPEN ROADS",
    "WHERE RIVERS MEET",
    "THE QUIET SHORE",
    "LAND OF LANTERNS",
    "FIRST SNOW",
    "TALL PINES",
    "WIDE SKIES",
    "HARBOR COUNTRY",
    "MANY HILLS",
    "STEADY AS STONE",
    "www.plates.example",
)
DEALERS = (
    "MAPLE LANE MOTORS",
    "EXAMPLE AUTO",
    "NORTH POND CARS",
    "OLD MILL AUTO SALES",
    "HARBOR VANS",
    "TRUCKS OF ELMFIELD",
    "555-0142",
    "555-0177 SERVICE",
    "ALUMNI",
    "MY OTHER CAR FLOATS",
    "RIVERBEND",
    "BEST IN TOWN",
)
FRAMES: tuple[Colour, ...] = (
    (24, 24, 24),
    (40, 36, 34),
    (190, 192, 194),
    (150, 152, 156),
    (48, 40, 120),
    (110, 60, 30),
)
BOLTS: tuple[Colour, ...] = ((120, 120, 120), (70, 72, 74), (190, 194, 196), (60, 90, 130), (30, 30, 30))
SIGNS = ("star", "disc", "diamond", "square", "sticker", "hill", "heart")
BOLTED: Mapping[int, tuple[float, ...]] = MappingProxyType({0: (), 2: (0.1,), 4: (0.1, 0.91)})
CORNERS = ("top left", "top right", "bottom left", "bottom right")
FONTS = ("simplex", "duplex", "triplex", "complex", "script_simplex")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sticker:
    """A small coloured label in a corner."""

    corner: str
    text: str
    colour: Colour
    size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A frame around the plate, shares of the plate's height, with words above and below."""

    colour: Colour
    side: float
    top: float
    bottom: float
    above: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """Everything on a plate but the serial."""

    name: str = ""
    name_font: str = "duplex"
    name_size: float = 0.13
    slogan: str = ""
    stickers: tuple[Sticker, ...] = ()
    bolts: int = 4
    bolt: Colour = BOLTS[0]
    sign: str = "disc"
    sign_colour: Colour = BRIGHT[0]
    frame: Frame | None = None


def random_furniture(rng: random.Random, *, name: str | None, framed: bool) -> Furniture:
    """Choose what is on a plate; `name` is the state's, None for any; `framed` allows a dealer's frame."""
    shown = name if name is not None else rng.choice(list(STATES.values()))
    if rng.random() < 0.12:
        shown = ""
    shown = shown if rng.random() < 0.35 else shown.upper()
    corners = rng.sample(CORNERS, rng.choice((0, 0, 1, 1, 2, 2, 3)))
    return Furniture(
        name=shown,
        name_font=rng.choice(FONTS),
        name_size=rng.uniform(0.09, 0.17),
        slogan=rng.choice(SLOGANS) if rng.random() < 0.55 else "",
        stickers=tuple(_random_sticker(rng, corner) for corner in corners),
        bolts=rng.choice((2, 2, 4, 4, 0)),
        bolt=rng.choice(BOLTS),
        sign=rng.choice(SIGNS),
        sign_colour=rng.choice(BRIGHT),
        frame=_random_frame(rng) if framed and rng.random() < 0.35 else None,
    )


def _random_sticker(rng: random.Random, corner: str) -> Sticker:
    """Choose a sticker with a month, a year or a county's number."""
    text = rng.choice((rng.choice(MONTHS), f"{rng.randint(15, 31)}", f"{rng.randint(1, 99):02}", ""))
    return Sticker(corner=corner, text=text, colour=rng.choice((*BRIGHT, (240, 240, 240))), size=rng.uniform(0.1, 0.17))


def _random_frame(rng: random.Random) -> Frame:
    """Choose a frame, thin or broad, with or without words."""
    above, below = (rng.choice(DEALERS) if rng.random() < 0.6 else "" for _ in "ab")
    return Frame(
        colour=rng.choice(FRAMES),
        side=rng.uniform(0.02, 0.06),
        top=rng.uniform(0.1, 0.15) if above else rng.uniform(0.02, 0.08),
        bottom=rng.uniform(0.1, 0.16) if below else rng.uniform(0.02, 0.09),
        above=above,
        below=below,
    )


def draw_furniture(picture: Picture, furniture: Furniture, paint: Paint, signs: list[Spot]) -> None:
    """Put everything but the serial onto a plate."""
    height, width = picture.shape[:2]
    for spot in signs:
        _sign(picture, spot, furniture)
    if furniture.name:
        colour = _readable(paint, paint.top_band)
        place = (0.28, 0.045, 0.72, 0.045 + furniture.name_size)
        write(picture, furniture.name, place, colour, furniture.name_font)
    if furniture.slogan:
        write(picture, furniture.slogan, (0.24, 0.875, 0.76, 0.955), _readable(paint, paint.bottom_band), "duplex")
    for sticker in furniture.stickers:
        _sticker(picture, sticker)
    for x in (0.2, 0.8):
        for y in BOLTED[furniture.bolts]:
            _bolt(picture, (round(x * width), round(y * height)), furniture.bolt)
    if furniture.frame:
        _frame(picture, furniture.frame)


def write(picture: Picture, text: str, place: tuple[float, float, float, float], colour: Colour, font: str) -> None:
    """Write a line of text into a box, given as shares of the picture: left, top, right, bottom."""
    import cv2

    height, width = picture.shape[:2]
    left, top, right, bottom = place[0] * width, place[1] * height, place[2] * width, place[3] * height
    number = getattr(cv2, f"FONT_HERSHEY_{font.upper()}")
    thick = max(1, round((bottom - top) / 9))
    scale = cv2.getFontScaleFromHeight(number, max(4, round((bottom - top) * 0.82)), thick)
    (wide, tall), _ = cv2.getTextSize(text, number, scale, thick)
    scale *= min(1.0, (right - left) / max(1, wide))
    thick = max(1, round(thick * min(1.0, (right - left) / max(1, wide))))
    (wide, tall), _ = cv2.getTextSize(text, number, scale, thick)
    start = (round((left + right - wide) / 2), round((top + bottom + tall) / 2))
    cv2.putText(picture, text, start, number, scale, colour, thick, cv2.LINE_AA)


def _readable(paint: Paint, band: float) -> Colour:
    """Choose the colour of words: the ink or the accent on paper, black or white on a band."""
    if band > 0.08:
        return (246, 246, 246) if grey(paint.accent) < 130 else (24, 24, 24)
    return paint.accent if abs(grey(paint.accent) - grey(paint.paper)) > 80 else paint.ink


def _sign(picture: Picture, spot: Spot, furniture: Furniture) -> None:
    """Draw the small sign or sticker that parts a serial."""
    import cv2
    import numpy as np

    x, y, wide = spot
    half = max(2, wide // 2)
    colour, kind = furniture.sign_colour, furniture.sign
    if kind in ("square", "sticker"):
        tall = half if kind == "square" else round(half * 1.3)
        cv2.rectangle(picture, (x - half, y - tall), (x + half, y + tall), colour, -1, cv2.LINE_AA)
        if kind == "sticker":
            h, w = picture.shape[:2]
            text = (24, 24, 24) if grey(colour) > 120 else (245, 245, 245)
            write(
                picture,
                "27",
                ((x - half) / w, (y - half * 0.8) / h, (x + half) / w, (y + half * 0.8) / h),
                text,
                "simplex",
            )
        return
    if kind == "disc":
        cv2.circle(picture, (x, y), half, colour, -1, cv2.LINE_AA)
        return
    shapes: dict[str, list[tuple[float, float]]] = {
        "star": [(sin(i * pi / 5) * (1, 0.42)[i % 2], -cos(i * pi / 5) * (1, 0.42)[i % 2]) for i in range(10)],
        "diamond": [(0, -1), (0.7, 0), (0, 1), (-0.7, 0)],
        "hill": [(-1, 0.6), (-0.3, -0.7), (0.1, 0), (0.4, -0.4), (1, 0.6)],
        "heart": [(0, 1), (-1, -0.1), (-0.8, -0.8), (-0.3, -0.8), (0, -0.3), (0.3, -0.8), (0.8, -0.8), (1, -0.1)],
    }
    points = np.array([(x + half * a, y + half * b) for a, b in shapes[kind]])
    cv2.fillPoly(picture, [np.rint(points).astype(np.int32)], colour, cv2.LINE_AA)


def _sticker(picture: Picture, sticker: Sticker) -> None:
    """Put a label into a corner."""
    import cv2

    height, width = picture.shape[:2]
    tall, wide = sticker.size, sticker.size * 0.78
    left = 0.03 if "left" in sticker.corner else 0.97 - wide
    top = 0.05 if "top" in sticker.corner else 0.95 - tall
    ends = ((round(left * width), round(top * height)), (round((left + wide) * width), round((top + tall) * height)))
    cv2.rectangle(picture, *ends, sticker.colour, -1)
    if sticker.text:
        dark = grey(sticker.colour) > 120
        place = (left + 0.008, top + 0.015, left + wide - 0.008, top + tall - 0.015)
        write(picture, sticker.text, place, (24, 24, 24) if dark else (245, 245, 245), "simplex")


def _bolt(picture: Picture, place: tuple[int, int], colour: Colour) -> None:
    """Draw a bolt with its shadow and its slot."""
    import cv2

    size = max(2, picture.shape[0] // 36)
    cv2.circle(picture, (place[0] + 1, place[1] + 1), size + 1, (60, 60, 60), -1, cv2.LINE_AA)
    cv2.circle(picture, place, size, colour, -1, cv2.LINE_AA)
    cv2.circle(picture, place, max(1, size // 2), tuple(c * 2 // 3 for c in colour), -1, cv2.LINE_AA)


def _frame(picture: Picture, frame: Frame) -> None:
    """Lay a frame over the plate's rim, and write on it."""
    height, width = picture.shape[:2]
    top, bottom = round(frame.top * height), round(frame.bottom * height)
    side = round(frame.side * height)
    for rows, columns in (
        (slice(0, top), slice(None)),
        (slice(height - bottom, None), slice(None)),
        (slice(None), slice(0, side)),
        (slice(None), slice(width - side, None)),
    ):
        picture[rows, columns] = frame.colour
    words = (245, 245, 245) if grey(frame.colour) < 120 else (28, 28, 28)
    for text, low, high in ((frame.above, 0.012, frame.top - 0.012), (frame.below, 1 - frame.bottom + 0.012, 0.988)):
        if text:
            write(picture, text, (0.16, low, 0.84, high), words, "duplex")
