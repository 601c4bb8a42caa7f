"""What the page shows of a replay, as plain data: the report's own figures and tables, with charts for a browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from alpr_policy.questions.explain import explain
from alpr_policy.questions.replay_summary import ReplaySummary, SampleTold
from alpr_policy.questions.replay_tables import (
    alert_lines,
    breakdowns,
    changes,
    effort_lines,
    left_out_lines,
    tiles,
)
from alpr_policy.questions.replay_words import CLASHING
from alpr_policy_adapters.web.whatif_charts import charts_of

SUPPOSED = "Both texts are taken as if they had bound: this says nothing of what was lawful."


def shown(told: ReplaySummary, read: Sequence[str] = ()) -> dict[str, Any]:
    """Return a replay as plain data; `read` says what reading the log came to."""
    period = f", {told.first_at[:10]} to {(told.last_at or '')[:10]}" if told.first_at else ""
    gist = [f"A log of {told.rows:,} acts{period}, each decided under both texts.", *read]
    clash = CLASHING.format(count=len(told.mismatches), checked=told.checked) if told.mismatches else ""
    return {
        "title": f"{told.baseline} → {told.proposed}",
        "gist": gist + ([SUPPOSED] if told.as_if else []),
        "clash": clash,
        "mismatches": [
            [str(one.row), one.text, one.grouped.value, one.alone.value, ", ".join(one.differs)]
            for one in told.mismatches[:25]
        ],
        "tiles": [list(one) for one in tiles(told)],
        "changes": [asdict(one) for one in changes(told)],
        "breakdowns": [asdict(one) for one in breakdowns(told)],
        "charts": charts_of(told),
        "alerts": list(alert_lines(told)),
        "left_out": list(left_out_lines(told)),
        "absent": list(told.absent),
        "samples": [_sample(one, told) for one in told.samples],
        "effort": list(effort_lines(told)),
        "flips": told.totals.flips,
    }


def _sample(one: SampleTold, told: ReplaySummary) -> dict[str, Any]:
    return {
        "head": f"row {one.row}: {one.before.action}, {one.before.outcome} → {one.after.outcome}",
        "sides": [[told.baseline, explain(one.before)], [told.proposed, explain(one.after)]],
    }
