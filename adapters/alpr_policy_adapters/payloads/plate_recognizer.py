"""Plate Recognizer: the Stream webhook, and the answer of Snapshot, which is its `data` by itself.

Plates are in lower case. A region is a country (`gb`) or a country with its part (`us-ma`): only the latter can be a
state, so `de` is never Delaware. Candidates have a score in some versions and none in others. With pictures the webhook
is a multipart form whose field `json` holds this payload; taking the form apart is the server's matter.
"""

from __future__ import annotations

from alpr_policy_adapters.payloads.fields import MAX_CANDIDATES, MAX_PLATE_TEXT, Fields, each
from alpr_policy_adapters.payloads.reads import edges, make_read, plate_of, state_in, sure_enough
from alpr_policy_adapters.payloads.received import Given, Received
from alpr_policy_adapters.plate_read import Box, Candidate, PlateRead
from alpr_policy_adapters.registration import normalise

NAME = "plate_recognizer"
EDGES = ("xmin", "ymin", "xmax", "ymax")


def read(look: Fields, given: Given) -> Received:
    """Read every plate of one picture."""
    inside = look.object("data") if "data" in look.value else look
    if inside is None:
        return Received(system=NAME)
    before = len(look.faults)
    camera, image = inside.name("camera_id"), inside.text("filename")
    at = inside.moment("timestamp")
    sound = len(look.faults) == before

    def one_plate(one: Fields) -> PlateRead | None:
        found = plate_of(one, "plate")
        region = one.object("region")
        code = region.text("code") if region else None
        sure = region.share("score") if region else None
        score, seen = one.share("score"), one.share("dscore")
        box = _box(one)
        candidates = _candidates(one)
        if found is None:
            return None
        # A country is no state: a caller's country must not make one of it.
        state = state_in(None, code)
        return make_read(
            NAME, *found, score, given, at=at, candidates=candidates, state=sure_enough(state, sure, given),
            state_confidence=sure if state else None, box=box, detection_score=seen, camera=camera, image=image,
        )  # fmt: skip

    reads = each(inside.objects("results", required=True), one_plate)
    return Received(system=NAME, reads=tuple(reads) if sound else ())


def _box(look: Fields) -> Box | None:
    box = look.object("box")
    if box is None:
        return None
    found = [box.number(key, "pixels", -100_000, 100_000, required=True) for key in EDGES]
    known = [round(one) for one in found if one is not None]
    return edges(tuple(known)) if len(known) == len(EDGES) else None


def _candidates(look: Fields) -> tuple[Candidate, ...]:
    found: list[Candidate] = []
    for one in look.objects("candidates", most=MAX_CANDIDATES):
        text, score = one.text("plate", required=True, most=MAX_PLATE_TEXT), one.share("score")
        if text is not None and normalise(text):
            found.append(Candidate(text=normalise(text), confidence=score))
    return tuple(found)
