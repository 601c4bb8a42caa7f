"""What the second opinion comes to: it may ask for more than the decision does, and never for less."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from alpr_policy.errors import Diagnostic, RequestError
from alpr_policy.ir.nodes import ApprovalSpec, Atom, Cond, Forbid, HoldSpec, Require, Rule, Ruleset
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.needs import Asker, cited, merged
from alpr_policy.meaning.parts import facts_of
from alpr_policy.meaning.states import approval_step
from alpr_policy.meaning.truth import Truth, all3, not3, truth
from alpr_policy.model.decision import Decision, Need, NeedKind, Outcome, Reason
from alpr_policy.model.request import Request
from alpr_policy.model.values import Gap, Unknown, Value
from alpr_policy.model.wire import plain
from alpr_policy_adapters.durable.cage import NoAnswerError
from alpr_policy_adapters.durable.lowering import CaseSpec, Question, case_specs, questions
from alpr_policy_adapters.durable.program import LoweringError
from alpr_policy_adapters.durable.texts import Judging

NAME = "second_opinion"
UNKNOWN, ABSENCE = "unknown", "absence_unknown"
Decide = Callable[[Request], Decision]
Note = Callable[[Request, "Opinion"], None]


class Reasoner(Protocol):
    """Who works statements out: the cage."""

    def ask(self, questions: Sequence[Question]) -> list[str]:
        """Return the state of each statement; raises NoAnswerError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What a statement comes to by the definition (`decided`) and by forward chaining (`derived`)."""

    profile: str
    statement: str
    decided: str
    derived: str

    @property
    def agrees(self) -> bool:
        """Say whether both come to the same."""
        return self.decided == self.derived


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What `durable_rules` made of one case.

    `unmet` are statements that bar the act by what it derived though the decision lets it pass. `added` is what is
    needed besides what the decision asks for. `error` says why there is no opinion.
    """

    conclusions: tuple[Conclusion, ...] = ()
    unmet: tuple[str, ...] = ()
    added: tuple[Need, ...] = ()
    error: str = ""

    @property
    def agrees(self) -> bool:
        """Say whether there is an opinion, and it is that of the decision."""
        return not self.error and not self.unmet and all(one.agrees for one in self.conclusions)

    @property
    def disagreements(self) -> tuple[Conclusion, ...]:
        """Return the statements that came out otherwise."""
        return tuple(one for one in self.conclusions if not one.agrees)

    def sentence(self) -> str:
        """Say in one line what the opinion is."""
        if self.error:
            return f"there is no second opinion: {self.error}"
        if self.agrees:
            return "the second opinion agrees"
        states = [f"`{one.statement}` is `{one.derived}` there and `{one.decided}` here" for one in self.disagreements]
        barred = [f"`{name}` bars the act there" for name in self.unmet]
        return "the second opinion disagrees: " + "; ".join([*states, *barred])

    def to_wire(self) -> dict[str, Any]:
        """Return the opinion as plain JSON data, as it is recorded."""
        word = "none" if self.error else "agrees" if self.agrees else "disagrees"
        wire: dict[str, Any] = plain(self)
        return {"second_opinion": word, "by": "durable_rules", **wire}


def read_opinion(raw: Mapping[str, Any]) -> Opinion:
    """Read an opinion from `Opinion.to_wire`, without what it added; raises RequestError."""
    try:
        made = [Conclusion(**one) for one in raw.get("conclusions", ())]
        texts = [*raw.get("unmet", ()), raw.get("error", ""), *(t for one in made for t in dataclasses.astuple(one))]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError
        return Opinion(conclusions=tuple(made), unmet=tuple(raw.get("unmet", ())), error=raw.get("error", ""))
    except (TypeError, AttributeError):
        told = "this is no record of a second opinion"
        raise RequestError([Diagnostic("opinion-shape", told, help="docs/durable.md says what it holds")]) from None


class _Derived(Facts):
    """The facts of a request, with the states that were derived in place of those of the definition."""

    def __init__(self, facts: Facts, states: Mapping[str, Value]) -> None:
        super().__init__(facts.request, facts.ruleset, facts.elsewhere)
        self._known.update(states)


def second_opinion(texts: Judging, request: Request, decision: Decision, cage: Reasoner) -> Opinion:
    """Return what `durable_rules` makes of the approvals, checks and documents that bear on an act. Never raises.

    `texts` are those that judged the request, floors among them.
    """
    if request.fatal or not texts.rulesets:
        return Opinion()
    conclusions: list[Conclusion] = []
    unmet: list[str] = []
    added: list[Need] = []
    try:
        for rules in texts.rulesets:
            facts = Facts(request, rules, texts.elsewhere)
            said = _concluded(rules, facts, cage)
            conclusions += said
            derived = _Derived(facts, {one.statement: _value(rules, one) for one in said})
            barred = list(_barred(rules, derived)) if decision.outcome is Outcome.ALLOW else []
            unmet += [rule.origin.id for rule in barred]
            added += _asked(rules, derived, barred, [one.statement for one in said if not one.agrees])
    except LoweringError as error:
        return _without(error.diagnostics[0].message, decision)
    except NoAnswerError as error:
        return _without(str(error), decision)
    except Exception as error:  # a defect of a second opinion must not become one of the first
        return _without(f"it could not be worked out: {type(error).__name__}", decision)
    wanted = tuple(merged(added)) if decision.outcome is not Outcome.DENY else ()
    if (unmet or any(not one.agrees for one in conclusions)) and not wanted and decision.outcome is not Outcome.DENY:
        wanted = (_settled("disagrees"),)
    return Opinion(conclusions=tuple(conclusions), unmet=tuple(dict.fromkeys(unmet)), added=wanted)


def _without(error: str, decision: Decision) -> Opinion:
    added = () if decision.outcome is Outcome.DENY else (_settled("absent"),)
    return Opinion(error=error, added=added)


def _settled(state: str) -> Need:
    """Return the need where nothing of the policy's own can be asked for: somebody has to look at the case."""
    return Need(kind=NeedKind.CHECK, name=NAME, ask="a second opinion on the case", state=state)


def _concluded(rules: Ruleset, facts: Facts, cage: Reasoner) -> list[Conclusion]:
    """Return what each statement that bears on the act comes to, both ways."""
    specs = {spec.name: spec for spec in bearing(rules, facts.request.action)}
    asked = questions(rules, facts, specs.values())
    told = zip(asked, cage.ask(asked), strict=True)
    return [
        Conclusion(profile=rules.profile, statement=one.name, decided=decided(specs[one.name], facts), derived=state)
        for one, state in told
    ]


def bearing(rules: Ruleset, action: str) -> tuple[CaseSpec, ...]:
    """Return the approvals, exceptions, checks and documents that some rule on an act reads."""
    read: set[str] = set()
    for rule in rules.rules:
        if action in rule.actions:
            read |= _read(rule)
    for keep in rules.keeps if action in ("data.store", "data.purge") else ():
        read |= facts_of(keep.applies) | facts_of(keep.unreached) | facts_of(keep.passed)
    for freeze in rules.freezes if action in ("data.store", "data.purge") else ():
        read |= facts_of(freeze.active)
    return tuple(spec for spec in case_specs(rules) if spec.name in read)


def _read(rule: Rule) -> frozenset[str]:
    if not isinstance(rule, Require):
        return facts_of(rule.applies)
    item = frozenset({rule.item}) if rule.item else frozenset()
    return facts_of(rule.applies) | facts_of(rule.met) | facts_of(rule.excused) | item


def decided(spec: CaseSpec, facts: Facts) -> str:
    """Return the state of a statement by the definition, as a word."""
    state = approval_step(spec, facts)[0] if isinstance(spec, ApprovalSpec) else facts.value(spec.name)
    return UNKNOWN if isinstance(state, Unknown) else str(state)


def _value(rules: Ruleset, one: Conclusion) -> Value:
    spec = rules.specs[one.statement]
    open_absence = one.derived == ABSENCE and isinstance(spec, ApprovalSpec) and not spec.exception
    unsettled = one.derived == UNKNOWN or open_absence
    return Unknown(Gap.ABSENT, "the second opinion cannot tell") if unsettled else one.derived


def _barred(rules: Ruleset, derived: Facts) -> Iterator[Rule]:
    """Yield the rules that read a case's records and bar the act, or may, by what was derived."""
    evaluate = _evaluator(derived)
    states = {spec.name for spec in case_specs(rules)}
    for rule in rules.rules:
        if derived.request.action not in rule.actions or rule.origin.advisory or not (_read(rule) & states):
            continue
        match rule:
            case Forbid():
                barred = evaluate(rule.applies)
            case Require():
                barred = all3([evaluate(rule.applies), not3(evaluate(rule.met)), not3(evaluate(rule.excused))])
            case _:
                barred = False
        if barred is not False:
            yield rule


def _evaluator(facts: Facts) -> Callable[[Cond], Truth]:
    def atom(one: Atom) -> Truth:
        return matches(one, facts.value(one.fact))

    return lambda cond: truth(cond, atom)


def _asked(rules: Ruleset, derived: Facts, barred: Iterable[Rule], differing: Iterable[str]) -> list[Need]:
    """Return what to ask for: what the rules that bar ask for, and every statement that came out otherwise."""
    asker = Asker(rules, derived, _evaluator(derived))
    found: list[Need] = []
    for rule in barred:
        if isinstance(rule, Require):
            asked = asker.item(rule.item) if rule.item else asker.wanted(rule.met)
            found += cited(asked or asker.live(rule.applies), rule.origin.cite)
    for name in differing:
        if not isinstance(rules.specs[name], HoldSpec):
            found += asker.item(name)
    return found


def strengthened(decision: Decision, opinion: Opinion) -> Decision:
    """Return the decision with what the second opinion adds: what was allowed waits, and no need is ever dropped.

    A denial stays as it is. What would have to follow the act, had it been allowed, does not follow while it waits.
    """
    if not opinion.added or decision.outcome is Outcome.DENY:
        return decision
    told = opinion.sentence()
    allowed = decision.outcome is Outcome.ALLOW
    reason = Reason(profile="", rule=NAME, kind="system", effect="require", cite=(), truth="unknown", text=told)
    return dataclasses.replace(
        decision,
        outcome=Outcome.NEEDS,
        proceed=decision.mode == "observe",
        silent=decision.silent and not allowed,
        reasons=(reason,) if allowed else (*decision.reasons, reason),
        needs=merged((*decision.needs, *opinion.added)),
        obligations=() if allowed else decision.obligations,
        faults=tuple(dict.fromkeys((*decision.faults, told))),
    )


def with_second_opinion(
    decide: Decide, texts: Callable[[Request], Judging], cage: Reasoner, note: Note | None = None
) -> Decide:
    """Wrap a decider, such as one that a case is handed.

    `texts` gives the texts that judge a request; `note` is told every opinion, to record those that do not agree.
    """

    def asked(request: Request) -> Decision:
        decision = decide(request)
        opinion = second_opinion(texts(request), request, decision, cage)
        if note is not None:
            note(request, opinion)
        return strengthened(decision, opinion)

    return asked
