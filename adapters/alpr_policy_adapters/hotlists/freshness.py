"""What a request may say about the age of a list: facts of the loader, and nothing where it does not know."""

from __future__ import annotations

from typing import Any

from alpr_policy_adapters.hotlists.loading import HotList
from alpr_policy_adapters.hotlists.match import Hit


def hit_facts(hit: Hit, *, newer_available: bool | None = None) -> dict[str, Any]:
    """Give the facts of a hit's list for an alert or a stop: when it was loaded, and whether a newer one is known."""
    facts: dict[str, Any] = {}
    if hit.entry.loaded_at is not None:
        facts["hotlist.loaded"] = hit.entry.loaded_at.isoformat()
    if newer_available is not None:
        facts["hotlist.newer_available"] = newer_available
    return facts


def load_facts(hotlist: HotList, *, newer_available: bool | None = None) -> dict[str, Any]:
    """Give the facts of a list for `hotlist.load`."""
    facts: dict[str, Any] = {"hotlist.source": hotlist.name}
    if hotlist.loaded_at is not None:
        facts["hotlist.loaded"] = hotlist.loaded_at.isoformat()
    if newer_available is not None:
        facts["hotlist.newer_available"] = newer_available
    return facts
