"""The audit of a log: what it found under each clause, and what the log cannot say, as plain data.

It judges no person. A row needs review under a clause, or hangs on what the log leaves out; whether anybody did wrong
is for people to find out, who can ask what an export never holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from alpr_policy.questions.log_audit_rules import Stand
from alpr_policy.source import NOWHERE, Span

VERSION: Final = 1
FORM: Final = "alpr-policy log audit"
Group = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One row that needs review: where it stands, whose and of which month it is, and what the statement read of it.

    `read` holds personal facts only where they were asked for; `hidden` names those that were left out.
    """

    place: str
    agency: str
    month: str
    read: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        wire: dict[str, Any] = {"place": self.place, "agency": self.agency, "month": self.month}
        return wire | {"read": dict(self.read), "hidden": list(self.hidden)}


@dataclass(slots=True, kw_only=True)
class StatementFinding:
    """What one statement of one version of a text says of all rows of the acts that it is on.

    `rows` is the sum of the four stands; `lacks` counts undecided rows by fact and by why it is not known, a row once
    for each fact. `groups` counts by agency and month. `over_rows` says that it reads a count over several rows, and
    `people` how many people these are. `place` is the statement's, for people, and `span` with the whole path.
    """

    profile: str
    version: str
    statement: str
    kind: str
    force: str
    cite: tuple[str, ...]
    text: str
    place: str
    span: Span = NOWHERE
    severity: str = ""
    confidential: bool = False
    over_rows: bool = False
    facts: tuple[str, ...] = ()
    counts: Counter[Stand] = field(default_factory=Counter)
    groups: dict[Group, Counter[Stand]] = field(default_factory=dict)
    lacks: Counter[tuple[str, str]] = field(default_factory=Counter)
    review: list[Example] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    people: set[str] = field(default_factory=set)

    @property
    def rows(self) -> int:
        """Return how many rows were of an act that the statement is on."""
        return self.counts.total()

    @property
    def concerned(self) -> int:
        """Return to how many rows it applies or could apply: the denominator."""
        return self.rows - self.counts[Stand.ELSEWHERE]

    @property
    def left_out(self) -> int:
        """Return how many rows that need review are counted and not listed."""
        return self.counts[Stand.REVIEW] - len(self.review)

    @property
    def is_advice(self) -> bool:
        """Say whether it is expected and not compelled."""
        return self.force == "should"

    @property
    def clause(self) -> str:
        """Return the clauses as one text."""
        return ", ".join(self.cite) or "no clause"

    @property
    def needs_review(self) -> bool:
        """Say whether some row needs review under a clause that binds."""
        return bool(self.counts[Stand.REVIEW]) and not self.is_advice

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {
            "profile": self.profile,
            "version": self.version,
            "statement": self.statement,
            "kind": self.kind,
            "force": self.force,
            "clauses": list(self.cite),
            "text": self.text,
            "place": self.place,
            "severity": self.severity,
            "confidential": self.confidential,
            "over_rows": self.over_rows,
            "people": len(self.people),
            "facts": list(self.facts),
            "rows": self.rows,
            "concerned": self.concerned,
            **{stand.value: self.counts[stand] for stand in Stand},
            "groups": [
                {"agency": agency, "month": month} | {stand.value: counts[stand] for stand in Stand}
                for (agency, month), counts in sorted(self.groups.items())
            ],
            "lacks": [
                {"fact": fact, "why": why, "rows": count}
                for (fact, why), count in sorted(self.lacks.items(), key=lambda one: (-one[1], one[0]))
            ],
            "examples": [one.to_wire() for one in self.review],
            "examples_left_out": self.left_out,
            "undecided_examples": list(self.undecided),
        }


@dataclass(slots=True, kw_only=True)
class Defects:
    """What is wrong with the reasons that were typed in, by the words of the profile, whatever they are used for.

    `unknown` rows have a reason of which nothing can be told, `partly` those of which no more than what was found.
    """

    statements: tuple[str, ...] = ()
    rows: int = 0
    none_recorded: int = 0
    without: int = 0
    unknown: int = 0
    partly: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    groups: dict[str, Counter[str]] = field(default_factory=dict)

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {
            "statements": list(self.statements),
            "rows": self.rows,
            "no_reason": self.none_recorded,
            "no_defect": self.without,
            "unknown": self.unknown,
            "partly_known": self.partly,
            "defects": dict(sorted(self.counts.items())),
            "by_agency": {agency: dict(sorted(c.items())) for agency, c in sorted(self.groups.items())},
        }


@dataclass(slots=True, kw_only=True)
class LogAudit:
    """The whole audit. Each row that was given is judged, not in force, or refused; `read` adds what the reading lost.

    `read` holds rows, duplicates, unreadable and other of the import, so that all rows can be accounted for.
    """

    profile: str
    department: str
    as_if: str = ""
    judged: int = 0
    not_in_force: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    texts: dict[str, int] = field(default_factory=dict)
    first: str = ""
    last: str = ""
    findings: list[StatementFinding] = field(default_factory=list)
    owed: Counter[tuple[str, str, str, bool]] = field(default_factory=Counter)
    defects: Defects | None = None
    faults: Counter[str] = field(default_factory=Counter)
    read: dict[str, int] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    over_rows: tuple[str, ...] = ()
    with_personal: bool = False

    @property
    def rows(self) -> int:
        """Return how many rows were to be judged."""
        return self.judged + self.not_in_force + self.refused.total()

    @property
    def needs_review(self) -> bool:
        """Say whether some row needs review under a clause that binds."""
        return any(one.needs_review for one in self.findings)

    @property
    def undecided(self) -> bool:
        """Say whether some row hangs on what the log does not say."""
        return any(one.counts[Stand.UNDECIDED] for one in self.findings)

    def ordered(self) -> list[StatementFinding]:
        """Return the findings: first those with most rows that need review, then with most undecided ones."""

        def key(one: StatementFinding) -> tuple[object, ...]:
            counts = one.counts
            return (-counts[Stand.REVIEW], -counts[Stand.UNDECIDED], one.profile, one.statement, one.version)

        return sorted(self.findings, key=key)

    def lacking(self) -> list[tuple[str, str, int, tuple[str, ...]]]:
        """Return each fact that is wanted: why it is not known, for how many rows at most one statement, and which.

        The rows are those of the statement with the most, since a row may lack a fact for several.
        """
        most: dict[tuple[str, str], int] = {}
        whose: dict[tuple[str, str], dict[str, None]] = {}
        for one in self.findings:
            for lack, count in one.lacks.items():
                most[lack] = max(most.get(lack, 0), count)
                whose.setdefault(lack, {})[one.statement] = None
        ordered = sorted(most.items(), key=lambda item: (-item[1], item[0]))
        return [(fact, why, count, tuple(sorted(whose[fact, why]))) for (fact, why), count in ordered]

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data; docs/schema/log-audit-1.json says what it holds."""
        return {
            "version": VERSION,
            "form": FORM,
            "profile": self.profile,
            "department": self.department,
            "as_if": self.as_if,
            "rows": {
                **self.read,
                "requests": self.rows,
                "judged": self.judged,
                "not_in_force": self.not_in_force,
                "refused": dict(sorted(self.refused.items())),
            },
            "first": self.first,
            "last": self.last,
            "acts": dict(sorted(self.acts.items())),
            "texts": dict(sorted(self.texts.items())),
            "outcomes": dict(sorted(self.outcomes.items())),
            "findings": [one.to_wire() for one in self.ordered()],
            "lacking": [
                {"fact": fact, "why": why, "rows": count, "statements": list(names), "column": self.columns.get(fact)}
                for fact, why, count, names in self.lacking()
            ],
            "reasons": self.defects.to_wire() if self.defects is not None else None,
            "must_follow": [
                {"statement": rule, "profile": profile, "task": task, "certain": sure, "rows": count}
                for (profile, rule, task, sure), count in sorted(self.owed.items())
            ],
            "over_rows": list(self.over_rows),
            "faults": dict(sorted(self.faults.items())),
            "with_personal": self.with_personal,
        }
