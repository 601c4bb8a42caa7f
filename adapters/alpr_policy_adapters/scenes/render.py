"""From a scene to a picture file: street, vehicles in perspective, light, blur and noise; no metadata, no truth."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alpr_policy.errors import MissingExtraError
from alpr_policy_adapters.registration import normalise
from alpr_policy_adapters.scenes.files import write_whole
from alpr_policy_adapters.scenes.plate import WIDTH
from alpr_policy_adapters.scenes.recipe import Scene, Vehicle
from alpr_policy_adapters.scenes.street import draw_street
from alpr_policy_adapters.scenes.vehicle import CANVAS, PLATE_AT, PLATE_SCALE, draw_vehicle, plate_corners
from alpr_policy_adapters.scenes.view import homography, project

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from alpr_policy_adapters.scenes.plate import Picture

OVERSAMPLING = 2
FOCAL_LENGTH = 3.0 * CANVAS[0]
CASTS = {"day": (1.0, 1.0, 1.0), "dusk": (0.62, 0.62, 0.74), "night": (0.40, 0.36, 0.36)}


def render(scene: Scene) -> Picture:
    """Draw one scene as a BGR picture; the same scene gives the same pixels."""
    try:
        import cv2
        import numpy as np
    except ImportError as error:
        raise MissingExtraError("rendering scenes", "ocr") from error

    width, height = (side * OVERSAMPLING for side in scene.size)
    chance = np.random.default_rng(scene.seed)
    picture = draw_street(width, height, scene.light, chance)
    for vehicle in sorted(scene.vehicles, key=lambda v: (v.plate_width, v.at)):
        _place(picture, vehicle)
    picture = np.asarray(cv2.resize(picture, scene.size, interpolation=cv2.INTER_AREA), np.uint8)
    return _expose(picture, scene, chance)


def encode(scene: Scene, picture: Picture) -> bytes:
    """Encode a picture as the scene's file name asks, PNG or JPEG, with nothing in it but the pixels."""
    import cv2

    png = scene.file.endswith(".png")
    options = [cv2.IMWRITE_PNG_COMPRESSION, 9] if png else [cv2.IMWRITE_JPEG_QUALITY, scene.quality]
    done, data = cv2.imencode(".png" if png else ".jpg", picture, options)
    if not done:
        raise RuntimeError(f"{scene.file} could not be encoded")
    return bytes(data.tobytes())


def write_scenes(scenes: Iterable[Scene], folder: Path) -> list[Path]:
    """Render scenes into a folder, and give the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for scene in scenes:
        written.append(write_whole(folder / scene.file, encode(scene, render(scene))))
    return written


def truth(scenes: Iterable[Scene]) -> dict[str, list[dict[str, Any]]]:
    """Say which plates stand where in each file: for tests, never to lie beside the pictures."""
    return {
        scene.file: [
            {
                "plate": normalise(vehicle.plate),
                "state": vehicle.layout,
                "named": vehicle.named,
                "corners": [[round(x, 1), round(y, 1)] for x, y in _seen(vehicle, plate_corners(vehicle.kind))],
            }
            for vehicle in scene.vehicles
        ]
        for scene in scenes
    }


def _place(picture: Picture, vehicle: Vehicle) -> None:
    """Put a vehicle and its shadow into an oversampled picture."""
    import cv2
    import numpy as np

    drawn, mask = draw_vehicle(vehicle)
    view = np.array(_view(vehicle, OVERSAMPLING), np.float64)
    size = (picture.shape[1], picture.shape[0])
    # A shadow has no detail: an eighth of the canvas is enough.
    shadow = np.zeros((CANVAS[1] // 8, CANVAS[0] // 8), np.uint8)
    cv2.ellipse(shadow, (CANVAS[0] // 16, 225), (120, 9), 0, 0, 360, 170, -1)
    shadow = cv2.GaussianBlur(shadow, (0, 0), 3.2)
    below = view @ np.diag([8.0, 8.0, 1.0])
    dark = 1 - cv2.warpPerspective(shadow, below, size, flags=cv2.INTER_LINEAR)[:, :, None].astype(np.float32) / 255
    share = cv2.warpPerspective(mask, view, size, flags=cv2.INTER_LINEAR)[:, :, None].astype(np.float32) / 255
    seen = cv2.warpPerspective(drawn, view, size, flags=cv2.INTER_LINEAR)
    picture[:] = (seen * share + picture * dark * (1 - share)).astype(np.uint8)


def _view(vehicle: Vehicle, scale: float) -> list[list[float]]:
    """Give the homography from a vehicle's canvas to a picture enlarged `scale` times."""
    return homography(
        (vehicle.turn, vehicle.tip, vehicle.tilt),
        at=(vehicle.at[0] * scale, vehicle.at[1] * scale),
        centre=PLATE_AT[vehicle.kind],
        zoom=scale * vehicle.plate_width / (WIDTH * PLATE_SCALE),
        focal_length=FOCAL_LENGTH,
    )


def _seen(vehicle: Vehicle, points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Project points of a vehicle's canvas into the picture."""
    return project(_view(vehicle, 1.0), points)


def _expose(picture: Picture, scene: Scene, chance: np.random.Generator) -> Picture:
    """Give the picture its light, its lack of focus and its grain."""
    import cv2
    import numpy as np

    exposed: NDArray[np.float32] = picture.astype(np.float32) * np.array(CASTS[scene.light], np.float32)
    if scene.blur > 0:
        exposed = cv2.GaussianBlur(exposed, (0, 0), scene.blur)
    if scene.noise > 0:
        exposed = exposed + chance.normal(0, scene.noise, exposed.shape).astype(np.float32)
    return exposed.round().clip(0, 255).astype(np.uint8)
