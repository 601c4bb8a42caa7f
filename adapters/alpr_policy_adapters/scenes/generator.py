"""Random scenes drawn and written: pictures, `truth.tsv` beside them, and `scenes.json` with the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from errno import EEXIST
from pathlib import Path
from typing import TYPE_CHECKING

from alpr_policy.errors import MissingExtraError
from alpr_policy_adapters.scenes.bodies import MIDDLE, PLATE, SHAPES, draw_body
from alpr_policy_adapters.scenes.files import write_whole
from alpr_policy_adapters.scenes.grounds import draw_ground, draw_signs
from alpr_policy_adapters.scenes.plans import KINDS, SAMPLES, SIZES, Placed, Plan, plan_scene
from alpr_policy_adapters.scenes.styles import draw_styled
from alpr_policy_adapters.scenes.view import Point, project
from alpr_policy_adapters.scenes.weather import coarsened, expose

if TYPE_CHECKING:
    from alpr_policy_adapters.scenes.plate import Picture

TRUTH, DETAILS = "truth.tsv", "scenes.json"
HEADER = "file\tx\ty\tw\th\tplate"
MOST = 100_000


def plans(count: int, seed: int, *, kinds: Sequence[str] = KINDS, size: tuple[int, int] = SIZES[0]) -> Iterator[Plan]:
    """Plan `count` scenes of a seed, whose kinds take turns; ValueError for a kind, a size or a count out of bounds."""
    if not 0 <= count <= MOST or not kinds:
        raise ValueError(f"scenes are 0 to {MOST:,} at a time, of one kind at least")
    return (plan_scene(seed, i, kinds[i % len(kinds)], size=size) for i in range(count))


def generate(
    count: int, seed: int, *, kinds: Sequence[str] = KINDS, size: tuple[int, int] = SIZES[0]
) -> Iterator[tuple[Plan, Picture]]:
    """Draw `count` scenes of a seed, one by one; the same arguments give the same scenes, see `plans`."""
    return ((plan, draw(plan)) for plan in plans(count, seed, kinds=kinds, size=size))


def draw(plan: Plan) -> Picture:
    """Draw a planned scene as a BGR picture; MissingExtraError without the extra `ocr`."""
    try:
        import cv2
        import numpy as np
    except ImportError as error:
        raise MissingExtraError("drawing scenes", "ocr") from error

    chance = np.random.default_rng(plan.seed)
    weather = plan.weather
    picture = draw_ground(plan.size, plan.ground, weather.light, chance)
    draw_signs(picture, plan.signs, chance)
    picture = np.asarray(cv2.convertScaleAbs(picture, alpha=weather.ambient), np.uint8)
    lamps: list[tuple[Point, float]] = []
    for placed in plan.vehicles:
        _place(picture, placed, plan)
        if placed.body.lit and weather.light in ("night", "dusk"):
            lamps += _lamps(placed)
    wide = max((placed.plate_width for placed in plan.vehicles), default=plan.size[0] / 10)
    return coarsened(expose(picture, weather, wide, lamps, plan.seed + 1), weather)


def encoded(plan: Plan, picture: Picture) -> bytes:
    """Encode a drawn scene as JPEG of its quality, with nothing in it but the pixels."""
    import cv2

    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, plan.weather.quality[1]])
    if not done:
        raise RuntimeError(f"{plan.file} could not be encoded")
    return bytes(data.tobytes())


def write_generated(
    folder: Path, wanted: Iterable[Plan], *, progress: Callable[[int], None] | None = None
) -> list[Path]:
    """Draw planned scenes into a folder, then write their truth; give the files written.

    Each file appears whole or not at all; `progress` is called with how many pictures are done. OSError where the
    folder cannot be written; FileExistsError where scenes or a truth are in it, since a picture that the new truth does
    not name would count as one without plates.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.glob("scene-*.jpg")) or (folder / TRUTH).exists() or (folder / DETAILS).exists():
        raise FileExistsError(EEXIST, "scenes are in the folder already; empty it, or name another")
    written, details, table = list[Path](), list[str](), [HEADER]
    for done, plan in enumerate(wanted, 1):
        written.append(write_whole(folder / plan.file, encoded(plan, draw(plan))))
        details.append(f"{json.dumps(plan.file)}: {json.dumps(plan.describe())}")
        table += truth_rows(plan)
        if progress:
            progress(done)
    written.append(write_whole(folder / DETAILS, ("{\n" + ",\n".join(details) + "\n}\n").encode()))
    written.append(write_whole(folder / TRUTH, ("\n".join(table) + "\n").encode()))
    return written


def truth_rows(plan: Plan) -> list[str]:
    """Give a row for each plate of a scene, tab separated: file, box inside the frame in pixels, serial."""
    return ["\t".join((plan.file, *map(str, box), placed.serial)) for box, placed in plan.boxes()]


def _place(picture: Picture, placed: Placed, plan: Plan) -> None:
    """Put a vehicle into the picture, within the box around it."""
    import cv2
    import numpy as np

    scale = min(1.0, placed.plate_width * SAMPLES / PLATE[0])
    weather = plan.weather
    plate = draw_styled(placed.serial, placed.layout, placed.style) if placed.serial and placed.style else None
    drawn, mask = draw_body(placed.body, plate, scale=scale, light=weather.ambient, plate_light=weather.plate_light)
    left, top, right, bottom = placed.extent()
    wheels = (bottom - top) * 0.16
    x0, y0 = max(0, int(left) - 4), max(0, int(top) - 4)
    x1, y1 = min(plan.size[0], int(right) + 5), min(plan.size[1], int(bottom + wheels) + 5)
    if x0 >= x1 or y0 >= y1:
        return
    view = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1]], np.float64) @ np.array(placed.view(scale), np.float64)
    size = (x1 - x0, y1 - y0)
    seen = cv2.warpPerspective(drawn, view, size, flags=cv2.INTER_LINEAR)
    share = cv2.warpPerspective(mask, view, size, flags=cv2.INTER_LINEAR)
    place = picture[y0:y1, x0:x1]
    _shadow(place, placed, (x0, y0))
    part = share[:, :, None].astype(np.float32) * np.float32(1 / 255)
    place[:] = (place + (seen.astype(np.float32) - place) * part).astype(np.uint8)


def _shadow(place: Picture, placed: Placed, corner: tuple[int, int]) -> None:
    """Darken the road under a vehicle."""
    import cv2
    import numpy as np

    (x, y), (far, _) = project(placed.view(), [(MIDDLE, 1800), (MIDDLE + 860, 1800)])
    half = (max(2, round(abs(far - x))), max(2, round(abs(far - x) * 0.09)))
    small = np.zeros((place.shape[0] // 4 + 1, place.shape[1] // 4 + 1), np.uint8)
    middle = (round((x - corner[0]) / 4), round((y - corner[1]) / 4))
    cv2.ellipse(small, middle, (half[0] // 4 + 1, half[1] // 4 + 1), 0, 0, 360, 150, -1)
    small = cv2.GaussianBlur(small, (0, 0), max(0.8, half[1] / 10))
    dark = 255 - cv2.resize(small, (place.shape[1], place.shape[0]))
    place[:] = cv2.multiply(place, cv2.merge([dark] * 3), scale=1 / 255)


def _lamps(placed: Placed) -> list[tuple[Point, float]]:
    """Give the places of a vehicle's lamps in the picture, and how large their glow is."""
    left, top, right, bottom = SHAPES[placed.body.kind].lamp
    middle = ((left + right) / 2, (top + bottom) / 2)
    places = project(placed.view(), [(MIDDLE + side * middle[0], middle[1]) for side in (-1, 1)])
    radius = placed.plate_width * (0.16 if SHAPES[placed.body.kind].front else 0.07)
    return [(place, radius) for place in places]
