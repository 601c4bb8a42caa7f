"""From what was seen to requests, and from each request to one decision per department. Nothing is done here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from alpr_policy.model.decision import Decision, Outcome
from alpr_policy.model.request import Mode, Request
from alpr_policy.questions.joining import system_reason
from alpr_policy.reading.catalog import Catalog
from alpr_policy.reading.requests import read_request
from alpr_policy.vocabulary import VOCABULARY
from alpr_policy_adapters.hotlists import Hit
from alpr_policy_adapters.payloads import SearchAsked, VendorAlert
from alpr_policy_adapters.pipeline.seen import facts_of_hit, facts_of_plate, facts_of_read
from alpr_policy_adapters.pipeline.setting import Setting
from alpr_policy_adapters.pipeline.step import Step
from alpr_policy_adapters.plate_read import OWN_ENGINE, PlateRead
from alpr_policy_adapters.plates import ImageReads

SettingFor: TypeAlias = Callable[[str, PlateRead | None, Hit | None], Setting]
"""Gives what is known for one act: its name, the read and the hit. It is asked anew for each."""

Clock: TypeAlias = Callable[[dt.datetime | None], dt.datetime]
"""Gives when an act is done, from when its plate was seen, None where that is not known."""

UNKNOWN = "unknown"


class Decider(Protocol):
    """What answers requests: a decision point, live or not, or whatever asks one elsewhere."""

    @property
    def catalog(self) -> Catalog:
        """Give the profiles in use."""

    def decide(
        self, request: Request | Mapping[str, Any], *, departments: Iterable[str] = (), mode: Mode = Mode.ENFORCE
    ) -> Decision:
        """Judge one request."""


def now(_: dt.datetime | None = None) -> dt.datetime:
    """Give the time of day: the clock of acts that are done as they are judged."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def seen_or(at: dt.datetime | None) -> Clock:
    """Give a clock by which acts are done when their plate was seen; else at `at`; else now."""
    return lambda seen: seen or at or now()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Makes the requests and has them judged, by each department by itself.

    `departments` are those asked about reads, alerts of other software and searches; a hit is judged by those under
    whose tolerance it is one.
    """

    pdp: Decider
    departments: tuple[str, ...]
    clock: Clock = now
    setting: Setting | SettingFor = field(default_factory=Setting)
    mode: Mode = Mode.ENFORCE
    _known: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False, compare=False)

    def capture(self, read: PlateRead, picture: ImageReads | None = None) -> Step:
        """The camera has read a plate. What other software recorded beside the plate is for the setting to say."""
        facts = facts_of_read(read)
        if read.source == OWN_ENGINE:
            facts["read.fields"] = ["plate", "vehicle_image", *(["time"] if read.captured_at else [])]
        at = read.captured_at or self.clock(None)
        return self._step("read.capture", facts, self.departments, at, read=read, picture=picture)

    def alert(self, read: PlateRead, hit: Hit, seen_by: tuple[str, ...], picture: ImageReads | None = None) -> Step:
        """The hit is to be shown to the person on duty."""
        at = self.clock(read.captured_at)
        facts = {**facts_of_hit(read, hit, at), "alert.categories": [hit.entry.category], "plate.number": read.plate}
        return self._step("alert.deliver", facts, seen_by, at, read=read, hit=hit, picture=picture)

    def stop(self, read: PlateRead, hit: Hit, seen_by: tuple[str, ...], picture: ImageReads | None = None) -> Step:
        """Somebody wants to stop the vehicle on the strength of the hit."""
        at = self.clock(read.captured_at)
        facts = {**facts_of_hit(read, hit, at), "stop.basis": "hit"}
        return self._step("stop.start", facts, seen_by, at, read=read, hit=hit, picture=picture)

    def vendor_alert(self, alert: VendorAlert) -> Step:
        """Other software's alert is to be shown to the person on duty, with its categories if all of them are known."""
        categories = alert.categories
        facts: dict[str, Any] = {"alert.categories": UNKNOWN if categories is None else list(categories)}
        if alert.plate is not None:
            facts["plate.number"] = alert.plate
        # How its software came to the match is not told, so nothing is said of how well it matches.
        facts |= facts_of_plate(alert.read) if alert.read else {}
        at = self.clock(alert.at)
        return self._step("alert.deliver", facts, self.departments, at, read=alert.read, alert=alert)

    def search(self, search: SearchAsked) -> Step:
        """Somebody wants other software to search its stored reads."""
        return self._step("search.run", search.facts(), self.departments, self.clock(None), search=search)

    def ask(self, action: str, facts: Mapping[str, Any], at: dt.datetime) -> Step:
        """Ask about any other act."""
        return self._step(action, facts, self.departments, at)

    def _step(
        self, action: str, facts: Mapping[str, Any], departments: tuple[str, ...], at: dt.datetime, **about: Any
    ) -> Step:
        known, records = self._setting(action, about.get("read"), about.get("hit"))
        request = {"action": action, "at": at.isoformat(), "facts": {**known, **facts}, **records}
        asked = read_request(request)
        decisions = {name: self._decided(asked, name) for name in departments}
        return Step(action=action, request=request, decisions=decisions, **about)

    def _setting(
        self, action: str, read: PlateRead | None, hit: Hit | None
    ) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        if not isinstance(self.setting, Setting):
            setting = self.setting(action, read, hit)
            return _belonging(setting.facts, action), setting.records
        known = self._known.get(action)
        if known is None:
            known = self._known[action] = _belonging(self.setting.facts, action)
        return known, self.setting.records

    def _decided(self, request: Request, name: str) -> Decision:
        """Ask one department; no answer, or one that is none, is a denial that says so."""
        try:
            decision: object = self.pdp.decide(request, departments=[name], mode=self.mode)
            why = f"the decision point gave no decision but a {type(decision).__name__}"
            return decision if isinstance(decision, Decision) else denied(request, name, why, self.mode)
        except Exception as error:  # whatever keeps the answer away, an act without a decision is not done
            return denied(request, name, f"there was no decision: {type(error).__name__}", self.mode)


def denied(request: Request, department: str, why: str, mode: Mode) -> Decision:
    """Give the decision for an act that could not be judged: it may not be done in any mode."""
    return Decision(
        outcome=Outcome.DENY,
        action=request.action[:300],
        at="" if request.fatal else request.at.isoformat(),
        mode=mode.value,
        proceed=False,
        silent=False,
        reasons=(system_reason(department, "error", why),),
        request_id=request.id,
    )


def _belonging(facts: Mapping[str, Any], action: str) -> dict[str, Any]:
    """Keep the facts that belong to an act, and those that only a profile knows."""
    words = VOCABULARY.facts
    return {name: value for name, value in facts.items() if name not in words or action in words[name].actions}
