"""OpenALPR and Rekor: the group of reads of one vehicle, the result of one picture, and the alert.

Groups count time in milliseconds, results in seconds (newer ones in milliseconds); confidence goes to 100. An empty
region, or one with confidence 0, is no region.
"""

from __future__ import annotations

from alpr_policy_adapters.payloads.fields import MAX_PLATE_TEXT, Fields, each
from alpr_policy_adapters.payloads.reads import (
    around,
    candidates_of,
    corners_of,
    make_read,
    plate_of,
    state_in,
    sure_enough,
)
from alpr_policy_adapters.payloads.received import Given, Listing, Received, VendorAlert
from alpr_policy_adapters.plate_read import PlateRead

GROUP, RESULTS, ALERT = "openalpr_group", "openalpr_results", "rekor_alert"
FULL = 100.0
MAX_FRAMES = 10_000


def read_group(look: Fields, given: Given) -> Received:
    """Read an `alpr_group`: one vehicle, its best plate."""
    return Received(system=GROUP, reads=tuple(each([look], lambda one: _group(one, GROUP, given))))


def read_results(look: Fields, given: Given) -> Received:
    """Read the open-source result: every plate of one picture."""
    before = len(look.faults)
    camera, country = _camera(look), look.text("country")
    at = look.either_epoch("epoch_time")
    sound = len(look.faults) == before

    def one_plate(one: Fields) -> PlateRead | None:
        found = plate_of(one, "plate")
        confidence = one.share("confidence", whole=FULL)
        state, sure = _state(one, "region", "region_confidence", country, given)
        corners = corners_of(one, "coordinates")
        # A result may carry a time of its own, which then is the more exact one.
        when = one.either_epoch("epoch_time") or at
        candidates = candidates_of(one, "candidates", whole=FULL)
        if found is None:
            return None
        return make_read(
            RESULTS, *found, confidence, given, at=when, candidates=candidates, state=state, state_confidence=sure,
            corners=corners, box=around(corners), camera=camera,
        )  # fmt: skip

    reads = each(look.objects("results", required=True), one_plate)
    return Received(system=RESULTS, reads=tuple(reads) if sound else ())


def read_alert(look: Fields, given: Given) -> Received:
    """Read an `alpr_alert`: a plate on one of the lists kept with the vendor; the read is the group inside."""
    before = len(look.faults)
    inside = look.object("group")
    reads = tuple(each([inside], lambda one: _group(one, ALERT, given))) if inside is not None else ()
    at = look.either_epoch("epoch_time")
    name, description = look.text("alert_list"), look.text("description", most=2_000)
    look.text("list_type")
    listed = look.text("plate_number", required=inside is None, most=MAX_PLATE_TEXT)
    camera = look.name("camera_number")
    if len(look.faults) > before:
        return Received(system=ALERT, reads=reads)
    read = reads[0] if reads else None
    alert = VendorAlert(
        source=ALERT,
        listings=(Listing(name=name, reason=description, category=_category(name, description, given)),),
        read=read,
        listed_plate=listed,
        at=at or (read.captured_at if read else None) or given.at,
        camera=(read.camera if read else None) or camera or given.camera,
        agency=given.agency,
        reference=look.name("id"),
    )
    return Received(system=ALERT, reads=reads, alerts=(alert,))


def _category(name: str | None, description: str | None, given: Given) -> str | None:
    """Give the category that the list's name or the description names; none where they name two."""
    named = {given.category_of(text) for text in (name, description) if text} - {None}
    return named.pop() if len(named) == 1 else None


def _group(look: Fields, source: str, given: Given) -> PlateRead | None:
    best = look.object("best_plate", required="best_plate_number" not in look.value)
    whole = look if "best_plate_number" in look.value else best
    if whole is None:
        return None
    key, sure_key = ("best_plate_number", "best_confidence") if whole is look else ("plate", "confidence")
    found = plate_of(whole, key)
    confidence = whole.share(sure_key, whole=FULL)
    place, keys = look, ("best_region", "best_region_confidence")
    if keys[0] not in look.value and best is not None:
        place, keys = best, ("region", "region_confidence")
    state, sure = _state(place, *keys, look.text("country"), given)
    holder = look if "candidates" in look.value or best is None else best
    candidates = candidates_of(holder, "candidates", whole=FULL)
    corners = corners_of(best, "coordinates") if best is not None else None
    frames = look.values("uuids", most=MAX_FRAMES)
    at = look.milliseconds("epoch_start", required=True)
    track = frames[0] if frames and isinstance(frames[0], str) and len(frames[0]) <= 300 else look.text("best_uuid")
    camera = _camera(look)
    if found is None:
        return None
    return make_read(
        source, *found, confidence, given, at=at, candidates=candidates, state=state, state_confidence=sure,
        corners=corners, box=around(corners), camera=camera, track=track, frames=max(1, len(frames)),
    )  # fmt: skip


def _state(look: Fields, key: str, sure_key: str, country: str | None, given: Given) -> tuple[str | None, float | None]:
    region, sure = look.text(key), look.share(sure_key, whole=FULL)
    # Confidence 0 is how this software says that it did not look: never surer than any bound.
    state = None if sure == 0 else state_in(country or given.country, region)
    return sure_enough(state, sure, given), sure if region else None


def _camera(look: Fields) -> str | None:
    """Name the camera by its agent and number: numbers by themselves recur from site to site."""
    number, agent = look.name("camera_id"), look.name("agent_uid") or look.name("site_id")
    return f"{agent}/{number}" if agent and number else number
