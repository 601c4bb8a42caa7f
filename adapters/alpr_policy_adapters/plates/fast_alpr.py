"""The parts of fast-alpr, for those who have it: its plate detector and its reader, behind our two protocols.

The packages are `open-image-models` (detector) and `fast-plate-ocr` (reader). They load their models from their own
cache, or fetch them when they are first used, which is why they are never chosen unless asked for by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.plate_read import Candidate
from alpr_policy_adapters.plates.extras import require
from alpr_policy_adapters.plates.models import ModelError
from alpr_policy_adapters.plates.protocol import Detection
from alpr_policy_adapters.plates.rectify import clip_box

if TYPE_CHECKING:
    from alpr_policy_adapters.plates.protocol import Frame

DETECTOR_MODEL = "yolo-v9-t-384-license-plate-end2end"
READER_MODEL = "global-plates-mobile-vit-v2-model"
EMPTY_SLOT = "_"


class FastAlprDetector:
    """Finds plates with the detector of fast-alpr."""

    name = "fast-alpr"

    def __init__(self, *, model: str = DETECTOR_MODEL, min_score: float = 0.3, threads: int = 1) -> None:
        """Load the model of that name; MissingExtraError without the package, ModelError if it has no such model."""
        require("finding plates with fast-alpr", "open_image_models", "onnxruntime", extra="fast-alpr")
        from open_image_models import LicensePlateDetector

        self._model = model
        self._detector: Any = _made(
            LicensePlateDetector,
            model,
            detection_model=model,
            conf_thresh=min_score,
            providers=["CPUExecutionProvider"],
            sess_options=_options(threads),
        )

    @property
    def models(self) -> Mapping[str, str]:
        """Name no checksum: the package keeps its model files to itself."""
        return {}

    def detect(self, frame: Frame) -> list[Detection]:
        """Return the plates found, best first."""
        height, width = frame.shape[:2]
        found = []
        for one in self._detector.predict(frame):
            box = one.bounding_box
            score = round(min(1.0, max(0.0, float(one.confidence))), 4)
            found.append(Detection(box=clip_box((box.x1, box.y1, box.x2, box.y2), width, height), score=score))
        return sorted(found, key=lambda detection: -detection.score)


class FastPlateReader:
    """Reads whole plates with the reader of fast-alpr."""

    name = "fast-plate-ocr"
    whole_plates = True

    def __init__(self, *, model: str = READER_MODEL, threads: int = 1) -> None:
        """Load the model of that name; MissingExtraError without the package, ModelError if it has no such model."""
        require("reading plates with fast-plate-ocr", "fast_plate_ocr", "cv2", "numpy", extra="fast-alpr")
        from fast_plate_ocr import LicensePlateRecognizer

        self._reader: Any = _made(
            LicensePlateRecognizer, model, hub_ocr_model=model, device="cpu", sess_options=_options(threads)
        )

    @property
    def models(self) -> Mapping[str, str]:
        """Name no checksum: the package keeps its model files to itself."""
        return {}

    def read(self, crop: Frame) -> list[Candidate]:
        """Return the text of a whole plate; its confidence is the mean over its characters, padding left out."""
        import cv2

        grey = getattr(self._reader.config, "image_color_mode", "grayscale") == "grayscale"
        picture = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY if grey else cv2.COLOR_BGR2RGB)
        text, confidences = _first(self._reader.run(picture, return_confidence=True))
        kept = [float(c) for sign, c in zip(text, confidences, strict=False) if sign != EMPTY_SLOT]
        plate = text.replace(EMPTY_SLOT, "")
        return [Candidate(text=plate, confidence=round(sum(kept) / len(kept), 4))] if plate and kept else []


def _first(answer: Any) -> tuple[str, Sequence[float]]:
    """Take the first plate: of a pair of texts and confidences, or in newer versions of a list of predictions."""
    if isinstance(answer, tuple):
        texts, confidences = answer
        return (texts[0], confidences[0]) if len(texts) else ("", ())
    if not answer:
        return "", ()
    chances = getattr(answer[0], "char_probs", None)
    return str(answer[0].plate), () if chances is None else chances


def _made(kind: Any, model: str, **options: Any) -> Any:
    """Load one of the package's models; ModelError when its file can neither be found nor fetched."""
    try:
        return kind(**options)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        message = f"fast-alpr cannot load its model `{model}`: {type(error).__name__}"
        raise ModelError(
            [Diagnostic("model-missing", message, help="let fast-alpr fetch the model once, with a network")]
        ) from error


def _options(threads: int) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return options
