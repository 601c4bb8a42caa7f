"""The report of a replay as one HTML file: figures, charts with their tables, work, samples, what cannot be said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from alpr_policy.questions.explain import explain
from alpr_policy.questions.printable import bullets, escaped, heading, page, paragraph, table
from alpr_policy.questions.replay_style import REPLAY_STYLE
from alpr_policy.questions.replay_summary import AskedFlips, Point, ReplaySummary, SampleTold, Tally
from alpr_policy.questions.replay_words import (
    CLASHING,
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


def replay_page(summary: ReplaySummary, charts: Mapping[str, str]) -> str:
    """Return the report as a page. `charts` are pictures in SVG by name, and one that is not there is left out."""
    title = f"What if: {summary.baseline} → {summary.proposed}"
    body = [
        heading(title, 1),
        *_head(summary),
        *_budgets(summary),
        *_directions(summary, charts),
        *_tallies("Month by month", "months", summary.by_month, charts, "month"),
        *_tallies("By act", "acts", summary.by_act, charts, "act"),
        *_rules(summary),
        *_needed("Newly asked for", summary.newly_needed, "before"),
        *_needed("No longer asked for", summary.no_longer_needed, "after"),
        *_work(summary, charts),
        *_alerts(summary),
        *(part for name in SERIES for part in _series(name, getattr(summary, name), charts)),
        *_tallies("By agency", "", summary.by_agency, charts, "agency"),
        *_tallies("By unit", "", summary.by_unit, charts, "unit"),
        *_left_out(summary),
        *_samples(summary),
        *_effort(summary),
    ]
    return page(title, body, REPLAY_STYLE)


def _head(summary: ReplaySummary) -> list[str]:
    total = summary.totals
    period = f", {summary.first_at[:10]} to {(summary.last_at or '')[:10]}" if summary.first_at else ""
    found = [paragraph(f"A log of {summary.rows:,} acts{period}, each decided under both texts.")]
    if summary.as_if:
        found.append(
            paragraph("Both texts are taken as if they had bound: this says nothing of what was lawful.", "gap")
        )
    if summary.mismatches:
        found.append(paragraph(_clash(summary), "gap"))
    tiles = [
        (f"{total.judged:,}", "rows judged under both"),
        (f"{total.flips:,}", f"get another outcome ({share(total.flips, total.judged)})"),
        (f"{total.newly_allowed:,}", "newly allowed"),
        (f"{total.newly_denied:,}", "newly denied"),
        (f"{total.newly_needing:,}", "asked for something new"),
    ]
    shown = "".join(f"<li><strong>{escaped(value)}</strong> {escaped(says)}</li>" for value, says in tiles)
    return [*found, f'<ul class="tiles">{shown}</ul>']


def _clash(summary: ReplaySummary) -> str:
    return CLASHING.format(count=len(summary.mismatches), checked=summary.checked)


def _budgets(summary: ReplaySummary) -> list[str]:
    rows = [(one.budget, f"{one.count:,} of {one.of:,}", "over" if one.over else "held") for one in summary.budgets]
    return [heading("Budgets"), _wide(("fails at", "rows", "budget"), rows)] if rows else []


def _directions(summary: ReplaySummary, charts: Mapping[str, str]) -> list[str]:
    judged = summary.totals.judged
    rows = [(direction_words(one), f"{one.rows:,}", share(one.rows, judged)) for one in summary.directions]
    told = paragraph("Rows down: the outcome before. Columns across: the outcome after.", "quiet")
    return [heading("Which way"), told, *_chart("matrix", charts, ("direction", "rows", "share"), rows)]


def _tallies(title: str, name: str, tallies: Sequence[Tally], charts: Mapping[str, str], first: str) -> list[str]:
    """Return a breakdown; one in which nothing tells apart (a single empty name) is left out."""
    if [one.name for one in tallies] in ([], [""]):
        return []
    shown, rest = (list(tallies), []) if first == "month" else ranked(tallies, MOST)
    rows = [_counts(one) for one in shown]
    found = [heading(title), *_chart(name, charts, (first, *COUNTED), rows)]
    return [*found, *([paragraph(f"{len(rest):,} more are in the JSON.", "quiet")] if rest else [])]


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


def _chart(
    name: str, charts: Mapping[str, str], headings: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int = 1
) -> list[str]:
    """Return a chart with its table to unfold, or the table alone."""
    shown = _wide(headings, rows, texts=texts)
    if name not in charts:
        return [shown]
    return [f"<figure>{charts[name]}<details><summary>The same as a table</summary>{shown}</details></figure>"]


def _wide(headings: Sequence[str], rows: Iterable[Sequence[str]], *, texts: int = 1) -> str:
    """Return a table that may be wider than the page; behind the first columns, which are texts, come numbers."""
    return f'<div class="wide texts{texts}">{table(headings, rows)}</div>'


def _rules(summary: ReplaySummary) -> list[str]:
    if not summary.by_rule:
        return []
    rows = [(rule_words(one).replace("`", ""), f"{one.rows:,}", f"{one.alone:,}") for one in summary.by_rule[:MOST]]
    told = "A row may have several such rules, so these do not add up. The rules are those of the stricter answer."
    more = len(summary.by_rule) - len(rows)
    found = [heading("By rule"), paragraph(told, "quiet"), _wide(("rule", "rows", "by it alone"), rows)]
    return [*found, *([paragraph(f"{more:,} more are in the JSON.", "quiet")] if more else [])]


def _needed(title: str, asked: Sequence[AskedFlips], other: str) -> list[str]:
    if not asked:
        return []
    headings = ("what", "rows", f"allow {other}", f"needs {other}", f"deny {other}")
    rows = [
        (_said(one), f"{one.rows:,}", f"{one.beside_allow:,}", f"{one.beside_needs:,}", f"{one.beside_deny:,}")
        for one in asked[:MOST]
    ]
    return [heading(title), _wide(headings, rows)]


def _said(one: AskedFlips) -> str:
    kind = KINDS.get(one.kind, "")
    return f"{one.says} [{kind}]" if kind else one.says


def _work(summary: ReplaySummary, charts: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    if summary.workload:
        headings = ("what", "by", "before", "after", "one way before", "one way after")
        rows = [
            (load_words(one), who(one.roles), *(f"{n:,}" for n in (one.before, one.after, one.or_before, one.or_after)))
            for one in summary.workload
        ]
        found = [heading("Work: approvals, checks, papers"), paragraph(GRANTED, "quiet")]
        found += _chart("workload", charts, headings, rows, texts=2)
    if summary.obligations:
        after = [
            (owed_words(one), who(one.by, "nobody named"), f"{one.before:,}", f"{one.after:,}")
            for one in summary.obligations
        ]
        found += [heading("What must follow"), _wide(("task", "by", "before", "after"), after, texts=2)]
    return found


def _alerts(summary: ReplaySummary) -> list[str]:
    one = summary.alerts
    if not one.rows:
        return []
    told = [
        f"{one.suppressed:,} of {one.rows:,} alerts were allowed before and are denied after: suppressed.",
        f"{one.waiting:,} were allowed before and wait for something after.",
        f"{one.delivered:,} were denied before and are allowed after: newly delivered.",
    ]
    return [heading("Alerts"), bullets(told)]


def _series(name: str, points: Sequence[Point], charts: Mapping[str, str]) -> list[str]:
    if not points:
        return []
    title, unit = SERIES[name]
    step = -(-len(points) // MOST_DAYS)
    rows = [(one.day, f"{one.before:,}", f"{one.after:,}") for one in points[::step]]
    told = unit if step == 1 else f"{unit}; in the table one day of {step}, all are in the JSON"
    return [heading(title), paragraph(told, "quiet"), *_chart(name, charts, ("day", "before", "after"), rows)]


def _left_out(summary: ReplaySummary) -> list[str]:
    none = summary.no_text
    told = [f"{rows:,} rows could not be replayed: {why}" for why, rows in summary.unreplayable.items()]
    texts = {"before alone": none.before, "after alone": none.after, "either text": none.either}
    told += [f"{rows:,} rows had no text in force: {where}" for where, rows in texts.items() if rows]
    found = [heading("What this cannot say"), bullets(told or ["Every row was judged under both texts."])]
    if summary.absent:
        found.append(paragraph("Rules read these facts, and no column holds them, so they are unknown in every row:"))
        found.append(paragraph(", ".join(summary.absent)))
    return found


def _samples(summary: ReplaySummary) -> list[str]:
    if not summary.samples:
        return []
    return [heading(f"Samples ({len(summary.samples)})"), *(_sample(one, summary) for one in summary.samples)]


def _sample(one: SampleTold, summary: ReplaySummary) -> str:
    head = f"row {one.row}: {one.before.action}, {one.before.outcome} → {one.after.outcome}"
    sides = ((summary.baseline, one.before), (summary.proposed, one.after))
    told = "".join(f"<h3>{escaped(name)}</h3><pre>{escaped(explain(decision))}</pre>" for name, decision in sides)
    return f"<details><summary>{escaped(head)}</summary>{told}</details>"


def _effort(summary: ReplaySummary) -> list[str]:
    one = summary.effort
    told = [
        f"{summary.checked:,} rows were decided again one by one by the reference evaluator, "
        f"{len(summary.mismatches):,} came out otherwise.",
        f"{one.engine}: {one.groups:,} groups, {one.decided:,} decisions, {one.odd:,} rows by themselves, "
        f"{one.seconds:.1f} s ({one.cpu_seconds:.1f} s of processor time).",
    ]
    if one.fallback:
        told.append(f"Another way was taken: {one.fallback}")
    clashes = [(f"{m.row}", m.text, f"{m.grouped}", f"{m.alone}", ", ".join(m.differs)) for m in summary.mismatches]
    found = [heading("How it was done"), *(paragraph(line, "quiet") for line in told)]
    if clashes:
        found.append(_wide(("row", "text", "by its group", "by itself", "differs in"), clashes[:MOST], texts=5))
    return found
