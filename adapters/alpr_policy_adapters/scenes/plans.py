"""What stands in a random scene, drawn by lot before anything is drawn on a picture: pure data, the same everywhere."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Any

from alpr_policy_adapters.scenes.bodies import CANVAS, PLATE, Body, corners, outline, random_body
from alpr_policy_adapters.scenes.formats import FORMATS, SPECIAL, invent_serial
from alpr_policy_adapters.scenes.styles import Style, random_style
from alpr_policy_adapters.scenes.view import Point, View, homography, project
from alpr_policy_adapters.scenes.weather import Weather, random_weather

KINDS = (
    "day",
    "dusk",
    "night",
    "infrared",
    "rain",
    "snow",
    "blur",
    "angle",
    "dirty",
    "occluded",
    "several",
    "small",
    "large",
    "empty",
)
"""The kinds of scenes, in the order in which they take turns."""

GROUNDS = ("street", "wall", "lot", "hedge", "road")
SIZES = ((1280, 720), (1920, 1080), (800, 600), (640, 480))
LEAST_SIDE, MOST_SIDE = 320, 4096
FOCAL = 3.0 * CANVAS[0]
SAMPLES = 1.25
"""How much finer a vehicle is drawn than it appears."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A vehicle in a scene: its body, where its plate's centre is in the picture and how wide the plate is there.

    `serial` is empty for a vehicle whose plate is blank; `state` is None for a layout that many states share.
    """

    body: Body
    at: tuple[float, float]
    plate_width: float
    angles: tuple[float, float, float]
    serial: str = ""
    layout: str = ""
    state: str | None = None
    style: Style | None = None

    def view(self, scale: float = 1.0) -> View:
        """Give the homography from the canvas, drawn at `scale`, to the picture."""
        x, y = self.body.plate_at
        zoom = self.plate_width / (PLATE[0] * scale)
        return homography(self.angles, at=self.at, centre=(x * scale, y * scale), zoom=zoom, focal_length=FOCAL * scale)

    def corners(self) -> list[Point]:
        """Give where the plate's corners are in the picture, which may be a little outside it."""
        return project(self.view(), corners(self.body))

    def extent(self) -> tuple[float, float, float, float]:
        """Give the box around the whole vehicle: left, top, right, bottom."""
        return _around(project(self.view(), outline(self.body)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One random scene: everything needed to draw it, and its truth."""

    file: str
    kind: str
    seed: int
    size: tuple[int, int]
    ground: str
    signs: int
    weather: Weather
    vehicles: tuple[Placed, ...]

    def boxes(self) -> list[tuple[tuple[int, int, int, int], Placed]]:
        """Give the box (x, y, width, height) of each plate inside the frame, from left to right."""
        out = []
        for placed in self.vehicles:
            if placed.serial:
                left, top, right, bottom = _around(placed.corners())
                x, y = max(0, floor(left)), max(0, floor(top))
                w, h = min(self.size[0], ceil(right)) - x, min(self.size[1], ceil(bottom)) - y
                out.append(((x, y, w, h), placed))
        return sorted(out, key=lambda found: found[0])

    def describe(self) -> dict[str, Any]:
        """Give the scene's truth as JSON values."""
        return {
            "kind": self.kind,
            "size": list(self.size),
            "light": self.weather.light,
            "plates": [
                {
                    "plate": placed.serial,
                    "state": placed.state,
                    "layout": placed.layout,
                    "named": bool(placed.style and placed.style.furniture.name),
                    "box": list(box),
                    "corners": [[round(x, 1), round(y, 1)] for x, y in placed.corners()],
                    "vehicle": placed.body.kind,
                }
                for box, placed in self.boxes()
            ],
        }


def plan_scene(seed: int, index: int, kind: str, *, size: tuple[int, int] = SIZES[0]) -> Plan:
    """Draw scene number `index` of a seed by lot; it depends on these alone, not on what was drawn before it.

    ValueError for a kind that there is not, or for a side out of 320 to 4,096 pixels.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no kind of scene `{kind[:40]}`; known: {', '.join(KINDS)}")
    if not all(LEAST_SIDE <= side <= MOST_SIDE for side in size):
        raise ValueError(f"a picture's sides are {LEAST_SIDE} to {MOST_SIDE} pixels, not {size[0]} x {size[1]}")
    rng = random.Random(f"{seed}/{index}/{kind}/{size[0]}x{size[1]}")
    weather = random_weather(rng, kind)
    vehicles = _several(rng, size, weather) if kind == "several" else _single(rng, size, kind, weather)
    return Plan(
        file=f"scene-{index:05}.jpg",
        kind=kind,
        seed=rng.randrange(2**31),
        size=size,
        ground=rng.choice(GROUNDS),
        signs=rng.randint(2, 6) if kind == "empty" else rng.choice((0, 0, 1, 2, 3)),
        weather=weather,
        vehicles=vehicles,
    )


def _single(rng: random.Random, size: tuple[int, int], kind: str, weather: Weather) -> tuple[Placed, ...]:
    """Place one vehicle; an empty scene may have vehicles too, whose plates are blank or missing."""
    if kind == "empty":
        vehicles = [_placed(rng, size, rng.uniform(60, 150), kind, weather) for _ in range(rng.choice((0, 0, 1, 1, 2)))]
        return tuple(sorted((replace(v, serial="", style=None) for v in vehicles), key=lambda v: v.plate_width))
    if kind == "small":
        wide = rng.uniform(50, 72)
    elif kind == "large":
        wide = rng.uniform(210, 330)
    else:
        wide = rng.triangular(72, 230, 110)
    return (_placed(rng, size, wide * min(1.0, size[0] / 1000), kind, weather),)


def _several(rng: random.Random, size: tuple[int, int], weather: Weather) -> tuple[Placed, ...]:
    """Place two to four vehicles, the far ones first, none in front of another's plate."""
    wanted, out = rng.choice((2, 2, 3, 3, 4)), list[Placed]()
    for _ in range(80):
        placed = _placed(rng, size, rng.uniform(55, 125) * min(1.0, size[0] / 1000), "several", weather)
        if all(_seen_past(placed, other) for other in out):
            out.append(placed)
        if len(out) == wanted:
            break
    return tuple(sorted(out, key=lambda v: v.plate_width))


def _seen_past(one: Placed, other: Placed) -> bool:
    """Say whether the nearer of two vehicles leaves the plate of the farther one free."""
    near, far = (one, other) if one.plate_width >= other.plate_width else (other, one)
    left, top, right, bottom = near.extent()
    x, y, right_of, below = _around(far.corners())
    return right_of < left - 4 or x > right + 4 or below < top - 4 or y > bottom + 4


def _placed(rng: random.Random, size: tuple[int, int], wide: float, kind: str, weather: Weather) -> Placed:
    """Place one vehicle with its plate inside the frame, or a little cut by its edge in some occluded scenes."""
    hitch = rng.uniform(0.22, 0.42) if kind == "occluded" and rng.random() < 0.6 else 0.0
    kinds = (
        ("sedan", "suv", "van", "pickup", "truck")
        if hitch
        else ("sedan", "sedan", "suv", "suv", "van", "pickup", "truck", "front", "front")
    )
    steep = kind == "angle"
    turn = rng.choice((-1, 1)) * rng.uniform(28, 48) if steep else rng.triangular(-24, 24, 0)
    tip = rng.uniform(10, 28) if steep else rng.triangular(-3, 18, 5)
    state, layout = _layout(rng)
    placed = Placed(
        body=random_body(rng, kinds=kinds, lit=weather.lamps, hitch=hitch),
        at=(0.0, 0.0),
        plate_width=wide,
        angles=(turn, tip, rng.triangular(-12, 12, 0) if steep else rng.triangular(-5, 5, 0)),
        serial=invent_serial(layout, rng.randrange(2**31), all_letters=rng.random() < 0.2),
        layout=layout,
        state=state,
        style=_style(rng, state, kind),
    )
    half_wide, half_tall = wide * 0.6, wide * 0.36
    at = (
        rng.uniform(half_wide, size[0] - half_wide),
        rng.uniform(max(half_tall, size[1] * 0.3), size[1] * 0.94 - half_tall),
    )
    placed = replace(placed, at=at)
    if kind == "occluded" and not hitch:
        placed = _cut(rng, placed, size)
    return placed


def _cut(rng: random.Random, placed: Placed, size: tuple[int, int]) -> Placed:
    """Move a vehicle so that the frame's side cuts the margin of its plate, never a character."""
    left, _, right, _ = _around(placed.corners())
    hidden = (right - left) * rng.uniform(0.01, 0.035)
    move = -left - hidden if rng.random() < 0.5 else size[0] - right + hidden
    return replace(placed, at=(placed.at[0] + move, placed.at[1]))


def _layout(rng: random.Random) -> tuple[str | None, str]:
    """Choose a state and one of its layouts, the first most often; now and then a layout of no state."""
    if rng.random() < 0.06:
        return None, rng.choice(SPECIAL)
    state = rng.choice(sorted(FORMATS))
    layouts: Sequence[str] = FORMATS[state]
    return state, layouts[0] if rng.random() < 0.5 else rng.choice(layouts)


def _style(rng: random.Random, state: str | None, kind: str) -> Style:
    """Choose a plate's style; only dirty scenes have plates in a bad state, and all of those have."""
    style = random_style(rng, state=state, pristine=kind != "dirty" and rng.random() < 0.5)
    wear = style.wear
    if kind == "dirty":
        wear = replace(wear, dirt=rng.uniform(0.35, 0.75), fading=rng.uniform(0, 0.3), dents=rng.uniform(0.05, 0.2))
    else:
        wear = replace(wear, dirt=min(wear.dirt, 0.3), fading=min(wear.fading, 0.2), chipped=min(wear.chipped, 0.2))
    if state is None:
        style = replace(style, furniture=replace(style.furniture, name=""))
    return replace(style, wear=wear)


def _around(points: Sequence[Point]) -> tuple[float, float, float, float]:
    """Give the box around points: left, top, right, bottom."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)
