"""Frigate's MQTT message `tracked_object_update` of type `lpr`.

`name` is the name of a plate that Frigate knows, found with a tolerance for misread characters. That is no hit on a hot
list and no reading, so it is left out: what counts is the plate that was read. The topic carries other types too; they
hold no plate and give no read.
"""

from __future__ import annotations

from alpr_policy_adapters.payloads.fields import Fields, each
from alpr_policy_adapters.payloads.reads import edges, make_read, plate_of
from alpr_policy_adapters.payloads.received import Given, Received
from alpr_policy_adapters.plate_read import PlateRead

NAME = "frigate"
OTHER_TYPES = ("description", "face", "classification")


def read(look: Fields, given: Given) -> Received:
    """Read one message; one of another type, or without a plate, gives nothing."""
    if look.value.get("type") in OTHER_TYPES or look.value.get("plate", "") is None:
        return Received(system=NAME)
    return Received(system=NAME, reads=tuple(each([look], lambda one: _read(one, given))))


def _read(look: Fields, given: Given) -> PlateRead | None:
    found = plate_of(look, "plate")
    score, camera, track = look.share("score"), look.text("camera"), look.text("id")
    at = look.seconds("timestamp")
    box = edges(look.pixels("plate_box", 4))
    if found is None:
        return None
    return make_read(NAME, *found, score, given, at=at, box=box, camera=camera, track=track)
