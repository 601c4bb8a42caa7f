"""Judges the rows of a log under a profile, and gathers what each statement says of them.

Rows come as requests with their places and the status of each field. A row is judged under the text in force on its
day, or all of them under one text `as_if`. Pure: no clock is read; rows are held only if the profile counts over rows.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from alpr_policy.durations import instant
from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.ir.nodes import Ruleset
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.parts import place_text, value_text
from alpr_policy.model.decision import Decision, Outcome
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Request
from alpr_policy.model.values import PartialSet, Unknown
from alpr_policy.model.words import REASON_DEFECTS, words_of
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.history import Act, Past, asked_of_history
from alpr_policy.questions.log_audit_report import Defects, Example, LogAudit, StatementFinding
from alpr_policy.questions.log_audit_rules import SILENCE, Said, Stand, TextRules, silence_of
from alpr_policy.questions.telling import Teller
from alpr_policy.questions.texts import BindingText
from alpr_policy.reading.requests import read_request
from alpr_policy.vocabulary import STORED

MOST_GROUPS: Final = 2_000
MOST_FAULTS: Final = 500
MOST_PEOPLE: Final = 1_000_000
MOST_HELD: Final = 2_000_000
UNDECIDED_KEPT: Final = 5
OTHERS: Final = "other agencies"
# Facts that say who and what a row is about; they are shown only where personal values were asked for.
ABOUT: Final = ("requester.id", "plate.number", "case.number", "reason.text")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRow:
    """One row of a log: its request, where it stands (`june.csv:12`), the status of each field, whose it is."""

    request: Mapping[str, Any]
    place: str
    status: Mapping[str, str] = field(default_factory=dict)
    agency: str = ""


class LogAuditor:
    """Audits a log under one profile."""

    def __init__(
        self, pdp: PolicyDecisionPoint, profile: str, *, as_if: str = "", places: int = 1_000, personal: bool = False
    ) -> None:
        """Judge under `profile`, or under the text `as_if` names; of each finding at most `places` rows are listed.

        `personal` lets examples show who and which plate. Raises UnknownProfileError.
        """
        self._pdp = pdp
        self._name = profile
        self._places = places
        self._personal = personal
        newest = pdp.catalog.latest(as_if.partition("@")[0] or profile)
        self._versions = pdp.catalog.get(newest.profile)
        self.audit = LogAudit(
            profile=newest.profile, department=newest.department, as_if=as_if, with_personal=personal,
            over_rows=tuple(sorted({name for one in self._versions for name in _counted(one)})),
        )  # fmt: skip
        self._same = {name: fact.same for one in self._versions for name, fact in one.facts.items() if fact.same}
        self._rules: dict[int, TextRules] = {}
        self._kept: list[object] = []
        self._found: dict[tuple[str, str, str], StatementFinding] = {}
        self._agencies: set[str] = set()
        self._span: tuple[dt.datetime, dt.datetime] | None = None

    def run(self, rows: Iterable[LoggedRow], progress: Callable[[int], None] | None = None) -> LogAudit:
        """Audit all rows; `progress` is told now and then how many were judged. May be called again for more rows.

        A profile that counts over rows needs them in order of time, so all of them are held then. Acts of one instant
        do not count for each other. Raises PolicyError where they are too many.
        """
        pairs = ((row, _asked(row)) for row in rows)
        for number, (row, request) in enumerate(self._with_history(pairs) if self.audit.over_rows else pairs, 1):
            self._judge(row, request)
            if progress is not None and number % 1_000 == 0:
                progress(number)
        self.audit.findings = list(self._found.values())
        if self._span is not None:
            self.audit.first, self.audit.last = (moment.isoformat() for moment in self._span)
        return self.audit

    # Counts over several rows

    def _with_history(self, pairs: Iterable[tuple[LoggedRow, Request]]) -> Iterator[tuple[LoggedRow, Request]]:
        pasts: dict[str, Past] = {one.content_hash: Past(one) for one in self._versions}
        ordered = sorted(_held(pairs), key=lambda pair: (instant(pair[1].at), pair[0].place))
        for _, together in groupby(ordered, key=lambda pair: instant(pair[1].at)):
            acts = list(together)
            for row, request in acts:
                text = self._text(request)
                past = pasts.get(text.own.content_hash) if isinstance(text, BindingText) else None
                yield row, request if past is None else past.fill(request)
            for _, request in acts:
                done = Act(action=request.action, at=request.at, facts=request.facts)
                for past in pasts.values():
                    if request.action in past.asks:
                        past.add(done)

    # One row

    def _text(self, request: Request) -> object:
        if self.audit.as_if:
            return self._pdp.texts.supposed(self.audit.as_if, request.at)
        return self._pdp.texts.binding(self._name, request.at)

    def _judge(self, row: LoggedRow, request: Request) -> None:
        audit = self.audit
        if request.fatal:
            audit.refused["bad_request"] += 1
            return
        text = self._text(request)
        if not isinstance(text, BindingText):
            audit.not_in_force += 1
            return
        supposed = audit.as_if or ()
        decision = self._pdp.decide(request, departments=() if supposed else (self._name,), as_if=supposed)
        unjudged = next((one.rule for one in decision.reasons if one.kind == "system"), None)
        if unjudged is not None:
            audit.refused[unjudged] += 1
            return
        audit.judged += 1
        audit.outcomes[decision.outcome.value] += 1
        audit.acts[request.action] += 1
        audit.texts[text.own.version] = audit.texts.get(text.own.version, 0) + 1
        self._span = _wider(self._span, request.at)
        group = self._group(row, request, text.own)
        for number, ruleset in enumerate(text.rulesets):
            facts = Facts(request, ruleset)
            rules = self._rules_of(ruleset, floor=number > 0)
            for said in rules.said(request, facts, row.status):
                self._count(said, ruleset, rules, row, request, facts, group)
            if number == 0:
                self._reasons(facts, rules, group[0])
        if request.action in STORED:
            self._kept_data(text, decision, row, request, group)
        for owed in decision.obligations:
            audit.owed[owed.profile, owed.rule, owed.task, not owed.unless_known] += 1
        for fault in decision.faults:
            if fault in audit.faults or len(audit.faults) < MOST_FAULTS:
                audit.faults[fault] += 1

    def _rules_of(self, ruleset: Ruleset, *, floor: bool) -> TextRules:
        found = self._rules.get(id(ruleset))
        if found is None:
            found = self._rules[id(ruleset)] = TextRules(ruleset, floor=floor, same=self._same)
            self._kept.append(ruleset)  # so that no other can have its id
        return found

    def _group(self, row: LoggedRow, request: Request, ruleset: Ruleset) -> tuple[str, str]:
        agency = row.agency
        if agency not in self._agencies:
            if len(self._agencies) >= MOST_GROUPS:
                agency = OTHERS
            self._agencies.add(agency)
        return agency, request.at.astimezone(ruleset.zone).strftime("%Y-%m")

    def _count(
        self,
        said: Said,
        ruleset: Ruleset,
        rules: TextRules,
        row: LoggedRow,
        request: Request,
        facts: Facts,
        group: tuple[str, str],
    ) -> None:
        one = self._finding(said, ruleset, rules, request.action)
        one.counts[said.stand] += 1
        counts = one.groups.get(group)
        if counts is None:
            counts = one.groups[group] = Counter()
        counts[said.stand] += 1
        if said.stand is Stand.REVIEW:
            if len(one.review) < self._places:
                one.review.append(self._example(one, row, facts, group))
            person = request.facts.get("requester.id")
            if one.over_rows and isinstance(person, str) and len(one.people) < MOST_PEOPLE:
                one.people.add(person)
        elif said.stand is Stand.UNDECIDED:
            for lack in said.lacks:
                one.lacks[lack] += 1
            if len(one.undecided) < UNDECIDED_KEPT:
                one.undecided.append(row.place)

    def _example(self, one: StatementFinding, row: LoggedRow, facts: Facts, group: tuple[str, str]) -> Example:
        read, hidden = {}, []
        known = facts.ruleset.vocabulary.facts
        about = [name for name in ABOUT if self._personal and name in facts.request.facts]
        for name in dict.fromkeys((*one.facts, *about)):
            value = facts.value(name)
            if isinstance(value, Unknown):
                continue
            fact = known.get(name)
            if value is not None and fact is not None and fact.personal and not self._personal:
                hidden.append(name)
            else:
                read[name] = value_text(value)
        return Example(place=row.place, agency=group[0], month=group[1], read=read, hidden=tuple(hidden))

    def _finding(self, said: Said, ruleset: Ruleset, rules: TextRules, action: str) -> StatementFinding:
        origin = said.origin
        key = (origin.profile, ruleset.content_hash, origin.id)
        found = self._found.get(key)
        if found is None:
            facts = rules.facts_read(action).get(origin.id, ())
            counted = {name for name in facts if name in self.audit.over_rows}
            found = self._found[key] = StatementFinding(
                profile=origin.profile,
                version=ruleset.version,
                statement=origin.id,
                kind=origin.kind,
                force="should" if origin.advisory else "must",
                cite=origin.cite,
                text=self._told(ruleset, origin.id) or origin.text or "",
                place="" if origin.kind == SILENCE else place_text(origin.place),
                span=origin.place,
                severity=origin.severity or "",
                confidential=origin.confidential,
                over_rows=bool(counted),
                facts=facts,
            )
        return found

    def _told(self, ruleset: Ruleset, statement: str) -> str:
        for profile in self._pdp.catalog.get(ruleset.profile):
            if profile.content_hash == ruleset.content_hash:
                return next((Teller(profile).tell(one).text for one in profile.statements if one.id == statement), "")
        return ""

    # Stored data, and typed reasons

    def _kept_data(
        self, text: BindingText, decision: Decision, row: LoggedRow, request: Request, group: tuple[str, str]
    ) -> None:
        """Count the retention statements and holds that decided; those that did not are not known to have applied."""
        origins = {keep.origin.id: keep.origin for one in text.rulesets for keep in one.keeps}
        origins |= {freeze.origin.id: freeze.origin for one in text.rulesets for freeze in one.freezes}
        for reason in decision.reasons:
            silent = reason.kind == SILENCE and reason.effect == "forbid" and reason.profile == text.own.profile
            origin = silence_of(text.own) if silent else origins.get(reason.rule)
            if origin is None:
                continue
            refused = Stand.REVIEW if decision.outcome is Outcome.DENY else Stand.CLEAR
            stand = Stand.UNDECIDED if reason.truth == "unknown" else refused
            lacks = tuple((fact.fact, "absent") for fact in reason.facts if fact.value.startswith("unknown"))
            ruleset = next(one for one in text.rulesets if one.profile == origin.profile)
            said = Said(origin=origin, stand=stand, lacks=lacks if stand is Stand.UNDECIDED else ())
            self._count(
                said, ruleset, self._rules_of(ruleset, floor=False), row, request, Facts(request, ruleset), group
            )

    def _reasons(self, facts: Facts, rules: TextRules, agency: str) -> None:
        """Count what is wrong with a typed reason, where the profile says what an adequate one is."""
        fact = facts.ruleset.vocabulary.facts.get(REASON_DEFECTS)
        action = facts.request.action
        if REASON_DEFECTS not in facts.ruleset.specs or fact is None or action not in fact.actions:
            return
        found = self.audit.defects = self.audit.defects or Defects()
        using = [name for name, read in rules.facts_read(action).items() if REASON_DEFECTS in read]
        found.statements = tuple(sorted({*found.statements, *using}))
        value = facts.value(REASON_DEFECTS)
        found.rows += 1
        counts = found.groups.setdefault(agency, Counter())
        counts["rows"] += 1
        if value is None:
            found.none_recorded += 1
            counts["no_reason"] += 1
        elif isinstance(value, PartialSet | frozenset):
            known = value.known if isinstance(value, PartialSet) else value
            found.partly += isinstance(value, PartialSet)
            found.without += not known
            found.counts.update(known)
            counts.update(known or ("no_defect",))
        else:
            found.unknown += 1
            counts["unknown"] += 1


def own_facts(versions: Iterable[Profile]) -> frozenset[str]:
    """Return the facts that a profile declares beyond the words of the language, so that a log can supply them."""
    return frozenset(name for one in versions for name in one.facts)


def _counted(profile: Profile) -> Iterator[str]:
    words = words_of(profile)
    return (name for name, fact in profile.facts.items() if asked_of_history(fact, words))


def _asked(row: LoggedRow) -> Request:
    """Return the request of a row, for the profile of the audit alone: whom a row names itself is not asked."""
    return read_request({name: value for name, value in row.request.items() if name not in ("departments", "id")})


def _held(pairs: Iterable[tuple[LoggedRow, Request]]) -> Iterator[tuple[LoggedRow, Request]]:
    """Give rows as they can be held in memory: without what is read already, and one status for all that have it.

    Raises PolicyError where there are more than can be held.
    """
    status: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}
    for number, (row, request) in enumerate(pairs, 1):
        if number > MOST_HELD:
            told = f"the profile counts over rows, and no more than {MOST_HELD:,} rows can be counted over at once"
            raise PolicyError([Diagnostic("too-many-lines", told, help="audit a shorter time")])
        if len(status) > MOST_GROUPS:
            status.clear()
        shared = status.setdefault(tuple(row.status.items()), row.status)
        yield LoggedRow(request={}, place=row.place, status=shared, agency=row.agency), request


def _wider(span: tuple[dt.datetime, dt.datetime] | None, at: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    moment = instant(at).astimezone(dt.UTC)
    return (moment, moment) if span is None else (min(span[0], moment), max(span[1], moment))
