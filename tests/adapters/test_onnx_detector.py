"""A detector of the user's own: every layout gives the same boxes, and what is no detector is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.onnx_kit import INT64, model

from alpr_policy_adapters.plates import ModelError
from alpr_policy_adapters.plates.onnx_detector import OnnxDetector
from alpr_policy_adapters.plates.registry import make_detector

np = pytest.importorskip("numpy", reason="needs the extra `ocr`: pip install 'alpr-policy[ocr]'")
pytest.importorskip("onnxruntime", reason="needs the extra `ocr`: pip install 'alpr-policy[ocr]'")

# In a picture of 64 x 64, which is a frame of 128 x 64 halved, with 16 grey rows above and below.
PLATE = (10.0, 26.0, 30.0, 36.0)
ON_FRAME = (20, 20, 40, 20)


def _by_centre(*scores: float) -> list[float]:
    left, top, right, bottom = PLATE
    return [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top, *scores]


def _padded(rows: list[list[float]], count: int) -> Any:
    out = np.zeros((count, len(rows[0])), np.float32)
    out[: len(rows)] = rows
    return out


def _detector(tmp_path: Path, rows: Any, **options: Any) -> OnnxDetector:
    path = tmp_path / "own.onnx"
    path.write_bytes(model(rows, **options))
    return OnnxDetector(path)


def _frame() -> Any:
    return np.zeros((64, 128, 3), np.uint8)


LAYOUTS = {
    "centre, classes, columns": lambda: _padded([_by_centre(0.2, 0.9)], 50).T[None],
    "centre, one class, columns": lambda: _padded([_by_centre(0.9)], 50).T[None],
    "centre, one class, rows": lambda: _padded([_by_centre(0.9)], 50)[None],
    "centre, objectness, one class": lambda: _padded([_by_centre(0.9, 1.0)], 1500)[None],
    "centre, objectness, classes": lambda: _padded([_by_centre(0.9, 0.1, 1.0)], 1500)[None],
    "end to end": lambda: _padded([[*PLATE, 0.9, 0.0]], 300)[None],
    "picture first": lambda: np.array([[0, *PLATE, 0, 0.9]], np.float32),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_give_the_same_box(tmp_path: Path, layout: str) -> None:
    """Whatever the layout, the box comes out in the frame's pixels with its score."""
    found = _detector(tmp_path, LAYOUTS[layout]()).detect(_frame())

    assert [(ON_FRAME, 0.9)] == [(one.box, one.score) for one in found]


def test_overlaps_are_removed_and_weak_ones_left_out(tmp_path: Path) -> None:
    """Of boxes on one spot the best stays; one below the least score, and one of no size, go."""
    near = [21.0, 31.0, 20.0, 10.0, 0.8]
    rows = [_by_centre(0.9), near, [50.0, 40.0, 8.0, 4.0, 0.5], [50.0, 25.0, 8.0, 4.0, 0.1], [9.0, 26.0, 0.0, 4.0, 0.9]]
    found = _detector(tmp_path, _padded(rows, 50)[None]).detect(_frame())

    assert [0.9, 0.5] == [one.score for one in found]


def test_numbers_that_are_none_are_no_plate(tmp_path: Path) -> None:
    """Rows with infinite or undefined numbers are passed over."""
    rows = [[float("nan"), 31.0, 20.0, 10.0, 0.9], [20.0, 31.0, float("inf"), 10.0, 0.9], _by_centre(0.7)]

    assert [0.7] == [one.score for one in _detector(tmp_path, _padded(rows, 50)[None]).detect(_frame())]


@pytest.mark.parametrize(("names", "count"), [("{0: 'car', 1: 'License_Plate'}", 1), ("{0: 'car'}", 2), ("{[", 2)])
def test_only_the_class_called_plate_counts(tmp_path: Path, names: str, count: int) -> None:
    """If the file calls a class a plate the others are no plates; else, or if its words are garbled, all count."""
    rows = _padded([[*PLATE, 0.9, 0.0], [40.0, 30.0, 60.0, 40.0, 0.8, 1.0]], 300)[None]

    assert count == len(_detector(tmp_path, rows, names=names).detect(_frame()))


def test_open_sides_are_taken_as_640(tmp_path: Path) -> None:
    """A network that takes pictures of any size is shown 640 x 640."""
    rows = _padded([[100.0, 200.0, 300.0, 300.0, 0.9, 0.0]], 300)[None]
    found = _detector(tmp_path, rows, takes=("n", 3, "h", "w")).detect(np.zeros((640, 640, 3), np.uint8))

    assert [(100, 200, 200, 100)] == [one.box for one in found]


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((1, 4, 50), {}), ((1, 50, 4), {}), ((2, 84, 50), {}), ((3,), {}), ((5, 6), {}), ((1, 1, 5, 50), {}),
        ((1, 5, 50), {"takes": (1, 1, 64, 64)}), ((1, 5, 50), {"takes": (1, 3, 64)}),
        ((1, 5, 50), {"takes": (1, 3, 8, 64)}), ((1, 5, 50), {"takes": (1, 3, 64, 9000)}),
        ((1, 5, 50), {"kind": INT64}),
    ],
)  # fmt: skip
def test_other_networks_are_refused(tmp_path: Path, shape: tuple[int, ...], options: dict[str, Any]) -> None:
    """A network that takes no picture, or answers in no known layout, is an error that says what it takes or gives."""
    with pytest.raises(ModelError, match="model-layout"):
        _detector(tmp_path, np.zeros(shape, np.float32), **options)


@pytest.mark.parametrize(
    ("data", "code"), [(None, "model-missing"), (b"", "model-unreadable"), (b"x" * 99, "model-un")]
)
def test_file_that_is_no_model(tmp_path: Path, data: bytes | None, code: str) -> None:
    """A file that is not there, or is no model, is an error and no traceback."""
    path = tmp_path / "own.onnx"
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(ModelError, match=code):
        make_detector(f"onnx:{path}")


def test_it_says_which_file_it_was(tmp_path: Path) -> None:
    """Name and checksum of the file go into every read."""
    detector = _detector(tmp_path, LAYOUTS["end to end"]())
    sha256 = hashlib.sha256((tmp_path / "own.onnx").read_bytes()).hexdigest()

    assert ("onnx:own.onnx", {"own.onnx": sha256}) == (detector.name, detector.models)


def test_oddest_frames(tmp_path: Path) -> None:
    """Very flat, very tall and tiny frames give boxes inside them."""
    detector = _detector(tmp_path, LAYOUTS["end to end"]())
    for height, width in ((1, 4000), (4000, 1), (1, 1), (16, 16)):
        for one in detector.detect(np.zeros((height, width, 3), np.uint8)):
            x, y, w, h = one.box
            assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
