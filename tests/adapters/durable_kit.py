"""Cases for the second opinion: records drawn around what a statement asks, and invented statements with chains."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from functools import cache, lru_cache
from typing import Any

import pytest

from alpr_policy.durations import CalendarSpan
from alpr_policy.ir.lower import lower
from alpr_policy.ir.nodes import ApprovalSpec, CheckSpec, Decider, DocumentSpec, Ruleset
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.states import approval_step
from alpr_policy.model.request import ApprovalRecord, CheckRecord, DocumentRecord, Moment, Request
from alpr_policy.model.values import Gap, Unknown
from alpr_policy.reading.catalog import load_catalog, shipped_folder
from alpr_policy_adapters.durable.lowering import CaseSpec, case_specs

try:
    import durable.lang  # noqa: F401  # as the worker will

    MISSING = ""
except ImportError:
    MISSING = "durable_rules cannot be imported: the extra `durable` takes a C compiler and Python below 3.13"

needs_library = pytest.mark.skipif(bool(MISSING), reason=MISSING)
STATEMENTS = 140
NOW = dt.datetime(2026, 5, 4, 14, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 5, 4)
ROLES = ("captain", "lieutenant", "sergeant", "clerk")
UNSAID = Unknown(Gap.WITHHELD, "it ends, and nobody says when")
# Two of the same instant, for what comes at the same time; days without an hour; what is still to come; no time.
TIMES: tuple[Moment | None, ...] = (
    *(NOW - dt.timedelta(hours=hours) for hours in (1, 1, 2, 3, 4, 30, 24 * 10)),
    *(TODAY, TODAY - dt.timedelta(days=1), NOW, NOW + dt.timedelta(seconds=1), None),
)
ENDS = (None, None, None, None, NOW, NOW - dt.timedelta(seconds=1), NOW + dt.timedelta(days=1), TODAY, UNSAID)
SCOPES: tuple[dict[str, Any], ...] = (
    *({}, {}, {}, {"requester.id": "officer-7"}, {"requester.id": "officer-7"}),
    *({"requester.id": "officer-9"}, {"case.number": "c-1"}, {"purpose": "audit"}),
)


@lru_cache(maxsize=1)
def shipped_rules() -> dict[str, Ruleset]:
    """Return the rules of the newest text of each shipped profile."""
    catalog = load_catalog((shipped_folder(),))
    return {name: lower(versions[-1]) for name, versions in catalog.versions.items()}


class Drawn:
    """Draws cases by one random source."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def some(self, *values: Any) -> Any:
        return self.rng.choice(values)

    def mostly(self, usual: Any, *others: Any) -> Any:
        """Return what is usual in three of four cases."""
        return usual if self.rng.random() < 0.75 else self.rng.choice(others)

    # Statements

    def spec(self) -> tuple[CaseSpec, Ruleset]:
        """Return a statement of a shipped profile, or an invented one, with the rules it stands in."""
        rules = self.some(*shipped_rules().values())
        specs = case_specs(rules)
        if self.rng.random() < 0.4 and specs:
            return self.some(*specs), rules
        made: CaseSpec = self.some(self.approval, self.approval, self.check, self.document)()
        return made, dataclasses.replace(rules, specs={made.name: made})

    def decider(self) -> Decider:
        stand_in = Decider(role=self.some(*ROLES), designee=self.some(True, False)) if self.rng.random() < 0.3 else None
        flags = {flag: self.rng.random() < 0.4 for flag in ("in_person", "designee", "acting")}
        return Decider(role=self.some(*ROLES), if_absent=stand_in, **flags)

    def deciders(self) -> tuple[Decider, ...]:
        return tuple(self.decider() for _ in range(self.some(1, 1, 2)))

    def approval(self) -> ApprovalSpec:
        exception = self.rng.random() < 0.2
        return ApprovalSpec(
            name="exception.made" if exception else "approval.made",
            topics=frozenset(self.some(("search.run",), ("search.run", "data.share"))),
            steps=tuple(self.deciders() for _ in range(self.some(1, 1, 2, 2, 3, 4))),
            purposes=frozenset(self.some((), (), ("audit",), ("audit", "training"))),
            by_requester=self.some(None, None, "holder", "allowed"),
            each=self.rng.random() < 0.25,
            valid=self.some(None, None, CalendarSpan.parse("24 hours"), CalendarSpan.parse("7 days")),
            exception=exception,
        )

    def check(self) -> CheckSpec:
        return CheckSpec(
            name="check.made",
            check="visual",
            parts=self.some((), ("characters",), ("characters", "state")),
            sources=frozenset(self.some((), ("ncic",), ("ncic", "cjis"))),
            by=self.some((), self.deciders()),
            not_by_requester=self.some(True, False),
            after=self.some(None, None, "entry.added"),
        )

    def document(self) -> DocumentSpec:
        return DocumentSpec(
            name="document.made",
            kinds=frozenset(self.some(("warrant",), ("warrant", "subpoena"))),
            fields=self.some((), ("court",), ("court", "number")),
            issuers=frozenset(self.some((), ("court",))),
            valid=self.some(None, CalendarSpan.parse("7 days")),
        )

    # Records

    def request(self, spec: CaseSpec) -> Request:
        """Return a request whose records are near what a statement asks."""
        count = self.some(0, 1, 1, 2, 2, 3, 3, 4, 5, 6)
        facts: dict[str, Any] = {}
        facts |= {"requester.id": self.mostly("officer-7", "unknown", None)} if self.rng.random() < 0.9 else {}
        facts |= {"roles.absent": self.some([], [*ROLES[:2]], ["captain"])} if self.rng.random() < 0.7 else {}
        facts |= {"entry.added": self.some("2026-05-04T11:30:00Z", "2026-05-04", None)} if self.some(1, 1, 0) else {}
        facts |= {"case.number": self.some("c-1", "c-2"), "purpose": "audit"} if self.some(1, 0) else {}
        made: dict[str, Any] = {"checks": None, "approvals": None, "documents": None}
        match spec:
            case ApprovalSpec():
                made["approvals"] = tuple(self._approval(spec) for _ in range(count))
            case CheckSpec():
                made["checks"] = tuple(self._check(spec) for _ in range(count))
            case DocumentSpec():
                made["documents"] = tuple(self._document(spec) for _ in range(min(count, 3)))
        action = self.mostly("search.run", "hotlist.load")
        return Request(action=action, at=NOW, facts=facts, **made)

    def _approval(self, spec: ApprovalSpec) -> ApprovalRecord:
        number = self.rng.randrange(len(spec.steps))
        return ApprovalRecord(
            topic=self.mostly(min(spec.topics), "vendor_access"),
            decision=self.mostly("granted", "refused", "refused", "pending"),
            by=self.mostly(self.some("ann", "ben", "cid"), "officer-7", None),
            role=self._role([spec.steps[number]]),
            capacity=self.mostly("holder", "designee", "acting"),
            # Later steps tend to come later, so that chains come about.
            at=self.mostly(NOW - dt.timedelta(minutes=10 * (5 - number)), *TIMES),
            purpose=self.mostly(min(spec.purposes, default=None), "personal", None),
            scope=self.some(*SCOPES) if not spec.each else self.mostly(SCOPES[3], *SCOPES),
            expires=self.some(*ENDS),
            ended=self.mostly(
                None, True, False, NOW - dt.timedelta(hours=1), NOW + dt.timedelta(hours=1), TODAY, UNSAID
            ),
        )

    def _role(self, steps: Any) -> str | None:
        every = [d for step in steps for d in step]
        named = [d.role for d in every] + [d.if_absent.role for d in every if d.if_absent]
        return self.mostly(self.some(*named), *ROLES, "records_clerk", None) if named else None

    def _check(self, spec: CheckSpec) -> CheckRecord:
        return CheckRecord(
            check=self.mostly(spec.check, "entry"),
            result=self.mostly("pass", "fail", "unclear"),
            part=self.mostly(self.some(*spec.parts) if spec.parts else None, None, "characters", "entry"),
            source=self.mostly(min(spec.sources, default=None), "hotlist", None),
            by=self.mostly("ann", "officer-7", None),
            role=self._role([spec.by]),
            capacity=self.mostly("holder", "designee", "acting"),
            at=self.mostly(NOW - dt.timedelta(hours=1), *TIMES),
        )

    def _document(self, spec: DocumentSpec) -> DocumentRecord:
        some_fields = tuple(field for field in (*spec.fields, "judge") if self.rng.random() < 0.8)
        return DocumentRecord(
            kind=self.mostly(min(spec.kinds), "written_request"),
            fields=self.mostly((*spec.fields, "judge"), some_fields),
            issued_by=self.mostly(min(spec.issuers, default=None), "prosecutor", None),
            at=self.some(*TIMES),
            expires=self.some(*ENDS),
        )


@cache
def statement(number: int) -> tuple[CaseSpec, Ruleset]:
    """Return one of the statements that cases are drawn for, with the rules it stands in."""
    return Drawn(number).spec()


def drawn(seed: int) -> tuple[CaseSpec, Facts]:
    """Return a statement, one of `STATEMENTS`, and the facts of a case for it; the same ones in every run."""
    spec, rules = statement(seed % STATEMENTS)
    return spec, Facts(Drawn(seed + STATEMENTS).request(spec), rules)


def meant(spec: CaseSpec, facts: Facts) -> str:
    """Return the state of a statement by the definition, as a word."""
    found = approval_step(spec, facts)[0] if isinstance(spec, ApprovalSpec) else facts.value(spec.name)
    return "unknown" if isinstance(found, Unknown) else str(found)
