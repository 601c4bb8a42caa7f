"""What a replay comes to: flips by direction, act, rule, agency, unit and month; what is asked; who has the work."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from alpr_policy.model.decision import Outcome
from alpr_policy.questions.replay_flips import MOST_INSTEAD, Asked, Change, Lean, Pair, RuleName, pair_of
from alpr_policy.questions.replay_load import loads, owed
from alpr_policy.questions.replay_personal import shown
from alpr_policy.questions.replay_result import Cell, Gist, Mismatch, ReplayResult, Sample
from alpr_policy.questions.replay_summary import (
    Alerts,
    AskedFlips,
    Direction,
    MismatchTold,
    NoText,
    Point,
    ReplaySummary,
    RuleFlips,
    SampleTold,
    Tally,
    Together,
)

DELIVERED: Final = "alert.deliver"


@dataclass(frozen=True, slots=True)
class _Seen:
    """A cell with what differs in it, None where no text was in force under one side; and what it counts for."""

    cell: Cell
    pair: Pair | None
    counts: tuple[str, ...]


def summary(result: ReplayResult, *, with_personal: bool = False) -> ReplaySummary:
    """Sum up a replay. Values of personal facts are left out of the samples unless asked for.

    Raises ValueError where the rows of a result do not add up, which is a defect of what made it.
    """
    unreplayable = {why: rows for why, rows in sorted(result.unreplayable.items()) if rows}
    counted = sum(cell.rows for cell in result.cells) + sum(unreplayable.values())
    if counted != result.rows:
        raise ValueError(f"{counted} rows are counted of {result.rows}")
    seen = _seen(result)
    judged = _judged(seen)
    return ReplaySummary(
        baseline=result.baseline,
        proposed=result.proposed,
        as_if=result.as_if,
        rows=result.rows,
        first_at=result.first_at,
        last_at=result.last_at,
        unreplayable=unreplayable,
        no_text=_no_text(result),
        totals=_tally("", seen),
        directions=_directions(judged),
        by_act=_by(seen, lambda cell: cell.action),
        by_agency=_by(seen, lambda cell: cell.agency or ""),
        by_unit=_by(seen, lambda cell: cell.unit or ""),
        by_month=_by(seen, lambda cell: cell.month),
        by_rule=_by_rule(judged),
        together=_together(judged),
        newly_needed=_asked(judged, lambda one: one.asked, lambda one: one.before),
        no_longer_needed=_asked(judged, lambda one: one.dropped, lambda one: one.after),
        workload=loads(result),
        obligations=owed(result),
        alerts=_alerts(seen),
        absent=result.absent,
        samples=tuple(_sample(one, with_personal) for one in result.samples),
        checked=result.checked,
        mismatches=tuple(_mismatch(one) for one in result.mismatches),
        retention=_points(result, "retention"),
        storage=_points(result, "storage"),
        audits=_points(result, "audits"),
        effort=result.effort,
    )


def _seen(result: ReplayResult) -> list[_Seen]:
    """Look at each pair of answers once, however many cells have it."""
    pairs: dict[tuple[int, int], tuple[Pair | None, tuple[str, ...]]] = {}
    for cell in result.cells:
        key = (cell.before, cell.after)
        if key not in pairs:
            before, after = result.gists[cell.before], result.gists[cell.after]
            pair = pair_of(before, after) if before.in_force and after.in_force else None
            pairs[key] = (pair, _counted(pair))
    return [_Seen(cell, *pairs[cell.before, cell.after]) for cell in result.cells]


def _no_text(result: ReplayResult) -> NoText:
    found: Counter[tuple[bool, bool]] = Counter()
    for cell in result.cells:
        found[result.gists[cell.before].in_force, result.gists[cell.after].in_force] += cell.rows
    return NoText(before=found[False, True], after=found[True, False], either=found[False, False])


def _tally(name: str, seen: Iterable[_Seen]) -> Tally:
    counts: dict[str, int] = defaultdict(int)
    for one in seen:
        rows = one.cell.rows
        for what in one.counts:
            counts[what] += rows
    names = ("no_text", "same", "otherwise", "flips", "stricter", "laxer", "both")
    newly = ("newly_allowed", "newly_denied", "newly_needing")
    return Tally(name=name, rows=counts["rows"], **{what: counts[what] for what in (*names, *newly)})


def _counted(pair: Pair | None) -> tuple[str, ...]:
    """Return the counts to which a row with this difference belongs."""
    if pair is None:
        return ("rows", "no_text")
    kind = {Change.OUTCOME: "flips", Change.NOTHING: "same"}.get(pair.change, "otherwise")
    found = ["rows", kind, *([str(pair.lean)] if pair.lean is not Lean.NEITHER else [])]
    newly = ("newly_allowed", "newly_denied", "newly_needing")
    return (*found, *(name for name in newly if getattr(pair, name)))


def _by(seen: list[_Seen], key: Callable[[Cell], str]) -> tuple[Tally, ...]:
    heaps: dict[str, list[_Seen]] = {}
    for one in seen:
        heaps.setdefault(key(one.cell), []).append(one)
    return tuple(_tally(name, heap) for name, heap in sorted(heaps.items()))


Judged = list[tuple[Pair, int]]


def _judged(seen: list[_Seen]) -> Judged:
    """Return the pairs of answers with a text in force under both sides, each with its rows."""
    found: dict[int, tuple[Pair, int]] = {}
    for one in seen:
        if one.pair is not None:
            _, rows = found.get(id(one.pair), (one.pair, 0))
            found[id(one.pair)] = (one.pair, rows + one.cell.rows)
    return list(found.values())


def _directions(judged: Judged) -> tuple[Direction, ...]:
    found: Counter[tuple[Outcome, Outcome, Change]] = Counter()
    for pair, rows in judged:
        found[pair.before, pair.after, pair.change] += rows
    order = list(Change)
    ranked = sorted(found, key=lambda key: (key[0].strictness, key[1].strictness, order.index(key[2])))
    return tuple(Direction(before=b, after=a, change=c, rows=found[b, a, c]) for b, a, c in ranked)


def _by_rule(judged: Judged) -> tuple[RuleFlips, ...]:
    counts: Counter[RuleName] = Counter()
    alone: Counter[RuleName] = Counter()
    instead: dict[RuleName, Counter[str]] = {}
    for pair, rows in judged:
        for rule in pair.rules:
            counts[rule] += rows
            alone[rule] += rows if len(pair.rules) == 1 else 0
            for other in pair.instead:
                instead.setdefault(rule, Counter())[other] += rows
    return tuple(
        RuleFlips(
            side=rule.side,
            profile=rule.profile,
            rule=rule.rule,
            kind=rule.kind,
            effect=rule.effect,
            cite=rule.cite,
            rows=counts[rule],
            alone=alone[rule],
            instead=_most(instead.get(rule, Counter())),
        )
        for rule in sorted(counts, key=lambda rule: (-counts[rule], rule))
    )


def _most(counts: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted(counts, key=lambda name: (-counts[name], name))[:MOST_INSTEAD])


def _together(judged: Judged) -> tuple[Together, ...]:
    found: Counter[tuple[RuleName, ...]] = Counter()
    for pair, rows in judged:
        if pair.lean is not Lean.NEITHER:
            found[pair.rules] += rows
    ranked = sorted(found, key=lambda rules: (-found[rules], rules))
    return tuple(Together(rules=rules, rows=found[rules]) for rules in ranked)


def _asked(
    judged: Judged, which: Callable[[Pair], tuple[Asked, ...]], beside: Callable[[Pair], Outcome]
) -> tuple[AskedFlips, ...]:
    found: dict[Asked, Counter[Outcome]] = {}
    for pair, rows in judged:
        for asked in which(pair):
            found.setdefault(asked, Counter())[beside(pair)] += rows
    ranked = sorted(found, key=lambda asked: (-found[asked].total(), asked))
    return tuple(
        AskedFlips(
            kind=asked.kind,
            name=asked.name,
            says=asked.says,
            rows=found[asked].total(),
            beside_allow=found[asked][Outcome.ALLOW],
            beside_needs=found[asked][Outcome.NEEDS],
            beside_deny=found[asked][Outcome.DENY],
        )
        for asked in ranked
    )


def _alerts(seen: list[_Seen]) -> Alerts:
    found: Counter[tuple[Outcome, Outcome]] = Counter()
    for one in seen:
        if one.pair is not None and one.cell.action == DELIVERED:
            found[one.pair.before, one.pair.after] += one.cell.rows
    allow, needs, deny = Outcome.ALLOW, Outcome.NEEDS, Outcome.DENY
    return Alerts(
        rows=found.total(), suppressed=found[allow, deny], waiting=found[allow, needs], delivered=found[deny, allow]
    )


def _sample(one: Sample, with_personal: bool) -> SampleTold:
    return SampleTold(
        row=one.row,
        before=shown(one.before, with_personal=with_personal),
        after=shown(one.after, with_personal=with_personal),
        request=one.request if with_personal else None,
    )


def _mismatch(one: Mismatch) -> MismatchTold:
    names = tuple(name for name in Gist.__dataclass_fields__ if getattr(one.grouped, name) != getattr(one.alone, name))
    return MismatchTold(row=one.row, text=one.text, grouped=one.grouped.outcome, alone=one.alone.outcome, differs=names)


def _points(result: ReplayResult, name: str) -> tuple[Point, ...]:
    given = result.extra.get(name, ())
    return tuple(
        Point(day=str(one["day"]), before=int(one["before"]), after=int(one["after"]))
        for one in sorted(given, key=lambda one: str(one["day"]))
    )
