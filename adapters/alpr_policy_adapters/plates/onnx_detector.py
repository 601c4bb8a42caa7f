"""Any plate detector that the user has as an ONNX file, in one of the layouts that such networks are exported in.

Which layout it is shows in the shape of what the network answers to an empty picture:

| answer | meaning of a row |
|---|---|
| `[1, 4+classes, N]` | centre, size, a score for each class (YOLO 8 and later) |
| `[1, N, 5]` | the same for one class, turned round |
| `[1, N, 5+classes]`, N over 1,000 | centre, size, objectness, a score for each class (YOLO 5 and 7) |
| `[1, N, 6]`, N up to 1,000 | left, top, right, bottom, score, class; overlaps already removed (YOLO 10 and later) |
| `[N, 7]` | picture, left, top, right, bottom, class, score; overlaps already removed |
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.plates.extras import require
from alpr_policy_adapters.plates.models import ModelError, session
from alpr_policy_adapters.plates.places import strongest
from alpr_policy_adapters.plates.protocol import Detection
from alpr_policy_adapters.plates.rectify import clip_box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from alpr_policy_adapters.plates.protocol import Frame

    Floats = NDArray[np.float32]
    Decoder = Callable[[Floats, "frozenset[int]"], Floats]

MAX_BYTES = 512 * 1024 * 1024
MAX_ROWS = 2_000
MAX_END_TO_END = 1_000
FREE_SIDE = 640
"""The side of the picture for a network that takes any size."""

SIDES = range(32, 4097)
PADDING = 114


class OnnxDetector:
    """Finds plates with a network from a file; `threads` is for onnxruntime.

    The file's own word on its classes is used: if any is called a plate, only that one counts.
    """

    def __init__(self, path: Path, *, min_score: float = 0.3, max_overlap: float = 0.4, threads: int = 1) -> None:
        """Load the file and settle its layout; ModelError if it cannot be used, MissingExtraError without the extra."""
        require("finding plates", "numpy", "cv2", "onnxruntime")
        data = _bytes(path)
        self.name = f"onnx:{path.name}"
        self._sha256 = hashlib.sha256(data).hexdigest()
        self._file = path.name
        self._min_score = min_score
        self._max_overlap = max_overlap
        try:
            self._session = session(data, threads)
        except Exception as error:  # whatever onnxruntime finds wrong with the bytes, in classes of its own
            raise _error("model-unreadable", f"`{path.name}` is no ONNX model that can be loaded") from error
        self._input, self._side = _picture_input(self._session, path.name)
        self._plates = _plate_classes(self._session)
        self._decode = _layout(self._run(_empty(self._side)).shape, path.name)

    @property
    def models(self) -> Mapping[str, str]:
        """Give the SHA-256 of the file."""
        return {self._file: self._sha256}

    def detect(self, frame: Frame) -> list[Detection]:
        """Return the plates found, best first; a score that is no number is no plate."""
        import numpy as np

        height, width = frame.shape[:2]
        picture, scale, left, top = _letterboxed(frame, self._side)
        rows = self._decode(self._run(picture), self._plates)
        rows = rows[np.isfinite(rows).all(axis=1)]
        rows = rows[rows[:, 4] >= self._min_score]
        rows = rows[np.argsort(-rows[:, 4], kind="stable")][:MAX_ROWS]
        rows[:, :4] = (rows[:, :4] - np.array([left, top, left, top], np.float32)) / scale
        found = [
            Detection(box=clip_box(row[:4], width, height), score=round(min(1.0, float(row[4])), 4))
            for row in rows
            if row[2] > row[0] and row[3] > row[1]
        ]
        return strongest(found, self._max_overlap)

    def _run(self, picture: Floats) -> Floats:
        import numpy as np

        try:
            answer = self._session.run(None, {self._input: picture})[0]
        except Exception as error:
            raise _error("model-unreadable", f"`{self._file}` fails on a picture: {type(error).__name__}") from error
        return np.asarray(answer, np.float32)


def _bytes(path: Path) -> bytes:
    """Read a model file of bounded size."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _error("model-missing", f"the model `{path.name}` cannot be read: {type(error).__name__}") from error
    if len(data) > MAX_BYTES:
        raise _error("model-unreadable", f"the model `{path.name}` is larger than {MAX_BYTES:,} bytes")
    return data


def _picture_input(loaded: Any, name: str) -> tuple[str, tuple[int, int]]:
    """Find the one input, a picture of three colours as floats; give its name, height and width."""
    inputs = loaded.get_inputs()
    shape = list(inputs[0].shape) if inputs else []
    sides = [side if isinstance(side, int) and side > 0 else FREE_SIDE for side in shape[2:]]
    fits = len(inputs) == 1 and inputs[0].type == "tensor(float)" and len(shape) == 4
    # A side or a number of colours that is left open is a word or nothing.
    if not fits or (isinstance(shape[1], int) and shape[1] != 3) or not all(side in SIDES for side in sides):
        message = f"`{name}` takes {', '.join(f'{one.type} {one.shape}' for one in inputs) or 'nothing'}"
        raise _error("model-layout", message, "expected one input: float, 1 x 3 x height x width")
    return inputs[0].name, (sides[0], sides[1])


def _plate_classes(loaded: Any) -> frozenset[int]:
    """List the classes that the file calls plates; empty when it names none, and every class counts."""
    try:
        names = ast.literal_eval(loaded.get_modelmeta().custom_metadata_map.get("names", "{}")[:10_000])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return frozenset()
    if not isinstance(names, dict):
        return frozenset()
    return frozenset(key for key, name in names.items() if isinstance(key, int) and "plate" in str(name).lower())


def _layout(shape: tuple[int, ...], name: str) -> Decoder:
    """Choose how to read answers of this shape; ModelError with the layouts that are known."""
    if len(shape) == 2 and shape[1] == 7:
        return _pictures_rows
    if len(shape) == 3 and shape[0] == 1:
        _, first, second = shape
        if second == 6 and first <= MAX_END_TO_END:
            return _end_to_end
        if second == 5 and first != 5:
            return lambda answer, plates: _by_centre(answer[0], 4, plates)
        if 5 <= first < second:
            return lambda answer, plates: _by_centre(answer[0].T, 4, plates)
        if 6 <= second < first:
            return lambda answer, plates: _by_centre(answer[0], 5, plates)
    message = f"`{name}` answers with the shape {' x '.join(map(str, shape)) or 'of a number'}, which is not known"
    raise _error("model-layout", message, "known: [1, 4+classes, N], [1, N, 5+classes], [1, N, 6] and [N, 7]")


def _by_centre(rows: Floats, scores_from: int, plates: frozenset[int]) -> Floats:
    """Read centre and size, and the best score among the classes, times the objectness if there is one."""
    import numpy as np

    scores = rows[:, scores_from:]
    if chosen := [one for one in sorted(plates) if one < scores.shape[1]]:
        scores = scores[:, chosen]
    best = scores.max(axis=1) * (rows[:, 4] if scores_from == 5 else 1)
    half = rows[:, 2:4] / 2
    return np.concatenate([rows[:, :2] - half, rows[:, :2] + half, best[:, None]], axis=1).astype(np.float32)


def _end_to_end(answer: Floats, plates: frozenset[int]) -> Floats:
    return _of_class(answer[0][:, :5], answer[0][:, 5], plates)


def _pictures_rows(answer: Floats, plates: frozenset[int]) -> Floats:
    return _of_class(answer[:, [1, 2, 3, 4, 6]], answer[:, 5], plates)


def _of_class(rows: Floats, classes: Floats, plates: frozenset[int]) -> Floats:
    """Keep the rows whose class is called a plate, all of them where none is."""
    import numpy as np

    return rows[np.isin(classes, sorted(plates))] if plates else rows.copy()


def _empty(side: tuple[int, int]) -> Floats:
    import numpy as np

    return np.full((1, 3, *side), PADDING / 255, np.float32)


def _letterboxed(frame: Frame, side: tuple[int, int]) -> tuple[Floats, float, int, int]:
    """Fit a frame into a picture of that size without distortion: red, green, blue from 0 to 1, edges in grey.

    Also gives the scale, and the left and top of the frame in the picture.
    """
    import cv2
    import numpy as np

    height, width = frame.shape[:2]
    scale = min(side[0] / height, side[1] / width)
    h, w = (min(max(1, round(length * scale)), most) for length, most in zip((height, width), side, strict=True))
    scaled = cv2.resize(frame, (w, h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    top, left = (side[0] - h) // 2, (side[1] - w) // 2
    picture = _empty(side)
    picture[0, :, top : top + h, left : left + w] = scaled[:, :, ::-1].transpose(2, 0, 1).astype(np.float32) / 255
    return picture, scale, left, top


def _error(code: str, message: str, help_line: str = "give a plate detector exported to ONNX") -> ModelError:
    return ModelError([Diagnostic(code, message, help=help_line)])
