"""Where a plate's serial may stand: places full of upright strokes with calm surroundings, at every size of a plate."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from alpr_policy_adapters.plates.protocol import Frame

    Grey: TypeAlias = NDArray[np.uint8]
    Floats: TypeAlias = NDArray[np.float32]

Window: TypeAlias = tuple[float, float, float, float]
"""Left, top, width, height of one place in pixels of the grey picture, twice as wide as high."""

LONG_SIDE = 1280
MAX_ENLARGEMENT = 1.5
MOST_DETAIL = 1920
"""Longest side that is looked at: a larger frame is reduced first, so that no frame costs much more than another."""

PLATE = (48, 24)
"""Width and height of a plate at the level that finds it; US plates measure 12 x 6 inches."""

BAND = (40, 10)
"""The part of it where the serial stands."""

CELL = 10
SURROUNDINGS = (96, 48)
LEVEL_STEP = 1.25
WIDEST = 400
"""Plates wider than this, in pixels of a frame of 1280, are not looked for."""

NOISE = 3.0
"""Mean change of brightness between neighbours that blur, noise and compression make by themselves."""

FAINTEST = 0.8
PER_LEVEL = 14
MAX_WINDOWS = 40


def to_grey(frame: Frame) -> tuple[Grey, float]:
    """Give the brightness of a frame, no side longer than `MOST_DETAIL`, and its scale: 1.0 for most frames."""
    import cv2
    import numpy as np

    grey = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)
    height, width = grey.shape
    scale = min(1.0, MOST_DETAIL / max(height, width))
    if scale == 1.0:
        return grey, scale
    return _scaled(grey, (max(1, round(width * scale)), max(1, round(height * scale)))), scale


def windows(grey: Grey) -> list[tuple[float, Window]]:
    """Return the most striped places with how striped they are, best first, at most `MAX_WINDOWS`."""
    found: list[tuple[float, Window]] = []
    height, width = grey.shape
    start = min(LONG_SIDE / max(height, width), MAX_ENLARGEMENT)
    scale = start
    while PLATE[0] * start / scale <= WIDEST:
        size = (round(width * scale), round(height * scale))
        if size[0] < PLATE[0] or size[1] < PLATE[1]:
            break
        found += _peaks(_striped(_scaled(grey, size)), scale)
        scale /= LEVEL_STEP
    found.sort(key=lambda place: (-place[0], place[1]))
    kept: list[tuple[float, Window]] = []
    for strength, window in found:
        if len(kept) == MAX_WINDOWS:
            break
        if all(shared(window, other) < 0.5 for _, other in kept):
            kept.append((strength, window))
    return kept


def shared(a: Window, b: Window) -> float:
    """Give the part of two boxes' union that both cover."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    return w * h / (a[2] * a[3] + b[2] * b[3] - w * h)


def _scaled(grey: Grey, size: tuple[int, int]) -> Grey:
    """Resize, without aliasing."""
    import cv2
    import numpy as np

    way = cv2.INTER_AREA if size[0] < grey.shape[1] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, size, interpolation=way), np.uint8)


def _striped(grey: Grey) -> Floats:
    """Say for each pixel how much more changes from left to right in a band around it than in the surroundings.

    The band counts by the emptiest of its four cells: one hard edge, or a badge, fills a single cell.
    """
    import cv2
    import numpy as np

    changes = np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3)) / 4
    cell = cv2.blur(changes, (CELL, CELL))
    emptiest = np.zeros_like(cell)
    far, near = 3 * CELL // 2, CELL // 2
    inner = [cell[:, far + d : cell.shape[1] - far + d or None] for d in (-far, -near, near, far)]
    emptiest[:, far:-far] = np.minimum(np.minimum(inner[0], inner[1]), np.minimum(inner[2], inner[3]))
    around, within = SURROUNDINGS[0] * SURROUNDINGS[1], BAND[0] * BAND[1]
    outside = (cv2.blur(changes, SURROUNDINGS) * around - cv2.blur(changes, BAND) * within) / (around - within)
    return np.asarray(emptiest / (np.maximum(outside, 0) + NOISE), np.float32)


def _peaks(striped: Floats, scale: float) -> list[tuple[float, Window]]:
    """Pick the strongest places that have no stronger one within half a plate."""
    import cv2
    import numpy as np

    highest = cv2.dilate(striped, np.ones((PLATE[1] // 2 + 1, PLATE[0] // 2 + 1), np.uint8))
    ys, xs = np.nonzero((striped >= highest) & (striped > FAINTEST))
    w, h = PLATE[0] / scale, PLATE[1] / scale
    best = np.argsort(-striped[ys, xs], kind="stable")[:PER_LEVEL]
    return [
        (float(striped[ys[i], xs[i]]), (float(xs[i]) / scale - w / 2, float(ys[i]) / scale - h / 2, w, h)) for i in best
    ]
