"""What comes out of a payload: plate reads, alerts of other software, searches asked for, and all that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy_adapters.categories import category_by_name
from alpr_policy_adapters.plate_read import PlateRead
from alpr_policy_adapters.registration import normalise

FROM_PAYLOAD = "payload"
FROM_CALLER = "caller"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a caller knows that payloads leave out. It fills gaps and never replaces what a payload says.

    `at` is when plates were read, with its offset. `country` is the one for which the software is set up, `us` or `ca`:
    without it a bare region such as `de` may be a state or a country, and is no state. A state that the software holds
    less likely than `least_state_confidence` is not known. `category_of` gives the category of a name that a list or
    reason has, None for names that it does not know.
    """

    agency: str | None = None
    camera: str | None = None
    at: datetime | None = None
    country: str | None = None
    least_state_confidence: float = 0.5
    category_of: Callable[[str], str | None] = category_by_name

    def __post_init__(self) -> None:
        """Refuse a time that does not say where on earth it holds; raises ValueError."""
        if self.at is not None and self.at.tzinfo is None:
            raise ValueError("`at` must carry its offset from UTC")


NOTHING_GIVEN = Given()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One list on which other software found a plate: names as it gives them, `category` None where none is known."""

    name: str | None
    reason: str | None
    category: str | None
    case_number: str | None = None
    audience: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give the listing as JSON values."""
        return {
            "name": self.name,
            "reason": self.reason,
            "category": self.category,
            "case_number": self.case_number,
            "audience": self.audience,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorAlert:
    """That other software found a plate on its lists. How well plate and state agree is its own matter, not known here.

    `read` is None where it shows no plate; `listed_plate` is the list's own plate where that is sent too.
    """

    source: str
    listings: tuple[Listing, ...]
    read: PlateRead | None = None
    listed_plate: str | None = None
    at: datetime | None = None
    camera: str | None = None
    agency: str | None = None
    reference: str | None = None

    @property
    def categories(self) -> tuple[str, ...] | None:
        """List the categories of all lists; None where one has no known name, since it might be the barred one."""
        found = tuple(dict.fromkeys(listing.category for listing in self.listings if listing.category is not None))
        known = all(listing.category is not None for listing in self.listings)
        return found if found and known else None

    @property
    def plate(self) -> str | None:
        """Give the plate of the alert, the one that was read before the one on the list."""
        return self.read.plate if self.read is not None else normalise(self.listed_plate or "") or None

    def to_dict(self) -> dict[str, Any]:
        """Give the alert as JSON values, its read by the plate alone."""
        return {
            "source": self.source,
            "plate": self.plate,
            "listed_plate": self.listed_plate,
            "listings": [listing.to_dict() for listing in self.listings],
            "at": self.at.isoformat() if self.at else None,
            "camera": self.camera,
            "agency": self.agency,
            "reference": self.reference,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAsked:
    """A search of stored reads that somebody asks other software for: it is judged, it is no read.

    The reason is kept as it was typed and taken for no purpose: what a reason is worth, a person judges.
    """

    source: str
    plate: str
    state: str | None
    since: datetime
    until: datetime
    reason: str
    case_number: str | None = None

    def facts(self) -> Mapping[str, Any]:
        """Give the facts of `search.run` that the request shows.

        `record.captured` is the start of the window: the oldest read that the search can bring up.
        """
        facts: dict[str, Any] = {
            "plate.number": self.plate,
            "record.captured": self.since.isoformat(),
            "reason.recorded": bool(self.reason.strip()),
            "data.custodian": "vendor",
        }
        if self.state is not None:
            facts["plate.state"] = self.state
        if self.case_number is not None:
            facts["case.number"] = self.case_number
        return facts

    def to_dict(self) -> dict[str, Any]:
        """Give the search as JSON values."""
        return {
            "source": self.source,
            "plate": self.plate,
            "state": self.state,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "reason": self.reason,
            "case_number": self.case_number,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One payload, read: by which system, what was in it, and everything that is wrong with it.

    A result of the payload in which anything that we use is wrong makes no read; its other results stand.
    """

    system: str | None
    reads: tuple[PlateRead, ...] = ()
    alerts: tuple[VendorAlert, ...] = ()
    searches: tuple[SearchAsked, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def is_error(self) -> bool:
        """Say whether anything in the payload had to be refused."""
        return any(one.is_error for one in self.diagnostics)
