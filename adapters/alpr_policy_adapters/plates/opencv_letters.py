"""Letters in a row: what tells a plate's serial from a grille, a fence or a badge, and where exactly it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from alpr_policy_adapters.plate_read import Point

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from alpr_policy_adapters.plates.opencv_stripes import Grey, Window

    Mask: TypeAlias = NDArray[np.uint8]
    Floats: TypeAlias = NDArray[np.float32]
    Parts: TypeAlias = NDArray[np.float64]

PLATE_WIDTH = 160
"""A plate's expected width in a patch."""

PATCH = (272, 150)
NEIGHBOURHOOD = 45
"""Side of the square that a pixel is compared with, a letter and a little more."""

HEIGHTS = (24, 60)
"""Least and greatest height of a letter in a patch: a plate's serial is about 0.22 of its width."""

WIDEST_LETTER = 1.25
LETTER_WIDTH = 0.62
"""Usual breadth of a letter with its gap, in letter heights."""

MOST_PARTS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A piece of the frame enlarged or reduced so that a plate would be `PLATE_WIDTH` wide, its letters level."""

    grey: Grey
    scale: float
    slope: float
    centre: Point

    def to_frame(self, point: Point) -> Point:
        """Give the place in the frame of a point in the patch."""
        x = (point[0] - PATCH[0] / 2) / self.scale
        y = (point[1] - PATCH[1] / 2) / self.scale
        return (self.centre[0] + x, self.centre[1] + y + self.slope * x)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of letters in a patch: middle line y = slope * x + level, in pixels of the patch.

    `uneven` is the spread of the letters' heights, in letter heights; `frame` how clearly straight edges run above and
    below, as a share of the letters' contrast.
    """

    letters: int
    dark: bool
    slope: float
    level: float
    height: float
    left: float
    right: float
    uneven: float
    contrast: float
    frame: tuple[float, float]

    @property
    def length(self) -> float:
        """Give the row's length in letter heights."""
        return (self.right - self.left) / self.height


def cut_patch(grey: Grey, window: Window, slope: float = 0.0) -> Patch:
    """Cut the surroundings of a window, made level."""
    import cv2
    import numpy as np

    x, y, w, h = window
    scale = PLATE_WIDTH / w
    cx, cy = x + w / 2, y + h / 2
    turn = np.array(
        [
            [1 / scale, 0, cx - PATCH[0] / 2 / scale],
            [slope / scale, 1 / scale, cy - PATCH[1] / 2 / scale - slope * PATCH[0] / 2 / scale],
        ]
    )
    source = grey
    if scale < 0.6:
        # Without this a warp that reduces picks single pixels.
        source = np.asarray(cv2.blur(grey, (round(1 / scale), round(1 / scale))), np.uint8)
    cut = cv2.warpAffine(
        source, turn, PATCH, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    return Patch(grey=np.asarray(cut, np.uint8), scale=scale, slope=slope, centre=(cx, cy))


def rows_in(patch: Patch) -> list[Row]:
    """Find the best row of dark letters and the best of light ones, each as free parts and as parts cut to a band."""
    import cv2
    import numpy as np

    smooth = np.asarray(cv2.GaussianBlur(patch.grey, (3, 3), 0), np.float32)
    size = (NEIGHBOURHOOD, NEIGHBOURHOOD)
    mean = cv2.blur(smooth, size, borderType=cv2.BORDER_REPLICATE)
    spread = np.sqrt(np.maximum(cv2.blur(smooth * smooth, size, borderType=cv2.BORDER_REPLICATE) - mean * mean, 0))
    found = []
    for dark in (True, False):
        beyond = mean - smooth if dark else smooth - mean
        ink = np.asarray(beyond > 0.5 * spread + 1.5, np.uint8)
        candidates = [_row(smooth, ink, dark, HEIGHTS, WIDEST_LETTER)]
        band = _band(ink)
        if band:
            within = np.zeros_like(ink)
            within[band[0] : band[1]] = ink[band[0] : band[1]]
            tall = band[1] - band[0]
            candidates.append(_row(smooth, within, dark, (0.7 * tall, tall + 1), 3.2))
        found += [row for row in candidates if row]
    return found


def _band(ink: Mask) -> tuple[int, int] | None:
    """Find the lines of a patch's middle that change between ink and paper about as often as its busiest line."""
    import numpy as np

    side = (PATCH[0] - PLATE_WIDTH) // 2
    changes = np.abs(np.diff(ink[:, side:-side].astype(np.int8), axis=1)).sum(axis=1)
    busy = np.convolve(changes, np.ones(5) / 5, "same")
    middle = PATCH[1] // 2
    top = bottom = middle - 20 + int(np.argmax(busy[middle - 20 : middle + 20]))
    least = 0.6 * busy[top]
    if busy[top] < 8:
        return None
    while top > 1 and busy[top - 1] >= least:
        top -= 1
    while bottom < PATCH[1] - 2 and busy[bottom + 1] >= least:
        bottom += 1
    return (top, bottom) if 20 <= bottom - top <= 70 else None


def _row(smooth: Floats, ink: Mask, dark: bool, heights: tuple[float, float], widest: float) -> Row | None:
    """Find the longest even row of parts, and measure it."""
    import numpy as np

    parts = _parts(ink, heights, widest)
    chosen = _even(parts, _chain(parts))
    if len(chosen) < 2:
        return None
    row = parts[chosen]
    height = float(np.median(row[:, 3]))
    letters = int(np.maximum(1, np.round(row[:, 2] / (LETTER_WIDTH * height))).sum())
    if letters < 3:
        return None
    slope, level = _line(row)
    left, right = float(row[:, 0].min()), float((row[:, 0] + row[:, 2]).max())
    contrast = _contrast(smooth, ink, row, dark)
    return Row(
        letters=letters,
        dark=dark,
        slope=slope,
        level=level,
        height=height,
        left=left,
        right=right,
        uneven=float(row[:, 3].std()) / height,
        contrast=contrast,
        frame=_frame(smooth, (slope, level), height, left, right, contrast),
    )


def _parts(ink: Mask, heights: tuple[float, float], widest: float) -> Parts:
    """List the connected parts with the size and shape of a letter, from left to right: x, y, width, height."""
    import cv2
    import numpy as np

    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=4)
    stats = stats[1:]
    x, y, w, h, area = stats.T
    inside = (x > 0) & (y > 0) & (x + w < PATCH[0]) & (y + h < PATCH[1])
    shape = (h >= heights[0]) & (h <= heights[1]) & (w >= 3) & (w <= widest * h)
    # A window fills its box; a letter does not, save a 1 or an I, which are narrow.
    filled = (area > 0.2 * w * h) & (area < 0.92 * w * h + 0.3 * h * h)
    kept = stats[inside & shape & filled, :4]
    order = np.argsort(2 * kept[:, 0] + kept[:, 2], kind="stable")[:MOST_PARTS]
    return np.asarray(kept[order], np.float64)


def _chain(parts: Parts) -> list[int]:
    """Find the longest chain of neighbours alike in height and on one line, by dynamic programming."""
    import numpy as np

    count = len(parts)
    if count < 2:
        return []
    x, y, w, h = parts.T
    cx, cy = x + w / 2, y + h / 2
    low, high = np.minimum(h[:, None], h), np.maximum(h[:, None], h)
    gap = x - (x + w)[:, None]
    across, down = cx - cx[:, None], np.abs(cy - cy[:, None])
    level = (across > 0.2 * low) & (down < 0.12 * low + 0.3 * across)
    fits = level & (high < 1.3 * low) & (gap > -0.25 * low) & (gap < 1.25 * low)
    loss = 2 * (1 - low / high) + 0.5 * down / low + 0.15 * np.maximum(gap, 0) / low
    gain = np.where(fits, 1 - loss, -np.inf)
    best, before = np.ones(count), np.full(count, -1)
    for j in range(1, count):
        totals = best[:j] + gain[:j, j]
        i = int(np.argmax(totals))
        if totals[i] > 1:
            best[j], before[j] = totals[i], i
    chain = [int(np.argmax(best))]
    while before[chain[-1]] >= 0:
        chain.append(int(before[chain[-1]]))
    return chain[::-1]


def _even(parts: Parts, chain: list[int]) -> list[int]:
    """Drop up to three parts that leave the common line or the common height."""
    import numpy as np

    for _ in range(3):
        if len(chain) < 3:
            break
        row = parts[chain]
        slope, level = _line(row)
        height = np.median(row[:, 3])
        off = np.abs(row[:, 1] + row[:, 3] / 2 - slope * (row[:, 0] + row[:, 2] / 2) - level) / (0.12 * height)
        worst = np.maximum(off, np.abs(row[:, 3] - height) / (0.2 * height))
        i = int(np.argmax(worst))
        if worst[i] <= 1:
            break
        chain = chain[:i] + chain[i + 1 :]
    return chain


def _line(row: Parts) -> tuple[float, float]:
    """Fit the line through the parts' middles."""
    x, y = row[:, 0] + row[:, 2] / 2, row[:, 1] + row[:, 3] / 2
    mx, my = float(x.mean()), float(y.mean())
    spread = float(((x - mx) ** 2).sum())
    slope = float(((x - mx) * (y - my)).sum()) / spread if spread else 0.0
    return slope, my - slope * mx


def _contrast(smooth: Floats, ink: Mask, row: Parts, dark: bool) -> float:
    """Measure how much darker, or lighter, the letters are than what is between them."""
    top, bottom = int(row[:, 1].min()), int((row[:, 1] + row[:, 3]).max())
    left, right = int(row[:, 0].min()), int((row[:, 0] + row[:, 2]).max())
    part, mask = smooth[top:bottom, left:right], ink[top:bottom, left:right] > 0
    if mask.all() or not mask.any():
        return 0.0
    step = float(part[~mask].mean() - part[mask].mean())
    return step if dark else -step


def _frame(
    smooth: Floats, line: tuple[float, float], height: float, left: float, right: float, contrast: float
) -> tuple[float, float]:
    """Look for straight edges above and below the row, as a share of the letters' contrast."""
    import numpy as np

    half = max((right - left) / 2 + 0.4 * height, 2.2 * height)
    middle = (left + right) / 2
    xs = np.arange(max(2, int(middle - half)), min(PATCH[0] - 2, int(middle + half)), 2)
    found = []
    for side in (-1, 1):
        away = side * height * np.arange(0.62, 1.5, 0.04)
        ys = np.rint(line[0] * xs + line[1] + away[:, None]).astype(np.int64).clip(1, PATCH[1] - 2)
        steps = smooth[ys + 1, xs] - smooth[ys - 1, xs]
        found.append(float(np.abs(steps.mean(axis=1)).max()) / (contrast + 3))
    return (found[0], found[1])
