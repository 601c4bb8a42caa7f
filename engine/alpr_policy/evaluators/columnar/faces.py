"""What one text can tell apart of rows whose keys are made for several texts.

Keys split rows by every threshold and value that any act of any text looks at. One act under one text looks at few of
them: rows whose keys show it the same *face* have one answer there, and are decided once.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from alpr_policy.evaluators.columnar.keys import ALWAYS, UNTOLD, KeyColumn, Keys, subjects_of
from alpr_policy.evaluators.columnar.shapes import AT, Wants
from alpr_policy.evaluators.columnar.wants import Plan

# What stands for a listed value that no test names: no key has it, since every text that is kept is a value or drawn.
UNTESTED: Final = ("untested",)
Reader = Mapping[Any, Any] | None


class Face:
    """What of the keys one text looks at."""

    def __init__(self, keys: Keys, plan: Plan) -> None:
        """Look at `keys` with the plan of one text, whose wants are among those that the keys are made for."""
        self.keys, self.plan = keys, plan
        self._readers: dict[str, tuple[tuple[int, Reader], ...]] = {}

    def of(self, told: Sequence[Any]) -> tuple[Any, ...]:
        """Return what this text can tell from the keys of a row that is not odd, the act first."""
        act = told[0]
        readers = self._readers.get(act)
        if readers is None:
            readers = self._readers[act] = tuple(self._of_act(act))
        return tuple([told[place] if reader is None else reader[told[place]] for place, reader in readers])

    def _of_act(self, act: str) -> list[tuple[int, Reader]]:
        wants = self.plan.acts.get(act, Wants())
        wanted = subjects_of(wants) | ALWAYS
        here = [(place, one) for place, one in enumerate(self.keys.columns) if one.subject in wanted]
        return [(place, self._reader(one, wants)) for place, one in here]

    def _reader(self, column: KeyColumn, wants: Wants) -> Reader:
        """Return what each value of a key comes to; none where each stands for itself."""
        kind, *names = column.subject
        every = self.keys.plan.every
        if kind == "count":
            return _steps(every.counts[names[0]], wants.counts[names[0]])
        if kind == "moment":
            mine = wants.moments.get(names[0], set()) | (self.plan.boundaries if names[0] == AT else set())
            return _steps(every.moments.get(names[0], set()), mine)
        if kind == "text":
            kept = {*wants.texts[names[0]], *UNTOLD, self.keys.null}
            return _Otherwise({one: one for one in kept}, lambda _: self.keys.other)
        if kind == "raw" and names[0] in wants.enums and names[0] not in wants.whole:
            listed = wants.enums[names[0]]
            return _Otherwise(dict.fromkeys(listed.known - listed.tested - UNTOLD, UNTESTED), lambda value: value)
        return None


class _Otherwise(dict[Any, Any]):
    """A mapping that says what comes of a key it does not have."""

    def __init__(self, known: Mapping[Any, Any], otherwise: Callable[[Any], Any]) -> None:
        super().__init__(known)
        self._otherwise = otherwise

    def __missing__(self, key: Any) -> Any:
        return self._otherwise(key)


def _steps(every: set[Any], mine: set[Any]) -> Mapping[int, int]:
    """Return how many of my thresholds are reached where so many of all are; what is missing stays so."""
    cuts, own = sorted(every), sorted(mine)
    return {-1: -1, 0: 0} | {n: bisect.bisect_right(own, cut) for n, cut in enumerate(cuts, start=1)}
