"""Cases under the profiles that bind them: the step with a decision point, replay, and the sweep for stale entries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan, add, instant
from alpr_policy.evaluators.stateful import (
    Case,
    CaseEvent,
    Decide,
    EventKind,
    Step,
    look,
    open_entry,
    step,
)
from alpr_policy.evaluators.stateful.asking import ADDING, RENEWING, STALE, is_stale
from alpr_policy.evaluators.stateful.serving import UTC
from alpr_policy.ir.nodes import ApprovalSpec, Atom, Cond, DocumentSpec, Ruleset, Schedule
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.needs import Asker
from alpr_policy.meaning.records import misspelt, telling_words
from alpr_policy.meaning.schedule import DutyStanding
from alpr_policy.meaning.standing import Standing
from alpr_policy.meaning.truth import Truth, U, truth
from alpr_policy.model.condition import ParameterRef
from alpr_policy.model.decision import Obligation, Outcome
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import EventRecord, Mode, Request
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.schedule import duty_state
from alpr_policy.questions.texts import BindingText

# A duty with one of these tasks, owed for each entry every so often, is how a profile says that an entry goes stale.
UPKEEP: Final = frozenset({"update_entry", "keep_entry_current"})


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a sequence of events made: the case, each step, and how many events were refused."""

    case: Case | None
    steps: tuple[Step, ...]

    @property
    def refused(self) -> int:
        """Return how many events were not taken."""
        return sum(one.refused is not None for one in self.steps)


class ProfilesKnow:
    """What the profiles of a decision point say of a case beyond decisions (`evaluators.stateful.Knowing`)."""

    def __init__(self, pdp: PolicyDecisionPoint) -> None:
        """Ask the profiles of `pdp`."""
        self.pdp = pdp

    def rulesets(self, request: Request) -> tuple[Ruleset, ...]:
        """Return the rules that bind a request, floors included; of a department without a text none."""
        found: list[Ruleset] = []
        for name in request.departments:
            if name in self.pdp.catalog.names:
                text = self.pdp.texts.binding(name, request.at)
                found += text.rulesets if isinstance(text, BindingText) else ()
        return tuple(found)

    def follows(self, request: Request, event: EventRecord) -> tuple[Obligation, ...]:
        """Return what the duties of the profiles want done after an event that is no act.

        Where it is not known whether a duty applies it is owed, and names the facts that would lift it.
        """
        found: dict[tuple[str, str], Obligation] = {}
        for ruleset in self.rulesets(request):
            facts = Facts(request, ruleset)
            for schedule in ruleset.schedules:
                if event.event in ruleset.vocabulary.expand(schedule.duty.after):
                    owed = self._owed(ruleset, schedule, facts, event)
                    if owed is not None:
                        found.setdefault((owed.profile, owed.rule), owed)
        return tuple(sorted(found.values(), key=lambda o: (o.profile, o.rule)))

    def _owed(self, ruleset: Ruleset, schedule: Schedule, facts: Facts, event: EventRecord) -> Obligation | None:
        def atom(one: Atom) -> Truth:
            return matches(one, facts.value(one.fact))

        def evaluate(cond: Cond) -> Truth:
            return truth(cond, atom)

        applies = evaluate(schedule.applies)
        if applies is False:
            return None
        asker = Asker(ruleset, facts, evaluate)
        return Obligation(
            task=schedule.duty.task,
            rule=schedule.origin.id,
            profile=schedule.origin.profile,
            cite=schedule.origin.cite,
            by=tuple(role for one in schedule.duty.by if isinstance(role := one.role, str)),
            due=self._due(ruleset, schedule, event, facts.request.at),
            unless_known=tuple(need.name for need in asker.live(schedule.applies)) if applies is U else (),
        )

    def _due(self, ruleset: Ruleset, schedule: Schedule, event: EventRecord, at: dt.datetime) -> str:
        within = schedule.duty.within
        if isinstance(within, ParameterRef):
            profile = self._profile(ruleset)
            parameter = profile.parameters.get(within.name) if profile is not None else None
            filled = parameter.value if parameter is not None else None
            within = filled if isinstance(filled, CalendarSpan) else "undetermined"
        if isinstance(within, CalendarSpan):
            return add(event.at or at, within, ruleset.zone).isoformat()
        return str(within)

    def _profile(self, ruleset: Ruleset) -> Profile | None:
        """Return the text that a ruleset was made from."""
        versions = self.pdp.catalog.get(ruleset.profile)
        return next((one for one in versions if one.content_hash == ruleset.content_hash), None)

    def unknown_word(self, request: Request) -> str | None:
        """Return which word of a request's records no profile that binds it knows."""
        rulesets = self.rulesets(request)
        elsewhere = frozenset(word for one in rulesets for word in telling_words(one.vocabulary))
        for ruleset in rulesets[:1]:
            for kind in ("approvals", "checks", "holds", "events"):
                doubt = misspelt(kind, getattr(request, kind) or (), ruleset.vocabulary, elsewhere)
                if doubt is not None:
                    return doubt.detail
        return None

    def grants_end(self, request: Request) -> tuple[tuple[str, dt.datetime], ...]:
        """Return when granted approvals lapse by the `valid` of a statement on the act that is asked for."""
        found: set[tuple[str, dt.datetime]] = set()
        for ruleset in self.rulesets(request):
            for spec in ruleset.specs.values():
                if isinstance(spec, ApprovalSpec) and spec.valid is not None:
                    found |= {
                        (one.topic, instant(add(one.at, spec.valid, ruleset.zone)))
                        for one in request.approvals or ()
                        if one.topic in spec.topics and one.decision == "granted" and one.at is not None
                    }
        return tuple(sorted(found))

    def papers_end(self, request: Request) -> tuple[tuple[str, dt.datetime], ...]:
        """Return when papers lapse by the `valid` of a statement that asks for one of their kind."""
        return tuple(
            sorted(
                {
                    (one.kind, instant(add(one.at, spec.valid, ruleset.zone)))
                    for ruleset in self.rulesets(request)
                    for spec in ruleset.specs.values()
                    if isinstance(spec, DocumentSpec) and spec.valid is not None
                    for one in request.documents or ()
                    if one.kind in spec.kinds and one.at is not None
                }
            )
        )

    def zone(self, request: Request) -> ZoneInfo:
        """Return the time zone of the first department that binds; UTC where none does."""
        return next((one.zone for one in self.rulesets(request)), UTC)


def decider(pdp: PolicyDecisionPoint, mode: Mode = Mode.ENFORCE) -> Decide:
    """Return the decision point as the step function takes it."""
    return lambda request: pdp.decide(request, mode=mode)


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes events into cases under the profiles of a decision point. Keeps no case: storage lies outside.

    `decide` may be wrapped (a directory that fills in facts, a second opinion, a ledger that writes first).
    """

    pdp: PolicyDecisionPoint
    decide: Decide
    knowing: ProfilesKnow = field(init=False)

    def __post_init__(self) -> None:
        """Make what the profiles know."""
        object.__setattr__(self, "knowing", ProfilesKnow(self.pdp))

    @classmethod
    def of(cls, pdp: PolicyDecisionPoint, mode: Mode = Mode.ENFORCE) -> Desk:
        """Return a desk that asks the decision point itself."""
        return cls(pdp, decider(pdp, mode))

    def take(self, case: Case | None, event: CaseEvent, now: dt.datetime | None = None) -> Step:
        """Take one event into a case, at its own time unless `now` is given."""
        return step(self.decide, case, event, now if now is not None else event.at, knowing=self.knowing)

    def look(self, case: Case, now: dt.datetime, action: str | None = None) -> Step:
        """Say what may be done and what is owed at a time; nothing is taken."""
        return look(self.decide, case, now, action, knowing=self.knowing)

    def run(self, events: Iterable[CaseEvent]) -> Iterator[Step]:
        """Take events of one case one after the other, each at its own time, and give each step."""
        case: Case | None = None
        for event in events:
            taken = self.take(case, event)
            case = taken.case
            yield taken


def replay(pdp: PolicyDecisionPoint, events: Iterable[CaseEvent]) -> Replayed:
    """Take the events of one case again, each at its own time; the same events give the same case, byte for byte."""
    steps = tuple(Desk.of(pdp).run(events))
    return Replayed(steps[-1].case if steps else None, steps)


def stale_sweep(pdp: PolicyDecisionPoint, cases: Iterable[Case], now: dt.datetime) -> list[tuple[str, CaseEvent]]:
    """Return, for each entry that its profile calls stale by now, the event that says so, with the case's id.

    A profile says so by a duty owed for each entry every so often (tasks `update_entry`, `keep_entry_current`), or by
    a retention period on data of class `entry` that has passed. Where it says neither, no entry goes stale by itself.
    An entry that is stale already, was taken off or was never made gives nothing.
    """
    found: list[tuple[str, CaseEvent]] = []
    for case in cases:
        if open_entry(case) and not is_stale(case) and (why := _stale_because(pdp, case, now)) is not None:
            body = {"case": case.id, "event": STALE, "of": case.id, "note": why}
            found.append((case.id, CaseEvent(kind=EventKind.HAPPENED, at=instant(now), by=None, body=body)))
    return found


def _stale_because(pdp: PolicyDecisionPoint, case: Case, now: dt.datetime) -> str | None:
    renewed = max(act.at for act in case.done(*ADDING, *RENEWING))
    for name in case.departments:
        profile = pdp.catalog.active(name, now) if name in pdp.catalog.names else None
        for duty in profile.duties if profile is not None else ():
            if profile is not None and duty.task in UPKEEP and duty.for_each == "entry" and duty.every is not None:
                state = duty_state(profile, duty, (), [renewed], now)
                if state.standing in (DutyStanding.due, DutyStanding.overdue):
                    return f"{duty.id} ({', '.join(duty.cite)}): {state.why}"
    added = min(act.at for act in case.done(*ADDING))
    facts = {"data.classes": ["entry"], "data.custodian": "department", "record.created": added.isoformat()}
    facts |= {"record.stored": added.isoformat()}
    request = Request(
        action="data.store", at=instant(now), departments=case.departments, facts=facts, holds=(), events=()
    )
    decision = pdp.decide(request)
    if decision.outcome is Outcome.DENY and decision.standing == Standing.PURGE_DUE:
        return "; ".join(f"{reason.rule} ({', '.join(reason.cite)})" for reason in decision.reasons)
    return None
