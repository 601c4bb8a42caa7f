"""From a profile to its rules: what each kind of statement means (language.md §4, §6, §7)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan
from alpr_policy.ir.conditions import Conditions, age_atom, both, clock_fact, either, hole_of, negated
from alpr_policy.ir.derivations import derived_specs
from alpr_policy.ir.nodes import (
    FALSE,
    TRUE,
    ApprovalSpec,
    Atom,
    CheckSpec,
    Cond,
    Decider,
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
from alpr_policy.model.words import words_of

NOT_SOUGHT = ("none", "refused", "wrong_purpose", "out_of_scope", "ended")
BADLY_GIVEN = ("pending", "wrong_role", "absence_unknown", "self")


def lower(profile: Profile) -> Ruleset:
    """Lower a checked profile. Rules stand in the order of the text's clauses, whatever the order of statements."""
    return _Lowering(profile.in_clause_order()).ruleset()


def applies(profile: Profile, statement: Statement) -> Cond:
    """Return when one statement of a checked profile applies, to the data that it is about where it is about any."""
    lowering = _Lowering(profile)
    return lowering._selected(statement) if isinstance(statement, KeepingStatement) else lowering._applies(statement)


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
        self.specs |= derived_specs(self.profile, self.words.lists["events"])
        for statement in profile.statements:
            getattr(self, "_" + type(statement).__name__.lower())(statement)
        self._completions()
        spoken = self.words.expand(profile.silence.allow)
        return Ruleset(
            profile=profile.profile,
            department=profile.department,
            version=profile.version,
            content_hash=profile.content_hash,
            zone=self.zone,
            silence_allows=frozenset(self.words.actions if profile.silence.otherwise == "allow" else spoken),
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
            stand_in = self._decider(approver.if_absent) if approver.if_absent else None
            known.append(dataclasses.replace(self._decider(role), if_absent=stand_in, in_person=approver.in_person))
        return tuple(known), (TRUE if known or not holes else both(*holes))

    def _decider(self, name: str) -> Decider:
        role = self.profile.roles.get(name)
        return Decider(role=name, designee=role is not None and role.designee, acting=role is not None and role.acting)

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
        item = name if hole == TRUE else None
        met = both(hole, negated(badly))
        self.rules.append(Require(origin=cited, actions=actions, applies=applies, met=met, item=item))

    def _excuse(self, name: str, excuse: Excuse) -> Cond:
        deciders, hole = self._deciders(excuse.by)
        self.specs[name] = ApprovalSpec(
            name=name,
            topics=frozenset({excuse.topic}),
            steps=(deciders,),
            purposes=frozenset(excuse.purposes),
            hole=hole_of(hole),
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
                    within=self._deadline(later.within),
                )
            )

    # Approvals, checks, documents

    def _approval(self, statement: Approval) -> None:
        origin, actions, applies = self._parts(statement)
        name = f"approval.{statement.id}"
        found = [self._deciders(step) for step in (statement.by, *statement.then)]
        self.specs[name] = ApprovalSpec(
            name=name,
            topics=frozenset({statement.topic}) if statement.topic else actions,
            steps=tuple(deciders for deciders, _ in found),
            purposes=frozenset(statement.purposes),
            hole=next((hole_of(hole) for _, hole in found if hole_of(hole)), None),
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
        deciders, hole = self._deciders(statement.by)
        self.specs[name] = CheckSpec(
            name=name,
            check=statement.check,
            parts=statement.compares,
            sources=frozenset(statement.sources),
            by=deciders,
            not_by_requester=statement.not_by == "requester",
            after=statement.after,
            hole=hole_of(hole),
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
                met=both(hole, Atom(name, Op.IN, frozenset({"passed"}))),
                excused=both(Sure(not_done), prevented),
                item=name if hole == TRUE else None,
            )
        )
        failed = Atom(name, Op.IN, frozenset({"failed"}))
        self.rules.append(Forbid(origin=origin, actions=actions, applies=both(applies, Sure(failed))))
        if later:
            owed = both(applies, not_done, prevented)
            within = self._deadline(later.within)
            self.rules.append(Oblige(origin=origin, actions=actions, applies=owed, task=later.task, within=within))

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
        unreached: list[Cond] = [negated(age_atom(clock, Op.AT_LEAST, floor))] if floor is not None else []
        if statement.at_least == "indefinite":
            unreached.append(TRUE)
        if statement.keep_until is not None:
            unreached.append(negated(self.conditions.lower(statement.keep_until, TRUE)))
        passed: list[Cond] = [age_atom(clock, Op.MORE_THAN, ceiling)] if ceiling is not None else []
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
        no_end = Atom("period", Op.NONE)
        below = [age_atom("period", Op.LESS_THAN, floor)] if floor is not None else []
        below += [negated(no_end)] if statement.at_least == "indefinite" else []
        above = [either(no_end, age_atom("period", Op.MORE_THAN, ceiling))] if ceiling is not None else []
        self._setting(keep, (TRUE,) if keep.never else (*below, *above))

    def _setting(self, keep: Keep, outside: tuple[Cond, ...]) -> None:
        """A period may not undercut a floor, overshoot a ceiling, or be set for what may not be here at all."""
        actions = frozenset({"data.set_period"})
        if outside and not keep.never:
            self.rules.append(Permit(origin=keep.origin, actions=actions, applies=keep.applies))
        for end in outside:
            self.rules.append(Forbid(origin=keep.origin, actions=actions, applies=both(keep.applies, end)))

    def _span(self, value: CalendarSpan | ParameterRef | str | None) -> CalendarSpan | Hole | None:
        if isinstance(value, ParameterRef):
            parameter = self.profile.parameters.get(value.name)
            filled = parameter.value if parameter is not None else None
            return filled if isinstance(filled, CalendarSpan) else Hole(value.name)
        return value if isinstance(value, CalendarSpan) else None

    def _deadline(self, value: CalendarSpan | ParameterRef | str | None) -> CalendarSpan | str:
        span = self._span(value) if isinstance(value, ParameterRef) else value
        return "undetermined" if isinstance(span, Hole | None) else span

    def _hold(self, statement: Hold) -> None:
        active = self._selected(statement)
        if statement.basis is not None:
            name = f"hold.{statement.id}"
            deciders, hole = self._deciders(statement.by)
            self.specs[name] = HoldSpec(name=name, basis=statement.basis, by=deciders, hole=hole_of(hole))
            active = both(active, hole, Atom(name, Op.IN, frozenset({"active"})))
        ended = Sure(self.conditions.lower(statement.until, FALSE)) if statement.until is not None else FALSE
        self.freezes.append(Freeze(origin=self._origin(statement), active=both(active, negated(ended))))

    # Duties

    def _duty(self, statement: Duty) -> None:
        origin, applies = self._origin(statement), self._applies(statement)
        self.schedules.append(Schedule(origin=origin, duty=statement, applies=applies))
        actions = frozenset(self.words.expand(statement.after)) & frozenset(self.words.actions)
        if actions:
            outcomes = {"allow", "deny", "needs"} if statement.outcome == "any" else {statement.outcome}
            self.rules.append(
                Oblige(
                    origin=origin,
                    actions=actions,
                    applies=applies,
                    task=statement.task,
                    by=self._roles(statement.by),
                    within=self._deadline(statement.within),
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
                origin = self._origin(duty)
                actions = frozenset({"duty.complete"})
                permitting = dataclasses.replace(origin, advisory=False)
                self.rules.append(Permit(origin=permitting, actions=actions, applies=named))
                if met != TRUE:
                    self.rules.append(Require(origin=origin, actions=actions, applies=named, met=met))

    def _done_properly(self, duty: Duty) -> Cond:
        deciders, hole = self._deciders(duty.by)
        roles = frozenset(decider.role for decider in deciders)
        done_by = Atom("duty.done_by", Op.HAS_ANY, roles) if roles else TRUE
        covers = Atom("duty.covers", Op.HAS_ALL, frozenset(duty.covers)) if duty.covers else TRUE
        return both(hole, done_by, covers)
