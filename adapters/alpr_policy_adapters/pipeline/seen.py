"""What a read and a hit say as facts of a request; what they do not say stays unknown."""

from __future__ import annotations

import datetime as dt
from math import floor
from typing import Any

from alpr_policy_adapters.hotlists import Hit, hit_facts
from alpr_policy_adapters.plate_read import PlateRead

ROUNDING = 1e-6
"""What a product of decimal fractions may lack: 0.29 is 29 per cent, though 0.29 * 100 is a little less."""


def facts_of_read(read: PlateRead) -> dict[str, Any]:
    """Give how sure the reader is, in whole per cent rounded down; left out where it does not say."""
    sure = {"read.confidence": read.confidence}
    if read.state is not None:
        sure["read.state_confidence"] = read.state_confidence
    told = ((name, value) for name, value in sure.items() if value is not None and 0 <= value <= 1)
    return {name: floor(value * 100 + ROUNDING) for name, value in told}


def facts_of_plate(read: PlateRead) -> dict[str, Any]:
    """Give how sure the reader is, and the state that was read."""
    state = {"plate.state": read.state} if read.state is not None else {}
    return {**facts_of_read(read), **state}


def facts_of_hit(read: PlateRead, hit: Hit, at: dt.datetime) -> dict[str, Any]:
    """Give how the hit matches, the state that was read, and when the list was loaded that was in use at `at`."""
    facts = {**facts_of_plate(read), "hit.match": hit.kind.value}
    loaded = hit.entry.loaded_at
    # A list that was loaded only after the act says nothing of the list that was in use.
    return {**facts, **hit_facts(hit)} if loaded is not None and loaded <= at else facts
