"""Perspective: how a flat canvas that is turned, tipped and tilted appears in a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import cos, radians, sin
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
View: TypeAlias = list[list[float]]
"""A homography, in rows."""


def homography(
    angles: tuple[float, float, float], *, at: Point, centre: Point, zoom: float, focal_length: float
) -> View:
    """Give the view of a canvas whose point `centre` appears at `at`, enlarged there by `zoom`.

    The angles, in degrees, swing the canvas sideways, look down on it, and lean the picture of it. `focal_length` is in
    pixels of the canvas.
    """
    turn, tip, tilt = (radians(angle) for angle in angles)
    px, py = centre
    x_axis = (cos(turn) * cos(tilt), cos(turn) * sin(tilt), -sin(turn))
    y_axis = (
        sin(tip) * sin(turn) * cos(tilt) - cos(tip) * sin(tilt),
        sin(tip) * sin(turn) * sin(tilt) + cos(tip) * cos(tilt),
        sin(tip) * cos(turn),
    )
    rows = [[zoom * x_axis[i], zoom * y_axis[i], 0.0] for i in (0, 1)]
    depth = [x_axis[2] / focal_length, y_axis[2] / focal_length, 1.0]
    moved = [[rows[i][j] + at[i] * depth[j] for j in range(3)] for i in (0, 1)] + [depth]
    # The canvas is first moved so that its centre is the origin.
    return [[row[0], row[1], row[2] - row[0] * px - row[1] * py] for row in moved]


def project(view: View, points: Iterable[Sequence[float]]) -> list[Point]:
    """Give where points of the canvas appear."""
    out = []
    for x, y in points:
        u, v, w = (row[0] * x + row[1] * y + row[2] for row in view)
        out.append((u / w, v / w))
    return out
