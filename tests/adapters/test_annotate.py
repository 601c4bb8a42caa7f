"""Pictures with reads drawn on them: every label inside the picture, and over no plate and no other label."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_policy_adapters.plate_read import PlateRead
from alpr_policy_adapters.plates import annotate
from alpr_policy_adapters.plates.annotate import drawn, spot

Box = tuple[int, int, int, int]
LABEL = (150, 22)


def shared(a: Box, b: Box) -> int:
    """Count the pixels that two boxes share."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(w, 0) * max(h, 0)


@pytest.mark.parametrize(
    ("plate", "others", "expected"),
    [
        ((200, 100, 120, 40), [], (200, 75, *LABEL)),
        ((200, 0, 120, 40), [], (200, 43, *LABEL)),
        ((600, 100, 35, 20), [], (489, 75, *LABEL)),
        ((200, 100, 120, 40), [(200, 60, 120, 35)], (200, 143, *LABEL)),
        ((200, 100, 120, 40), [(200, 60, 120, 35), (200, 145, 120, 35)], (323, 109, *LABEL)),
    ],
)
def test_a_label_goes_where_it_hides_nothing(plate: Box, others: list[Box], expected: Box) -> None:
    """Over its plate, else under it, else beside it; and never out of the picture."""
    assert expected == spot(LABEL, plate, [plate, *others], (640, 360), 3)


@given(st.integers(0, 640), st.integers(0, 360), st.integers(1, 640), st.integers(1, 360))
def test_a_label_is_inside_the_picture(x: int, y: int, w: int, h: int) -> None:
    """Wherever a plate is and however large, its label is whole; it hides the plate only for want of room."""
    plate = (x, y, w, h)
    box = spot(LABEL, plate, [plate], (640, 360), 3)

    assert (True, True) == (0 <= box[0] <= 640 - LABEL[0], 0 <= box[1] <= 360 - LABEL[1])
    room = max(x, 640 - x - w) > LABEL[0] + 3 or max(y, 360 - y - h) > LABEL[1] + 3
    assert not (room and shared(box, plate))


READS: list[list[Box]] = [
    [(200, 60, 120, 40), (200, 110, 120, 40), (210, 160, 120, 40), (560, 320, 70, 30), (0, 0, 90, 30)],
    [(100, 10, 120, 40), (300, 150, 140, 50), (450, 150, 120, 40)],
    [(0, 100, 60, 30), (580, 100, 60, 30)],
]


@pytest.mark.parametrize("boxes", READS)
def test_labels_hide_no_plate_and_no_label(cv2: Any, monkeypatch: pytest.MonkeyPatch, boxes: list[Box]) -> None:
    """However close the plates of a picture are, each stays visible, and so does each label."""
    import numpy as np

    placed: list[Box] = []
    monkeypatch.setattr(annotate, "spot", lambda *words: placed.append(spot(*words)) or placed[-1])  # type: ignore[func-returns-value]  # append gives None
    reads = [PlateRead(raw=f"AAA11{n}", plate=f"AAA11{n}", confidence=0.9, box=box) for n, box in enumerate(boxes)]
    frame = np.full((360, 640, 3), 120, np.uint8)
    picture = drawn(frame, reads)

    assert [] == [(label, box) for label in placed for box in boxes if shared(label, box)]
    assert [] == [(a, b) for n, a in enumerate(placed) for b in placed[:n] if shared(a, b)]
    assert (len(boxes), True, True) == (len(placed), bool((picture != frame).any()), bool((frame == 120).all()))


@pytest.mark.parametrize("width", [60, 150, 640])
def test_a_label_is_as_small_as_the_picture_demands(cv2: Any, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """In a narrow picture the label is written smaller, so that none of it is cut off."""
    import numpy as np

    placed: list[Box] = []
    monkeypatch.setattr(annotate, "spot", lambda *words: placed.append(spot(*words)) or placed[-1])  # type: ignore[func-returns-value]  # append gives None
    read = PlateRead(raw="AAA111", plate="AAA111", confidence=0.9, box=(5, 50, 40, 20))
    drawn(np.full((120, width, 3), 120, np.uint8), [read])

    assert placed[0][0] + placed[0][2] <= width
