"""What answers an accreditation standard: for each point the statements and clauses, the dated proof, and the gaps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from alpr_policy.durations import end_of_day
from alpr_policy.meaning.schedule import DutyStanding
from alpr_policy.model.condition import tests_of
from alpr_policy.model.past import Happening, Member, Past
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Moment
from alpr_policy.model.statements import ActionStatement, Duty, Hold, Requirement, Retention, Statement
from alpr_policy.model.wire import plain
from alpr_policy.model.words import words_of
from alpr_policy.questions.doings import DoingJudge
from alpr_policy.questions.duties import DutyLine, duties
from alpr_policy.questions.own_words import plainly
from alpr_policy.questions.telling import Teller
from alpr_policy.reading.standards import Bullet, Standard
from alpr_policy.vocabulary import Vocabulary
from alpr_policy.vocabulary.phrases import ACTS, TASKS

MOST_PROOFS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A statement that answers a point, in words; a `general` one speaks of many other acts as well."""

    statement: str
    text: str
    cite: tuple[str, ...]
    general: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Something recorded that shows the point in practice."""

    at: Moment
    what: str
    of: str | None = None
    by: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletReport:
    """What there is for one point. `proofs` are the latest of `proof_count`.

    `clauses` answer it by themselves; `general` ones bind many other acts as well.
    """

    letter: str
    says: str
    answers: tuple[Answer, ...]
    clauses: tuple[str, ...]
    general: tuple[str, ...]
    proofs: tuple[Proof, ...]
    proof_count: int
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceReport:
    """How one text answers a standard, as of an instant."""

    standard: str
    title: str
    note: str
    profile: str
    department: str
    version: str
    content_hash: str
    timezone: str
    at: dt.datetime
    bullets: tuple[BulletReport, ...]

    @property
    def gaps(self) -> int:
        """Return how many gaps there are in all."""
        return sum(len(one.gaps) for one in self.bullets)

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data."""
        wire: dict[str, Any] = plain(self)
        return wire


def evidence(
    profile: Profile,
    standard: Standard,
    past: Past,
    at: dt.datetime,
    *,
    people: Iterable[Member] | None = None,
    devices: Iterable[str] | None = None,
) -> EvidenceReport:
    """Say how a text answers each point of a standard, with what was recorded by `at`."""
    persons = None if people is None else tuple(people)
    lines = duties(profile, past, at, people=persons, devices=devices)
    asked = _Asked(profile, past, at, persons or (), lines)
    return EvidenceReport(
        standard=standard.standard,
        title=standard.title,
        note=standard.note,
        profile=profile.profile,
        department=profile.department,
        version=profile.version,
        content_hash=profile.content_hash,
        timezone=profile.timezone,
        at=at,
        bullets=tuple(asked.bullet(one) for one in standard.bullets),
    )


def _happened(event: Happening) -> str:
    """Name what happened; an act that was not allowed is proof of that alone."""
    what = ACTS[event.event][0] if event.event in ACTS else plainly(event.event)
    return what + {"deny": " (denied)", "needs": " (not allowed yet)"}.get(event.outcome or "", "")


def answers(statement: Statement, bullet: Bullet, words: Vocabulary) -> bool:
    """Say whether a statement speaks of what a point asks for."""
    if any(test.fact in bullet.facts for test in _tests(statement)):
        return True
    match statement:
        case ActionStatement():
            return not set(words.expand(bullet.actions)).isdisjoint(words.expand(statement.action))
        case Retention():
            return bullet.keeping
        case Hold():
            return bullet.holds
        case Duty():
            named = statement.task in bullet.tasks or any(word in statement.task for word in bullet.task_words)
            return named or not set(bullet.events).isdisjoint(statement.after)
    return False


def is_general(statement: Statement, bullet: Bullet, words: Vocabulary) -> bool:
    """Say whether a statement that answers a point speaks of other acts too, and of no fact that the point names."""
    if not isinstance(statement, ActionStatement) or any(test.fact in bullet.facts for test in _tests(statement)):
        return False
    return not set(words.expand(statement.action)) <= set(words.expand(bullet.actions))


def _tests(statement: Statement) -> list[Any]:
    must = statement.must if isinstance(statement, Requirement) else None
    return [test for part in (statement.when, statement.unless, must) for test in tests_of(part)]


class _Asked:
    def __init__(
        self, profile: Profile, past: Past, at: dt.datetime, people: tuple[Member, ...], lines: list[DutyLine]
    ) -> None:
        self.profile, self.past, self.at, self.people, self.lines = profile, past, at, people, lines
        self.words, self.teller = words_of(profile), Teller(profile)
        self.zone = ZoneInfo(profile.timezone)
        self.judge = DoingJudge(profile, past.doings)

    def bullet(self, bullet: Bullet) -> BulletReport:
        ordered = self.profile.in_clause_order().statements
        found = [one for one in ordered if answers(one, bullet, self.words)]
        proofs = sorted(self._proofs(bullet, found), key=lambda one: self._instant(one.at), reverse=True)
        told = [self.teller.tell(one) for one in found]
        wide = {one.id for one in found if is_general(one, bullet, self.words)}
        clauses = {cite for one in found if one.id not in wide for cite in one.cite}
        general = {cite for one in found if one.id in wide for cite in one.cite} - clauses
        return BulletReport(
            letter=bullet.letter,
            says=bullet.says,
            answers=tuple(
                Answer(statement=one.id, text=one.text, cite=one.cite, general=one.id in wide) for one in told
            ),
            clauses=tuple(cite for cite in self.profile.outline if cite in clauses),
            general=tuple(cite for cite in self.profile.outline if cite in general),
            proofs=tuple(proofs[:MOST_PROOFS]),
            proof_count=len(proofs),
            gaps=tuple(self._gaps(found, [n for one in told for n in one.open], bool(clauses), bool(proofs))),
        )

    def _proofs(self, bullet: Bullet, found: list[Statement]) -> list[Proof]:
        proofs: dict[tuple[Any, ...], Proof] = {}
        for duty in (one for one in found if isinstance(one, Duty)):
            for doing in self.judge.sort(duty, self.at).good:
                proof = Proof(
                    at=doing.at or self.at,
                    what=TASKS.get(doing.task, plainly(doing.task)),
                    of=doing.of if doing.of != doing.reference else None,
                    by=doing.by,
                    reference=doing.reference,
                )
                proofs[(doing.task, doing.of, doing.at, doing.by, doing.reference)] = proof
        wanted = {*bullet.events, *self.words.expand(bullet.actions)}
        for event in self.past.events or ():
            if event.event in wanted and event.at is not None and self._instant(event.at) <= self.at:
                key = (event.event, event.of, event.at, None, event.reference)
                of = event.of if event.of != event.reference else None
                proofs[key] = Proof(at=event.at, what=_happened(event), of=of, reference=event.reference)
        for person in self.people if bullet.training else ():
            for moment in person.trained:
                if self._instant(moment) <= self.at:
                    trained = Proof(at=moment, what="training completed", of=person.id, reference="training record")
                    proofs[("trained", person.id, moment, None, None)] = trained
        return list(proofs.values())

    def _gaps(self, found: list[Statement], holes: list[str], own: bool, proven: bool) -> list[str]:
        if not found:
            return ["no clause of the policy answers this"]
        gaps = [] if own else ["only clauses that bind many other acts as well answer this"]
        gaps += [f"the position `{name}` is open" for name in dict.fromkeys(holes)]
        mine = {one.id for one in found}
        for line in self.lines:
            if line.duty not in mine:
                continue
            whom = f" for {line.for_each} {line.of}" if line.of else ""
            if line.standing is DutyStanding.overdue:
                gaps.append(f"overdue{whom}: {line.what} ({', '.join(line.cite)}): {line.why}")
            elif line.parameter:
                gaps.append(f"no date{whom}: {line.what} ({', '.join(line.cite)}): `{line.parameter}` has not been set")
            elif line.standing is DutyStanding.undetermined and line.unknown != ("events",):
                gaps.append(f"not known{whom}: {line.what} ({', '.join(line.cite)}): {line.why}")
        if not proven:
            gaps.append("no dated proof among what was recorded")
        return gaps

    def _instant(self, moment: Moment) -> dt.datetime:
        return moment if isinstance(moment, dt.datetime) else end_of_day(moment, self.zone)
