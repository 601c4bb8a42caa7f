"""That somebody acted against a denial where the policy lets them: who, when, on what, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from alpr_policy.model.wire import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A person at one moment: roles held, roles filled as designee or acting, and which offices' holders are absent.

    `absent` of None: nobody knows who is absent, and no stand-in for an absent holder counts.
    """

    id: str
    roles: tuple[str, ...] = ()
    designee_of: tuple[str, ...] = ()
    acting_as: tuple[str, ...] = ()
    absent: tuple[str, ...] | None = None

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data."""
        wire: dict[str, Any] = plain(self)
        return wire | ({"absent": []} if self.absent == () else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideRecord:
    """An override that was made: its own id, the denied act, by whom in which role, from when until when.

    `review_due` is the last timely instant of the review, `review_by` the role that owes it.
    """

    id: str
    act: str
    action: str
    by: str
    role: str
    at: dt.datetime
    until: dt.datetime
    review_by: tuple[str, ...]
    review_due: dt.datetime
    profiles: tuple[str, ...]
    cite: tuple[str, ...] = ()
    why: str = ""

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data."""
        wire: dict[str, Any] = plain(self)
        return wire
