"""Rendered plates as the plate engine hands them to a reader: aslant, small, badly lit, cut not quite right.

A crop goes the engine's own way: a plate is put into a small picture, its corners are found with an error, and
`plates.rectify` flattens and cuts it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from alpr_policy_adapters.plate_read import Corners
from alpr_policy_adapters.plates.easyocr_network import CROP_HEIGHT, CROP_WIDTH, prepared
from alpr_policy_adapters.plates.rectify import BAND, band, box_corners, flatten, grown
from alpr_policy_adapters.scenes.formats import FORMATS, SPECIAL
from alpr_policy_adapters.scenes.letterforms import find_typefaces
from alpr_policy_adapters.scenes.styles import draw_styled, invent, random_style

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from alpr_policy_adapters.scenes.plate import Picture

    Crops: TypeAlias = NDArray[np.uint8]
    """Crops x height x width."""

SHOTS = 4
"""How many crops are made of one drawn plate."""

NARROWEST, WIDEST = 50, 330
"""How many pixels a plate measures across in a photograph."""

INWARD = (0.03, 0.11)
"""How far inside a plate's edges the default detector finds its corners, as shares of the plate's width and height.

Measured on rendered scenes: 0.03 to the sides, 0.12 above and 0.09 below, with spreads of 0.02 and 0.035.
"""

BANDS = (BAND, BAND, (0.1, 0.92))
"""The parts of a plate's height that a crop may hold: the engine's, and a higher one for what was found askew."""

_LAYOUTS = tuple(layout for layouts in FORMATS.values() for layout in layouts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Crops and the serial on each."""

    crops: Crops
    texts: tuple[str, ...]

    def __len__(self) -> int:
        """Give the number of crops."""
        return len(self.texts)

    @classmethod
    def joined(cls, parts: Sequence[Labelled]) -> Labelled:
        """Put several sets into one."""
        import numpy as np

        return cls(crops=np.concatenate([p.crops for p in parts]), texts=tuple(t for p in parts for t in p.texts))


def rendered(seed: str, count: int, *, typefaces: bool = True) -> Labelled:
    """Render `count` crops ready for the network; the same seed gives the same, whatever was rendered before.

    Without `typefaces` only letters are drawn that do not depend on what is installed.
    """
    import numpy as np

    crops = np.empty((count, CROP_HEIGHT, CROP_WIDTH), np.uint8)
    texts = []
    for i, (crop, text) in enumerate(shots(seed, count, typefaces=typefaces)):
        crops[i] = prepared(crop)
        texts.append(text)
    return Labelled(crops=crops, texts=tuple(texts))


def shots(seed: str, count: int, *, typefaces: bool = True) -> Iterator[tuple[Picture, str]]:
    """Render `count` crops as the engine cuts them, each with its serial: what a reader is measured with."""
    yield from islice(_endless(seed, find_typefaces() if typefaces else ()), count)


def _endless(seed: str, typefaces: Sequence[str]) -> Iterator[tuple[Picture, str]]:
    """Draw plate after plate, and several crops of each."""
    number = 0
    while True:
        rng = random.Random(f"{seed}:{number}")
        number += 1
        layout = _layout(rng)
        text = invent(layout, rng.randrange(2**31), all_letters=rng.random() < 0.5)
        style = random_style(rng, typefaces=typefaces, pristine=rng.random() < 0.4)
        plate = draw_styled(text, layout, style, width=320)
        for _ in range(SHOTS):
            yield shot(plate, rng), text


def _layout(rng: random.Random) -> str:
    """Choose how a serial is arranged: mostly as a state does, at times in a way that no state has."""
    if rng.random() < 0.7:
        return rng.choice(_LAYOUTS)
    if rng.random() < 0.25:
        return rng.choice(SPECIAL)
    marks = [rng.choice("#@") for _ in range(rng.choice((5, 6, 6, 7, 7, 7, 8)))]
    if rng.random() < 0.6:
        marks.insert(rng.randrange(2, len(marks) - 1), rng.choice(" -.*"))
    return "".join(marks)


def shot(plate: Picture, rng: random.Random) -> Picture:
    """Photograph a flat plate, find it with an error, and cut the crop that the engine would hand to a reader."""
    import numpy as np

    chance = np.random.default_rng(rng.randrange(2**63))
    photograph, corners = _photograph(plate, rng, chance)
    top, bottom = rng.choice(BANDS)
    top, bottom = max(0.0, top + rng.gauss(0, 0.015)), min(1.0, bottom + rng.gauss(0, 0.015))
    return band(flatten(photograph, _outline(corners, rng)), top, bottom)


def _photograph(plate: Picture, rng: random.Random, chance: np.random.Generator) -> tuple[Picture, Corners]:
    """Put a plate into a picture little larger than itself; give the picture and the plate's corners in it."""
    import cv2
    import numpy as np

    wide = min(WIDEST, NARROWEST * (WIDEST / NARROWEST) ** (rng.betavariate(1.3, 1.8)))
    # Not every plate stands two to one: a photograph may be pressed, and plates of other countries are longer.
    tall = wide * 0.5 * rng.triangular(0.88, 1.15, 1.0)
    side = wide * 0.25
    size = (round(wide + 2 * side), round(tall + 2 * side))
    corners = _seen_from(rng, wide, tall, side)
    # Drawn far larger than seen, a plate would flicker: it is first brought near its size.
    while plate.shape[1] > 2.2 * wide:
        plate = np.asarray(cv2.resize(plate, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    h, w = plate.shape[:2]
    turn = cv2.getPerspectiveTransform(
        np.array([(0, 0), (w, 0), (w, h), (0, h)], np.float32), np.array(corners, np.float32)
    )
    body = _surroundings(size, rng, chance)
    kind = cv2.INTER_AREA if w > wide else cv2.INTER_LINEAR
    seen = cv2.warpPerspective(plate, turn, size, flags=kind)
    share = cv2.warpPerspective(np.full((h, w), 255, np.uint8), turn, size, flags=cv2.INTER_LINEAR)
    mixed = body + (seen - body) * (share[:, :, None].astype(np.float32) / 255)
    return _developed(_lit(mixed, rng), wide, rng, chance), corners


def _seen_from(rng: random.Random, wide: float, tall: float, side: float) -> Corners:
    """Give the corners of a plate that is turned, tipped and leaning."""
    from math import cos, radians, sin

    turn, tip = radians(rng.gauss(0, 18)), radians(rng.gauss(0, 10))
    lean = radians(rng.gauss(0, 3.5))
    distance = wide * rng.uniform(3, 12)
    out = []
    for x, y in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        px, py, pz = x * wide * cos(turn), y * tall * cos(tip), x * wide * sin(turn) + y * tall * sin(tip)
        # A vehicle that stands aslant also shows its plate's upper edge aslant.
        py += x * wide * sin(turn) * 0.25
        near = distance / (distance + pz)
        px, py = px * near, py * near
        out.append(
            (px * cos(lean) - py * sin(lean) + wide / 2 + side, px * sin(lean) + py * cos(lean) + tall / 2 + side)
        )
    a, b, c, d = out
    return (a, b, c, d)


def _surroundings(size: tuple[int, int], rng: random.Random, chance: np.random.Generator) -> NDArray[np.float32]:
    """Paint what is around a plate: a body of one colour, bent light, bars and shadows."""
    import cv2
    import numpy as np

    tint = np.array([rng.uniform(10, 235)] * 3) + chance.normal(0, 12, 3)
    rough = chance.normal(0, rng.uniform(0, 40), (4, 5, 3)) + tint
    body = cv2.resize(rough.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        tone = [rng.uniform(0, 255)] * 3
        y = rng.randrange(size[1])
        cv2.line(body, (0, y), (size[0], y + rng.randint(-8, 8)), tone, rng.randint(1, max(2, size[1] // 8)))
    return np.asarray(body.clip(0, 255), np.float32)


def _lit(picture: NDArray[np.float32], rng: random.Random) -> NDArray[np.float32]:
    """Light a picture unevenly: a slope of light, at times a shadow's edge, more or less contrast."""
    import numpy as np

    h, w = picture.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    x, y = x / w - 0.5, y / h - 0.5
    light = 1 + x * rng.gauss(0, 0.3) + y * rng.gauss(0, 0.3)
    if rng.random() < 0.3:
        edge = x * rng.gauss(0, 1) + y * rng.gauss(0, 1) + rng.gauss(0, 0.2)
        light *= 1 - rng.uniform(0.2, 0.65) * (0.5 + 0.5 * np.tanh(edge * rng.uniform(4, 30)))
    if rng.random() < 0.06:
        # A lamp or the sun on the sheet.
        glare = (x - rng.uniform(-0.4, 0.4)) ** 2 + (y - rng.uniform(-0.4, 0.4)) ** 2
        picture = picture + rng.uniform(40, 160) * np.exp(-glare / rng.uniform(0.005, 0.06))[:, :, None]
    low = rng.uniform(0, 40) * (rng.random() < 0.6)
    gain = rng.triangular(0.3, 1.3, 1.0)
    return np.asarray(low + picture * light[:, :, None] * gain * (1 - low / 255), np.float32)


def _developed(picture: NDArray[np.float32], wide: float, rng: random.Random, chance: np.random.Generator) -> Picture:
    """Make a file of a picture: out of focus or moved, grainy, enlarged from a smaller one, pressed as JPEG."""
    import cv2
    import numpy as np

    if rng.random() < 0.75:
        picture = cv2.GaussianBlur(picture, (0, 0), 0.3 + abs(rng.gauss(0, 0.0065)) * wide)
    if rng.random() < 0.2:
        picture = cv2.filter2D(picture, -1, _moved(rng, wide))
    grain = chance.normal(0, abs(rng.gauss(0, 5)), picture.shape)
    picture = picture + grain.astype(np.float32)
    out: Any = picture.round().clip(0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        h, w = out.shape[:2]
        share = rng.uniform(0.55, 0.9)
        out = cv2.resize(cv2.resize(out, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), (w, h))
    if rng.random() < 0.2:
        soft = cv2.GaussianBlur(out, (0, 0), 1.2)
        out = cv2.addWeighted(out, 1.8, soft, -0.8, 0)
    if rng.random() < 0.8:
        _, data = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(35, 95)])
        out = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return np.asarray(out, np.uint8)


def _moved(rng: random.Random, wide: float) -> NDArray[np.float32]:
    """Give the trace of a picture that moved while it was taken, mostly sideways."""
    import cv2
    import numpy as np

    length = max(1.5, abs(rng.gauss(0, 0.018)) * wide)
    side = 2 * int(length / 2 + 1) + 1
    dx = length / 2
    dy = dx * rng.gauss(0, 0.25)
    trace = np.zeros((side, side), np.float32)
    middle = side // 2
    ends = [(round((middle + s * dx) * 16), round((middle + s * dy) * 16)) for s in (-1, 1)]
    cv2.line(trace, ends[0], ends[1], 1.0, 1, cv2.LINE_8, 4)
    return np.asarray(trace / trace.sum(), np.float32)


def _outline(corners: Corners, rng: random.Random) -> Corners:
    """Find a plate as the detector does, not quite right, and choose one of the outlines that the engine cuts by."""
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    wide, tall = max(xs) - min(xs), max(ys) - min(ys)
    if rng.random() < 0.5:
        found = box_corners((round(min(xs)), round(min(ys)), max(4, round(wide)), max(4, round(tall))))
    else:
        found = corners
    inward = INWARD if rng.random() < 0.75 else (0.0, 0.0)
    dx, dy, x_error, y_error = inward[0] * wide, inward[1] * tall, 0.022 * wide, 0.035 * tall
    signs = ((1, 1), (-1, 1), (-1, -1), (1, -1))
    a, b, c, d = (
        (x + sx * dx + rng.gauss(0, x_error), y + sy * dy + rng.gauss(0, y_error))
        for (x, y), (sx, sy) in zip(found, signs, strict=True)
    )
    sideways, upright = rng.choice(((0.0, 0.0), (0.06, 0.1)))
    return grown((a, b, c, d), sideways, upright)
