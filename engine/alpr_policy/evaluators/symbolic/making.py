"""How the classes of one cluster are found: parts of requests are tried, and the meaning says what each comes to."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from alpr_policy.durations import CalendarSpan
from alpr_policy.evaluators.symbolic.clusters import Cluster, Home, ValueClass, Vector
from alpr_policy.evaluators.symbolic.listed import differing
from alpr_policy.evaluators.symbolic.parts import NOTHING, REQUESTER, UNKNOWN, Part, united
from alpr_policy.evaluators.symbolic.seeds import RecordSpec, seeds
from alpr_policy.evaluators.symbolic.truths import mask_of
from alpr_policy.evaluators.symbolic.values import moments, values
from alpr_policy.ir.nodes import ApprovalSpec, Atom, CheckSpec, DerivedSpec, DocumentSpec, HoldSpec, Op
from alpr_policy.meaning.facts import DAY_AGE_OF, Facts
from alpr_policy.meaning.match import matches
from alpr_policy.meaning.truth import U
from alpr_policy.model.listing import Listing
from alpr_policy.model.request import Request
from alpr_policy.model.values import ABSENT, Value
from alpr_policy.reading.records import RECORDS, read_record
from alpr_policy.vocabulary import Fact, FactKind
from alpr_policy.vocabulary.states import STATES

if TYPE_CHECKING:
    from alpr_policy.evaluators.symbolic.classes import Space

_MASKS = {truth: mask_of(truth) for truth in (False, U, True)}
MOST_PARTS, MOST_CLASSES, MOST_UNIONS, ROUNDS, TOGETHER = 4_000, 150, 6_000, 3, 4
_NO_RECORDS: dict[str, Any] = {"approvals": (), "checks": (), "documents": (), "holds": ()}


class Maker:
    """Makes one cluster."""

    def __init__(self, space: Space, tests: tuple[int, ...], action: str) -> None:
        """Make a cluster of some tests of a space, as they come out on an act."""
        self.space = space
        self.tests = tests
        self.action = action
        self.found = [space.tests[test] for test in tests]
        self.homes = tuple(dict.fromkeys(home for home, _ in self.found))
        self.views = sorted({view for view, _ in self.homes})
        self.specs = [
            (view, spec)
            for view, name in self.homes
            if isinstance(spec := space.views[view].specs.get(name), ApprovalSpec | CheckSpec | DocumentSpec | HoldSpec)
        ]
        self.lists: dict[str, list[Listing]] = {}
        for spec in self._derived():
            if spec.listing is not None:
                self.lists.setdefault(spec.name, []).append(spec.listing)
        for several in self.lists.values():
            if len(several) < len(self.views):
                # A text that lists nothing of it leaves it to be stated of everybody.
                several.append(dataclasses.replace(several[0], rows={}))
        self.listed, whole = differing(self.lists)
        # A list that speaks of the one who always asks leaves nobody of whom everything may be stated.
        self.cut = not whole or any(
            REQUESTER in key for several in self.lists.values() for one in several for key in one.rows
        )
        self.read: dict[int, tuple[Any, Any]] = {}

    def _derived(self) -> Iterator[DerivedSpec]:
        parts = {(view, leaf): None for view, name in self.homes for leaf in sorted(self.space.leaves(view, name))}
        for view, leaf in parts:
            spec = self.space.views[view].specs.get(leaf)
            if isinstance(spec, DerivedSpec):
                yield spec

    def made(self) -> Cluster:
        """Return the cluster, of records with what single seeds bring about."""
        known: dict[Vector, Part] = {}
        for part in self._facts():
            if self.specs:
                self._with_records(part, known)
            else:
                known.setdefault(self._truths(part), part)
        classes = tuple(ValueClass(truths, part) for truths, part in known.items())
        names = tuple(dict.fromkeys(name for _, name in self.homes))
        return Cluster(self.tests, names, classes, self._doubtful(known), self.cut)

    def choices(self, name: str) -> list[Any]:
        """Return values of one recorded fact for every way in which the tests of the cluster can come out."""
        return self._values(name, with_inputs=True)

    def _truths(self, part: Part) -> Vector:
        facts = self._seen(part)
        seen = {home: facts[home[0]].value(home[1]) for home in self.homes}
        return tuple([_MASKS[matches(atom, seen[home])] for home, atom in self.found])

    def _seen(self, part: Part) -> dict[int, Facts]:
        request = self._request(part)
        return {view: Facts(request, self.space.views[view]) for view in self.views}

    def _request(self, part: Part) -> Request:
        facts = {"requester.id": REQUESTER, "roles.absent": part.absent, **part.facts}
        if not part.records:
            return Request(action=self.action, at=self.space.at, facts=facts, **_NO_RECORDS)
        lists: dict[str, list[Any]] = {"approvals": [], "checks": [], "documents": [], "holds": []}
        for name, raw in part.records:
            found = lists.setdefault(name, [])
            if raw:
                if id(raw) not in self.read:
                    self.read[id(raw)] = (raw, read_record(RECORDS[name], raw))
                found.append(self.read[id(raw)][1])
        records: dict[str, Any] = {name: tuple(several) for name, several in lists.items()}
        return Request(action=self.action, at=self.space.at, facts=facts, **records)

    # Records

    def _with_records(self, facts: Part, known: dict[Vector, Part]) -> None:
        """Add the states that single seeds bring about, until each spec by itself has shown all of its own."""
        left = {(view, spec.name): self._ways(view, spec) for view, spec in self.specs}
        for part in itertools.chain((facts,), self._seeds(facts)):
            truths = self._truths(part)
            if truths in known:
                continue
            known[truths] = part
            for home in list(left):
                left[home].discard(tuple(truth for _, truth in self._of(home, truths)))
                if not left[home]:
                    del left[home]
            if not left or len(known) > MOST_CLASSES:
                break
        self.cut = self.cut or len(known) > MOST_CLASSES

    def _ways(self, view: int, spec: RecordSpec) -> set[Vector]:
        """Return in which ways the tests of a record state can come out."""
        atoms = [atom for home, atom in self.found if home == (view, spec.name)]
        states: tuple[Value, ...] = (*STATES[spec.name.partition(".")[0]], ABSENT)
        return {tuple(mask_of(matches(atom, state)) for atom in atoms) for state in states}

    def _seeds(self, facts: Part) -> Iterator[Part]:
        sorts: dict[type, list[RecordSpec]] = {}
        for _, spec in self.specs:
            sorts.setdefault(type(spec), []).append(spec)
        zone = self.space.views[self.views[0]].zone
        for several in sorts.values():
            for seed in seeds(several, self.space.at, zone):
                whole = united(facts, seed)
                if whole is not None:
                    yield whole

    def deepened(self, cluster: Cluster) -> Cluster:
        """Return a cluster with what several seeds bring about together, and no doubt left."""
        known = {one.truths: one.part for one in cluster.classes if one.part is not None}
        wanted = {one.truths for one in cluster.doubtful}
        timed = any(isinstance(spec, CheckSpec) and spec.after for _, spec in self.specs)
        for facts in self._facts() if timed else (NOTHING,):
            for part in itertools.chain(self._pairs(facts), self._unions(facts)):
                if not wanted:
                    break
                truths = self._truths(part)
                if truths in wanted:
                    wanted.discard(truths)
                    known[truths] = part
        classes = tuple(ValueClass(truths, part) for truths, part in known.items())
        return replace(cluster, classes=classes, doubtful=(), bounded=bool(wanted))

    def _pairs(self, facts: Part) -> Iterator[Part]:
        """Yield unions of what brings about different classes, and unions of these, until nothing new comes."""
        local = {self._truths(facts): facts}
        for part in self._seeds(facts):
            local.setdefault(self._truths(part), part)
        fresh = list(local.values())
        for _ in range(ROUNDS):
            bases, made = list(local.values()), fresh
            fresh = []
            for one, other in itertools.product(made, bases):
                whole = united(one, other)
                truths = self._truths(whole) if whole is not None else None
                if whole is not None and truths is not None and truths not in local:
                    local[truths] = whole
                    fresh.append(whole)
                    yield whole
            if not fresh or len(local) > MOST_CLASSES:
                return

    def _unions(self, facts: Part) -> Iterator[Part]:
        """Yield unions of seeds that differ in any state they bring about, small ones first."""
        told: dict[tuple[Any, ...], Part] = {}
        for part in self._seeds(facts):
            seen = self._seen(part)
            told.setdefault(tuple(seen[view].value(spec.name) for view, spec in self.specs), part)
        several = list(told.values())
        left = MOST_UNIONS
        for size in range(2, TOGETHER + 1):
            if math.comb(len(several), size) > left:
                return
            left -= math.comb(len(several), size)
            for chosen in itertools.combinations(several, size):
                whole: Part | None = NOTHING
                for one in chosen:
                    whole = united(whole, one) if whole is not None else None
                if whole is not None:
                    yield whole

    def _doubtful(self, known: dict[Vector, Part]) -> tuple[ValueClass, ...]:
        """Return what could come about as far as each record state by itself goes, and was not brought about."""
        if len(self.specs) < 2:
            return ()
        of_specs = {(view, spec.name) for view, spec in self.specs}
        groups: dict[Vector, list[Vector]] = {}
        for truths in known:
            told = tuple(t for t, (home, _) in zip(truths, self.found, strict=True) if home not in of_specs)
            groups.setdefault(told, []).append(truths)
        missing: list[ValueClass] = []
        for several in groups.values():
            # Beside the same facts, each state by itself may be any that it was seen to be.
            ways = {home: list(dict.fromkeys(self._of(home, one) for one in several)) for home in self.homes}
            if math.prod(len(each) for each in ways.values()) > MOST_PARTS:
                self.cut = True
                return ()
            for chosen in itertools.product(*ways.values()):
                whole = {n: truth for way in chosen for n, truth in way}
                vector = tuple(whole[n] for n in range(len(self.found)))
                missing += [] if vector in known else [ValueClass(vector, None)]
        return tuple(missing)

    def _of(self, home: Home, truths: Vector) -> tuple[tuple[int, int], ...]:
        """Return the truths of one fact's tests, with their places."""
        return tuple((n, truths[n]) for n, (one, _) in enumerate(self.found) if one == home)

    # Facts

    def _facts(self) -> Iterator[Part]:
        """Yield every combination of values of what the facts are worked out from, and what may be stated instead."""
        leaves = {leaf for view, name in self.homes for leaf in self.space.leaves(view, name)}
        recorded = sorted(leaf for leaf in leaves if ":" not in leaf and not self._is_derived(leaf))
        events = sorted(leaf for leaf in leaves if leaf.startswith("events:"))
        derived = sorted(leaf for leaf in leaves if ":" not in leaf and self._is_derived(leaf))
        choices: dict[str, list[Any]] = {name: self._values(name, with_inputs=True) for name in (*recorded, *events)}
        stated = {name: [v for v in self._values(name) if v != UNKNOWN] for name in derived}
        if math.prod(len(several) for several in choices.values()) > MOST_PARTS:
            self.cut = True
            choices = {name: [*several[:3], UNKNOWN] for name, several in choices.items()}
        names, left, number = list(choices), MOST_PARTS, 0
        for chosen in itertools.islice(itertools.product(*choices.values()), MOST_PARTS):
            part = self._part(dict(zip(names, chosen, strict=True)))
            yield part
            if derived and self._may_be_stated(dict(zip(names, chosen, strict=True))):
                for number, told in enumerate(self._stated(part, stated), start=1):
                    if self.lists and number > left:
                        self.cut = True
                        return
                    yield told
                left -= number

    def _may_be_stated(self, values_of: dict[str, Any]) -> bool:
        """Say whether answers are stated: where an input is unknown; and of whom and what no list speaks, everything.

        With lists an id that is given stands for all that are not listed, so no other way of not knowing is tried.
        """
        if not self.lists:
            return UNKNOWN in values_of.values() or not values_of
        ids = {name for several in self.lists.values() for one in several for name in one.inputs}
        return all(values_of.get(name, "") not in (None, UNKNOWN) for name in ids)

    def _stated(self, part: Part, stated: dict[str, list[Any]]) -> Iterator[Part]:
        names = list(stated)
        if self.lists and math.prod(len(several) + 1 for several in stated.values()) > MOST_PARTS:
            self.cut = True
        for chosen in itertools.islice(itertools.product(*([UNKNOWN, *v] for v in stated.values())), MOST_PARTS):
            told = {name: value for name, value in zip(names, chosen, strict=True) if value != UNKNOWN}
            yield Part({**part.facts, **told}, part.records, part.absent)

    def _part(self, values_of: dict[str, Any]) -> Part:
        facts = {name: value for name, value in values_of.items() if ":" not in name}
        records: list[tuple[str, Any]] = []
        for leaf, value in values_of.items():
            if ":" in leaf and value != UNKNOWN:
                records.append(("events", {}))
                event = leaf.removeprefix("events:")
                records += [("events", {"event": event, "at": value.isoformat()})] if value is not None else []
        return Part(facts, tuple(records)) if facts or records else NOTHING

    def _is_derived(self, name: str) -> bool:
        return any(
            len(self.space.leaves(v, name)) > 1 for v in self.views if name in self.space.views[v].vocabulary.facts
        )

    def _fact(self, name: str) -> Fact | None:
        facts = (self.space.views[view].vocabulary.facts.get(name) for view in self.views)
        return next((fact for fact in facts if fact is not None), None)

    def _values(self, name: str, *, with_inputs: bool = False) -> list[Any]:
        fact = self._fact(name)
        if fact is None or (fact.kind is FactKind.TIME):
            return self._moments(name)
        atoms = [atom for (_, read), atom in self.found if read == name or (with_inputs and self._feeds(name, read))]
        if name in ("requester.designee_of", "requester.acting_as"):
            roles = sorted({str(m) for atom in atoms if isinstance(atom.value, frozenset) for m in atom.value})
            return [frozenset(), *(frozenset({role}) for role in roles), frozenset(roles), UNKNOWN]
        closed, foreign = self._closed(name, fact)
        tried = [*(atom for atom in atoms if not isinstance(atom.value, dt.datetime)), *foreign]
        found = values(fact, closed, tried)
        if fact.kind is not FactKind.TEXT:
            return found
        found = [*found, *(one for one in self.listed.get(name, ()) if one not in found)]
        if name == "requester.id":
            # Records are made out to the requester, so this stays one name unless a test is about it.
            named = any(read == name for (_, read), _ in self.found)
            return [REQUESTER, *found] if named else [REQUESTER, *self.listed.get(name, ())]
        return [REQUESTER, *found] if any(self._compares(*home) for home in self.homes) else found

    def _closed(self, name: str, fact: Fact) -> tuple[list[str], list[Atom]]:
        """Return the values that a fact may have in any view, and tests that tell apart those that a view lacks."""
        if fact.list_name == "roles":
            return [], []
        every = [self.space.views[view].vocabulary for view in self.views]
        known = [words.values_of(words.facts[name]) for words in every if name in words.facts]
        closed = frozenset[str]().union(*known)
        op = Op.OUTSIDE if fact.kind is FactKind.SET else Op.IN
        return sorted(closed), [Atom(name, op, own) for own in dict.fromkeys(known) if own != closed]

    def _compares(self, view: int, name: str) -> bool:
        """Say whether a fact compares persons."""
        return getattr(self.space.views[view].specs.get(name), "function", "") == "same_person"

    def _feeds(self, leaf: str, read: str) -> bool:
        return read == "requester.acts_as" and leaf.startswith("requester.")

    def _moments(self, name: str) -> list[Any]:
        spans = [atom.value for _, atom in self.found if isinstance(atom.value, CalendarSpan)]
        days = [atom.value for _, atom in self.found if isinstance(atom.value, dt.datetime)]
        whole = any(read.startswith(DAY_AGE_OF) for (_, read), _ in self.found)
        zone = self.space.views[self.views[0]].zone
        found = moments(dict.fromkeys(spans), dict.fromkeys(days), self.space.at, zone, whole=whole)
        checked = any(isinstance(spec, CheckSpec) and spec.after for _, spec in self.specs)
        return [self.space.at - dt.timedelta(minutes=30), *found] if checked else found
