"""Plates in many styles: every layout can be invented, drawn, and drawn again to the same pixels."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_policy_adapters.registration import STATES
from alpr_policy_adapters.scenes.formats import FORMATS, SPECIAL, cells, check_layout, marks, suits
from alpr_policy_adapters.scenes.letterforms import HERSHEY, VARIANTS, Face, find_typefaces, letter
from alpr_policy_adapters.scenes.paints import LEAST_CONTRAST, grey
from alpr_policy_adapters.scenes.plate import LAYOUTS
from alpr_policy_adapters.scenes.styles import draw_styled, invent, random_style

EVERY = sorted({layout for layouts in FORMATS.values() for layout in layouts} | set(SPECIAL))
CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.fixture(scope="module")
def cv2() -> Any:
    """Return OpenCV, or skip."""
    return pytest.importorskip("cv2", reason="needs the extra `ocr`: pip install 'alpr-policy[ocr]'")


def test_every_state_has_layouts() -> None:
    """The fifty states and the federal district have layouts, and those of the recipes are among them."""
    territories = {"AS", "GU", "MP", "PR", "VI"}
    provinces = {"AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"}

    assert set(STATES) - territories - provinces == set(FORMATS)
    assert all(len(layouts) == len(set(layouts)) for layouts in FORMATS.values())
    for state, layout in LAYOUTS.items():
        assert layout.replace(" ", "") in {marks(known) for known in FORMATS[state]}


@given(layout=st.sampled_from(EVERY), seed=st.integers(0, 2**32), every=st.booleans())
def test_invented_serial_suits_its_layout(layout: str, seed: int, every: bool) -> None:
    """An invented serial suits its layout, repeats with its seed, and has no doubtful letter unless asked."""
    serial = invent(layout, seed, all_letters=every)

    assert suits(serial, layout)
    assert serial == invent(layout, seed, all_letters=every)
    assert every or not set(serial) & set("IOQ") - set(marks(layout))


def test_all_letters_come_when_asked() -> None:
    """With all letters allowed, every letter of the alphabet is invented sooner or later."""
    made = {c for seed in range(60) for c in invent("@@@@@@@", seed, all_letters=True)}

    assert set("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == made


@pytest.mark.parametrize("layout", ["", " ", "#########", "{@}##", "{@@", "@@?#", "@@\n#", "#" * 9999])
def test_only_patterns_are_layouts(layout: str) -> None:
    """What is no pattern of one to eight characters is refused."""
    with pytest.raises(ValueError, match="no layout"):
        check_layout(layout)


@pytest.mark.parametrize(
    ("serial", "layout", "expected"),
    [
        ("7RBT58", "#@@@ ##", [("7", False), ("R", False), ("B", False), ("T", False), (" ", False), ("5", False)]),
        ("AB1234", "{@@}-####", [("AB", True), ("-", False), ("1", False), ("2", False), ("3", False), ("4", False)]),
        ("12K345", "##*@###", [("1", False), ("2", False), ("*", False), ("K", False), ("3", False), ("4", False)]),
    ],
)
def test_serial_is_walked_as_its_layout_writes_it(serial: str, layout: str, expected: list[tuple[str, bool]]) -> None:
    """Separators stand where the layout has them, and a stack's characters come together."""
    assert expected == list(cells(serial, layout))[:6]


@pytest.mark.parametrize("kind", ["strokes", "square", "variants", *HERSHEY, "typefaces"])
def test_no_two_characters_of_a_face_look_the_same(cv2: Any, kind: str) -> None:
    """Each character is drawn, and differs from every other one by more than a few pixels, but for O and 0."""
    import numpy as np

    faces = {"strokes": [Face()], "square": [Face(square=True)], "variants": [Face(variants=frozenset(VARIANTS))]}
    chosen = faces.get(kind) or [Face(kind=path) for path in find_typefaces()] or [Face()]
    chosen = [Face(kind=kind, weight=0.1)] if kind in HERSHEY else chosen
    for face in chosen:
        drawn = {c: cv2.resize(letter(c, face), (40, 80)).astype(np.int16) for c in CHARACTERS}
        near = {
            one + other
            for one in CHARACTERS
            for other in CHARACTERS
            if one < other and np.abs(drawn[one] - drawn[other]).mean() < 6
        }
        assert near <= {"0O"}, face


def test_same_style_same_pixels(cv2: Any) -> None:
    """A serial in the style of a seed is drawn to the same pixels in any order of calls, and another seed to others."""
    first = draw_styled("7RBT58", "#@@@ ##", 11)
    other = draw_styled("7RBT58", "#@@@ ##", 12)

    assert (240, 480, 3) == first.shape
    assert first.tobytes() == draw_styled("7RBT58", "#@@@ ##", 11).tobytes()
    assert first.tobytes() != other.tobytes()
    assert first.tobytes() != draw_styled("7RBT59", "#@@@ ##", 11).tobytes()
    assert random_style(random.Random(11)) == random_style(random.Random(11))


@pytest.mark.parametrize("layout", EVERY)
def test_every_layout_can_be_drawn(cv2: Any, layout: str) -> None:
    """A plate of each layout is drawn, with ink that stands out from the paper."""
    import numpy as np

    style = random_style(random.Random(EVERY.index(layout)), pristine=True)
    picture = draw_styled(invent(layout, 5), layout, style, width=240)

    assert (120, 240, 3) == picture.shape
    assert LEAST_CONTRAST <= abs(grey(style.paint.ink) - grey(style.paint.paper))
    assert 15 < np.asarray(picture[30:100], np.float32).std()


@pytest.mark.parametrize(
    ("serial", "layout", "width", "message"),
    [("AB12", "@@@ ###", 480, "not arranged"), ("AB12", "[ab]", 480, "no layout"), ("AB12", "@@##", 10, "pixels wide")],
)
def test_what_cannot_be_drawn_is_refused(cv2: Any, serial: str, layout: str, width: int, message: str) -> None:
    """A serial that does not suit, a pattern that is none and a size out of bounds are errors."""
    with pytest.raises(ValueError, match=message):
        draw_styled(serial, layout, 1, width=width)
