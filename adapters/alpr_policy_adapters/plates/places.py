"""Places in a frame: what two boxes share, which of several on one spot to keep, and what lies around one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from alpr_policy_adapters.plate_read import Box
from alpr_policy_adapters.plates.protocol import Detection

if TYPE_CHECKING:
    from alpr_policy_adapters.plates.protocol import Frame

MAX_DETECTIONS = 32


def overlap(a: Box, b: Box) -> float:
    """Give the area that two boxes share over the area of both together, 0 to 1."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(0, w) * max(0, h)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared) if shared else 0.0


def strongest(found: Iterable[Detection], max_overlap: float, most: int = MAX_DETECTIONS) -> list[Detection]:
    """Keep the detections that no stronger one covers, best first; equal scores keep their order."""
    chosen: list[Detection] = []
    for one in sorted(found, key=lambda detection: -detection.score):
        if len(chosen) == most:
            break
        if all(overlap(one.box, other.box) <= max_overlap for other in chosen):
            chosen.append(one)
    return chosen


def surroundings(frame: Frame, box: Box, margin: float) -> tuple[int, int, Frame]:
    """Cut a box with some of what is around it; `margin` is a share of its width, or of twice its height if larger.

    Also gives the left and top of the cut in the frame.
    """
    import numpy as np

    x, y, w, h = box
    size = max(w, 2 * h)
    height, width = frame.shape[:2]
    left, top = max(0, round(x - margin * size)), max(0, round(y - margin * size * 0.75))
    right, bottom = min(width, round(x + w + margin * size)), min(height, round(y + h + margin * size * 0.75))
    return left, top, np.ascontiguousarray(frame[top : max(bottom, top + 1), left : max(right, left + 1)])
