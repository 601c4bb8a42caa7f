"""Plates in many styles: every part of a style is drawn by lot, and none is any state's own design.

A style is plain data, so that the same style and serial always give the same pixels (with one version of OpenCV).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alpr_policy.errors import MissingExtraError
from alpr_policy_adapters.registration import STATES
from alpr_policy_adapters.scenes.formats import FORMATS, cells, check_layout, invent_serial, suits
from alpr_policy_adapters.scenes.furniture import Furniture, draw_furniture, random_furniture
from alpr_policy_adapters.scenes.letterforms import HERSHEY, VARIANTS, Face
from alpr_policy_adapters.scenes.paints import Paint, draw_paper, random_paint
from alpr_policy_adapters.scenes.serials import Setting, draw_serial
from alpr_policy_adapters.scenes.wear import Wear, age, emboss, random_wear

if TYPE_CHECKING:
    from alpr_policy_adapters.scenes.plate import Picture

__all__ = ["FORMATS", "Style", "draw_styled", "invent", "random_style"]

DEFAULT_WIDTH = 480
LEAST_WIDTH, MOST_WIDTH = 96, 1200

invent = invent_serial


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a plate looks: its letters and where they stand, its paint, what is fixed to it, and its age.

    `seed` places what is strewn over the plate: pictures behind the serial, grain and dirt.
    """

    seed: int
    face: Face
    setting: Setting
    paint: Paint
    furniture: Furniture
    wear: Wear


def random_style(
    rng: random.Random, *, state: str | None = None, typefaces: Sequence[str] = (), pristine: bool = False
) -> Style:
    """Draw a style by lot: equal states of `rng` give equal styles.

    With `state` (a postal code) the plate may bear that state's name, else any name or none. Typeface files come only
    from `typefaces`, see `letterforms.find_typefaces`. `pristine` leaves out frames, dirt, dents and fading.
    """
    return Style(
        seed=rng.randrange(2**31),
        face=_random_face(rng, typefaces),
        setting=_random_setting(rng),
        paint=random_paint(rng),
        furniture=random_furniture(rng, name=STATES[state] if state else None, framed=not pristine),
        wear=random_wear(rng, pristine=pristine),
    )


def draw_styled(serial: str, layout: str, style: Style | int, *, width: int = DEFAULT_WIDTH) -> Picture:
    """Draw a serial as a flat plate, `width` x `width` / 2 pixels, BGR; an int stands for the style of that seed.

    `layout` is a pattern of `formats`. ValueError if it is none, if the serial does not suit it, or for a width out of
    96 to 1,200 pixels; MissingExtraError without the extra `ocr`.
    """
    try:
        import cv2  # noqa: F401  # its absence is told before anything is drawn
        import numpy as np
    except ImportError as error:
        raise MissingExtraError("drawing plates", "ocr") from error

    check_layout(layout)
    if not suits(serial, layout):
        raise ValueError(f"{serial[:40]} is not arranged as {layout}")
    if not LEAST_WIDTH <= width <= MOST_WIDTH:
        raise ValueError(f"a plate is {LEAST_WIDTH} to {MOST_WIDTH} pixels wide, not {width}")
    if isinstance(style, int):
        style = random_style(random.Random(style))
    size = (width, width // 2)
    chance = np.random.default_rng(style.seed)
    picture = draw_paper(size, style.paint, chance)
    inked, signs = draw_serial(size, list(cells(serial, layout)), style.face, style.setting)
    picture = emboss(picture, inked, style.paint.ink, style.wear)
    draw_furniture(picture, style.furniture, style.paint, signs)
    return age(picture, style.wear, chance)


def _random_face(rng: random.Random, typefaces: Sequence[str]) -> Face:
    """Choose letters: mostly the strokes of dies, as most plates have them."""
    kinds = ["strokes"] * 7 + ["hershey"] * 3 + ["typeface"] * (2 if typefaces else 0)
    kind = rng.choice(kinds)
    width = rng.triangular(0.38, 0.62, 0.48)
    slant = rng.choice((0.0,) * 9 + (rng.uniform(-0.06, 0.14),))
    if kind == "typeface":
        return Face(kind=rng.choice(list(typefaces)), width=width, slant=slant)
    if kind == "hershey":
        kind = rng.choice(HERSHEY)
        least, most = {"simplex": (0.11, 0.19), "duplex": (0.08, 0.13)}.get(kind, (0.06, 0.1))
        return Face(kind=kind, width=width, weight=rng.uniform(least, most), slant=slant)
    variants = frozenset(name for name in VARIANTS if rng.random() < (0.06 if name == "crossed zero" else 0.35))
    return Face(
        width=width,
        weight=rng.triangular(0.09, 0.19, 0.14),
        radius=rng.uniform(0.12, 0.6),
        slant=slant,
        square=rng.random() < 0.15,
        variants=variants,
    )


def _random_setting(rng: random.Random) -> Setting:
    """Choose how large the serial is and where it stands."""
    return Setting(
        tall=rng.triangular(0.38, 0.6, 0.48),
        middle=rng.triangular(0.48, 0.6, 0.54),
        margin=rng.uniform(0.045, 0.1),
        gap=rng.triangular(0.06, 0.24, 0.12),
        space=rng.uniform(0.25, 0.8),
        spread=rng.random() < 0.6,
        stagger=rng.random() < 0.7,
    )
