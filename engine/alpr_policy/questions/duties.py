"""What a department owes: each duty of a profile, for each of those it is owed for, and where it stands at an instant.

Everything here comes from the profile's duties, what happened, and the calendar of language.md §7; the program adds no
duty and no date of its own.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from alpr_policy.durations import end_of_day
from alpr_policy.ir.lower import lower
from alpr_policy.ir.nodes import TRUE, Atom, Cond, Schedule
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.needs import Asker
from alpr_policy.meaning.schedule import DueWindow, DutyStanding, DutyStatus
from alpr_policy.meaning.truth import Truth, U, truth
from alpr_policy.model.condition import ParameterRef
from alpr_policy.model.past import Doing, Happening, Member, Past
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import EventRecord, Moment, Request
from alpr_policy.model.statements import Duty
from alpr_policy.model.wire import plain
from alpr_policy.questions.as_of import text_at
from alpr_policy.questions.doings import Counted, Discounted, DoingJudge, latest
from alpr_policy.questions.own_words import task_words
from alpr_policy.questions.schedule import duty_state, next_date
from alpr_policy.questions.wording import Wording
from alpr_policy.reading.catalog import Catalog

# What the training moments of a list of persons are doings of.
TRAINED: Final = "refresher_training"
ORDER: Final = {
    DutyStanding.overdue: 0,
    DutyStanding.due: 1,
    DutyStanding.undetermined: 2,
    DutyStanding.not_due: 3,
}
SOMEBODY: Final = {"person": "people", "device": "devices", "entry": "entries", "case": "cases"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDone:
    """When a duty was last done, by whom, and where that is recorded."""

    at: Moment
    by: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyLine:
    """Where one duty stands for the department, or for one person, device, entry or case (`of`).

    `due_from` and `due_by` are the window that the standing speaks of, `next_from` and `next_by` the one that doing it
    next would serve. `parameter` is the open position that leaves it undetermined, set by `set_by`. `unknown` are facts
    on which it depends whether it is owed; `events` where nobody knows what happened. `severity` is the profile's own;
    advice that is not followed is minor.
    """

    profile: str
    duty: str
    task: str
    what: str
    who: str
    for_each: str
    standing: DutyStanding
    why: str
    cite: tuple[str, ...]
    of: str | None = None
    due_from: dt.datetime | None = None
    due_by: dt.datetime | None = None
    next_from: dt.datetime | None = None
    next_by: dt.datetime | None = None
    missed: int = 0
    last_done: LastDone | None = None
    by: tuple[str, ...] = ()
    answerable: str | None = None
    covers: tuple[str, ...] = ()
    reading: str | None = None
    force: str = "must"
    severity: str | None = None
    parameter: str | None = None
    set_by: str | None = None
    unknown: tuple[str, ...] = ()
    discounted: tuple[Discounted, ...] = ()

    @property
    def is_open(self) -> bool:
        """Say whether it is owed now, or may be."""
        return self.standing is not DutyStanding.not_due

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data; doings that do not count stand under `discounted`, each with the reason."""
        wire: dict[str, Any] = plain(self)
        if self.discounted:
            wire["discounted"] = [one.to_wire() for one in self.discounted]
        return wire


def duties(
    profile: Profile,
    past: Past,
    at: dt.datetime,
    *,
    people: Iterable[Member] | None = None,
    devices: Iterable[str] | None = None,
    entries: Iterable[str] | None = None,
    cases: Iterable[str] | None = None,
) -> list[DutyLine]:
    """Say where each duty of a text stands at `at`, the most pressing first. Pure: no clock is read.

    `people`, `devices`, `entries` and `cases` are those for whom a recurring duty may be owed; None: nobody knows
    them, and such a duty is undetermined. A duty after an event is owed for whomever or whatever it happened to.
    """
    named = {"device": devices, "entry": entries, "case": cases}
    persons = None if people is None else tuple(people)
    subjects = {key: None if names is None else tuple(dict.fromkeys(names)) for key, names in named.items()}
    office = _Office(profile, past, at, persons, subjects)
    lines = [line for schedule in office.ruleset.schedules for line in office.lines(schedule)]
    return sorted(lines, key=_pressing)


def duties_of(
    catalog: Catalog,
    department: str,
    past: Past,
    at: dt.datetime,
    *,
    people: Iterable[Member] | None = None,
    devices: Iterable[str] | None = None,
    entries: Iterable[str] | None = None,
    cases: Iterable[str] | None = None,
) -> list[DutyLine]:
    """Say where the duties of a department stand at `at`: those of its text and of every floor under it.

    Where no text was in force, those of the newest one are told. Raises UnknownProfileError.
    """
    persons = None if people is None else tuple(people)
    things = [None if names is None else tuple(names) for names in (devices, entries, cases)]
    found: list[DutyLine] = []
    for profile in binding_texts(catalog, department, at):
        found += duties(profile, past, at, people=persons, devices=things[0], entries=things[1], cases=things[2])
    return sorted(found, key=_pressing)


def binding_texts(catalog: Catalog, department: str, at: dt.datetime) -> tuple[Profile, ...]:
    """Return a department's text in force, or else its newest, and the floors that bind with it."""
    texts = [text_at(catalog, department, at).profile]
    while texts[-1].floor and (floor := catalog.active(texts[-1].floor, at)) and floor not in texts:
        texts.append(floor)
    return tuple(texts)


def _pressing(line: DutyLine) -> tuple[int, bool, dt.datetime, str, str]:
    due = line.due_by or line.due_from
    return ORDER[line.standing], due is None, due or dt.datetime.max.replace(tzinfo=dt.UTC), line.duty, line.of or ""


@dataclass(frozen=True, slots=True)
class _Triggers:
    """What set a duty off: surely, perhaps (since facts are unknown), and which facts those are."""

    sure: tuple[Happening, ...]
    perhaps: tuple[Happening, ...] = ()
    unknown: tuple[str, ...] = ()

    def by_subject(self) -> dict[str | None, _Triggers]:
        """Return what happened to each; to None where it is not told to whom or what."""
        sure: dict[str | None, list[Happening]] = defaultdict(list)
        perhaps: dict[str | None, list[Happening]] = defaultdict(list)
        for found, happened in ((sure, self.sure), (perhaps, self.perhaps)):
            for one in happened:
                found[one.of].append(one)
        return {
            subject: _Triggers(tuple(sure[subject]), tuple(perhaps[subject]), self.unknown)
            for subject in dict.fromkeys((*sure, *perhaps))
        }


class _Office:
    """One text, what happened, and for whom something may be owed, at one instant."""

    def __init__(
        self,
        profile: Profile,
        past: Past,
        at: dt.datetime,
        people: tuple[Member, ...] | None,
        subjects: Mapping[str, tuple[str, ...] | None],
    ) -> None:
        self.profile, self.past, self.at = profile, past, at
        self.people, self.subjects = people, subjects
        self.zone = ZoneInfo(profile.timezone)
        self.ruleset = lower(profile)
        self.wording = Wording(profile)
        self.judge = DoingJudge(profile, past.doings)
        self.by_event: dict[str, list[Happening]] = defaultdict(list)
        for one in past.events or ():
            self.by_event[one.event].append(one)

    def lines(self, schedule: Schedule) -> Iterator[DutyLine]:
        """Give the lines of one duty."""
        duty = schedule.duty
        counted = self.judge.sort(duty, self.at, self._trainings(duty))
        if duty.after:
            yield from self._after(schedule, counted)
            return
        applies, unknown = self._truth(schedule.applies, "", self.at, {})
        if applies is False:
            return
        for subject, anybody in self._owed_for(duty):
            unlisted = not anybody and subject is None and self._open_parameter(duty) is None
            status = self._unlisted(duty) if unlisted else None
            if applies is U:
                status = _undetermined(f"whether it is owed depends on what is not known: {', '.join(unknown)}")
            yield self._line(duty, subject, (), counted, status=status, unknown=unknown)

    def _after(self, schedule: Schedule, counted: Counted) -> Iterator[DutyLine]:
        duty = schedule.duty
        if self.past.events is None:
            unknown = ("events",) if self.profile.first_day is not None else ()
            yield self._line(duty, None, None, counted, unknown=unknown)
            return
        triggers = self._triggers(schedule)
        if duty.for_each == "department":
            yield self._doubted(duty, None, triggers, counted)
            return
        for subject, happened in (triggers.by_subject() or {None: triggers}).items():
            yield self._doubted(duty, subject, happened, counted)

    def _owed_for(self, duty: Duty) -> list[tuple[str | None, bool]]:
        """Return for whom a recurring duty is owed, and whether that is the department as such; None: nobody knows."""
        if duty.for_each == "department":
            return [(None, True)]
        known: Sequence[str] | None = self.subjects.get(duty.for_each)
        if duty.for_each == "person" and self.people is not None:
            known = [one.id for one in self.people if one.active_at(self.at)]
        return [(None, False)] if known is None else [(one, False) for one in known]

    def _unlisted(self, duty: Duty) -> DutyStatus:
        return _undetermined(f"it is owed for each {duty.for_each}, and the {SOMEBODY[duty.for_each]} are not known")

    def _trainings(self, duty: Duty) -> Iterator[Doing]:
        """Give the training that the list of persons knows of as doings of the refresher."""
        if duty.task == TRAINED and duty.for_each == "person":
            for person in self.people or ():
                for moment in person.trained:
                    yield Doing(task=TRAINED, of=person.id, at=moment, reference="training record")

    # What set it off

    def _triggers(self, schedule: Schedule) -> _Triggers:
        duty, words = schedule.duty, self.ruleset.vocabulary
        sure: list[Happening] = []
        perhaps: list[Happening] = []
        unknown: dict[str, None] = {}
        for name in words.expand(duty.after):
            for one in self.by_event.get(name, ()):
                if name in words.actions and duty.outcome not in ("any", one.outcome or "allow"):
                    continue
                applies, missing = self._applies(schedule, one, name if name in words.actions else "")
                if applies is True and one.at is not None:
                    sure.append(one)
                elif applies is not False:
                    perhaps.append(one)
                    unknown |= dict.fromkeys(missing if one.at is not None else (*missing, f"when `{name}` happened"))
        return _Triggers(tuple(sure), tuple(perhaps), tuple(unknown))

    def _applies(self, schedule: Schedule, one: Happening, action: str) -> tuple[Truth, tuple[str, ...]]:
        if schedule.applies == TRUE:
            return True, ()
        moment = one.at or self.at
        at = moment if isinstance(moment, dt.datetime) else min(end_of_day(moment, self.zone), self.at)
        return self._truth(schedule.applies, action, at, one.facts)

    def _truth(
        self, cond: Cond, action: str, at: dt.datetime, facts: Mapping[str, Any]
    ) -> tuple[Truth, tuple[str, ...]]:
        """Judge a condition on what is known, and name what is not known and would decide it."""
        if cond == TRUE:
            return True, ()
        seen = Facts(Request(action=action, at=at, facts={**self.past.facts, **facts}), self.ruleset)

        def atom(one: Atom) -> Truth:
            return matches(one, seen.value(one.fact))

        def evaluate(one: Cond) -> Truth:
            return truth(one, atom)

        found = evaluate(cond)
        missing = Asker(self.ruleset, seen, evaluate).live(cond) if found is U else ()
        return found, tuple(need.name for need in missing)

    # Where it stands

    def _doubted(self, duty: Duty, subject: str | None, triggers: _Triggers, counted: Counted) -> DutyLine:
        """Stand where the sure events put it, unless those that are in doubt would put it elsewhere."""
        surely = self._line(duty, subject, triggers.sure, counted)
        if not triggers.perhaps or surely.standing is DutyStanding.overdue:
            return surely
        perhaps = self._line(duty, subject, (*triggers.sure, *triggers.perhaps), counted)
        undated = any(one.at is None for one in triggers.perhaps)
        if not undated and (perhaps.standing, perhaps.due_by) == (surely.standing, surely.due_by):
            return surely
        names = ", ".join(triggers.unknown)
        why = f"whether it is owed for what happened depends on what is not known: {names}"
        return self._line(duty, subject, triggers.sure, counted, status=_undetermined(why), unknown=triggers.unknown)

    def _line(
        self,
        duty: Duty,
        subject: str | None,
        happened: Sequence[Happening] | None,
        counted: Counted,
        *,
        status: DutyStatus | None = None,
        unknown: tuple[str, ...] = (),
    ) -> DutyLine:
        everybody = duty.for_each == "department"
        done = counted.of(subject, anybody=everybody)
        moments = [one.at for one in done if one.at is not None]
        events = None if happened is None else [EventRecord(event=e.event, at=e.at, ends=e.ends) for e in happened]
        found = status or duty_state(self.profile, duty, events, moments, self.at)
        coming = None if status else next_date(self.profile, duty, events, moments, self.at)
        last = latest(done, self.zone)
        parameter = self._open_parameter(duty) if found.standing is DutyStanding.undetermined and not unknown else None
        return DutyLine(
            profile=self.profile.profile,
            duty=duty.id,
            task=duty.task,
            what=task_text(self.wording, duty),
            who=self.wording.approvers(duty.by) if duty.by else "the department",
            for_each=duty.for_each,
            standing=found.standing,
            why=found.why,
            cite=duty.cite,
            of=subject,
            due_from=found.due_from,
            due_by=found.due_by,
            **_next(coming),
            missed=found.missed_periods,
            last_done=LastDone(at=last.at, by=last.by, reference=last.reference) if last and last.at else None,
            by=tuple(a.role if isinstance(a.role, str) else a.role.name for a in duty.by),
            answerable=duty.answerable,
            covers=duty.covers,
            reading=duty.reading.chosen if duty.reading else None,
            force=duty.force,
            severity=duty.breach.severity if duty.breach else "minor" if duty.force == "should" else None,
            parameter=parameter,
            set_by=self._setter(parameter),
            unknown=unknown,
            discounted=counted.not_of(subject, anybody=everybody),
        )

    def _open_parameter(self, duty: Duty) -> str | None:
        """Return the position nobody has filled that leaves a duty without a date."""
        read = (self.profile.policy.effective, duty.every, duty.within, duty.late_after)
        names = [one.name for one in read if isinstance(one, ParameterRef)]
        return next((name for name in names if self._is_open(name)), None)

    def _is_open(self, name: str) -> bool:
        parameter = self.profile.parameters.get(name)
        return parameter is None or parameter.value is None

    def _setter(self, parameter: str | None) -> str | None:
        if parameter is None:
            return None
        known = self.profile.parameters.get(parameter)
        return known.set_by if known is not None else None


def task_text(wording: Wording, duty: Duty) -> str:
    """Return what must be done, and of what."""
    covers = wording.among("covers", duty.covers, "and")
    return task_words(duty.task) + (f" of {covers}" if covers else "")


def _next(window: DueWindow | None) -> dict[str, dt.datetime | None]:
    return {"next_from": window.due_from if window else None, "next_by": window.due_by if window else None}


def _undetermined(why: str) -> DutyStatus:
    return DutyStatus(standing=DutyStanding.undetermined, due_from=None, due_by=None, why=why, missed_periods=0)
