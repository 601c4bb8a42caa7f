"""Flock: the webhook of a hot-list alert, and the request for a lookup of stored reads.

An alert names lists and reasons and no category: the category is taken from a reason that is a known name, and is not
known otherwise. One alert may rest on several lists. States are whole names in lower case. A lookup is a search, and is
judged as one.
"""

from __future__ import annotations

from datetime import datetime

from alpr_policy_adapters.payloads.fields import Fields, each
from alpr_policy_adapters.payloads.reads import make_read, plate_of, sure_enough
from alpr_policy_adapters.payloads.received import Given, Listing, Received, SearchAsked, VendorAlert
from alpr_policy_adapters.plate_read import PlateRead
from alpr_policy_adapters.registration import state_by_name

ALERT, LOOKUP = "flock_alert", "flock_lookup"
STATE_NAMES = {"washington_dc": "DC"}
"""The one state that goes by another name than its own."""


def read_alert(look: Fields, given: Given) -> Received:
    """Read an alert; without `ocr` it shows no plate, and is an alert all the same."""
    before = len(look.faults)
    at = look.moment("eventTime", required=True)
    camera = look.text("deviceExternalId") or look.text("deviceName")
    agency = look.text("networkName")
    ocr = look.object("ocr")
    reference = look.text("objectId")
    sound = len(look.faults) == before
    # The schema asks for neither: an alert that shows no plate is an alert all the same.
    shown = [ocr] if ocr is not None and ocr.value.get("label") not in (None, "") else []
    reads = tuple(each(shown, lambda one: _ocr(one, at, camera, agency, reference, given))) if sound else ()
    listings = tuple(each(look.objects("sources", required=True), lambda one: _listing(one, given)))
    if not listings and len(look.faults) == before:
        look.fault("sources", "at least one list", look.value.get("sources"))
    if len(look.faults) > before:
        return Received(system=ALERT, reads=reads)
    alert = VendorAlert(
        source=ALERT,
        listings=listings,
        read=reads[0] if reads else None,
        at=at,
        camera=camera or given.camera,
        agency=agency or given.agency,
        reference=reference,
    )
    return Received(system=ALERT, reads=reads, alerts=(alert,))


def _ocr(
    look: Fields, at: datetime | None, camera: str | None, agency: str | None, track: str | None, given: Given
) -> PlateRead | None:
    found = plate_of(look, "label")
    confidence = look.share("labelConfidence")
    state, sure = _state(look, "state"), look.share("stateConfidence")
    if found is None:
        return None
    return make_read(
        ALERT, *found, confidence, given, at=at, state=sure_enough(state, sure, given),
        state_confidence=sure if state else None, camera=camera, agency=agency, track=track,
    )  # fmt: skip


def _listing(look: Fields, given: Given) -> Listing:
    reason = look.text("reason", most=2_000)
    return Listing(
        name=look.text("name"),
        reason=reason,
        category=given.category_of(reason) if reason else None,
        case_number=look.name("caseNumber"),
        audience=look.text("customHotlistAudience"),
    )


def _state(look: Fields, key: str) -> str | None:
    name = look.text(key)
    return None if name is None else STATE_NAMES.get(name.strip().lower()) or state_by_name(name)


def read_lookup(look: Fields, given: Given) -> Received:
    """Read a request for a lookup: a plate, a window of time and a reason."""
    return Received(system=LOOKUP, searches=tuple(each([look], _lookup)))


def _lookup(look: Fields) -> SearchAsked | None:
    found = plate_of(look, "plate")
    since, until = look.moment("startDate", required=True), look.moment("endDate", required=True)
    reason = look.text("reason", most=2_000)
    state, case = look.text("state"), look.name("caseNumber")
    known = _state(look, "state")
    if state is not None and known is None:
        look.fault("state", "the name of a state", state)
    if since is not None and until is not None and until < since:
        look.fault("endDate", "a time not before `startDate`", look.value.get("endDate"))
    if found is None or since is None or until is None:
        return None
    return SearchAsked(
        source=LOOKUP, plate=found[1], state=known, since=since, until=until, reason=reason or "", case_number=case
    )
