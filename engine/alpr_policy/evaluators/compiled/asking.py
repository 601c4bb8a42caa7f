"""What is missing, as generated code: the same questions that `meaning.needs` asks, made ready where they can be."""

from __future__ import annotations

import dataclasses
from functools import partial

from alpr_policy.evaluators.compiled.code import Code
from alpr_policy.evaluators.compiled.needed import Choice, Joined
from alpr_policy.evaluators.compiled.reading import Reading
from alpr_policy.evaluators.compiled.truths import LITERALS, Truths
from alpr_policy.ir.nodes import FALSE, All, Always, Any, Atom, Cond, Hole, Not, Op, Require, Ruleset, Sure
from alpr_policy.meaning.facts import BY_THEN
from alpr_policy.meaning.needs import cited, expectation, fact_need, merged, parameter_need
from alpr_policy.model.values import Gap

Cite = tuple[str, ...]


class Asking:
    """Writes code that appends needs to lists."""

    def __init__(self, ruleset: Ruleset, code: Code, reading: Reading, truths: Truths) -> None:
        """Ask with the words of `ruleset`."""
        self.ruleset = ruleset
        self.code = code
        self.reading = reading
        self.truths = truths
        self.ready = reading.ready
        self._merged = Joined(merged, self.ready)
        self._citing: dict[Cite, Joined] = {}

    def live(self, cond: Cond, out: str, cite: Cite, known: str | None = None) -> None:
        """Ask for the facts under the open branches of a condition; `known` is the variable that holds its truth."""
        if isinstance(cond, Always | Sure):
            return
        if isinstance(cond, Hole):
            self._append(out, self._parameter(cond, cite))
            return
        truth = known or self.truths.of(cond)
        if truth in LITERALS and truth != "None":
            return
        with self.code.block(f"if {truth} is None:"):
            match cond:
                case Atom():
                    self._open(cond, out, cite)
                case All(of=parts) | Any(of=parts):
                    self.code.line("pass")
                    for part in parts:
                        self.live(part, out, cite)
                case Not(of=part):
                    self.code.line("pass")
                    self.live(part, out, cite)

    def _open(self, atom: Atom, out: str, cite: Cite) -> None:
        asked = self._asked(atom.fact)
        if asked:
            self._append(out, self._question(asked, "", cite))
        else:
            self._extend(out, f"asker.live({self.code.const(atom)})", cite)

    def wanted(self, cond: Cond, out: str, cite: Cite, *, holds: bool = True) -> None:
        """Ask for what would make a condition true (or false, with `holds` off)."""
        if isinstance(cond, Always):
            return
        if isinstance(cond, Hole):
            self._append(out, self._parameter(cond, cite))
            return
        if isinstance(cond, Not):
            self.wanted(cond.of, out, cite, holds=not holds)
            return
        truth = self.truths.of(cond)
        if truth == str(holds):
            return
        with self.code.block(f"if {truth} is not {holds}:"):
            match cond:
                case Atom():
                    self._want(cond, out, cite, holds)
                case Sure(of=part):
                    self.code.line("pass")
                    self.wanted(part, out, cite, holds=holds)
                case All(of=parts) | Any(of=parts):
                    # A part that must fail makes an `all` into an `any`, and the reverse.
                    every = isinstance(cond, All) is holds
                    (self._every if every else self._some)(parts, out, cite, holds)

    def _every(self, parts: tuple[Cond, ...], out: str, cite: Cite, holds: bool) -> None:
        asked = self.code.variable("w")
        self.code.line(f"{asked} = []")
        holes = tuple(part for part in parts if isinstance(part, Hole))
        for part in holes or parts:
            self.wanted(part, asked, cite, holds=holds)
        self.code.line(f"{out} += {self.merged(asked)}")

    def _some(self, parts: tuple[Cond, ...], out: str, cite: Cite, holds: bool) -> None:
        ways = self.code.variable("ways")
        self.code.line(f"{ways} = []")
        for part in parts:
            asked = self.code.variable("w")
            self.code.line(f"{asked} = []")
            self.wanted(part, asked, (), holds=holds)
            self.code.line(f"if {asked}: {ways}.append(tuple({asked}))")
        self.code.line(f"{out} += {self.code.const(Choice(cite, self.ready), 'choice')}({ways})")

    def _want(self, atom: Atom, out: str, cite: Cite, holds: bool) -> None:
        asked = self._asked(atom.fact)
        if asked is None or (atom.op is Op.HAS_ALL and holds):
            self._extend(out, f"asker.wanted({self.code.const(atom)}, holds={holds})", cite)
            return
        expected = expectation(atom, holds)
        if asked != atom.fact:
            expected = f"so that {atom.fact} is {expected}"
        self._append(out, self._question(asked, expected, cite))

    def unmet(self, rule: Require, violated: str, applies: str, out: str) -> None:
        """Ask, where a requirement is violated or may be: first whether it applies, then for the step."""
        cite = rule.origin.cite
        with self.code.block(f"if {violated} is not False:"):
            if applies not in LITERALS:
                with self.code.block(f"if {applies} is None:"):
                    self.code.line("pass")
                    self.live(rule.applies, out, cite, applies)
            elif applies == "None":
                self.live(rule.applies, out, cite)
            if applies != "None":
                with self.code.block("else:" if applies not in LITERALS else "if True:"):
                    self._step(rule, out, cite)

    def _step(self, rule: Require, out: str, cite: Cite) -> None:
        if rule.excused == FALSE:
            self._wanted_step(rule, out, cite)
            return
        step, around = self.code.variable("step"), self.code.variable("around")
        self.code.line(f"{step}, {around} = [], []")
        self._wanted_step(rule, step, ())
        self.live(rule.excused, around, ())
        choice = self.code.const(Choice(cite, self.ready), "choice")
        self.code.line(f"if {around}: {out} += {choice}([tuple({step}), {self.merged(around)}])")
        with self.code.block("else:"):
            self._extend(out, step, cite)

    def _wanted_step(self, rule: Require, out: str, cite: Cite) -> None:
        check = self.reading.plain_check(rule.item) if rule.item else None
        if check is not None:
            self._extend(out, f"{self.code.const(check.asked, 'ask')}(lookup, asker)", cite)
        elif rule.item:
            self._extend(out, f"asker.item({self.code.const(rule.item, 'name')})", cite)
        else:
            self.code.line("pass")
            self.wanted(rule.met, out, cite)

    def _asked(self, name: str) -> str | None:
        """Return the plain fact that a person is asked for on account of a fact, where that is always the same one."""
        fact = self.ruleset.vocabulary.facts.get(name)
        if fact is None or name in self.ruleset.specs:
            return None
        source = BY_THEN.get(name) if fact.derived_from else name
        return source if source in self.reading.plain else None

    def _question(self, name: str, expected: str, cite: Cite) -> str:
        """Return the expression for the question after a plain fact, made ready for each way of not being known."""
        words = self.ruleset.vocabulary
        gaps: tuple[Gap | None, ...] = (None, *Gap)
        ready = {gap: dataclasses.replace(fact_need(words, name, gap), expected=expected, cite=cite) for gap in gaps}
        self.ready.add(*ready.values())
        x = self.reading.plain[name]
        return f"{self.code.const(ready)}[{x}.gap if {x}.__class__ is U else None]"

    def _parameter(self, hole: Hole, cite: Cite) -> str:
        need = parameter_need(hole.parameter).cited(cite)
        self.ready.add(need)
        return self.code.const(need)

    def merged(self, needs: str) -> str:
        """Return the expression for needs joined where they ask for the same."""
        return f"{self.code.const(self._merged, 'merged')}({needs})"

    def _append(self, out: str, need: str) -> None:
        self.code.line(f"{out}.append({need})")

    def _extend(self, out: str, needs: str, cite: Cite) -> None:
        if cite:
            needs = f"{self.code.const(self._cited(cite), 'cited')}({needs})"
        self.code.line(f"{out} += {needs}")

    def _cited(self, cite: Cite) -> Joined:
        """Return what notes clauses on needs."""
        if cite not in self._citing:
            self._citing[cite] = Joined(partial(cited, cite=cite), self.ready)
        return self._citing[cite]
