"""From the truth of each rule to one profile's judgement: outcome, reasons, needs, obligations (language.md §3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from alpr_policy.ir.nodes import (
    Cond,
    Forbid,
    Freeze,
    Keep,
    Oblige,
    Origin,
    Permit,
    Require,
    Rule,
    Ruleset,
)
from alpr_policy.meaning.combine import Combined, combine
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.needs import Asker, cited, merged, one_of
from alpr_policy.meaning.parts import (
    advice,
    ends,
    excusers,
    facts_of,
    faults_of,
    may_need,
    obligation,
    place_text,
    purges,
    silence,
    value_text,
)
from alpr_policy.meaning.standing import Lifecycle, Standing
from alpr_policy.meaning.trace import elsewhere, kept_lines
from alpr_policy.meaning.truth import Truth, U, word
from alpr_policy.model.decision import Advice, FactSeen, JudgedBy, MayNeed, Need, Obligation, Outcome, Reason, TraceLine
from alpr_policy.model.values import PartialSet

Evaluate = Callable[[Cond], Truth]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule and its truth; for a requirement, whether it is violated."""

    rule: Rule
    truth: Truth


@dataclass(slots=True, kw_only=True)
class Judgement:
    """What one profile says of one request; `obligations` under each outcome that the whole decision may come to.

    `in_order` says that nothing is wrong with the facts and that each of them is known; otherwise that may be so.
    `judged` is who said what, and `override` who may act against it where it denies; None where that is not ready.
    """

    ruleset: Ruleset
    outcome: Outcome
    silent: bool
    reasons: tuple[Reason, ...]
    needs: tuple[Need, ...]
    may_also_need: tuple[MayNeed, ...]
    obligations: Mapping[Outcome, tuple[Obligation, ...]]
    warnings: tuple[Advice, ...]
    faults: tuple[str, ...]
    standing: Standing | None
    floor_ends: str | None
    ceiling_ends: str | None
    trace: tuple[TraceLine, ...]
    elsewhere: int | None = None
    in_order: bool = False
    judged: JudgedBy | None = None
    override: tuple[str, ...] | None = None


class _Joined(NamedTuple):
    """What binds, sorted, and what it comes to."""

    permits: list[Verdict]
    forbids: list[Verdict]
    violations: list[Verdict]
    combined: Combined
    needs: tuple[Need, ...]
    outcome: Outcome


class Judge:
    """Joins verdicts. It asks `truth` for conditions, so every evaluator can lend it its own."""

    def __init__(self, ruleset: Ruleset, facts: Facts, truth: Evaluate) -> None:
        """Judge with one profile's rules on one request's facts."""
        self.ruleset = ruleset
        self.facts = facts
        self.truth = truth
        self.asker = Asker(ruleset, facts, truth)

    def outcome(self, verdicts: list[Verdict], life: Lifecycle | None) -> Outcome:
        """Join the verdicts as `judge` does, and return the outcome alone."""
        return self._joined(verdicts, life).outcome

    def judge(self, verdicts: list[Verdict], life: Lifecycle | None, *, trace: bool = False) -> Judgement:
        """Join the verdicts, and the standing of the record where the act is on stored data."""
        permits, forbids, violations, combined, needs, outcome = self._joined(verdicts, life)
        silent = combined.silent
        if life is not None:
            settled = combined.outcome is Outcome.NEEDS or any(v.truth is True for v in forbids)
            silent = life.standing is Standing.SILENT and not settled
        deciding = self._deciding(combined.outcome, permits, forbids, violations)
        floor_ends, ceiling_ends = ends(life, self.facts)
        return Judgement(
            ruleset=self.ruleset,
            outcome=outcome,
            silent=silent,
            reasons=self._reasons(deciding, life if self._decides(life, combined.outcome) else None, outcome, silent),
            needs=needs,
            may_also_need=self._may_need(violations) if combined.outcome is Outcome.NEEDS else (),
            obligations={one: self._obligations(verdicts, one) + purges(life, one, self.asker) for one in Outcome},
            warnings=self._warnings(verdicts),
            faults=faults_of(self.ruleset, self.facts),
            standing=life.standing if life else None,
            floor_ends=floor_ends,
            ceiling_ends=ceiling_ends,
            trace=(*(self._trace(v) for v in verdicts), *self._kept_trace(life)) if trace else (),
            elsewhere=elsewhere(self.ruleset, self.facts.request.action) if trace else None,
        )

    def _joined(self, verdicts: list[Verdict], life: Lifecycle | None) -> _Joined:
        binding = [v for v in verdicts if not v.rule.origin.advisory]
        permits = [v for v in binding if isinstance(v.rule, Permit)]
        forbids = [v for v in binding if isinstance(v.rule, Forbid)]
        violations = [v for v in binding if isinstance(v.rule, Require)]
        answer = self._answer(life)
        combined = combine(
            [v.truth for v in permits] + [True] * (life is not None),
            [v.truth for v in forbids] + ([False if answer is True else U if answer is U else True] if life else []),
            [v.truth for v in violations],
            silence_allows=self.facts.request.action in self.ruleset.silence_allows,
        )
        is_needs = combined.outcome is Outcome.NEEDS
        needs = self._needs(permits, forbids, violations, life) if is_needs else ()
        # `needs` promises that supplying something can help; where nothing can, the act is barred.
        outcome = Outcome.DENY if is_needs and not needs else combined.outcome
        return _Joined(permits, forbids, violations, combined, needs, outcome)

    def _answer(self, life: Lifecycle | None) -> Truth:
        if life is None:
            return True
        return life.purge if self.facts.request.action == "data.purge" else life.store

    def _decides(self, life: Lifecycle | None, outcome: Outcome) -> bool:
        """Say whether the standing is among what decided: a period that lets data stay is no reason for a denial."""
        wanted = {Outcome.ALLOW: True, Outcome.NEEDS: U, Outcome.DENY: False}[outcome]
        return life is not None and self._answer(life) is wanted

    def _deciding(
        self, outcome: Outcome, permits: list[Verdict], forbids: list[Verdict], violations: list[Verdict]
    ) -> list[Verdict]:
        """Return the verdicts that decided: determining rules, not merely matching ones."""
        match outcome:
            case Outcome.DENY:
                return [v for v in forbids if v.truth is True]
            case Outcome.ALLOW:
                return [v for v in permits if v.truth is True]
            case Outcome.NEEDS:
                open_permits = [] if any(v.truth is True for v in permits) else [v for v in permits if v.truth is U]
                return (
                    [v for v in forbids if v.truth is U]
                    + [v for v in violations if v.truth is not False]
                    + open_permits
                )

    def _reasons(
        self, deciding: list[Verdict], life: Lifecycle | None, outcome: Outcome, silent: bool
    ) -> tuple[Reason, ...]:
        reasons = [self._reason(v) for v in deciding]
        if life is not None:
            reasons += [self._kept(rule, life.standing) for rule in life.decided_by]
        if not reasons and (silent or outcome is Outcome.ALLOW):
            reasons.append(silence(self.ruleset.profile, allows=outcome is Outcome.ALLOW))
        return tuple(dict.fromkeys(reasons))

    def _reason(self, verdict: Verdict) -> Reason:
        rule = verdict.rule
        effect, could = type(rule).__name__.lower(), excusers(rule, self.ruleset)
        return self._from(rule.origin, effect, word(verdict.truth), self._seen(rule), could)

    def _kept(self, rule: Keep | Freeze, standing: Standing) -> Reason:
        cond = rule.active if isinstance(rule, Freeze) else rule.applies
        truth = "unknown" if standing is Standing.UNKNOWN else "true"
        return self._from(rule.origin, str(standing), truth, self._seen_in(cond), ())

    def _from(
        self, origin: Origin, effect: str, truth: str, facts: tuple[FactSeen, ...], could: tuple[str, ...]
    ) -> Reason:
        return Reason(
            profile=origin.profile,
            rule=origin.id,
            kind=origin.kind,
            effect=effect,
            cite=self._cites(origin),
            truth=truth,
            facts=facts,
            place=place_text(origin.place),
            text=origin.text,
            answerable=origin.answerable,
            severity=origin.severity,
            confidential=origin.confidential,
            could_excuse=could,
        )

    def _cites(self, origin: Origin) -> tuple[str, ...]:
        """Return the clause of each listed value that the request in fact has, and then the rule's own clauses."""
        cites: list[str] = []
        for name, value, cite in origin.items:
            here = self.facts.value(name)
            members = here.known if isinstance(here, PartialSet) else here if isinstance(here, frozenset) else {here}
            cites += [cite] if value in members else []
        return tuple(dict.fromkeys([*cites, *origin.cite]))

    # What is missing

    def _needs(
        self, permits: list[Verdict], forbids: list[Verdict], violations: list[Verdict], life: Lifecycle | None
    ) -> tuple[Need, ...]:
        found: list[Need] = []
        if life is not None and self._answer(life) is U:
            found += [n for rule, cond in life.open for n in cited(self.asker.live(cond), rule.origin.cite)]
        for verdict in forbids:
            if verdict.truth is U:
                found += cited(self.asker.live(verdict.rule.applies), verdict.rule.origin.cite)
        for verdict in violations:
            if verdict.truth is not False and isinstance(verdict.rule, Require):
                found += cited(self._unmet(verdict.rule), verdict.rule.origin.cite)
        silent = self.facts.request.action in self.ruleset.silence_allows
        if life is None and not silent and not any(v.truth is True for v in permits):
            found += self._permission([v for v in permits if v.truth is U])
        return merged(found)

    def _permission(self, permits: list[Verdict]) -> tuple[Need, ...]:
        """Any one permission is enough, so what would settle each is an alternative."""
        asked = [cited(self.asker.live(v.rule.applies), v.rule.origin.cite) for v in permits]
        return one_of(asked)

    def _unmet(self, rule: Require) -> tuple[Need, ...]:
        """First the question whether the rule applies, then the step."""
        if self.truth(rule.applies) is U:
            return self.asker.live(rule.applies)
        step = self.asker.item(rule.item) if rule.item else self.asker.wanted(rule.met)
        circumstances = self.asker.live(rule.excused)
        return one_of([step, circumstances]) if circumstances else step

    def _may_need(self, violations: list[Verdict]) -> tuple[MayNeed, ...]:
        opened = (v for v in violations if v.truth is U and self.truth(v.rule.applies) is U)
        return tuple(may_need(v.rule) for v in opened)

    # What must follow, and what should have been

    def _obligations(self, verdicts: list[Verdict], outcome: Outcome) -> tuple[Obligation, ...]:
        attached = [
            obligation(v.rule, v.truth, self.asker)
            for v in verdicts
            if isinstance(v.rule, Oblige) and v.truth is not False and outcome.value in v.rule.outcomes
        ]
        return tuple(dict.fromkeys(attached))

    def _warnings(self, verdicts: list[Verdict]) -> tuple[Advice, ...]:
        advisory = [v for v in verdicts if v.rule.origin.advisory and isinstance(v.rule, Forbid | Require)]
        told = (v for v in advisory if v.truth is True or (v.truth is U and isinstance(v.rule, Require)))
        return tuple(advice(v.rule, v.truth) for v in told)

    # What was looked at

    def _trace(self, verdict: Verdict) -> TraceLine:
        rule = verdict.rule
        effect = type(rule).__name__.lower()
        if self.truth(rule.applies) is False:
            return self._line(rule.origin, effect, "not applicable", rule.applies)
        conds = (rule.applies, rule.met, rule.excused) if isinstance(rule, Require) else (rule.applies,)
        return self._line(rule.origin, effect, word(verdict.truth), *conds)

    def _kept_trace(self, life: Lifecycle | None) -> tuple[TraceLine, ...]:
        return kept_lines(self.ruleset, self.truth, self._line) if life is not None else ()

    def _line(self, origin: Origin, effect: str, truth: str, *conds: Cond) -> TraceLine:
        return TraceLine(
            profile=origin.profile,
            rule=origin.id,
            kind=origin.kind,
            effect=effect,
            truth=truth,
            cite=origin.cite,
            place=place_text(origin.place),
            facts=self._seen_in(*conds),
        )

    def _seen(self, rule: Rule) -> tuple[FactSeen, ...]:
        conds = (rule.applies, rule.met) if isinstance(rule, Require) else (rule.applies,)
        return self._seen_in(*conds)

    def _seen_in(self, *conds: Cond) -> tuple[FactSeen, ...]:
        names = sorted({name for cond in conds for name in facts_of(cond)})
        return tuple(self._fact(name) for name in names)

    def _fact(self, name: str) -> FactSeen:
        fact = self.ruleset.vocabulary.facts.get(name)
        personal = fact.personal.value if fact is not None and fact.personal else None
        return FactSeen(fact=name, value=value_text(self.facts.value(name)), personal=personal)
