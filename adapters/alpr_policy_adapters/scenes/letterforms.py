"""Letters as masks: strokes of our own in the manner of embossed dies, OpenCV's stroke letters, installed typefaces."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from math import tan
from pathlib import Path
from typing import TYPE_CHECKING

from alpr_policy.errors import MissingExtraError

if TYPE_CHECKING:
    from alpr_policy_adapters.scenes.plate import Picture

# Each letter is a list of strokes on a grid of 8 by 8: two figures are a point, `!` keeps its corner sharp where the
# others are rounded by the face's radius, `z` closes the stroke. Drawn for this project from plain geometry.
_STROKES = {
    "0": "00 80 88 08 z",
    "1": "22 40! 48",
    "2": "02 00 80 83 08! 88",
    "3": "01 00 80 84 34|34 84 88 08 07",
    "4": "68 60! 05! 85",
    "5": "80 00! 03! 83 88 08 06",
    "6": "81 80 00 08 88 84 04",
    "7": "00 80! 28",
    "8": "10 70 74 14 z|04 84 88 08 z",
    "9": "07 08 88 80 00 04 84",
    "A": "08 40! 88|25 65",
    "B": "00! 70 74 04! z|04! 84 88 08! z",
    "C": "82 80 00 08 88 86",
    "D": "00! 80 88 08! z",
    "E": "80 00! 08! 88|04 64",
    "F": "80 00! 08|04 64",
    "G": "82 80 00 08 88 85! 55",
    "H": "00 08|80 88|04 84",
    "I": "40 48",
    "J": "80 88 08 05",
    "K": "00 08|80 05|33 88",
    "L": "00 08! 88",
    "M": "08 00! 45! 80! 88",
    "N": "08 00! 88! 80",
    "O": "00 80 88 08 z",
    "P": "08 00! 80 84 04",
    "Q": "00 80 88 08 z|55 88",
    "R": "08 00! 80 84 04|44 88",
    "S": "81 80 00 04 84 88 08 07",
    "T": "00 80|40 48",
    "U": "00 08 88 80",
    "V": "00 48! 80",
    "W": "00 28! 42! 68! 80",
    "X": "00 88|80 08",
    "Y": "00 44! 80|44 48",
    "Z": "00 80! 08! 88",
}
_OTHER = {
    "open four": {"4": "10 05! 85|62 68"},
    "flat three": {"3": "00 80! 43! 83 88 08 06"},
    "straight six": {"6": "70 03 08 88 84 04", "9": "18 85 80 00 04 84"},
    "footed one": {"1": "22 40! 48|18 78"},
    "bar one": {"1": "40 48"},
    "crossed zero": {"0": "00 80 88 08 z|71 17"},
    "barred i": {"I": "40 48|20 60|28 68"},
    "hooked j": {"J": "40 80! 88 08 05"},
    "deep m": {"M": "08 00! 48! 80! 88", "W": "00 28! 40! 68! 80"},
    "flat a": {"A": "08 20 60 88|15 75"},
    "steep seven": {"7": "01 00 80! 48"},
    "short g": {"G": "81 80 00 08 88 86! 46"},
    "wide q": {"Q": "00 80 88 08 z|66 79"},
}
VARIANTS = tuple(_OTHER)
"""What a face of strokes may do otherwise, by name; any of them together."""

NARROW = {"I": 0.3, "1": 0.55}
WIDE = {"M": (1.15, 0.88), "W": (1.22, 0.76), "Q": (1.0, 0.9)}
HERSHEY = ("simplex", "duplex", "complex", "triplex")
TALL = 120
"""The height in pixels at which letters are drawn before they are fitted to a plate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A letterform: `kind` is `strokes`, one of `HERSHEY`, or the path of a typeface file.

    `width` and `weight` are shares of the letters' height, `radius` a share of their width, `slant` in radians.
    """

    kind: str = "strokes"
    width: float = 0.5
    weight: float = 0.14
    radius: float = 0.4
    slant: float = 0.0
    square: bool = False
    variants: frozenset[str] = frozenset()


def find_typefaces(least: int = 20_000) -> tuple[str, ...]:
    """Find upright sans typefaces in installed packages; nothing where Pillow or all of them are missing.

    Which there are depends on the machine, so that a picture drawn with one need not repeat elsewhere.
    """
    found: list[str] = []
    if find_spec("PIL") is None:
        return ()
    for package, inside in (("cv2", "qt/fonts"), ("matplotlib", "mpl-data/fonts/ttf")):
        spec = find_spec(package)
        for folder in spec.submodule_search_locations or () if spec else ():
            found += [str(p) for p in sorted((Path(folder) / inside).glob("*.ttf")) if p.stat().st_size >= least]
    wrong = (
        "Oblique",
        "Italic",
        "Light",
        "Mono",
        "Serif",
        "STIX",
        "cmex",
        "cmmi",
        "cmsy",
        "Display",
        "cmr",
        "cmb",
        "LastResort",
    )
    names = {Path(p).name: p for p in found if not any(w in p for w in wrong)}
    return tuple(names.values())


def letter(c: str, face: Face) -> Picture:
    """Draw one of A-Z and 0-9 as a mask, 255 where inked, cut to its ink from side to side; KeyError for others."""
    import cv2
    import numpy as np

    if face.kind == "strokes":
        mask = _stroked(c, face)
    elif face.kind in HERSHEY:
        mask = _hershey(c, face)
    else:
        mask = _typeface(c, face)
    if face.slant:
        lean = np.array([[1, -tan(face.slant), tan(face.slant) * TALL], [0, 1, 0]], np.float64)
        mask = np.pad(mask, ((0, 0), (TALL // 3, TALL // 3)))
        mask = np.asarray(cv2.warpAffine(mask, lean, (mask.shape[1], TALL)), np.uint8)
    columns = np.flatnonzero(mask.any(axis=0))
    return mask[:, columns[0] : columns[-1] + 1] if len(columns) else mask


def _stroked(c: str, face: Face) -> Picture:
    """Draw a letter with a pen that is round, or square and as heavy in every direction."""
    import cv2
    import numpy as np

    strokes = _STROKES[c]
    for name in VARIANTS:
        if name in face.variants:
            strokes = _OTHER[name].get(c, strokes)
    broad, light = WIDE.get(c, (1.0, 1.0))
    heavy = max(3, round(face.weight * light * TALL))
    share = 1.0 if "|20 60" in strokes or "|18" in strokes else NARROW.get(c, 1.0)
    wide = max(1.0, face.width * TALL * broad * (0.62 if share == 1.0 and c in NARROW else share) - heavy)
    deep = TALL - heavy
    half, room = heavy / 2, 8
    mask = np.zeros((TALL, round(wide) + heavy + 2 * room), np.uint8)
    radius = face.radius * face.width * TALL
    for stroke in strokes.split("|"):
        points = _rounded(stroke, wide / 8, deep / 8, min(radius, deep * 0.24 if c in "358BS" else radius))
        line = np.rint((np.array(points) + np.array((half + room - 0.5, half - 0.5))) * 16).astype(np.int32)
        if face.square:
            cv2.polylines(mask, [line], stroke.endswith("z"), 255, 1, cv2.LINE_8, 4)
        else:
            cv2.polylines(mask, [line], stroke.endswith("z"), 255, heavy, cv2.LINE_AA, 4)
    return np.asarray(cv2.dilate(mask, np.ones((heavy, heavy), np.uint8)), np.uint8) if face.square else mask


def _rounded(stroke: str, across: float, down: float, radius: float) -> list[tuple[float, float]]:
    """Turn a stroke into points, with its corners rounded."""
    words = stroke.split()
    closed = words[-1] == "z"
    words = words[:-1] if closed else words
    places = [(int(w[0]) * across, int(w[1]) * down) for w in words]
    out: list[tuple[float, float]] = []
    for i, (word, here) in enumerate(zip(words, places, strict=True)):
        if "!" in word or (not closed and i in (0, len(words) - 1)):
            out.append(here)
            continue
        before, after = places[i - 1], places[(i + 1) % len(places)]
        out += _arc(before, here, after, radius)
    return out


def _arc(
    before: tuple[float, float], here: tuple[float, float], after: tuple[float, float], radius: float
) -> list[tuple[float, float]]:
    """Give the points of a rounded corner: a quadratic curve that begins and ends on the two sides."""
    ends = []
    for other in (before, after):
        apart = ((other[0] - here[0]) ** 2 + (other[1] - here[1]) ** 2) ** 0.5
        share = min(0.5, radius / apart) if apart else 0.0
        ends.append((here[0] + (other[0] - here[0]) * share, here[1] + (other[1] - here[1]) * share))
    (ax, ay), (bx, by) = ends
    # A curve pulled further into the corner than a parabola looks like the quarter of a circle.
    pull = 0.18
    hx, hy = here[0] + (here[0] - (ax + bx) / 2) * pull, here[1] + (here[1] - (ay + by) / 2) * pull
    steps = [t / 6 for t in range(7)]
    return [
        (
            ax * (1 - t) ** 2 + 2 * hx * t * (1 - t) + bx * t**2,
            ay * (1 - t) ** 2 + 2 * hy * t * (1 - t) + by * t**2,
        )
        for t in steps
    ]


def _hershey(c: str, face: Face) -> Picture:
    """Draw a letter with one of OpenCV's stroke alphabets."""
    import cv2
    import numpy as np

    font = getattr(cv2, f"FONT_HERSHEY_{face.kind.upper()}")
    bold = max(2, round(face.weight * TALL))
    scale = cv2.getFontScaleFromHeight(font, TALL - bold, 1)
    (wide, _), below = cv2.getTextSize(c, font, scale, bold)
    mask = np.zeros((TALL + 2 * bold + below, wide + 2 * bold), np.uint8)
    cv2.putText(mask, c, (bold, TALL + bold // 2), font, scale, 255, bold, cv2.LINE_AA)
    return _pressed(mask, c, face)


def _typeface(c: str, face: Face) -> Picture:
    """Draw a letter with a typeface file through Pillow."""
    import numpy as np

    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError as error:
        raise MissingExtraError("drawing with typeface files", "ocr") from error
    font = ImageFont.truetype(face.kind, round(TALL * 1.3))
    picture = Image.new("L", (TALL * 3, TALL * 3))
    ImageDraw.Draw(picture).text((TALL, TALL // 2), c, fill=255, font=font)
    return _pressed(np.asarray(picture, np.uint8), c, face)


def _pressed(mask: Picture, c: str, face: Face) -> Picture:
    """Cut a letter to its ink and press it to the face's width; narrow letters stay narrow."""
    import cv2
    import numpy as np

    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    inked = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    natural = inked.shape[1] * TALL / inked.shape[0]
    # 0.72 is about what a capital of these alphabets measures across.
    wide = max(6, min(round(natural * face.width / 0.72), round(TALL * face.width * 1.25)))
    return np.asarray(cv2.resize(inked, (wide, TALL), interpolation=cv2.INTER_AREA), np.uint8)
