"""Each of the nine kinds of statement as one or two sentences of plain English, made from the model alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from alpr_policy.model.condition import Condition, ParameterRef, parameters_in
from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import (
    ActionStatement,
    Afterwards,
    Approval,
    Check,
    Document,
    Duty,
    Excuse,
    Hold,
    KeepingStatement,
    Permission,
    Prohibition,
    Requirement,
    Retention,
    Statement,
)
from alpr_policy.questions.own_words import event_words, plainly, several, task_words, with_article
from alpr_policy.questions.wording import Wording, listed, sentence
from alpr_policy.vocabulary.phrases import DEADLINES, EACH, VALUES

# What a statement does, by its kind, in the order in which statements on one matter are told.
GROUPS: dict[type[Statement], str] = {
    Permission: "allows",
    Prohibition: "forbids",
    Requirement: "asks for",
    Approval: "must be approved",
    Check: "must be checked",
    Document: "needs a paper",
    Retention: "sets how long",
    Hold: "holds back",
    Duty: "must follow",
}
CLOCKS = {"captured": "the read", "stored": "storage", "created": "its making", "shift_ended": "the end of the shift"}
ISSUERS = ("recipient_kinds", "agencies")
ADVICE = "This is expected, not compelled."


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One statement in words. `reading` says how an ambiguous clause is read, `open` which positions it waits for.

    `floor` names the text that the statement comes from where it is another one, which binds as well.
    """

    id: str
    group: str
    text: str
    cite: tuple[str, ...]
    reading: str = ""
    open: tuple[str, ...] = ()
    confidential: bool = False
    floor: str = ""

    @property
    def whole(self) -> str:
        """Return the sentences with the clauses they rest on."""
        whose = f"{plainly(self.floor)}: " if self.floor else ""
        return f"{self.text} [{whose}{', '.join(self.cite)}]"

    @property
    def waits(self) -> str:
        """Say for which positions the statement waits; empty where it waits for none."""
        return f"Open: waits for “{', '.join(self.open).replace('_', ' ')}”." if self.open else ""


class Teller:
    """Tells the statements of one profile."""

    def __init__(self, profile: Profile, about: Iterable[str] = ()) -> None:
        """Speak of `profile`; of `about` alone, if acts are named: a statement on others as well says how many."""
        self.profile = profile
        self.about = frozenset(about)
        self.wording = Wording(profile)

    def tell(self, statement: Statement) -> Told:
        """Return a statement in words."""
        text = " ".join(sentence(part) for part in self._sentences(statement) if part)
        others = self._others(statement)
        if others:
            text += f" This holds for {others} other {'act' if others == 1 else 'acts'} as well."
        if statement.force == "should":
            text += f" {ADVICE}"
        text += self._breach(statement)
        return Told(
            id=statement.id,
            group=GROUPS[type(statement)],
            text=text,
            cite=statement.cite,
            reading=_reading(statement),
            open=tuple(name for name in self.profile.open_parameters if name in parameters_in(statement)),
            confidential=statement.confidential,
        )

    def _breach(self, statement: Statement) -> str:
        """Say how grave a breach is, and whose it is."""
        breach, found = statement.breach, ""
        if breach is not None:
            found += f" A breach is {breach.severity}{f': {breach.consequence}' if breach.consequence else ''}."
        if statement.answerable:
            found += f" {sentence(f'{self.wording.role(statement.answerable)} answers for a breach')}"
        return found

    def _sentences(self, statement: Statement) -> list[str]:
        match statement:
            case Permission():
                return [self._permission(statement)]
            case Prohibition():
                return [self._prohibition(statement), self._excuse(statement.excused_by)]
            case Requirement():
                return [self._requirement(statement), self._afterwards(statement.or_afterwards)]
            case Approval():
                return self._approval(statement)
            case Check():
                return self._check(statement)
            case Document():
                return self._document(statement)
            case Retention():
                return self._retention(statement)
            case Hold():
                return self._hold(statement)
            case Duty():
                return self._duty(statement)
        return [plainly(statement.id)]

    # When a statement applies

    def _bounds(self, statement: Statement) -> str:
        unless = self._unless(statement.unless)
        return (f" if {self.wording.condition(statement.when)}" if statement.when else "") + unless

    def _unless(self, condition: Condition | None) -> str:
        return f", unless {self.wording.condition(condition)}" if condition else ""

    def _acts(self, statement: ActionStatement) -> str:
        return self.wording.acts(self._narrowed(statement.action))

    def _narrowed(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the acts among some that are spoken of, in the order written; all where none is singled out."""
        groups = self.wording.words.groups
        found = dict.fromkeys(one for name in names for one in groups.get(name, (name,)) if one in self.about)
        return tuple(found) or names

    def _others(self, statement: Statement) -> int:
        """Return how many acts a statement holds for beside those that are spoken of."""
        names = statement.action if isinstance(statement, ActionStatement) else getattr(statement, "after", ())
        expand = self.wording.words.expand
        return len(set(expand(names)) - set(expand(self._narrowed(names)))) if isinstance(names, tuple) else 0

    # The kinds

    def _permission(self, statement: Permission) -> str:
        only = " only" if statement.only and statement.when else ""
        return f"it is allowed to {self._acts(statement)}{only}{self._bounds(statement)}"

    def _prohibition(self, statement: Prohibition) -> str:
        return f"it is forbidden to {self._acts(statement)}{self._bounds(statement)}"

    def _excuse(self, excuse: Excuse | None) -> str:
        if excuse is None:
            return ""
        purposes = (
            f" for {listed((self.wording.word(('purposes',), p) for p in excuse.purposes), 'or')}"
            if excuse.purposes
            else ""
        )
        valid = f", valid for {excuse.valid}" if excuse.valid else ""
        own = {"allowed": ", also for themselves", "holder": ", the holder of the office also for themselves"}.get(
            excuse.by_requester or "", ""
        )
        return f"{self.wording.approvers(excuse.by)} may make an exception{purposes}{valid}{own} {_cited(excuse.cite)}"

    def _requirement(self, statement: Requirement) -> str:
        return f"{self._before(statement)}, this must hold: {self.wording.condition(statement.must)}"

    def _before(self, statement: ActionStatement) -> str:
        bounds = self._bounds(statement).lstrip(", ")
        return f"before {self.wording.acts(self._narrowed(statement.action), happening=True)}" + (
            f", {bounds}" if bounds else ""
        )

    def _afterwards(self, later: Afterwards | None) -> str:
        if later is None:
            return ""
        within = DEADLINES.get(str(later.within)) or f"within {self.wording.span(later.within)}"
        return f"if {self.wording.condition(later.when)}, it is enough to {task_words(later.task)} afterwards, {within}"

    def _approval(self, statement: Approval) -> list[str]:
        steps = [self.wording.approvers(step) for step in (statement.by, *statement.then)]
        purposes = listed((self.wording.word(("purposes",), p) for p in statement.purposes), "or")
        gate = f"{self._before(statement)}, " if statement.gate else ""
        what = (
            f"{', and then '.join(steps)} must approve it"
            if statement.gate
            else f"{', and then '.join(steps)} may give the approval “{plainly(statement.id)}” for anybody who wants "
            f"to {self._acts(statement)}{self._bounds(statement)}"
        )
        own = {"allowed": "whoever may approve may do so for an act of their own"}
        own["holder"] = "the holder of the office may approve an act of their own, a stand-in may not"
        return [
            f"{gate}{what}" + (f", for {purposes}" if purposes else ""),
            own.get(statement.by_requester or "", ""),
            "each act needs an approval of its own" if statement.each else "",
            f"an approval is valid for {statement.valid}" if statement.valid else "",
        ]

    def _check(self, statement: Check) -> list[str]:
        parts = self.wording.among("check_parts", statement.compares, "and")
        what = self.wording.word(("checks",), statement.check)
        what = with_article(what if "check" in what or what.startswith(("a ", "an ")) else f"{what} check")
        sources = listed((self._source(one) for one in statement.sources), "or")
        who = f" by {self.wording.approvers(statement.by)}" if statement.by else ""
        after = f", made after {self.wording.noun(statement.after)}" if statement.after else ""
        head = f"{self._before(statement)}, there must be" if statement.gate else self._stands_for(statement, "check")
        of = f" of {parts}" if parts else ""
        # Only a check that binds and gates by itself bars the act; one with `gate: false` is a fact for others to test.
        barred = "; if it fails, the act is barred" if statement.gate and statement.force == "must" else ""
        return [
            f"{head} {what}{of}{who}{after}{barred}",
            f"what counts is an answer from {sources}" if sources else "",
            "nobody may check for an act of their own" if statement.not_by else "",
            self._afterwards(statement.or_afterwards),
        ]

    def _source(self, name: str) -> str:
        return self.wording.word(("sources",), name) if name in VALUES["sources"] else f"the {plainly(name)}"

    def _stands_for(self, statement: ActionStatement, kind: str) -> str:
        """Begin to say what a statement stands for that asks for nothing by itself."""
        bounds = self._bounds(statement).lstrip(", ")
        return f"by the {kind} “{plainly(statement.id)}” is meant{f', {bounds},' if bounds else ''}"

    def _document(self, statement: Document) -> list[str]:
        papers = listed((with_article(self.wording.word(("documents",), one)) for one in statement.document), "or")
        fields = self.wording.among("document_fields", statement.fields, "and")
        issuers = listed((self.wording.word(ISSUERS, one) for one in statement.issuer), "or")
        head = (
            f"{self._before(statement)}, there must be" if statement.gate else self._stands_for(statement, "document")
        )
        return [
            f"{head} {papers}" + (f" that names {fields}" if fields else ""),
            f"it must come from {issuers}" if issuers else "",
            f"it may be no older than {statement.valid}" if statement.valid else "",
        ]

    def data(self, statement: KeepingStatement) -> str:
        """Return of which data, held by whom, a statement speaks."""
        return self._classes(statement) + (
            f" held by {self.wording.among('custodians', statement.custodian, 'or')}" if statement.custodian else ""
        )

    def _classes(self, statement: KeepingStatement) -> str:
        known = VALUES["data_classes"]
        own = (known[one] if one in known else several(plainly(one)) for one in statement.data)
        return listed(own, "and") or "data of any class"

    def _retention(self, statement: Retention) -> list[str]:
        data = f"{self.data(statement)}{self._bounds(statement)}"
        if statement.never:
            where = (
                f"held by {self.wording.among('custodians', statement.custodian, 'or')}"
                if statement.custodian
                else "kept"
            )
            return [f"{self._classes(statement)} may never be {where}{self._bounds(statement)}"]
        least, most = statement.at_least, statement.at_most
        if least == "indefinite":
            return [f"{data}: kept without an end"]
        clock = f", counted from {self.wording.word(('clocks',), statement.clock)}" if least or most else ""
        days = " and by whole days" if statement.counted == "whole_days" and clock else ""
        length = (
            f"exactly {self.wording.span(least)}"
            if least is not None and least == most
            else " and ".join(
                part
                for part in (
                    f"at least {self.wording.span(least)}" if least else "",
                    f"at most {self.wording.span(most)}" if most else "",
                )
                if part
            )
        )
        return [f"{data}: kept {length}{clock}{days}" if length else "", *self._ends(statement, data, bool(length))]

    def _ends(self, statement: Retention, data: str, told: bool) -> list[str]:
        head = "it is" if told else f"{data}:"
        until = f"{head} kept until {self.wording.condition(statement.keep_until)}" if statement.keep_until else ""
        if statement.keep_until == statement.purge_when and until:
            return [f"{until}, and deleted then"]
        head = "it is" if until else head
        gone = f"{head} deleted once {self.wording.condition(statement.purge_when)}" if statement.purge_when else ""
        return [until, gone]

    def period(self, statement: Retention) -> str:
        """Return how long data stays, as short as it can be said."""
        least, most = statement.at_least, statement.at_most
        ends = [
            f"exactly {self.wording.span(least)}" if least is not None and least == most else "",
            f"at least {self.wording.span(least)}" if least not in (None, most, "indefinite") and least else "",
            f"at most {self.wording.span(most)}" if most is not None and least != most else "",
            "without an end" if least == "indefinite" else "",
            "until an event" if statement.keep_until else "",
            "gone after an event" if statement.purge_when and not statement.keep_until else "",
        ]
        if statement.never:
            said = "never"
        else:
            clock = f" from {CLOCKS.get(statement.clock, plainly(statement.clock))}" if least or most else ""
            said = listed(filter(None, ends), "and") + (clock if least != "indefinite" else "")
        return said + (" (in some cases)" if statement.when or statement.unless else "")

    def _hold(self, statement: Hold) -> list[str]:
        by = f" by {self.wording.approvers(statement.by)}" if statement.by else ""
        basis = self.wording.word(("hold_bases",), statement.basis) if statement.basis else ""
        placed = f" while a hold for {basis} placed{by} is active" if basis else ""
        joined = " and" if placed and statement.when else ""
        when = (
            f"{joined}{' while' if not placed else ''} {self.wording.condition(statement.when)}"
            if statement.when
            else ""
        )
        ends = f"this ends when {self.wording.condition(statement.until)}" if statement.until else ""
        return [f"{self.data(statement)} may not be deleted{placed}{when}{self._unless(statement.unless)}", ends]

    def _duty(self, statement: Duty) -> list[str]:
        who = self.wording.approvers(statement.by) if statement.by else "the department"
        covers = self.wording.among("covers", statement.covers, "and")
        each = EACH.get(statement.for_each, "")
        what = f"{who} must {task_words(statement.task)}{f' of {covers}' if covers else ''}"
        sample = statement.sample
        drawn = [f"{sample.share} of the cases" if sample and sample.share else ""]
        drawn += [f"at least {sample.at_least} cases" if sample and sample.at_least else ""]
        of = f" of {self.wording.act(sample.of, happening=True)}" if sample and sample.of else ""
        return [
            f"{self._occasion(statement)}{what}{self._rhythm(statement)}{f', {each}' if each else ''}",
            f"it draws {listed(filter(None, drawn), 'and')}{of}" if any(drawn) else "",
            f"it counts as done up to {statement.early} before" if statement.early else "",
            f"it is late after {self.wording.span(statement.late_after)}" if statement.late_after else "",
        ]

    def _occasion(self, statement: Duty) -> str:
        if not statement.after:
            return f"{self._bounds(statement).lstrip(', ')}, " if statement.when or statement.unless else ""
        known = {*self.wording.words.actions, *self.wording.words.groups}
        acts = [name for name in statement.after if name in known]
        events = [event_words(name) for name in statement.after if name not in known]
        denied = {"deny": " was refused", "needs": " was held up", "any": ", allowed or not"}.get(statement.outcome, "")
        parts = [f"once {listed(events, 'or')}"] if events else []
        if acts:
            parts.append(
                f"{'once' if denied[:4] == ' was' else 'after'} {self.wording.acts(acts, happening=True)}{denied}"
            )
        bounds = self._bounds(statement).lstrip(", ")
        return f"{listed(parts, 'or')}{f', {bounds}' if bounds else ''}, "

    def _rhythm(self, statement: Duty) -> str:
        if statement.every is not None:
            if isinstance(statement.every, ParameterRef) and self._unset(statement.every):
                return f" at an interval that nobody has set (“{plainly(statement.every.name)}”)"
            number, _, unit = self.wording.span(statement.every).removeprefix("1 ").rpartition(" ")
            every = f"{number} " if number else ""
            calendar = statement.counted == "calendar"
            return f" once in every {every}calendar {unit}" if calendar else f" every {every}{unit}"
        if statement.on_date:
            month, day = statement.on_date.split("-")
            return f" each year on {int(day)} {dt.date(2000, int(month), 1):%B}"
        if not statement.after:
            return ""
        within = statement.within
        return f" {DEADLINES.get(str(within), '') or 'within ' + self.wording.span(within)}"

    def _unset(self, reference: ParameterRef) -> bool:
        parameter = self.profile.parameters.get(reference.name)
        return parameter is None or parameter.value is None


def _cited(cite: tuple[str, ...]) -> str:
    return f"({', '.join(cite)})" if cite else ""


def _reading(statement: Statement) -> str:
    reading = statement.reading
    if reading is None:
        return ""
    others = "; ".join(reading.instead_of)
    return f"Read as: {reading.chosen}." + (f" (Not as: {others}.)" if others else "")
