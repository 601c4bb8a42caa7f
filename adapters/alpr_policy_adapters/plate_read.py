"""What a plate read is, wherever it comes from: our own engine, or the payload of other ALPR software."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, width, height in pixels."""

Point: TypeAlias = tuple[float, float]

Corners: TypeAlias = tuple[Point, Point, Point, Point]
"""Top left, top right, bottom right, bottom left of the plate."""

OWN_ENGINE = "plates"
"""The `source` of a read that our own engine made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One text that a reader gave for a plate, with its confidence, 0 to 1; None where the software gives none."""

    text: str
    confidence: float | None

    @property
    def weight(self) -> float:
        """Say how much the text counts in a vote: nothing where nobody said how sure it is."""
        return self.confidence or 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateRead:
    """What was read of one plate, with every doubt left standing.

    `raw` is the reader's text untouched, `plate` the same text as upper-case letters and digits only. `confidence` is
    from 0 to 1, None where the software gives none. `alternates` are texts that O/0 and I/1 would make of `plate`:
    nobody read them. `state` is the issuing state's code, None when it is not known; a state is never guessed.
    `source` names what made the read, `camera` and `agency` where it was made, `track` the passing vehicle that several
    reads may belong to, and `frames` how many pictures it rests on.
    """

    raw: str
    plate: str
    confidence: float | None
    candidates: tuple[Candidate, ...] = ()
    alternates: tuple[str, ...] = ()
    state: str | None = None
    state_confidence: float | None = None
    image: str | None = None
    image_sha256: str | None = None
    box: Box | None = None
    corners: Corners | None = None
    detection_score: float | None = None
    detector: str | None = None
    reader: str | None = None
    model_sha256s: Mapping[str, str] = field(default_factory=dict, hash=False)
    captured_at: datetime | None = None
    captured_from: str | None = None
    camera: str | None = None
    agency: str | None = None
    track: str | None = None
    frames: int = 1
    source: str = OWN_ENGINE

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
            "box": list(self.box) if self.box else None,
            "corners": [list(point) for point in self.corners] if self.corners else None,
            "detection_score": self.detection_score,
            "detector": self.detector,
            "reader": self.reader,
            "model_sha256s": dict(sorted(self.model_sha256s.items())),
            "captured_at": self.captured_at.isoformat() if self.captured_at else None,
            "captured_from": self.captured_from,
            "camera": self.camera,
            "agency": self.agency,
            "track": self.track,
            "frames": self.frames,
            "source": self.source,
        }
