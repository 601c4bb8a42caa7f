"""What a trace says of retention and holds, and how much of a profile it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from alpr_policy.ir.nodes import FALSE, All, Atom, Cond, Freeze, Keep, Ruleset
from alpr_policy.meaning.standing import Standing
from alpr_policy.meaning.truth import Truth, all3, word
from alpr_policy.model.decision import TraceLine
from alpr_policy.vocabulary import STORED

Evaluate = Callable[[Cond], Truth]
Line = Callable[..., TraceLine]
NOT_APPLICABLE = "not applicable"
GIVEN = ("approval", "check", "document")


def kept_lines(ruleset: Ruleset, truth: Evaluate, line: Line) -> tuple[TraceLine, ...]:
    """Return a line for each end of each retention statement, and for each hold."""
    kept = [one for keep in ruleset.keeps for one in _keep(keep, truth, line)]
    return (*kept, *(_hold(freeze, truth, line) for freeze in ruleset.freezes))


def _keep(keep: Keep, truth: Evaluate, line: Line) -> Iterator[TraceLine]:
    ends = {Standing.MUST_KEEP: keep.unreached, Standing.PURGE_DUE: keep.passed}
    told = {} if keep.never else {standing: end for standing, end in ends.items() if end != FALSE}
    single = Standing.NOT_HERE if keep.never else Standing.MAY_KEEP
    applies = truth(keep.applies)
    if applies is False:
        yield line(keep.origin, str(next(iter(told), single)), NOT_APPLICABLE, keep.applies)
        return
    if not told:
        yield line(keep.origin, str(single), word(applies), keep.applies)
    for standing, end in told.items():
        yield line(keep.origin, str(standing), word(all3([applies, truth(end)])), keep.applies, end)


def _hold(freeze: Freeze, truth: Evaluate, line: Line) -> TraceLine:
    """A hold that nobody placed is false; one about other data, or under other conditions, does not apply."""
    parts = freeze.active.of if isinstance(freeze.active, All) else (freeze.active,)
    about = [part for part in parts if not (isinstance(part, Atom) and part.fact.startswith("hold."))]
    reaches = all3([truth(part) for part in about])
    said = NOT_APPLICABLE if reaches is False else word(truth(freeze.active))
    return line(freeze.origin, str(Standing.HELD), said, freeze.active)


def elsewhere(ruleset: Ruleset, action: str) -> int:
    """Return how many statements of a profile are on other acts, so that a trace leaves them out."""
    stored = {one.origin.id for one in ruleset.keeps} | {one.origin.id for one in ruleset.freezes}
    everything = {rule.origin.id for rule in ruleset.rules} | {one.origin.id for one in ruleset.schedules} | stored
    here = {rule.origin.id for rule in ruleset.rules if action in rule.actions}
    # What only others ask for by name, such as an approval that is no gate, has no rule of its own.
    for name in ruleset.specs:
        kind, _, own = name.partition(".")
        if kind in GIVEN and name in ruleset.vocabulary.facts:
            everything.add(own)
            here |= {own} if action in ruleset.vocabulary.facts[name].actions else set()
    return len(everything - here - (stored if action in STORED else set()))
