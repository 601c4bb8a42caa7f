"""The nine kinds of statement (language.md §4, §6, §7). Each is data; what it means is in `ir.lower`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alpr_policy.durations import CalendarSpan
from alpr_policy.model.condition import Condition, ParameterRef
from alpr_policy.source import NOWHERE, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Which reading of an ambiguous clause is taken, and which others were open."""

    chosen: str
    instead_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """How grave a breach is and what follows from it."""

    severity: str
    consequence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What every statement has: an id, its clauses, when it applies."""

    id: str
    cite: tuple[str, ...]
    when: Condition | None = None
    unless: Condition | None = None
    reading: Reading | None = None
    force: str = "must"
    answerable: str | None = None
    breach: Breach | None = None
    confidential: bool = False
    text: str | None = None
    span: Span = field(default=NOWHERE, compare=False)
    spans: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionStatement(Statement):
    """A statement about named actions or groups of them."""

    action: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission(ActionStatement):
    """Allows; with `only` it also forbids the same actions everywhere else."""

    only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """A role that may decide, and how: a stand-in while the holder is absent, or the holder in person."""

    role: str | ParameterRef
    if_absent: str | None = None
    in_person: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """Who may lift a prohibition, for what purposes and for how long."""

    topic: str
    by: tuple[Approver, ...]
    purposes: tuple[str, ...] = ()
    valid: CalendarSpan | None = None
    by_requester: str | None = None
    cite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prohibition(ActionStatement):
    """Forbids; `excused_by` names the exception that lifts it."""

    excused_by: Excuse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Afterwards:
    """When a step may follow the act instead: the circumstance, the task it becomes, and by when."""

    when: Condition
    task: str
    within: CalendarSpan | ParameterRef | str = "as_soon_as_practicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement(ActionStatement):
    """What must hold before the act."""

    must: Condition
    or_afterwards: Afterwards | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(ActionStatement):
    """Who must approve the act: any of `by`, then each further step in order, by different persons."""

    by: tuple[Approver, ...]
    topic: str | None = None
    purposes: tuple[str, ...] = ()
    by_requester: str | None = None
    each: bool = False
    valid: CalendarSpan | None = None
    then: tuple[tuple[Approver, ...], ...] = ()
    gate: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(ActionStatement):
    """What must be verified, part by part, from which sources, by whom."""

    check: str
    compares: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    by: tuple[Approver, ...] = ()
    not_by: str | None = None
    or_afterwards: Afterwards | None = None
    after: str | None = None
    gate: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(ActionStatement):
    """Which paper must exist, with which fields filled, from whom, and how fresh."""

    document: tuple[str, ...]
    fields: tuple[str, ...] = ()
    issuer: tuple[str, ...] = ()
    valid: CalendarSpan | None = None
    gate: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingStatement(Statement):
    """A statement about data of some classes at some custodians; empty means any."""

    data: tuple[str, ...] = ()
    custodian: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention(KeepingStatement):
    """How long data must stay (`at_least`, `keep_until`) and when it must go (`at_most`, `purge_when`)."""

    at_least: CalendarSpan | ParameterRef | str | None = None
    at_most: CalendarSpan | ParameterRef | None = None
    keep_until: Condition | None = None
    purge_when: Condition | None = None
    clock: str = "captured"
    never: bool = False
    counted: str = "elapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(KeepingStatement):
    """What freezes disposal: a condition, or a record of a basis placed by a role; `until` ends it."""

    basis: str | None = None
    by: tuple[Approver, ...] = ()
    until: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """How many cases an audit draws."""

    share: str | None = None
    at_least: int | None = None
    of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty(Statement):
    """What must be done, by whom, and when: on a schedule, on a date, or after an event."""

    task: str
    by: tuple[Approver, ...] = ()
    for_each: str = "department"
    every: CalendarSpan | ParameterRef | None = None
    counted: str = "rolling"
    first_period: str = "current"
    on_date: str | None = None
    after: tuple[str, ...] = ()
    within: CalendarSpan | str | ParameterRef = "as_soon_as_practicable"
    early: CalendarSpan | None = None
    late_after: CalendarSpan | ParameterRef | None = None
    covers: tuple[str, ...] = ()
    sample: Sample | None = None
    outcome: str = "allow"
