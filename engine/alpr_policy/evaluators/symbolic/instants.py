"""The instants at which texts are looked at: the usual one, and others where they may differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from alpr_policy.evaluators.symbolic.classes import Space
from alpr_policy.evaluators.symbolic.gates import Gate, Gates
from alpr_policy.evaluators.symbolic.sights import sight
from alpr_policy.ir.nodes import Ruleset

MOST_EDGES = 4
SECOND = dt.timedelta(seconds=1)
USUAL_TIME = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)
# A month before these has 31, 28, 29 and 30 days: where spans are told in both, which is longer depends on it.
OTHER_TIMES = (
    dt.datetime(2027, 3, 15, 12, tzinfo=dt.UTC),
    dt.datetime(2028, 3, 15, 12, tzinfo=dt.UTC),
    dt.datetime(2026, 7, 15, 12, tzinfo=dt.UTC),
)


class Instants:
    """Some rulesets side by side, with their gates, and the value classes at every instant that can matter."""

    def __init__(self, rulesets: Sequence[Ruleset], actions: Iterable[str]) -> None:
        """Look at rulesets on some acts."""
        self.rulesets = tuple(rulesets)
        self.gates = Gates()
        self.usual = Space(self.rulesets, USUAL_TIME)
        self._others: dict[dt.datetime, Space] = {}
        for number, ruleset in enumerate(self.rulesets):
            for action in actions:
                for gate in self.gates.of((ruleset,), action, number):
                    sight(self.usual, gate)

    def of(self, gates: Iterable[Gate]) -> Iterator[Space]:
        """Yield the spaces in which some gates have to be looked at; the usual one comes first."""
        yield self.usual
        tests = sorted({test for gate in gates for test in sight(self.usual, gate).tests})
        read = [self.usual.tests[test] for test in tests]
        edges = {atom.value for (_, name), atom in read if name == "at" and isinstance(atom.value, dt.datetime)}
        times = [moment for edge in sorted(edges)[:MOST_EDGES] for moment in (edge - SECOND, edge)]
        for at in (*times, *(OTHER_TIMES if self.usual.spans_are_mixed(tests) else ())):
            if at not in self._others:
                self._others[at] = Space(self.rulesets, at)
            yield self._others[at]
