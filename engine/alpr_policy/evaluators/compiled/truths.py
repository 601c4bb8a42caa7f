"""Conditions as generated code, in three values, with nothing looked at that can no longer matter."""

from __future__ import annotations

from alpr_policy.evaluators.compiled.code import Code
from alpr_policy.evaluators.compiled.reading import Reading
from alpr_policy.ir.nodes import FALSE, All, Always, Any, Atom, Cond, Hole, Not, Require, Rule, Sure

LITERALS = ("True", "False", "None")


class Truths:
    """Writes code that leaves the truth of conditions and rules in variables."""

    def __init__(self, code: Code, reading: Reading) -> None:
        """Write to `code`, reading facts by `reading`."""
        self.code = code
        self.reading = reading
        self._never_open: set[str] = set()

    def of(self, cond: Cond) -> str:
        """Return the variable, or the literal, that holds the truth of a condition; nothing is worked out twice."""
        key = cond if isinstance(cond, Atom) else id(cond)
        found = self.code.known(key)
        if found is None:
            found = self._written(cond)
            # The condition is kept beside its number, so that no other comes to have it.
            self.code.keep(key, found, cond)
        return found

    def _written(self, cond: Cond) -> str:
        match cond:
            case Always(truth=value):
                return str(value)
            case Hole():
                return "None"
            case Atom():
                test = self.reading.test(cond)
                return self._set(test)
            case Not(of=part):
                inner = self.of(part)
                if inner in self._never_open:
                    return self._closed(f"not {inner}")
                return self._set(f"None if {inner} is None else not {inner}")
            case Sure(of=part):
                return self._closed(f"{self.of(part)} is True")
            case All(of=parts):
                return self._chain(parts, settled="False", weak="True")
            case Any(of=parts):
                return self._chain(parts, settled="True", weak="False")

    def _set(self, expression: str) -> str:
        variable = self.code.variable()
        self.code.line(f"{variable} = {expression}")
        return variable

    def _closed(self, expression: str) -> str:
        variable = self._set(expression)
        self._never_open.add(variable)
        return variable

    def _chain(self, parts: tuple[Cond, ...], *, settled: str, weak: str) -> str:
        """Join parts: one that settles the answer ends it; one that is open leaves it open."""
        if not parts:
            return weak
        joined = self._set(self.of(parts[0]))
        for part in parts[1:]:
            with self.code.block(f"if {joined} is not {settled}:"):
                one = self.of(part)
                if one == weak:
                    self.code.line("pass")
                elif one in LITERALS:
                    self.code.line(f"{joined} = {one}")
                else:
                    self.code.line(f"if {one} is not {weak}: {joined} = {one}")
        return joined

    def violation(self, rule: Require) -> tuple[str, str]:
        """Return the truth of a requirement's being violated, and that of its being applicable."""
        applies = self.of(rule.applies)
        violated = self._set(applies)
        with self.code.block(f"if {violated} is not False:"):
            met = self.of(rule.met)
            self.code.line(f"if {met} is True: {violated} = False")
            if met not in self._never_open:
                self.code.line(f"elif {met} is None: {violated} = None")
            if rule.excused != FALSE:
                with self.code.block(f"if {violated} is not False:"):
                    excused = self.of(rule.excused)
                    self.code.line(f"if {excused} is True: {violated} = False")
                    self.code.line(f"elif {excused} is None: {violated} = None")
        return violated, applies

    def rule(self, rule: Rule) -> str:
        """Return the truth of a rule, of a requirement whether it is violated."""
        return self.violation(rule)[0] if isinstance(rule, Require) else self.of(rule.applies)
