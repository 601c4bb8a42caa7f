"""One act under one profile as a function of Python source: facts, then bans, permits, requirements, and the answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alpr_policy.durations import CalendarSpan
from alpr_policy.evaluators.compiled.asking import Asking
from alpr_policy.evaluators.compiled.code import Code
from alpr_policy.evaluators.compiled.lookup import Lookup, Screen
from alpr_policy.evaluators.compiled.needed import Choice
from alpr_policy.evaluators.compiled.reading import Reading
from alpr_policy.evaluators.compiled.reasons import (
    Clauses,
    Reasons,
    Seen,
    named_in,
    reason_maker,
    seen_in,
)
from alpr_policy.evaluators.compiled.tools import TOOLS
from alpr_policy.evaluators.compiled.truths import Truths
from alpr_policy.ir.nodes import Cond, Forbid, Freeze, Keep, Oblige, Permit, Require, Rule, Ruleset
from alpr_policy.meaning.facts import BY_THEN
from alpr_policy.meaning.judge import Judgement
from alpr_policy.meaning.parts import (
    advice,
    judged_by,
    may_need,
    overriders,
    owed,
    silence,
)
from alpr_policy.meaning.standing import Standing, with_open_end
from alpr_policy.meaning.truth import U
from alpr_policy.model.decision import Outcome
from alpr_policy.model.request import Request
from alpr_policy.vocabulary import STORED

Judge = Callable[[Request, frozenset[str]], Judgement]


@dataclass(frozen=True, slots=True)
class Program:
    """A generated function, its source, and the constants that the source names."""

    judge: Judge
    source: str
    constants: dict[str, Any]


class Writer:
    """Writes the function for one act; with `stored`, the standing of the record takes part."""

    def __init__(self, ruleset: Ruleset, action: str, *, with_lifecycle: bool = True) -> None:
        """Take the rules of `ruleset` on `action`."""
        self.ruleset = ruleset
        self.action = action
        self.rules = [rule for rule in ruleset.rules if action in rule.actions]
        self.stored = with_lifecycle and action in STORED
        self.code = Code()
        self.reading = Reading(ruleset, self.code)
        self.truths = Truths(self.code, self.reading)
        self.asking = Asking(ruleset, self.code, self.reading, self.truths)
        self.silence_allows = action in ruleset.silence_allows
        self._seen: dict[str, Seen] = {}

    def program(self) -> Program:
        """Write, compile and return the function."""
        self._start()
        bound = [rule for rule in self.rules if not rule.origin.advisory]
        forbids = [(r, self._truth(r)) for r in bound if isinstance(r, Forbid)]
        banned = [name for _, name in forbids]
        with self.code.block(f"if {self._any(True, [*banned, *self._life_bans()])}:"):
            self._denied(forbids)
        with self.code.block("else:"):
            permits = [(r, self._truth(r)) for r in bound if isinstance(r, Permit)]
            silent = " and ".join(f"{name} is False" for _, name in permits) or "True"
            if self.stored or self.silence_allows:
                self._open_or_allowed(bound, forbids, permits, silent)
            else:
                with self.code.block(f"if {silent}:"):
                    self._answer("DENY", silent=True)
                    self.code.line(f"reasons = ({self.code.const(silence(self.ruleset.profile, allows=False))},)")
                with self.code.block("else:"):
                    self._open_or_allowed(bound, forbids, permits, "False")
        self._finish()
        return self._compiled()

    # Parts of the function

    def _start(self) -> None:
        names = {name for rule in self.rules for name in named_in(*_conditions(rule))}
        names |= {name for rule in self.rules for name, _, _ in rule.origin.items}
        names |= {moment for name, moment in BY_THEN.items() if name in names}
        if self.stored:
            keeps, freezes = self.ruleset.keeps, self.ruleset.freezes
            names |= set(named_in(*(c for k in keeps for c in (k.applies, k.unreached, k.passed))))
            names |= set(named_in(*(f.active for f in freezes)))
            origins = [*(k.origin for k in keeps), *(f.origin for f in freezes)]
            names |= {name for origin in origins for name, _, _ in origin.items}
        self.code.line(f"lookup = Lookup(request, {self.code.const(self.ruleset, 'rules')}, elsewhere)")
        self.code.line("get, at = request.facts.get, request.at")
        self.reading.declare(sorted(names))
        self.code.line("needs = may = warnings = ()")
        self.code.line("life = None")
        if self.stored:
            self._life()

    def _life(self) -> None:
        kept: list[str] = []
        for keep in self.ruleset.keeps:
            truths = (self.truths.of(cond) for cond in (keep.applies, keep.unreached, keep.passed))
            kept.append(f"Kept({self.code.const(keep, 'keep')}, {', '.join(truths)})")
        held: list[str] = []
        for freeze in self.ruleset.freezes:
            truths = (self.truths.of(cond) for cond in (freeze.active, with_open_end(freeze.active)))
            held.append(f"Held({self.code.const(freeze, 'hold')}, {', '.join(truths)})")
        self.code.line(f"life = lifecycle([{', '.join(kept)}], [{', '.join(held)}])")
        self.code.line(f"standing = life.{'purge' if self.action == 'data.purge' else 'store'}")

    def _life_bans(self) -> list[str]:
        return ["(standing is False)"] if self.stored else []

    def _truth(self, rule: Rule) -> str:
        self.code.remark(f"{type(rule).__name__.lower()} {rule.origin.id} ({', '.join(rule.origin.cite)})")
        return self.truths.rule(rule)

    def _any(self, wanted: bool | None, names: list[str]) -> str:
        """Return the test whether one of some truths is the one wanted."""
        literal = str(wanted)
        if literal in names:
            return "True"
        tests = [name for name in names if name not in ("True", "False", "None")]
        return f"{literal} in ({', '.join(tests)},)" if tests else "False"

    def _answer(self, outcome: str, *, silent: bool | str = False) -> None:
        self.code.line(f"outcome, silent = {outcome}, {silent}")

    def _denied(self, forbids: list[tuple[Forbid, str]]) -> None:
        ban = self._any(True, [name for _, name in forbids])
        self._answer("DENY", silent=f"life.standing is SILENT and not ({ban})" if self.stored else False)
        self.code.line("reasons = []")
        self._add_reasons([(rule, name) for rule, name in forbids if name != "False"], "True")
        self._add_kept("False")
        if self.stored:
            denying = self.code.const(silence(self.ruleset.profile, allows=False))
            self.code.line(f"if silent and not reasons: reasons.append({denying})")
        self._unlike(forbids)

    def _open_or_allowed(
        self, bound: list[Rule], forbids: list[tuple[Forbid, str]], permits: list[tuple[Permit, str]], silent: str
    ) -> None:
        violated: list[tuple[Require, str, str]] = []
        for rule in bound:
            if isinstance(rule, Require):
                self.code.remark(f"require {rule.origin.id} ({', '.join(rule.origin.cite)})")
                violated.append((rule, *self.truths.violation(rule)))
        tests = [self._any(None, [name for _, name in forbids])]
        tests += [f"{name} is not False" for _, name, _ in violated]
        names = [name for _, name in permits]
        open_permit = f"({self._any(None, names)} and not {self._any(True, names)})"
        tests += ["standing is None"] if self.stored else [] if self.silence_allows else [open_permit]
        with self.code.block(f"if {' or '.join(t for t in tests if t != 'False') or 'False'}:"):
            self._needing(forbids, permits, violated)
        with self.code.block("else:"):
            allowing = self.code.const(silence(self.ruleset.profile, allows=True))
            self._answer("ALLOW", silent="life.standing is SILENT" if self.stored else silent)
            self.code.line("reasons = []")
            self._add_reasons([(rule, name) for rule, name in permits if name != "False"], "True")
            self._add_kept("True")
            self.code.line(f"if not reasons: reasons.append({allowing})")
            self._unlike(permits)

    def _needing(
        self,
        forbids: list[tuple[Forbid, str]],
        permits: list[tuple[Permit, str]],
        violated: list[tuple[Require, str, str]],
    ) -> None:
        code = self.code
        code.line("asker, asked, reasons, may = lookup.asker(), [], [], []")
        if self.stored:
            with code.block("if standing is None:"):
                code.line("for rule, cond in life.open: asked += cited(asker.live(cond), rule.origin.cite)")
        for forbid, name in forbids:
            self.asking.live(forbid.applies, "asked", forbid.origin.cite, name)
        for rule, name, applies in violated:
            self.asking.unmet(rule, name, applies, "asked")
            if applies not in ("True", "False"):
                code.line(f"if {name} is None and {applies} is None: may.append({code.const(may_need(rule))})")
        names = [name for _, name in permits]
        if not self.stored and not self.silence_allows:
            self._ask_permission(permits)
        code.line(f"needs = {self.asking.merged('asked')}")
        # `needs` promises that supplying something can help; where nothing can, the act is barred.
        code.line("outcome, silent = NEEDS if needs else DENY, False")
        self._add_reasons([(rule, name) for rule, name in forbids if name not in ("True", "False")], "None")
        self._add_reasons([(rule, name) for rule, name, _ in violated], "open")
        if any(name not in ("True", "False") for name in names) and "True" not in names:
            with code.block(f"if not {self._any(True, names)}:"):
                code.line("pass")
                self._add_reasons([(rule, name) for rule, name in permits if name not in ("True", "False")], "None")
        self._add_kept("None")
        self._unlike([*forbids, *((rule, name) for rule, name, _ in violated), *permits])

    def _ask_permission(self, permits: list[tuple[Permit, str]]) -> None:
        """Any one permission is enough, so what would settle each is an alternative."""
        names = [name for _, name in permits]
        with self.code.block(f"if not {self._any(True, names)}:"):
            self.code.line("ways = []")
            for permit, name in permits:
                if name in ("True", "False"):
                    continue
                with self.code.block(f"if {name} is None:"):
                    self.code.line("way = []")
                    self.asking.live(permit.applies, "way", permit.origin.cite, name)
                    self.code.line(f"ways.append({self.asking.merged('way')})")
            self.code.line(f"asked += {self.code.const(Choice(None, self.reading.ready), 'choice')}(ways)")

    def _add_reasons(self, rules: list[tuple[Any, str]], wanted: str) -> None:
        """Append the reason of each rule whose truth is the one wanted; `open` takes whatever is not false."""
        for rule, name in rules:
            if wanted == "open":
                self._add_open(rule, name)
            else:
                told = self._reason(rule, "true" if wanted == "True" else "unknown")
                self._guarded(f"{name} is {wanted}", name == wanted, told)

    def _add_open(self, rule: Rule, name: str) -> None:
        self._guarded(f"{name} is True", False, self._reason(rule, "true"))
        self._guarded(f"{name} is None", False, self._reason(rule, "unknown"))

    def _guarded(self, test: str, always: bool, reason: str) -> None:
        self.code.line(("" if always else f"if {test}: ") + f"reasons.append({reason})")

    def _reason(self, rule: Rule, truth: str) -> str:
        """Return the expression for a reason."""
        names = seen_in(rule)
        found = Reasons(rule, self.ruleset, truth, [self._seen_as(name) for name in names])
        if not names:
            return self.code.const(found.make(truth, ()), "reason")
        values = ", ".join(self._value(name) for name in names)
        return f"{self.code.const(found, 'reason')}[{values}]"

    def _value(self, name: str) -> str:
        if name in self.reading.plain:
            return self.reading.plain[name]
        named, x = self.code.const(name, "name"), self.reading.lazy[name]
        return f"(lookup.value({named}) if {x} is N else {x})"

    def _seen_as(self, name: str) -> Seen:
        return self._seen.setdefault(name, Seen(self.ruleset, name))

    def _add_kept(self, wanted: str) -> None:
        """Append what gives the standing, where the standing's answer is the one wanted and so among what decided."""
        if not self.stored:
            return
        every: tuple[Keep | Freeze, ...] = (*self.ruleset.keeps, *self.ruleset.freezes)
        makers = {id(rule): self._kept_maker(rule) for rule in every}
        kept = self.code.const(makers, "kept")
        with self.code.block(f"if standing is {wanted}:"):
            self.code.line("told = 'unknown' if life.standing is UNKNOWN else 'true'")
            self.code.line(
                f"reasons += [{kept}[id(rule)](lookup, str(life.standing), told) for rule in life.decided_by]"
            )

    def _kept_maker(self, rule: Keep | Freeze) -> Callable[[Lookup, str, str], Any]:
        names = named_in(rule.active if isinstance(rule, Freeze) else rule.applies)
        shown = [(name, self._seen_as(name)) for name in names]
        makers: dict[str, Any] = {s.value: reason_maker(rule.origin, s.value) for s in Standing}
        listed = Clauses(rule.origin) if rule.origin.items else None

        def make(lookup: Lookup, standing: str, truth: str) -> Any:
            facts = tuple(seen[lookup.value(name)] for name, seen in shown)
            if listed is None:
                return makers[standing](truth, facts)
            return makers[standing](truth, facts, listed.of_several(*(lookup.value(name) for name in listed.facts)))

        return make

    def _unlike(self, rules: list[tuple[Any, str]]) -> None:
        """Drop reasons that stand twice, where two rules of one statement could give the same."""
        keys = [(rule.origin.id, type(rule)) for rule, _ in rules]
        self.code.line(
            "reasons = tuple(dict.fromkeys(reasons))" if len(set(keys)) < len(keys) else "reasons = tuple(reasons)"
        )

    def _finish(self) -> None:
        code = self.code
        code.line("due_allow = due_needs = due_deny = ()")
        self._due("allow", "outcome is ALLOW")
        self._due("needs", "outcome is not DENY")
        self._due("deny", "True")
        if self.action == "data.store" and self.stored:
            code.line("due_deny += purges(life, DENY, lookup.asker())")
        self._warn()
        standing = "life.standing" if self.stored else "None"
        code.line(f"floor, ceiling = {'ends(life, lookup)' if self.stored else '(None, None)'}")
        plain = frozenset(self.reading.plain)
        screen = code.const(Screen(self.ruleset, plain), "screen")
        rules = code.const(self.ruleset, "rules")
        code.line(f"wrong = {screen}.may_be_wrong(lookup)")
        code.line(f"faults = faults_of({rules}, lookup) if wrong else ()")
        values = {
            "ruleset": rules,
            "outcome": "outcome",
            "silent": "silent",
            "reasons": "reasons",
            "needs": "needs",
            "may_also_need": "tuple(may)",
            "obligations": "{ALLOW: due_allow, NEEDS: due_needs, DENY: due_deny}",
            "warnings": "warnings",
            "faults": "faults",
            "standing": standing,
            "floor_ends": "floor",
            "ceiling_ends": "ceiling",
            "trace": "()",
            "elsewhere": "None",
            "in_order": "not faults and lookup.all_known",
            "judged": self._judged(),
            "override": code.const(overriders(self.ruleset, self.action), "may_act"),
        }
        code.line("return judgement(")
        for field in dataclasses.fields(Judgement):
            code.line(f"    {values[field.name]},")
        code.line(")")

    def _judged(self) -> str:
        """Return the expression for who said what, made ready; a standing is said besides."""
        if self.stored:
            return "None"
        said = {(o, silent): judged_by(self.ruleset, o, silent) for o in Outcome for silent in (True, False)}
        ready = [self.code.const((said[o, False], said[o, True]), "said") for o in Outcome]
        return f"({ready[0]} if outcome is ALLOW else {ready[1]} if outcome is NEEDS else {ready[2]})[silent]"

    def _due(self, outcome: str, test: str) -> None:
        rules = [rule for rule in self.rules if isinstance(rule, Oblige) and outcome in rule.outcomes]
        if not rules:
            return
        code = self.code
        with code.block(f"if {test}:"):
            code.line("due = []")
            for rule in rules:
                truth = self._truth(rule)
                later = f"obligation({code.const(rule, 'oblige')}, {truth}, lookup.asker())"
                if isinstance(rule.within, CalendarSpan):
                    code.line(f"if {truth} is not False: due.append({later})")
                    continue
                ready = code.const(owed(rule, str(rule.within)), "due")
                code.line(f"if {truth} is True: due.append({ready})")
                if truth not in ("True", "False"):
                    code.line(f"elif {truth} is None: due.append({later})")
            keys = [(rule.origin.id, rule.task) for rule in rules]
            unlike = "dict.fromkeys(due)" if len(set(keys)) < len(keys) else "due"
            code.line(f"due_{outcome} = tuple({unlike})")

    def _warn(self) -> None:
        rules = [r for r in self.rules if r.origin.advisory and isinstance(r, Forbid | Require)]
        if not rules:
            return
        self.code.line("told = []")
        for rule in rules:
            truth = self._truth(rule)
            self.code.line(f"if {truth} is True: told.append({self.code.const(advice(rule, True))})")
            if isinstance(rule, Require):
                self.code.line(f"elif {truth} is None: told.append({self.code.const(advice(rule, U))})")
        self.code.line("warnings = tuple(told)")

    def _compiled(self) -> Program:
        head = "def judge(request, elsewhere):"
        source = "\n".join([head, *self.code.lines, ""])
        scope: dict[str, Any] = {**TOOLS, **self.code.constants}
        exec(compile(source, f"<{self.ruleset.profile}: {self.action}>", "exec"), scope)
        return Program(scope["judge"], source, self.code.constants)


def _conditions(rule: Rule) -> tuple[Cond, ...]:
    return (rule.applies, rule.met, rule.excused) if isinstance(rule, Require) else (rule.applies,)
