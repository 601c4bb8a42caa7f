"""From a detection to crops that a reader can read: flattened by the corners, or cut plainly from the box."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from typing import TYPE_CHECKING, Any

from alpr_policy_adapters.plate_read import Box, Corners, Point
from alpr_policy_adapters.plates.protocol import Detection

if TYPE_CHECKING:
    from alpr_policy_adapters.plates.protocol import Frame

BAND = (0.18, 0.88)
"""The part of a plate's height that holds the serial; above and below stand state, slogan, stickers and frame."""

TALL_BAND = (0.1, 0.92)
"""The same with room for a place that was found a little too high or too low."""

BROADER = 1.5
"""Serials are narrow and close; a reader made for print tells them apart better when they are stretched."""

MIN_PLATE_HEIGHT = 72
MAX_PLATE_SIDE = 2000


def clip_box(sides: Sequence[Any], width: int, height: int) -> Box:
    """Turn left, top, right, bottom into a box inside a frame of that size, at least one pixel wide and high."""
    left, top, right, bottom = (float(side) for side in sides)
    x = min(max(round(left), 0), width - 1)
    y = min(max(round(top), 0), height - 1)
    return (x, y, max(1, min(round(right), width) - x), max(1, min(round(bottom), height) - y))


def in_reading_order(points: Sequence[Point]) -> Corners:
    """Order four points as top left, top right, bottom right, bottom left."""
    by_height = sorted(points, key=lambda p: (p[1], p[0]))
    first, second = sorted(by_height[:2])
    third, fourth = sorted(by_height[2:], reverse=True)
    return (first, second, third, fourth)


def grown(corners: Corners, sideways: float, upright: float) -> Corners:
    """Move the corners away from their centre by these shares of their distance."""
    cx = sum(x for x, _ in corners) / 4
    cy = sum(y for _, y in corners) / 4
    a, b, c, d = ((cx + (x - cx) * (1 + sideways), cy + (y - cy) * (1 + upright)) for x, y in corners)
    return (a, b, c, d)


def box_corners(box: Box) -> Corners:
    """Give the corners of an upright box."""
    x, y, w, h = box
    return ((x, y), (x + w, y), (x + w, y + h), (x, y + h))


def flatten(frame: Frame, corners: Corners, broader: float = 1.0) -> Frame:
    """Return the plate as if seen from straight ahead, small ones enlarged, `broader` than it is."""
    import cv2
    import numpy as np

    a, b, c, d = corners
    width = max(1.0, (_apart(a, b) + _apart(d, c)) / 2)
    height = max(1.0, (_apart(a, d) + _apart(b, c)) / 2)
    scale = max(1.0, MIN_PLATE_HEIGHT / height)
    w = min(MAX_PLATE_SIDE, max(8, round(width * scale * broader)))
    h = min(MAX_PLATE_SIDE, max(8, round(height * scale)))
    source = np.array(corners, np.float32)
    target = np.array([(0, 0), (w, 0), (w, h), (0, h)], np.float32)
    turn = cv2.getPerspectiveTransform(source, target)
    flat = cv2.warpPerspective(frame, turn, (w, h), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(flat, np.uint8)


def band(plate: Frame, top: float, bottom: float) -> Frame:
    """Cut the part of a flattened plate between these shares of its height."""
    height = plate.shape[0]
    start = min(height - 1, max(0, round(height * top)))
    return plate[start : max(start + 1, round(height * bottom))]


def serial_crops(frame: Frame, found: Detection) -> list[Frame]:
    """Cut crops of the serial, each with its own mistakes, so that what they agree on is there; the best two first.

    They differ in outline (corners and box), margin, height of the band and breadth.
    """
    box = box_corners(found.box)
    corners = found.corners or grown(box, 0.06, 0.1)
    return [
        band(flatten(frame, corners), *BAND),
        band(flatten(frame, grown(box, -0.04, 0), BROADER), *TALL_BAND),
        band(flatten(frame, box), *BAND),
        band(flatten(frame, grown(corners, 0.06, 0.1)), *BAND),
    ]


def plate_crops(frame: Frame, found: Detection) -> list[Frame]:
    """Cut the whole plate, flattened and plain, for a reader that was made for whole plates."""
    box = box_corners(found.box)
    outlines = [found.corners, box] if found.corners else [box]
    return [flatten(frame, grown(outline, 0.04, 0.06)) for outline in outlines]


def name_crops(frame: Frame, found: Detection) -> list[Frame]:
    """Cut the strips above and below the serial, where a state's name is printed."""
    flat = flatten(frame, grown(found.corners or box_corners(found.box), 0.04, 0.08))
    return [band(flat, 0.02, 0.28), band(flat, 0.74, 0.98)]


def _apart(a: Point, b: Point) -> float:
    """Measure the distance of two points."""
    return hypot(b[0] - a[0], b[1] - a[1])
