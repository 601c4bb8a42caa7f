"""The layouts that are known without a mapping: which columns each has, and how one is told by a file's header."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from alpr_policy.suggest import did_you_mean


class Family(StrEnum):
    """What the rows of a layout are about."""

    SEARCH = "search"
    EVENT = "event"
    SHARING = "sharing"
    DECISION = "decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One layout. `columns` are its headings in order; those in `optional` may be missing, in any mixture.

    `fixed` layouts can be read from a file without a header, by the order of their columns.
    """

    name: str
    about: str
    family: Family
    columns: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    fixed: bool = True

    def keys(self) -> tuple[str, ...]:
        """Return the columns by their keys."""
        return tuple(key_of(column) for column in self.columns)

    def required(self) -> frozenset[str]:
        """Return the keys of the columns that are always there."""
        return frozenset(self.keys()) - {key_of(column) for column in self.optional}


def key_of(heading: str) -> str:
    """Return what a heading is known by: its letters and digits, small, other names for the same column made one."""
    bare = re.sub(r"[^a-z0-9]", "", heading.casefold())
    return _SAME.get(bare, bare)


_SAME = {
    "userid": "user",
    "name": "user",
    "username": "user",
    "orgname": "org",
    "organizationname": "org",
    "totalnetworkssearched": "networks",
    "networkcount": "networks",
    "totaldevicessearched": "devices",
    "cameracount": "devices",
    "licenseplate": "plate",
    "case": "case",
    "casenumber": "case",
    "searchdate": "time",
    "searchtime": "time",
    "timestamp": "time",
    "searchtype": "type",
    "textprompt": "prompt",
    "offensetype": "offence",
    "eventid": "id",
}
_AUDIT = (
    "Name", "Org Name", "Total Networks Searched", "Total Devices Searched", "Time Frame", "License Plate", "Reason",
    "Case #", "Filters", "Search Time", "Search Type",
)  # fmt: skip
_NO_DEVICES = tuple(name for name in _AUDIT if name != "Total Devices Searched")
_PROMPT = ("Text Prompt", "Moderation")
_PORTAL = ("id", "userId", "searchDate", "networkCount", "cameraCount", "reason", "caseNumber", "offenseType")
_PORTAL_OPTIONAL = frozenset({"networkCount", "cameraCount", "reason", "caseNumber", "offenseType"})
LEDGER = "alpr_policy_ledger"
MERGED = "flock_portal_merged"
LAYOUTS: Mapping[str, Layout] = {
    one.name: one
    for one in (
        Layout(
            name="flock_audit_10",
            about="Flock organisation or network audit, 10 columns: no plate, no devices",
            family=Family.SEARCH,
            columns=("ID", *(name for name in _NO_DEVICES if name != "License Plate")),
        ),
        Layout(
            name="flock_audit_11",
            about="Flock organisation or network audit, 11 columns: the early one, without an id",
            family=Family.SEARCH,
            columns=_AUDIT,
        ),
        Layout(
            name="flock_audit_13",
            about="Flock organisation or network audit, 13 columns: after 17 December 2025",
            family=Family.SEARCH,
            columns=("ID", *_NO_DEVICES, *_PROMPT),
        ),
        Layout(
            name="flock_audit_14",
            about="Flock organisation or network audit, 14 columns: until then",
            family=Family.SEARCH,
            columns=("ID", *_AUDIT, *_PROMPT),
        ),
        Layout(
            name="flock_portal",
            about="search audit of a transparency portal: id, user, time, and any of five further columns",
            family=Family.SEARCH,
            columns=_PORTAL,
            optional=_PORTAL_OPTIONAL,
            fixed=False,
        ),
        Layout(
            name=MERGED,
            about="search audits of several portals under one header, with the agency in two columns before it",
            family=Family.SEARCH,
            columns=("agency_slug", "agency", *_PORTAL),
            optional=_PORTAL_OPTIONAL,
            fixed=False,
        ),
        Layout(
            name="flock_event_log",
            about="Flock event log: what administrators did",
            family=Family.EVENT,
            columns=("Timestamp", "User", "Event Type", "Entity Type", "Entity Details", "Event Id"),
        ),
        Layout(
            name="flock_sharing",
            about="Flock report of shared networks; it holds no times, so give the day it was made",
            family=Family.SHARING,
            columns=("Organization Name", "Networks Shared With Me", "Networks I'm Sharing"),
        ),
        Layout(
            name=LEDGER,
            about="what `alpr-policy ledger export` writes: JSON Lines",
            family=Family.DECISION,
            columns=(),
            fixed=False,
        ),
    )
}  # fmt: skip


def recognised(headings: Iterable[str]) -> Layout | None:
    """Return the layout of a header: the one whose columns it has exactly, else the fullest one that it contains."""
    there = {key_of(heading) for heading in headings}
    fitting = [one for one in LAYOUTS.values() if one.columns and one.required() <= there]
    exact = [one for one in fitting if there <= set(one.keys())]
    best = exact or fitting
    return max(best, key=lambda one: len(set(one.keys()) & there), default=None)


def places(layout: Layout, headings: Iterable[str]) -> tuple[dict[str, tuple[int, ...]], list[str]]:
    """Return in which cells each column of a layout stands, and the headings that it does not know.

    A column may stand in two cells where a release has split day and time.
    """
    known = set(layout.keys())
    found: dict[str, tuple[int, ...]] = {}
    strange: list[str] = []
    for place, heading in enumerate(headings):
        key = key_of(heading)
        if key not in known or (key in found and key != "time"):
            strange.append(heading)
        else:
            found[key] = (*found.get(key, ()), place)
    return found, strange


def nearest_layout(name: str) -> str:
    """Say which layout may be meant by a name."""
    return did_you_mean(name, LAYOUTS)
