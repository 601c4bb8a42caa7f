"""What a text does not speak of: acts, and purposes of an act, on which silence decides whatever else is so."""

from __future__ import annotations

from collections.abc import Iterator

from alpr_policy.evaluators.symbolic.duel import Bound
from alpr_policy.evaluators.symbolic.gates import STORED, Gate
from alpr_policy.ir.nodes import Atom, Forbid, Op, Permit, Require, Rule, Ruleset
from alpr_policy.meaning.parts import facts_of
from alpr_policy.model.profile import Profile
from alpr_policy.questions.proving import Finding, Prover, Verdict
from alpr_policy.questions.wording import Wording, listed

PURPOSE = "purpose"


class Gaps:
    """Asks of one text on what it is silent."""

    def __init__(self, prover: Prover, profile: Profile) -> None:
        """Ask of the own statements of a text; what a floor says fills no gap."""
        self.prover = prover
        self.own: Ruleset = prover.rulesets[0]
        self.words = Wording(profile)
        spoken = [rule for rule in self.own.rules if isinstance(rule, Permit | Forbid | Require)]
        self.rules: list[Rule] = [rule for rule in spoken if not rule.origin.advisory]
        fact = self.own.vocabulary.facts.get(PURPOSE)
        values = self.own.vocabulary.values_of(fact) if fact is not None else frozenset()
        self.purposes = {value: self._meant(value) for value in sorted(values)}

    def _meant(self, value: str) -> Gate:
        return self.prover.holding(Atom(PURPOSE, Op.IN, frozenset({value})))

    def found(self) -> Iterator[Finding]:
        """Yield each act of which nothing speaks, and for other acts the purposes for which nothing speaks."""
        alike: dict[tuple[str, ...], list[str]] = {}
        for action in sorted(self.own.vocabulary.actions):
            rules = [rule for rule in self.rules if action in rule.actions]
            if not rules and not (action in STORED and self.own.keeps):
                told = f"no clause speaks of {self.words.act(action, happening=True)}; {self._silence(action)}"
                yield Finding(kind="gap", about=action, verdict=Verdict.FAILS, told=told)
            elif any(PURPOSE in facts_of(rule.applies) for rule in rules):
                silent = tuple(value for value in self.purposes if self._is_silent(action, rules, value))
                alike.setdefault(silent, []).append(action)
        for silent, actions in alike.items():
            if silent:
                for action in actions:
                    told = f"no clause speaks of it for {self._named(silent)}; {self._silence(action)}"
                    yield Finding(kind="gap", about=action, verdict=Verdict.FAILS, told=told, others=silent)

    def _named(self, purposes: tuple[str, ...]) -> str:
        """Return some purposes in words, by what they leave out where that is shorter."""
        fact = self.own.vocabulary.facts[PURPOSE]
        rest = [one for one in self.purposes if one not in purposes]
        short = rest if len(rest) < len(purposes) else purposes
        told = listed([self.words.value(fact, one) for one in short], "and")
        return f"the purpose{'' if len(short) == 1 else 's'} {told}" if short is purposes else f"any purpose but {told}"

    def _silence(self, action: str) -> str:
        return f"silence {'lets it pass' if action in self.own.silence_allows else 'refuses it'}"

    def _is_silent(self, action: str, rules: list[Rule], value: str) -> bool:
        """Say whether for one purpose no rule can ever speak, for sure; a duty to ask counts where silence allows."""
        passes = action in self.own.silence_allows or action in STORED
        speaking = [rule for rule in rules if passes or not isinstance(rule, Require)]
        meant = Bound(self.purposes[value], 2, 2)
        for rule in sorted(speaking, key=lambda one: PURPOSE not in facts_of(one.applies)):
            answer, raw = self.prover.find(action, [meant, Bound(self.prover.applying(rule), 2, 2)])
            if raw is not None or answer.why is not None:
                return False
        return True
