"""A serial set in a line: each character in its place, stacked groups small, separators by their kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alpr_policy_adapters.scenes.formats import SEPARATORS
from alpr_policy_adapters.scenes.letterforms import Face, letter

if TYPE_CHECKING:
    from alpr_policy_adapters.scenes.plate import Picture

Spot = tuple[int, int, int]
"""Where a small sign stands in the line: its middle and its breadth in pixels."""

MARKS = {" ": 0.0, "-": 0.32, ".": 0.16, "*": 0.5}
"""How broad what a separator shows is, as a share of the letters' height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where the serial stands: shares of the plate's height (`tall`, `middle`) and width (`margin`).

    `gap` and `space` are shares of the letters' height, between letters and at a separator. With `spread` a short
    serial is spaced out; with `stagger` the two characters of a stack lean apart.
    """

    tall: float = 0.48
    middle: float = 0.54
    margin: float = 0.05
    gap: float = 0.12
    space: float = 0.4
    spread: bool = False
    stagger: bool = False


def draw_serial(
    size: tuple[int, int], line: list[tuple[str, bool]], face: Face, setting: Setting
) -> tuple[Picture, list[Spot]]:
    """Set a line of characters, stacks and separators; give its mask and the places of small signs."""
    import cv2
    import numpy as np

    width, height = size
    tall = round(setting.tall * height)
    masks = [None if text in SEPARATORS else _cell(text, stacked, face, setting) for text, stacked in line]
    wide = [
        (max(MARKS[text], setting.space * 0.6) if mask is None else mask.shape[1] / mask.shape[0])
        for (text, _), mask in zip(line, masks, strict=True)
    ]
    room = width * (1 - 2 * setting.margin) / tall
    gap, press = _fitted(wide, room, setting)
    x = (width - tall * press * (sum(wide) + gap * (len(wide) - 1))) / 2
    top = min(round(setting.middle * height - tall / 2), height - tall - 1)
    out = np.zeros((height, width), np.uint8)
    signs: list[Spot] = []
    for (text, _), mask, share in zip(line, masks, wide, strict=True):
        breadth = max(1, round(share * tall * press))
        left = min(max(0, round(x)), width - breadth)
        if mask is not None:
            out[top : top + tall, left : left + breadth] = cv2.resize(
                mask, (breadth, tall), interpolation=cv2.INTER_AREA
            )
        elif text == "*":
            signs.append((left + breadth // 2, top + tall // 2, max(4, round(MARKS["*"] * tall * press))))
        elif text in "-.":
            _separate(out, text, (left + breadth // 2, top + tall // 2), round(MARKS[text] * tall * press))
        x += (share + gap) * tall * press
    return out, signs


def _fitted(wide: list[float], room: float, setting: Setting) -> tuple[float, float]:
    """Give the gap between letters, and how much the line is pressed together to fit."""
    gaps = max(1, len(wide) - 1)
    gap = setting.gap
    free = room - sum(wide) - gap * gaps
    if free < 0:
        return gap, room / (sum(wide) + gap * gaps)
    if setting.spread:
        gap = min(gap + free / gaps, setting.gap * 2.2)
    return gap, 1.0


def _cell(text: str, stacked: bool, face: Face, setting: Setting) -> Picture:
    """Draw one character, or a stack of small ones in one cell."""
    import cv2
    import numpy as np

    if not stacked:
        return letter(text, face)
    drawn = [letter(c, face) for c in text]
    tall = drawn[0].shape[0]
    part = round(tall * 0.92 / len(text))
    small = [
        np.asarray(
            cv2.resize(m, (max(3, round(m.shape[1] * 0.52)), round(part * 0.9)), interpolation=cv2.INTER_AREA), np.uint8
        )
        for m in drawn
    ]
    breadth = max(m.shape[1] for m in small) + (tall // 10 if setting.stagger else 0)
    out = np.zeros((tall, breadth), np.uint8)
    for i, m in enumerate(small):
        top = round(i * (tall - m.shape[0]) / (len(small) - 1))
        left = (breadth - m.shape[1]) * i // (len(small) - 1) if setting.stagger else (breadth - m.shape[1]) // 2
        out[top : top + m.shape[0], left : left + m.shape[1]] = m
    return out


def _separate(mask: Picture, text: str, middle: tuple[int, int], breadth: int) -> None:
    """Draw a hyphen or a raised dot."""
    import cv2

    (x, y), half = middle, max(2, breadth // 2)
    if text == ".":
        cv2.circle(mask, (x, y), half, 255, -1, cv2.LINE_AA)
    else:
        thick = max(2, breadth // 3)
        cv2.rectangle(mask, (x - half, y - thick // 2), (x + half, y + (thick - 1) // 2), 255, -1)
