"""The public report that a department owes its citizens: counts of searches, hits, shares, audits and duties.

It holds counts, words of the language and of the policy, and days; no plate, person, case or reason is read into it.
Counts of people and of what was done to them are hidden where they are small (`suppression`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from alpr_policy.durations import end_of_day, instant, start_of_day
from alpr_policy.meaning.schedule import DutyStanding
from alpr_policy.model.acts import RecordedAct
from alpr_policy.model.past import Doing, Member, Past
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Moment, Request
from alpr_policy.model.wire import plain
from alpr_policy.questions.audits import DISPOSITION, HITS
from alpr_policy.questions.duties import DutyLine, duties, task_text
from alpr_policy.questions.suppression import USUAL_THRESHOLD, CountTable, count_table
from alpr_policy.questions.wording import Wording, sentence
from alpr_policy.vocabulary import VOCABULARY
from alpr_policy.vocabulary.phrases import VALUES

OUTCOMES: Final = {"allow": "allowed", "needs": "held up, since something was missing", "deny": "refused"}
UNKNOWN: Final = "not stated, not known, or in words of the department's own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a report reads of one act: the act, when, what was decided (if anything), whether it was done, two facts.

    `outcome` is empty where nothing was decided; `done` of None is not known; `key` tells the same act from another.
    """

    key: str
    action: str
    at: dt.datetime
    outcome: str = ""
    done: bool | None = None
    purpose: str = ""
    recipient: str = ""
    disposed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyCount:
    """A duty of the policy: how often it was done in the period, and for how many it was overdue at its end.

    None stands for a number of persons that is small and not shown. `known` is False where it hangs on what nobody told
    whether it is overdue, such as who the users are.
    """

    what: str
    cite: tuple[str, ...]
    audits: bool
    done: int | None
    overdue: int | None
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TransparencyReport:
    """The report on the local days `first` to `last`. Without a profile there are no duties and no decisions."""

    department: str
    version: str
    timezone: str
    first: dt.date
    last: dt.date
    threshold: int
    tables: tuple[CountTable, ...]
    duties: tuple[DutyCount, ...]

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data; a count that is not shown is null."""
        wire: dict[str, Any] = plain(self)
        wire["tables"] = [
            {
                "name": one.name,
                "title": one.title,
                "rows": [{"label": label, "count": count} for label, count in one.rows],
                "total": one.total,
            }
            for one in self.tables
        ]
        wire["duties"] = [
            {
                "what": d.what,
                "cite": list(d.cite),
                "audits": d.audits,
                "done": d.done,
                "overdue": d.overdue,
                "known": d.known,
            }
            for d in self.duties
        ]
        return wire


def deed_of(act: RecordedAct) -> Deed:
    """Return what a report reads of a recorded act."""
    outcome = str(act.decision.outcome)
    return request_deed(act.request, act.id, outcome=outcome, done=act.done, disposed=DISPOSITION in act.served)


def request_deed(
    request: Request, key: str, *, outcome: str = "", done: bool | None = None, disposed: bool = False
) -> Deed:
    """Return what a report reads of a request: of facts only what is a value of the language."""
    return Deed(
        key=key,
        action=request.action if request.action in VOCABULARY.actions else "",
        at=request.at,
        outcome=outcome,
        done=done,
        purpose=_word(request.facts, "purpose", "purposes"),
        recipient=_word(request.facts, "recipient.kind", "recipient_kinds"),
        disposed=disposed,
    )


def _word(facts: Mapping[str, Any], fact: str, of: str) -> str:
    value = facts.get(fact)
    return value if isinstance(value, str) and value in VOCABULARY.lists[of] else ""


def transparency(
    deeds: Iterable[Deed],
    past: Past | None,
    first: dt.date,
    last: dt.date,
    *,
    people: Iterable[Member] | None = None,
    profile: Profile | None = None,
    timezone: str = "UTC",
    threshold: int = USUAL_THRESHOLD,
) -> TransparencyReport:
    """Count what was done in the local days `first` to `last`. Pure: no clock is read.

    A `past` of None: nobody told what was done besides, so no duty is counted. `timezone` counts where there is no
    profile. Raises ValueError for a threshold that hides nothing.
    """
    zone = ZoneInfo(profile.timezone if profile is not None else timezone)
    period = _Period(first, last, zone)
    known: dict[str, Deed] = {}
    for one in deeds:
        known.setdefault(one.key, one)
    within = [one for one in known.values() if period.holds(one.at)]
    counts = _Counts(within, list(known.values()), past or Past(), period, threshold)
    return TransparencyReport(
        department=profile.department if profile is not None else "",
        version=profile.version if profile is not None else "",
        timezone=str(zone),
        first=first,
        last=last,
        threshold=threshold,
        tables=tuple(counts.tables()),
        duties=tuple(_duties(profile, past, people, period, threshold)) if profile and past is not None else (),
    )


class _Period:
    """Local days, both included."""

    def __init__(self, first: dt.date, last: dt.date, zone: ZoneInfo) -> None:
        self.first, self.last, self.zone = first, last, zone
        self.begins, self.ends = instant(start_of_day(first, zone)), instant(end_of_day(last, zone))

    def holds(self, moment: Moment) -> bool:
        """Say whether a moment lies in the period; a day does where it is one of the days."""
        if isinstance(moment, dt.datetime):
            return self.begins <= instant(moment) <= self.ends
        return self.first <= moment <= self.last

    def months(self) -> list[str]:
        """Return the months of the period, as `2026-05`."""
        months = range(self.first.year * 12 + self.first.month - 1, self.last.year * 12 + self.last.month)
        return [f"{month // 12}-{month % 12 + 1:02}" for month in months]


class _Counts:
    """The tables of acts."""

    def __init__(self, within: list[Deed], up_to: list[Deed], past: Past, period: _Period, threshold: int) -> None:
        self.within, self.up_to, self.past, self.period, self.threshold = within, up_to, past, period, threshold

    def tables(self) -> Iterable[CountTable]:
        """Give each table that has something to count; the tables of searches come always."""
        searches = [one for one in self.within if one.action == "search.run"]
        yield from self._of("searches", "Searches of stored reads", searches, "purposes")
        hits = self._hits()
        if hits:
            yield self._table("hits", "Hits, and whether it is recorded what came of them", hits)
        shares = [one for one in self.within if one.action == "data.share"]
        if shares:
            yield from self._of("shares", "Data given or shown to others", shares, "recipient_kinds")

    def _of(self, name: str, title: str, several: list[Deed], words: str) -> Iterable[CountTable]:
        """Give the tables of some acts: by month, by what was decided, by purpose or recipient."""
        months = self.period.months()
        if len(months) > 1:
            found = Counter(f"{one.at.astimezone(self.period.zone):%Y-%m}" for one in several)
            yield self._table(f"{name}_by_month", f"{title}, by month", {month: found[month] for month in months})
        if any(one.outcome for one in several):
            outcomes = Counter(OUTCOMES.get(one.outcome, UNKNOWN) for one in several)
            labels = (*OUTCOMES.values(), UNKNOWN)
            yield self._table(f"{name}_by_answer", f"{title}, by the answer", {one: outcomes[one] for one in labels})
        by = "purpose" if words == "purposes" else "recipient"
        kinds = Counter(getattr(one, by) for one in several)
        ordered = {VALUES.get(words, {}).get(one, one.replace("_", " ")): kinds[one] for one in VOCABULARY.lists[words]}
        # What has no act keeps its label: where it was left out, no count beside it could be a hidden zero.
        yield self._table(f"{name}_by_{by}", f"{title}, by {by}", ordered | {UNKNOWN: kinds[""]})

    def _hits(self) -> dict[str, int]:
        """Count the hits of the period by whether anything is recorded of what came of them by its end."""
        disposed = {
            doing.of
            for doing in self.past.doings
            if doing.task == DISPOSITION and doing.of is not None and self._counts(doing)
        }
        hits = {one.key: one.disposed for one in self.within if one.action in HITS and one.done is not False}
        known = {one.key for one in self.up_to}
        for event in self.past.events or ():
            names = {name for name in (event.of, event.reference) if name is not None}
            told = event.event not in HITS or (event.outcome or "allow") != "allow" or names & known
            if not told and event.at is not None and self.period.holds(event.at):
                hits.setdefault(event.of or event.reference or str(event.at), bool(names & disposed))
        closed = sum(done or key in disposed for key, done in hits.items())
        return {"recorded": closed, "not recorded": len(hits) - closed} if hits else {}

    def _counts(self, doing: Doing) -> bool:
        return doing.accepted is not False and doing.at is not None and not _after(doing.at, self.period)

    def _table(self, name: str, title: str, counts: Mapping[str, int]) -> CountTable:
        return count_table(name, title, counts, self.threshold)


def _after(moment: Moment, period: _Period) -> bool:
    return instant(moment) > period.ends if isinstance(moment, dt.datetime) else moment > period.last


# Duties


def _duties(
    profile: Profile, past: Past, people: Iterable[Member] | None, period: _Period, threshold: int
) -> Iterable[DutyCount]:
    """Give each recurring duty of the department, with audits first, and those owed for persons or things."""
    wording = Wording(profile)
    lines: dict[str, list[DutyLine]] = {}
    for line in duties(profile, past, period.ends, people=None if people is None else tuple(people)):
        lines.setdefault(line.duty, []).append(line)
    found = []
    for duty in profile.in_clause_order().duties:
        if duty.after or duty.confidential:
            continue
        done = sum(
            one.task == duty.task and one.accepted is not False and one.at is not None and period.holds(one.at)
            for one in past.doings
        )
        here = lines.get(duty.id, ())
        late = sum(line.standing is DutyStanding.overdue for line in here)
        persons = duty.for_each == "person"
        found.append(
            DutyCount(
                what=sentence(task_text(wording, duty)).rstrip("."),
                cite=duty.cite,
                audits="audit" in duty.task,
                done=None if persons and 0 < done < threshold else done,
                overdue=None if persons and 0 < late < threshold else late,
                known=bool(late) or all(line.standing is not DutyStanding.undetermined for line in here),
            )
        )
    return sorted(found, key=lambda one: not one.audits)
