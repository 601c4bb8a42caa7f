"""Light, weather and camera: what a scene suffers between the street and the file."""

from __future__ import annotations

import random
from dataclasses import dataclass
from math import cos, radians, sin
from typing import TYPE_CHECKING

from alpr_policy_adapters.scenes.view import Point

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from alpr_policy_adapters.scenes.plate import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How a scene is lit and seen: `ambient` and `plate_light` are brightness, 1 as by day; `light` its name.

    `focus` is a standard deviation and `motion` a length, both as shares of the plate's width; `motion_angle` in
    degrees, `grain` in steps of brightness. `rain`, `snow`, `haze`, `glare` from 0 to 1. `coarse` is the share of the
    size at which the picture is kept before it is enlarged again; `quality` that of JPEG, of the first and second time.
    """

    light: str = "day"
    ambient: float = 1.0
    plate_light: float = 1.0
    gain: float = 1.0
    cast: tuple[float, float, float] = (1.0, 1.0, 1.0)
    lamps: bool = False
    focus: float = 0.0
    motion: float = 0.0
    motion_angle: float = 0.0
    grain: float = 2.0
    rain: float = 0.0
    snow: float = 0.0
    haze: float = 0.0
    glare: float = 0.0
    coarse: float = 1.0
    quality: tuple[int, int] = (90, 90)


def random_weather(rng: random.Random, kind: str) -> Weather:
    """Choose light, weather and camera for a kind of scene."""
    light = {"dusk": "dusk", "night": "night", "infrared": "infrared"}.get(kind, "day")
    if kind in ("several", "small", "angle", "dirty", "occluded", "empty") and rng.random() < 0.3:
        light = rng.choice(("dusk", "night"))
    warm = rng.uniform(-0.09, 0.09)
    ambient, plate_light = {
        "day": (rng.uniform(0.85, 1.1),) * 2,
        "dusk": (rng.uniform(0.4, 0.65), rng.uniform(0.5, 0.75)),
        "night": (rng.uniform(0.14, 0.3), rng.uniform(0.45, 0.85)),
        "infrared": (rng.uniform(0.12, 0.32), rng.uniform(0.7, 1.2)),
    }[light]
    dark = light in ("night", "infrared")
    blurred = kind == "blur"
    return Weather(
        light=light,
        ambient=ambient,
        plate_light=plate_light,
        gain=rng.uniform(0.85, 1.12) if kind != "rain" else rng.uniform(0.7, 0.95),
        cast=(1 - warm, 1.0, 1 + warm),
        lamps=light in ("dusk", "night") or kind in ("rain", "snow"),
        focus=rng.uniform(0.009, 0.016) if blurred else rng.uniform(0.002, 0.006),
        motion=rng.uniform(0.025, 0.065) if blurred else rng.choice((0.0, rng.uniform(0.0, 0.012))),
        motion_angle=rng.choice((rng.uniform(-12, 12), rng.uniform(-12, 12), rng.uniform(60, 120))),
        grain=rng.uniform(4, 11) if dark else rng.uniform(1, 4),
        rain=rng.uniform(0.35, 1.0) if kind == "rain" else 0.0,
        snow=rng.uniform(0.35, 1.0) if kind == "snow" else 0.0,
        haze=rng.uniform(0.08, 0.3) if kind in ("rain", "snow") else rng.choice((0.0, 0.0, 0.0, rng.uniform(0, 0.15))),
        glare=rng.uniform(0.3, 1.0) if light == "night" else rng.choice((0.0, 0.3)) if dark else 0.0,
        coarse=rng.uniform(0.75, 1.0) if rng.random() < 0.25 and kind != "small" else 1.0,
        quality=(rng.randint(70, 95), rng.randint(55, 92)),
    )


def expose(picture: Picture, weather: Weather, wide: float, lamps: list[tuple[Point, float]], seed: int) -> Picture:
    """Let light, weather and camera work on a drawn scene; `wide` is the width of its widest plate in pixels.

    `lamps` are the places of lit lamps and the radius of their glow.
    """
    import cv2
    import numpy as np

    chance = np.random.default_rng(seed)
    if weather.light == "infrared":
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        picture = np.asarray(cv2.merge([grey] * 3), np.uint8)
    seen: NDArray[np.float32] = picture.astype(np.float32)
    if weather.light != "infrared":
        seen *= np.array(weather.cast, np.float32) * np.float32(weather.gain)
    if weather.glare:
        _glare(seen, weather, lamps, chance)
    if weather.haze:
        seen += (np.float32(150 * max(0.35, weather.ambient)) - seen) * np.float32(weather.haze)
    if weather.rain:
        _rain(seen, weather, chance)
    if weather.snow:
        _snow(seen, weather, chance)
    seen = _blurred(seen, weather, wide)
    if weather.grain:
        shape = (*seen.shape[:2], 1 if weather.light == "infrared" else 3)
        seen += chance.standard_normal(shape, np.float32) * np.float32(weather.grain)
    return seen.clip(0, 255).astype(np.uint8)


def coarsened(picture: Picture, weather: Weather) -> Picture:
    """Keep a picture smaller and in JPEG for a while, as a camera's stream does."""
    import cv2
    import numpy as np

    size = (picture.shape[1], picture.shape[0])
    if weather.coarse < 1:
        picture = np.asarray(
            cv2.resize(picture, None, fx=weather.coarse, fy=weather.coarse, interpolation=cv2.INTER_AREA)
        )
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, weather.quality[0]])
    picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return picture if weather.coarse == 1 else np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR))


def _blurred(seen: NDArray[np.float32], weather: Weather, wide: float) -> NDArray[np.float32]:
    """Take the picture out of focus, and smear it along the motion."""
    import cv2
    import numpy as np

    sigma, length = weather.focus * wide, weather.motion * wide
    if sigma > 0.25:
        seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), sigma), np.float32)
    if length >= 1.5:
        side = 2 * (int(length) // 2) + 3
        kernel = np.zeros((side, side), np.uint8)
        along = (cos(radians(weather.motion_angle)) * length / 2, sin(radians(weather.motion_angle)) * length / 2)
        ends = [tuple(round((side // 2 + s * a) * 16) for a in along) for s in (-1, 1)]
        cv2.line(kernel, ends[0], ends[1], 255, 1, cv2.LINE_AA, 4)
        seen = np.asarray(cv2.filter2D(seen, -1, kernel.astype(np.float32) / max(1, int(kernel.sum()))), np.float32)
    return seen


def _glare(
    seen: NDArray[np.float32], weather: Weather, lamps: list[tuple[Point, float]], chance: np.random.Generator
) -> None:
    """Add the glow of lamps, drawn small and enlarged."""
    import cv2
    import numpy as np

    height, width = seen.shape[:2]
    glow = np.zeros((height // 8 + 1, width // 8 + 1, 3), np.float32)
    strangers = [
        ((float(chance.uniform(0, width)), float(chance.uniform(0.3, 0.5) * height)), width / 90) for _ in range(3)
    ]
    for (x, y), radius in [*lamps, *strangers]:
        for share, strength in ((0.9, 255), (2.2, 110), (5.0, 36)):
            spot = np.zeros(glow.shape[:2], np.float32)
            cv2.circle(spot, (round(x / 8), round(y / 8)), max(1, round(radius * share / 8)), strength, -1)
            glow += cv2.GaussianBlur(spot, (0, 0), max(0.6, radius * share / 14))[:, :, None]
    tint = np.array((0.82, 0.92, 1.0), np.float32) if weather.light == "night" else np.float32(1)
    seen += np.asarray(cv2.resize(glow * tint, (width, height)), np.float32) * np.float32(weather.glare)


def _rain(seen: NDArray[np.float32], weather: Weather, chance: np.random.Generator) -> None:
    """Draw streaks of falling drops, and a few drops on the glass."""
    import cv2
    import numpy as np

    height, width = seen.shape[:2]
    streaks = np.zeros((height, width), np.uint8)
    slope = float(chance.uniform(-0.25, 0.25))
    for _ in range(round(700 * weather.rain)):
        x, y = int(chance.integers(0, width)), int(chance.integers(-40, height))
        long = int(chance.integers(height // 60, height // 18))
        cv2.line(streaks, (x, y), (round(x + slope * long), y + long), int(chance.integers(30, 95)), 1, cv2.LINE_AA)
    seen += cv2.GaussianBlur(streaks, (0, 0), 0.7)[:, :, None] * np.float32(0.9)
    for _ in range(round(12 * weather.rain)):
        x, y, r = int(chance.integers(0, width)), int(chance.integers(0, height)), int(chance.integers(5, 16))
        top, left = max(0, y - r), max(0, x - r)
        place = seen[top : y + r, left : x + r]
        if place.size:
            share = np.zeros(place.shape[:2], np.float32)
            cv2.circle(share, (x - left, y - top), r - 1, 0.75, -1, cv2.LINE_AA)
            place += (cv2.GaussianBlur(place, (0, 0), r / 3)[::-1] + 8 - place) * share[:, :, None]


def _snow(seen: NDArray[np.float32], weather: Weather, chance: np.random.Generator) -> None:
    """Draw flakes, near ones large and pale."""
    import cv2
    import numpy as np

    height, width = seen.shape[:2]
    far, near = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
    for _ in range(round(900 * weather.snow)):
        place = (int(chance.integers(0, width)), int(chance.integers(0, height)))
        cv2.circle(far, place, int(chance.integers(1, 3)), int(chance.integers(110, 220)), -1, cv2.LINE_AA)
    for _ in range(round(40 * weather.snow)):
        place = (int(chance.integers(0, width)), int(chance.integers(0, height)))
        cv2.circle(near, place, int(chance.integers(4, 10)), int(chance.integers(60, 140)), -1, cv2.LINE_AA)
    share = np.maximum(cv2.GaussianBlur(far, (0, 0), 0.7), cv2.GaussianBlur(near, (0, 0), 3)).astype(np.float32)
    seen += (np.float32(238 * max(0.5, weather.ambient)) - seen) * (share * np.float32(1 / 255))[:, :, None]
