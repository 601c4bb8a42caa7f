"""The recipe of a set of scenes: one YAML file that says what stands in each picture."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.source import Span
from alpr_policy_adapters.scenes.plate import LAYOUTS, fits

LIGHTS = ("day", "dusk", "night")
BODIES = ("black", "blue", "green", "grey", "red", "silver", "white")
KINDS = ("sedan", "van")
MAX_BYTES = 1_000_000
MAX_SIDE = 4096
_FILE = re.compile(r"[a-z0-9][a-z0-9_-]*\.(png|jpg)")


class RecipeError(PolicyError):
    """A recipe cannot be rendered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """One vehicle seen from behind: its plate's centre, the plate's width in pixels, and angles in degrees.

    `turn` swings the vehicle sideways, `tip` looks down on it, `tilt` leans the picture of it.
    """

    plate: str
    layout: str
    at: tuple[int, int]
    plate_width: int = 180
    named: bool = False
    turn: float = 0.0
    tip: float = 0.0
    tilt: float = 0.0
    body: str = "grey"
    kind: str = "sedan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One picture: `blur` and `noise` are standard deviations in pixels and in steps of brightness."""

    file: str
    seed: int = 0
    size: tuple[int, int] = (1280, 720)
    light: str = "day"
    blur: float = 0.0
    noise: float = 0.0
    quality: int = 90
    vehicles: tuple[Vehicle, ...] = ()


def load_recipe(path: Path) -> tuple[Scene, ...]:
    """Read a recipe file; RecipeError with everything that is wrong in it."""
    try:
        data = path.read_bytes()[: MAX_BYTES + 1]
        if len(data) > MAX_BYTES:
            raise _error(path, [f"the recipe is larger than {MAX_BYTES:,} bytes"])
        content = yaml.safe_load(data)
    except OSError as error:
        raise _error(path, [f"the recipe cannot be read: {type(error).__name__}"]) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _error(path, ["the recipe is no YAML"]) from error
    entries = content.get("scenes") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise _error(path, ["a recipe has the key `scenes` with a list of scenes"])
    wrong: list[str] = []
    scenes = [_scene(entry, f"scene {number}", wrong) for number, entry in enumerate(entries, 1)]
    names = [scene.file for scene in scenes if scene]
    wrong += [f"two scenes are called `{name}`" for name in sorted(set(names)) if names.count(name) > 1]
    if wrong:
        raise _error(path, wrong)
    return tuple(scene for scene in scenes if scene)


def _error(path: Path, messages: list[str]) -> RecipeError:
    """Make the error of a recipe file as a whole."""
    return RecipeError(Diagnostic("recipe", message, span=Span(path.name, 0, 0)) for message in messages)


def _scene(entry: Any, where: str, wrong: list[str]) -> Scene | None:
    """Build one scene, or say in `wrong` why not."""
    known = _known(entry, Scene, {"file"}, where, wrong)
    if known is None:
        return None
    vehicles = known.pop("vehicles", [])
    if not isinstance(vehicles, list):
        wrong.append(f"{where}: `vehicles` is a list")
        return None
    built = [_vehicle(vehicle, f"{where}, vehicle {number}", wrong) for number, vehicle in enumerate(vehicles, 1)]
    tests = {
        "file": lambda v: isinstance(v, str) and _FILE.fullmatch(v) is not None,
        "seed": lambda v: _whole(v, 0, 2**31),
        "size": lambda v: _pair(v, 64, MAX_SIDE),
        "light": lambda v: v in LIGHTS,
        "blur": lambda v: _number(v, 0, 20),
        "noise": lambda v: _number(v, 0, 100),
        "quality": lambda v: _whole(v, 1, 100),
    }
    if not _passes(known, tests, where, wrong) or None in built:
        return None
    if "size" in known:
        known["size"] = tuple(known["size"])
    return Scene(**known, vehicles=tuple(vehicle for vehicle in built if vehicle))


def _vehicle(entry: Any, where: str, wrong: list[str]) -> Vehicle | None:
    """Build one vehicle, or say in `wrong` why not."""
    known = _known(entry, Vehicle, {"plate", "layout", "at"}, where, wrong)
    if known is None:
        return None
    tests = {
        "plate": lambda v: isinstance(v, str),
        "layout": lambda v: v in LAYOUTS,
        "at": lambda v: _pair(v, 0, MAX_SIDE),
        "plate_width": lambda v: _whole(v, 20, 1200),
        "named": lambda v: isinstance(v, bool),
        "turn": lambda v: _number(v, -60, 60),
        "tip": lambda v: _number(v, -60, 60),
        "tilt": lambda v: _number(v, -60, 60),
        "body": lambda v: v in BODIES,
        "kind": lambda v: v in KINDS,
    }
    if not _passes(known, tests, where, wrong):
        return None
    if not fits(known["plate"], known["layout"]):
        wrong.append(f"{where}: `{known['plate']}` is not arranged as `{LAYOUTS[known['layout']]}`")
        return None
    return Vehicle(**{**known, "at": tuple(known["at"])})


def _known(entry: Any, kind: type, required: set[str], where: str, wrong: list[str]) -> dict[str, Any] | None:
    """Copy an entry that has all required keys and no unknown one; else say so."""
    names = {field.name for field in fields(kind)}
    if not isinstance(entry, dict):
        wrong.append(f"{where}: expected keys and values")
        return None
    problems = [f"{where}: unknown key `{key}`" for key in sorted(map(str, set(entry) - names))]
    problems += [f"{where}: `{key}` is missing" for key in sorted(required - set(entry))]
    wrong += problems
    return None if problems else dict(entry)


def _passes(known: dict[str, Any], tests: dict[str, Any], where: str, wrong: list[str]) -> bool:
    """Put every value to its test; say which fail."""
    failed = [key for key, value in known.items() if isinstance(value, list | dict) and key not in ("at", "size")]
    failed += [key for key, value in known.items() if key not in failed and not tests[key](value)]
    wrong += [f"{where}: `{key}` cannot be `{known[key]}`" for key in sorted(failed)]
    return not failed


def _whole(value: Any, least: int, most: int) -> bool:
    """Say whether a value is a whole number within these bounds."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _number(value: Any, least: float, most: float) -> bool:
    """Say whether a value is a number within these bounds."""
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _pair(value: Any, least: int, most: int) -> bool:
    """Say whether a value is two whole numbers within these bounds."""
    return isinstance(value, list) and len(value) == 2 and all(_whole(v, least, most) for v in value)
