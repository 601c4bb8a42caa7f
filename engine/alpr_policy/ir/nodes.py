"""Rule nodes: what a profile means, in the fewest kinds of part. Types and one sentence each, no computing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan
from alpr_policy.model.listing import Listing
from alpr_policy.model.profile import Override, ReasonWords, Role
from alpr_policy.model.statements import Duty
from alpr_policy.source import Span
from alpr_policy.vocabulary import Vocabulary


class Op(StrEnum):
    """The comparisons of one fact with a constant, after terms and synonyms are gone."""

    IN = "in"
    NOT_IN = "not in"
    HAS_ANY = "has any of"
    HAS_ALL = "has all of"
    OUTSIDE = "has more than"
    AT_LEAST = "at least"
    AT_MOST = "at most"
    MORE_THAN = "more than"
    LESS_THAN = "less than"
    BEFORE = "before"
    AFTER = "after"
    NONE = "is none"


Constant = frozenset[str] | frozenset[int] | frozenset[bool] | int | CalendarSpan | dt.datetime | None


@dataclass(frozen=True, slots=True)
class Atom:
    """One fact compared with a constant."""

    fact: str
    op: Op
    value: Constant = None


@dataclass(frozen=True, slots=True)
class Hole:
    """A parameter that is not filled: unknown until the profile's owner fills it."""

    parameter: str


@dataclass(frozen=True, slots=True)
class Always:
    """A condition that is always true, or always false."""

    truth: bool


@dataclass(frozen=True, slots=True)
class All:
    """Every part is true."""

    of: tuple[Cond, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Some part is true."""

    of: tuple[Cond, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part is false."""

    of: Cond


@dataclass(frozen=True, slots=True)
class Sure:
    """The part is known to be true: unknown counts as false. Never written by authors, since it is not monotone."""

    of: Cond


Cond = Atom | Hole | Always | All | Any | Not | Sure
TRUE, FALSE = Always(True), Always(False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """From which statement a rule comes. `items` are the clauses of single term values: fact, value, clause."""

    profile: str
    id: str
    kind: str
    cite: tuple[str, ...]
    place: Span = field(compare=False)
    text: str | None = None
    answerable: str | None = None
    severity: str | None = None
    confidential: bool = False
    advisory: bool = False
    items: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """Allows the actions where `applies`."""

    origin: Origin
    actions: frozenset[str]
    applies: Cond


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbid:
    """Forbids the actions where `applies`; `excuse` names the exception that would lift it."""

    origin: Origin
    actions: frozenset[str]
    applies: Cond
    excuse: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Require:
    """Where `applies`, `met` must hold, unless `excused`. `item` names what to ask for; None reads it from `met`."""

    origin: Origin
    actions: frozenset[str]
    applies: Cond
    met: Cond
    excused: Cond = FALSE
    item: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Oblige:
    """Where `applies` and the outcome is one of `outcomes`, `task` must follow `within` a span or a vague deadline."""

    origin: Origin
    actions: frozenset[str]
    applies: Cond
    task: str
    by: tuple[str, ...] = ()
    within: CalendarSpan | str = "as_soon_as_practicable"
    outcomes: frozenset[str] = frozenset({"allow"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """A retention statement: where it applies, whether its floor is not reached, whether its ceiling is passed."""

    origin: Origin
    applies: Cond
    never: bool
    unreached: Cond
    passed: Cond
    clock: str
    floor: CalendarSpan | None = None
    ceiling: CalendarSpan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """A hold: where it is active, disposal waits."""

    origin: Origin
    active: Cond


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A duty that recurs or follows an event; its statement holds the calendar."""

    origin: Origin
    duty: Duty
    applies: Cond


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """A role that may decide, as holder, by a `designee` or one `acting` where the profile lets them.

    `if_absent` is its stand-in. The flags stand here and not with the profile, so that a floor keeps its own.
    """

    role: str
    if_absent: Decider | None = None
    in_person: bool = False
    designee: bool = False
    acting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalSpec:
    """What makes an approval (or exception) granted: topics, steps in order, purposes, scope and validity.

    `hole` names the parameter that must be filled before anybody may decide.
    """

    name: str
    topics: frozenset[str]
    steps: tuple[tuple[Decider, ...], ...]
    purposes: frozenset[str] = frozenset()
    by_requester: str | None = None
    each: bool = False
    valid: CalendarSpan | None = None
    exception: bool = False
    hole: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """What makes a check passed: parts, sources, who may do it, and from when it counts."""

    name: str
    check: str
    parts: tuple[str, ...] = ()
    sources: frozenset[str] = frozenset()
    by: tuple[Decider, ...] = ()
    not_by_requester: bool = False
    after: str | None = None
    hole: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSpec:
    """What makes a document complete: its kind, filled fields, issuer and freshness."""

    name: str
    kinds: frozenset[str]
    fields: tuple[str, ...] = ()
    issuers: frozenset[str] = frozenset()
    valid: CalendarSpan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldSpec:
    """What makes a hold active: a record of the basis, placed by one of the roles."""

    name: str
    basis: str
    by: tuple[Decider, ...] = ()
    hole: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedSpec:
    """A fact of the profile's own, worked out by a function of the closed catalogue (§9.6).

    `words` are those of the profile's `reasons`, by which `reason.defects` is worked out; `listing` is what the profile
    lists of its persons and things.
    """

    name: str
    function: str
    of: tuple[str, ...]
    role: str | None = None
    within: CalendarSpan | None = None
    supplied: bool = False
    words: ReasonWords | None = None
    listing: Listing | None = None


Spec = ApprovalSpec | CheckSpec | DocumentSpec | HoldSpec | DerivedSpec
Rule = Permit | Forbid | Require | Oblige


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """A profile lowered: all its rules, and what is needed to evaluate them."""

    profile: str
    department: str
    version: str
    content_hash: str
    zone: ZoneInfo
    silence_allows: frozenset[str]
    rules: tuple[Rule, ...]
    keeps: tuple[Keep, ...]
    freezes: tuple[Freeze, ...]
    schedules: tuple[Schedule, ...]
    specs: Mapping[str, Spec]
    roles: Mapping[str, Role]
    vocabulary: Vocabulary
    open_parameters: tuple[str, ...] = ()
    override: Override | None = None
