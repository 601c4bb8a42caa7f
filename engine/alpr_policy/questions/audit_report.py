"""The report of an audit: its parts, as plain data, and the digest by which a sign-off names it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alpr_policy.model.overrides import OverrideRecord
from alpr_policy.model.wire import plain
from alpr_policy.questions.duties import DutyLine
from alpr_policy.questions.override import ReviewState


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One act, or one thing that happened, that the audit shows, and why."""

    id: str
    at: str
    why: str
    person: str = ""
    action: str = ""
    outcome: str = ""
    done: str = ""
    cite: tuple[str, ...] = ()
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideFinding:
    """An override, and where its review stood at the end of the period."""

    record: OverrideRecord
    review: ReviewState


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDrawn:
    """A sample: for which duty, of which acts, how many of how many, and the acts in the order of the draw."""

    duty: str
    of: str
    asked: str
    population: int
    acts: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Acts of one person that the profile's advice, or a statement on a count, speaks against: for review, no verdict.

    `count` is how many there are, `acts` the first of them.
    """

    person: str
    rule: str
    cite: tuple[str, ...]
    count: int
    acts: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """A statement of which it is not known whether it speaks against some acts: how many, and the ids of the first."""

    rule: str
    cite: tuple[str, ...]
    count: int
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """The audit of one text over the local days `first` to `last`; see docs/duties.md for what each part holds.

    `covers` is what the policy wants covered. `obligations` counts, for each task, the acts of the period after which
    it was owed and no doing of it for the act is known; `owed_after` names the first of them.
    `note` says why the text was not in force at the end of the period, if it was not.
    """

    profile: str
    department: str
    version: str
    content_hash: str
    timezone: str
    first: dt.date
    last: dt.date
    seed: str
    acts: int
    outcomes: Mapping[str, int]
    done: int
    judged_now: int
    covers: tuple[str, ...] = ()
    audited_by: tuple[str, ...] = ()
    exceptions: tuple[Finding, ...] = ()
    overrides: tuple[OverrideFinding, ...] = ()
    samples: tuple[SampleDrawn, ...] = ()
    reasons: tuple[Finding, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    hits: tuple[Finding, ...] = ()
    entries: tuple[DutyLine, ...] = ()
    shares: tuple[Finding, ...] = ()
    overdue: tuple[DutyLine, ...] = ()
    obligations: Mapping[str, int] = field(default_factory=dict)
    owed_after: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    note: str = ""

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON data; parts in which nothing was found stand there empty."""
        wire: dict[str, Any] = plain(self)
        for name in ("exceptions", "overrides", "samples", "reasons", "patterns", "undecided", "hits", "shares"):
            wire.setdefault(name, [])
        for name in ("entries", "overdue"):
            wire[name] = [line.to_wire() for line in getattr(self, name)]
        return wire

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the report in canonical JSON, by which a sign-off names it."""
        return digest_of(self.to_wire())


def digest_of(wire: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a report as it went over the wire: keys sorted, no blanks, UTF-8."""
    text = json.dumps(wire, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
