"""The detector without a model: what it finds in drawn and rendered pictures, and that no frame can hurt it."""

from __future__ import annotations

import sys
from dataclasses import replace
from math import radians
from typing import Any

import pytest
from tests.adapters.plates_kit import SCENE

from alpr_policy.errors import MissingExtraError
from alpr_policy_adapters.plate_read import Box
from alpr_policy_adapters.plates import PlateEngine
from alpr_policy_adapters.plates.opencv_localizer import MAX_DETECTIONS, SUREST, OpenCvLocalizer
from alpr_policy_adapters.plates.protocol import Detection
from alpr_policy_adapters.plates.rectify import serial_crops
from alpr_policy_adapters.plates.vote import count
from alpr_policy_adapters.scenes import Scene, Vehicle, render, truth


@pytest.fixture(scope="module")
def finder(cv2: Any) -> OpenCvLocalizer:
    """Return the detector, or skip."""
    return OpenCvLocalizer()


def outline(scene: Scene) -> Box:
    """Give the upright box around a scene's only plate."""
    xs, ys = zip(*truth([scene])[scene.file][0]["corners"], strict=True)
    return (int(min(xs)), int(min(ys)), int(max(xs) - min(xs)), int(max(ys) - min(ys)))


def shared(a: Box, b: Box) -> float:
    """Give the part of two boxes' union that both cover."""
    w = max(0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    h = max(0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    return w * h / (a[2] * a[3] + b[2] * b[3] - w * h)


def drawn(cv2: Any, text: str, paper: int, ink: int, width: int = 120, tilt: float = 0.0) -> Any:
    """Draw a plate in the middle of a plain picture of 400 x 300."""
    import numpy as np

    plate = np.full((160, 320, 3), paper, np.uint8)
    (wide, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 2.2, 7)
    cv2.putText(plate, text, ((320 - wide) // 2, 105), cv2.FONT_HERSHEY_SIMPLEX, 2.2, (ink,) * 3, 7, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((160, 80), tilt, width / 320)
    turn[:, 2] += (40, 70)
    return cv2.warpAffine(plate, turn, (400, 300), flags=cv2.INTER_AREA, borderValue=(110,) * 3)


VIEWS = [
    Vehicle(plate="4KAN123", layout="CA", at=(300, 260), plate_width=60, body="blue"),
    Vehicle(plate="7RBT58", layout="MA", at=(300, 260), plate_width=150, turn=25, tip=8, body="white"),
    Vehicle(plate="HXK4471", layout="OH", at=(320, 240), plate_width=300, turn=-10, tip=5, body="black"),
    Vehicle(plate="NAM6892", layout="NY", at=(300, 260), plate_width=110, tilt=6, body="silver"),
]


@pytest.mark.parametrize("light", ["day", "night"])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.plate_width}")
def test_rendered_plate_comes_first(finder: OpenCvLocalizer, view: Vehicle, light: str) -> None:
    """A plate of 60 to 300 pixels, by day or night, turned or leaning, is the first place found."""
    scene = replace(SCENE, vehicles=(view,), light=light, noise=2.0)
    found = finder.detect(render(scene))

    assert found
    assert 0.5 < shared(found[0].box, outline(scene))


@pytest.mark.parametrize(("paper", "ink"), [(230, 30), (30, 230), (120, 90)], ids=["dark", "light", "faint"])
def test_drawn_plate_is_found(cv2: Any, finder: OpenCvLocalizer, paper: int, ink: int) -> None:
    """Dark letters on light, light ones on dark, and faint ones are found, though faint rows may lack some letters."""
    found = finder.detect(drawn(cv2, "4KAN123", paper, ink))

    assert any(0.3 < shared(place.box, (140, 120, 120, 60)) for place in found)


@pytest.mark.parametrize("tilt", [-8, -4, 0, 4, 8])
def test_corners_lean_with_the_plate(cv2: Any, finder: OpenCvLocalizer, tilt: float) -> None:
    """The corners of a plate that leans by up to eight degrees lean as it does, to three degrees."""
    found = finder.detect(drawn(cv2, "4KAN123", 230, 30, tilt=tilt))

    assert found
    assert found[0].corners is not None
    a, b, _, _ = found[0].corners
    assert abs(-radians(tilt) - (b[1] - a[1]) / (b[0] - a[0])) < radians(3)


def test_corners_frame_the_serial(finder: OpenCvLocalizer, plate_picture: Any, plate_engine: PlateEngine) -> None:
    """The crops that the corners give are read as the plate's serial."""
    found = finder.detect(plate_picture)[0]
    tally = count([plate_engine.reader.read(crop) for crop in serial_crops(plate_picture, found)])

    assert tally is not None
    assert "4KAN123" == tally.winner.text


def test_corners_are_in_reading_order(finder: OpenCvLocalizer, plate_picture: Any) -> None:
    """Corners run from the top left clockwise, and the box is the upright box around them."""
    found = finder.detect(plate_picture)[0]

    assert found.corners is not None
    a, b, c, d = found.corners
    assert a[0] < b[0]
    assert d[0] < c[0]
    assert a[1] < d[1]
    assert b[1] < c[1]
    around = (min(a[0], d[0]), min(a[1], b[1]), max(b[0], c[0]), max(c[1], d[1]))
    x, y, w, h = found.box
    assert all(abs(side - edge) <= 1 for side, edge in zip((x, y, x + w, y + h), around, strict=True))


def test_street_without_plate_is_not_sure(finder: OpenCvLocalizer) -> None:
    """Where there is no vehicle nothing is more likely a plate than not."""
    found = finder.detect(render(replace(SCENE, vehicles=())))

    assert [] == [place for place in found if place.score >= 0.5]


FRAMES = (
    *("one pixel", "tiny", "black", "white", "noise", "fence", "chequered", "text everywhere"),
    *("flat strip", "upright strip", "huge"),
)


def frames() -> dict[str, Any]:
    """Make frames that nobody photographed."""
    np = pytest.importorskip("numpy", reason="needs the extra `ocr`: pip install 'alpr-policy[ocr]'")
    noise = np.random.default_rng(5)
    grid = np.zeros((480, 640, 3), np.uint8)
    grid[:, ::4] = 255
    dots = np.zeros((480, 640, 3), np.uint8)
    dots[::2, ::2] = 255
    letters = np.full((480, 640, 3), 255, np.uint8)
    for x in range(4, 620, 14):
        for y in range(4, 460, 24):
            letters[y : y + 16, x : x + 3] = 0
            letters[y : y + 3, x : x + 9] = 0
    return {
        "one pixel": np.zeros((1, 1, 3), np.uint8),
        "tiny": noise.integers(0, 256, (16, 16, 3), np.uint8),
        "black": np.zeros((480, 640, 3), np.uint8),
        "white": np.full((480, 640, 3), 255, np.uint8),
        "noise": noise.integers(0, 256, (480, 640, 3), np.uint8),
        "fence": grid,
        "chequered": dots,
        "text everywhere": letters,
        "flat strip": noise.integers(0, 256, (3, 5000, 3), np.uint8),
        "upright strip": noise.integers(0, 256, (5000, 60, 3), np.uint8),
        "huge": np.repeat(np.repeat(noise.integers(0, 256, (200, 300, 3), np.uint8), 20, axis=0), 20, axis=1),
    }


def lawful(found: list[Detection], width: int, height: int) -> bool:
    """Say whether places are few, inside the frame, unsure enough, and ranked."""
    inside = all(
        0 <= x and 0 <= y and 1 <= w and 1 <= h and x + w <= width and y + h <= height
        for x, y, w, h in (place.box for place in found)
    )
    scores = [place.score for place in found]
    ranked = scores == sorted(scores, reverse=True) and max(scores, default=0) <= SUREST
    return inside and ranked and len(found) <= MAX_DETECTIONS


@pytest.mark.parametrize("name", FRAMES)
def test_no_frame_is_too_much(finder: OpenCvLocalizer, name: str) -> None:
    """Of any frame come at most eight places, all inside it, best first, none surer than allowed, twice the same."""
    frame = frames()[name]
    found = finder.detect(frame)

    assert lawful(found, frame.shape[1], frame.shape[0])
    assert found == finder.detect(frame)


def test_work_is_bounded(finder: OpenCvLocalizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much a frame is like letters, at most forty places are looked at, and eight of them again."""
    from alpr_policy_adapters.plates import opencv_localizer as module

    looks: list[int] = []
    cut = module.cut_patch
    monkeypatch.setattr(module, "cut_patch", lambda *args: (looks.append(1), cut(*args))[1])
    finder.detect(frames()["text everywhere"])

    assert 0 < len(looks) <= 48


def test_frame_is_left_alone(finder: OpenCvLocalizer, plate_picture: Any) -> None:
    """Looking for plates changes nothing in the frame."""
    before = plate_picture.copy()
    finder.detect(plate_picture)

    assert (before == plate_picture).all()


def test_detector_needs_no_model(finder: OpenCvLocalizer) -> None:
    """The detector names no model file, since there is none."""
    assert {} == dict(finder.models)


def test_missing_opencv_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without OpenCV the detector says which extra brings it."""
    monkeypatch.setitem(sys.modules, "cv2", None)

    with pytest.raises(MissingExtraError) as caught:
        OpenCvLocalizer()
    assert "ocr" == caught.value.extra
