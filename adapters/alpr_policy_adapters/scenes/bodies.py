"""Vehicles of many kinds, seen from behind or from the front, with a styled plate: none is any maker's model."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from alpr_policy_adapters.scenes.furniture import write
from alpr_policy_adapters.scenes.paints import Colour, grey, mixed
from alpr_policy_adapters.scenes.view import Point

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from alpr_policy_adapters.scenes.plate import Picture

CANVAS = (2200, 1900)
"""Width and height of a vehicle's canvas, in units of which a plate is `PLATE` wide and high."""

PLATE = (372, 186)
MIDDLE = CANVAS[0] // 2
BASE = 1690
"""Where the body ends above the road."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A kind of vehicle: right half of its outline from the top down, window, lamp, bumper, and the plate's height."""

    outline: tuple[tuple[int, int], ...]
    window: tuple[tuple[int, int], ...]
    lamp: tuple[int, int, int, int]
    bumper: int
    plate_y: tuple[int, int]
    front: bool = False


SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "sedan": Shape(
            outline=((0, 330), (380, 340), (500, 390), (650, 720), (800, 800), (850, 960), (860, 1440), (800, 1660)),
            window=((0, 400), (360, 405), (450, 430), (570, 700), (0, 730)),
            lamp=(590, 850, 845, 1060),
            bumper=1350,
            plate_y=(1060, 1240),
        ),
        "suv": Shape(
            outline=((0, 170), (480, 180), (600, 240), (740, 760), (810, 900), (840, 1450), (800, 1670)),
            window=((0, 260), (460, 270), (540, 320), (640, 700), (0, 720)),
            lamp=(680, 780, 830, 1130),
            bumper=1400,
            plate_y=(1000, 1240),
        ),
        "van": Shape(
            outline=((0, 90), (560, 100), (680, 150), (780, 800), (810, 1000), (820, 1500), (780, 1670)),
            window=((50, 230), (520, 240), (600, 700), (50, 710)),
            lamp=(690, 830, 812, 1180),
            bumper=1480,
            plate_y=(1120, 1360),
        ),
        "pickup": Shape(
            outline=((0, 280), (430, 290), (540, 400), (600, 760), (870, 780), (880, 1480), (840, 1660)),
            window=((0, 360), (400, 370), (470, 440), (510, 700), (0, 700)),
            lamp=(740, 830, 868, 1220),
            bumper=1400,
            plate_y=(1400, 1520),
        ),
        "truck": Shape(
            outline=((0, 20), (850, 24), (862, 60), (862, 1400), (800, 1420), (800, 1670)),
            window=(),
            lamp=(640, 1440, 800, 1530),
            bumper=1560,
            plate_y=(1480, 1540),
        ),
        "front": Shape(
            outline=((0, 350), (400, 360), (480, 400), (600, 720), (790, 860), (860, 1010), (870, 1440), (800, 1660)),
            window=((0, 410), (380, 415), (450, 450), (560, 720), (0, 745)),
            lamp=(560, 930, 830, 1070),
            bumper=1280,
            plate_y=(1360, 1440),
            front=True,
        ),
    }
)
PAINTS: tuple[tuple[Colour, int], ...] = (
    ((226, 226, 222), 24),
    ((44, 42, 40), 22),
    ((112, 108, 104), 18),
    ((182, 180, 176), 14),
    ((122, 78, 44), 9),
    ((48, 44, 138), 7),
    ((78, 96, 58), 2),
    ((120, 150, 176), 2),
    ((60, 170, 214), 1),
    ((70, 50, 40), 3),
)
GLASS: Colour = (66, 56, 48)
# Words of no maker.
BADGES = ("LUMEN", "VX 20", "MERIDIAN", "hybrid", "4x4", "TERRA", "S 2.0", "AURELIA")
STICKER_WORDS = ("HONK SOFTLY", "BABY IN CAR", "SAVE BEES", "I BRAKE 4 DUCKS", "RADIO 99", "VOTE", "CAMP 12")
FLANK_WORDS = ("ELM STREET BAKERY", "NORTH POND PLUMBING", "CALL 555-0142", "FRESH FISH", "EXAMPLE MOVERS")
EXTRAS = ("bumper sticker", "badge", "wiper", "spare", "flank words", "grille")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One vehicle as it is drawn: `hitch` is how far a tow bar rises over the plate, a share of the plate's height."""

    kind: str
    colour: Colour
    plate_at: tuple[int, int]
    recess: int = 0
    lit: bool = False
    hitch: float = 0.0
    extras: frozenset[str] = frozenset()
    words: str = ""
    seed: int = 0


def random_body(
    rng: random.Random, *, kinds: Sequence[str] = tuple(SHAPES), lit: bool = False, hitch: float = 0.0
) -> Body:
    """Choose a vehicle by lot."""
    kind = rng.choice(list(kinds))
    shape = SHAPES[kind]
    colour = rng.choices([c for c, _ in PAINTS], [n for _, n in PAINTS])[0]
    aside = rng.choice((0, 0, 0, rng.randint(-380, 380))) if kind in ("truck", "van") else rng.randint(-12, 12)
    return Body(
        kind=kind,
        colour=mixed(colour, (128, 128, 128), rng.uniform(0, 0.25)),
        plate_at=(MIDDLE + aside, rng.randint(*shape.plate_y)),
        recess=rng.randint(0, 3),
        lit=lit,
        hitch=0.0 if shape.front else hitch,
        extras=frozenset(e for e in EXTRAS if rng.random() < 0.35),
        words=rng.choice(FLANK_WORDS if kind in ("van", "truck") else BADGES + STICKER_WORDS),
        seed=rng.randrange(2**31),
    )


def corners(body: Body) -> list[Point]:
    """Give the plate's corners on the canvas: top left, top right, bottom right, bottom left."""
    (x, y), (w, h) = body.plate_at, (PLATE[0] / 2, PLATE[1] / 2)
    return [(x - w, y - h), (x + w, y - h), (x + w, y + h), (x - w, y + h)]


def outline(body: Body) -> list[tuple[int, int]]:
    """Give the vehicle's outline on the canvas, closed at the bottom."""
    half = [*SHAPES[body.kind].outline, (0, BASE)]
    return [(MIDDLE + x, y) for x, y in half] + [(MIDDLE - x, y) for x, y in reversed(half)]


class _Sheet:
    """A canvas at some scale, drawn on in the units of `CANVAS`."""

    def __init__(self, scale: float) -> None:
        import numpy as np

        self.scale = scale
        size = (round(CANVAS[1] * scale), round(CANVAS[0] * scale))
        self.picture: Picture = np.zeros((*size, 3), np.uint8)
        self.mask: Picture = np.zeros(size, np.uint8)

    def points(self, points: Sequence[Sequence[float]]) -> NDArray[np.int32]:
        """Scale points, with four more bits of place."""
        import numpy as np

        return np.rint(np.array(points, np.float64) * (self.scale * 16)).astype(np.int32)

    def polygon(self, points: Sequence[Sequence[float]], colour: Colour) -> None:
        """Fill a polygon."""
        import cv2

        cv2.fillPoly(self.picture, [self.points(points)], colour, cv2.LINE_AA, 4)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Fill a rectangle."""
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def line(self, points: Sequence[Sequence[float]], colour: Colour, wide: float) -> None:
        """Draw a line."""
        import cv2

        thick = max(1, round(wide * self.scale))
        cv2.polylines(self.picture, [self.points(points)], False, colour, thick, cv2.LINE_AA, 4)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Fill a circle."""
        import cv2

        place = (round(x * self.scale * 16), round(y * self.scale * 16))
        cv2.circle(self.picture, place, max(16, round(radius * self.scale * 16)), colour, -1, cv2.LINE_AA, 4)

    def write(self, text: str, box: tuple[float, float, float, float], colour: Colour, font: str = "duplex") -> None:
        """Write a line into a box: left, top, right, bottom."""
        w, h = CANVAS
        write(self.picture, text, (box[0] / w, box[1] / h, box[2] / w, box[3] / h), colour, font)


def draw_body(
    body: Body, plate: Picture | None, *, scale: float, light: float, plate_light: float
) -> tuple[Picture, Picture]:
    """Draw a vehicle at `scale` pixels to a unit; give picture and mask.

    `light` and `plate_light` are how bright body and plate are, 1 as by day. Without a plate its place stays blank.
    """
    import cv2

    sheet = _Sheet(scale)
    chance = random.Random(body.seed)
    shape = SHAPES[body.kind]
    for side in (-1, 1):
        x = MIDDLE + side * 670
        sheet.box(x - 110, 1500, x + 110, 1840, (34, 32, 32))
        cv2.fillPoly(
            sheet.mask, [sheet.points([(x - 110, 1500), (x + 110, 1500), (x + 110, 1840), (x - 110, 1840)])], 255, 8, 4
        )
    cv2.fillPoly(sheet.mask, [sheet.points(outline(body))], 255, cv2.LINE_AA, 4)
    sheet.polygon(outline(body), body.colour)
    _panels(sheet, body, shape, chance)
    _shade(sheet, light)
    _lamps(sheet, body, shape, light)
    _mount(sheet, body, plate, light, plate_light)
    if body.hitch:
        _tow_bar(sheet, body, light)
    return sheet.picture, sheet.mask


def _panels(sheet: _Sheet, body: Body, shape: Shape, chance: random.Random) -> None:
    """Draw windows, seams, bumper, and what else this vehicle has."""
    dark = mixed(body.colour, (0, 0, 0), 0.5)
    for side in (1, -1):
        if shape.window:
            sheet.polygon([(MIDDLE + side * x, y) for x, y in shape.window], GLASS)
        sheet.line(
            [(MIDDLE + side * 600, 860), (MIDDLE + side * 540, shape.bumper)], mixed(body.colour, (0, 0, 0), 0.4), 6
        )
    if shape.window:
        lean = chance.randint(80, 300)
        top, bottom = shape.window[0][1], shape.window[-1][1]
        sheet.polygon(
            [
                (MIDDLE - 300 + lean, top + 8),
                (MIDDLE - 130 + lean, top + 8),
                (MIDDLE - 280, bottom - 10),
                (MIDDLE - 420, bottom - 10),
            ],
            mixed(GLASS, (255, 255, 255), 0.14),
        )
    if body.kind in ("van", "truck"):
        sheet.line([(MIDDLE, 130), (MIDDLE, shape.bumper - 30)], dark, 7)
    trim = (
        (40, 40, 40)
        if chance.random() < 0.4
        else (170, 172, 174)
        if body.kind in ("pickup", "truck")
        else mixed(body.colour, (0, 0, 0), 0.24)
    )
    sheet.box(MIDDLE - 845, shape.bumper, MIDDLE + 845, min(BASE, shape.bumper + 190), trim)
    sheet.line([(MIDDLE - 845, shape.bumper), (MIDDLE + 845, shape.bumper)], dark, 6)
    sheet.box(MIDDLE - 790, min(BASE - 60, shape.bumper + 190), MIDDLE + 790, BASE, (40, 38, 38))
    if shape.front:
        _front(sheet, body, chance)
    else:
        _extras(sheet, body, shape, chance)


def _front(sheet: _Sheet, body: Body, chance: random.Random) -> None:
    """Draw bonnet, grille and emblem."""
    sheet.line(
        [(MIDDLE - 620, 760), (MIDDLE - 500, 900), (MIDDLE + 500, 900), (MIDDLE + 620, 760)],
        mixed(body.colour, (0, 0, 0), 0.4),
        7,
    )
    wide, top, bottom = chance.randint(300, 480), chance.randint(930, 980), chance.randint(1120, 1220)
    sheet.box(MIDDLE - wide, top, MIDDLE + wide, bottom, (34, 34, 34))
    step = chance.choice((26, 40, 60))
    bright = chance.choice(((90, 90, 90), (180, 182, 184)))
    if "grille" in body.extras:
        for x in range(MIDDLE - wide + step, MIDDLE + wide, step):
            sheet.line([(x, top), (x, bottom)], bright, 8)
    else:
        for y in range(top + step, bottom, step):
            sheet.line([(MIDDLE - wide, y), (MIDDLE + wide, y)], bright, 8)
    sheet.disc(MIDDLE, (top + bottom) / 2, 52, (190, 192, 194))


def _extras(sheet: _Sheet, body: Body, shape: Shape, chance: random.Random) -> None:
    """Draw badge, stickers, spare wheel, words and grilles of the rear."""
    light = (238, 238, 238) if grey(body.colour) < 130 else (36, 34, 34)
    x, y = body.plate_at
    if "flank words" in body.extras and body.kind in ("van", "truck"):
        top = 300 if body.kind == "truck" else 740
        sheet.write(body.words, (MIDDLE - 620, top, MIDDLE + 620, top + 150), light)
        if body.kind == "truck":
            sheet.write("555-0142", (MIDDLE - 420, top + 230, MIDDLE + 420, top + 350), light, "triplex")
    if "badge" in body.extras:
        sheet.disc(MIDDLE, 800 + 40 * chance.random(), 46, (196, 198, 200))
        sheet.write(chance.choice(BADGES), (MIDDLE + 260, 900, MIDDLE + 560, 960), (200, 202, 204), "simplex")
    if "bumper sticker" in body.extras:
        left = MIDDLE + chance.choice((-720, 420))
        colour = chance.choice(((240, 240, 240), (60, 200, 240), (50, 50, 190), (140, 90, 40)))
        top = shape.bumper + 26 if abs(left + 150 - x) > 420 or y < shape.bumper - 150 else shape.bumper - 260
        sheet.box(left, top, left + 300, top + 90, colour)
        words = (30, 30, 30) if grey(colour) > 120 else (245, 245, 245)
        sheet.write(chance.choice(STICKER_WORDS), (left + 12, top + 16, left + 288, top + 74), words)
    if "wiper" in body.extras and shape.window:
        sheet.line([(MIDDLE, shape.window[-1][1] + 6), (MIDDLE + 260, shape.window[-1][1] - 60)], (20, 20, 20), 12)
    if "grille" in body.extras and y < shape.bumper - 120:
        for i in range(6):
            sheet.line(
                [(MIDDLE - 300, shape.bumper + 210 + i * 14), (MIDDLE + 300, shape.bumper + 210 + i * 14)],
                (84, 84, 84),
                5,
            )


def _shade(sheet: _Sheet, light: float) -> None:
    """Darken from top to bottom and towards the sides, as light from above does."""
    import cv2
    import numpy as np

    down = np.linspace(1.18, 0.66, 32, dtype=np.float32)[:, None]
    across = 1 - 0.22 * np.linspace(-1.2, 1.2, 32, dtype=np.float32)[None, :] ** 2
    share = (down * across * (110 * light)).clip(0, 255).astype(np.uint8)
    size = (sheet.picture.shape[1], sheet.picture.shape[0])
    spread = cv2.resize(share, size, interpolation=cv2.INTER_LINEAR)
    sheet.picture = np.asarray(cv2.multiply(sheet.picture, cv2.merge([spread] * 3), scale=1 / 110), np.uint8)


def _lamps(sheet: _Sheet, body: Body, shape: Shape, light: float) -> None:
    """Draw the pair of lamps, lit or not."""
    left, top, right, bottom = shape.lamp
    lamp: Colour = (196, 200, 204) if shape.front else (44, 34, 186)
    core: Colour = (236, 240, 242) if shape.front else (70, 66, 222)
    share = 1.0 if body.lit else light
    if body.lit:
        core = (255, 255, 255) if shape.front else (120, 110, 255)
    for side in (1, -1):
        for grow, colour in ((0, lamp), (26, core)):
            ends = (left + grow, top + grow, right - grow, bottom - grow)
            quad = [
                (MIDDLE + side * x, y)
                for x, y in ((ends[0], ends[1]), (ends[2], ends[1] + 16), (ends[2], ends[3]), (ends[0], ends[3] - 10))
            ]
            sheet.polygon(quad, mixed((0, 0, 0), colour, min(1.0, share)))


def _mount(sheet: _Sheet, body: Body, plate: Picture | None, light: float, plate_light: float) -> None:
    """Put the plate with its rounded corners into its place."""
    import cv2
    import numpy as np

    (x, y), (w, h) = body.plate_at, (PLATE[0] / 2, PLATE[1] / 2)
    if body.recess:
        colour = mixed((52, 50, 50), body.colour, 0.3 * (body.recess - 1))
        colour = mixed((0, 0, 0), colour, min(1.0, light))
        sheet.box(
            x - w - 30 * body.recess,
            y - h - 22 * body.recess,
            x + w + 30 * body.recess,
            y + h + 16 * body.recess,
            colour,
        )
    if plate is None:
        return
    left, top = round((x - w) * sheet.scale), round((y - h) * sheet.scale)
    size = (max(8, round(PLATE[0] * sheet.scale)), max(4, round(PLATE[1] * sheet.scale)))
    fitted = cv2.resize(plate, size, interpolation=cv2.INTER_AREA)
    fitted = cv2.convertScaleAbs(fitted, alpha=plate_light)
    share = np.zeros((size[1], size[0]), np.uint8)
    radius = max(1, size[1] // 14)
    cv2.rectangle(share, (radius, radius), (size[0] - 1 - radius, size[1] - 1 - radius), 255, -1)
    share = cv2.dilate(share, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)))
    place = sheet.picture[top : top + size[1], left : left + size[0]]
    np.copyto(place, fitted, where=share[:, :, None] > 0)


def _tow_bar(sheet: _Sheet, body: Body, light: float) -> None:
    """Draw a tow bar whose ball stands before the plate's lower edge."""
    x, y = body.plate_at
    low = y + PLATE[1] / 2
    top = low - body.hitch * PLATE[1]
    steel = mixed((0, 0, 0), (150, 152, 154), min(1.0, light))
    sheet.box(x - 16, top + 30, x + 16, low + 120, mixed(steel, (0, 0, 0), 0.4))
    sheet.box(x - 60, low + 60, x + 60, low + 130, (28, 28, 28))
    sheet.disc(x, top + 26, 30, steel)
    sheet.disc(x - 8, top + 18, 11, mixed(steel, (255, 255, 255), 0.5))
