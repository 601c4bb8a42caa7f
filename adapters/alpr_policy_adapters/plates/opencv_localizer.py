"""A detector without any model: rows of letter-sized regions that OpenCV's MSER finds. Simple, and weaker than clp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from alpr_policy_adapters.plate_read import Box
from alpr_policy_adapters.plates.extras import require
from alpr_policy_adapters.plates.protocol import Detection
from alpr_policy_adapters.plates.rectify import clip_box

if TYPE_CHECKING:
    from alpr_policy_adapters.plates.protocol import Frame

Region: TypeAlias = tuple[float, float, float, float]
"""Left, top, width, height of one region, in pixels of the scaled frame."""

LONG_SIDE = 1280
LETTER_HEIGHTS = (9, 120)
LETTER_SHAPES = (0.12, 1.1)
MIN_LETTERS = 4
BEST_LETTERS = range(5, 9)
MAX_DETECTIONS = 12
SOLID = 0.85


class OpenCvLocalizer:
    """Finds plates as rows of regions of one height; it needs OpenCV alone."""

    name = "opencv"

    def __init__(self) -> None:
        """Make sure that OpenCV is there; MissingExtraError without the extra."""
        require("finding plates", "numpy", "cv2")

    @property
    def models(self) -> Mapping[str, str]:
        """There is no model."""
        return {}

    def detect(self, frame: Frame) -> list[Detection]:
        """Return the rows found, best first."""
        height, width = frame.shape[:2]
        scale = min(LONG_SIDE / max(height, width), 1.5)
        rows = _rows(_letters(frame, scale))
        found = {_box(row, scale, width, height): _score(row) for row in rows}
        ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        chosen: list[Detection] = []
        for box, score in ranked:
            if len(chosen) < MAX_DETECTIONS and not any(_overlap(box, other.box) for other in chosen):
                chosen.append(Detection(box=box, score=score))
        return chosen


def _letters(frame: Frame, scale: float) -> list[Region]:
    """Find regions with the size and shape of a letter, each place once, from left to right."""
    import cv2

    height, width = (max(1, round(side * scale)) for side in frame.shape[:2])
    scaled = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    grey = cv2.cvtColor(scaled, cv2.COLOR_BGR2GRAY)
    mser = cv2.MSER.create(delta=6, min_area=25, max_area=6000, max_variation=0.3)
    regions, boxes = mser.detectRegions(grey)
    seen: dict[tuple[int, int, int], Region] = {}
    found = ((tuple(int(v) for v in box), len(region)) for region, box in zip(regions, boxes, strict=True))
    for (x, y, w, h), pixels in sorted(found):
        # A window fills its box, a letter does not, save a 1 or an I, which are narrow.
        solid = pixels > SOLID * w * h and w > 0.4 * h
        if not solid and LETTER_HEIGHTS[0] <= h <= LETTER_HEIGHTS[1] and LETTER_SHAPES[0] <= w / h <= LETTER_SHAPES[1]:
            seen.setdefault(((2 * x + w) // 6, (2 * y + h) // 6, h // 6), (x, y, w, h))
    return sorted(seen.values())


def _rows(letters: Sequence[Region]) -> list[list[Region]]:
    """Join neighbours of like height on one line into rows; every letter may start one."""
    rows = []
    for i, first in enumerate(letters):
        row = [first]
        for x, y, w, h in letters[i + 1 :]:
            last = row[-1]
            gap = x - (last[0] + last[2])
            if gap > 1.3 * first[3]:
                break
            level = abs((y + h / 2) - (last[1] + last[3] / 2)) < 0.22 * first[3]
            if gap > -0.3 * last[2] and level and 0.78 < h / first[3] < 1.28:
                row.append((x, y, w, h))
        if len(row) >= MIN_LETTERS:
            rows.append(row)
    return rows


def _score(row: Sequence[Region]) -> float:
    """Score a row by its number of letters and how even their heights are; never as sure as a network."""
    heights = sorted(h for *_, h in row)
    length = 1.0 if len(row) in BEST_LETTERS else 0.7
    return round(0.8 * length * heights[0] / heights[-1], 4)


def _box(row: Sequence[Region], scale: float, width: int, height: int) -> Box:
    """Give the plate around a row of letters: wider by a letter's breadth, higher by the lines above and below."""
    left, right = min(x for x, *_ in row), max(x + w for x, _, w, _ in row)
    top, bottom = min(y for _, y, *_ in row), max(y + h for _, y, _, h in row)
    tall = bottom - top
    sides = (left - 0.9 * tall, top - 0.5 * tall, right + 0.9 * tall, bottom + 0.4 * tall)
    return clip_box([side / scale for side in sides], width, height)


def _overlap(a: Box, b: Box) -> bool:
    """Say whether two boxes share more than a third of the smaller one."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return w > 0 and h > 0 and w * h > min(a[2] * a[3], b[2] * b[3]) / 3
