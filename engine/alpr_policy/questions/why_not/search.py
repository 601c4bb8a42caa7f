"""The search: of what stands in the way, one gate after the other is opened, the smallest sets first.

Any set that leads to allow opens each gate that stands; so it holds one of that gate's smallest openers, and nothing is
missed by going on from these alone. Every set that is told was decided by the reference evaluator: with it the act is
allowed, and without any one of its elements it is not.
"""

from __future__ import annotations

import dataclasses
import heapq
import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from alpr_policy.evaluators.symbolic.gates import Gate
from alpr_policy.ir.nodes import Freeze, Keep
from alpr_policy.meaning.records import telling_words
from alpr_policy.model.decision import Decision, Outcome
from alpr_policy.model.request import Request
from alpr_policy.questions.compare import name_of
from alpr_policy.questions.decide import Evaluator, PolicyDecisionPoint
from alpr_policy.questions.testing.running import texts_of
from alpr_policy.questions.texts import BindingText
from alpr_policy.questions.why_not.elements import Element, applied, wire
from alpr_policy.questions.why_not.openers import NOTHING, Set, Ways, rank
from alpr_policy.source import NOWHERE, Span
from alpr_policy.vocabulary import FactKind

SECONDS, MOST, MOST_STATES = 5.0, 12, 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """A statement that nothing here can move: whose, which, on which clauses, where; or `silence` and the like."""

    profile: str
    rule: str
    cite: tuple[str, ...]
    place: Span = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Helped:
    """A smallest set that would lead to allow, and the answer then."""

    elements: tuple[Element, ...]
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """What would help, the smallest sets first.

    `barred` are statements that nothing can move. `complete` says that there is no other smallest set, of the values
    that tests can tell apart; without it the search was ended.
    """

    request: Request
    decision: Decision
    sets: tuple[Helped, ...]
    barred: tuple[Barred, ...] = ()
    complete: bool = True


def why_not(
    pdp: PolicyDecisionPoint,
    request: Request,
    *,
    departments: Iterable[str] = (),
    as_if: Sequence[str] = (),
    seconds: float = SECONDS,
    most: int = MOST,
) -> WhyNot:
    """Return the smallest sets of facts and steps that would turn an answer into allow.

    The search ends after `seconds` of processor time, or with `most` sets. Of an act that is allowed there are none.
    """
    names = tuple(dict.fromkeys((*request.departments, *departments)))
    asked = dataclasses.replace(request, departments=names)
    return _Search(pdp, asked, tuple(as_if), seconds, most).answer()


class _Search:
    def __init__(
        self, pdp: PolicyDecisionPoint, request: Request, as_if: tuple[str, ...], seconds: float, most: int
    ) -> None:
        self.pdp = pdp
        self.request = request
        self.as_if = as_if
        self.most = most
        self.seconds = seconds
        self.reference = PolicyDecisionPoint(pdp.catalog, evaluator=Evaluator.REFERENCE)
        self.reference.texts = pdp.texts
        self.complete = True

    def decided(self, elements: Iterable[Element], *, surely: bool = True) -> Decision:
        """Decide the request with some elements so: `surely` by the reference."""
        point = self.reference if surely else self.pdp
        return point.decide(applied(self.request, elements), as_if=self.as_if)

    def answer(self) -> WhyNot:
        decision = self.decided(())
        texts = texts_of(self.pdp, self.request, self.as_if)
        asked = len(dict.fromkeys(self.as_if or self.request.departments))
        judged = not self.request.fatal and len(texts) == asked and bool(texts)
        known = judged and all(self.request.action in text.own.vocabulary.actions for text in texts)
        if decision.outcome is Outcome.ALLOW or not known:
            return WhyNot(request=self.request, decision=decision, sets=())
        words = frozenset(w for text in texts for w in telling_words(text.own.vocabulary)) if len(texts) > 1 else set()
        ways = Ways(self.request, [text.rulesets for text in texts], frozenset(words))
        start = ways.state(NOTHING)
        blocked = ways.blocked(start)
        barred = [gate for gate in blocked if not ways.openers(gate, start)]
        found = [] if barred else self._found(ways, time.process_time() + self.seconds)
        # Where each gate by itself could be opened, and all together not, all of them bar the act.
        barred = barred or (blocked if self.complete and not found else [])
        # An answer of needs promises that something can help, so where nothing was found the search fell short.
        short = decision.outcome is Outcome.NEEDS and not found
        return WhyNot(
            request=self.request,
            decision=decision,
            sets=tuple(self._joined(found, texts)),
            barred=tuple(dict.fromkeys(one for gate in barred for one in _barred(gate, ways, decision))),
            complete=self.complete and not ways.cut and not short,
        )

    def _found(self, ways: Ways, until: float) -> list[Set]:
        """Go through sets in order of their size, each time opening the gate with the fewest ways."""
        count = itertools.count()
        queue: list[tuple[int, int, int, Set]] = [(0, 0, next(count), NOTHING)]
        seen: set[Set] = {NOTHING}
        found: list[Set] = []
        for _ in range(MOST_STATES):
            if not queue:
                return found
            if time.process_time() > until or len(found) >= 4 * self.most:
                break
            chosen = heapq.heappop(queue)[3]
            if any(one <= chosen for one in found):
                continue
            state = ways.state(chosen)
            blocked = ways.blocked(state)
            if not blocked:
                if self._is_least(chosen):
                    found.append(chosen)
                continue
            for more in min((ways.openers(gate, state) for gate in blocked), key=len):
                wider = chosen | more
                if wider not in seen:
                    seen.add(wider)
                    size, far, _told = rank(wider)
                    heapq.heappush(queue, (size, far, next(count), wider))
        self.complete = False
        return found

    def _is_least(self, chosen: Set) -> bool:
        """Say whether the reference allows it with all of a set, and not without any one of it."""
        if self.decided(chosen).outcome is not Outcome.ALLOW:
            return False
        return all(self.decided(chosen - {one}).outcome is not Outcome.ALLOW for one in chosen)

    # Putting together what is one and the same but for a value

    def _joined(self, found: list[Set], texts: Sequence[BindingText]) -> Iterator[Helped]:
        groups: dict[object, list[Set]] = {}
        for one in found:
            groups.setdefault(frozenset(_told(e) for e in one), []).append(one)
        told: list[tuple[Element, ...]] = []
        for several in groups.values():
            first = several[0]
            if len(several) > 1 and not self._free(several):
                told += [self._widened(one, texts) for one in several]
            else:
                told.append(_with(self._widened(first, texts), several))
        told.sort(key=lambda one: rank(frozenset(one))[:2])
        self.complete = self.complete and len(told) <= self.most
        for elements in told[: self.most]:
            yield Helped(elements=elements, decision=self.decided(elements))

    def _free(self, several: list[Set]) -> bool:
        """Say whether sets differ in the value of one fact at most, which can be told in one."""
        values: dict[str, set[str]] = {}
        for e in (e for one in several for e in one if e.is_fact):
            values.setdefault(e.name, set()).add(repr(e.value))
        return sum(len(v) > 1 for v in values.values()) <= 1

    def _widened(self, chosen: Set, texts: Sequence[BindingText]) -> tuple[Element, ...]:
        """Name for each fact all values of its list that would do as well, with the rest as it is."""
        wide = []
        for one in sorted(chosen, key=lambda e: (e.way.distance, e.name, repr(e.value), e.record or "")):
            others: list[Any] = []
            for value in _values(one, texts):
                swapped = (chosen - {one}) | {dataclasses.replace(one, value=value)}
                if value != one.value and self.decided(swapped, surely=False).outcome is Outcome.ALLOW:
                    others.append(value)
            wide.append(dataclasses.replace(one, other=tuple(others)))
        return tuple(wide)


def _with(elements: tuple[Element, ...], several: list[Set]) -> tuple[Element, ...]:
    """Add the values that a fact has in sets which are else the same."""
    found = []
    for one in elements:
        here = (e.value for other in several for e in sorted(other, key=repr) if e.is_fact and e.name == one.name)
        more = [value for value in here if one.is_fact and value not in (one.value, *one.other)]
        found.append(dataclasses.replace(one, other=(*one.other, *dict.fromkeys(more))))
    return tuple(found)


def _told(one: Element) -> tuple[str, bool, str]:
    """Return what tells two elements apart for whoever reads them: who in person signs, and when, does not."""
    rest = one.without("by").without("at").record if one.record is not None else None
    return one.name, one.empty, rest or ""


def _values(one: Element, texts: Sequence[BindingText]) -> list[Any]:
    words = texts[0].own.vocabulary
    fact = words.facts.get(one.name) if one.is_fact else None
    if fact is None or fact.kind not in (FactKind.ENUM, FactKind.SET):
        return []
    values = sorted(words.values_of(fact))
    if fact.kind is FactKind.ENUM:
        return list(values)
    return [wire(frozenset({value})) for value in values] if len(one.value or ()) == 1 else []


def _barred(gate: Gate, ways: Ways, decision: Decision) -> Iterator[Barred]:
    """Yield what a gate is; for the standing of stored data, the statements that decided it."""
    profile, origin = ways.views[gate.view].profile, gate.origin
    if origin is not None:
        yield Barred(profile=profile, rule=origin.id, cite=origin.cite, place=origin.place)
        return
    kept: tuple[Keep | Freeze, ...] = (*gate.keeping[0], *gate.keeping[1]) if gate.keeping is not None else ()
    decided = {reason.rule for reason in decision.reasons if reason.profile == profile}
    several = [one.origin for one in kept if one.origin.id in decided]
    for one in several:
        yield Barred(profile=profile, rule=one.id, cite=one.cite, place=one.place)
    if not several:
        yield Barred(profile=profile, rule=name_of(gate), cite=())
