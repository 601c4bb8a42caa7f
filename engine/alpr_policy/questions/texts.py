"""Which text binds a department at a time, or is judged under as if it did; each is lowered once and kept."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from alpr_policy.durations import start_of_day
from alpr_policy.evaluators.compiled import Compiled
from alpr_policy.ir.floors import under_floor
from alpr_policy.ir.lower import lower
from alpr_policy.ir.nodes import Ruleset
from alpr_policy.model.decision import Reason
from alpr_policy.model.profile import Profile
from alpr_policy.questions.joining import system_reason
from alpr_policy.reading.catalog import Catalog, in_force


@dataclass(frozen=True, slots=True)
class BindingText:
    """A text to judge under: its own rules, and `rulesets`: these with the retention of all floors, then each floor."""

    name: str
    own: Ruleset
    rulesets: tuple[Ruleset, ...]
    compiled: tuple[Compiled, ...]


# A clock on the wall may differ from that of any zone by a day, so within this many days nothing is sure.
_DAYS_UNSURE: Final = 3


@dataclass(frozen=True, slots=True)
class _InForce:
    """When a version of a text is in force, and on which days it surely is, whatever zone they are told in.

    `alone` is the text made ready, where it has no floor.
    """

    begins: dt.datetime
    ends: dt.datetime | None
    first_sure: int
    last_sure: int
    profile: Profile
    alone: BindingText | None


class Texts:
    """The texts of a catalog. Finding the same twice at once does no harm, so threads may share it without a lock."""

    def __init__(self, catalog: Catalog) -> None:
        """Look in `catalog`; each text is lowered when it is first asked for."""
        self.catalog = catalog
        self._lowered: dict[tuple[str, ...], Ruleset] = {}
        self._bound: dict[tuple[str, ...], BindingText] = {}
        self._in_force: dict[str, list[_InForce]] = {}

    def ruleset(self, profile: Profile) -> Ruleset:
        """Return a profile lowered."""
        key = (profile.profile, profile.content_hash)
        if key not in self._lowered:
            self._lowered[key] = lower(profile)
        return self._lowered[key]

    def binding(self, name: str, at: dt.datetime) -> BindingText | Reason:
        """Return the text in force, or that there is none; raises UnknownProfileError."""
        found = self._in_force.get(name)
        if found is None:
            found = self._in_force[name] = self._spans(name)
        day = at.toordinal()
        for one in found:
            # Comparing days is quicker by far than comparing moments.
            if one.first_sure <= day <= one.last_sure:
                return one.alone or self._with_floors(one.profile, at)
            if one.begins <= at and (one.ends is None or at <= one.ends):
                return one.alone or self._with_floors(one.profile, at)
        return system_reason(name, "no_policy", f"no text of `{name}` was in force at {at.isoformat()}")

    def _spans(self, name: str) -> list[_InForce]:
        """Return when each version of a text is in force, the newest first; one without a floor is made ready."""
        spans: list[_InForce] = []
        for profile in reversed(self.catalog.get(name)):
            begins, ends = in_force(profile)
            if begins is not None:
                alone = None if profile.floor else self._with_floors(profile, begins)
                first = begins.toordinal() + _DAYS_UNSURE
                last = (ends or dt.datetime.max).toordinal() - _DAYS_UNSURE
                spans.append(_InForce(begins, ends, first, last, profile, alone))
        return spans

    def supposed(self, text: str, at: dt.datetime) -> BindingText | Reason:
        """Return the text named: `NAME` for its newest version, `NAME@DATE` for the one in force as that day begins.

        Raises UnknownProfileError. A reason comes back where there was none, or where the day cannot be read.
        """
        name, _, day = text.partition("@")
        newest = self.catalog.latest(name)
        if not day:
            return self._with_floors(newest, at)
        try:
            then = start_of_day(dt.date.fromisoformat(day), ZoneInfo(newest.timezone))
        except ValueError:
            told = f"`{day[:30]}` is not a day; write it as `{name[:60]}@2026-05-01`"
            return system_reason(name, "bad_request", told)
        profile = self.catalog.active(name, then)
        if profile is None:
            return system_reason(name, "no_policy", f"no text of `{name}` was in force on {day}")
        return self._with_floors(profile, then)

    def bound(self, profile: Profile, at: dt.datetime) -> BindingText:
        """Return a text as it binds with its floors at a time, whether or not it was in force then."""
        return self._with_floors(profile, at)

    def _with_floors(self, profile: Profile, at: dt.datetime) -> BindingText:
        floors: list[Profile] = []
        below = profile
        while below.floor and (found := self.catalog.active(below.floor, at)):
            below = found
            floors.append(below)
        key = tuple(part for one in (profile, *floors) for part in (one.profile, one.content_hash))
        if key not in self._bound:
            own = self.ruleset(profile)
            bound = [self._as_floor(own, self.ruleset(floor)) for floor in floors]
            first = own
            for floor in bound:
                first = under_floor(first, floor)
            compiled = (Compiled(first), *(Compiled(floor, with_lifecycle=False) for floor in bound))
            self._bound[key] = BindingText(profile.profile, own, (first, *bound), compiled)
        return self._bound[key]

    def _as_floor(self, own: Ruleset, floor: Ruleset) -> Ruleset:
        """Return a floor's rules as they bind a profile: its silence never counts, on no act at all."""
        spoken = frozenset({*floor.vocabulary.actions, *own.vocabulary.actions})
        return dataclasses.replace(floor, silence_allows=spoken)
