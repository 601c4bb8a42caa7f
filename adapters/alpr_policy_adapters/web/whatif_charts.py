"""The charts of a replay for the page: which way rows went, by month and by act, who has the work, what is kept.

They draw what `charts.replay` draws for the report, as options of ECharts, which tells its parts by pattern as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from alpr_policy.model.decision import Outcome
from alpr_policy.questions.replay_load import Load
from alpr_policy.questions.replay_summary import Point, ReplaySummary, Tally
from alpr_policy.questions.replay_words import load_words, ranked, who
from alpr_policy_adapters.charts.replay import MOST, PARTS, part_of
from alpr_policy_adapters.charts.svg import COLOURS, short

Options = dict[str, Any]
OUTCOMES: Final = (Outcome.ALLOW, Outcome.NEEDS, Outcome.DENY)
# Told apart from the paper in light and in dark alike.
INK: Final = "#808080"
LINE: Final = "#80808055"
SERIES: Final = ("retention", "storage", "audits")


def charts_of(summary: ReplaySummary) -> dict[str, Options]:
    """Return the charts for which there is something to draw, by name, as options of ECharts."""
    found: dict[str, Options] = {}
    if summary.directions:
        found["matrix"] = _matrix(summary)
    if any(one.flips for one in summary.by_month):
        found["months"] = _stacked(summary.by_month, across=False)
    acts = [one for one in ranked(summary.by_act, MOST)[0] if one.flips]
    if acts:
        found["acts"] = _stacked(acts, across=True)
    if any(one.before or one.after for one in summary.workload):
        found["workload"] = _workload(summary.workload)
    for name in SERIES:
        points: Sequence[Point] = getattr(summary, name)
        if points:
            found[name] = _over_time(points)
    return found


def _matrix(summary: ReplaySummary) -> Options:
    counts = {(before, after): 0 for before in OUTCOMES for after in OUTCOMES}
    for one in summary.directions:
        counts[one.before, one.after] += one.rows
    of = {before: sum(counts[before, after] for after in OUTCOMES) for before in OUTCOMES}
    cells = [
        {
            "value": [OUTCOMES.index(after), OUTCOMES.index(before), round(rows / of[before], 4) if of[before] else 0],
            "label": {"formatter": f"{rows:,}"},
        }
        for (before, after), rows in counts.items()
    ]
    names = [one.value for one in OUTCOMES]
    return {
        "textStyle": {"color": INK},
        "grid": {"left": 60, "right": 10, "top": 40, "bottom": 10},
        "xAxis": {**_axis(names), "position": "top", "name": "after", "nameLocation": "middle", "nameGap": 24},
        "yAxis": {**_axis(names), "inverse": True, "name": "before", "nameLocation": "middle", "nameGap": 46},
        "visualMap": {"show": False, "min": 0, "max": 1, "inRange": {"color": ["#dce9f6", COLOURS["heat"]]}},
        "series": [
            {
                "type": "heatmap",
                "data": cells,
                "label": {"show": True, "color": "#111213", "fontSize": 14},
                "itemStyle": {"borderColor": INK, "borderWidth": 1},
            }
        ],
        "aria": {"enabled": True},
    }


def _stacked(tallies: Sequence[Tally], *, across: bool) -> Options:
    """Return the three parts of the flips, one upon the other; `across` as bars that lie."""
    series = [
        {
            "name": says,
            "type": "bar",
            "stack": "flips",
            "data": [part_of(one, colour) for one in tallies],
            "itemStyle": {"color": COLOURS[colour]},
        }
        for says, colour, _ in PARTS
    ]
    return _bars([short(one.name) for one in tallies], series, across=across)


def _workload(loads: Sequence[Load]) -> Options:
    most = sorted(loads, key=lambda one: (-max(one.before, one.after), one.kind, one.name, one.roles))[:MOST]
    names = [short(load_words(one) + (f": {who(one.roles)}" if one.roles else "")) for one in most]
    series = [
        {
            "name": says,
            "type": "bar",
            "data": [getattr(one, says) for one in most],
            "itemStyle": {"color": COLOURS[says]},
        }
        for says in ("before", "after")
    ]
    return _bars(names, series, across=True)


def _bars(names: Sequence[str], series: Sequence[Mapping[str, Any]], *, across: bool) -> Options:
    named = _axis(names)
    counted = {
        "type": "value",
        "minInterval": 1,
        "axisLabel": {"color": INK, "hideOverlap": True},
        "splitLine": {"lineStyle": {"color": LINE}},
    }
    axes = {"xAxis": counted, "yAxis": {**named, "inverse": True}} if across else {"xAxis": named, "yAxis": counted}
    return {
        "textStyle": {"color": INK},
        "legend": {"type": "scroll", "top": 0, "itemWidth": 16, "itemGap": 8, "textStyle": {"color": INK}},
        "grid": {"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        **axes,
        "series": list(series),
        "aria": {"enabled": True, "decal": {"show": True}},
    }


def _over_time(points: Sequence[Point]) -> Options:
    series = [
        {
            "name": says,
            "type": "line",
            "showSymbol": False,
            "data": [getattr(one, says) for one in points],
            "lineStyle": {"type": dashes, "color": COLOURS[says]},
            "itemStyle": {"color": COLOURS[says]},
        }
        for says, dashes in (("before", "dashed"), ("after", "solid"))
    ]
    return {**_bars([one.day for one in points], series, across=False), "aria": {"enabled": True}}


def _axis(names: Sequence[str]) -> Options:
    label = {"color": INK, "width": 150, "overflow": "truncate", "hideOverlap": True}
    return {"type": "category", "data": list(names), "axisLabel": label}


def height_of(name: str, options: Options) -> int:
    """Return how many pixels high a chart is: bars that lie need room for each."""
    if name in ("acts", "workload"):
        return 70 + 34 * len(options["yAxis"]["data"]) * (2 if name == "workload" else 1)
    return 240
