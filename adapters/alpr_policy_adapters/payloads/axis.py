"""The events of FF-LPR on Axis cameras: numbers are texts, and the time is a text of milliseconds.

`plateCountry` is a country and never a state. A vehicle (`carID`) may be told several times, as new, changed and lost:
each is a read of one track.
"""

from __future__ import annotations

from alpr_policy_adapters.payloads.fields import Fields, each
from alpr_policy_adapters.payloads.reads import make_read, plate_of
from alpr_policy_adapters.payloads.received import Given, Received
from alpr_policy_adapters.plate_read import Box, PlateRead

NAME = "axis"
PLATES = ("plateUTF8", "plateUnicode", "plateText", "plateASCII")
"""Where the plate may stand, the most faithful first."""


def read(look: Fields, given: Given) -> Received:
    """Read one event."""
    return Received(system=NAME, reads=tuple(each([look], lambda one: _read(one, given))))


def _read(look: Fields, given: Given) -> PlateRead | None:
    key = next((key for key in PLATES if look.value.get(key)), PLATES[0])
    found = plate_of(look, key)
    confidence = look.share("plateConfidence", as_text=True)
    at = look.milliseconds("capture_timestamp", required=True, as_text=True)
    about = look.object("camera_info")
    camera = about.name("SerialNumber") if about else None
    track = look.name("carID")
    place = look.pixels("plateCoordinates", 4)
    box: Box | None = (place[0], place[1], place[2], place[3]) if place else None
    if found is None:
        return None
    return make_read(NAME, *found, confidence, given, at=at, box=box, camera=camera, track=track)
