"""What an audit of a period holds: exceptions, overrides, a sample, and whatever a reader must not overlook.

Nothing is looked for that the profile does not speak of, but the exceptions themselves: patterns are the profile's own
advice and statements on counts, what must be logged is what its decisions obliged, and entries past use are its duties.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from alpr_policy.durations import end_of_day, instant, start_of_day
from alpr_policy.ir.lower import lower
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.schedule import DutyStanding
from alpr_policy.model.acts import RecordedAct
from alpr_policy.model.decision import Decision, Outcome
from alpr_policy.model.overrides import OverrideRecord
from alpr_policy.model.past import Doing, Member, Past
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Moment
from alpr_policy.model.statements import Duty, Sample
from alpr_policy.model.values import PartialSet
from alpr_policy.model.words import words_of
from alpr_policy.questions.audit_patterns import MOST_NAMED, Patterns
from alpr_policy.questions.audit_report import AuditReport, Finding, OverrideFinding, SampleDrawn
from alpr_policy.questions.duties import duties
from alpr_policy.questions.explain import one_line
from alpr_policy.questions.override import is_valid, review_state
from alpr_policy.questions.sampling import drawn, percent_of, sample_size

HITS: Final = ("alert.deliver", "hit_acted_on")
DISPOSITION: Final = "record_disposition"
AUDIT: Final = "audit"


def period_seed(profile: Profile, first: dt.date, last: dt.date) -> str:
    """Return the seed of a period: the profile's id and the two days."""
    return f"{profile.profile}:{first.isoformat()}..{last.isoformat()}"


def audit(
    profile: Profile,
    acts: Iterable[RecordedAct],
    past: Past,
    first: dt.date,
    last: dt.date,
    *,
    people: Iterable[Member] | None = None,
    overrides: Iterable[OverrideRecord] = (),
    audited: Collection[str] | None = None,
    sample: Sample | None = None,
    seed: str | None = None,
) -> AuditReport:
    """Assemble the audit of the local days `first` to `last`, both included. Pure: no clock is read.

    `audited` are the ids of overrides that a signed audit has shown already; without it every override up to the end
    of the period is shown, since one may be missing from an earlier audit. `sample` is drawn besides what the policy
    asks for. Of acts with one id the first counts.
    """
    known: dict[str, RecordedAct] = {}
    for act in acts:
        known.setdefault(act.id, act)
    office = _Auditor(profile, list(known.values()), past, first, last, tuple(overrides), seed)
    lines = duties(profile, past, office.ends, people=people)
    within = office.within
    patterns = Patterns(profile, office.ruleset, within, office.spoken_against)
    audits = [duty for duty in profile.duties if duty.task == AUDIT]
    return AuditReport(
        profile=profile.profile,
        department=profile.department,
        version=profile.version,
        content_hash=profile.content_hash,
        timezone=profile.timezone,
        first=first,
        last=last,
        seed=office.seed,
        acts=len(within),
        outcomes=dict(sorted(Counter(str(act.decision.outcome) for act in within).items())),
        done=sum(act.done is True for act in within),
        judged_now=sum(act.judged_now for act in within),
        covers=tuple(dict.fromkeys(one for duty in audits for one in duty.covers)),
        audited_by=tuple(dict.fromkeys(a.role for duty in audits for a in duty.by if isinstance(a.role, str))),
        exceptions=tuple(office.exceptions()),
        overrides=tuple(office.shown_overrides(audited or ())),
        samples=tuple(office.samples(audits, sample)),
        reasons=tuple(office.reasons()),
        patterns=tuple(patterns.found()),
        undecided=tuple(patterns.undecided()),
        hits=tuple(office.hits()),
        entries=tuple(line for line in lines if line.for_each == "entry" and line.is_open and line.of is not None),
        shares=tuple(office.shares()),
        overdue=tuple(line for line in lines if line.standing is DutyStanding.overdue),
        obligations=office.obligations(),
        owed_after=office.owed_after(),
    )


class _Auditor:
    """The acts and the past of one period under one text."""

    def __init__(
        self,
        profile: Profile,
        acts: list[RecordedAct],
        past: Past,
        first: dt.date,
        last: dt.date,
        overrides: tuple[OverrideRecord, ...],
        seed: str | None,
    ) -> None:
        self.profile, self.past, self.records = profile, past, overrides
        self.by_id = {one.id: one for one in overrides}
        self.zone = ZoneInfo(profile.timezone)
        self.begins = instant(start_of_day(first, self.zone))
        self.ends = instant(end_of_day(last, self.zone))
        self.seed = seed or period_seed(profile, first, last)
        ordered = sorted(acts, key=lambda act: (instant(act.request.at), act.id))
        self.up_to = [act for act in ordered if instant(act.request.at) <= self.ends]
        self.within = [act for act in self.up_to if instant(act.request.at) >= self.begins]
        self.ruleset = lower(profile)
        self.words = words_of(profile)
        self.served: dict[tuple[str, str], list[dt.datetime]] = defaultdict(list)
        for doing in past.doings:
            if doing.of is not None and doing.at is not None and doing.accepted is not False:
                self.served[(doing.task, doing.of)].append(self._instant(doing.at))

    # Exceptions and overrides

    def exceptions(self) -> Iterable[Finding]:
        """Give what was denied, and what was done although it was not allowed."""
        for act in self.within:
            if act.decision.outcome is Outcome.DENY:
                yield self._finding(act, self._denied(act))
            elif act.decision.outcome is Outcome.NEEDS and act.may_be_done:
                doubt = "done" if act.done else "it is not known whether it was done"
                yield self._finding(act, f"{doubt}, with needs not met: {_said(act.decision)}")

    def _denied(self, act: RecordedAct) -> str:
        said = _said(act.decision)
        if act.done is False:
            return f"denied: {said}"
        doubt = "done though denied" if act.done else "denied, and it is not known whether it was done"
        if act.override is None:
            return f"{doubt}: {said}"
        record = self.by_id.get(act.override)
        if record is None:
            return f"{doubt}; its override `{act.override}` is not among the records: {said}"
        if record.act != act.id or record.action != act.request.action:
            return f"{doubt}; its override `{act.override}` was made for another act: {said}"
        if not is_valid(record, act.request.at):
            return f"{doubt}; its override `{act.override}` was not valid then: {said}"
        return f"overridden by {record.by} ({record.role}): {said}"

    def shown_overrides(self, audited: Collection[str]) -> Iterable[OverrideFinding]:
        """Give every override up to the end of the period that no signed audit has shown."""
        for record in sorted(self.records, key=lambda one: (instant(one.at), one.id)):
            if instant(record.at) <= self.ends and record.id not in audited:
                review = review_state(record, self.past.doings, self.ends, self.zone)
                yield OverrideFinding(record=record, review=review)

    # The sample

    def samples(self, audits: Sequence[Duty], more: Sample | None) -> Iterable[SampleDrawn]:
        """Give the sample of each audit duty that asks for one, and the one that was asked for besides."""
        asked = [(duty.id, duty.sample) for duty in audits if duty.sample is not None]
        for duty, sample in (*asked, *([("", more)] if more is not None else [])):
            actions = set(self.words.expand((sample.of,))) if sample.of else None
            cases = {a.id: a for a in self.within if a.may_be_done and (actions is None or a.request.action in actions)}
            ids = drawn(cases, sample_size(sample, len(cases)), self.seed)
            yield SampleDrawn(
                duty=duty,
                of=sample.of or "every act",
                asked=_asked(sample),
                population=len(cases),
                acts=tuple(self._finding(cases[one], _said(cases[one].decision)) for one in ids),
            )

    # What must not be overlooked

    def reasons(self) -> Iterable[Finding]:
        """Give the searches whose reason is missing, not known to be recorded, or defective."""
        for act in self.within:
            if act.request.action != "search.run" or not act.may_be_done:
                continue
            facts = Facts(act.request, self.ruleset)
            recorded, defects = facts.value("reason.recorded"), facts.value("reason.defects")
            known = defects.known if isinstance(defects, PartialSet) else defects
            if recorded is not True:
                missing = (
                    "no reason was recorded" if recorded is False else "it is not known whether a reason was recorded"
                )
                yield self._finding(act, missing, ())
            elif isinstance(known, frozenset) and known:
                yield self._finding(act, "the reason is " + ", ".join(sorted(known)).replace("_", " "), ())

    def hits(self) -> Iterable[Finding]:
        """Give the hits up to the end of the period that ended in no disposition by then."""
        seen: dict[str, Finding] = {}
        told_already: set[str] = set()
        for act in self.up_to:
            if act.request.action in HITS:
                told_already |= {one for one in (act.id, act.reference) if one is not None}
                if act.may_be_done and not self._is_served(DISPOSITION, act):
                    seen[act.id] = self._finding(act, "no disposition is known", ())
        for event in self.past.events or ():
            if event.event not in HITS or (event.outcome or "allow") != "allow":
                continue
            name = event.of or event.reference or ""
            if not told_already.isdisjoint((name, event.reference)):
                continue
            at = self._instant(event.at) if event.at is not None else self.begins
            names = [one for one in (event.of, event.reference) if one is not None]
            if at <= self.ends and not any(self._done(DISPOSITION, one, at) for one in names) and name not in seen:
                told = self._local(event.at) if event.at is not None else ""
                seen[name] = Finding(
                    id=name, at=told, why="no disposition is known", action=event.event, reference=event.reference
                )
        return seen.values()

    def shares(self) -> Iterable[Finding]:
        """Give what was shared and not followed by what the decision obliged to, the log of it among them."""
        for act in self.within:
            if act.request.action == "data.share" and act.may_be_done:
                for task, cite in self._owed(act):
                    why = f"what must follow is not known to have been done: {task.replace('_', ' ')}"
                    yield self._finding(act, why, cite)

    def obligations(self) -> dict[str, int]:
        """Count the acts after which a task was owed and is not known to have been done for them."""
        return dict(sorted(Counter(task for act in self.within for task, _ in self._owed(act)).items()))

    def owed_after(self) -> dict[str, tuple[str, ...]]:
        """Return by task the first of those acts, by id, and the case of each where it has one."""
        found: dict[str, list[str]] = {}
        for act in self.within:
            name = f"{act.id} ({act.reference})" if act.reference not in (None, act.id) else act.id
            for task, _ in self._owed(act):
                found.setdefault(task, []).append(name)
        return {task: tuple(names[:MOST_NAMED]) for task, names in sorted(found.items())}

    def _owed(self, act: RecordedAct) -> list[tuple[str, tuple[str, ...]]]:
        # What a refusal obliges to, such as keeping the request, is owed though nothing was done.
        if act.decision.outcome is Outcome.ALLOW and not act.may_be_done:
            return []
        mine = {o.task: o.cite for o in act.decision.obligations if o.profile == self.profile.profile}
        return [(task, cite) for task, cite in mine.items() if not self._is_served(task, act)]

    def _is_served(self, task: str, act: RecordedAct) -> bool:
        names = [one for one in (act.id, act.reference) if one is not None]
        return task in act.served or any(self._done(task, name, instant(act.request.at)) for name in names)

    def _done(self, task: str, of: str, since: dt.datetime) -> bool:
        return any(since <= moment <= self.ends for moment in self.served.get((task, of), ()))

    def _local(self, moment: Moment) -> str:
        """Write a moment as it was where the department is; ledgers keep it in UTC."""
        return (moment.astimezone(self.zone) if isinstance(moment, dt.datetime) else moment).isoformat()

    def spoken_against(self, act: RecordedAct, why: str | None) -> Finding:
        """Return the line of an act that a statement speaks against; without a reason it is what was decided."""
        return self._finding(act, why or _said(act.decision))

    def _finding(self, act: RecordedAct, why: str, cite: tuple[str, ...] | None = None) -> Finding:
        reasons = [one.cite for one in act.decision.reasons]
        return Finding(
            id=act.id,
            at=self._local(act.request.at),
            why=why,
            person=act.person,
            action=act.request.action,
            outcome=str(act.decision.outcome),
            done={True: "done", False: "not done", None: "not known"}[act.done],
            cite=cite if cite is not None else tuple(dict.fromkeys(c for one in reasons for c in one)),
            reference=act.reference,
        )

    def _instant(self, moment: Moment) -> dt.datetime:
        return instant(moment if isinstance(moment, dt.datetime) else end_of_day(moment, self.zone))


def _said(decision: Decision) -> str:
    return one_line(decision, auditor=True)


def _asked(sample: Sample) -> str:
    share = f"{percent_of(sample)} percent" if sample.share else ""
    least = f"at least {sample.at_least}" if sample.at_least else ""
    return ", ".join(filter(None, (share, least)))


def sign_off(digest: str, *, by: str, roles: Sequence[str], covers: Sequence[str], at: dt.datetime) -> Doing:
    """Return the doing by which an audit is signed off: its reference is the digest of the very report.

    Whether it counts is for the decision point to say, which is asked with `reported(doing, at)`.
    """
    reference = f"sha256:{digest}"
    return Doing(task=AUDIT, at=at, by=by, roles=tuple(roles), covers=tuple(covers), reference=reference)
