"""Is one text ever laxer than another, on which act, by which rule, and under what request?

The answer is exact: every rule of the one is held against all of the other, over every class of values. A request that
is found is decided again by the reference evaluator before it is shown.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from alpr_policy.evaluators import reference
from alpr_policy.evaluators.symbolic.classes import TOGETHER
from alpr_policy.evaluators.symbolic.duel import Answer, Bound, Ground, Solver, Why
from alpr_policy.evaluators.symbolic.gates import Gate
from alpr_policy.evaluators.symbolic.instants import USUAL_TIME, Instants
from alpr_policy.evaluators.symbolic.parts import Part, raw_request
from alpr_policy.evaluators.symbolic.sights import shape
from alpr_policy.ir.nodes import Ruleset
from alpr_policy.meaning.combine import strictest
from alpr_policy.meaning.judge import Judgement
from alpr_policy.model.decision import Outcome
from alpr_policy.model.profile import Profile
from alpr_policy.model.request import Request
from alpr_policy.questions.texts import BindingText
from alpr_policy.reading.requests import read_request

SECONDS = 1.0
UNDECIDED = {
    Why.TIME: "not decided within {seconds:g} s",
    Why.TOGETHER: "not decided: what makes the difference could not be put into one request",
    Why.CUT: "not decided: too many values hang together",
}


class Relation(StrEnum):
    """How the second text stands to the first."""

    EQUIVALENT = "equivalent"
    STRICTER = "stricter"
    LAXER = "laxer"
    BOTH = "both"
    UNDECIDED = "not decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A text that is compared: its name as asked for, its profile, and its rules with those of its floors."""

    name: str
    profile: Profile
    rulesets: tuple[Ruleset, ...]

    @classmethod
    def of(cls, name: str, profile: Profile, text: BindingText) -> Side:
        """Take a text as it binds."""
        return cls(name=name, profile=profile, rulesets=text.rulesets)

    def as_floor(self) -> Side:
        """Take a text as it binds one that may only tighten it: its silence never counts."""
        first, *rest = self.rulesets
        silent = frozenset(first.vocabulary.actions)
        return replace(self, rulesets=(replace(first, silence_allows=silent), *rest))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One rule that makes one text stricter than the other, with a request under which it does.

    `first` and `second` are the outcomes under the two texts; `rule` is the statement of the stricter one that decides,
    or `silence`, `standing` or `unknown act`.
    """

    action: str
    first: Outcome
    second: Outcome
    rule: str
    cite: tuple[str, ...]
    request: Mapping[str, Any]

    @property
    def laxer(self) -> bool:
        """Say whether the second text is the laxer one here."""
        return self.second.strictness < self.first.strictness


@dataclass(frozen=True, slots=True, kw_only=True)
class ActCompared:
    """How two texts stand to each other on one act, and what was not decided.

    `bounded` are facts of which only lists of a few records were tried.
    """

    action: str
    relation: Relation
    differences: tuple[Difference, ...]
    undecided: tuple[str, ...] = ()
    bounded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two texts stand to each other."""

    first: str
    second: str
    relation: Relation
    acts: tuple[ActCompared, ...]
    not_covered: tuple[str, ...]


def compare(
    first: Side,
    second: Side,
    *,
    actions: Iterable[str] = (),
    seconds: float = SECONDS,
    solver: Solver | None = None,
    each: bool = True,
    floor: bool = False,
) -> Comparison:
    """Hold two texts against each other on all acts, or on some; without `each` one difference a direction is enough.

    With `floor` the first is taken as a floor of the second, and only asked is where the second is laxer.

    `seconds` of processor time are given to each act; what is not decided by then goes to the `solver`, if there is
    one, and is else said to be undecided.
    """
    steps = one_act(first, second, actions=actions, seconds=seconds, solver=solver, each=each, floor=floor)
    return joined(first, second, [act for _, act in steps])


def one_act(
    first: Side,
    second: Side,
    *,
    actions: Iterable[str] = (),
    seconds: float = SECONDS,
    solver: Solver | None = None,
    each: bool = True,
    floor: bool = False,
) -> Iterator[tuple[int, ActCompared]]:
    """Yield how two texts stand to each other act by act, as `compare` does, each with how many there are."""
    first = first.as_floor() if floor else first
    own = sorted({act for side in (first, second) for act in side.rulesets[0].vocabulary.actions})
    own = [act for act in own if not floor or act in first.rulesets[0].vocabulary.actions]
    asked = tuple(actions) or tuple(own)
    looked = Instants((*first.rulesets, *second.rulesets), asked)
    for action in asked:
        yield len(asked), _Act(looked, first, second, action, seconds, solver).compared(each=each, floor=floor)


def joined(first: Side, second: Side, acts: Iterable[ActCompared]) -> Comparison:
    """Join what was found on each act."""
    several = tuple(acts)
    bounded = sorted({name for act in several for name in act.bounded})
    told = [f"records: no more than {TOGETHER} at once were tried on {', '.join(bounded)}"] if bounded else []
    return Comparison(
        first=first.name,
        second=second.name,
        relation=joint(act.relation for act in several),
        acts=several,
        not_covered=(*not_covered((*first.rulesets, *second.rulesets)), *told),
    )


def joint(relations: Iterable[Relation]) -> Relation:
    """Join how texts stand on several acts."""
    found = {one for one in relations if one is not Relation.EQUIVALENT}
    if Relation.BOTH in found or {Relation.LAXER, Relation.STRICTER} <= found:
        return Relation.BOTH
    if Relation.UNDECIDED in found:
        return Relation.UNDECIDED
    return found.pop() if found else Relation.EQUIVALENT


def outcome(rulesets: Sequence[Ruleset], raw: Mapping[str, Any]) -> Outcome:
    """Decide a request by the reference evaluator, under a text and its floors."""
    return _outcome(rulesets, read_request(dict(raw)))


def _outcome(rulesets: Sequence[Ruleset], request: Request) -> Outcome:
    if request.action not in rulesets[0].vocabulary.actions:
        return Outcome.DENY
    first, *floors = rulesets
    own = reference.outcome(first, request)
    return strictest([own, *(reference.outcome(floor, request, with_lifecycle=False) for floor in floors)])


def judgements(rulesets: Sequence[Ruleset], raw: Mapping[str, Any], *, trace: bool = False) -> list[Judgement]:
    """Return what a text and each of its floors says of a request."""
    request = read_request(dict(raw))
    first, *floors = rulesets
    own = reference.judge(first, request, trace=trace)
    return [own, *(reference.judge(floor, request, with_lifecycle=False, trace=trace) for floor in floors)]


class _Act:
    """Two texts on one act."""

    def __init__(
        self,
        looked: Instants,
        first: Side,
        second: Side,
        action: str,
        seconds: float,
        solver: Solver | None,
    ) -> None:
        self.sides = (first, second)
        self.action = action
        self.seconds = seconds
        start = (0, len(first.rulesets))
        self.gates = tuple(looked.gates.of(s.rulesets, action, at) for s, at in zip(self.sides, start, strict=True))
        shapes = [[shape(looked.usual, gate) for gate in several] for several in self.gates]
        # What both texts say alike makes no difference.
        self.asked = [
            [gate for gate, one in zip(self.gates[n], shapes[n], strict=True) if one not in shapes[1 - n]]
            for n in range(2)
        ]
        self.both = (*self.gates[0], *self.gates[1])
        self.solver = solver
        self._spaces = looked.of(self.both)
        self._grounds: list[Ground] = []

    def grounds(self) -> Iterator[Ground]:
        """Yield the grounds at every instant that can matter, each made when it is first needed."""
        yield from self._grounds
        for space in self._spaces:
            self._grounds.append(Ground(space, self.both, self.action, self.solver))
            yield self._grounds[-1]

    def compared(self, *, each: bool, floor: bool) -> ActCompared:
        until = time.process_time() + self.seconds
        found: list[Difference] = []
        undecided: dict[str, None] = {}
        bounded: dict[str, None] = {}
        for stricter in range(1 if floor else 2):
            postponed: list[Gate] = []
            # Where one difference is enough, what takes long waits until nothing quicker has shown one.
            for gate in itertools.chain(self.asked[stricter], _as_they_come(postponed)):
                deeply = each or gate in postponed
                answer, difference = self._difference(gate, stricter, until, deeply=deeply, plainly=each)
                if difference is not None:
                    found.append(difference)
                    if not each:
                        break
                    continue
                if answer is not None and answer.postponed:
                    postponed.append(gate)
                    continue
                bounded |= dict.fromkeys(answer.bounded if answer is not None else ())
                if answer is not None and answer.why is not None:
                    told = UNDECIDED[answer.why].format(seconds=self.seconds)
                    undecided[f"`{name_of(gate)}` of {self.sides[stricter].name}: {told}"] = None
        laxer, tighter = (any(one.laxer is way for one in found) for way in (True, False))
        relation = (
            Relation.BOTH
            if laxer and tighter
            else Relation.UNDECIDED
            if undecided
            else Relation.LAXER
            if laxer
            else Relation.STRICTER
            if tighter
            else Relation.EQUIVALENT
        )
        return ActCompared(
            action=self.action,
            relation=relation,
            differences=tuple(found),
            undecided=tuple(undecided),
            bounded=tuple(bounded),
        )

    def _difference(
        self, gate: Gate, stricter: int, until: float, *, deeply: bool, plainly: bool
    ) -> tuple[Answer | None, Difference | None]:
        """Look for a request that a gate stops and the other text does not; `plainly` the plainest of them."""
        last: Answer | None = None
        for ground in self.grounds():
            for wanted in sorted({level for level in gate.levels if level}, reverse=True):
                bounds = [Bound(gate, wanted, 2), *(Bound(o, 0, wanted - 1) for o in self.gates[1 - stricter])]
                answer = ground.find(bounds, until, deeply=deeply)
                if answer.part is None:
                    last = answer if answer.why is not None or answer.postponed or last is None else last
                    continue
                plainer = self._plainer(ground, gate, stricter, wanted, until) if plainly else None
                for part in (plainer, answer.part):
                    difference = self._replayed(gate, stricter, part, ground) if part is not None else None
                    if difference is not None:
                        return None, difference
                last = Answer(why=Why.TOGETHER)
        return last, None

    def _plainer(self, ground: Ground, gate: Gate, stricter: int, wanted: int, until: float) -> Part | None:
        """Return a request that the other text allows and that nothing else of the stricter text stops."""
        allowed = [Bound(o, 0, 0) for o in self.gates[1 - stricter]]
        alone = [Bound(o, 0, 0) for o in self.gates[stricter] if o is not gate]
        for others in (alone, []):
            found = ground.find([Bound(gate, wanted, wanted), *allowed, *others], until).part
            if found is not None:
                return found
        return None

    def _replayed(self, gate: Gate, stricter: int, part: Part, ground: Ground) -> Difference | None:
        raw = raw_request(self.action, ground.space.at, part)
        request = read_request(dict(raw))
        first, second = (_outcome(side.rulesets, request) for side in self.sides)
        if (first, second)[stricter].strictness <= (first, second)[1 - stricter].strictness:
            return None
        return Difference(
            action=self.action,
            first=first,
            second=second,
            rule=name_of(gate),
            cite=gate.origin.cite if gate.origin is not None else (),
            request=raw,
        )


def _as_they_come(gates: list[Gate]) -> Iterator[Gate]:
    """Yield the gates that are in the list by the time they are asked for."""
    yield from gates


def name_of(gate: Gate) -> str:
    """Return the statement of a gate, or what it is where it is no statement."""
    return gate.origin.id if gate.origin is not None else gate.kind


def not_covered(rulesets: Sequence[Ruleset]) -> tuple[str, ...]:
    """Say what no search over single requests sees."""
    told = ["obligations, warnings and the wording of answers: only outcomes are compared"]
    specs = [spec for ruleset in rulesets for spec in ruleset.specs.values()]
    functions = {getattr(spec, "function", "") for spec in specs}
    if functions & {"count", "any", "first", "latest"}:
        told.append("history: counts of earlier acts are taken as any number, not worked out from a log")
    if "defects" in functions:
        told.append("free text: what is wrong with a reason is taken as recorded, not read from the text")
    if any(ruleset.schedules for ruleset in rulesets):
        told.append("recurring duties: when they fall due is compared by nothing here")
    return tuple(told)


__all__ = [
    "SECONDS",
    "UNDECIDED",
    "USUAL_TIME",
    "ActCompared",
    "Comparison",
    "Difference",
    "Relation",
    "Side",
    "compare",
    "joined",
    "judgements",
    "not_covered",
    "one_act",
    "outcome",
]
