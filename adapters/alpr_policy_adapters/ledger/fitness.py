"""`fitness`: what a department's policy wants logged, held against what the rows of the ledger hold.

Each kind of row is put to the policy as what it is, a log line (`log.write`) with the fields that it has; and the
ledger as a store that logs each access (`store.logs`). The clauses are the policy's: nothing of them stands here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from alpr_policy.model.decision import Decision, Need
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.vocabulary import HUMAN_ACTIONS, VOCABULARY
from alpr_policy_adapters.ledger.rows import Kind, Row, Sort

BY_PEOPLE: Final = frozenset(
    {Kind.DECISION, Kind.CASE_EVENT, Kind.SHARE, Kind.PURGE, Kind.DUTY, Kind.OVERRIDE, Kind.AUDIT, Kind.SIGN_OFF}
)
LINE, STORE = "log.", "store.logs"
MACHINES: Final = frozenset(VOCABULARY.actions) - HUMAN_ACTIONS


@dataclass(frozen=True, slots=True)
class LineSort:
    """One sort of row: its kind, the act it is about, and which fields of a log line it has."""

    kind: str
    action: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """What a clause wants and some rows have not: how many, the first of them, and what is asked for."""

    sort: LineSort
    rows: int
    first: int
    wants: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseFit:
    """A clause on logging, and what the ledger lacks of it; nothing where it is fulfilled."""

    cite: str
    rules: tuple[str, ...]
    rows: int
    lacks: tuple[Lack, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        lacks = [
            {
                "kind": one.sort.kind,
                "action": one.sort.action,
                "fields": list(one.sort.fields),
                "rows": one.rows,
                "first": one.first,
                "wants": one.wants,
            }
            for one in self.lacks
        ]
        return {"cite": self.cite, "rules": list(self.rules), "rows": self.rows, "fulfilled": not lacks, "lacks": lacks}


def fields_of(row: Row) -> tuple[str, ...]:
    """Return which fields of a log line a row has, purged ones included.

    Date and time every row has. A name is any person, a plate any plate; a reason is a typed one, a stated
    purpose, or the clause that is cited for a purge.
    """
    sorts = row.sorts()
    found = {"date", "time"}
    found |= {"name"} if Sort.PERSON in sorts else set()
    found |= {"plate"} if Sort.PLATE in sorts else set()
    return tuple(sorted(found | ({"reason"} if _has_reason(row) else set())))


def _has_reason(row: Row) -> bool:
    if row.body.get("cite"):
        return True
    typed = ("/reason", "/note", "/request/facts/reason.")
    if any(place == typed[0] or place == typed[1] or place.startswith(typed[2]) for place in row.commitments):
        return True
    for group, name in (("request", "purpose"), ("about", "purpose"), ("about", "reason"), ("event", "purpose")):
        inside = row.body.get(group)
        facts = inside.get("facts", inside) if isinstance(inside, dict) else {}
        value = facts.get(name) if isinstance(facts, dict) else None
        if value not in (None, "unknown", "withheld"):
            return True
    return "/request/facts/purpose" in row.commitments


def fitness(rows: Iterable[Row], point: PolicyDecisionPoint, department: str, at: dt.datetime) -> tuple[ClauseFit, ...]:
    """Return each clause of a department on logging, in the order of its outline, with what the rows lack of it.

    It is judged under the text in force at `at`. Rows of other departments, and of acts that a machine does by itself,
    do not count. A clause under which there is no row yet has 0 rows. Raises UnknownProfileError.
    """
    counted: dict[LineSort, tuple[int, int]] = {}
    reasoned: set[str] = set()
    for row in rows:
        sort = _sort(row, department, reasoned)
        if sort is not None:
            count, first = counted.get(sort, (0, row.seq))
            counted[sort] = (count + 1, first)
    judge = _Judge(point, department, at)
    judge.line(LineSort("any", "", ("date", "name", "plate", "reason", "time")), 0, 0)  # which clauses there are at all
    for sort, (count, first) in sorted(counted.items(), key=lambda one: one[1][1]):
        judge.line(sort, count, first)
    judge.store(counted)
    return judge.clauses()


def _sort(row: Row, department: str, reasoned: set[str]) -> LineSort | None:
    """Return what a row is as a line of a log; `reasoned` are the cases for which a reason was told by then."""
    if row.kind not in BY_PEOPLE or (row.departments and department not in row.departments):
        return None
    request, fields = row.body.get("request"), fields_of(row)
    if row.case is not None and "reason" in fields:
        reasoned.add(row.case[0])
    elif row.case is not None and row.case[0] in reasoned:
        # A step in a case is taken for the reason for which the case is there, and names the case.
        fields = tuple(sorted((*fields, "reason")))
    action = str(request.get("action", "")) if isinstance(request, dict) else ""
    return None if action in MACHINES else LineSort(row.kind.value, action, fields)


class _Judge:
    """Puts sorts of rows to a department's text and gathers what it says of them, clause by clause."""

    def __init__(self, point: PolicyDecisionPoint, department: str, at: dt.datetime) -> None:
        self.point, self.department, self.at = point, department, at
        text = point.catalog.active(department, at) or point.catalog.latest(department)
        self.order = {cite: number for number, cite in enumerate(text.outline)}
        self.classes = (*VOCABULARY.lists["data_classes"], *text.data_classes)
        self.rules: dict[str, set[str]] = {}
        self.rows: dict[str, dict[LineSort, int]] = {}
        self.lacks: dict[str, list[Lack]] = {}

    def line(self, sort: LineSort, count: int, first: int) -> None:
        """Put one sort of row as a log line, which this program writes by itself and outside any case file."""
        facts = {"log.fields": list(sort.fields), "log.automatic": True, "log.filed_in": "elsewhere"}
        self._note(self._ask("log.write", facts), LINE, sort, count, first)

    def store(self, counted: dict[LineSort, tuple[int, int]]) -> None:
        """Put the ledger as the log of a store: what all rows about uses of it have in common."""
        uses = [sort for sort in counted if sort.kind == Kind.DECISION]
        if not uses:
            return
        common = sorted(set.intersection(*(set(sort.fields) for sort in uses)) - {"plate"})
        sort = LineSort("store", "data.store", tuple(common))
        rows = sum(counted[one][0] for one in uses)
        for data in self.classes:
            facts = {STORE: common, "data.classes": [data], "data.custodian": "department"}
            self._note(self._ask("data.store", facts), STORE, sort, rows, 0)

    def _ask(self, action: str, facts: dict[str, Any]) -> Decision:
        request = {"action": action, "at": self.at.isoformat(), "facts": facts, "departments": [self.department]}
        return self.point.decide(request, trace=True)

    def _note(self, decision: Decision, about: str, sort: LineSort, count: int, first: int) -> None:
        lacking = dict(_lacking(decision, about))
        for line in decision.trace:
            if line.profile and any(seen.fact.startswith(about) for seen in line.facts):
                for cite in line.cite:
                    self.rules.setdefault(cite, set()).add(line.rule)
                    self.rows.setdefault(cite, {})[sort] = count
        for cite, wants in lacking.items():
            lack = Lack(sort=sort, rows=count, first=first, wants=wants)
            self.rules.setdefault(cite, set())
            if lack not in self.lacks.setdefault(cite, []):
                self.lacks[cite].append(lack)

    def clauses(self) -> tuple[ClauseFit, ...]:
        """Return what was gathered."""
        known = sorted(self.rules, key=lambda cite: (self.order.get(cite, len(self.order)), cite))
        return tuple(
            ClauseFit(
                cite=cite,
                rules=tuple(sorted(self.rules[cite])),
                rows=sum(n for sort, n in self.rows.get(cite, {}).items() if sort.kind != "store"),
                lacks=tuple(self.lacks.get(cite, ())),
            )
            for cite in known
        )


def _lacking(decision: Decision, about: str) -> Iterator[tuple[str, str]]:
    """Yield the clauses under which something of the log is asked for or forbidden, and what."""
    for need in decision.needs:
        for one in _facts(need):
            if one.name.startswith(about):
                for cite in need.cite or one.cite:
                    yield cite, f"{one.name} {one.expected}".strip()
    for reason in decision.reasons:
        if reason.effect == "forbid" and any(seen.fact.startswith(about) for seen in reason.facts):
            for cite in reason.cite:
                yield cite, reason.text or reason.rule


def _facts(need: Need) -> Iterator[Need]:
    yield need
    for alternative in need.one_of:
        for one in alternative:
            yield from _facts(one)
