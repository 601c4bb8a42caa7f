"""What detectors and readers promise, and what a plate read is.

A frame is a BGR array, height x width x 3, eight bits each. Boxes and corners are in its pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Frame: TypeAlias = NDArray[np.uint8]

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, width, height in pixels."""

Point: TypeAlias = tuple[float, float]

Corners: TypeAlias = tuple[Point, Point, Point, Point]
"""Top left, top right, bottom right, bottom left of the plate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A place where a plate seems to be; `score` is the detector's own, 0 to 1."""

    box: Box
    corners: Corners | None = None
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One text that a reader gave for a crop, with the reader's own confidence, 0 to 1."""

    text: str
    confidence: float


class PlateDetector(Protocol):
    """Finds plates in a frame."""

    @property
    def name(self) -> str:
        """Name the detector, as written into every read."""

    @property
    def models(self) -> Mapping[str, str]:
        """Give the SHA-256 of each model file in use, by file name."""

    def detect(self, frame: Frame) -> list[Detection]:
        """Return the places found, best first; an empty list when there is none."""


class PlateReader(Protocol):
    """Reads the characters of one crop."""

    @property
    def name(self) -> str:
        """Name the reader, as written into every read."""

    @property
    def models(self) -> Mapping[str, str]:
        """Give the SHA-256 of each model file in use, by file name."""

    def read(self, crop: Frame) -> list[Candidate]:
        """Return the texts seen in the crop, best first; an empty list when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateRead:
    """What was read of one plate in one image, with every doubt left standing.

    `raw` is the reader's text untouched, `plate` the same text as upper-case letters and digits only. `confidence`
    counts how far the crops agree. `alternates` are texts that O/0 and I/1 would make of `plate`: nobody read them.
    `state` is None unless its name was read on the plate itself.
    """

    image: str
    image_sha256: str
    raw: str
    plate: str
    confidence: float
    candidates: tuple[Candidate, ...] = ()
    alternates: tuple[str, ...] = ()
    state: str | None = None
    state_confidence: float | None = None
    box: Box
    corners: Corners | None = None
    detection_score: float
    detector: str
    reader: str
    model_sha256s: Mapping[str, str] = field(hash=False)
    captured_at: datetime | None = None
    captured_from: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give the read as JSON values; times as ISO 8601 with their offset."""
        return {
            "image": self.image,
            "image_sha256": self.image_sha256,
            "raw": self.raw,
            "plate": self.plate,
            "confidence": self.confidence,
            "candidates": [{"text": c.text, "confidence": c.confidence} for c in self.candidates],
            "alternates": list(self.alternates),
            "state": self.state,
            "state_confidence": self.state_confidence,
            "box": list(self.box),
            "corners": [list(point) for point in self.corners] if self.corners else None,
            "detection_score": self.detection_score,
            "detector": self.detector,
            "reader": self.reader,
            "model_sha256s": dict(sorted(self.model_sha256s.items())),
            "captured_at": self.captured_at.isoformat() if self.captured_at else None,
            "captured_from": self.captured_from,
        }
