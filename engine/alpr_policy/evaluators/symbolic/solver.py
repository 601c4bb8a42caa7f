"""The same questions put to z3 (extra `verify`), for texts whose rules are too many for the search.

A cluster is a number, its class; a test is known by the classes under which it is true, and unknown. What z3 gives back
are classes, so a case is made and replayed just as the search's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alpr_policy.errors import MissingExtraError
from alpr_policy.evaluators.symbolic.classes import ValueClass
from alpr_policy.evaluators.symbolic.duel import Bound, Question
from alpr_policy.evaluators.symbolic.gates import Gate
from alpr_policy.evaluators.symbolic.search import UndecidedError
from alpr_policy.evaluators.symbolic.truths import NO, OPEN, YES
from alpr_policy.ir.nodes import All, Always, Atom, Cond, Hole, Not, Sure
from alpr_policy.ir.nodes import Any as AnyOf

MILLISECONDS = 30_000
# A condition is a pair of formulas: when it is true, and when it is unknown.
Pair = tuple[Any, Any]


def solve(question: Question, milliseconds: int = MILLISECONDS) -> dict[int, ValueClass] | None:
    """Return the classes of a case, None where there is none.

    Raises MissingExtraError without z3, and UndecidedError when it gives up or time is up, or where a bound is about
    how long data stays: that is decided by a table and not by a formula.
    """
    return _Asked(question).answer(milliseconds)


class _Asked:
    def __init__(self, question: Question) -> None:
        try:
            import z3
        except ImportError:
            raise MissingExtraError("the solver", "verify") from None
        self.z3 = z3
        self.question = question
        self.search = question.search
        self.solver = z3.Solver()
        self.cluster: dict[int, int] = {}
        self.variables: list[Any] = []
        for number, group in enumerate(self.search.groups):
            variable = z3.Int(f"c{number}")
            self.solver.add(variable >= 0, variable < len(self.search.classes(number)))
            self.variables.append(variable)
            self.cluster |= dict.fromkeys(group.atoms, number)
        self.tests: dict[int, Pair] = {}

    def answer(self, milliseconds: int) -> dict[int, ValueClass] | None:
        for bound in self.question.bounds:
            self.solver.add(self._bound(bound))
        self.solver.set("timeout", milliseconds)
        said = self.solver.check()
        if said == self.z3.unsat:
            return None
        if said != self.z3.sat:
            raise UndecidedError
        model = self.solver.model()
        read = {cluster for wish in self.question.wishes for cluster in wish.clusters}
        found: dict[int, ValueClass] = {}
        for number in read:
            value = model.eval(self.variables[number], model_completion=True)
            found[number] = self.search.classes(number)[value.as_long()]
        return found

    def _bound(self, bound: Bound) -> Any:
        if bound.gate.keeping is not None:
            raise UndecidedError
        is_true, is_open = self._cond(bound.gate, bound.gate.cond)
        allowed = bound.gate.truths(bound.lowest, bound.highest)
        ways = {YES: is_true, OPEN: is_open, NO: self.z3.Not(self.z3.Or(is_true, is_open))}
        return self.z3.Or([way for bit, way in ways.items() if allowed & bit])

    def _cond(self, gate: Gate, cond: Cond) -> Pair:
        z3 = self.z3
        match cond:
            case Atom():
                return self._test(self.question.space.number(gate.view, cond))
            case Always(truth=truth):
                return z3.BoolVal(truth), z3.BoolVal(False)
            case Hole():
                return z3.BoolVal(False), z3.BoolVal(True)
            case Not(of=part):
                is_true, is_open = self._cond(gate, part)
                return z3.Not(z3.Or(is_true, is_open)), is_open
            case Sure(of=part):
                return self._cond(gate, part)[0], z3.BoolVal(False)
            case All(of=parts):
                return self._all([self._cond(gate, part) for part in parts])
            case AnyOf(of=parts):
                pairs = [self._cond(gate, part) for part in parts]
                is_true = z3.Or([one for one, _ in pairs])
                return is_true, z3.And(z3.Not(is_true), z3.Or([one for _, one in pairs]))

    def _all(self, pairs: Sequence[Pair]) -> Pair:
        z3 = self.z3
        is_true = z3.And([one for one, _ in pairs])
        none_false = z3.And([z3.Or(one, other) for one, other in pairs])
        return is_true, z3.And(none_false, z3.Not(is_true))

    def _test(self, test: int) -> Pair:
        if test not in self.tests:
            cluster = self.cluster[test]
            place = self.search.groups[cluster].atoms.index(test)
            variable, z3 = self.variables[cluster], self.z3
            truths = [one.truths[place] for one in self.search.classes(cluster)]
            is_true, is_open = (
                z3.Or([variable == n for n, truth in enumerate(truths) if truth == bit]) for bit in (YES, OPEN)
            )
            self.tests[test] = (is_true, is_open)
        return self.tests[test]
