"""Backgrounds of random scenes, and what in them may look like a plate and is none: signs, shop letters, grilles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alpr_policy_adapters.scenes.furniture import write
from alpr_policy_adapters.scenes.street import FACADES, draw_street

if TYPE_CHECKING:
    import numpy as np

    from alpr_policy_adapters.scenes.plate import Picture

SIGNS = ("shop", "green sign", "white sign", "yellow sign", "vent", "poster", "house number")
SHOPS = ("PIZZA", "BAKERY", "HARDWARE", "BOOKS & TEA", "LAUNDRY", "OPEN 24 HOURS", "FLOWERS", "CAFE ELM")
GREEN = ("EXIT ONLY", "NORTH POND", "ELM ST", "DOWNTOWN", "HARBOR RD", "TOLL AHEAD")
WHITE = ("NO PARKING", "SPEED LIMIT", "ONE WAY", "KEEP RIGHT", "PERMIT ONLY", "TOW ZONE")
YELLOW = ("SLOW", "SCHOOL", "DETOUR", "CLEARANCE", "HUMP", "MERGE")


def draw_ground(size: tuple[int, int], kind: str, light: str, chance: np.random.Generator) -> Picture:
    """Draw what is behind the vehicles: a street, a wall, a parking lot, a hedge or an empty road."""
    width, height = size
    sky = "day" if light == "day" else "dusk" if light == "dusk" else "night"
    if kind == "street":
        return draw_street(width, height, sky, chance)
    picture = _asphalt(size, chance)
    if kind == "wall":
        _bricks(picture, round(height * chance.uniform(0.35, 0.6)), chance)
    elif kind == "hedge":
        _hedge(picture, round(height * chance.uniform(0.3, 0.55)), chance)
    elif kind == "lot":
        _lines(picture, chance)
    else:
        picture[: round(height * 0.3)] = ((214, 186, 150), (140, 130, 150), (60, 44, 36))[
            ("day", "dusk", "night").index(sky)
        ]
    return picture


def draw_signs(picture: Picture, count: int, chance: np.random.Generator) -> None:
    """Put signs and the like into the upper part of a background; none is shaped and lettered like a plate."""
    height, width = picture.shape[:2]
    for _ in range(count):
        kind = SIGNS[int(chance.integers(len(SIGNS)))]
        tall = int(chance.uniform(0.05, 0.14) * height)
        x, y = int(chance.uniform(0.02, 0.8) * width), int(chance.uniform(0.04, 0.5) * height)
        if kind in ("shop", "poster"):
            _shop(picture, (x, y, tall * int(chance.integers(4, 7)), tall), chance)
        elif kind == "vent":
            _vent(picture, (x, y, tall * 2, tall), chance)
        elif kind == "house number":
            _panel(
                picture,
                (x, y, tall, round(tall * 0.8)),
                (90, 60, 40),
                str(int(chance.integers(2, 98))),
                "",
                (240, 240, 240),
            )
        else:
            words, colour = {
                "green sign": (GREEN, (84, 110, 20)),
                "white sign": (WHITE, (236, 240, 240)),
                "yellow sign": (YELLOW, (40, 190, 240)),
            }[kind]
            first, _, second = words[int(chance.integers(len(words)))].partition(" ")
            ink = (240, 244, 244) if kind == "green sign" else (30, 30, 34)
            # Higher than broad, or words in two lines: a plate is neither.
            breadth = tall * (2 if kind == "green sign" else 1)
            _panel(
                picture,
                (x, y, breadth, round(tall * 1.1)),
                colour,
                first,
                second or str(5 * int(chance.integers(3, 12))),
                ink,
            )


def _asphalt(size: tuple[int, int], chance: np.random.Generator) -> Picture:
    """Fill a picture with road that is lighter far away."""
    import cv2
    import numpy as np

    width, height = size
    shade = np.linspace(chance.uniform(110, 150), chance.uniform(64, 96), height, dtype=np.float32)[:, None]
    grain = cv2.resize(chance.standard_normal((height // 3, width // 3), np.float32) * 7, size)
    grey = (shade + grain).clip(0, 255).astype(np.uint8)
    return np.asarray(cv2.merge([grey, grey, grey]), np.uint8)


def _bricks(picture: Picture, low: int, chance: np.random.Generator) -> None:
    """Draw a wall of bricks or boards, with a door or a window in it."""
    import cv2

    width = picture.shape[1]
    colour = FACADES[int(chance.integers(len(FACADES)))]
    picture[:low] = colour
    step, long = int(chance.integers(12, 26)), int(chance.integers(36, 90))
    joint = tuple(c * 3 // 4 for c in colour)
    for row, y in enumerate(range(0, low, step)):
        cv2.line(picture, (0, y), (width, y), joint, 1)
        for x in range(-(row % 2) * long // 2, width, long):
            cv2.line(picture, (x, y), (x, y + step), joint, 1)
    for _ in range(int(chance.integers(0, 4))):
        x, wide = int(chance.integers(0, width)), int(chance.integers(60, 200))
        cv2.rectangle(picture, (x, low // 4), (x + wide, low), (84, 76, 70), -1)
        cv2.rectangle(picture, (x, low // 4), (x + wide, low), (160, 160, 158), 3)


def _hedge(picture: Picture, low: int, chance: np.random.Generator) -> None:
    """Draw leaves."""
    import cv2
    import numpy as np

    width = picture.shape[1]
    coarse = chance.random((low // 10 + 2, width // 10 + 2)).astype(np.float32)
    leaves = cv2.resize(coarse, (width, low), interpolation=cv2.INTER_CUBIC)[:, :, None]
    picture[:low] = (np.array((40, 70, 54), np.float32) + leaves * np.array((30, 70, 40), np.float32)).clip(0, 255)


def _lines(picture: Picture, chance: np.random.Generator) -> None:
    """Draw the lines of a parking lot, running away."""
    import cv2

    height, width = picture.shape[:2]
    far = int(chance.uniform(0.2, 0.4) * height)
    picture[:far] = (150, 158, 160)
    for x in range(-width, 2 * width, width // 5):
        cv2.line(picture, (x, height), (width // 2 + (x - width // 2) // 3, far), (214, 218, 220), 5, cv2.LINE_AA)


def _panel(
    picture: Picture,
    box: tuple[int, int, int, int],
    colour: tuple[int, int, int],
    first: str,
    second: str,
    ink: tuple[int, int, int],
) -> None:
    """Draw a sign on a post with one or two lines of words."""
    import cv2

    x, y, wide, tall = box
    h, w = picture.shape[:2]
    cv2.line(picture, (x + wide // 2, y), (x + wide // 2, min(h, y + tall * 4)), (120, 124, 126), max(2, wide // 24))
    cv2.rectangle(picture, (x, y), (x + wide, y + tall), colour, -1)
    cv2.rectangle(picture, (x, y), (x + wide, y + tall), ink, max(1, tall // 24))
    lines = [first, second] if second else [first]
    for i, text in enumerate(lines):
        top, part = y + tall * (0.1 + i * 0.8 / len(lines)), tall * 0.8 / len(lines)
        write(
            picture, text, ((x + wide * 0.1) / w, top / h, (x + wide * 0.9) / w, (top + part * 0.85) / h), ink, "duplex"
        )


def _shop(picture: Picture, box: tuple[int, int, int, int], chance: np.random.Generator) -> None:
    """Draw a shop's board, far longer than high."""
    import cv2

    x, y, wide, tall = box
    h, w = picture.shape[:2]
    colour = tuple(int(c) for c in chance.integers(20, 230, 3))
    cv2.rectangle(picture, (x, y), (x + wide, y + tall), colour, -1)
    ink = (245, 245, 245) if sum(colour) < 380 else (26, 26, 26)
    text = SHOPS[int(chance.integers(len(SHOPS)))]
    write(
        picture, text, ((x + 6) / w, (y + tall * 0.18) / h, (x + wide - 6) / w, (y + tall * 0.84) / h), ink, "triplex"
    )


def _vent(picture: Picture, box: tuple[int, int, int, int], chance: np.random.Generator) -> None:
    """Draw a grille of bars, shaped like a plate but without a letter."""
    import cv2

    x, y, wide, tall = box
    cv2.rectangle(picture, (x, y), (x + wide, y + tall), (60, 60, 62), -1)
    step = max(4, tall // int(chance.integers(5, 10)))
    for line in range(x + step, x + wide, step):
        cv2.line(picture, (line, y + 3), (line, y + tall - 3), (176, 178, 180), max(1, step // 3))
