"""What the tests of duties, audits and overrides share: a small department, and acts and records of it."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

from alpr_policy import PolicyDecisionPoint, Profile, parse_profile
from alpr_policy.durations import parse_moment
from alpr_policy.model.acts import RecordedAct
from alpr_policy.model.past import Doing, Happening
from alpr_policy.reading.catalog import Catalog
from alpr_policy.reading.requests import read_request

FILES = Path(__file__).resolve().parent / "adapters" / "cli_files"
POINTS: dict[tuple[str, ...], PolicyDecisionPoint] = {}
NOON = "2026-11-27T12:00:00-05:00"


@cache
def harbour() -> Profile:
    """Return the profile of the small department; it cannot be changed, so all share it."""
    return parse_profile((FILES / "harbour.yaml").read_text(encoding="utf-8"))


def point(*profiles: Profile) -> PolicyDecisionPoint:
    """Return a decision point over some profiles alone."""
    key = tuple(one.content_hash for one in profiles)
    if key not in POINTS:
        POINTS[key] = PolicyDecisionPoint(Catalog({one.profile: (one,) for one in profiles}))
    return POINTS[key]


def at(text: str = NOON) -> dt.datetime:
    """Read an instant."""
    return dt.datetime.fromisoformat(text)


def happening(event: str, when: str | None, of: str | None = None, **more: Any) -> Happening:
    """Return something that happened."""
    return Happening(event=event, of=of, at=parse_moment(when) if when else None, **more)


def doing(task: str, when: str | None, of: str | None = None, **more: Any) -> Doing:
    """Return something that was done."""
    return Doing(task=task, of=of, at=parse_moment(when) if when else None, **more)


def act(
    identity: str, action: str, when: str, facts: dict[str, Any] | None = None, *, done: bool | None = True, **more: Any
) -> RecordedAct:
    """Return an act judged under the small department's policy."""
    raw = {"action": action, "at": when, "departments": ["harbour"], "facts": facts or {}, "id": identity}
    request = read_request(raw)
    return RecordedAct(id=identity, request=request, decision=point(harbour()).decide(request), done=done, **more)
