"""What stands between an act and its being allowed under one text: each rule, silence, and the standing of stored data.

An outcome is the highest level of all gates: 0 lets pass, 1 asks, 2 denies. That is `combine` (language.md §3) said of
each rule by itself, so two texts can be held against each other rule by rule.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from alpr_policy.evaluators.symbolic.truths import ALL, AND, NO, OPEN, OR, YES, Formula, formula, mask_of, truths_in
from alpr_policy.ir.nodes import (
    FALSE,
    TRUE,
    All,
    Any,
    Atom,
    Cond,
    Forbid,
    Freeze,
    Keep,
    Not,
    Origin,
    Permit,
    Require,
    Ruleset,
)
from alpr_policy.meaning.standing import Held, Kept, lifecycle, with_open_end
from alpr_policy.meaning.truth import any3

STORED = ("data.store", "data.purge")
Levels = tuple[int, int, int]
FORBIDS: Levels = (0, 1, 2)
ASKS: Levels = (0, 1, 1)
# A permission that is false denies, and so does an answer of the standing.
PERMITS: Levels = (2, 1, 0)
Number = Callable[[int, Atom], int]


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that can stand in the way: its condition, and which level false, unknown and true come to.

    `keeping` are the retention statements and holds whose standing it is. `cond` is what tells two gates apart.
    """

    kind: str
    view: int
    levels: Levels
    cond: Cond
    origin: Origin | None = None
    keeping: tuple[tuple[Keep, ...], tuple[Freeze, ...], bool] | None = None

    @property
    def conds(self) -> tuple[Cond, ...]:
        """Return every condition that is read."""
        if self.keeping is None:
            return (self.cond,)
        keeps, freezes, _ = self.keeping
        kept = (cond for keep in keeps for cond in (keep.applies, keep.unreached, keep.passed))
        held = (cond for freeze in freezes for cond in (freeze.active, with_open_end(freeze.active)))
        return (*kept, *held)

    def truths(self, lowest: int, highest: int) -> int:
        """Return the set of truth values under which the level lies between two."""
        no, unknown, yes = (lowest <= level <= highest for level in self.levels)
        return NO * no | OPEN * unknown | YES * yes

    def formula(self, number: Callable[[Atom], int]) -> Formula:
        """Return the function that judges the gate."""
        if self.keeping is None:
            return formula(self.cond, number)
        return _standing(self.keeping, number)


def violated(rule: Require) -> Cond:
    """Return when a requirement is violated: it applies, is not met and is not excused."""
    return All((rule.applies, Not(rule.met), Not(rule.excused)))


class Gates:
    """The gates of texts on each act. A rule that bears on several acts is one gate."""

    def __init__(self) -> None:
        """Begin without any."""
        self._made: dict[tuple[object, ...], Gate] = {}

    def of(self, rulesets: Sequence[Ruleset], action: str, first: int) -> tuple[Gate, ...]:
        """Return the gates of a text on an act; `first` is the number of its first ruleset among all that are viewed.

        The first ruleset is the text's own; the others are its floors, whose silence never counts.
        """
        found: list[Gate] = []
        for position, ruleset in enumerate(rulesets):
            found += self._rules(ruleset, action, first + position)
            if position == 0:
                found += self._own(ruleset, action, first)
        return tuple(found)

    def _rules(self, ruleset: Ruleset, action: str, view: int) -> Iterator[Gate]:
        for rule in ruleset.rules:
            if action not in rule.actions or rule.origin.advisory or not isinstance(rule, Forbid | Require):
                continue
            key = (view, id(rule))
            if key not in self._made:
                self._made[key] = _of_rule(rule, view)
            yield self._made[key]

    def _own(self, ruleset: Ruleset, action: str, view: int) -> Iterator[Gate]:
        if action not in ruleset.vocabulary.actions:
            yield self._once((view, "unknown act"), Gate("unknown act", view, FORBIDS, TRUE))
        elif action in STORED:
            keeping = (ruleset.keeps, ruleset.freezes, action == "data.purge")
            applies = Any(tuple(k.applies for k in ruleset.keeps))
            yield self._once((view, action), Gate("standing", view, PERMITS, applies, keeping=keeping))
        elif action not in ruleset.silence_allows:
            permits = [rule for rule in ruleset.rules if isinstance(rule, Permit) and action in rule.actions]
            permits = [rule for rule in permits if not rule.origin.advisory]
            key = (view, "silence", *(id(rule) for rule in permits))
            yield self._once(key, Gate("silence", view, PERMITS, Any(tuple(p.applies for p in permits))))

    def _once(self, key: tuple[object, ...], gate: Gate) -> Gate:
        return self._made.setdefault(key, gate)


def gates(rulesets: Sequence[Ruleset], action: str, first: int) -> tuple[Gate, ...]:
    """Return the gates of a text on one act, as `Gates.of` does."""
    return Gates().of(rulesets, action, first)


def _of_rule(rule: Forbid | Require, view: int) -> Gate:
    if isinstance(rule, Forbid):
        return Gate("forbid", view, FORBIDS, rule.applies, rule.origin)
    # What can never be met is no request for anything: the judge denies where nothing else is asked.
    return Gate("require", view, FORBIDS if rule.met == FALSE else ASKS, violated(rule), rule.origin)


def level(gate: Gate, mask: int) -> int:
    """Return the level of a gate whose truth is settled."""
    return gate.levels[(NO, OPEN, YES).index(mask)]


def _standing(keeping: tuple[tuple[Keep, ...], tuple[Freeze, ...], bool], number: Callable[[Atom], int]) -> Formula:
    keeps, freezes, purging = keeping
    kept = [formula(cond, number) for k in keeps for cond in (k.applies, k.unreached, k.passed)]
    held = [formula(cond, number) for f in freezes for cond in (f.active, with_open_end(f.active))]
    known: dict[tuple[int, ...], int] = {}

    def run(masks: Sequence[int]) -> int:
        sets = tuple([part(masks) for part in (*kept, *held)])
        if sets not in known:
            known[sets] = _answers(keeps, freezes, sets, purging)
        return known[sets]

    return run


def _answers(keeps: tuple[Keep, ...], freezes: tuple[Freeze, ...], sets: tuple[int, ...], purging: bool) -> int:
    """Return what the standing can say, where each condition may be any truth of its set."""
    if all(one in (NO, OPEN, YES) for one in sets):
        settled = [truths_in(one)[0] for one in sets]
        kept = [Kept(k, *settled[3 * n : 3 * n + 3]) for n, k in enumerate(keeps)]
        rest = settled[3 * len(keeps) :]
        held = [Held(f, *rest[2 * n : 2 * n + 2]) for n, f in enumerate(freezes)]
        life = lifecycle(kept, held)
        return mask_of(life.purge if purging else life.store)
    return _at_most(keeps, freezes, sets, purging)


def _at_most(keeps: tuple[Keep, ...], freezes: tuple[Freeze, ...], sets: tuple[int, ...], purging: bool) -> int:
    """Join the statements of each sort into one, so that few cases are left; that can only say too much."""
    never = floor = passed = applies = held = NO
    for n, keep in enumerate(keeps):
        here, unreached, over = sets[3 * n : 3 * n + 3]
        applies = OR[applies << 3 | here]
        if keep.never:
            never = OR[never << 3 | here]
        else:
            floor = OR[floor << 3 | AND[here << 3 | unreached]]
            passed = OR[passed << 3 | AND[here << 3 | over]]
    for n in range(len(freezes)):
        held = OR[held << 3 | sets[3 * len(keeps) + 2 * n]]
    key = (never, floor, passed, applies, held, purging)
    if key not in _JOINED:
        _JOINED[key] = _enumerated(*key)
    return _JOINED[key]


_JOINED: dict[tuple[int, int, int, int, int, bool], int] = {}
_NAMED = Origin(profile="", id="", kind="", cite=(), place=None)  # type: ignore[arg-type]  # never shown
_KEEP = Keep(origin=_NAMED, applies=TRUE, never=False, unreached=FALSE, passed=FALSE, clock="")
_NEVER = replace(_KEEP, never=True)
_HOLD = Freeze(origin=_NAMED, active=TRUE)


def _enumerated(never: int, floor: int, passed: int, applies: int, held: int, purging: bool) -> int:
    found = 0
    for n, f, p, a, h in itertools.product(*(truths_in(one) for one in (never, floor, passed, applies, held))):
        if any3((n, f, p, a)) is not a:
            continue  # what applies to nothing ends nothing
        kept = [Kept(_NEVER, n, False, False), Kept(_KEEP, a, f, False), Kept(_KEEP, a, False, p)]
        life = lifecycle(kept, [Held(_HOLD, h, h)])
        found |= mask_of(life.purge if purging else life.store)
        # An end that is not known lets no data stay that would otherwise go.
        found |= OPEN if h is True and not purging else 0
        if found == ALL:
            break
    return found
