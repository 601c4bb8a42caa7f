"""What all systems' results have in common: a plate and how sure it is, a state that is known or not, place, time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from alpr_policy_adapters.payloads.fields import MAX_CANDIDATES, MAX_PLATE_TEXT, Fields
from alpr_policy_adapters.payloads.received import FROM_CALLER, FROM_PAYLOAD, Given
from alpr_policy_adapters.plate_read import Box, Candidate, Corners, PlateRead
from alpr_policy_adapters.registration import STATES, normalise

COUNTRIES = {"us": "US", "ca": "CA"}
"""The countries whose regions are states or provinces of our list."""

PROVINCES = frozenset(["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"])


def plate_of(look: Fields, key: str) -> tuple[str, str] | None:
    """Return a plate as the software writes it and as characters alone; None, with an error, where it is no plate."""
    raw = look.text(key, required=True, most=MAX_PLATE_TEXT)
    if raw is None:
        return None
    plate = normalise(raw)
    if not plate:
        look.fault(key, "a plate with a letter or a digit", raw)
        return None
    return raw, plate


def state_in(country: str | None, region: str | None) -> str | None:
    """Give the code of a region within a country; None where it is not known to be a state or province.

    `us-ma` brings its country along. A bare `de` is Delaware in one country and a country itself elsewhere, so it needs
    the country to be said.
    """
    if not region:
        return None
    place, _, within = region.strip().lower().partition("-")
    if not within:
        place, within = (country or "").strip().lower(), place
    code = within.upper()
    if place not in COUNTRIES or code not in STATES:
        return None
    return code if (code in PROVINCES) == (place == "ca") else None


def sure_enough(state: str | None, confidence: float | None, given: Given) -> str | None:
    """Give the state unless the software itself doubts it; nobody having said how sure it is, it stands."""
    return None if confidence is not None and confidence < given.least_state_confidence else state


def candidates_of(look: Fields, key: str, *, whole: float | None) -> tuple[Candidate, ...]:
    """Return the other texts the software considered; `whole` is its full confidence, None where it gives none."""
    found: list[Candidate] = []
    for one in look.objects(key, most=MAX_CANDIDATES):
        text = one.text("plate", required=True, most=MAX_PLATE_TEXT)
        confidence = None if whole is None else one.share("confidence", whole=whole)
        if text is not None and normalise(text):
            found.append(Candidate(text=normalise(text), confidence=confidence))
    return tuple(found)


def edges(found: tuple[int, ...] | None) -> Box | None:
    """Give left, top, right and bottom as left, top, width and height."""
    if found is None:
        return None
    left, top, right, bottom = found
    return left, top, right - left, bottom - top


def corners_of(look: Fields, key: str) -> Corners | None:
    """Return four corners, as the software goes round the plate from the top left."""
    points = look.objects(key, most=4)
    if not points:
        return None
    if len(points) != 4:
        look.fault(key, "four corners", look.value.get(key))
        return None
    reach = 100_000.0
    pairs = [
        (p.number("x", "pixels", -reach, reach, required=True), p.number("y", "pixels", -reach, reach, required=True))
        for p in points
    ]
    if any(x is None or y is None for x, y in pairs):
        return None
    one, two, three, four = [(float(x or 0.0), float(y or 0.0)) for x, y in pairs]
    return one, two, three, four


def around(corners: Corners | None) -> Box | None:
    """Give the upright box around four corners."""
    if corners is None:
        return None
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    left, top = round(min(xs)), round(min(ys))
    return left, top, round(max(xs)) - left, round(max(ys)) - top


def make_read(
    source: str, raw: str, plate: str, confidence: float | None, given: Given, *, at: datetime | None, **parts: Any
) -> PlateRead:
    """Build a read; what the payload leaves out is taken from the caller, where the caller knows it."""
    when = at or given.at
    parts["camera"] = parts.get("camera") or given.camera
    parts["agency"] = parts.get("agency") or given.agency
    return PlateRead(
        raw=raw,
        plate=plate,
        confidence=confidence,
        captured_at=when,
        captured_from=None if when is None else FROM_PAYLOAD if at else FROM_CALLER,
        source=source,
        **parts,
    )
