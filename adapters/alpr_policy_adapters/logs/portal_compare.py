"""Holds what an agency publishes against its profile and its log, claim by claim. Nothing is guessed.

A profile is asked by ordinary requests, in which only what the claim is about is known. Of a log only counts are taken.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from alpr_policy.durations import add, instant
from alpr_policy.ir.nodes import CheckSpec, Keep, Permit, Ruleset
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.truth import Truth, truth
from alpr_policy.questions.log_audit import LoggedRow
from alpr_policy.questions.log_audit_rules import SILENCE, Said, Stand, TextRules
from alpr_policy.questions.texts import BindingText
from alpr_policy.reading.requests import read_request
from alpr_policy_adapters.logs.portal import RETENTION, SEARCHES, SHARES, Ask, Claim, PortalRecord, folded

LONGEST_DAYS, WINDOW_DAYS = 36_500, 30
MOST_DAYS, MOST_LABELS = 40_000, 10_000


class Verdict(StrEnum):
    """How a claim stands to a profile or a log."""

    AGREES = "agrees"
    DIFFERS = "differs"
    SILENT = "silent"
    DEPENDS = "depends"
    CANNOT_SAY = "cannot say"
    NOT_COMPARED = "not compared"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a profile or a log says of a claim, with the clauses that say so."""

    verdict: Verdict
    told: str = ""
    cite: tuple[str, ...] = ()


NONE = View(verdict=Verdict.NOT_COMPARED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A claim beside the profile and the log."""

    claim: Claim
    profile: View = NONE
    log: View = NONE

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {
            "topic": self.claim.topic,
            "published": self.claim.published,
            **{
                name: {"verdict": view.verdict.value, "told": view.told, "clauses": list(view.cite)}
                for name, view in (("profile", self.profile), ("log", self.log))
            },
        }


@dataclass(slots=True)
class LogFigures:
    """What is counted of a log: searches by day, empty columns, labels of offences. It holds no row."""

    rows: int = 0
    days: Counter[dt.date] = field(default_factory=Counter)
    blank: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    offences: Counter[str] = field(default_factory=Counter)
    organisations: set[str] = field(default_factory=set)
    first: dt.datetime | None = None
    last: dt.datetime | None = None

    def add(self, row: LoggedRow, more: Mapping[str, Any]) -> None:
        """Count a row: a search, or a standing share with an organisation; other acts are passed over."""
        if row.request.get("action") == "data.share" and row.request["facts"].get("share.mode") == "standing":
            named = row.request["facts"].get("recipient.named")
            if isinstance(named, str) and named != "withheld" and len(self.organisations) < MOST_LABELS:
                self.organisations.add(folded(named))
        if row.request.get("action") != "search.run":
            return
        request = read_request(row.request)
        at = instant(request.at).astimezone(dt.UTC)
        self.rows += 1
        self.first, self.last = min(self.first or at, at), max(self.last or at, at)
        if at.date() in self.days or len(self.days) < MOST_DAYS:
            self.days[at.date()] += 1
        for name in ("reason.text", "case.number"):
            status = row.status.get(name, "absent")
            self.told[name] += status in ("present", "partly", "blank")
            self.blank[name] += status == "blank"
        offence = more.get("search.offence") or request.facts.get("search.offence")
        if isinstance(offence, str) and offence != "withheld":
            self.told["search.offence"] += 1
            label = folded(offence)
            if label in self.offences or len(self.offences) < MOST_LABELS:
                self.offences[label] += 1

    def within(self, last: dt.date) -> int | None:
        """Count the searches of the 30 days before a day; None where the log does not reach over all of them."""
        first = last - dt.timedelta(days=WINDOW_DAYS)
        if self.first is None or self.last is None or self.first.date() > first:
            return None
        if self.last.date() < last - dt.timedelta(days=1):
            return None
        return sum(count for day, count in self.days.items() if first <= day < last)


def compare_portal(
    record: PortalRecord, *, text: BindingText | None, at: dt.datetime, log: LogFigures | None
) -> list[Compared]:
    """Compare all claims; without a profile (`text`) or a log, that side is not compared. `at` is when it is asked."""
    asker = _Asker(text, at) if text is not None else None
    return [
        Compared(
            claim=claim,
            profile=asker.view(claim) if asker is not None else NONE,
            log=_log_view(claim, record, log) if log is not None else NONE,
        )
        for claim in record.claims
    ]


class _Asker:
    """Asks one text."""

    def __init__(self, text: BindingText, at: dt.datetime) -> None:
        self.text, self.at = text, at
        self.rules = [TextRules(one, floor=number > 0) for number, one in enumerate(text.rulesets)]

    def view(self, claim: Claim) -> View:
        """Say how the profile stands to a claim."""
        if claim.topic == RETENTION and claim.number is not None:
            return self._retention(claim.number)
        if claim.barred:
            return _together([self._against(ask) for ask in claim.barred])
        if claim.asked:
            return _together([self._against(ask) for ask in claim.asked])
        if claim.alerted:
            return _together([self._let(ask) for ask in claim.alerted])
        return self._checked(*claim.checked) if claim.checked is not None else NONE

    def _said(self, ask: Ask) -> list[Said]:
        request = read_request({"action": ask.action, "at": self.at.isoformat(), "facts": dict(ask.where)})
        return [
            said for one in self.rules for said in one.said(request, Facts(request, one.ruleset), {})
            if said.origin.kind != SILENCE and self._reads(one, said, ask)
        ]  # fmt: skip

    @staticmethod
    def _reads(rules: TextRules, said: Said, ask: Ask) -> bool:
        """Say whether a statement is about the matter of a claim at all: it compares one of its facts."""
        return not set(rules.facts_read(ask.action).get(said.origin.id, ())).isdisjoint(ask.where)

    def _against(self, ask: Ask) -> View:
        """Ask whether the profile speaks against an act; one that it allows in so many words differs."""
        said = self._said(ask)
        against = [one for one in said if one.stand is Stand.REVIEW and not one.origin.advisory]
        if against:
            return View(verdict=Verdict.AGREES, told=_named(against), cite=_cited(against))
        allowed = [one for one in said if one.stand is Stand.CLEAR and one.origin.kind == "permission"]
        if allowed:
            return View(verdict=Verdict.DIFFERS, told=f"allowed by {_named(allowed)}", cite=_cited(allowed))
        unsure = [one for one in said if one.stand is Stand.UNDECIDED]
        if unsure:
            return View(verdict=Verdict.DEPENDS, told=f"depends: {_named(unsure)}", cite=_cited(unsure))
        return View(verdict=Verdict.SILENT)

    def _let(self, ask: Ask) -> View:
        """Ask whether the profile lets an act be: what it bars differs from what is published as done."""
        view = self._against(ask)
        if view.verdict is Verdict.AGREES:
            return View(verdict=Verdict.DIFFERS, told=f"barred by {view.told}", cite=view.cite)
        if view.verdict is Verdict.DIFFERS:
            return View(verdict=Verdict.AGREES, told=view.told, cite=view.cite)
        clear = [one for one in self._said(ask) if one.stand is Stand.CLEAR]
        if view.verdict is Verdict.SILENT and clear:
            return View(verdict=Verdict.AGREES, told=f"not barred by {_named(clear)}", cite=_cited(clear))
        return view

    def _checked(self, action: str, name: str) -> View:
        """Ask whether a check is wanted before an act."""
        found = [
            rule.origin for ruleset in self.text.rulesets for rule in ruleset.rules
            if action in rule.actions and not isinstance(rule, Permit) and rule.origin.kind == "check"
            and isinstance(spec := ruleset.specs.get(f"check.{rule.origin.id}"), CheckSpec) and spec.check == name
        ]  # fmt: skip
        if not found:
            return View(verdict=Verdict.SILENT)
        cite = tuple(dict.fromkeys(clause for one in found for clause in one.cite))
        return View(verdict=Verdict.AGREES, told=", ".join(dict.fromkeys(one.id for one in found)), cite=cite)

    def _retention(self, days: int) -> View:
        """Ask whether a read may stay with the vendor that long, and need not stay longer; holds are not looked at."""
        if not 0 < days <= LONGEST_DAYS:
            return NONE
        found = [(keep, told) for one in self.text.rulesets for keep, told in self._kept(one) if told is not False]
        sure = [keep for keep, told in found if told is True]
        bounds = [keep for keep in sure if keep.never or keep.ceiling is not None or keep.floor is not None]
        against = [keep for keep in bounds if self._is_against(keep, days)]
        if against:
            told = "; ".join(_period(keep) for keep in against)
            return View(verdict=Verdict.DIFFERS, told=told, cite=_clauses(against))
        if bounds:
            return View(verdict=Verdict.AGREES, told="; ".join(_period(keep) for keep in bounds), cite=_clauses(bounds))
        if found:
            told = f"depends: {', '.join(dict.fromkeys(keep.origin.id for keep, _ in found))}"
            return View(verdict=Verdict.DEPENDS, told=told, cite=_clauses([keep for keep, _ in found]))
        return View(verdict=Verdict.SILENT)

    def _kept(self, ruleset: Ruleset) -> Iterator[tuple[Keep, Truth]]:
        """Give each retention statement and whether it applies to bulk reads that lie with the vendor."""
        where = {"data.classes": ["bulk", "read"], "data.custodian": "vendor"}
        facts = Facts(read_request({"action": "data.store", "at": self.at.isoformat(), "facts": where}), ruleset)
        for keep in ruleset.keeps:
            yield keep, truth(keep.applies, lambda atom: matches(atom, facts.value(atom.fact)))

    def _is_against(self, keep: Keep, days: int) -> bool:
        ends, zone = self.at + dt.timedelta(days=days), self.text.own.zone
        if keep.never:
            return True
        # An hour is left for a change of the clocks.
        hour = dt.timedelta(hours=1)
        too_long = keep.ceiling is not None and add(self.at, keep.ceiling, zone) + hour < ends
        return too_long or (keep.floor is not None and add(self.at, keep.floor, zone) - hour > ends)


def _period(keep: Keep) -> str:
    told = ["may not be there"] if keep.never else []
    told += [f"at least {keep.floor}"] if keep.floor is not None else []
    told += [f"at most {keep.ceiling}"] if keep.ceiling is not None else []
    return f"{' and '.join(told)} ({keep.origin.id})"


def _clauses(keeps: Iterable[Keep]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clause for keep in keeps for clause in keep.origin.cite))


def _together(views: list[View]) -> View:
    """Join the answers to the parts of one claim: a difference outweighs all, silence outweighs what agrees."""
    order = (Verdict.DIFFERS, Verdict.DEPENDS, Verdict.SILENT, Verdict.AGREES)
    worst = next(verdict for verdict in order if any(view.verdict is verdict for view in views))
    same = [view for view in views if view.verdict is worst]
    cite = tuple(dict.fromkeys(clause for view in same for clause in view.cite))
    return View(verdict=worst, told="; ".join(dict.fromkeys(v.told for v in same if v.told)), cite=cite)


def _named(said: Iterable[Said]) -> str:
    return ", ".join(dict.fromkeys(one.origin.id for one in said))


def _cited(said: Iterable[Said]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clause for one in said for clause in one.origin.cite))


def _log_view(claim: Claim, record: PortalRecord, log: LogFigures) -> View:
    """Say what the counts of a log say of a claim."""
    if claim.topic == SEARCHES and claim.number is not None:
        return _searches(claim.number, record, log)
    if claim.topic == SHARES and claim.number is not None:
        return _shares(claim.number, log)
    if claim.blank:
        told, blank = log.told[claim.blank], log.blank[claim.blank]
        if not told:
            return View(verdict=Verdict.CANNOT_SAY, told=f"the log has no column for {claim.blank}")
        shown = f"{blank:,} of {told:,} rows are empty"
        return View(
            verdict=Verdict.DIFFERS if blank else Verdict.AGREES, told=f"{shown}; these need review" if blank else shown
        )
    if claim.offences:
        told = log.told["search.offence"]
        if not told:
            return View(verdict=Verdict.CANNOT_SAY, told="the log has no labels of offences")
        labelled = sum(log.offences[label] for label in claim.offences)
        if not labelled:  # a label that nobody chose shows little
            return View(verdict=Verdict.CANNOT_SAY, told=f"none of {told:,} rows is labelled so")
        shown = f"{labelled:,} of {told:,} rows are labelled so; a label is no proof, and these need review"
        return View(verdict=Verdict.DIFFERS, told=shown)
    if claim.is_known:
        return View(verdict=Verdict.CANNOT_SAY)
    return NONE


def _searches(published: int, record: PortalRecord, log: LogFigures) -> View:
    counted = log.within(record.day) if record.day is not None else None
    if counted is None:
        return View(verdict=Verdict.CANNOT_SAY, told=f"the log does not reach over the {WINDOW_DAYS} days before")
    told = f"{counted:,} in the {WINDOW_DAYS} days before {record.day}"
    return View(verdict=Verdict.AGREES if counted == published else Verdict.DIFFERS, told=told)


def _shares(published: int, log: LogFigures) -> View:
    """Compare with the organisations of a sharing report or an event log; a log of searches names none."""
    counted = len(log.organisations)
    if not counted:
        return View(verdict=Verdict.CANNOT_SAY, told="the log names no organisation that is shared with")
    told = f"{counted:,} organisations in the log"
    return View(verdict=Verdict.AGREES if counted == published else Verdict.DIFFERS, told=told)
