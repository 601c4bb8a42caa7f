"""What a replay comes to, as data: tallies, directions, rules, what is asked, samples (docs/replay-report.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from alpr_policy.model.decision import Decision, Outcome
from alpr_policy.model.wire import plain
from alpr_policy.questions.replay_flips import Change, RuleName
from alpr_policy.questions.replay_load import Load, Owed
from alpr_policy.questions.replay_result import Effort

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Rows that have something in common, and how their answers differ.

    `rows` is `no_text` (no text in force under one side or both) + `same` + `otherwise` (the same outcome, with other
    needs, standing, obligations or reasons) + `flips` (another outcome). Of those that flip or ask for other things,
    `stricter`, `laxer` and `both` (asking for more and for less) each count apart.
    """

    name: str = ""
    rows: int
    no_text: int
    same: int
    otherwise: int
    flips: int
    stricter: int
    laxer: int
    both: int
    newly_allowed: int
    newly_denied: int
    newly_needing: int

    @property
    def judged(self) -> int:
        """Count the rows with a text in force under both sides."""
        return self.rows - self.no_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """Rows that went from one outcome to another, or kept theirs and differ in something else."""

    before: Outcome
    after: Outcome
    change: Change
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFlips:
    """Rows in which a rule made the answer of its side the stricter one; in `alone` of them it was the only one.

    A rule `before` no longer stands in the way, one `after` stands in the way now. `instead` are rules by which the
    other side decided.
    """

    side: str
    profile: str
    rule: str
    kind: str
    effect: str
    cite: tuple[str, ...] = ()
    rows: int
    alone: int
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Rows in which just these rules made the difference; over all of them the rows that lean either way add up."""

    rules: tuple[RuleName, ...] = ()
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFlips:
    """Rows in which a thing is asked under one text and not under the other, by what that other said."""

    kind: str
    name: str = ""
    says: str
    rows: int
    beside_allow: int
    beside_needs: int
    beside_deny: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoText:
    """Rows for which no text was in force, by where."""

    before: int
    after: int
    either: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Alerts to deliver: allowed before and denied now, waiting for something now, denied before and allowed now."""

    rows: int
    suppressed: int
    waiting: int
    delivered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTold:
    """A row with both decisions; the request is there only if what is personal was asked for."""

    row: int
    before: Decision
    after: Decision
    request: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MismatchTold:
    """A row that the reference evaluator decides otherwise than its group, and in which parts."""

    row: int
    text: str
    grouped: Outcome
    alone: Outcome
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One day of a series under both texts."""

    day: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSpent:
    """A budget held against a replay: how many rows it counts, of how many, and whether that is too many."""

    budget: str
    count: int
    of: int
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySummary:
    """What a replay comes to. Every breakdown `by_…` adds up to `totals`, but `by_rule`, whose rows may have several.

    `together` is that breakdown as one that adds up, to the rows that are stricter, laxer or both.
    """

    version: int = SCHEMA_VERSION
    baseline: str
    proposed: str
    as_if: bool = False
    rows: int
    first_at: str | None = None
    last_at: str | None = None
    unreplayable: Mapping[str, int]
    no_text: NoText
    totals: Tally
    directions: tuple[Direction, ...] = ()
    by_act: tuple[Tally, ...] = ()
    by_agency: tuple[Tally, ...] = ()
    by_unit: tuple[Tally, ...] = ()
    by_month: tuple[Tally, ...] = ()
    by_rule: tuple[RuleFlips, ...] = ()
    together: tuple[Together, ...] = ()
    newly_needed: tuple[AskedFlips, ...] = ()
    no_longer_needed: tuple[AskedFlips, ...] = ()
    workload: tuple[Load, ...] = ()
    obligations: tuple[Owed, ...] = ()
    alerts: Alerts
    absent: tuple[str, ...] = ()
    samples: tuple[SampleTold, ...] = ()
    checked: int
    mismatches: tuple[MismatchTold, ...] = ()
    retention: tuple[Point, ...] = ()
    storage: tuple[Point, ...] = ()
    audits: tuple[Point, ...] = ()
    effort: Effort
    budgets: tuple[BudgetSpent, ...] = ()

    @property
    def left_out(self) -> int:
        """Count the rows that could not be replayed."""
        return sum(self.unreplayable.values())

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data; parts that are empty are left out. The schema is `replay-1.json`."""
        wire: dict[str, Any] = plain(self)
        spent = {"seconds": self.effort.seconds, "cpu_seconds": self.effort.cpu_seconds}
        return {**wire, "unreplayable": dict(self.unreplayable), "effort": {**wire["effort"], **spent}}
