"""Pictures with what was read drawn on them: boxes, corners, text, confidence and state, for people to check."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy_adapters.plate_read import PlateRead

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
        colour = SURE if (read.confidence or 0.0) >= SURE_FROM else UNSURE
        if read.box is not None:
            x, y, w, h = read.box
            cv2.rectangle(picture, (x, y), (x + w, y + h), colour, line)
            _label(picture, label(read), (x, y, w, h), scale, colour)
        if read.corners is not None:
            points = np.array(read.corners, np.float32).round().astype(np.int32)
            cv2.polylines(picture, [points.reshape(-1, 1, 2)], True, colour, line, cv2.LINE_AA)
            for corner in points:
                cv2.circle(picture, (int(corner[0]), int(corner[1])), 2 * line, colour, -1, cv2.LINE_AA)
    return picture


def label(read: PlateRead) -> str:
    """Say in one line what was read, how surely, and of which state."""
    sure = "?" if read.confidence is None else f"{read.confidence:.2f}"
    return f"{read.plate}  {sure}  {read.state or 'state unknown'}"


def _label(picture: Frame, text: str, box: tuple[int, int, int, int], scale: float, colour: tuple[int, ...]) -> None:
    """Write a line over a box, or under it where there is no room above."""
    import cv2

    font, thick = cv2.FONT_HERSHEY_SIMPLEX, max(1, round(2 * scale))
    (width, height), below = cv2.getTextSize(text, font, scale, thick)
    margin = round(6 * scale)
    tall = height + below + 2 * margin
    x = max(0, min(box[0], picture.shape[1] - width - 2 * margin))
    # A plate often goes on above its box, with the name of its state.
    over = box[1] - tall - margin - box[3] // 3
    top = over if over >= 0 else min(box[1] + box[3] + margin, max(0, picture.shape[0] - tall))
    cv2.rectangle(picture, (x, top), (x + width + 2 * margin, top + tall), GROUND, -1)
    cv2.rectangle(picture, (x, top), (x + width + 2 * margin, top + tall), colour, 1)
    cv2.putText(picture, text, (x + margin, top + margin + height), font, scale, INK, thick, cv2.LINE_AA)


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
