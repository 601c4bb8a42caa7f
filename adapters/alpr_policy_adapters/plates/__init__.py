"""Photographs to plate reads. Nothing heavy is imported until a picture is read: see the extra `ocr`."""

from alpr_policy_adapters.plate_read import Candidate, PlateRead
from alpr_policy_adapters.plates.images import ImageError, Limits, pictures_in
from alpr_policy_adapters.plates.models import ModelError
from alpr_policy_adapters.plates.protocol import Detection, PlateDetector, PlateReader
from alpr_policy_adapters.plates.read import (
    ImageReads,
    PlateEngine,
    default_engine,
    read_frame,
    read_image,
    read_images,
)
from alpr_policy_adapters.plates.syntax import alternates, normalise

__all__ = [
    "Candidate",
    "Detection",
    "ImageError",
    "ImageReads",
    "Limits",
    "ModelError",
    "PlateDetector",
    "PlateEngine",
    "PlateRead",
    "PlateReader",
    "alternates",
    "default_engine",
    "normalise",
    "pictures_in",
    "read_frame",
    "read_image",
    "read_images",
]
