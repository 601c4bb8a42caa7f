"""What a replay found: how often each answer under one text met each answer under the other (docs/replay.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alpr_policy.model.decision import Decision, Need, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class GistReason:
    """A rule that decided, without the values it read."""

    profile: str
    rule: str
    kind: str
    effect: str
    truth: str
    cite: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GistObligation:
    """What must follow, without the day by which."""

    task: str
    rule: str
    profile: str
    cite: tuple[str, ...]
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gist:
    """What rows that are alike have in common in their decisions: everything but values, places and dates.

    `in_force` is false where no text bound, or none that could be read; then the outcome is `deny` and counts for
    nothing.
    """

    outcome: Outcome
    silent: bool
    in_force: bool
    reasons: tuple[GistReason, ...]
    needs: tuple[Need, ...]
    may_also_need: tuple[tuple[str, str, tuple[str, ...]], ...]
    obligations: tuple[GistObligation, ...]
    warnings: tuple[tuple[str, str, tuple[str, ...]], ...]
    standing: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How many rows of one act, agency, unit and month had one answer before and one after.

    `month` is `2026-05`, by UTC; `before` and `after` are numbers of gists; `example` is the `row` of one of them.
    """

    action: str
    agency: str | None
    unit: str | None
    month: str
    before: int
    after: int
    rows: int
    example: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One row with both decisions in full, to be explained; `request` is plain data, as it can be decided again."""

    row: int
    request: Mapping[str, Any]
    before: Decision
    after: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """A row of the random sample that the reference evaluator decides otherwise than its group was."""

    row: int
    text: str
    grouped: Gist
    alone: Gist


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How a replay went. `odd` rows were decided one by one; `seconds` and `cpu_seconds` are of this process."""

    engine: str
    groups: int
    decided: int
    odd: int
    seconds: float
    cpu_seconds: float
    fallback: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """Both texts over one log. `unreplayable` counts rows by why: `no time`, `no act`.

    `absent` are facts that some rule reads and no column holds. `checked` rows were decided again by the reference.
    """

    baseline: str
    proposed: str
    as_if: bool
    rows: int
    unreplayable: Mapping[str, int]
    gists: tuple[Gist, ...]
    cells: tuple[Cell, ...]
    samples: tuple[Sample, ...]
    checked: int
    mismatches: tuple[Mismatch, ...]
    absent: tuple[str, ...]
    effort: Effort
    first_at: str | None = None
    last_at: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
