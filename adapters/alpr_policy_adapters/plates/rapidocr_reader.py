"""The default reader: PP-OCRv6 (small), as the package rapidocr ships it, on one line of text, never on a picture.

Only the package's model file is used: loaded by us, on the bytes whose checksum was verified, with several crops in
one go, and with the network's whole answer kept instead of its best text alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import TYPE_CHECKING

from alpr_policy_adapters.plate_read import Candidate
from alpr_policy_adapters.plates.ctc import columns_of, lattice
from alpr_policy_adapters.plates.extras import require
from alpr_policy_adapters.plates.models import ModelFile, session
from alpr_policy_adapters.plates.protocol import Reading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from alpr_policy_adapters.plates.protocol import Frame

    Floats = NDArray[np.float32]

REC_MODEL = ModelFile(
    package="rapidocr",
    inside="models/PP-OCRv6_rec_small.onnx",
    sha256="6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
)

LINE_HEIGHT = 48
LINE_WIDTHS = (320, 960)
"""The network was trained on lines padded to the first width, and reads worse without; beyond the second is no text."""

BLANK = ""


class RapidOcrReader:
    """Reads crops as lines of text; `threads` is for onnxruntime."""

    name = "rapidocr"

    def __init__(self, *, threads: int = 1) -> None:
        """Verify and load the recogniser; MissingExtraError without the extra."""
        require("reading plates", "numpy", "cv2", "onnxruntime")
        self._session = session(REC_MODEL.read_verified(), threads)
        signs = self._session.get_modelmeta().custom_metadata_map["character"].split("\n")
        self._signs = [BLANK, *signs, " "]
        self._places = columns_of(self._signs)

    @property
    def models(self) -> Mapping[str, str]:
        """Give the SHA-256 of the recogniser."""
        return {REC_MODEL.name: REC_MODEL.sha256}

    def read(self, crop: Frame) -> list[Candidate]:
        """Return the text of the crop, if any."""
        return list(self.read_crops([crop])[0].texts)

    def read_crops(self, crops: Sequence[Frame]) -> list[Reading]:
        """Read several crops of one plate in one go, each with what the network says of every other text."""
        import numpy as np

        if not crops:
            return []
        widths = [min(LINE_WIDTHS[1], max(8, ceil(LINE_HEIGHT * crop.shape[1] / crop.shape[0]))) for crop in crops]
        lines = np.zeros((len(crops), 3, LINE_HEIGHT, max(*widths, LINE_WIDTHS[0])), np.float32)
        for i, (crop, width) in enumerate(zip(crops, widths, strict=True)):
            lines[i, :, :, :width] = _line(crop, width)
        (answers,) = self._session.run(None, {self._session.get_inputs()[0].name: lines})
        return [self._reading(answer) for answer in answers]

    def _reading(self, columns: Floats) -> Reading:
        """Spell a network's answer: in each column its best sign, repeated ones once, and blanks left out."""
        import numpy as np

        best = columns.argmax(axis=1)
        new = (best != 0) & (np.concatenate([[0], best[:-1]]) != best)
        text = "".join(self._signs[sign] for sign in best[new])
        if not text:
            return Reading(texts=(), lattice=lattice(columns, self._places))
        confidence = round(float(columns.max(axis=1)[new].mean()), 4)
        return Reading(texts=(Candidate(text=text, confidence=confidence),), lattice=lattice(columns, self._places))


def _line(crop: Frame, width: int) -> Floats:
    """Scale a crop to a line of that width, colours from -1 to 1, colour by colour."""
    import cv2
    import numpy as np

    scaled = cv2.resize(crop, (width, LINE_HEIGHT), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    return np.asarray(scaled.transpose(2, 0, 1) / 127.5 - 1, np.float32)
