"""What the tests of the plate reader share: a scene, and detectors and readers that do as told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alpr_policy_adapters.plates import Candidate, Detection, PlateEngine, PlateRead
from alpr_policy_adapters.scenes import Scene, Vehicle

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples" / "demo"
EXTRA = "needs the extra `ocr`: pip install 'alpr-policy[ocr]'"
CAR = Vehicle(plate="4KAN123", layout="CA", at=(300, 260), plate_width=150, turn=-10, tip=5, body="blue")
SCENE = Scene(file="scene.png", size=(640, 480), seed=3, noise=1.0, vehicles=(CAR,))


class FixedDetector:
    """A detector that finds the same places in every frame."""

    name = "fixed"
    models: Mapping[str, str] = {"finder.onnx": "f" * 64}

    def __init__(self, *found: Detection) -> None:
        self.found = list(found)

    def detect(self, frame: Any) -> list[Detection]:
        return self.found


class ScriptedReader:
    """A reader that gives its texts in turn: four for the serial, then two for the lines above and below."""

    name = "scripted"
    models: Mapping[str, str] = {"reader.onnx": "e" * 64}

    def __init__(self, *lines: tuple[str, float] | None) -> None:
        self.lines = list(lines)

    def read(self, crop: Any) -> list[Candidate]:
        line = self.lines.pop(0)
        return [Candidate(text=line[0], confidence=line[1])] if line else []


PLACE = Detection(box=(10, 20, 100, 50), corners=((10, 20), (110, 20), (110, 70), (10, 70)), score=0.9)


def scripted(*lines: tuple[str, float] | None, place: Detection = PLACE, least: float = 0.3) -> PlateEngine:
    """Make an engine that finds one place and reads these lines in it."""
    return PlateEngine(detector=FixedDetector(place), reader=ScriptedReader(*lines), min_confidence=least)


def written(reads: tuple[PlateRead, ...], *without: str) -> list[dict[str, Any]]:
    """Give reads as JSON values, leaving out some keys."""
    return [{k: v for k, v in read.to_dict().items() if k not in without} for read in reads]
