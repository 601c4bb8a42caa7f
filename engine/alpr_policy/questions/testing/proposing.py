"""Cases to propose: for each test of a fact, requests on both sides of its boundary in which it alone decides.

The answer filled in is the engine's own, so each case is marked as proposed until its author has held it against the
policy's text. What existing tests ask already, by how every test of a fact comes out, is not proposed again.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alpr_policy.durations import CalendarSpan, subtract
from alpr_policy.evaluators.symbolic.classes import Space
from alpr_policy.evaluators.symbolic.duel import Bound, Ground
from alpr_policy.evaluators.symbolic.gates import FORBIDS, Gate, gates
from alpr_policy.evaluators.symbolic.making import Maker
from alpr_policy.evaluators.symbolic.parts import UNKNOWN, Part, raw_request, united
from alpr_policy.evaluators.symbolic.seeds import seeds
from alpr_policy.ir.nodes import (
    FALSE,
    TRUE,
    All,
    ApprovalSpec,
    Atom,
    CheckSpec,
    Cond,
    DocumentSpec,
    HoldSpec,
    Not,
    Op,
    Ruleset,
)
from alpr_policy.ir.nodes import Any as Some
from alpr_policy.ir.pretty import condition_text
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.truth import Truth, truth
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Request
from alpr_policy.model.values import Age
from alpr_policy.questions.answers import case_differences
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.suites import Suite
from alpr_policy.questions.testing.answering import expected
from alpr_policy.questions.testing.covering import statements_on
from alpr_policy.questions.testing.probes import Probe, probes
from alpr_policy.reading.requests import read_request

SECONDS, MOST = 60.0, 400
USUAL = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)
LISTS = ("approvals", "checks", "documents", "holds", "events")
LIST_OF: Mapping[type, str] = {
    ApprovalSpec: "approvals",
    CheckSpec: "checks",
    DocumentSpec: "documents",
    HoldSpec: "holds",
}
Watch = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """Cases to propose, as a file of expected answers, and how many boundaries were not looked at for want of time."""

    suite: Mapping[str, Any]
    count: int
    left: int


@dataclass(frozen=True, slots=True)
class _Asked:
    """One leaf of a probe on one act."""

    action: str
    probe: Probe
    leaf: int
    gate: Gate


def propose(
    pdp: PolicyDecisionPoint,
    profile: Profile,
    suites: Iterable[Suite],
    *,
    seconds: float = SECONDS,
    most: int = MOST,
    watch: Watch = lambda done, total: None,
) -> Proposed:
    """Propose cases on both sides of every boundary of a profile, as long as there is processor time."""
    return _Proposing(pdp, profile, tuple(suites), seconds, most, watch).proposed()


class _Proposing:
    def __init__(
        self,
        pdp: PolicyDecisionPoint,
        profile: Profile,
        suites: tuple[Suite, ...],
        seconds: float,
        most: int,
        watch: Watch,
    ) -> None:
        self.pdp = pdp
        self.profile = profile
        self.rules = pdp.ruleset(profile)
        self.until = time.process_time() + seconds
        self.most = most
        self.watch = watch
        self.space = Space((self.rules,), USUAL)
        self.gates: dict[str, tuple[Gate, ...]] = {}
        self.asked = list(self._leaves())
        self.own = probes(profile)
        self.on = statements_on(profile, self.rules)
        self.seen = {key for request in self._known(suites) for key in self._keys(request)}

    def proposed(self) -> Proposed:
        cases: list[Mapping[str, Any]] = []
        grounds: dict[str, Ground] = {}
        done = 0
        for done, one in enumerate(self.asked, start=1):
            if time.process_time() > self.until or len(cases) >= self.most:
                done -= 1
                break
            self.watch(done, len(self.asked))
            if one.action not in grounds:
                here = [other.gate for other in self.asked if other.action == one.action]
                grounds[one.action] = Ground(self.space, (*self._gates(one.action), *here), one.action)
            cases += self._cases(one, grounds[one.action])
        head = {"profile": self.profile.profile, "as_if": True, "strict": True}
        return Proposed(suite={**head, "cases": list(_numbered(cases))}, count=len(cases), left=len(self.asked) - done)

    def _gates(self, action: str) -> tuple[Gate, ...]:
        if action not in self.gates:
            self.gates[action] = gates((self.rules,), action, 0)
        return self.gates[action]

    # What is known

    def _known(self, suites: Iterable[Suite]) -> Iterator[Request]:
        names = {self.profile.profile, *self.pdp.catalog.adopters(self.profile.profile)}
        for case in (case for suite in suites for case in suite.cases):
            holds = case.proposed or not case_differences(case, self.pdp)
            if names & {*case.request["departments"]} and holds:
                yield read_request(case.request)

    def _keys(self, request: Request) -> Iterator[tuple[object, ...]]:
        """Yield the boundaries that a request stands at: each leaf that decides in it, where, and on what night."""
        facts = Facts(request, self.rules)

        def evaluate(cond: Cond) -> Truth:
            return truth(cond, lambda atom: matches(atom, facts.value(atom.fact)))

        for name, _ in self.on.get(request.action, ()):
            for probe in self.own[name]:
                vector = probe.seen(evaluate)
                for number, leaf in enumerate(probe.leaves if vector is not None else ()):
                    if vector is not None and probe.decides(number, vector) and isinstance(leaf.cond, Atom):
                        where = position(leaf.cond, facts)
                        edge = night(request.at, self.rules) if where else ""
                        yield name, probe.name, number, vector[number], where, edge
                        yield from _member(leaf.cond, facts)

    # What is asked

    def _leaves(self) -> Iterator[_Asked]:
        """Yield each leaf of each statement, on one act that the statement is about."""
        on = statements_on(self.profile, self.rules)
        for name, several in probes(self.profile).items():
            acts = sorted(action for action, here in on.items() if name in {one for one, _ in here})
            if not acts:
                continue
            for probe in several:
                for number, leaf in enumerate(probe.leaves):
                    if leaf.counted and _plain(leaf.cond):
                        yield _Asked(acts[0], probe, number, self._deciding(probe, number))

    def _deciding(self, probe: Probe, leaf: int) -> Gate:
        """Return a gate that stands where one leaf alone decides its condition."""
        high, low = (_filled(probe.tree, [*self._conds(probe, leaf, way)]) for way in (TRUE, FALSE))
        cond = All((probe.guard, Some((All((high, Not(low))), All((low, Not(high)))))))
        return Gate("probe", 0, FORBIDS, cond)

    def _conds(self, probe: Probe, leaf: int, way: Cond) -> Iterator[Cond]:
        for number, one in enumerate(probe.leaves):
            yield way if number == leaf else one.cond

    # Cases

    def _cases(self, one: _Asked, ground: Ground) -> Iterator[Mapping[str, Any]]:
        base = self._base(one, ground)
        atom = one.probe.leaves[one.leaf].cond
        if base is None or not isinstance(atom, Atom):
            return
        times = [USUAL, *nights(self.rules)] if isinstance(atom.value, CalendarSpan) else [USUAL]
        for at in times:
            for part, told in self._variants(one, atom, base, at):
                raw = raw_request(one.action, at, part)
                own = (one.probe.statement, one.probe.name, one.leaf)
                keys = [key for key in self._keys(read_request(raw)) if key[:3] in (own, _list(atom))]
                if keys and not self.seen.issuperset(keys):
                    self.seen.update(keys)
                    yield self._case(one, raw, told)

    def _base(self, one: _Asked, ground: Ground) -> Part | None:
        """Return a request in which the leaf decides, if possible one that nothing else stops."""
        stands = Bound(one.gate, 2, 2)
        own = one.probe.statement
        others = [g for g in self._gates(one.action) if g.origin is None or g.origin.id != own]
        until = min(self.until, time.process_time() + 1)
        for bounds in ([stands, *(Bound(g, 0, 0) for g in others)], [stands]):
            found = ground.find(bounds, until, deeply=False).part
            if found is not None:
                return found
        return None

    def _variants(self, one: _Asked, atom: Atom, base: Part, at: dt.datetime) -> Iterator[tuple[Part, str]]:
        """Yield the request with what the leaf reads on both sides of its boundary, and unknown."""
        spec = self.rules.specs.get(atom.fact)
        if isinstance(spec, ApprovalSpec | CheckSpec | DocumentSpec | HoldSpec):
            yield from self._records(atom, spec, base, at)
            return
        space = self.space if at == USUAL else Space((self.rules,), at)
        test = space.number(0, atom)
        for name in sorted(space.leaves(0, atom.fact)):
            if ":" in name or (name == atom.fact and len(space.leaves(0, name)) > 1):
                continue
            constants = atom.value if isinstance(atom.value, frozenset) else frozenset()
            members = sorted(map(str, constants)) if name == atom.fact and _is_list(atom) else []
            for value in dict.fromkeys((*Maker(space, (test,), one.action).choices(name), *members)):
                facts = {key: old for key, old in base.facts.items() if key != name}
                told = "not known" if value == UNKNOWN else "none" if value is None else _shown(value)
                part = Part(facts if value == UNKNOWN else {**facts, name: value}, base.records, base.absent)
                yield part, f"{name} {told}"

    def _records(self, atom: Atom, spec: Any, base: Part, at: dt.datetime) -> Iterator[tuple[Part, str]]:
        """Yield the request without the record, and with the first that makes the leaf true."""
        kind = LIST_OF[type(spec)]
        bare = Part(base.facts, tuple(r for r in base.records if r[0] != kind), base.absent)
        yield bare, f"{atom.fact} without a record"
        for seed in seeds([spec], at, self.rules.zone):
            whole = united(bare, seed)
            if whole is not None:
                request = read_request(raw_request("search.run", at, whole))
                if matches(atom, Facts(request, self.rules).value(atom.fact)) is True:
                    yield whole, f"{atom.fact} {condition_text(atom).removeprefix(atom.fact).strip()}"
                    return

    def _case(self, one: _Asked, raw: Mapping[str, Any], told: str) -> Mapping[str, Any]:
        request = read_request({**raw, "departments": [self.profile.profile]})
        decision = self.pdp.decide(request, as_if=self.profile.profile)
        leaf = one.probe.leaves[one.leaf]
        statement = next(s for s in self.profile.statements if s.id == one.probe.statement)
        name = f"{one.probe.statement}, {one.probe.name}: {leaf.text}; {told} ({night(request.at, self.rules)})"
        where = {} if self._reaches(statement.cite, request) else {"reaches": False}
        return {
            "name": name.removesuffix(" ()")[:280],
            "proposed": True,
            "clause": list(statement.cite),
            **where,
            "at": raw["at"],
            "action": raw["action"],
            "facts": raw["facts"],
            **{key: raw[key] for key in LISTS if key in raw},
            "expect": expected(decision),
        }

    def _reaches(self, cite: Sequence[str], request: Request) -> bool:
        from alpr_policy.questions.testing.reach import Reach, reach

        return reach((self.rules,), request, cite) in (Reach.APPLIED, Reach.OPEN)


def _numbered(cases: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Give cases that are called alike numbers, so that each can be told by its name."""
    times: dict[str, int] = {}
    for case in cases:
        times[case["name"]] = times.get(case["name"], 0) + 1
        number = times[case["name"]]
        yield {**case, "name": f"{case['name']} ({number})"} if number > 1 else case


def _plain(cond: Cond) -> bool:
    return isinstance(cond, Atom)


def _is_list(atom: Atom) -> bool:
    """Say whether one of several words is asked for."""
    several = atom.value if isinstance(atom.value, frozenset) else frozenset()
    return atom.op in (Op.IN, Op.NOT_IN) and len(several) > 1 and all(isinstance(one, str) for one in several)


def _list(atom: Atom) -> tuple[object, ...]:
    """Return what names a list of words, in whichever statement it stands."""
    return "list", atom.fact, atom.value


def _member(atom: Atom, facts: Facts) -> Iterator[tuple[object, ...]]:
    value = facts.value(atom.fact)
    if _is_list(atom) and isinstance(value, str) and isinstance(atom.value, frozenset) and value in atom.value:
        yield (*_list(atom), value)


def position(atom: Atom, facts: Facts) -> str:
    """Say where a value stands beside the constant it is ordered by: below, at or above by the least step, or far."""
    value, constant = facts.value(atom.fact), atom.value
    apart: float | None = None
    if isinstance(constant, CalendarSpan) and isinstance(value, Age):
        edge = subtract(facts.request.at, constant, facts.ruleset.zone)
        apart = (edge - facts.instant(value.start)).total_seconds()
    elif isinstance(constant, dt.datetime) and isinstance(value, dt.datetime | dt.date):
        apart = (facts.instant(value) - constant).total_seconds()
    elif isinstance(constant, int) and not isinstance(constant, bool) and isinstance(value, int):
        apart = value - constant
    if apart is None:
        return ""
    return "far" if abs(apart) > 1 else "at" if not apart else "above" if apart > 0 else "below"


def _filled(tree: Cond, leaves: Sequence[Cond]) -> Cond:
    """Return a probe's tree with conditions in place of the numbers of its leaves."""
    match tree:
        case Atom(fact=number):
            return leaves[int(number)]
        case All(of=parts):
            return All(tuple(_filled(part, leaves) for part in parts))
        case Some(of=parts):
            return Some(tuple(_filled(part, leaves) for part in parts))
        case Not(of=part):
            return Not(_filled(part, leaves))
    return tree


def nights(rules: Ruleset) -> tuple[dt.datetime, ...]:
    """Return awkward times where a department is: after both turns of the clock, on ends of months, on a leap day."""
    days = [dt.datetime(2026, 3, 31, 23, 59, 59), dt.datetime(2028, 2, 29, 12)]
    for month in (3, 11):
        days += [turn + dt.timedelta(hours=8) for turn in _turns(rules, month)]
    return tuple(day.replace(tzinfo=rules.zone) for day in days)


def _turns(rules: Ruleset, month: int) -> Iterator[dt.datetime]:
    """Yield the midnights of 2026 in a month after which the clock is turned."""
    for day in range(1, 31):
        midnight = dt.datetime(2026, month, day, tzinfo=rules.zone)
        if midnight.utcoffset() != (midnight + dt.timedelta(days=1)).utcoffset():
            yield midnight.replace(tzinfo=None)


def night(at: dt.datetime, rules: Ruleset) -> str:
    """Name what is awkward about the day of an act: the clock is turned, a month ends."""
    local = at.astimezone(rules.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    before, after = midnight.utcoffset(), (midnight + dt.timedelta(days=1)).utcoffset()
    if before is not None and after is not None and before != after:
        return f"the clock is turned {'forward' if before < after else 'back'}"
    if (local.month, local.day) == (2, 29):
        return "a leap day"
    return "a month ends" if (local + dt.timedelta(days=1)).month != local.month else ""


def _shown(value: Any) -> str:
    if isinstance(value, frozenset):
        return "[" + ", ".join(sorted(value)) + "]"
    return value.isoformat() if isinstance(value, dt.datetime | dt.date) else str(value)


__all__ = ["Proposed", "propose"]
