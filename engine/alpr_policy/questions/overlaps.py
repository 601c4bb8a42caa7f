"""Where several statements of one text speak of one request: one that others cover, and two that say different things.

Neither is a fault by itself. A ban that takes back part of what a permission allows is how exceptions are written; but
who reads only the permission is mistaken, so each is named with a request of which both speak.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from alpr_policy.evaluators.symbolic.duel import Answer, Bound
from alpr_policy.evaluators.symbolic.gates import STORED, Gate
from alpr_policy.ir.nodes import FALSE, All, Forbid, Keep, Permit, Require, Rule
from alpr_policy.meaning.parts import facts_of
from alpr_policy.questions.compare import name_of
from alpr_policy.questions.proving import Finding, Prover, Verdict
from alpr_policy.questions.wording import listed

TOGETHER = "others together say as much, or nothing is left for it"
PASSES = "the text lets this act pass wherever nothing forbids it"
SILENCE = "nothing permits the act there, so silence refuses it already"
TAKEN_BACK = "all that it allows is forbidden by others"


class Overlaps:
    """Asks of one text which statements others cover, and which say different things."""

    def __init__(self, prover: Prover) -> None:
        """Ask of the own statements of a text, not of those of its floors."""
        self.prover = prover
        self.own = prover.rulesets[0]
        self.rules = [rule for rule in self.own.rules if not rule.origin.advisory]

    # What others cover

    def shadow(self, name: str, cite: tuple[str, ...]) -> Finding:
        """Say of a statement without which no outcome changes, why it changes none."""
        told: dict[str, None] = {}
        others: dict[str, None] = {}
        for rule in (one for one in self.rules if one.origin.id == name):
            for action in sorted(rule.actions):
                said, by = self._why(rule, action)
                told[said] = None
                others |= dict.fromkeys(by)
        if set(told) == {""}:
            cited = listed([f"`{one}`{self._cites(one)}" for one in others], "and")
            told = {f"wherever it applies, {cited} {'says' if len(others) == 1 else 'say'} as much": None}
        several = [one for one in told if one] or [TOGETHER]
        return Finding(
            kind="shadowed",
            about=name,
            verdict=Verdict.FAILS,
            told=several[0] if len(several) == 1 else TOGETHER,
            cite=cite,
            others=tuple(others),
        )

    def _why(self, rule: Rule, action: str) -> tuple[str, tuple[str, ...]]:
        """Return why a rule changes nothing on an act; '' and the names of statements where these say as much."""
        if isinstance(rule, Permit):
            return self._why_permit(rule, action)
        if not isinstance(rule, Forbid | Require):
            return TOGETHER, ()
        gates = self.prover.gates(action)
        mine = [gate for gate in gates if gate.origin is rule.origin]
        rest = [gate for gate in gates if gate.origin is None or gate.origin.id != rule.origin.id]
        covering = [other for other in rest if all(self._covers(other, gate, action) for gate in mine)]
        if any(other.kind == "silence" for other in covering):
            return SILENCE, ()
        named = [name_of(other) for other in covering if other.origin is not None]
        return ("", (named[0],)) if named else (TOGETHER, ())

    def _why_permit(self, rule: Permit, action: str) -> tuple[str, tuple[str, ...]]:
        if action in self.own.silence_allows:
            return PASSES, ()
        applies = self.prover.applying(rule)
        for other in self._permits(action):
            if other.origin.id == rule.origin.id:
                continue
            if self._none(action, [Bound(applies, 2, 2), Bound(self.prover.applying(other), 0, 1)]):
                return "", (other.origin.id,)
        gates = [gate for gate in self.prover.gates(action) if gate.kind != "silence"]
        if self._none(action, [Bound(applies, 2, 2), *(Bound(gate, 0, 1) for gate in gates)]):
            return TAKEN_BACK, ()
        return TOGETHER, ()

    def _covers(self, other: Gate, gate: Gate, action: str) -> bool:
        """Say whether a gate is never lower than another, for sure."""
        wanted = sorted({level for level in gate.levels if level})
        return all(self._none(action, [Bound(gate, level, 2), Bound(other, 0, level - 1)]) for level in wanted)

    def _none(self, action: str, bounds: list[Bound]) -> bool:
        answer, raw = self.prover.find(action, bounds)
        return raw is None and answer.why is None

    def _cites(self, name: str) -> str:
        cites = next((rule.origin.cite for ruleset in self.prover.rulesets for rule in ruleset.rules
                      if rule.origin.id == name), ())  # fmt: skip
        return f" ({', '.join(cites)})" if cites else ""

    # What says different things

    def overlaps(self) -> Iterator[Finding]:
        """Yield every ban with the permissions it takes something from, and every two periods for the same record."""
        for rule in self.rules:
            # An approval that was refused forbids too, and so does a failed check: that is what they are for.
            if isinstance(rule, Forbid) and rule.origin.kind in ("prohibition", "permission"):
                yield from self._taken_from(rule)
        for one, other in itertools.combinations(self.own.keeps, 2):
            yield from self._periods(one, other)

    def _permits(self, action: str) -> list[Permit]:
        permits = [rule for rule in self.rules if isinstance(rule, Permit) and rule.origin.kind == "permission"]
        return [rule for rule in permits if action in rule.actions]

    def _taken_from(self, ban: Forbid) -> Iterator[Finding]:
        said: dict[str, dict[str, Any]] = {}
        for action in sorted(ban.actions):
            for permit in self._permits(action):
                name = permit.origin.id
                if name == ban.origin.id or name in said:
                    continue
                bounds = [Bound(self.prover.applying(permit), 2, 2), Bound(self.prover.applying(ban), 2, 2)]
                answer, raw = self.prover.find(action, bounds)
                if raw is not None:
                    said[name] = raw
                elif answer.why is not None:
                    about = f"{ban.origin.id} and {name}"
                    yield self.prover.answered("overlap", about, answer, "", cite=ban.origin.cite)
        if said:
            cited = listed([f"`{name}`{self._cites(name)}" for name in said], "and")
            yield Finding(
                kind="overlap",
                about=ban.origin.id,
                verdict=Verdict.FAILS,
                told=f"forbids part of what {cited} {'allows' if len(said) == 1 else 'allow'}; the ban decides",
                cite=ban.origin.cite,
                others=tuple(said),
                request=next(iter(said.values())),
            )

    def _periods(self, one: Keep, other: Keep) -> Iterator[Finding]:
        """Yield how two periods speak of one record at the same time, the gravest first and no other."""
        for told, first, second in self._ways(one, other):
            answer, raw = self._both(one, other, first, second)
            if raw is not None or answer.why is not None:
                cite = tuple(dict.fromkeys((*one.origin.cite, *other.origin.cite)))
                names = (one.origin.id, other.origin.id)
                found = Finding(
                    kind="overlap",
                    about=" and ".join(names),
                    verdict=Verdict.FAILS,
                    told=told,
                    cite=cite,
                    others=names,
                    request=raw,
                )
                yield found if raw is not None else self.prover.answered("overlap", found.about, answer, "", cite=cite)
                return

    def _ways(self, one: Keep, other: Keep) -> Iterator[tuple[str, Iterable[Bound], Iterable[Bound]]]:
        hold = self.prover.holding
        for first, second in ((one, other), (other, one)):
            runs = [Bound(hold(first.unreached), 2, 2)]
            if first.never or first.unreached == FALSE:
                continue
            if second.never:
                yield f"`{first.origin.id}` keeps a record that `{second.origin.id}` lets nobody have", runs, ()
            elif second.passed != FALSE:
                told = f"`{first.origin.id}` still keeps a record that `{second.origin.id}` has gone: it stays"
                yield told, runs, [Bound(hold(second.passed), 2, 2)]
        if FALSE not in (one.passed, other.passed) and not (one.never or other.never):
            for first, second in ((one, other), (other, one)):
                told = (
                    f"both end the time of one record; `{first.origin.id}` may end it first, and the earlier end counts"
                )
                yield told, [Bound(hold(first.passed), 2, 2)], [Bound(hold(second.passed), 0, 0)]

    def _both(
        self, one: Keep, other: Keep, first: Iterable[Bound], second: Iterable[Bound]
    ) -> tuple[Answer, dict[str, Any] | None]:
        apply = [Bound(self.prover.holding(keep.applies), 2, 2) for keep in (one, other)]
        return self.prover.find(STORED[0], [*apply, *first, *second])

    # What cannot be met together

    def unmeetable(self) -> Iterator[Finding]:
        """Yield two requirements that apply to one request and can never both be met."""
        several = [rule for rule in self.rules if isinstance(rule, Require) and rule.met != FALSE]
        for one, other in itertools.combinations(several, 2):
            shared = one.actions & other.actions
            if one.origin.id == other.origin.id or not shared or not _facts(one) & _facts(other):
                continue
            applies = [Bound(self.prover.applying(rule), 2, 2) for rule in (one, other)]
            met = [Bound(self.prover.holding(rule.met), 2, 2) for rule in (one, other)]
            action = min(shared)
            if self._none(action, [*applies, *met]) and not self._none(action, applies):
                # Each by itself may be what cannot be met, which is told of it alone.
                alone = [self._none(action, [applies[n], met[n]]) for n in range(2)]
                if not any(alone):
                    told = f"where `{other.origin.id}` applies too, both can never be met"
                    yield Finding(
                        kind="meetable",
                        about=one.origin.id,
                        verdict=Verdict.FAILS,
                        told=told,
                        cite=tuple(dict.fromkeys((*one.origin.cite, *other.origin.cite))),
                        others=(other.origin.id,),
                        request=self.prover.find(action, applies)[1],
                    )


def _facts(rule: Require) -> frozenset[str]:
    return facts_of(All((rule.met,)))
