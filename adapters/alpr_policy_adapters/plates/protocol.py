"""What detectors and readers promise.

A frame is a BGR array, height x width x 3, eight bits each. Boxes and corners are in its pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from alpr_policy_adapters.plate_read import Box, Candidate, Corners

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Frame: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A place where a plate seems to be; `score` is the detector's own, 0 to 1."""

    box: Box
    corners: Corners | None = None
    score: float


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
