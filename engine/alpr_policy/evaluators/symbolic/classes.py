"""Value classes: facts that hang together form a cluster, and a class is one way in which all its tests come out.

Every class is realised by a part of an ordinary request, and its truths are what the meaning itself says of that part,
so a class is never guessed. Facts of different clusters share no input: their classes may be combined freely.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from alpr_policy.durations import CalendarSpan
from alpr_policy.evaluators.symbolic.clusters import Cluster, Home, ValueClass
from alpr_policy.evaluators.symbolic.making import TOGETHER, Maker
from alpr_policy.evaluators.symbolic.values import mixed
from alpr_policy.ir.nodes import ApprovalSpec, Atom, CheckSpec, DerivedSpec, DocumentSpec, HoldSpec, Ruleset
from alpr_policy.meaning.facts import AGE_OF, DAY_AGE_OF, EVENT
from alpr_policy.model.words import REASON_DEFECTS
from alpr_policy.vocabulary import MACHINE_ACTIONS

HISTORY = frozenset({"count", "any", "first", "latest"})
SEARCHES, WRITES = "search.run", "read.capture"


class Space:
    """The tests of some rulesets, and the classes of the facts they read, at one instant."""

    def __init__(self, views: Sequence[Ruleset], at: dt.datetime) -> None:
        """Look at rulesets side by side; tests that mean the same in several are one test."""
        self.views = tuple(views)
        self.at = at
        self.tests: list[tuple[Home, Atom]] = []
        self._numbers: dict[tuple[Home, Any, Any], int] = {}
        self._homes: dict[Home, Home] = {}
        self._leaves: dict[Home, frozenset[str]] = {}
        self._clusters: dict[tuple[frozenset[int], bool], Cluster] = {}

    def number(self, view: int, atom: Atom) -> int:
        """Return the number of a test."""
        home = self.home(view, atom.fact)
        key = (home, atom.op, atom.value)
        if key not in self._numbers:
            self._numbers[key] = len(self.tests)
            self.tests.append((home, replace(atom, fact=home[1])))
        return self._numbers[key]

    def home(self, view: int, name: str) -> Home:
        """Return the first view and name under which a fact means the same."""
        if (view, name) not in self._homes:
            earlier = ((v, same) for v in range(view + 1) for same in self._alike(v, view, name))
            found = next((one for one in earlier if one != (view, name)), None)
            self._homes[view, name] = self.home(*found) if found else (view, name)
        return self._homes[view, name]

    def _alike(self, earlier: int, view: int, name: str) -> Iterator[str]:
        """Yield the names under which an earlier view has the same fact."""
        one, other = self.views[earlier], self.views[view]
        if one.zone != other.zone:
            return
        spec = other.specs.get(name)
        if isinstance(spec, ApprovalSpec | CheckSpec | DocumentSpec | HoldSpec):
            bare = replace(spec, name="")
            for own, candidate in one.specs.items():
                if earlier == view and own == name:
                    return
                if type(candidate) is type(spec) and replace(candidate, name="") == bare:
                    yield own
            return
        words = all(self._same_word(one, other, part) for part in self.leaves(view, name) | {_bare(name)})
        if words and one.specs.get(name) == spec:
            yield name

    def _same_word(self, one: Ruleset, other: Ruleset, name: str) -> bool:
        first, second = one.vocabulary.facts.get(name), other.vocabulary.facts.get(name)
        if first is None or second is None:
            return ":" in name or name.startswith(EVENT)
        if name == "requester.acts_as" and one.roles != other.roles:
            return False
        alike = first.kind is second.kind and first.derived_from == second.derived_from
        return alike and one.vocabulary.values_of(first) == other.vocabulary.values_of(second)

    def leaves(self, view: int, name: str) -> frozenset[str]:
        """Return what a fact is worked out from: recorded facts, and sorts of record (`approvals:manual_entry`)."""
        if (view, name) not in self._leaves:
            self._leaves[view, name] = frozenset(self._find_leaves(view, name))
        return self._leaves[view, name]

    def _find_leaves(self, view: int, name: str) -> Iterator[str]:
        ruleset = self.views[view]
        spec = ruleset.specs.get(name)
        match spec:
            case ApprovalSpec():
                yield from (f"approvals:{topic}" for topic in spec.topics)
            case CheckSpec():
                yield f"checks:{spec.check}"
                yield from self.leaves(view, spec.after) if spec.after else ()
            case DocumentSpec():
                yield from (f"documents:{kind}" for kind in spec.kinds)
            case HoldSpec():
                yield f"holds:{spec.basis}"
            case _:
                yield from self._leaves_of_fact(view, name, spec)

    def _leaves_of_fact(self, view: int, name: str, spec: DerivedSpec | None) -> Iterator[str]:
        for prefix in (AGE_OF, DAY_AGE_OF):
            if name.startswith(prefix):
                yield from self.leaves(view, name.removeprefix(prefix))
                return
        if name.startswith(EVENT):
            yield f"events:{name.removeprefix(EVENT)}"
            yield from self.leaves(view, "record.captured") if name == "event.shift_ended" else ()
            return
        yield name
        if spec is not None and spec.function in HISTORY:
            yield from () if spec.supplied else (f"events:{spec.of[0]}",)
            return
        if name == REASON_DEFECTS:
            return
        fact = self.views[view].vocabulary.facts.get(name)
        sources = spec.of if spec is not None else fact.derived_from if fact is not None else ()
        for source in sources:
            if source in self.views[view].vocabulary.facts and source != "at":
                yield from self.leaves(view, source)

    # Clusters

    def clusters(self, tests: Iterable[int], action: str) -> tuple[Cluster, ...]:
        """Return the clusters of some tests, as they are on an act."""
        groups: dict[int, tuple[set[int], set[str]]] = {}
        for test in sorted(set(tests)):
            home, _ = self.tests[test]
            joined, leaves = {test}, set(self.leaves(*home))
            for number in [n for n, (_, held) in groups.items() if held & leaves]:
                others, held = groups.pop(number)
                joined |= others
                leaves |= held
            groups[test] = (joined, leaves)
        machine = action in MACHINE_ACTIONS
        return tuple(self._cluster(frozenset(joined), machine) for joined, _ in groups.values())

    def _cluster(self, tests: frozenset[int], machine: bool) -> Cluster:
        if (tests, machine) not in self._clusters:
            self._clusters[tests, machine] = Maker(self, tuple(sorted(tests)), WRITES if machine else SEARCHES).made()
        return self._clusters[tests, machine]

    def deepened(self, cluster: Cluster, action: str) -> Cluster:
        """Return a cluster without doubt, after trying more records at once; from now on it is taken."""
        machine = action in MACHINE_ACTIONS
        found = Maker(self, cluster.atoms, WRITES if machine else SEARCHES).deepened(cluster)
        self._clusters[frozenset(cluster.atoms), machine] = found
        return found

    def spans_are_mixed(self) -> bool:
        """Say whether the calendar decides which of the spans that one clock is compared with is longer."""
        by_home: dict[frozenset[str], list[CalendarSpan]] = {}
        for home, atom in self.tests:
            if isinstance(atom.value, CalendarSpan):
                by_home.setdefault(self.leaves(*home), []).append(atom.value)
        return any(mixed(spans) for spans in by_home.values())


def _bare(name: str) -> str:
    return name.removeprefix(DAY_AGE_OF).removeprefix(AGE_OF)


__all__ = ["TOGETHER", "Cluster", "Space", "ValueClass"]
