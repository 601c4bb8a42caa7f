"""The charts of a replay: which way rows went, by month and by act, who has the work, what is kept."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Any, Final

from alpr_policy.model.decision import Outcome
from alpr_policy.questions.replay_load import Load
from alpr_policy.questions.replay_summary import Point, ReplaySummary, Tally
from alpr_policy.questions.replay_words import load_words, ranked, who
from alpr_policy_adapters.charts.svg import COLOURS, figure, short, svg

WIDTH: Final = 5.6
MOST: Final = 12
OUTCOMES: Final = (Outcome.ALLOW, Outcome.NEEDS, Outcome.DENY)
# Each with a hatching of its own, so that they are told apart without colour.
PARTS: Final = (("newly allowed", "allow", ""), ("now needs", "needs", "---"), ("newly denied", "deny", "///"))
SIDES: Final = (("before", "before", "///"), ("after", "after", ""))


def replay_charts(summary: ReplaySummary) -> dict[str, str]:
    """Return the charts for which there is something to draw, by name, as SVG; raises MissingExtraError."""
    found: dict[str, str] = {}
    if summary.directions:
        found["matrix"] = matrix(summary)
    if any(one.flips for one in summary.by_month):
        found["months"] = months(summary.by_month)
    if any(one.flips for one in summary.by_act):
        found["acts"] = acts(summary.by_act)
    if any(one.before or one.after for one in summary.workload):
        found["workload"] = workload(summary.workload)
    series = {"retention": "records kept", "storage": "bytes kept", "audits": "audits overdue"}
    for name, unit in series.items():
        points: Sequence[Point] = getattr(summary, name)
        if points:
            found[name] = over_time(points, name, unit)
    return found


def matrix(summary: ReplaySummary) -> str:
    """Draw how many rows went from each outcome to each; the more of its outcome before, the darker."""
    counts = {(before, after): 0 for before in OUTCOMES for after in OUTCOMES}
    for one in summary.directions:
        counts[one.before, one.after] += one.rows
    with figure(WIDTH, 3.0) as drawn:
        axes = drawn.subplots()
        for y, before in enumerate(OUTCOMES):
            of = sum(counts[before, after] for after in OUTCOMES)
            for x, after in enumerate(OUTCOMES):
                _cell(axes, x, y, counts[before, after], of)
        names = [str(one) for one in OUTCOMES]
        axes.set(xlim=(-0.5, 2.5), ylim=(2.5, -0.5), xticks=range(3), yticks=range(3))
        axes.set_xticklabels(names)
        axes.set_yticklabels(names)
        axes.set_xlabel("after")
        axes.set_ylabel("before")
        axes.xaxis.set_label_position("top")
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        told = ", ".join(f"{b} to {a} {n:,}" for (b, a), n in counts.items() if n)
        return svg(drawn, name="matrix", label=f"Rows by outcome before and after: {told}")


def _cell(axes: Any, x: int, y: int, rows: int, of: int) -> None:
    from matplotlib.patches import Rectangle

    strength = rows / of if of else 0.0
    kept = x == y
    place, size = (x - 0.47, y - 0.46), (0.94, 0.92)
    if rows:
        axes.add_patch(Rectangle(place, *size, facecolor=COLOURS["heat"], alpha=0.12 + 0.88 * strength, linewidth=0))
    edge, thick = COLOURS["line" if kept else "ink"], 0.8 if kept or not rows else 1.6
    axes.add_patch(Rectangle(place, *size, facecolor="none", edgecolor=edge, linewidth=thick))
    axes.text(x, y, f"{rows:,}", ha="center", va="center", fontweight="normal" if kept else "bold")


def months(tallies: Sequence[Tally]) -> str:
    """Draw the flips of each month, stacked by where they went."""
    with figure(WIDTH, 2.9) as drawn:
        axes = drawn.subplots()
        places = range(len(tallies))
        _stacked(tallies, lambda heights, low, **how: axes.bar(places, heights, bottom=low, width=0.8, **how))
        step = -(-len(tallies) // 8)
        axes.set_xticks(list(places)[::step])
        axes.set_xticklabels([short(one.name) for one in tallies][::step], rotation=35, ha="right")
        axes.grid(axis="y", linewidth=0.5)
        _thousands(axes.yaxis)
        axes.set_ylabel("rows")
        _legend(drawn, axes)
        told = ", ".join(f"{one.name} {one.flips:,}" for one in tallies[:36])
        return svg(drawn, name="months", label=f"Rows with another outcome, by month: {told}")


def acts(tallies: Sequence[Tally]) -> str:
    """Draw the flips of the acts that have most, stacked by where they went."""
    shown = [one for one in ranked(tallies, MOST)[0] if one.flips]
    with figure(WIDTH, 0.9 + 0.34 * len(shown)) as drawn:
        axes = drawn.subplots()
        places = range(len(shown))
        _stacked(shown, lambda widths, low, **how: axes.barh(places, widths, left=low, height=0.7, **how))
        _named_rows(axes, [short(one.name) for one in shown])
        _legend(drawn, axes)
        told = ", ".join(f"{one.name} {one.flips:,}" for one in shown)
        return svg(drawn, name="acts", label=f"Rows with another outcome, by act: {told}")


def _stacked(tallies: Sequence[Tally], draw: Callable[..., Any]) -> None:
    """Draw the three parts of the flips, one upon the other."""
    low = [0] * len(tallies)
    for says, colour, hatch in PARTS:
        sizes = [part_of(one, colour) for one in tallies]
        draw(sizes, low, color=COLOURS[colour], hatch=hatch, label=says, linewidth=0)
        low = [a + b for a, b in zip(low, sizes, strict=True)]


def part_of(one: Tally, name: str) -> int:
    """Return how many flips of a tally went to an outcome: `allow`, `deny`, or `needs` for the rest."""
    parts = {"allow": one.newly_allowed, "deny": one.newly_denied}
    return parts.get(name, one.flips - one.newly_allowed - one.newly_denied)


def workload(loads: Sequence[Load]) -> str:
    """Draw in how many rows an approval, check or paper is asked for under each text, by who gives it."""
    most = sorted(loads, key=lambda one: (-max(one.before, one.after), one.kind, one.name, one.roles))[:MOST]
    with figure(WIDTH, 0.9 + 0.5 * len(most)) as drawn:
        axes = drawn.subplots()
        for n, (says, colour, hatch) in enumerate(SIDES):
            sizes = [getattr(one, says) for one in most]
            places = [place + (n - 0.5) * 0.38 for place in range(len(most))]
            bars = axes.barh(places, sizes, height=0.36, color=COLOURS[colour], hatch=hatch, label=says, linewidth=0)
            axes.bar_label(bars, labels=[f"{size:,}" for size in sizes], padding=3, fontsize=9)
        names = [load_words(one) + (f": {who(one.roles)}" if one.roles else "") for one in most]
        _named_rows(axes, ["\n".join(textwrap.wrap(name, 26, max_lines=2, placeholder=" …")) for name in names])
        axes.margins(x=0.15)
        _legend(drawn, axes)
        told = ", ".join(f"{name} {one.before:,} and {one.after:,}" for name, one in zip(names, most, strict=True))
        return svg(drawn, name="workload", label=f"Rows asking for work, before and after: {told}")


def over_time(points: Sequence[Point], name: str, unit: str) -> str:
    """Draw a series of days under both texts."""
    with figure(WIDTH, 2.7) as drawn:
        axes = drawn.subplots()
        places = range(len(points))
        lines = (("before", "--", "before"), ("after", "-", "after"))
        for says, dashes, colour in lines:
            values = [getattr(one, says) for one in points]
            axes.plot(places, values, dashes, color=COLOURS[colour], label=says, linewidth=2)
        step = -(-len(points) // 7)
        axes.set_xticks(list(places)[::step])
        axes.set_xticklabels([short(one.day) for one in points][::step], rotation=35, ha="right")
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", linewidth=0.5)
        _thousands(axes.yaxis)
        axes.set_ylabel(unit)
        _legend(drawn, axes)
        first, last = points[0], points[-1]
        told = (
            f"from {first.before:,} before and {first.after:,} after on {first.day} "
            f"to {last.before:,} and {last.after:,} on {last.day}"
        )
        return svg(drawn, name=name, label=f"{unit[:1].upper()}{unit[1:]}, by day: {told}")


def _named_rows(axes: Any, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)))
    axes.set_yticklabels(["\n".join(short(line) for line in name.split("\n")) for name in names])
    axes.invert_yaxis()
    axes.grid(axis="x", linewidth=0.5)
    axes.locator_params(axis="x", nbins=5)
    _thousands(axes.xaxis)
    axes.set_xlabel("rows")


def _thousands(axis: Any) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _number(value)))


def _number(value: float) -> str:
    for size, sign in ((1e12, "T"), (1e9, "G"), (1e6, "M")):
        if abs(value) >= 10 * size or (abs(value) >= size and value % (size / 10) == 0):
            return f"{value / size:g} {sign}"
    return f"{value:,.0f}"


def _legend(drawn: Any, axes: Any) -> None:
    handles, labels = axes.get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside upper center", ncols=len(labels), fontsize=10)
