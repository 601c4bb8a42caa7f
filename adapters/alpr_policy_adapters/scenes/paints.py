"""Paper and ink: invented palettes, gradients, bands, and pale pictures behind the serial."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np

    from alpr_policy_adapters.scenes.plate import Picture

Colour: TypeAlias = tuple[int, int, int]
"""Blue, green, red, 0 to 255 each, as OpenCV has them."""

PAPERS: tuple[Colour, ...] = (
    (244, 246, 246),
    (238, 242, 242),
    (228, 236, 240),
    (250, 240, 226),
    (216, 230, 246),
    (206, 238, 250),
    (228, 244, 226),
    (196, 226, 236),
    (150, 220, 246),
    (240, 226, 200),
    (222, 214, 240),
    (206, 216, 214),
)
INKS: tuple[Colour, ...] = (
    (20, 20, 22),
    (40, 30, 26),
    (110, 40, 20),
    (86, 34, 30),
    (140, 62, 24),
    (44, 70, 22),
    (34, 30, 128),
    (46, 40, 92),
    (92, 22, 78),
    (30, 52, 96),
)
DARK_PAPERS: tuple[Colour, ...] = (
    (26, 24, 24),
    (96, 44, 20),
    (60, 28, 20),
    (52, 74, 24),
    (44, 34, 110),
    (96, 78, 22),
    (60, 40, 84),
)
LIGHT_INKS: tuple[Colour, ...] = ((248, 248, 248), (236, 244, 246), (130, 226, 250), (176, 236, 250), (238, 226, 190))
BRIGHT: tuple[Colour, ...] = (
    (60, 60, 206),
    (186, 96, 36),
    (78, 146, 56),
    (40, 150, 236),
    (60, 206, 246),
    (150, 70, 110),
    (196, 176, 60),
    (40, 40, 40),
)
FADES = ("plain", "down", "up", "middle", "across")
SCENERY = ("none", "hills", "disc", "rays", "waves", "trees", "stripes", "birds", "star", "speckle", "roofs")
LEAST_CONTRAST = 62
"""The least difference of grey between ink and paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """The colours of a plate; `second` is the paper's other colour where it fades, `depth` how strong scenery is."""

    paper: Colour
    second: Colour
    ink: Colour
    accent: Colour
    fade: str = "plain"
    scenery: str = "none"
    depth: float = 0.2
    top_band: float = 0.0
    bottom_band: float = 0.0
    border: float = 0.0


def grey(colour: Colour) -> float:
    """Give how bright a colour is, 0 to 255."""
    return 0.114 * colour[0] + 0.587 * colour[1] + 0.299 * colour[2]


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Mix two colours: `share` of the other."""
    blue, green, red = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return (blue, green, red)


def random_paint(rng: random.Random) -> Paint:
    """Choose colours that can be told apart: one plate in six light on dark."""
    dark = rng.random() < 1 / 6
    # Most plates are white, or nearly so.
    papers = DARK_PAPERS if dark else PAPERS[:3] if rng.random() < 0.4 else PAPERS
    paper = _varied(rng.choice(papers), rng)
    inks = [i for i in (LIGHT_INKS if dark else INKS) if abs(grey(i) - grey(paper)) > LEAST_CONTRAST + 20]
    ink = _varied(rng.choice(inks), rng)
    accent = _varied(rng.choice(BRIGHT), rng)
    fade = rng.choice(FADES) if rng.random() < 0.55 else "plain"
    second = mixed(paper, accent, rng.uniform(0.15, 0.75))
    if abs(grey(second) - grey(ink)) < LEAST_CONTRAST:
        second = mixed(paper, accent, 0.12)
    return Paint(
        paper=paper,
        second=second,
        ink=ink,
        accent=accent,
        fade=fade,
        scenery=rng.choice(SCENERY) if rng.random() < 0.6 else "none",
        depth=rng.uniform(0.06, 0.34),
        top_band=rng.choice((0.0, 0.0, 0.0, rng.uniform(0.1, 0.24))),
        bottom_band=rng.choice((0.0, 0.0, 0.0, rng.uniform(0.06, 0.18))),
        border=rng.choice((0.0, 0.0, rng.uniform(0.008, 0.022))),
    )


def draw_paper(size: tuple[int, int], paint: Paint, chance: np.random.Generator) -> Picture:
    """Draw a plate without anything written on it."""
    import cv2
    import numpy as np

    width, height = size
    picture: Picture = np.full((height, width, 3), paint.paper, np.uint8)
    if paint.fade != "plain":
        _fade(picture, paint)
    if paint.scenery != "none":
        _scenery(picture, paint, chance)
    for top, bottom in ((0.0, paint.top_band), (1 - paint.bottom_band, 1.0)):
        if top < bottom:
            cv2.rectangle(picture, (0, round(top * height)), (width, round(bottom * height)), paint.accent, -1)
    if paint.border:
        thick = max(1, round(paint.border * width))
        inset = thick * 2
        cv2.rectangle(picture, (inset, inset), (width - inset - 1, height - inset - 1), paint.ink, thick)
    return picture


def _fade(picture: Picture, paint: Paint) -> None:
    """Let the paper pass into its other colour."""
    import numpy as np

    height, width = picture.shape[:2]
    paper, second = (np.array(c, np.float32) for c in (paint.paper, paint.second))
    if paint.fade == "across":
        share = np.linspace(0, 0.8, width, dtype=np.float32)[None, :, None]
    else:
        down = np.linspace(0, 1, height, dtype=np.float32)
        level = {"down": down * 1.6 - 0.8, "up": 0.7 - down * 1.6}.get(paint.fade, np.abs(down - 0.5) * 2.6 - 0.6)
        share = level.clip(0, 1)[:, None, None]
    # The fade is the same along one side: one line of it is worked out and repeated.
    picture[:] = (paper + (second - paper) * share).astype(np.uint8)


def _varied(colour: Colour, rng: random.Random) -> Colour:
    """Move a colour a little."""
    blue, green, red = (min(255, max(0, c + rng.randint(-14, 14))) for c in colour)
    return (blue, green, red)


def _scenery(picture: Picture, paint: Paint, chance: np.random.Generator) -> None:
    """Lay a pale picture over the paper: plain geometry that stands for nothing in particular."""
    import cv2
    import numpy as np

    height, width = picture.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    if paint.scenery in ("hills", "waves", "roofs"):
        for level in (0.45, 0.6, 0.75):
            _ridge(mask, paint.scenery, level + float(chance.uniform(-0.06, 0.06)), round(90 + 220 * level), chance)
    elif paint.scenery in ("disc", "rays", "star"):
        _emblem(mask, paint.scenery, chance)
    elif paint.scenery == "stripes":
        step = int(chance.integers(width // 24, width // 8))
        for x in range(-height, width, step):
            cv2.line(mask, (x, height), (x + height, 0), 200, max(1, step // 3), cv2.LINE_AA)
    elif paint.scenery == "speckle":
        coarse = chance.random((height // 4, width // 4)).astype(np.float32)
        mask[:] = cv2.resize((coarse > 0.8).astype(np.uint8) * 255, (width, height), interpolation=cv2.INTER_LINEAR)
    else:
        _strewn(mask, paint.scenery, chance)
    share = mask[:, :, None].astype(np.float32) * (paint.depth / 255)
    # A picture never comes so near to the ink that the serial is lost in it.
    over = paint.accent if abs(grey(paint.accent) - grey(paint.ink)) > LEAST_CONTRAST else paint.second
    picture[:] = (picture + (np.array(over, np.float32) - picture) * share).astype(np.uint8)


def _ridge(mask: Picture, kind: str, level: float, value: int, chance: np.random.Generator) -> None:
    """Fill below a line of hills, waves or roofs."""
    import cv2
    import numpy as np

    height, width = mask.shape
    x = np.arange(0, width + 8, 8)
    phase, pace = chance.uniform(0, 6.28, 3), chance.uniform(1, 7, 3)
    if kind == "roofs":
        y = np.repeat(chance.uniform(-0.12, 0.12, len(x) // 5 + 1), 5)[: len(x)]
    else:
        swing = 0.1 if kind == "hills" else 0.03
        y = sum(
            swing / (i + 1) * np.sin(x / width * pace[i] * (6 if kind == "waves" else 2) + phase[i]) for i in (0, 1, 2)
        )
    points = np.stack([x, (np.asarray(y) + level) * height], axis=1)
    closed = np.vstack([points, [(width + 8, height), (0, height)]])
    cv2.fillPoly(mask, [np.rint(closed).astype(np.int32)], min(255, value), cv2.LINE_AA)


def _emblem(mask: Picture, kind: str, chance: np.random.Generator) -> None:
    """Draw one large disc, star, or bundle of rays."""
    import cv2
    import numpy as np

    height, width = mask.shape
    middle = np.array([chance.uniform(0.2, 0.8) * width, chance.uniform(0.3, 0.8) * height])
    size = chance.uniform(0.2, 0.5) * height
    if kind == "disc":
        cv2.circle(mask, tuple(int(v) for v in middle), round(size), 255, -1, cv2.LINE_AA)
        return
    count = int(chance.integers(5, 8)) if kind == "star" else int(chance.integers(8, 20))
    angles = np.arange(2 * count) * np.pi / count
    reach = np.where(np.arange(2 * count) % 2 == 0, size * (1 if kind == "star" else 4), size * 0.4)
    points = middle + np.stack([np.sin(angles), -np.cos(angles)], axis=1) * reach[:, None]
    cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 230, cv2.LINE_AA)


def _strewn(mask: Picture, kind: str, chance: np.random.Generator) -> None:
    """Strew small trees, or birds of two strokes."""
    import cv2
    import numpy as np

    height, width = mask.shape
    for _ in range(int(chance.integers(3, 12))):
        x, y = int(chance.integers(0, width)), int(chance.integers(height // 5, height))
        s = int(chance.integers(height // 14, height // 4))
        if kind == "trees":
            cv2.fillPoly(
                mask, [np.array([(x, y - 2 * s), (x + s // 2, y), (x - s // 2, y)], np.int32)], 220, cv2.LINE_AA
            )
        else:
            wing = np.array([(x - s, y - s // 2), (x, y), (x + s, y - s // 2)], np.int32)
            cv2.polylines(mask, [wing], False, 220, max(1, s // 7), cv2.LINE_AA)
