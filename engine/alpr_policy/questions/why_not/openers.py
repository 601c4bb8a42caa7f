"""What would open one gate that stands between an act and its being allowed: the smallest sets of elements."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from alpr_policy.evaluators.symbolic.classes import Space
from alpr_policy.evaluators.symbolic.gates import Gate, gates, level
from alpr_policy.evaluators.symbolic.making import Maker
from alpr_policy.evaluators.symbolic.parts import REQUESTER, UNKNOWN
from alpr_policy.evaluators.symbolic.seeds import seeds
from alpr_policy.evaluators.symbolic.sights import tests_of
from alpr_policy.evaluators.symbolic.truths import mask_of
from alpr_policy.ir.nodes import (
    All,
    Any,
    ApprovalSpec,
    Atom,
    CheckSpec,
    Cond,
    DerivedSpec,
    DocumentSpec,
    HoldSpec,
    Not,
    Require,
    Ruleset,
    Sure,
)
from alpr_policy.meaning.facts import Facts
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.parts import facts_of
from alpr_policy.meaning.standing import Held, Kept, lifecycle, with_open_end
from alpr_policy.meaning.truth import Truth, truth
from alpr_policy.model.request import Request
from alpr_policy.model.values import Unknown
from alpr_policy.questions.why_not.elements import Element, Way, applied, fits, records_of, way_of, wire
from alpr_policy.vocabulary import Fact, FactKind

Set = frozenset[Element]
NOTHING: Set = frozenset()
MOST_SETS, MOST_TOGETHER = 300, 2
# What a record may say beyond what is asked of it.
PLAIN = ("purpose", "scope", "source", "issued_by", "capacity")
RecordSpec = ApprovalSpec | CheckSpec | DocumentSpec | HoldSpec


@dataclass(slots=True)
class State:
    """A request with what is supposed of it, as each ruleset sees it."""

    chosen: Set
    request: Request
    facts: tuple[Facts, ...]

    def evaluate(self, view: int, cond: Cond) -> Truth:
        """Return the truth of a condition."""
        facts = self.facts[view]
        return truth(cond, lambda atom: matches(atom, facts.value(atom.fact)))


class Ways:
    """Everything that could be otherwise about one request, and what of it opens which gate."""

    def __init__(self, request: Request, texts: Sequence[Sequence[Ruleset]], words: frozenset[str]) -> None:
        """Look at a request under several texts, each with its floors; `words` are those that records may hold."""
        self.request = request
        self.words = words
        self.views = tuple(one for text in texts for one in text)
        self.gates = tuple(_all_gates(texts, request.action))
        self.space = Space(self.views, request.at)
        self.tests = {t for gate in self.gates for cond in gate.conds for t in tests_of(self.space, gate.view, cond)}
        name = request.facts.get("requester.id")
        self.requester = name if isinstance(name, str) else None
        self.cut = False
        self.mended = frozenset(self._mended(request.action))
        self._choices: dict[str, list[Element]] = {}
        self._steps: dict[tuple[int, str], list[Set]] = {}

    def _mended(self, action: str) -> Iterator[str]:
        """Yield the recorded facts that the requirements on an act ask to be so."""
        for number, view in enumerate(self.views):
            for rule in view.rules:
                if action in rule.actions and isinstance(rule, Require):
                    for fact in facts_of(rule.met) | facts_of(rule.excused):
                        yield from self.space.leaves(number, fact)

    def state(self, chosen: Set) -> State:
        """Return the request with some elements so."""
        request = applied(self.request, chosen)
        return State(chosen, request, tuple(Facts(request, view, self.words) for view in self.views))

    def blocked(self, state: State) -> list[Gate]:
        """Return the gates that stand in the way."""
        return [gate for gate in self.gates if self.level(gate, state)]

    def level(self, gate: Gate, state: State) -> int:
        """Return 0 where a gate lets pass, 1 where it asks, 2 where it denies."""
        if gate.keeping is None:
            return level(gate, mask_of(state.evaluate(gate.view, gate.cond)))
        keeps, freezes, purging = gate.keeping

        def ask(cond: Cond) -> Truth:
            return state.evaluate(gate.view, cond)

        kept = [Kept(k, ask(k.applies), ask(k.unreached), ask(k.passed)) for k in keeps]
        held = [Held(f, ask(f.active), ask(with_open_end(f.active))) for f in freezes]
        life = lifecycle(kept, held)
        return level(gate, mask_of(life.purge if purging else life.store))

    def openers(self, gate: Gate, state: State) -> list[Set]:
        """Return the smallest sets of elements, beside those chosen, under which a gate that stands lets pass."""
        wanted = gate.levels[2] == 0
        found = self._make(gate.view, passing(gate), wanted, state)
        return [one for one in found if one and not self.level(gate, self.state(state.chosen | one))]

    def _make(self, view: int, cond: Cond, wanted: bool, state: State) -> list[Set]:
        """Return what would make a condition true, or false."""
        if state.evaluate(view, cond) is wanted:
            return [NOTHING]
        match cond:
            case Atom():
                return self._atom(view, cond, wanted, state)
            case Not(of=part):
                return self._make(view, part, not wanted, state)
            case Sure(of=part):
                return self._make(view, part, wanted, state)
            case All(of=parts) | Any(of=parts):
                ways = (self._make(view, part, wanted, state) for part in parts)
                if isinstance(cond, All) is wanted:
                    return self._every(ways)
                return self._few({one for several in ways for one in several})
        return []

    def _every(self, ways: Iterable[list[Set]]) -> list[Set]:
        """Join one way of each, where they go together."""
        found: set[Set] = {NOTHING}
        for several in ways:
            found = set(self._few({one | other for one in found for other in several if fits(one, other)}))
            if not found:
                return []
        return self._few(found)

    def _few(self, found: set[Set]) -> list[Set]:
        """Return the sets that hold no other one, the smallest first."""
        kept: list[Set] = []
        for one in sorted(found, key=rank):
            if len(kept) >= MOST_SETS:
                self.cut = True
                break
            if not any(other <= one for other in kept):
                kept.append(one)
        return kept

    def _atom(self, view: int, atom: Atom, wanted: bool, state: State) -> list[Set]:
        """Return what would make one test of a fact come out as wanted."""
        candidates = [one for one in self.candidates(view, atom.fact) if fits(one, state.chosen)]
        candidates = [one - state.chosen for one in candidates if not one <= state.chosen]
        found: set[Set] = set()
        for size in range(1, MOST_TOGETHER + 1):
            for several in itertools.combinations(candidates, size):
                whole = _united(several)
                if whole is None or any(one <= whole for one in found):
                    continue
                if self.state(state.chosen | whole).evaluate(view, atom) is wanted:
                    found.add(self._least(whole, view, atom, wanted, state))
        if not found and len({name for one in candidates for name in _named(one)}) > MOST_TOGETHER:
            self.cut = True
        return self._few(found)

    def _least(self, whole: Set, view: int, atom: Atom, wanted: bool, state: State) -> Set:
        """Leave out what is not needed: the part of a check that was done already, a purpose that nobody asks for."""

        def will_do(less: Set) -> bool:
            return self.state(state.chosen | less).evaluate(view, atom) is wanted

        for one in sorted(whole, key=repr):
            less = whole - {one}
            if less and will_do(less):
                whole = less
        for one in sorted((e for e in whole if e.record is not None), key=repr):
            for key in PLAIN:
                if key in one.raw and will_do((whole - {one}) | {one.without(key)}):
                    whole = (whole - {one}) | {one.without(key)}
                    one = one.without(key)
        return whole

    # What could be otherwise

    def candidates(self, view: int, fact: str) -> list[Set]:
        """Return the single things that could be otherwise about what a fact is worked out from."""
        leaves = sorted(self.space.leaves(view, fact))
        recorded = [leaf for leaf in leaves if ":" not in leaf]
        if len(recorded) > 1:
            # What is worked out is left to what it is worked out from, unless it was stated against that.
            recorded = [leaf for leaf in recorded if leaf != fact or leaf in self.request.facts]
        if self.requester is None and isinstance(self.views[view].specs.get(fact), RecordSpec):
            # A record can be made out to somebody only once it is known who asks.
            recorded = list(dict.fromkeys((*recorded, "requester.id")))
        found = [frozenset({one}) for leaf in recorded for one in self._values(view, leaf)]
        kinds = dict.fromkeys(leaf.partition(":")[0] for leaf in leaves if ":" in leaf)
        return found + [one for kind in kinds for one in self._anew(view, kind)] + self._records(view, fact)

    def _anew(self, view: int, kind: str) -> Iterator[Set]:
        """Yield that a list of records is told anew, where none was given or a word in it is not known."""
        given = getattr(self.request, kind, ())
        if isinstance(Facts(self.request, self.views[view], self.words).records(kind), Unknown):
            yield frozenset({Element(Way.SUPPLY if given is None else Way.MEND, kind, empty=True)})

    def _values(self, view: int, name: str) -> list[Element]:
        """Return each value that a recorded fact could have, one of each class."""
        if name not in self._choices:
            words = self.views[view].vocabulary
            fact = words.facts.get(name)
            way = way_of(fact, self.request, words, self.mended) if fact is not None else None
            found: dict[object, Element] = {}
            if fact is not None and way is not None:
                about = tuple(t for t in sorted(self.tests) if name in self.space.leaves(*self.space.tests[t][0]))
                maker = Maker(self.space, about, self.request.action)
                choices = maker.choices(name) if about else [REQUESTER] if name == "requester.id" else []
                for value in (*choices, *self._roles(view, fact)):
                    if value != UNKNOWN:
                        told = self.requester or REQUESTER if value == REQUESTER else wire(value)
                        element = Element(way, name, told)
                        found.setdefault(self._class(element, about), element)
                if about:
                    found.pop(self._class(None, about), None)
            self._choices[name] = list(found.values())
        return self._choices[name]

    def _roles(self, view: int, fact: Fact) -> list[frozenset[str]]:
        """Return the roles that a department's own facts are worked out from, each by itself."""
        if fact.list_name != "roles" or fact.kind is not FactKind.SET:
            return []
        named = {spec.role for spec in self.views[view].specs.values() if isinstance(spec, DerivedSpec) and spec.role}
        return [frozenset({role}) for role in sorted(named)]

    def _class(self, element: Element | None, about: Sequence[int]) -> object:
        """Return what tells two values of a fact apart: how its tests come out, where these read nothing else."""
        state = self.state(frozenset({element}) if element is not None else NOTHING)
        alone = []
        for test in about:
            (view, fact), atom = self.space.tests[test]
            if len(self.space.leaves(view, fact) - {fact}) > 1:
                return element
            alone.append(state.evaluate(view, atom))
        return tuple(alone)

    def _records(self, view: int, fact: str) -> list[Set]:
        """Return the steps that bring about the states of an approval, a check, a paper or a hold."""
        if (view, fact) not in self._steps:
            spec = self.views[view].specs.get(fact)
            found: dict[Set, None] = {}
            if isinstance(spec, RecordSpec):
                for part in seeds([spec], self.request.at, self.views[view].zone):
                    several = records_of(part, self.requester, self.request.at)
                    if several and not _spoils(several):
                        found[several] = None
            self._steps[view, fact] = list(found)
        return self._steps[view, fact]


def _spoils(several: Set) -> bool:
    """Say whether records are no step that anybody takes to be allowed something: a refusal, a failed check."""
    bad = {"refused", "pending", "fail", "unclear"}
    raws = [one.raw for one in several]
    return any(bad & {str(raw.get("decision")), str(raw.get("result"))} or "ended" in raw for raw in raws)


def _all_gates(texts: Sequence[Sequence[Ruleset]], action: str) -> Iterator[Gate]:
    first = 0
    for text in texts:
        yield from gates(text, action, first)
        first += len(text)


def passing(gate: Gate) -> Cond:
    """Return the condition of a gate; for the standing of stored data, when the act may be done (language.md §6).

    Its last part says of storing what `lifecycle` does: where no period keeps the data and none has run out, it must be
    known which statements and holds are about it.
    """
    if gate.keeping is None:
        return gate.cond
    keeps, freezes, purging = gate.keeping
    never = Any(tuple(k.applies for k in keeps if k.never))
    floors = Any(tuple(All((k.applies, k.unreached)) for k in keeps if not k.never))
    passed = Any(tuple(All((k.applies, k.passed)) for k in keeps if not k.never))
    about = Any(tuple(k.applies for k in keeps))
    held = Any(tuple(f.active for f in freezes))
    if purging:
        due = Any((never, All((Not(never), Any((passed, All((Not(passed), about))))))))
        return All((Not(floors), Not(held), due))
    lasting = Any(tuple(All((f.active, with_open_end(f.active))) for f in freezes))
    settled = All((Any((about, Not(about))), *(Any((f.active, Not(f.active))) for f in freezes)))
    return All((Not(never), Any((floors, lasting, All((Not(floors), Not(passed), settled))))))


def _named(one: Set) -> frozenset[str]:
    return frozenset(element.name for element in one)


def _united(several: Sequence[Set]) -> Set | None:
    whole = NOTHING
    for one in several:
        if not fits(whole, one):
            return None
        whole |= one
    return whole


def rank(one: Set) -> tuple[int, int, str]:
    """Order sets: few elements first, then what can be done now before what would be another act."""
    return len(one), sum(element.way.distance for element in one), repr(sorted(map(repr, one)))


__all__ = ["NOTHING", "Set", "State", "Ways", "passing", "rank"]
