"""Pictures with what was read drawn on them: boxes, corners, text, confidence and state, for people to check."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy_adapters.plate_read import Box, PlateRead

if TYPE_CHECKING:
    from alpr_policy_adapters.plates.protocol import Frame

SURE, UNSURE = (60, 200, 60), (0, 190, 255)
SURE_FROM = 0.8
INK, GROUND = (255, 255, 255), (30, 30, 30)
QUALITY = 90


def drawn(frame: Frame, reads: Sequence[PlateRead]) -> Frame:
    """Return a copy of a frame with its reads drawn on it: green where they are sure, amber where they are not."""
    import cv2
    import numpy as np

    picture = frame.copy()
    scale = max(0.5, picture.shape[1] / 1600)
    line = max(1, round(2 * scale))
    for read in reads:
        colour = _colour(read)
        if read.box is not None:
            x, y, w, h = read.box
            cv2.rectangle(picture, (x, y), (x + w, y + h), colour, line)
        if read.corners is not None:
            points = np.array(read.corners, np.float32).round().astype(np.int32)
            cv2.polylines(picture, [points.reshape(-1, 1, 2)], True, colour, line, cv2.LINE_AA)
            for corner in points:
                cv2.circle(picture, (int(corner[0]), int(corner[1])), 2 * line, colour, -1, cv2.LINE_AA)
    # Labels come last, so that no box is drawn over one, and none hides another plate or label.
    taken = [_plate(read) for read in reads if read.box is not None]
    for read in reads:
        if read.box is not None:
            taken.append(_label(picture, label(read), _plate(read), taken, scale, _colour(read)))
    return picture


def _colour(read: PlateRead) -> tuple[int, int, int]:
    return SURE if (read.confidence or 0.0) >= SURE_FROM else UNSURE


def _plate(read: PlateRead) -> Box:
    """Give the box around all that is drawn of a plate, and above it what its state's name needs."""
    x, y, w, h = read.box or (0, 0, 0, 0)
    points = [(x, y - h // 3), (x + w, y + h), *((round(u), round(v)) for u, v in read.corners or ())]
    left, top = min(u for u, _ in points), min(v for _, v in points)
    return (left, top, max(u for u, _ in points) - left, max(v for _, v in points) - top)


def label(read: PlateRead) -> str:
    """Say in one line what was read, how surely, and of which state."""
    sure = "?" if read.confidence is None else f"{read.confidence:.2f}"
    return f"{read.plate}  {sure}  {read.state or 'state unknown'}"


def _label(picture: Frame, text: str, plate: Box, taken: Sequence[Box], scale: float, colour: tuple[int, ...]) -> Box:
    """Write a line beside a plate, as small as the picture demands, and give the box that it takes."""
    import cv2

    font, widest = cv2.FONT_HERSHEY_SIMPLEX, picture.shape[1] - 2 * round(6 * scale)
    width = cv2.getTextSize(text, font, scale, max(1, round(2 * scale)))[0][0]
    scale = min(scale, scale * widest / width)
    thick, margin = max(1, round(2 * scale)), round(6 * scale)
    (width, height), below = cv2.getTextSize(text, font, scale, thick)
    size = (width + 2 * margin, height + below + 2 * margin)
    box = spot(size, plate, taken, (picture.shape[1], picture.shape[0]), margin)
    x, y, w, h = box
    cv2.rectangle(picture, (x, y), (x + w, y + h), GROUND, -1)
    cv2.rectangle(picture, (x, y), (x + w, y + h), colour, 1)
    cv2.putText(picture, text, (x + margin, y + margin + height), font, scale, INK, thick, cv2.LINE_AA)
    return box


def spot(size: tuple[int, int], plate: Box, taken: Sequence[Box], picture: tuple[int, int], gap: int) -> Box:
    """Find where a label of that size goes: over its plate, else under it, else beside it, where it hides least.

    `taken` are the boxes that it should not hide; sizes are width and height. It is inside the picture if it fits.
    """
    (w, h), (left, top, wide, tall) = size, plate
    beside = top + (tall - h) // 2
    places = [(left, top - h - gap), (left, top + tall + gap), (left + wide + gap, beside), (left - w - gap, beside)]
    places += [(x, y) for y in (top - 2 * (h + gap), top + tall + h + 2 * gap) for x in (left, left + wide - w)]
    places += [(x, y) for y in (0, picture[1]) for x in (0, picture[0])]
    inside = [(max(0, min(x, picture[0] - w - 1)), max(0, min(y, picture[1] - h - 1)), w, h) for x, y in places]
    return min(inside, key=lambda box: sum(_shared(box, other) for other in taken))


def _shared(a: Box, b: Box) -> int:
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(w, 0) * max(h, 0)


def file_name(name: str, taken: set[str]) -> str:
    """Give a file name for the picture of that name: letters, digits, dot, dash and underscore; no name twice."""
    name = re.sub(r"\.(bmp|jpe?g|png|tiff?|webp)$", "", name, flags=re.IGNORECASE)
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip(".")[:100] or "picture"
    found, count = f"{plain}.jpg", 1
    while found.lower() in taken:
        count += 1
        found = f"{plain}-{count}.jpg"
    taken.add(found.lower())
    return found


def write(picture: Frame, path: Path) -> None:
    """Write a picture as JPEG: all of it or nothing; PolicyError when it cannot be written."""
    import cv2

    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if not done:
            raise OSError("the picture cannot be encoded")
        part.write_bytes(data.tobytes())
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        message = f"the annotated picture `{path.name}` cannot be written: {type(error).__name__}"
        raise PolicyError(
            [Diagnostic("picture-unwritable", message, help="name a folder that you may write to")]
        ) from error
