"""What detectors and readers promise.

A frame is a BGR array, height x width x 3, eight bits each. Boxes and corners are in its pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from alpr_policy_adapters.plate_read import Box, Candidate, Corners

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from alpr_policy_adapters.plates.ctc import Lattice

    Frame: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A place where a plate seems to be; `score` is the detector's own, 0 to 1."""

    box: Box
    corners: Corners | None = None
    score: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """What a reader makes of one crop: its own texts, best first, and the probabilities that they were chosen from."""

    texts: tuple[Candidate, ...]
    lattice: Lattice


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
    """Reads the characters of one crop.

    Crops hold the serial alone. A reader whose attribute `whole_plates` is true is shown whole plates instead.
    """

    @property
    def name(self) -> str:
        """Name the reader, as written into every read."""

    @property
    def models(self) -> Mapping[str, str]:
        """Give the SHA-256 of each model file in use, by file name."""

    def read(self, crop: Frame) -> list[Candidate]:
        """Return the texts seen in the crop, best first; an empty list when there is none."""


@runtime_checkable
class LatticeReader(PlateReader, Protocol):
    """A reader that reads several crops of one plate in one go, and shows how likely every text is in each of them.

    Its crops are not outvoted text against text: each text is judged by all crops (see `ctc`).
    """

    def read_crops(self, crops: Sequence[Frame]) -> list[Reading]:
        """Return what each crop shows, in order."""
