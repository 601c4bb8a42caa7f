"""The time of a question that brings none of its own, and which text of a department is meant by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from alpr_policy.durations import start_of_day
from alpr_policy.errors import Diagnostic, ExitCode, PolicyError
from alpr_policy.model.profile import Profile
from alpr_policy.questions.wording import day_text
from alpr_policy.reading.catalog import Catalog

Moment = dt.datetime | dt.date


class TimeError(PolicyError):
    """A time of the question cannot be read, or means another instant to each department."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class TextAt:
    """A text of a department at a time: the one in force, or else the newest with `note` on why it did not bind."""

    profile: Profile
    at: dt.datetime
    in_force: bool
    note: str = ""


def moment_in(as_of: Moment, timezone: str) -> dt.datetime:
    """Return an instant; a bare date is the start of that day in a time zone."""
    return as_of if isinstance(as_of, dt.datetime) else start_of_day(as_of, ZoneInfo(timezone))


def request_time(catalog: Catalog, names: Iterable[str], as_of: Moment) -> dt.datetime:
    """Return the time of a request that brings none, in the time zone of its departments.

    Raises TimeError where a bare date begins at another instant for each of them. Names that nobody knows have no zone.
    """
    known = [name for name in names if name in catalog.versions]
    found = {moment_in(as_of, catalog.latest(name).timezone) for name in known}
    if len({one.astimezone(dt.UTC) for one in found}) > 1:
        message = f"the day {as_of} begins at another time for each of {', '.join(sorted(known))}"
        raise TimeError([Diagnostic("usage", message, help="give an instant such as 2026-05-01T12:00:00-04:00")])
    return min(found) if found else moment_in(as_of, "UTC")


def text_at(catalog: Catalog, name: str, as_of: Moment) -> TextAt:
    """Return the text in force, or the newest and why it did not bind; raises UnknownProfileError."""
    newest = catalog.latest(name)
    at = moment_in(as_of, newest.timezone)
    active = catalog.active(name, at)
    if active is not None:
        return TextAt(active, at, True)
    return TextAt(newest, at, False, why_not_in_force(newest, at))


def why_not_in_force(profile: Profile, at: dt.datetime) -> str:
    """Say why a text did not bind at a time."""
    first = profile.first_day
    day = day_text(at.astimezone(ZoneInfo(profile.timezone)).date())
    if first is None:
        return f"not in force on {day}: its first day has not been set"
    if first > at.astimezone(ZoneInfo(profile.timezone)).date():
        return f"not in force on {day}: it takes effect on {day_text(first)}"
    until = profile.policy.until
    return f"not in force on {day}" + (f": its last day was {day_text(until)}" if until else "")


def version_text(profile: Profile) -> str:
    """Return the number of a policy and its first day."""
    first = profile.first_day
    return f"{profile.policy.number}, " + (f"in effect from {day_text(first)}" if first else "without a first day")
