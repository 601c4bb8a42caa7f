"""A detector without any model: striped places with a row of letters. It needs OpenCV alone, and is less sure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import exp
from typing import TYPE_CHECKING

from alpr_policy_adapters.plate_read import Corners
from alpr_policy_adapters.plates.extras import require
from alpr_policy_adapters.plates.opencv_letters import PATCH, Patch, Row, cut_patch, rows_in
from alpr_policy_adapters.plates.opencv_stripes import Window, shared, to_grey, windows
from alpr_policy_adapters.plates.protocol import Detection
from alpr_policy_adapters.plates.rectify import clip_box

if TYPE_CHECKING:
    from alpr_policy_adapters.plates.opencv_stripes import Grey
    from alpr_policy_adapters.plates.protocol import Frame

SUREST = 0.9
"""No score is higher: what looks like a plate to a few rules is never as sure as what a network has learnt."""

MAX_DETECTIONS = 8
LEAST_LIKELY = 0.03
MAX_SHARED = 0.3
SAME = 0.4
"""Two rows that share this much speak of one plate."""

PLATE_HEIGHT = 2.15
"""A plate's height in letter heights; its width is twice that."""

WIDTH = 4.4
"""A plate's width in letter heights, where no more is known."""

LOWER = 0.07
"""How far the serial's middle is below the plate's, in letter heights."""

LONGEST_ROW = 4.6
"""Length of the longest serial, in letter heights."""

ROW_SHARE = 1.16
"""A plate's width in lengths of its serial, where that is complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A row of letters in its patch, how striped its window was, and how many windows led to a row there."""

    strength: float
    patch: Patch
    row: Row
    seen: int = 1

    @property
    def likely(self) -> float:
        """Weigh the evidence for a plate, 0 to 1; note 0014 says where the weights come from."""
        row = self.row
        evidence = (
            -9.0
            + 0.6 * min(self.strength, 5.0)
            + 0.4 * min(row.letters, 7)
            + 0.5 * row.dark
            - 1.3 * max(0.0, row.length - LONGEST_ROW)
            - 2.0 * row.uneven
            + 1.6 * min(row.frame[0], 0.6)
            + 1.8 * min(row.frame[1], 0.6)
            + 0.65 * min(self.seen, 8)
        )
        return 1 / (1 + exp(-evidence))

    @property
    def corners(self) -> Corners:
        """Give the plate around the row: its sides upright, its top and bottom along the row."""
        row = self.row
        height = PLATE_HEIGHT * row.height
        length = row.right - row.left
        width = min(max(ROW_SHARE * length, 1.95 * height), 1.3 * length + 2 * row.height)
        middle = (row.left + row.right) / 2
        left, right = middle - width / 2, middle + width / 2
        up, down = -height / 2 - LOWER * row.height, height / 2 - LOWER * row.height
        a, b, c, d = (
            self.patch.to_frame((x, row.slope * x + row.level + y))
            for x, y in ((left, up), (right, up), (right, down), (left, down))
        )
        return (a, b, c, d)

    @property
    def box(self) -> Window:
        """Give the upright box around the corners."""
        xs, ys = [x for x, _ in self.corners], [y for _, y in self.corners]
        return (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


class OpenCvLocalizer:
    """Finds plates as striped places with a row of letters; it needs OpenCV alone."""

    name = "opencv"

    def __init__(self) -> None:
        """Make sure that OpenCV is there; MissingExtraError without the extra."""
        require("finding plates", "numpy", "cv2")

    @property
    def models(self) -> Mapping[str, str]:
        """There is no model."""
        return {}

    def detect(self, frame: Frame) -> list[Detection]:
        """Return the places found, best first."""
        height, width = frame.shape[:2]
        grey, scale = to_grey(frame)
        first = []
        for strength, window in windows(grey):
            patch = cut_patch(grey, window)
            first += [_Place(strength=strength, patch=patch, row=row) for row in rows_in(patch)]
        again = [_counted(_refined(grey, place), first) for place in _apart(first)]
        return [
            Detection(
                box=clip_box(_sides(place.box, scale), width, height),
                corners=_rounded(place.corners, scale),
                score=round(SUREST * place.likely, 4),
            )
            for place in _apart(again)
            if place.likely >= LEAST_LIKELY
        ]


def _apart(places: list[_Place]) -> list[_Place]:
    """Pick the likeliest places that do not cover one another."""
    chosen: list[_Place] = []
    for place in sorted(places, key=lambda p: (-p.likely, p.box)):
        if len(chosen) == MAX_DETECTIONS:
            break
        if all(shared(place.box, other.box) < MAX_SHARED for other in chosen):
            chosen.append(place)
    return chosen


def _refined(grey: Grey, place: _Place) -> _Place:
    """Look again at a place, at the right size and along its slope; keep the first look where the second sees less."""
    row, patch = place.row, place.patch
    width = WIDTH * row.height / patch.scale
    middle = (row.left + row.right) / 2
    x, y = patch.to_frame((middle, row.slope * middle + row.level))
    window = (x - width / 2, y - width / 4, width, width / 2)
    again = cut_patch(grey, window, patch.slope + row.slope)
    places = [replace(place, patch=again, row=seen) for seen in rows_in(again) if _central(seen)]
    return max([place, *places], key=lambda p: (p.likely, p.box))


def _central(row: Row) -> bool:
    """Say whether a row runs through the middle of its patch."""
    return abs(row.level + row.slope * PATCH[0] / 2 - PATCH[1] / 2) < 0.5 * row.height


def _counted(place: _Place, first: list[_Place]) -> _Place:
    """Count the first looks that agree: windows of several sizes meet at a plate, and seldom anywhere else."""
    return replace(place, seen=sum(shared(place.box, other.box) > SAME for other in first))


def _sides(box: Window, scale: float) -> tuple[float, float, float, float]:
    """Give left, top, right, bottom in pixels of the frame."""
    return (box[0] / scale, box[1] / scale, (box[0] + box[2]) / scale, (box[1] + box[3]) / scale)


def _rounded(corners: Corners, scale: float) -> Corners:
    """Give corners in hundredths of a pixel of the frame."""
    a, b, c, d = ((round(x / scale, 2), round(y / scale, 2)) for x, y in corners)
    return (a, b, c, d)
