"""What light, weather and years make of a plate: raised letters, worn paint, grain, dents, dirt and rust."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from alpr_policy_adapters.scenes.paints import Colour
    from alpr_policy_adapters.scenes.plate import Picture

DIRT = (58, 76, 92)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """The state of a plate; all but `raised_x`, `raised_y` (pixels at a width of 480) are shares from 0 to 1.

    `raised` is how strongly embossed letters catch the light, which falls from `raised_x`, `raised_y`.
    """

    raised: float = 0.0
    raised_x: float = -2.0
    raised_y: float = -2.0
    fading: float = 0.0
    chipped: float = 0.0
    grain: float = 0.02
    dents: float = 0.0
    dirt: float = 0.0
    shade: float = 0.0


def random_wear(rng: random.Random, *, pristine: bool) -> Wear:
    """Choose the state of a plate: most are sound, some dirty, few bad."""
    bad = 0.0 if pristine else 1.0
    return Wear(
        raised=rng.choice((0.0, rng.uniform(0.1, 0.7))),
        raised_x=rng.uniform(-3, 3),
        raised_y=rng.uniform(-3.5, -1),
        fading=bad * rng.choice((0.0, 0.0, 0.0, rng.uniform(0.1, 0.45))),
        chipped=bad * rng.choice((0.0,) * 11 + (rng.uniform(0.1, 0.5),)),
        grain=rng.uniform(0.0, 0.05),
        dents=bad * rng.choice((0.0, 0.0, rng.uniform(0.05, 0.2))),
        dirt=bad * rng.choice((0.0,) * 7 + (rng.uniform(0.1, 0.4), rng.uniform(0.1, 0.75))),
        shade=rng.choice((0.0, 0.0, rng.uniform(0.1, 0.4))),
    )


def emboss(picture: Picture, inked: Picture, ink: Colour, wear: Wear) -> Picture:
    """Lay the serial's ink on the plate, and raise it a little."""
    import cv2
    import numpy as np

    # The rows above and below the serial stay as they are, and cost nothing.
    rows = np.flatnonzero(inked.any(axis=1))
    unit = picture.shape[1] / 480
    top, bottom = max(0, rows[0] - round(9 * unit)), rows[-1] + 1 + round(9 * unit)
    part = inked[top:bottom].astype(np.float32)
    out = picture.copy()
    mixed = (
        out[top:bottom] + (np.array(ink, np.float32) - out[top:bottom]) * (part * ((1 - wear.fading) / 255))[:, :, None]
    )
    if wear.raised:
        raised = cv2.GaussianBlur(part, (0, 0), 2.2 * unit)
        move = np.array([[1, 0, wear.raised_x * unit], [0, 1, wear.raised_y * unit]], np.float64)
        apart = raised - cv2.warpAffine(raised, move, (part.shape[1], part.shape[0]))
        mixed -= (apart * np.float32(0.42 * wear.raised))[:, :, None]
    out[top:bottom] = mixed.clip(0, 255)
    return out


def age(picture: Picture, wear: Wear, chance: np.random.Generator) -> Picture:
    """Give a finished plate its dents, grain, dirt and the shade of what is above it."""
    import numpy as np

    height, width = picture.shape[:2]
    out = picture.astype(np.float32)
    if wear.chipped:
        bare = _clouds((width, height), 48, chance) * 0.5 + _clouds((width, height), 12, chance) * 0.5
        share = ((bare - (0.8 - 0.3 * wear.chipped)) * 8).clip(0, 0.7)[:, :, None]
        out += (np.array((150, 156, 160), np.float32) - out) * share
    if wear.dents:
        out *= 1 + wear.dents * 1.6 * (_clouds((width, height), 6, chance)[:, :, None] - 0.5)
    if wear.dirt:
        down = np.linspace(-0.1, 0.25, height, dtype=np.float32)[:, None]
        clouds = _clouds((width, height), 8, chance) * 0.6 + _clouds((width, height), 40, chance) * 0.4
        share = ((clouds + down - 0.6) * 1.3 + wear.dirt * 0.5).clip(0, 0.25 + 0.55 * wear.dirt)[:, :, None]
        out += (np.array(DIRT, np.float32) - out) * share
    if wear.shade:
        edge = height * (0.15 + 0.5 * chance.random())
        slope = (chance.random() - 0.5) * 0.4
        rows = np.arange(height, dtype=np.float32)[:, None] - np.arange(width, dtype=np.float32)[None, :] * slope
        out *= 1 - wear.shade * (1 - ((rows - edge) / (0.06 * height)).clip(0, 1))[:, :, None]
    if wear.grain:
        out += chance.standard_normal((height, width), np.float32)[:, :, None] * (255 * wear.grain)
    return out.clip(0, 255).astype(np.uint8)


def _clouds(size: tuple[int, int], cells: int, chance: np.random.Generator) -> NDArray[np.float32]:
    """Give smooth random values, 0 to 1, with so many cells across."""
    import cv2
    import numpy as np

    coarse = chance.random((max(2, cells // 2), cells), np.float32)
    return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.float32).clip(0, 1)
