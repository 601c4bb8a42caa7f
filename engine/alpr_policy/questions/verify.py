"""What can be proven of one text: claims about it, and what in it is dead, idle, impossible or missing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from alpr_policy.errors import Diagnostic, ExitCode, PolicyError
from alpr_policy.evaluators.symbolic.duel import Answer, Bound, Solver
from alpr_policy.ir.nodes import All, Cond, Hole, Oblige, Require, Rule, Ruleset
from alpr_policy.model.decision import Outcome
from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import Prohibition
from alpr_policy.model.words import words_of
from alpr_policy.questions.compare import (
    SECONDS,
    USUAL_TIME,
    Relation,
    Side,
    compare,
    not_covered,
    one_act,
    outcome,
)
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.gaps import Gaps
from alpr_policy.questions.overlaps import Overlaps
from alpr_policy.questions.proving import Finding, Prover, Verdict
from alpr_policy.questions.removals import removals
from alpr_policy.reading.conditions import ConditionShape
from alpr_policy.reading.resolve import resolve
from alpr_policy.reading.shapes import BAD, Notes
from alpr_policy.reading.yaml_nodes import parse
from alpr_policy.reading.yaml_tree import MappingNode
from alpr_policy.source import NOWHERE, SourceFile

CLAIM = "the-claim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """That a text `never` allows, or always `denies`, an act where a condition holds."""

    kind: str
    text: str
    actions: tuple[str, ...]
    condition: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """All that was asked of one text."""

    profile: str
    findings: tuple[Finding, ...]
    not_covered: tuple[str, ...]


class ClaimError(PolicyError):
    """A claim cannot be read."""

    exit_code = ExitCode.USAGE


def claim_of(kind: str, text: str, profile: Profile) -> Claim:
    """Read a claim such as `search.run: {purpose: personal}`; raises ClaimError."""
    node, found = parse(SourceFile("<claim>", text))
    if found or not isinstance(node, MappingNode) or len(node.entries) != 1:
        help = "write it as `search.run: {purpose: personal}`"
        raise ClaimError(found or [Diagnostic("bad-claim", "a claim is one act and a condition", help=help)])
    ((key, value),) = node.entries
    notes = Notes()
    condition = ConditionShape().read(value, notes)
    if condition is BAD or notes.found:
        raise ClaimError(notes.found)
    actions = words_of(profile).expand((key.text,))
    claim = Claim(kind=kind, text=text, actions=actions, condition=condition)
    faults = [d for d in resolve(_with(profile, claim)) if d.is_error and d.span.file == "<claim>"]
    unknown = [act for act in actions if act not in words_of(profile).actions]
    faults += [Diagnostic("bad-claim", f"`{act}` is no act of {profile.profile}", NOWHERE) for act in unknown]
    if faults:
        raise ClaimError(faults)
    return claim


def _with(profile: Profile, claim: Claim) -> Profile:
    """Return the profile with a ban on what the claim is about, so that the claim is a rule like any other."""
    place = claim.condition.span if hasattr(claim.condition, "span") else NOWHERE
    ban = Prohibition(id=CLAIM, cite=(), action=claim.actions, when=claim.condition, span=place)
    hashed = f"{profile.content_hash} with {claim.text}"
    return dataclasses.replace(profile, prohibitions=(*profile.prohibitions, ban), content_hash=hashed)


class Verifier:
    """Asks one text everything that can be proven of it."""

    def __init__(
        self, pdp: PolicyDecisionPoint, side: Side, *, seconds: float = SECONDS, solver: Solver | None = None
    ) -> None:
        """Verify a text with its floors; `seconds` of processor time are given to each question."""
        self.pdp = pdp
        self.side = side
        self.seconds = seconds
        self.solver = solver
        self.prover = self._prover(side.rulesets, side.rulesets[0].vocabulary.actions)
        self.overlaps = Overlaps(self.prover)
        self.dead: set[str] = set()

    def _prover(self, rulesets: Sequence[Ruleset], actions: Iterable[str]) -> Prover:
        return Prover(rulesets, actions, seconds=self.seconds, solver=self.solver)

    def run(self, claims: Iterable[Claim] = ()) -> Iterator[Finding]:
        """Answer claims, and then the standing questions."""
        for claim in claims:
            yield from self._claim(claim)
        yield from self._floor()
        yield from self._acts()
        yield from self._statements()
        yield from self.overlaps.unmeetable()
        yield from self._shadowed()
        yield from self.overlaps.overlaps()
        yield from Gaps(self._prover(self.side.rulesets, ()), self.side.profile).found()

    # Claims

    def _claim(self, claim: Claim) -> Iterator[Finding]:
        """Look for a request that the claim is about and that is allowed, or at least not denied."""
        text = self.pdp.texts.bound(_with(self.side.profile, claim), USUAL_TIME)
        prover = self._prover(text.rulesets, claim.actions)
        # A rule that is itself in doubt is no counterexample: the claim must be known to be about the request.
        most = 0 if claim.kind == "never" else 1
        for action in claim.actions:
            own = prover.gates(action)
            said = next(gate for gate in own if gate.origin is not None and gate.origin.id == CLAIM)
            bounds = [Bound(said, 2, 2), *(Bound(gate, 0, most) for gate in own if gate is not said)]
            answer, raw = prover.find(action, bounds)
            about = f"{claim.kind} {claim.text}"
            if raw is None:
                yield self.prover.answered(claim.kind, about, answer, f"no request for {action} goes against it")
                continue
            came = outcome(self.side.rulesets, raw)
            if came is Outcome.ALLOW or (most and came is Outcome.NEEDS):
                told = f"{action} comes to {came}"
                yield Finding(
                    kind=claim.kind, about=about, verdict=Verdict.FAILS, told=told, request=raw, wanted=Outcome.DENY
                )
            else:
                yield Finding(kind=claim.kind, about=about, verdict=Verdict.UNDECIDED, told="not shown by one request")

    # Acts and statements

    def _acts(self) -> Iterator[Finding]:
        for action in sorted(self.side.rulesets[0].vocabulary.actions):
            own = self.prover.gates(action)
            answer, raw = self.prover.find(action, [Bound(gate, 0, 0) for gate in own])
            if raw is None:
                told = "every request for it is denied, or waits for what cannot come"
                yield self.prover.answered("allowable", action, answer, told, settled=Verdict.FAILS)
                continue
            shown = outcome(self.side.rulesets, raw) is Outcome.ALLOW
            verdict = Verdict.HOLDS if shown else Verdict.UNDECIDED
            yield Finding(kind="allowable", about=action, verdict=verdict, told="it can be allowed", request=raw)

    def _statements(self) -> Iterator[Finding]:
        """Ask of every statement whether it can ever apply, and of every requirement whether it can be met."""
        rules: dict[str, list[Rule]] = {}
        for rule in self.side.rulesets[0].rules:
            if rule.origin.kind != "duty" and rule.origin.kind != "retention":
                rules.setdefault(rule.origin.id, []).append(rule)
        for name, several in rules.items():
            cite = several[0].origin.cite
            answers = [self._alone(rule, rule.applies) for rule in several]
            # One rule of a statement that can apply is enough: an exception that is granted silences the other.
            best = next((one for one in answers if one.part is not None), None) or _open(answers)
            if best.part is None:
                self.dead |= {name} if best.why is None else set()
                yield self.prover.answered("live", name, best, "it can never apply", cite=cite, settled=Verdict.FAILS)
            for rule in several:
                if isinstance(rule, Require):
                    met = self._alone(rule, All((rule.applies, rule.met)))
                    if met.part is None and best.part is not None:
                        waits = _holes(rule.met)
                        told = "where it applies it can never be met"
                        told += f" until the open position `{waits[0]}` is filled" if waits else ""
                        yield self.prover.answered("meetable", name, met, told, cite=cite, settled=Verdict.FAILS)

    def _alone(self, rule: Rule, cond: Cond) -> Answer:
        return self.prover.find(min(rule.actions), [Bound(self.prover.applying(rule, cond), 2, 2)])[0]

    def _shadowed(self) -> Iterator[Finding]:
        """Ask of every statement whether any outcome would change without it."""
        owing = {rule.origin.id for rule in self.side.rulesets[0].rules if isinstance(rule, Oblige)}
        owing |= {duty.id for duty in self.side.profile.duties}
        kept = {statement.id for statement in self.side.profile.statements}
        for removal in removals(self.side.profile):
            if removal.name not in kept or removal.name in owing | self.dead or self._is_advice(removal.name):
                continue
            kept.discard(removal.name)
            try:
                text = self.pdp.texts.bound(removal.profile, USUAL_TIME)
            except Exception:  # whatever is built on it cannot be read without it, so there is no text to compare with
                told = "other statements are built on it, so the text cannot be read without it"
                yield Finding(kind="shadowed", about=removal.name, verdict=Verdict.UNDECIDED, told=told)
                continue
            without = Side.of("without", removal.profile, text)
            relation = self._first_difference(without)
            if relation is Relation.EQUIVALENT:
                yield self.overlaps.shadow(removal.name, removal.cite)
            elif relation is Relation.UNDECIDED:
                told = UNDECIDED_TOLD.format(seconds=self.seconds)
                yield Finding(kind="shadowed", about=removal.name, verdict=Verdict.UNDECIDED, told=told)

    def _first_difference(self, without: Side) -> Relation:
        """Say whether a text differs from the whole: `both` as soon as it does on any act, whichever way."""
        undecided = False
        steps = one_act(self.side, without, seconds=self.seconds, solver=self.solver, each=False)
        for _, act in steps:
            if act.differences:
                return Relation.BOTH
            undecided = undecided or bool(act.undecided)
        return Relation.UNDECIDED if undecided else Relation.EQUIVALENT

    def _is_advice(self, name: str) -> bool:
        return any(s.id == name and s.force == "should" for s in self.side.profile.statements)

    def _floor(self) -> Iterator[Finding]:
        name = self.side.profile.floor
        if not name:
            return
        floor = self.pdp.catalog.latest(name)
        below = Side.of(name, floor, self.pdp.texts.bound(floor, USUAL_TIME))
        alone = Side(name=self.side.name, profile=self.side.profile, rulesets=(self.pdp.ruleset(self.side.profile),))
        found = compare(below, alone, floor=True, seconds=self.seconds, solver=self.solver)
        for act in found.acts:
            for one in act.differences:
                told = f"on {act.action} it is laxer than `{one.rule}` of its floor"
                yield Finding(
                    kind="floor",
                    about=name,
                    verdict=Verdict.FAILS,
                    told=told,
                    cite=one.cite,
                    request=one.request,
                    wanted=one.first,
                )
            for said in act.undecided:
                yield Finding(kind="floor", about=name, verdict=Verdict.UNDECIDED, told=f"{act.action}: {said}")
        if found.relation is Relation.EQUIVALENT:
            yield Finding(kind="floor", about=name, verdict=Verdict.HOLDS, told="it is nowhere laxer than its floor")


UNDECIDED_TOLD = "whether any outcome would change without it is not decided within {seconds:g} s for each act"


def _holes(cond: Cond) -> list[str]:
    """Return the parameters that a condition waits for."""
    if isinstance(cond, Hole):
        return [cond.parameter]
    inside = getattr(cond, "of", ())
    return [name for part in (inside if isinstance(inside, tuple) else (inside,)) for name in _holes(part)]


def _open(answers: Sequence[Answer]) -> Answer:
    return next((one for one in answers if one.why is not None), answers[0])


def verify(
    pdp: PolicyDecisionPoint,
    side: Side,
    claims: Iterable[Claim] = (),
    *,
    seconds: float = SECONDS,
    solver: Solver | None = None,
    watch: Callable[[Finding], None] = lambda finding: None,
) -> Verified:
    """Ask one text everything that can be proven of it; `watch` is told of each finding as it comes."""
    found: list[Finding] = []
    for finding in Verifier(pdp, side, seconds=seconds, solver=solver).run(claims):
        watch(finding)
        found.append(finding)
    return Verified(profile=side.name, findings=tuple(found), not_covered=not_covered(side.rulesets))


__all__ = ["Claim", "ClaimError", "Finding", "Verdict", "Verified", "claim_of", "verify"]
