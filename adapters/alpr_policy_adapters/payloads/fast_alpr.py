"""Results of fast-alpr, as its own objects or as the same in JSON: no camera, no time and no state.

`ocr` is absent where the plate was found and not read. A confidence for each character counts as the least of them: a
read is no surer than its least sure character.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alpr_policy_adapters.payloads.fields import Fields, each, numeric
from alpr_policy_adapters.payloads.reads import edges, make_read, plate_of
from alpr_policy_adapters.payloads.received import Given, Received
from alpr_policy_adapters.plate_read import Box, PlateRead

NAME = "fast_alpr"
MAX_CHARACTERS = 64
PARTS: Mapping[str, tuple[str, ...]] = {
    "": ("detection", "ocr"),
    "detection": ("label", "confidence", "bounding_box"),
    "ocr": ("text", "confidence"),
    "bounding_box": ("x1", "y1", "x2", "y2"),
}
"""The attributes of its objects that we read, by the name under which an object stands."""


def as_mapping(result: Any, name: str = "") -> Any:
    """Give an object of fast-alpr as a mapping of what we read of it; anything else as it is."""
    keys = PARTS.get(name)
    if keys is None or isinstance(result, Mapping | list | tuple | str | int | float | None):
        return result
    return {key: as_mapping(getattr(result, key, None), key) for key in keys}


def read(look: Fields, given: Given) -> Received:
    """Read one result; a picture has a list of them."""
    return Received(system=NAME, reads=tuple(each([look], lambda one: _read(one, given))))


def _read(look: Fields, given: Given) -> PlateRead | None:
    seen, ocr = look.object("detection", required=True), look.object("ocr")
    score = seen.share("confidence") if seen else None
    box = _box(seen) if seen else None
    if ocr is None:
        return None
    found = plate_of(ocr, "text")
    confidence = _confidence(ocr)
    if found is None:
        return None
    return make_read(NAME, *found, confidence, given, at=None, box=box, detection_score=score)


def _confidence(look: Fields) -> float | None:
    value = look.value.get("confidence")
    if not isinstance(value, list | tuple):
        return look.share("confidence")
    found = [numeric(one, False) for one in value[: MAX_CHARACTERS + 1]]
    shares = [one for one in found if one is not None and 0.0 <= one <= 1.0]
    if len(shares) != len(value):
        look.fault("confidence", f"a confidence from 0 to 1, or at most {MAX_CHARACTERS} of them", value)
        return None
    return round(min(shares), 6) if shares else None


def _box(look: Fields) -> Box | None:
    box = look.object("bounding_box")
    if box is None:
        return None
    found = [box.number(key, "pixels", -100_000, 100_000, required=True) for key in PARTS["bounding_box"]]
    known = [round(one) for one in found if one is not None]
    return edges(tuple(known)) if len(known) == len(found) else None
