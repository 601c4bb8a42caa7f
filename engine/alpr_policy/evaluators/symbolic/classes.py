"""Value classes: facts that hang together form a cluster, and a class is one way in which all its tests come out.

Every class is realised by a part of an ordinary request, and its truths are what the meaning itself says of that part,
so a class is never guessed. Facts of different clusters share no input: their classes may be combined freely.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from alpr_policy.durations import CalendarSpan
from alpr_policy.evaluators.symbolic.clusters import Cluster, Group, Home, ValueClass, narrowed
from alpr_policy.evaluators.symbolic.making import TOGETHER, Maker
from alpr_policy.evaluators.symbolic.values import mixed
from alpr_policy.ir.nodes import ApprovalSpec, Atom, CheckSpec, DerivedSpec, DocumentSpec, HoldSpec, Ruleset
from alpr_policy.meaning.facts import AGE_OF, DAY_AGE_OF, EVENT
from alpr_policy.model.words import HISTORY, REASON_DEFECTS
from alpr_policy.vocabulary import MACHINE_ACTIONS

SEARCHES, WRITES = "search.run", "read.capture"


class Space:
    """The tests of some rulesets, and the classes of the facts they read, at one instant."""

    def __init__(self, views: Sequence[Ruleset], at: dt.datetime) -> None:
        """Look at rulesets side by side; tests that mean the same in several are one test."""
        self.views = tuple(views)
        self.at = at
        self.tests: list[tuple[Home, Atom]] = []
        self.sights: dict[int, Any] = {}
        self._numbers: dict[tuple[Home, Any, Any], int] = {}
        self._homes: dict[Home, Home] = {}
        self._leaves: dict[Home, frozenset[str]] = {}
        self._groups: dict[tuple[frozenset[int], bool], Group] = {}
        # Tests that read one thing and nothing else, and the clusters of those that read one recorded fact.
        self._alone: dict[str, list[int]] = {}
        self._plain: dict[str, Cluster] = {}

    def number(self, view: int, atom: Atom) -> int:
        """Return the number of a test."""
        home = self.home(view, atom.fact)
        key = (home, atom.op, atom.value)
        if key not in self._numbers:
            self._numbers[key] = len(self.tests)
            leaves = self.leaves(*home)
            if len(leaves) == 1:
                self._alone.setdefault(next(iter(leaves)), []).append(len(self.tests))
            self.tests.append((home, atom if atom.fact == home[1] else replace(atom, fact=home[1])))
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
        lists = [getattr(view.specs.get(name), "listing", None) for view in (one, other)]
        if lists[0] != lists[1]:
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

    # Groups and clusters

    def groups(self, tests: Iterable[int], action: str) -> tuple[Group, ...]:
        """Return some tests in groups that share no input, as they are on an act."""
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
        return tuple(self._group(frozenset(joined), leaves, machine) for joined, leaves in groups.values())

    def _group(self, tests: frozenset[int], leaves: set[str], machine: bool) -> Group:
        if (tests, machine) not in self._groups:
            ordered = tuple(sorted(tests))
            plain = next(iter(leaves)) if len(leaves) == 1 else ":"
            if ":" in plain:
                make = Maker(self, ordered, WRITES if machine else SEARCHES).made
            else:
                make = partial(self._narrowed, plain, tests)
            self._groups[tests, machine] = Group(ordered, make)
        return self._groups[tests, machine]

    def _narrowed(self, name: str, tests: frozenset[int]) -> Cluster:
        return narrowed(self._of_one_fact(name, tests), tests)

    def _of_one_fact(self, name: str, tests: frozenset[int]) -> Cluster:
        """Return the cluster of every test so far that reads one recorded fact and nothing else, whatever the act."""
        if name not in self._plain or not tests <= set(self._plain[name].atoms):
            self._plain[name] = Maker(self, tuple(self._alone[name]), SEARCHES).made()
        return self._plain[name]

    def deepened(self, group: Group, action: str) -> Group:
        """Return a group without doubt, after trying more records at once; from now on it is taken."""
        machine = action in MACHINE_ACTIONS
        found = Maker(self, group.atoms, WRITES if machine else SEARCHES).deepened(group.cluster)
        deeper = self._groups[frozenset(group.atoms), machine] = Group(group.atoms, lambda: found)
        return deeper

    def spans_are_mixed(self, tests: Iterable[int]) -> bool:
        """Say whether the calendar decides which of the spans that some tests compare one clock with is longer."""
        by_home: dict[frozenset[str], list[CalendarSpan]] = {}
        for home, atom in (self.tests[test] for test in tests):
            if isinstance(atom.value, CalendarSpan):
                by_home.setdefault(self.leaves(*home), []).append(atom.value)
        return any(mixed(spans) for spans in by_home.values())


def _bare(name: str) -> str:
    return name.removeprefix(DAY_AGE_OF).removeprefix(AGE_OF)


__all__ = ["TOGETHER", "Cluster", "Group", "Space", "ValueClass"]
