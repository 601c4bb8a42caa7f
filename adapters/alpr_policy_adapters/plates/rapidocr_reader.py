"""The default reader: the recogniser of rapidocr (PP-OCRv6, small) on one line of text, never on a whole picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from alpr_policy_adapters.plate_read import Candidate
from alpr_policy_adapters.plates.extras import require
from alpr_policy_adapters.plates.models import ModelFile

if TYPE_CHECKING:
    from alpr_policy_adapters.plates.protocol import Frame

REC_MODEL = ModelFile(
    package="rapidocr",
    inside="models/PP-OCRv6_rec_small.onnx",
    sha256="6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
)


class RapidOcrReader:
    """Reads one crop as one line of text; `threads` is for onnxruntime."""

    name = "rapidocr"

    def __init__(self, *, threads: int = 1) -> None:
        """Verify and load the recogniser; MissingExtraError without the extra."""
        require("reading plates", "numpy", "cv2", "onnxruntime", "rapidocr")
        from rapidocr import RapidOCR

        REC_MODEL.read_verified()
        # A model path is always given: without one the library would fetch a missing model from the network.
        self._engine: Any = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_preprocess_img": False,
                "Rec.model_path": str(REC_MODEL.find()),
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    @property
    def models(self) -> Mapping[str, str]:
        """Give the SHA-256 of the recogniser."""
        return {REC_MODEL.name: REC_MODEL.sha256}

    def read(self, crop: Frame) -> list[Candidate]:
        """Return the text of the crop, if any."""
        result = self._engine(crop, use_det=False, use_cls=False, use_rec=True)
        return [
            Candidate(text=text, confidence=round(float(score), 4))
            for text, score in zip(result.txts or (), result.scores or (), strict=True)
            if text.strip()
        ]
