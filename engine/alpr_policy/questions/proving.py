"""What is asked of one text, and what came of it: the parts that all proofs about a text share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alpr_policy.evaluators.symbolic.duel import Answer, Bound, Ground, Solver
from alpr_policy.evaluators.symbolic.gates import FORBIDS, Gate
from alpr_policy.evaluators.symbolic.instants import Instants
from alpr_policy.evaluators.symbolic.parts import raw_request
from alpr_policy.ir.nodes import Cond, Origin, Rule, Ruleset
from alpr_policy.model.decision import Outcome
from alpr_policy.questions.compare import SECONDS, UNDECIDED

GRAVE = ("never", "denies", "live", "meetable", "floor")


class Verdict(StrEnum):
    """What came of a question."""

    HOLDS = "holds"
    FAILS = "fails"
    UNDECIDED = "not decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One question with its answer. `about` is the claim, act or statement; `request` shows it where one does.

    `others` are the statements by which it comes about; `wanted` is the outcome that the request should have.
    """

    kind: str
    about: str
    verdict: Verdict
    told: str
    cite: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    request: Mapping[str, Any] | None = None
    wanted: Outcome | None = None

    @property
    def is_grave(self) -> bool:
        """Say whether it is a fault: a gap, an overlap or a statement that changes nothing may well be meant."""
        return self.verdict is not Verdict.HOLDS and self.kind in GRAVE


class Prover:
    """Asks for requests under some rulesets; every question has its own time."""

    def __init__(
        self,
        rulesets: Sequence[Ruleset],
        actions: Iterable[str],
        *,
        seconds: float = SECONDS,
        solver: Solver | None = None,
    ) -> None:
        """Look at a text with its floors; `seconds` of processor time are given to each question."""
        self.rulesets = tuple(rulesets)
        self.looked = Instants(rulesets, actions)
        self.seconds = seconds
        self.solver = solver
        self._applying: dict[int, tuple[Cond, Gate]] = {}

    def gates(self, action: str) -> tuple[Gate, ...]:
        """Return what stands between an act and its being allowed."""
        return self.looked.gates.of(self.rulesets, action, 0)

    def applying(self, rule: Rule, cond: Cond | None = None) -> Gate:
        """Return a gate that is at level 2 where a rule of the first ruleset applies, or another condition holds."""
        return self.holding(rule.applies if cond is None else cond, rule.origin)

    def holding(self, cond: Cond, origin: Origin | None = None) -> Gate:
        """Return a gate that is at level 2 where a condition of the first ruleset holds."""
        if id(cond) not in self._applying:
            self._applying[id(cond)] = (cond, Gate("rule", 0, FORBIDS, cond, origin))
        return self._applying[id(cond)][1]

    def find(self, action: str, bounds: Sequence[Bound]) -> tuple[Answer, dict[str, Any] | None]:
        """Return an answer, and its request if there is one; an instant at which it is not decided is kept in mind."""
        until = time.process_time() + self.seconds
        own = list({id(bound.gate): bound.gate for bound in bounds}.values())
        last = Answer()
        for space in self.looked.of(own):
            answer = Ground(space, own, action, self.solver).find(bounds, until)
            if answer.part is not None:
                return answer, raw_request(action, space.at, answer.part)
            last = answer if last.why is None else last
        return last, None

    def answered(
        self,
        kind: str,
        about: str,
        answer: Answer,
        told: str,
        *,
        cite: tuple[str, ...] = (),
        others: tuple[str, ...] = (),
        settled: Verdict = Verdict.HOLDS,
    ) -> Finding:
        """Return what follows from an answer that gives no request."""
        if answer.why is not None:
            told = UNDECIDED[answer.why].format(seconds=self.seconds)
            return Finding(kind=kind, about=about, verdict=Verdict.UNDECIDED, told=told, cite=cite)
        if answer.bounded:
            told = f"{told} (of records, no more than a few at once were tried)"
        return Finding(kind=kind, about=about, verdict=settled, told=told, cite=cite, others=others)


Watch = Callable[[Finding], None]
