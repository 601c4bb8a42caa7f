"""Places in a frame, and the two looks of the default detector: what is kept, and how much work a frame can cause."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_policy_adapters.plates.clp_detector import CLOSE_WIDTHS, MAX_PLACES, ClpDetector
from alpr_policy_adapters.plates.places import overlap, strongest, surroundings
from alpr_policy_adapters.plates.protocol import Detection

np = pytest.importorskip("numpy", reason="needs the extra `ocr`: pip install 'alpr-policy[ocr]'")

boxes = st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(1, 50), st.integers(1, 50))


def _at(x: int, y: int, score: float, w: int = 20, h: int = 10) -> Detection:
    return Detection(box=(x, y, w, h), corners=((x, y), (x + w, y), (x + w, y + h), (x, y + h)), score=score)


@given(boxes, boxes)
def test_overlap_is_a_share(a: Any, b: Any) -> None:
    """What two boxes share is the same from both sides, from nought to one, and one for a box and itself."""
    assert overlap(a, b) == overlap(b, a)
    assert 0 <= overlap(a, b) <= 1
    assert 1 == overlap(a, a)


def test_strongest_keeps_one_for_each_spot() -> None:
    """Of detections on one spot the best stays, best first, and no more than asked for."""
    found = [_at(0, 0, 0.5), _at(2, 0, 0.9), _at(60, 0, 0.7), _at(0, 60, 0.6)]

    assert [0.9, 0.7, 0.6] == [one.score for one in strongest(found, 0.3)]
    assert [0.9] == [one.score for one in strongest(found, 0.3, most=1)]


@given(boxes, st.floats(0, 3))
def test_surroundings_lie_in_the_frame(box: Any, margin: float) -> None:
    """What is cut around a box holds it as far as it lies in the frame, and is never empty."""
    frame = np.zeros((60, 80, 3), np.uint8)
    left, top, cut = surroundings(frame, box, margin)
    height, width = cut.shape[:2]

    assert 0 <= left <= box[0] and 0 <= top <= box[1]
    assert 1 <= height <= 60 and 1 <= width <= 80


class _Scripted(ClpDetector):
    """A detector whose network is replaced by what it is told; it counts the looks, and their pixels."""

    def __init__(self, whole: list[Detection], close: list[Detection]) -> None:
        self._long_side, self._min_score, self._max_overlap = 1280, 0.3, 0.3
        self.whole, self.close = whole, close
        self.pixels: list[float] = []

    def _look(self, frame: Any, scale: float, least: float) -> list[Detection]:
        self.pixels.append(frame.shape[0] * frame.shape[1] * scale * scale)
        return self.whole if frame.shape[:2] == (720, 1280) else self.close


def test_work_is_bounded() -> None:
    """However many places a frame seems to have, few are looked at closely, and each close look is a small one."""
    many = [_at(x, y, 0.2) for x in range(0, 1200, 40) for y in range(0, 700, 20)]
    tall = [_at(x, 0, 0.2, 2, 700) for x in range(0, 1200, 9)]
    for places in (many, tall):
        detector = _Scripted(places, [])
        assert [] == detector.detect(np.zeros((720, 1280, 3), np.uint8))
        assert 2 * (1 + MAX_PLACES * len(CLOSE_WIDTHS)) >= len(detector.pixels)
        assert 640 * 640 > sorted(detector.pixels)[-3]


def test_the_close_look_decides() -> None:
    """Box and score are those of the close look; a place that it does not see again is none."""
    frame = np.zeros((720, 1280, 3), np.uint8)
    first = Detection(box=(600, 300, 20, 10), corners=None, score=0.15)
    again = _at(22, 17, 0.9)

    (found,) = _Scripted([first], [again]).detect(frame)
    assert ((602, 302, 20, 10), 0.9) == (found.box, found.score)
    assert found.corners is not None
    assert (602, 302) == found.corners[0]
    assert [] == _Scripted([first], []).detect(frame)
    assert [] == _Scripted([first], [_at(0, 0, 0.9)]).detect(frame)
