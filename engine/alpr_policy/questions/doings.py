"""Which doings count for which duty: those that the decision point would let somebody report; why not the others."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from alpr_policy.durations import end_of_day
from alpr_policy.evaluators.reference import judge
from alpr_policy.ir.lower import lower
from alpr_policy.model.decision import Decision, Outcome
from alpr_policy.model.past import REVIEW, Doing
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Mode, Moment, Request
from alpr_policy.model.statements import Duty
from alpr_policy.questions.explain import one_line
from alpr_policy.questions.joining import of_one


@dataclass(frozen=True, slots=True, kw_only=True)
class Discounted:
    """A doing that does not count for a duty, and why."""

    doing: Doing
    why: str

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"doing": self.doing.to_wire(), "why": self.why}


class Counted:
    """The doings of one duty's task, sorted out: those that count and those that do not."""

    def __init__(self, good: Iterable[Doing] = (), discounted: Iterable[Discounted] = ()) -> None:
        """Put the doings in order of those for whom or what they were done."""
        self.good, self.discounted = tuple(good), tuple(discounted)
        self._good: dict[str | None, list[Doing]] = defaultdict(list)
        self._discounted: dict[str | None, list[Discounted]] = defaultdict(list)
        for one in self.good:
            self._good[one.of].append(one)
        for other in self.discounted:
            self._discounted[other.doing.of].append(other)

    def of(self, subject: str | None, *, anybody: bool) -> Sequence[Doing]:
        """Return the doings that count for one person, device, entry or case, or with `anybody` for the department."""
        return self.good if anybody else self._good.get(subject, ())

    def not_of(self, subject: str | None, *, anybody: bool) -> tuple[Discounted, ...]:
        """Return the doings that do not count, likewise."""
        return self.discounted if anybody else tuple(self._discounted.get(subject, ()))


def reported(doing: Doing, at: dt.datetime) -> Request:
    """Return the request by which a doing is reported: the act `duty.complete`, with what is known of it."""
    facts: dict[str, Any] = {**doing.facts, "duty.task": doing.task}
    if doing.roles is not None:
        facts["duty.done_by"] = list(doing.roles)
    if doing.covers is not None:
        facts["duty.covers"] = list(doing.covers)
    if doing.by is not None:
        facts["requester.id"] = doing.by
    return Request(action="duty.complete", at=at, facts=facts, id=doing.reference)


class DoingJudge:
    """Judges doings under one text, for each of its duties by itself.

    Where several duties share a task, reporting it done answers any one of them (note 0005); to know which, each is
    asked about alone. A doing is judged by the text whose duties are asked about, whenever it happened.
    """

    def __init__(self, profile: Profile, doings: Iterable[Doing]) -> None:
        """Sort the doings by task."""
        self.profile = profile
        self.zone = ZoneInfo(profile.timezone)
        self._by_task: dict[str, list[Doing]] = defaultdict(list)
        for one in doings:
            self._by_task[one.task].append(one)

    def sort(self, duty: Duty, at: dt.datetime, more: Iterable[Doing] = ()) -> Counted:
        """Say which doings of a duty's task count for it; what is later than `at` has not been done yet."""
        doings = [one for one in (*self._by_task.get(duty.task, ()), *more) if not self._later(one.at, at)]
        if not doings:
            return Counted()
        alone = lower(dataclasses.replace(self.profile, duties=(duty,)))
        answers: dict[str, str] = {}
        good: list[Doing] = []
        discounted: list[Discounted] = []
        for one in doings:
            why = self._refusal(one, alone, answers)
            if why:
                discounted.append(Discounted(doing=one, why=why))
            else:
                good.append(one)
        return Counted(good, discounted)

    def _refusal(self, doing: Doing, alone: Any, answers: dict[str, str]) -> str:
        """Return why a doing does not count; empty where it does."""
        if doing.accepted is False:
            return "it was refused when it was reported"
        if doing.at is None:
            return "it is not told when it was done"
        request = reported(doing, self._instant(doing.at))
        # Doings that differ in when and for what alone are asked about once, unless a rule may look at the hour.
        key = repr((sorted(request.facts.items(), key=lambda pair: pair[0]), request.at if doing.facts else ""))
        if key not in answers:
            decision = of_one(request, Mode.ENFORCE, judge(alone, request), request.at.isoformat())
            answers[key] = "" if decision.outcome is Outcome.ALLOW else _why(decision)
        return answers[key]

    def _later(self, moment: Moment | None, at: dt.datetime) -> bool:
        if moment is None:
            return False
        if isinstance(moment, dt.datetime):
            return moment > at
        return moment > at.astimezone(self.zone).date()

    def _instant(self, moment: Moment) -> dt.datetime:
        return moment if isinstance(moment, dt.datetime) else end_of_day(moment, self.zone)


def _why(decision: Decision) -> str:
    return one_line(decision, auditor=True)


def latest(doings: Sequence[Doing], zone: ZoneInfo) -> Doing | None:
    """Return the doing that was done last; a bare day counts as its end."""

    def key(doing: Doing) -> dt.datetime:
        moment = doing.at
        assert moment is not None
        return moment if isinstance(moment, dt.datetime) else end_of_day(moment, zone)

    return max(doings, key=key, default=None)


def stray_doings(texts: Iterable[Profile], doings: Iterable[Doing]) -> tuple[Doing, ...]:
    """Return the doings of tasks that no duty of any of the texts has; reviews of overrides are none of these."""
    tasks = {duty.task for text in texts for duty in text.duties} | {REVIEW}
    return tuple(one for one in doings if one.task not in tasks)
