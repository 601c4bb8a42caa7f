"""Which clauses of a policy are enforced: not merely cited, but such that expected answers fail without them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from alpr_policy.ir.lower import lower
from alpr_policy.ir.nodes import Freeze, Keep, Require, Rule, Ruleset
from alpr_policy.meaning.parts import facts_of
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Request
from alpr_policy.questions.answers import differences, duty_differences
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.removals import removals
from alpr_policy.questions.suites import Case, DutyCase, Suite
from alpr_policy.reading.catalog import Catalog
from alpr_policy.reading.requests import read_request
from alpr_policy.vocabulary import STORED

# Clauses that ask nothing of anybody; they are no part of what could be enforced.
NO_NORM = frozenset({"definition", "background", "role"})
Progress = Callable[[int, int], None]


class ClauseStatus(StrEnum):
    """What holds a clause."""

    ENFORCED = "enforced"
    CITED = "cited, not proven"
    NOT_ENFORCED = "not enforced"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseRow:
    """One clause: what cites it, what of that is proven, how many expected answers fail without it, or why none does.

    `counted` says whether it belongs to the clauses of which the share is taken.
    """

    clause: str
    status: ClauseStatus
    by: tuple[str, ...] = ()
    proven_by: tuple[str, ...] = ()
    answers: int = 0
    why: str = ""
    note: str = ""
    counted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """All clauses of one profile. `broken` names the expected answers that do not hold as it is: they prove nothing."""

    profile: str
    version: str
    rows: tuple[ClauseRow, ...]
    answers: int
    broken: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def counted(self) -> int:
        """Return how many clauses the share is taken of."""
        return sum(row.counted for row in self.rows)

    @property
    def enforced(self) -> int:
        """Return how many of these are enforced."""
        return sum(row.counted and row.status is ClauseStatus.ENFORCED for row in self.rows)

    @property
    def percent(self) -> float:
        """Return the share that is enforced, in percent; of nothing, all is enforced."""
        return 100.0 * self.enforced / self.counted if self.counted else 100.0


def coverage(
    catalog: Catalog,
    profile: Profile,
    suites: Iterable[Suite],
    *,
    normative: frozenset[str] | None = None,
    on_step: Progress | None = None,
) -> Coverage:
    """Run a profile's expected answers without each thing that cites a clause, and say what that proves.

    The answers of a profile that adopts this one count as its own: what is taken away here is missing there.
    `normative` are the clauses that a register counts; without it all but definitions, background and roles count.
    """
    concerned = {profile.profile, *catalog.adopters(profile.profile)}
    run = _Answers(catalog, profile, [suite for suite in suites if suite.profile in concerned])
    held = {clause: _Held() for clause in profile.outline}
    steps = list(removals(profile))
    for number, step in enumerate(steps, start=1):
        failed = run.failing(step.profile)
        for cite in step.cite:
            held[cite].take(step.name, failed)
        if on_step is not None:
            on_step(number, len(steps))
    rows = [_row(profile, clause, one) for clause, one in held.items()]
    if normative is not None:
        rows = [dataclasses.replace(row, counted=row.clause in normative) for row in rows]
    return Coverage(
        profile=profile.profile,
        version=profile.version,
        rows=tuple(rows),
        answers=run.count,
        broken=run.broken,
        unknown=tuple(sorted((normative or frozenset()) - set(profile.outline))),
    )


@dataclass(slots=True)
class _Held:
    """What cites one clause, what of that is proven, and the expected answers that prove it."""

    by: set[str] = field(default_factory=set)
    proven: set[str] = field(default_factory=set)
    answers: set[str] = field(default_factory=set)

    def take(self, name: str, failed: set[str]) -> None:
        """Note that something cites the clause, and which answers fail without it."""
        self.by.add(name)
        self.proven |= {name} if failed else set()
        self.answers |= failed


def _row(profile: Profile, clause: str, held: _Held) -> ClauseRow:
    noted = next((one for one in profile.not_enforced if clause in one.cite), None)
    if held.by or noted is None:
        return ClauseRow(
            clause=clause,
            status=ClauseStatus.ENFORCED if held.proven else ClauseStatus.CITED,
            by=tuple(sorted(held.by)),
            proven_by=tuple(sorted(held.proven)),
            answers=len(held.answers),
        )
    return ClauseRow(
        clause=clause,
        status=ClauseStatus.NOT_ENFORCED,
        why=noted.why,
        note=noted.note,
        counted=noted.why not in NO_NORM,
    )


class _Answers:
    """The expected answers of one profile and of its adopters, and which of them fail once it is changed."""

    def __init__(self, catalog: Catalog, profile: Profile, suites: list[Suite]) -> None:
        self.catalog = catalog
        self.profile = profile
        self.names = (profile.profile, *catalog.adopters(profile.profile))
        pdp = PolicyDecisionPoint(catalog)
        self.rules = [lower(profile), *(lower(catalog.latest(name)) for name in self.names[1:])]
        told = [case for suite in suites for case in suite.cases if not case.proposed]
        cases = [(read_request(case.request), case) for case in told]
        duties = [duty for suite in suites for duty in suite.duties]
        self.count = len(cases) + len(duties)
        self.cases = [(request, case) for request, case in cases if not _fails(request, case, pdp)]
        self.duties = [duty for duty in duties if not duty_differences(duty, pdp)]
        good: list[Case | DutyCase] = [*(case for _, case in self.cases), *self.duties]
        asked: list[Case | DutyCase] = [*(case for _, case in cases), *duties]
        self.broken = tuple(f"{one.place}: {one.name}" for one in asked if one not in good)

    def failing(self, changed: Profile) -> set[str]:
        """Return the places of the expected answers that fail once `changed` stands for the profile."""
        pdp = PolicyDecisionPoint(self.catalog.with_changed(self.profile, changed))
        after = [pdp.ruleset(changed), *(pdp.ruleset(pdp.catalog.latest(name)) for name in self.names[1:])]
        touched = _touched_in_any(self.rules, after)
        failed = {
            str(case.place)
            for request, case in self.cases
            if (touched is None or request.action in touched) and _fails(request, case, pdp)
        }
        if (changed.duties, changed.parameters) != (self.profile.duties, self.profile.parameters):
            failed |= {str(duty.place) for duty in self.duties if duty_differences(duty, pdp)}
        return failed


def _fails(request: Request, case: Case, pdp: PolicyDecisionPoint) -> bool:
    return bool(differences(case.expect, pdp.decide(request, as_if=case.as_if)))


def _touched_in_any(before: Iterable[Ruleset], after: Iterable[Ruleset]) -> frozenset[str] | None:
    """Return the actions whose rules differ in any of several texts; None when anything may."""
    found = [_touched(one, other) for one, other in zip(before, after, strict=True)]
    return None if None in found else frozenset(action for one in found if one for action in one)


def _touched(before: Ruleset, after: Ruleset) -> frozenset[str] | None:
    """Return the actions whose rules differ; None when anything may."""
    if before.roles != after.roles or before.vocabulary.lists != after.vocabulary.lists:
        return None
    names = {
        name for name in before.specs.keys() | after.specs.keys() if before.specs.get(name) != after.specs.get(name)
    }
    names |= {name for name, fact in before.vocabulary.facts.items() if after.vocabulary.facts.get(name) != fact}
    actions: set[str] = set()
    for rule in {*before.rules} ^ {*after.rules}:
        actions |= rule.actions
    for rule in (*before.rules, *after.rules):
        if names & _read_by(rule):
            actions |= rule.actions
    kept: tuple[tuple[Keep | Freeze, ...], ...] = (
        (*before.keeps, *before.freezes),
        (*after.keeps, *after.freezes),
    )
    if set(kept[0]) != set(kept[1]) or any(names & _read_by(one) for side in kept for one in side):
        actions |= STORED
    return frozenset(actions)


def _read_by(rule: Rule | Keep | Freeze) -> frozenset[str]:
    """Return the facts and states that a rule reads."""
    match rule:
        case Keep():
            return facts_of(rule.applies) | facts_of(rule.unreached) | facts_of(rule.passed)
        case Freeze():
            return facts_of(rule.active)
        case Require():
            return facts_of(rule.applies) | facts_of(rule.met) | facts_of(rule.excused) | {rule.item or ""}
        case _:
            return facts_of(rule.applies)


def normative_clauses(register: Iterable[Mapping[str, object]], department: str) -> frozenset[str]:
    """Return the clauses of a register that some machine could check; ids may carry the department's name."""
    counted = {"decision", "obligation", "schedule", "data-lifecycle"}
    return frozenset(
        str(clause.get("id", "")).removeprefix(f"{department}-")
        for clause in register
        if clause.get("machine_checkable") in counted
    )
