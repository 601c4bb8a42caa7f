"""Patterns of an audit: what the profile's own advice and its statements on counts speak against, person by person.

Nothing here says that a person did wrong: a pattern is what needs review under a clause. What cannot be decided for
want of facts is counted apart, by statement and not by person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from alpr_policy.ir.nodes import Atom, Forbid, Ruleset
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.parts import OPEN_ADVICE
from alpr_policy.meaning.truth import U, truth
from alpr_policy.model.acts import RecordedAct
from alpr_policy.model.condition import tests_of
from alpr_policy.model.decision import Need, Outcome
from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import Requirement
from alpr_policy.model.values import Unknown
from alpr_policy.model.words import HISTORY
from alpr_policy.questions.audit_report import Finding, Pattern, Undecided

MOST_EXAMPLES: Final = 20
MOST_NAMED: Final = 5
Find = Callable[[RecordedAct, str | None], Finding]


class Patterns:
    """What speaks against the acts of a period, under one text. `finding` makes the line of an act with a reason."""

    def __init__(self, profile: Profile, ruleset: Ruleset, acts: Iterable[RecordedAct], finding: Find) -> None:
        """Look through the acts once."""
        self.profile, self.ruleset, self.finding = profile, ruleset, finding
        self.counts = {name for name, fact in profile.facts.items() if fact.type in HISTORY}
        self.on_counts = {one.id for one in profile.statements if not self.counts.isdisjoint(_facts_read(one))}
        self.cites = {one.id: one.cite for one in profile.statements}
        self.advised = [r for r in ruleset.rules if isinstance(r, Forbid) and r.origin.advisory]
        self._found: dict[tuple[str, str], list[tuple[RecordedAct, str | None]]] = defaultdict(list)
        self._open: dict[str, list[str]] = defaultdict(list)
        for act in acts:
            self._look(act)

    def found(self) -> Iterator[Pattern]:
        """Give what a statement speaks against, by person and statement, with the first acts as examples."""
        for (person, rule), several in sorted(self._found.items(), key=lambda one: one[0]):
            shown = tuple(self.finding(act, why) for act, why in several[:MOST_EXAMPLES])
            cite = self.cites.get(rule, ())
            yield Pattern(person=person, rule=rule, cite=cite, count=len(several), acts=shown)

    def undecided(self) -> Iterator[Undecided]:
        """Give the statements for which it is not known whether they speak against some acts."""
        for rule, names in sorted(self._open.items()):
            yield Undecided(rule=rule, cite=self.cites.get(rule, ()), count=len(names), first=tuple(names[:MOST_NAMED]))

    def _look(self, act: RecordedAct) -> None:
        against, open_rules = dict[str, str | None](), dict[str, None]()
        for rule, is_open, why in (*self._reasons(act), *self._advice(act)):
            if is_open:
                open_rules[rule] = None
            else:
                against[rule] = why
        open_rules |= dict.fromkeys(self._unsaid(act))
        for rule, why in against.items():
            self._found[(act.person, rule)].append((act, why))
        for rule in open_rules.keys() - against.keys():
            self._open[rule].append(act.id)

    def _reasons(self, act: RecordedAct) -> Iterator[tuple[str, bool, None]]:
        """Give the rules on counts that a decision rests on, or the counts that it asks for, and whether it is open."""
        decision, mine = act.decision, self.profile.profile
        if decision.outcome is Outcome.ALLOW:
            return
        reasons = [
            one
            for one in decision.reasons
            if one.profile == mine
            and (one.rule in self.on_counts or any(seen.fact in self.counts for seen in one.facts))
        ]
        yield from ((one.rule, one.truth == "unknown", None) for one in reasons)
        if not reasons:
            facts = Facts(act.request, self.ruleset)
            for name in dict.fromkeys(need.name for need in _flat(decision.needs) if need.name in self.counts):
                yield f"asks for {name}", isinstance(facts.value(name), Unknown), None

    def _advice(self, act: RecordedAct) -> Iterator[tuple[str, bool, str]]:
        """Give the advice that a decision warns of, and whether it is not known to be unmet."""
        for one in act.decision.warnings:
            if one.profile == self.profile.profile:
                self.cites.setdefault(one.rule, one.cite)
                yield one.rule, one.message == OPEN_ADVICE, one.message

    def _unsaid(self, act: RecordedAct) -> Iterator[str]:
        """Give the advice against acts of which a decision says nothing, because it is not known whether it applies."""
        texts = {one.content_hash for one in act.decision.judged_by}
        rules = [rule for rule in self.advised if act.request.action in rule.actions]
        if not rules or self.profile.content_hash not in texts:
            return
        facts = Facts(act.request, self.ruleset)

        def atom(one: Atom) -> bool | None:
            return matches(one, facts.value(one.fact))

        yield from dict.fromkeys(rule.origin.id for rule in rules if truth(rule.applies, atom) is U)


def _facts_read(statement: Any) -> set[str]:
    parts = [statement.when, statement.unless, statement.must if isinstance(statement, Requirement) else None]
    return {test.fact for part in parts for test in tests_of(part)}


def _flat(needs: Iterable[Need]) -> Iterator[Need]:
    for need in needs:
        yield need
        for alternative in need.one_of:
            yield from _flat(alternative)
