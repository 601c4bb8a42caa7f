"""The tables of a replay as plain texts, in the order in which they are read: for the report and for the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from alpr_policy.questions.replay_summary import AskedFlips, Point, ReplaySummary, Tally
from alpr_policy.questions.replay_words import (
    GRANTED,
    KINDS,
    direction_words,
    load_words,
    owed_words,
    ranked,
    rule_words,
    share,
    who,
)

MOST: Final = 25
MOST_DAYS: Final = 40
COUNTED: Final = ("rows", "flips", "newly allowed", "newly denied", "newly asked", "laxer", "stricter", "no text")
SERIES: Final = {
    "retention": ("Records kept", "records at the end of the day"),
    "storage": ("Storage", "bytes at the end of the day"),
    "audits": ("Audits overdue", "audits overdue on the day"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One table with its title, and what is said before and after it.

    `chart` is the name of the picture that shows the same, empty where there is none. The first `texts` columns are
    texts, and the others numbers.
    """

    title: str
    note: str = ""
    chart: str = ""
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int = 1
    more: str = ""


def tiles(summary: ReplaySummary) -> tuple[tuple[str, str], ...]:
    """Return the figures that stand first, each with what it counts."""
    total = summary.totals
    return (
        (f"{total.judged:,}", "rows judged under both"),
        (f"{total.flips:,}", f"get another outcome ({share(total.flips, total.judged)})"),
        (f"{total.newly_allowed:,}", "newly allowed"),
        (f"{total.newly_denied:,}", "newly denied"),
        (f"{total.newly_needing:,}", "asked for something new"),
    )


def changes(summary: ReplaySummary) -> tuple[Block, ...]:
    """Return what changed: which way, by month, act and rule, what is asked, and the work; empty ones are left out."""
    return (
        _directions(summary),
        *_tallies("Month by month", "months", summary.by_month, "month"),
        *_tallies("By act", "acts", summary.by_act, "act"),
        *_rules(summary),
        *_needed("Newly asked for", summary.newly_needed, "before"),
        *_needed("No longer asked for", summary.no_longer_needed, "after"),
        *_work(summary),
    )


def breakdowns(summary: ReplaySummary) -> tuple[Block, ...]:
    """Return the series of days, and the rows by agency and unit; empty ones are left out."""
    return (
        *(part for name in SERIES for part in _series(name, getattr(summary, name))),
        *_tallies("By agency", "", summary.by_agency, "agency"),
        *_tallies("By unit", "", summary.by_unit, "unit"),
    )


def alert_lines(summary: ReplaySummary) -> tuple[str, ...]:
    """Say what becomes of alerts; nothing where there are none."""
    one = summary.alerts
    if not one.rows:
        return ()
    return (
        f"{one.suppressed:,} of {one.rows:,} alerts were allowed before and are denied after: suppressed.",
        f"{one.waiting:,} were allowed before and wait for something after.",
        f"{one.delivered:,} were denied before and are allowed after: newly delivered.",
    )


def left_out_lines(summary: ReplaySummary) -> tuple[str, ...]:
    """Say which rows are in no count, and why."""
    none = summary.no_text
    told = [f"{rows:,} rows could not be replayed: {why}" for why, rows in summary.unreplayable.items()]
    texts = {"before alone": none.before, "after alone": none.after, "either text": none.either}
    told += [f"{rows:,} rows had no text in force: {where}" for where, rows in texts.items() if rows]
    return tuple(told or ["Every row was judged under both texts."])


def effort_lines(summary: ReplaySummary) -> tuple[str, ...]:
    """Say how many rows were decided again, how many came out otherwise, and what it took."""
    one = summary.effort
    told = [
        f"{summary.checked:,} rows were decided again one by one by the reference evaluator, "
        f"{len(summary.mismatches):,} came out otherwise.",
        f"{one.engine}: {one.groups:,} groups, {one.decided:,} decisions, {one.odd:,} rows by themselves, "
        f"{one.seconds:.1f} s ({one.cpu_seconds:.1f} s of processor time).",
    ]
    return (*told, *([f"Another way was taken: {one.fallback}"] if one.fallback else []))


def _directions(summary: ReplaySummary) -> Block:
    judged = summary.totals.judged
    rows = tuple((direction_words(one), f"{one.rows:,}", share(one.rows, judged)) for one in summary.directions)
    told = "Rows down: the outcome before. Columns across: the outcome after."
    return Block(title="Which way", note=told, chart="matrix", headings=("direction", "rows", "share"), rows=rows)


def _tallies(title: str, chart: str, tallies: Sequence[Tally], first: str) -> Iterable[Block]:
    """Yield a breakdown; one in which nothing tells apart (a single empty name) is left out."""
    if [one.name for one in tallies] in ([], [""]):
        return
    shown, rest = (list(tallies), []) if first == "month" else ranked(tallies, MOST)
    rows = tuple(_counts(one) for one in shown)
    yield Block(title=title, chart=chart, headings=(first, *COUNTED), rows=rows, more=_more(len(rest)))


def _counts(one: Tally) -> tuple[str, ...]:
    numbers = (
        one.rows,
        one.flips,
        one.newly_allowed,
        one.newly_denied,
        one.newly_needing,
        one.laxer + one.both,
        one.stricter + one.both,
        one.no_text,
    )
    return (one.name or "(none)", *(f"{number:,}" for number in numbers))


def _more(count: int) -> str:
    return f"{count:,} more are in the JSON." if count else ""


def _rules(summary: ReplaySummary) -> Iterable[Block]:
    if not summary.by_rule:
        return
    shown = summary.by_rule[:MOST]
    rows = tuple((rule_words(one).replace("`", ""), f"{one.rows:,}", f"{one.alone:,}") for one in shown)
    told = "A row may have several such rules, so these do not add up. The rules are those of the stricter answer."
    more = _more(len(summary.by_rule) - len(rows))
    yield Block(title="By rule", note=told, headings=("rule", "rows", "by it alone"), rows=rows, more=more)


def _needed(title: str, asked: Sequence[AskedFlips], other: str) -> Iterable[Block]:
    if not asked:
        return
    headings = ("what", "rows", f"allow {other}", f"needs {other}", f"deny {other}")
    rows = tuple(
        (_said(one), f"{one.rows:,}", f"{one.beside_allow:,}", f"{one.beside_needs:,}", f"{one.beside_deny:,}")
        for one in asked[:MOST]
    )
    yield Block(title=title, headings=headings, rows=rows)


def _said(one: AskedFlips) -> str:
    kind = KINDS.get(one.kind, "")
    return f"{one.says} [{kind}]" if kind else one.says


def _work(summary: ReplaySummary) -> Iterable[Block]:
    if summary.workload:
        headings = ("what", "by", "before", "after", "one way before", "one way after")
        rows = tuple(
            (load_words(one), who(one.roles), *(f"{n:,}" for n in (one.before, one.after, one.or_before, one.or_after)))
            for one in summary.workload
        )
        title = "Work: approvals, checks, papers"
        yield Block(title=title, note=GRANTED, chart="workload", headings=headings, rows=rows, texts=2)
    if summary.obligations:
        after = tuple(
            (owed_words(one), who(one.by, "nobody named"), f"{one.before:,}", f"{one.after:,}")
            for one in summary.obligations
        )
        yield Block(title="What must follow", headings=("task", "by", "before", "after"), rows=after, texts=2)


def _series(name: str, points: Sequence[Point]) -> Iterable[Block]:
    if not points:
        return
    title, unit = SERIES[name]
    step = -(-len(points) // MOST_DAYS)
    rows = tuple((one.day, f"{one.before:,}", f"{one.after:,}") for one in points[::step])
    told = unit if step == 1 else f"{unit}; in the table one day of {step}, all are in the JSON"
    yield Block(title=title, note=told, chart=name, headings=("day", "before", "after"), rows=rows)
