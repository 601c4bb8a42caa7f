"""A profile: one department's written policy as data (language.md §1)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from alpr_policy.durations import CalendarSpan
from alpr_policy.model.condition import ParameterRef, Plain
from alpr_policy.model.statements import (
    Approval,
    Approver,
    Check,
    Document,
    Duty,
    Hold,
    Permission,
    Prohibition,
    Requirement,
    Retention,
    Statement,
)
from alpr_policy.source import NOWHERE, Span

GENERIC: Final = "generic"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyText:
    """The document a profile encodes. Dates are local, from the start of the day; an adopter may set `effective`."""

    title: str
    number: str
    effective: dt.date | ParameterRef
    until: dt.date | None = None
    supersedes: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What follows where no permission speaks: `otherwise`, except for the actions under `allow`."""

    otherwise: str
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An office of the department and who may stand in for its holder wherever the role is named."""

    title: str
    designee: bool = False
    acting: bool = False
    cite: tuple[str, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermValue:
    """One value of a term and, where the text lists it by itself, its clause."""

    value: str
    cite: str | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A named list of values."""

    values: tuple[TermValue, ...]
    cite: tuple[str, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A position the text leaves open; `required` ones must be filled before the profile may serve."""

    type: str
    value: Plain | CalendarSpan = None
    required: bool = False
    vague: bool = False
    choices: tuple[str, ...] = ()
    set_by: str | None = None
    cite: tuple[str, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactExtension:
    """A fact of the profile's own, a derivation from the closed catalogue, or values added to a known fact (§9.6)."""

    type: str | None = None
    values: tuple[str, ...] = ()
    add_values: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    means: str | None = None
    supplied_by: str | None = None
    personal: str | None = None
    of: tuple[str, ...] = ()
    role: str | None = None
    since: str | None = None
    to: str | None = None
    same: tuple[str, ...] = ()
    within: CalendarSpan | None = None
    cite: tuple[str, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionExtension:
    """An action of the profile's own and the facts that belong to it."""

    means: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityType:
    """One type of persons or things that a policy about other things speaks of, and those that it lists.

    `subject` is set where they are persons or programs that act. `known` holds, for each id, what the list says: a
    value, or for a relation the ids of the subjects that stand in it.
    """

    subject: bool = False
    means: str | None = None
    known: Mapping[str, Mapping[str, Plain | tuple[Plain, ...]]] = field(default_factory=dict)
    cite: tuple[str, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)
    spans: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Who may act against a deny, on what, for how long, and who reviews it by when; absent means nobody."""

    by: tuple[Approver, ...]
    actions: tuple[str, ...]
    valid: CalendarSpan
    review_by: str
    review_within: CalendarSpan
    cite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """How far a read may differ from an entry and still be a possible hit, in characters; absent means not at all."""

    look_alikes: int = 0
    differences: int = 0
    cite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonWords:
    """Word lists behind the fact `reason.defects`."""

    generic: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    min_length: int = 0
    cite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a floor wants every profile under it to state."""

    state: str
    data: tuple[str, ...] = ()
    task: str | None = None
    cite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEnforced:
    """Clauses that no statement carries, and why."""

    cite: tuple[str, ...]
    why: str
    note: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One policy of one department in one version. Statement order has no meaning.

    `kind` is empty for a policy about plate readers, `generic` for one about other things, which has `entities`.
    """

    language: int
    profile: str
    department: str
    policy: PolicyText
    timezone: str
    silence: Silence
    kind: str = ""
    floor: str | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    terms: Mapping[str, Term] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    facts: Mapping[str, FactExtension] = field(default_factory=dict)
    actions: Mapping[str, ActionExtension] = field(default_factory=dict)
    data_classes: tuple[str, ...] = ()
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    entities: Mapping[str, EntityType] = field(default_factory=dict)
    override: Override | None = None
    matching: Matching | None = None
    reasons: ReasonWords | None = None
    permissions: tuple[Permission, ...] = ()
    prohibitions: tuple[Prohibition, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    approvals: tuple[Approval, ...] = ()
    checks: tuple[Check, ...] = ()
    documents: tuple[Document, ...] = ()
    retention: tuple[Retention, ...] = ()
    holds: tuple[Hold, ...] = ()
    duties: tuple[Duty, ...] = ()
    demands: tuple[Demand, ...] = ()
    outline: tuple[str, ...] = ()
    not_enforced: tuple[NotEnforced, ...] = ()
    spans: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)
    content_hash: str = field(default="", compare=False)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Return the statements of all nine kinds."""
        return (
            *self.permissions,
            *self.prohibitions,
            *self.requirements,
            *self.approvals,
            *self.checks,
            *self.documents,
            *self.retention,
            *self.holds,
            *self.duties,
        )

    def in_clause_order(self) -> Profile:
        """Return the profile with the statements of each kind in the order of the clauses they cite, then by id."""
        place = {cite: index for index, cite in enumerate(self.outline)}

        def key(statement: Statement) -> tuple[int, str]:
            return min((place[cite] for cite in statement.cite if cite in place), default=len(place)), statement.id

        return dataclasses.replace(
            self,
            permissions=tuple(sorted(self.permissions, key=key)),
            prohibitions=tuple(sorted(self.prohibitions, key=key)),
            requirements=tuple(sorted(self.requirements, key=key)),
            approvals=tuple(sorted(self.approvals, key=key)),
            checks=tuple(sorted(self.checks, key=key)),
            documents=tuple(sorted(self.documents, key=key)),
            retention=tuple(sorted(self.retention, key=key)),
            holds=tuple(sorted(self.holds, key=key)),
            duties=tuple(sorted(self.duties, key=key)),
        )

    @property
    def is_generic(self) -> bool:
        """Say whether it is about other things than plate readers, and so in words of its own alone."""
        return self.kind == GENERIC

    @property
    def first_day(self) -> dt.date | None:
        """Return the first day on which the text binds; None while nobody has set it."""
        effective = self.policy.effective
        if isinstance(effective, ParameterRef):
            parameter = self.parameters.get(effective.name)
            value = parameter.value if parameter is not None else None
            return value if isinstance(value, dt.date) else None
        return effective

    @property
    def version(self) -> str:
        """Name the text by its number and its first day."""
        return f"{self.policy.number} of {self.first_day or 'no day yet'}"

    @property
    def open_parameters(self) -> tuple[str, ...]:
        """Return the names of required parameters that are not filled."""
        return tuple(sorted(name for name, p in self.parameters.items() if p.required and p.value is None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """A file that takes a template over and fills its parameters."""

    language: int
    profile: str
    adopts: str
    department: str
    policy: PolicyText
    timezone: str
    parameters: Mapping[str, Plain | CalendarSpan] = field(default_factory=dict)
    spans: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)
