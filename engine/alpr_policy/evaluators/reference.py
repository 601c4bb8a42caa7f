"""The definition of the meaning: short, slow and obviously right. Every other evaluator is held to it.

Read it aloud: look up each fact an atom names and match it; join atoms in three values; a requirement is violated where
it applies, is not met and is not excused; work out the standing of stored data; let the judge join it all.
"""

from __future__ import annotations

from alpr_policy.ir.nodes import Atom, Cond, Require, Rule, Ruleset
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.judge import Judge, Judgement, Verdict
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.standing import Held, Kept, Lifecycle, lifecycle, with_open_end
from alpr_policy.meaning.truth import Truth, all3, not3, truth
from alpr_policy.model.decision import Outcome
from alpr_policy.model.request import Request
from alpr_policy.vocabulary import STORED


def judge(
    ruleset: Ruleset,
    request: Request,
    *,
    with_lifecycle: bool = True,
    elsewhere: frozenset[str] = frozenset(),
    trace: bool = False,
) -> Judgement:
    """Say what one profile says of one request. Pure: same rules and request, same judgement."""
    judge, verdicts, life = _heard(ruleset, request, with_lifecycle, elsewhere)
    return judge.judge(verdicts, life, trace=trace)


def outcome(ruleset: Ruleset, request: Request, *, with_lifecycle: bool = True) -> Outcome:
    """Return the outcome of `judge` alone, where nobody asks for its reasons."""
    judge, verdicts, life = _heard(ruleset, request, with_lifecycle, frozenset())
    return judge.outcome(verdicts, life)


def _heard(
    ruleset: Ruleset, request: Request, with_lifecycle: bool, elsewhere: frozenset[str]
) -> tuple[Judge, list[Verdict], Lifecycle | None]:
    facts = Facts(request, ruleset, elsewhere)

    def atom(one: Atom) -> Truth:
        return matches(one, facts.value(one.fact))

    def evaluate(cond: Cond) -> Truth:
        return truth(cond, atom)

    def verdict(rule: Rule) -> Truth:
        if isinstance(rule, Require):
            return all3([evaluate(rule.applies), not3(evaluate(rule.met)), not3(evaluate(rule.excused))])
        return evaluate(rule.applies)

    verdicts = [Verdict(rule, verdict(rule)) for rule in ruleset.rules if request.action in rule.actions]
    stored = with_lifecycle and request.action in STORED
    kept = [Kept(k, evaluate(k.applies), evaluate(k.unreached), evaluate(k.passed)) for k in ruleset.keeps if stored]
    held = [Held(f, evaluate(f.active), evaluate(with_open_end(f.active))) for f in ruleset.freezes if stored]
    life = lifecycle(kept, held) if stored else None
    return Judge(ruleset, facts, evaluate), verdicts, life
