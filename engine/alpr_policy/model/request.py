"""A request: one act, its time, its facts and its records (language.md §5, §9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from alpr_policy.errors import Diagnostic
from alpr_policy.model.quick import quick
from alpr_policy.model.values import Unknown

Moment = dt.datetime | dt.date


class Mode(StrEnum):
    """Enforce: the answer binds. Observe: judge, say what would have been, let pass. Chosen by the caller alone."""

    ENFORCE = "enforce"
    OBSERVE = "observe"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRecord:
    """That somebody granted, refused or was asked for something; `at` is when they decided."""

    topic: str
    decision: str
    by: str | None = None
    role: str | None = None
    capacity: str = "holder"
    at: Moment | None = None
    purpose: str | None = None
    scope: Mapping[str, Any] = field(default_factory=dict)
    expires: Moment | Unknown | None = None
    ended: Moment | Unknown | bool | None = None


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRecord:
    """That somebody compared or verified something, in whole or in one part."""

    check: str
    result: str
    part: str | None = None
    source: str | None = None
    by: str | None = None
    role: str | None = None
    capacity: str = "holder"
    at: Moment | None = None


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRecord:
    """That a paper exists; `fields` are the ones filled in."""

    kind: str
    fields: tuple[str, ...] = ()
    issued_by: str | None = None
    at: Moment | None = None
    expires: Moment | Unknown | None = None


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRecord:
    """That somebody froze disposal, on some basis."""

    basis: str
    by: str | None = None
    role: str | None = None
    capacity: str = "holder"
    placed: Moment | None = None
    ends: Moment | Unknown | None = None
    scope: Mapping[str, Any] = field(default_factory=dict)


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """That something happened to a person, device, entry or case."""

    event: str
    of: str | None = None
    at: Moment | None = None
    ends: Moment | Unknown | None = None


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked: may this act be done now?

    `facts` maps fact names to values as they came; each profile types them by its own vocabulary. A record list that is
    None is unknown; an empty one is known to be empty. `faults` are what was wrong with the request; a fatal
    one makes every answer a deny.
    """

    action: str
    at: dt.datetime
    departments: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    approvals: tuple[ApprovalRecord, ...] | None = None
    checks: tuple[CheckRecord, ...] | None = None
    documents: tuple[DocumentRecord, ...] | None = None
    holds: tuple[HoldRecord, ...] | None = None
    events: tuple[EventRecord, ...] | None = None
    id: str | None = None
    faults: tuple[Diagnostic, ...] = ()
    fatal: bool = False
