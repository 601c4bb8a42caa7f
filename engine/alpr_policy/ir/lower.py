"""From a profile to its rules: what each kind of statement means (language.md §4, §6, §7)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan
from alpr_policy.ir.conditions import Conditions, both, either, negated
from alpr_policy.ir.nodes import (
    FALSE,
    TRUE,
    ApprovalSpec,
    Atom,
    CheckSpec,
    Cond,
    Decider,
    DerivedSpec,
    DocumentSpec,
    Forbid,
    Freeze,
    HoldSpec,
    Hole,
    Keep,
    Oblige,
    Op,
    Origin,
    Permit,
    Require,
    Rule,
    Ruleset,
    Schedule,
    Spec,
    Sure,
)
from alpr_policy.model.condition import ParameterRef
from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import (
    ActionStatement,
    Approval,
    Approver,
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
from alpr_policy.model.words import DERIVATIONS, words_of

NOT_SOUGHT = ("none", "refused", "wrong_purpose", "out_of_scope", "ended")
BADLY_GIVEN = ("pending", "wrong_role", "absence_unknown", "self")


def lower(profile: Profile) -> Ruleset:
    """Lower a checked profile. Statements keep their order; the order has no meaning."""
    return _Lowering(profile).ruleset()


class _Lowering:
    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.words = words_of(profile)
        self.zone = ZoneInfo(profile.timezone)
        self.conditions = Conditions(profile, self.words, self.zone)
        self.rules: list[Rule] = []
        self.keeps: list[Keep] = []
        self.freezes: list[Freeze] = []
        self.schedules: list[Schedule] = []
        self.specs: dict[str, Spec] = {}

    def ruleset(self) -> Ruleset:
        profile = self.profile
        self._own_facts()
        for statement in profile.statements:
            getattr(self, "_" + type(statement).__name__.lower())(statement)
        self._completions()
        silence = profile.silence
        spoken = self.words.actions if silence.otherwise == "allow" else self.words.expand(silence.allow)
        return Ruleset(
            profile=profile.profile,
            department=profile.department,
            version=f"{profile.policy.number} of {profile.policy.effective}",
            content_hash=profile.content_hash,
            zone=self.zone,
            silence_allows=frozenset(spoken),
            rules=tuple(self.rules),
            keeps=tuple(self.keeps),
            freezes=tuple(self.freezes),
            schedules=tuple(self.schedules),
            specs=self.specs,
            roles=profile.roles,
            vocabulary=self.words,
            open_parameters=profile.open_parameters,
            override=profile.override,
        )

    # Shared parts

    def _origin(self, statement: Statement) -> Origin:
        kind = type(statement).__name__.lower()
        return Origin(
            profile=self.profile.profile,
            id=statement.id,
            kind=kind,
            cite=statement.cite,
            place=statement.span,
            text=statement.text,
            answerable=statement.answerable,
            severity=statement.breach.severity if statement.breach else None,
            confidential=statement.confidential,
            advisory=statement.force == "should",
            items=self.conditions.items(statement.when, statement.unless, getattr(statement, "must", None)),
        )

    def _applies(self, statement: Statement) -> Cond:
        return both(
            self.conditions.lower(statement.when, TRUE), negated(self.conditions.lower(statement.unless, FALSE))
        )

    def _actions(self, statement: ActionStatement) -> frozenset[str]:
        return frozenset(self.words.expand(statement.action))

    def _parts(self, statement: ActionStatement) -> tuple[Origin, frozenset[str], Cond]:
        return self._origin(statement), self._actions(statement), self._applies(statement)

    def _deciders(self, by: Iterable[Approver]) -> tuple[tuple[Decider, ...], Cond]:
        """Return who may decide, and the parameters that must be filled before anybody may."""
        known: list[Decider] = []
        holes: list[Cond] = []
        for approver in by:
            role = approver.role
            if isinstance(role, ParameterRef):
                filled = self.profile.parameters[role.name].value if role.name in self.profile.parameters else None
                if filled is None:
                    holes.append(Hole(role.name))
                    continue
                role = str(filled)
            known.append(Decider(role=role, if_absent=approver.if_absent, in_person=approver.in_person))
        return tuple(known), (TRUE if known or not holes else both(*holes))

    def _roles(self, by: Iterable[Approver]) -> tuple[str, ...]:
        return tuple(decider.role for decider in self._deciders(by)[0])

    # Permissions, prohibitions, requirements

    def _permission(self, statement: Permission) -> None:
        origin, actions, applies = self._parts(statement)
        self.rules.append(Permit(origin=origin, actions=actions, applies=applies))
        if statement.only:
            self.rules.append(Forbid(origin=origin, actions=actions, applies=negated(applies)))

    def _prohibition(self, statement: Prohibition) -> None:
        origin, actions, applies = self._parts(statement)
        excuse = statement.excused_by
        if excuse is None:
            self.rules.append(Forbid(origin=origin, actions=actions, applies=applies))
            return
        name = f"exception.{statement.id}"
        hole = self._excuse(name, excuse)
        badly = Sure(Atom(name, Op.IN, frozenset(BADLY_GIVEN)))
        not_sought = both(hole, Atom(name, Op.IN, frozenset(NOT_SOUGHT)))
        cited = dataclasses.replace(origin, cite=tuple(dict.fromkeys(origin.cite + excuse.cite)))
        self.rules.append(Forbid(origin=cited, actions=actions, applies=both(applies, not_sought), excuse=name))
        self.rules.append(Require(origin=cited, actions=actions, applies=applies, met=negated(badly), item=name))

    def _excuse(self, name: str, excuse: Excuse) -> Cond:
        deciders, hole = self._deciders(excuse.by)
        self.specs[name] = ApprovalSpec(
            name=name,
            topics=frozenset({excuse.topic}),
            steps=(deciders,),
            purposes=frozenset(excuse.purposes),
            by_requester=excuse.by_requester,
            valid=excuse.valid,
            exception=True,
        )
        return hole

    def _requirement(self, statement: Requirement) -> None:
        origin, actions, applies = self._parts(statement)
        met = self.conditions.lower(statement.must, TRUE)
        later = statement.or_afterwards
        excused = self.conditions.lower(later.when, FALSE) if later else FALSE
        self.rules.append(Require(origin=origin, actions=actions, applies=applies, met=met, excused=excused))
        if later:
            self.rules.append(
                Oblige(
                    origin=origin,
                    actions=actions,
                    applies=both(applies, negated(met), excused),
                    task=later.task,
                    within=later.within,
                )
            )

    # Approvals, checks, documents

    def _approval(self, statement: Approval) -> None:
        origin, actions, applies = self._parts(statement)
        name = f"approval.{statement.id}"
        found = [self._deciders(step) for step in (statement.by, *statement.then)]
        topics = frozenset({statement.topic}) if statement.topic else actions
        self.specs[name] = ApprovalSpec(
            name=name,
            topics=topics,
            steps=tuple(deciders for deciders, _ in found),
            purposes=frozenset(statement.purposes),
            by_requester=statement.by_requester,
            each=statement.each,
            valid=statement.valid,
        )
        if not statement.gate:
            return
        met = both(*(hole for _, hole in found), Atom(name, Op.IN, frozenset({"granted"})))
        item = name if all(hole == TRUE for _, hole in found) else None
        self.rules.append(Require(origin=origin, actions=actions, applies=applies, met=met, item=item))
        refused = Atom(name, Op.IN, frozenset({"refused"}))
        self.rules.append(Forbid(origin=origin, actions=actions, applies=both(applies, Sure(refused))))

    def _check(self, statement: Check) -> None:
        origin, actions, applies = self._parts(statement)
        name = f"check.{statement.id}"
        self.specs[name] = CheckSpec(
            name=name,
            check=statement.check,
            parts=statement.compares,
            sources=frozenset(statement.sources),
            by=self._deciders(statement.by)[0],
            not_by_requester=statement.not_by == "requester",
            after=statement.after,
        )
        if not statement.gate:
            return
        not_done = Atom(name, Op.IN, frozenset({"not_done"}))
        later = statement.or_afterwards
        prevented = self.conditions.lower(later.when, FALSE) if later else FALSE
        self.rules.append(
            Require(
                origin=origin,
                actions=actions,
                applies=applies,
                met=Atom(name, Op.IN, frozenset({"passed"})),
                excused=both(Sure(not_done), prevented),
                item=name,
            )
        )
        failed = Atom(name, Op.IN, frozenset({"failed"}))
        self.rules.append(Forbid(origin=origin, actions=actions, applies=both(applies, Sure(failed))))
        if later:
            owed = both(applies, not_done, prevented)
            self.rules.append(
                Oblige(origin=origin, actions=actions, applies=owed, task=later.task, within=later.within)
            )

    def _document(self, statement: Document) -> None:
        origin, actions, applies = self._parts(statement)
        name = f"document.{statement.id}"
        self.specs[name] = DocumentSpec(
            name=name,
            kinds=frozenset(statement.document),
            fields=statement.fields,
            issuers=frozenset(statement.issuer),
            valid=statement.valid,
        )
        if statement.gate:
            met = Atom(name, Op.IN, frozenset({"complete"}))
            self.rules.append(Require(origin=origin, actions=actions, applies=applies, met=met, item=name))

    # Keeping

    def _selected(self, statement: KeepingStatement) -> Cond:
        classes = Atom("data.classes", Op.HAS_ANY, frozenset(statement.data)) if statement.data else TRUE
        custodian = Atom("data.custodian", Op.IN, frozenset(statement.custodian)) if statement.custodian else TRUE
        return both(classes, custodian, self._applies(statement))

    def _retention(self, statement: Retention) -> None:
        origin, applies, clock = self._origin(statement), self._selected(statement), clock_fact(statement)
        floor, ceiling = self._span(statement.at_least), self._span(statement.at_most)
        unreached: list[Cond] = [negated(_age(clock, Op.AT_LEAST, floor))] if floor is not None else []
        if statement.at_least == "indefinite":
            unreached.append(TRUE)
        if statement.keep_until is not None:
            unreached.append(negated(self.conditions.lower(statement.keep_until, TRUE)))
        passed: list[Cond] = [_age(clock, Op.MORE_THAN, ceiling)] if ceiling is not None else []
        if statement.purge_when is not None:
            passed.append(self.conditions.lower(statement.purge_when, FALSE))
        keep = Keep(
            origin=origin,
            applies=applies,
            never=statement.never,
            unreached=either(*unreached),
            passed=either(*passed),
            clock=clock,
            floor=floor if isinstance(floor, CalendarSpan) else None,
            ceiling=ceiling if isinstance(ceiling, CalendarSpan) else None,
        )
        self.keeps.append(keep)
        self._setting(keep)

    def _setting(self, keep: Keep) -> None:
        """A period set in a system may not undercut a floor nor overshoot a ceiling."""
        actions = frozenset({"data.set_period"})
        if keep.floor or keep.ceiling:
            self.rules.append(Permit(origin=keep.origin, actions=actions, applies=keep.applies))
        for span, op in ((keep.floor, Op.LESS_THAN), (keep.ceiling, Op.MORE_THAN)):
            if span is not None:
                outside = both(keep.applies, Atom("period", op, span))
                self.rules.append(Forbid(origin=keep.origin, actions=actions, applies=outside))

    def _span(self, value: CalendarSpan | ParameterRef | str | None) -> CalendarSpan | Hole | None:
        if isinstance(value, ParameterRef):
            parameter = self.profile.parameters.get(value.name)
            filled = parameter.value if parameter is not None else None
            return filled if isinstance(filled, CalendarSpan) else Hole(value.name)
        return value if isinstance(value, CalendarSpan) else None

    def _hold(self, statement: Hold) -> None:
        active = self._selected(statement)
        if statement.basis is not None:
            name = f"hold.{statement.id}"
            self.specs[name] = HoldSpec(name=name, basis=statement.basis, by=self._deciders(statement.by)[0])
            active = both(active, Atom(name, Op.IN, frozenset({"active"})))
        ended = Sure(self.conditions.lower(statement.until, FALSE)) if statement.until is not None else FALSE
        self.freezes.append(Freeze(origin=self._origin(statement), active=both(active, negated(ended))))

    # Duties

    def _duty(self, statement: Duty) -> None:
        origin, applies = self._origin(statement), self._applies(statement)
        self.schedules.append(Schedule(origin=origin, duty=statement, applies=applies))
        actions = frozenset(self.words.expand(statement.after)) & frozenset(self.words.actions)
        if actions:
            outcomes = {"allow", "deny", "needs"} if statement.outcome == "any" else {statement.outcome}
            within = self._span(statement.within) if isinstance(statement.within, ParameterRef) else statement.within
            self.rules.append(
                Oblige(
                    origin=origin,
                    actions=actions,
                    applies=applies,
                    task=statement.task,
                    by=self._roles(statement.by),
                    within="undetermined" if isinstance(within, Hole | None) else within,
                    outcomes=frozenset(outcomes),
                )
            )

    def _completions(self) -> None:
        """Doing a duty is the act `duty.complete`: who does it and what it covers are required there."""
        by_task: dict[str, list[Duty]] = {}
        for duty in self.profile.duties:
            by_task.setdefault(duty.task, []).append(duty)
        for task, duties in by_task.items():
            named = Atom("duty.task", Op.IN, frozenset({task}))
            # Where several duties share a task, doing any one of them as it is asked is enough.
            met = either(*(self._done_properly(duty) for duty in duties))
            for duty in duties:
                origin = dataclasses.replace(self._origin(duty), advisory=False)
                actions = frozenset({"duty.complete"})
                self.rules.append(Permit(origin=origin, actions=actions, applies=named))
                if met != TRUE:
                    self.rules.append(Require(origin=origin, actions=actions, applies=named, met=met))

    def _done_properly(self, duty: Duty) -> Cond:
        deciders, hole = self._deciders(duty.by)
        roles = frozenset(decider.role for decider in deciders)
        done_by = Atom("duty.done_by", Op.HAS_ANY, roles) if roles else TRUE
        covers = Atom("duty.covers", Op.HAS_ALL, frozenset(duty.covers)) if duty.covers else TRUE
        return both(hole, done_by, covers)

    # Facts of the profile's own

    def _own_facts(self) -> None:
        for name, fact in self.profile.facts.items():
            function = fact.type or ""
            sources = tuple(s for s in (*fact.of, fact.since, fact.to) if s)
            if function in DERIVATIONS and sources:
                supplied = bool(fact.same) or sources[0] not in self.words.lists["events"]
                self.specs[name] = DerivedSpec(
                    name=name, function=function, of=sources, role=fact.role, within=fact.within, supplied=supplied
                )


def clock_fact(statement: Retention) -> str:
    """Name the age that a retention statement watches."""
    prefix = "day age of" if statement.counted == "whole_days" else "age of"
    if statement.clock in ("shift_ended", "case_closed"):
        return f"{prefix} event.{statement.clock}"
    if statement.clock == "captured" and prefix == "age of":
        return "record.age"
    return f"{prefix} record.{statement.clock}"


def _age(clock: str, op: Op, span: CalendarSpan | Hole) -> Cond:
    return span if isinstance(span, Hole) else Atom(clock, op, span)
