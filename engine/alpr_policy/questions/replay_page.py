"""The report of a replay as one HTML file: figures, charts with their tables, work, samples, what cannot be said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from alpr_policy.questions.explain import explain
from alpr_policy.questions.printable import bullets, escaped, heading, page, paragraph, table
from alpr_policy.questions.replay_style import REPLAY_STYLE
from alpr_policy.questions.replay_summary import ReplaySummary, SampleTold
from alpr_policy.questions.replay_tables import (
    MOST,
    Block,
    alert_lines,
    breakdowns,
    changes,
    effort_lines,
    left_out_lines,
    tiles,
)
from alpr_policy.questions.replay_words import CLASHING


def replay_page(summary: ReplaySummary, charts: Mapping[str, str]) -> str:
    """Return the report as a page. `charts` are pictures in SVG by name, and one that is not there is left out."""
    title = f"What if: {summary.baseline} → {summary.proposed}"
    body = [
        heading(title, 1),
        *_head(summary),
        *_budgets(summary),
        *(part for one in changes(summary) for part in _block(one, charts)),
        *_alerts(summary),
        *(part for one in breakdowns(summary) for part in _block(one, charts)),
        *_left_out(summary),
        *_samples(summary),
        *_effort(summary),
    ]
    return page(title, body, REPLAY_STYLE)


def _head(summary: ReplaySummary) -> list[str]:
    period = f", {summary.first_at[:10]} to {(summary.last_at or '')[:10]}" if summary.first_at else ""
    found = [paragraph(f"A log of {summary.rows:,} acts{period}, each decided under both texts.")]
    if summary.as_if:
        found.append(
            paragraph("Both texts are taken as if they had bound: this says nothing of what was lawful.", "gap")
        )
    if summary.mismatches:
        found.append(paragraph(_clash(summary), "gap"))
    shown = "".join(f"<li><strong>{escaped(value)}</strong> {escaped(says)}</li>" for value, says in tiles(summary))
    return [*found, f'<ul class="tiles">{shown}</ul>']


def _clash(summary: ReplaySummary) -> str:
    return CLASHING.format(count=len(summary.mismatches), checked=summary.checked)


def _budgets(summary: ReplaySummary) -> list[str]:
    rows = [(one.budget, f"{one.count:,} of {one.of:,}", "over" if one.over else "held") for one in summary.budgets]
    return [heading("Budgets"), _wide(("fails at", "rows", "budget"), rows)] if rows else []


def _block(one: Block, charts: Mapping[str, str]) -> list[str]:
    """Return a table with its title, below its chart where there is one."""
    note = [paragraph(one.note, "quiet")] if one.note else []
    more = [paragraph(one.more, "quiet")] if one.more else []
    return [heading(one.title), *note, *_chart(one.chart, charts, one.headings, one.rows, texts=one.texts), *more]


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


def _alerts(summary: ReplaySummary) -> list[str]:
    told = alert_lines(summary)
    return [heading("Alerts"), bullets(told)] if told else []


def _left_out(summary: ReplaySummary) -> list[str]:
    found = [heading("What this cannot say"), bullets(left_out_lines(summary))]
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
    clashes = [(f"{m.row}", m.text, f"{m.grouped}", f"{m.alone}", ", ".join(m.differs)) for m in summary.mismatches]
    found = [heading("How it was done"), *(paragraph(line, "quiet") for line in effort_lines(summary))]
    if clashes:
        found.append(_wide(("row", "text", "by its group", "by itself", "differs in"), clashes[:MOST], texts=5))
    return found
