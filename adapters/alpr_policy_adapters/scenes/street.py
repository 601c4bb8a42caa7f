"""The background of a scene: sky, houses, trees, pavement and a road that runs to a vanishing point."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from alpr_policy_adapters.scenes.plate import Picture

SKIES = {
    "day": ((214, 176, 132), (238, 226, 208)),
    "dusk": ((120, 84, 70), (132, 150, 206)),
    "night": ((40, 26, 18), (62, 46, 38)),
}
FACADES = ((112, 128, 148), (96, 108, 156), (150, 150, 146), (122, 138, 160), (90, 96, 104), (140, 156, 170))
HORIZON = 0.4
VANISHING = 0.5


def draw_street(width: int, height: int, light: str, chance: np.random.Generator) -> Picture:
    """Draw an empty street; the same generator state gives the same picture."""
    picture = _sky(width, height, light)
    _houses(picture, light, chance)
    _trees(picture, chance)
    _ground(picture, chance)
    _lanes(picture)
    return picture


def _sky(width: int, height: int, light: str) -> Picture:
    """Fill the picture with a sky that grows paler towards the horizon."""
    import numpy as np

    high, low = (np.array(colour, np.float32) for colour in SKIES[light])
    share = np.linspace(0, 1 / HORIZON, height, dtype=np.float32).clip(0, 1)[:, None]
    column = high + (low - high) * share
    return np.repeat(column[:, None, :], width, axis=1).astype(np.uint8)


def _houses(picture: Picture, light: str, chance: np.random.Generator) -> None:
    """Draw a row of facades with windows on both sides, lower towards the middle."""
    import cv2

    height, width = picture.shape[:2]
    ground = round(height * (HORIZON + 0.02))
    x = -round(width * 0.02)
    while x < width:
        wide = int(chance.integers(width // 14, width // 7))
        aside = abs((x + wide / 2) / width - VANISHING) * 2
        tall = round(height * (0.1 + 0.28 * aside + 0.08 * chance.random()))
        colour = tuple(int(c) for c in FACADES[int(chance.integers(len(FACADES)))])
        cv2.rectangle(picture, (x, ground - tall), (x + wide, ground), colour, -1)
        cv2.rectangle(picture, (x, ground - tall), (x + wide, ground - tall + 5), tuple(c * 3 // 4 for c in colour), -1)
        _windows(picture, (x, ground - tall, wide, tall), light, chance)
        x += wide


def _windows(picture: Picture, house: tuple[int, int, int, int], light: str, chance: np.random.Generator) -> None:
    """Draw the windows of one facade, some of them lit after dark."""
    import cv2

    left, top, wide, tall = house
    step = max(14, picture.shape[0] // 26)
    for y in range(top + step // 2, top + tall - step // 2, step):
        for x in range(left + step // 2, left + wide - step // 2, step):
            lit = light != "day" and chance.random() < 0.3
            glass = (120, 196, 232) if lit else (92, 82, 74)
            cv2.rectangle(picture, (x, y), (x + step // 2, y + step // 2), glass, -1)
            cv2.rectangle(picture, (x, y), (x + step // 2, y + step // 2), (168, 168, 164), 1)


def _trees(picture: Picture, chance: np.random.Generator) -> None:
    """Draw a few trees along the pavement."""
    import cv2

    height, width = picture.shape[:2]
    ground = round(height * (HORIZON + 0.03))
    for x in chance.integers(0, width, 7):
        tall = int(height * (0.08 + 0.12 * abs(int(x) / width - VANISHING) * 2))
        cv2.line(picture, (int(x), ground), (int(x), ground - tall), (48, 62, 78), max(2, width // 320))
        for _ in range(22):
            dx, dy = chance.normal(0, tall / 4), chance.normal(0, tall / 5)
            shade = int(chance.integers(-14, 14))
            leaf = (54 + shade, 96 + shade, 70 + shade)
            place = (int(x + dx), int(ground - tall + dy))
            cv2.circle(picture, place, max(2, tall // 7), leaf, -1, cv2.LINE_AA)


def _ground(picture: Picture, chance: np.random.Generator) -> None:
    """Draw pavement and road in perspective, with the grain of asphalt."""
    import cv2
    import numpy as np

    height, width = picture.shape[:2]
    top = round(height * HORIZON)
    picture[top:] = (128, 138, 142)
    middle = round(width * VANISHING)
    kerb = [
        (middle - width // 22, top),
        (middle + width // 22, top),
        (round(width * 1.32), height),
        (-width // 3, height),
    ]
    cv2.fillPoly(picture, [np.array(kerb, np.int32)], (160, 166, 168), cv2.LINE_AA)
    road = [
        (middle - width // 28, top),
        (middle + width // 28, top),
        (round(width * 1.2), height),
        (-width // 5, height),
    ]
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.array(road, np.int32)], 255, cv2.LINE_AA)
    shade = np.linspace(104, 74, height - top, dtype=np.float32)[:, None, None]
    grain = cv2.resize(chance.normal(0, 7, (height // 3, width // 3)).astype(np.float32), (width, height - top))
    asphalt = (shade + grain[:, :, None] + np.array([3, 1, 0], np.float32)).clip(0, 255)
    share = mask[top:, :, None].astype(np.float32) / 255
    picture[top:] = (asphalt * share + picture[top:] * (1 - share)).astype(np.uint8)


def _lanes(picture: Picture) -> None:
    """Draw two broken lines that run to the vanishing point."""
    import cv2
    import numpy as np

    height, width = picture.shape[:2]
    top, middle = height * HORIZON, width * VANISHING
    for end in (0.16, 0.84):
        near = width * end + (width * end - middle) * 0.35
        for share in np.geomspace(0.08, 0.92, 7):
            ends = [share, min(1.0, share * 1.22)]
            line = []
            for part, side in ((ends[0], -1), (ends[0], 1), (ends[1], 1), (ends[1], -1)):
                x = middle + (near - middle) * part + side * part * width / 160
                line.append((round(x), round(top + (height - top) * part)))
            cv2.fillPoly(picture, [np.array(line, np.int32)], (206, 212, 214), cv2.LINE_AA)
