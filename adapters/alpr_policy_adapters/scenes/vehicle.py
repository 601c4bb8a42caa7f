"""The rear of a vehicle with its plate, drawn flat on a canvas of its own; the scene then turns it in perspective."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alpr_policy_adapters.scenes.plate import HEIGHT, WIDTH, draw_plate

if TYPE_CHECKING:
    from alpr_policy_adapters.scenes.plate import Picture
    from alpr_policy_adapters.scenes.recipe import Vehicle

CANVAS = (2200, 1900)
"""Width and height of the canvas; a plate of 12 inches then makes a vehicle about 70 inches wide."""

MIDDLE = CANVAS[0] // 2
PLATE_AT = {"sedan": (MIDDLE, 1180), "van": (MIDDLE, 1330)}
PLATE_SCALE = 0.62
COLOURS = {
    "black": (46, 42, 40),
    "blue": (122, 78, 44),
    "green": (78, 96, 58),
    "grey": (112, 108, 104),
    "red": (48, 44, 138),
    "silver": (182, 180, 176),
    "white": (226, 226, 222),
}
GLASS, RUBBER, LAMP = (66, 56, 48), (34, 32, 32), (44, 34, 186)


def draw_vehicle(vehicle: Vehicle) -> tuple[Picture, Picture]:
    """Draw a vehicle; give its picture and its mask, both on the canvas."""
    import cv2
    import numpy as np

    picture = np.zeros((CANVAS[1], CANVAS[0], 3), np.uint8)
    mask = np.zeros((CANVAS[1], CANVAS[0]), np.uint8)
    colour = COLOURS[vehicle.body]
    outline = _sedan_body() if vehicle.kind == "sedan" else _van_body()
    for x in (MIDDLE - 780, MIDDLE + 560):
        cv2.rectangle(picture, (x, 1500), (x + 220, 1830), RUBBER, -1)
        cv2.rectangle(mask, (x, 1500), (x + 220, 1830), 255, -1)
    body = np.zeros_like(mask)
    cv2.fillPoly(body, [np.array(outline, np.int32)], 255, cv2.LINE_AA)
    _polygon(picture, outline, colour)
    _shade(picture, body)
    mask = cv2.max(mask, body)
    if vehicle.kind == "sedan":
        _sedan_details(picture, colour)
    else:
        _van_details(picture, colour)
    _mount_plate(picture, vehicle)
    return picture, mask


def plate_corners(kind: str) -> list[tuple[float, float]]:
    """Give the plate's corners on the canvas: top left, top right, bottom right, bottom left."""
    x, y = PLATE_AT[kind]
    w, h = WIDTH * PLATE_SCALE / 2, HEIGHT * PLATE_SCALE / 2
    return [(x - w, y - h), (x + w, y - h), (x + w, y + h), (x - w, y + h)]


def _mount_plate(picture: Picture, vehicle: Vehicle) -> None:
    """Put the plate into a dark recess."""
    import cv2

    flat = draw_plate(vehicle.plate, vehicle.layout, named=vehicle.named)
    size = (round(WIDTH * PLATE_SCALE), round(HEIGHT * PLATE_SCALE))
    x, y = PLATE_AT[vehicle.kind]
    left, top = x - size[0] // 2, y - size[1] // 2
    cv2.rectangle(
        picture, (left - 46, top - 34), (left + size[0] + 46, top + size[1] + 26), (52, 50, 50), -1, cv2.LINE_AA
    )
    for lamp in (left + 60, left + size[0] - 100):
        cv2.rectangle(picture, (lamp, top - 30), (lamp + 40, top - 18), (190, 206, 214), -1)
    picture[top : top + size[1], left : left + size[0]] = cv2.resize(flat, size, interpolation=cv2.INTER_AREA)


def _mirrored(half: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Complete the right half of an outline, given from the top middle down, by its mirror image."""
    return [(MIDDLE + x, y) for x, y in half] + [(MIDDLE - x, y) for x, y in reversed(half)]


def _sedan_body() -> list[tuple[int, int]]:
    """Outline a sedan from behind."""
    return _mirrored(
        [(0, 330), (380, 340), (500, 380), (650, 720), (800, 790), (850, 960), (860, 1440), (800, 1660), (0, 1680)]
    )


def _van_body() -> list[tuple[int, int]]:
    """Outline a van from behind."""
    return _mirrored([(0, 90), (560, 100), (680, 150), (780, 800), (810, 1000), (820, 1500), (780, 1670), (0, 1690)])


def _shade(picture: Picture, body: Picture) -> None:
    """Darken what the mask `body` covers from top to bottom and towards its sides, as light from above does."""
    import numpy as np

    down = np.linspace(1.18, 0.66, picture.shape[0], dtype=np.float32)[:, None]
    across = 1 - 0.22 * np.abs(np.linspace(-1.2, 1.2, picture.shape[1], dtype=np.float32))[None, :] ** 2
    lit = (picture.astype(np.float32) * (down * across)[:, :, None]).clip(0, 255).astype(np.uint8)
    picture[body > 0] = lit[body > 0]


def _darker(colour: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    """Give a colour at that share of its brightness."""
    blue, green, red = (round(c * share) for c in colour)
    return (blue, green, red)


def _polygon(picture: Picture, points: list[tuple[int, int]], colour: tuple[int, int, int]) -> None:
    """Fill a polygon on the canvas."""
    import cv2
    import numpy as np

    cv2.fillPoly(picture, [np.array(points, np.int32)], colour, cv2.LINE_AA)


def _lamps(picture: Picture, corners: list[tuple[int, int]]) -> None:
    """Draw a pair of tail lamps from the right one's corners, each with a brighter field and a white one inside."""
    cx, cy = (sum(c[i] for c in corners) / len(corners) for i in (0, 1))
    for share, drop, colour in ((1.0, 0.0, LAMP), (0.72, -0.1, (70, 66, 222)), (0.3, 0.25, (206, 210, 220))):
        tall = max(y for _, y in corners) - min(y for _, y in corners)
        field = [(round(cx + (x - cx) * share), round(cy + (y - cy) * share + drop * tall)) for x, y in corners]
        for side in (1, -1):
            _polygon(picture, [(MIDDLE + side * x, y) for x, y in field], colour)


def _sedan_details(picture: Picture, colour: tuple[int, int, int]) -> None:
    """Draw window, boot lid, lamps, bumper and exhaust of a sedan."""
    import cv2

    _polygon(picture, _mirrored([(0, 400), (360, 405), (450, 430), (570, 700), (0, 730)]), GLASS)
    _polygon(picture, [(820, 404), (960, 402), (820, 716), (640, 708)], _darker(GLASS, 1.35))
    cv2.line(picture, (MIDDLE - 640, 800), (MIDDLE + 640, 800), _darker(colour, 0.5), 7, cv2.LINE_AA)
    _lamps(picture, [(600, 860), (845, 880), (850, 1080), (600, 1060)])
    cv2.rectangle(picture, (MIDDLE - 130, 985), (MIDDLE + 130, 1015), _darker(colour, 1.25), -1, cv2.LINE_AA)
    cv2.line(picture, (MIDDLE - 600, 860), (MIDDLE - 520, 1330), _darker(colour, 0.55), 6, cv2.LINE_AA)
    cv2.line(picture, (MIDDLE + 600, 860), (MIDDLE + 520, 1330), _darker(colour, 0.55), 6, cv2.LINE_AA)
    _bumper(picture, colour, 1350)


def _van_details(picture: Picture, colour: tuple[int, int, int]) -> None:
    """Draw the two doors, windows, lamps and bumper of a van."""
    import cv2

    for side in (1, -1):
        window = [(60, 240), (500, 250), (580, 700), (60, 710)]
        _polygon(picture, [(MIDDLE + side * x, y) for x, y in window], GLASS)
    cv2.line(picture, (MIDDLE, 130), (MIDDLE, 1180), _darker(colour, 0.5), 7, cv2.LINE_AA)
    cv2.line(picture, (MIDDLE - 700, 800), (MIDDLE + 700, 800), _darker(colour, 0.6), 6, cv2.LINE_AA)
    _lamps(picture, [(690, 830), (790, 836), (812, 1180), (700, 1170)])
    cv2.rectangle(picture, (MIDDLE + 40, 900), (MIDDLE + 190, 940), _darker(colour, 0.45), -1, cv2.LINE_AA)
    _bumper(picture, colour, 1480)


def _bumper(picture: Picture, colour: tuple[int, int, int], top: int) -> None:
    """Draw the bumper with its reflectors and the dark sill below it."""
    import cv2

    cv2.rectangle(picture, (MIDDLE - 840, top), (MIDDLE + 840, top + 130), _darker(colour, 0.74), -1, cv2.LINE_AA)
    cv2.line(picture, (MIDDLE - 840, top), (MIDDLE + 840, top), _darker(colour, 0.45), 6, cv2.LINE_AA)
    for x in (MIDDLE - 760, MIDDLE + 640):
        cv2.rectangle(picture, (x, top + 60), (x + 120, top + 90), (50, 46, 150), -1)
    cv2.rectangle(picture, (MIDDLE - 790, top + 130), (MIDDLE + 790, min(1690, top + 250)), (44, 42, 42), -1)
    cv2.ellipse(picture, (MIDDLE + 520, min(1670, top + 220)), (60, 24), 0, 0, 360, (150, 150, 150), 10, cv2.LINE_AA)
