"""The conditions of a statement as its author wrote them, each test of a fact by itself, ready to be watched.

A condition counts only where it has a say: an `unless` where the `when` does not rule the statement out already, what
must hold where the statement applies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from alpr_policy.durations import CalendarSpan
from alpr_policy.ir.conditions import Conditions, age_atom, both, clock_fact
from alpr_policy.ir.lower import applies
from alpr_policy.ir.nodes import TRUE, All, Always, Any, Atom, Cond, Hole, Not, Op
from alpr_policy.ir.pretty import condition_text
from alpr_policy.meaning.truth import Truth, truth
from alpr_policy.model.condition import AllOf, AnyOf, Condition, NotOf, ParameterRef, Test
from alpr_policy.model.profile import Profile
from alpr_policy.model.statements import (
    Approval,
    Check,
    Document,
    Hold,
    KeepingStatement,
    Prohibition,
    Requirement,
    Retention,
    Statement,
)
from alpr_policy.model.words import words_of
from alpr_policy.source import Span

Vector = tuple[Truth, ...]
POSSIBLE: frozenset[Truth] = frozenset({True, None})
SURE: frozenset[Truth] = frozenset({True})


@dataclass(frozen=True, slots=True)
class Leaf:
    """One test of a fact: lowered, in words, and where it stands."""

    cond: Cond
    text: str
    place: Span

    @property
    def counted(self) -> bool:
        """Say whether requests can change it: what a parameter settles, or leaves open, is no test's business."""
        return not isinstance(self.cond, Always | Hole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One condition of a statement: its leaves, how they are joined, and where it has a say.

    `tree` names each leaf by its number. It counts where `guard` comes to one of `where`.
    """

    statement: str
    name: str
    leaves: tuple[Leaf, ...]
    tree: Cond
    guard: Cond
    where: frozenset[Truth]

    def seen(self, evaluate: Callable[[Cond], Truth]) -> Vector | None:
        """Return the truth of each leaf, or None where the condition has no say."""
        if evaluate(self.guard) not in self.where:
            return None
        return tuple(evaluate(leaf.cond) for leaf in self.leaves)

    def outcome(self, vector: Sequence[Truth]) -> Truth:
        """Return what the condition comes to where its leaves come to this."""
        return truth(self.tree, lambda atom: vector[int(atom.fact)])

    def decides(self, leaf: int, vector: Vector) -> bool:
        """Say whether one leaf alone settles the condition, as the others stand."""
        known = [self.outcome([*vector[:leaf], way, *vector[leaf + 1 :]]) for way in (True, False)]
        return None not in known and known[0] is not known[1]


@dataclass(frozen=True, slots=True)
class Shown:
    """That a leaf was seen to change its condition: two vectors, and whether they differ in nothing else."""

    true: Vector
    false: Vector
    alone: bool


def shown(probe: Probe, leaf: int, vectors: Iterable[Vector]) -> Shown | None:
    """Return a pair of vectors in which a leaf decides, once true and once false: masking MC/DC.

    Where there is one, the pair differs in this leaf alone, which is the stricter unique-cause MC/DC.
    """
    deciding = [v for v in vectors if v[leaf] is not None and probe.decides(leaf, v)]
    true, false = ([v for v in deciding if v[leaf] is way] for way in (True, False))
    if not true or not false:
        return None
    others = set(false)
    for one in true:
        other = (*one[:leaf], False, *one[leaf + 1 :])
        if other in others:
            return Shown(one, other, True)
    return Shown(true[0], false[0], False)


def probes(profile: Profile) -> Mapping[str, tuple[Probe, ...]]:
    """Return the conditions of each statement of a checked profile, by its id."""
    conditions = Conditions(profile, words_of(profile), ZoneInfo(profile.timezone))
    return {one.id: tuple(_Maker(profile, conditions, one).made()) for one in profile.statements}


class _Maker:
    """Makes the probes of one statement."""

    def __init__(self, profile: Profile, conditions: Conditions, statement: Statement) -> None:
        self.profile = profile
        self.conditions = conditions
        self.statement = statement

    def made(self) -> Iterator[Probe]:
        one = self.statement
        when = self.conditions.lower(one.when, TRUE)
        about: list[Cond] = []
        if isinstance(one, KeepingStatement):
            for key, op, fact in (("data", Op.HAS_ANY, "data.classes"), ("custodian", Op.IN, "data.custodian")):
                if values := getattr(one, key):
                    atom = Atom(fact, op, frozenset(values))
                    yield self._single(key, atom, both(*about), POSSIBLE)
                    about.append(atom)
        yield from self._written("when", one.when, both(*about), POSSIBLE)
        yield from self._written("unless", one.unless, both(*about, when), POSSIBLE)
        whole = applies(self.profile, one)
        yield from self._own(one, whole)
        for name in ("must", "keep_until", "purge_when", "until"):
            yield from self._written(name, getattr(one, name, None), whole, SURE)
        if isinstance(one, Requirement | Check) and one.or_afterwards is not None:
            yield from self._written("or_afterwards", one.or_afterwards.when, whole, SURE)

    def _own(self, one: Statement, whole: Cond) -> Iterator[Probe]:
        """What a statement asks for without a condition being written: an approval, a check, a span of time."""
        match one:
            case Prohibition(excused_by=excuse) if excuse is not None:
                yield self._state("excused_by", f"exception.{one.id}", "granted", whole)
            case Approval():
                yield self._state("by", f"approval.{one.id}", "granted", whole)
            case Check():
                yield self._state("check", f"check.{one.id}", "passed", whole)
            case Document():
                yield self._state("document", f"document.{one.id}", "complete", whole)
            case Hold(basis=str()):
                yield self._state("basis", f"hold.{one.id}", "active", whole)
            case Retention():
                clock = clock_fact(one)
                for key, op in (("at_least", Op.AT_LEAST), ("at_most", Op.MORE_THAN)):
                    span = self._span(getattr(one, key))
                    if span is not None:
                        yield self._single(key, age_atom(clock, op, span), whole, SURE)

    def _span(self, value: object) -> CalendarSpan | Hole | None:
        if isinstance(value, ParameterRef):
            parameter = self.profile.parameters.get(value.name)
            filled = parameter.value if parameter is not None else None
            return filled if isinstance(filled, CalendarSpan) else Hole(value.name)
        return value if isinstance(value, CalendarSpan) else None

    def _state(self, name: str, fact: str, wanted: str, whole: Cond) -> Probe:
        return self._single(name, Atom(fact, Op.IN, frozenset({wanted})), whole, SURE)

    def _single(self, name: str, cond: Cond, guard: Cond, where: frozenset[Truth]) -> Probe:
        leaf = Leaf(cond, condition_text(cond), self._place(name))
        return self._probe(name, [leaf], _numbered(0), guard, where)

    def _place(self, name: str) -> Span:
        return self.statement.spans.get(name, self.statement.span)

    def _probe(self, name: str, leaves: list[Leaf], tree: Cond, guard: Cond, where: frozenset[Truth]) -> Probe:
        return Probe(statement=self.statement.id, name=name, leaves=tuple(leaves), tree=tree, guard=guard, where=where)

    def _written(self, name: str, condition: Condition | None, guard: Cond, where: frozenset[Truth]) -> Iterator[Probe]:
        if condition is not None:
            leaves: list[Leaf] = []
            tree = self._tree(condition, leaves)
            yield self._probe(name, leaves, tree, guard, where)

    def _tree(self, condition: Condition, leaves: list[Leaf]) -> Cond:
        match condition:
            case AllOf(of=parts):
                return All(tuple(self._tree(part, leaves) for part in parts))
            case AnyOf(of=parts):
                return Any(tuple(self._tree(part, leaves) for part in parts))
            case NotOf(of=part):
                return Not(self._tree(part, leaves))
            case Test():
                found: list[Cond] = []
                for matcher in condition.matchers:
                    lowered = self.conditions.lower(Test(condition.fact, (matcher,)), TRUE)
                    found.append(_numbered(len(leaves)))
                    leaves.append(Leaf(lowered, condition_text(lowered), condition.span))
                return found[0] if len(found) == 1 else All(tuple(found))


def _numbered(number: int) -> Atom:
    return Atom(str(number), Op.NONE)
