"""A heat map with a number or a sign in every cell, so that it can be read in black and white and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alpr_policy_adapters.charts.svg import COLOURS, figure, svg

# Light to dark, so that what is more prints darker, and apart for every sort of colour blindness.
SHADES = ("#f7fbff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b")
INCH, ROW = 1.35, 0.27
MARGIN = 2.3
# White letters are read on what is at least this dark.
FIRST_DARK = 6


def heat_map(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    cells: Sequence[Sequence[str]],
    *,
    name: str,
    label: str,
) -> str:
    """Return a heat map as SVG: `values` shade, from the least to the most, and `cells` are written into them.

    A cell without a value stays white.

    `name` keeps its ids apart from other charts', `label` says what it shows. Raises MissingExtraError without
    matplotlib.
    """
    known = [value for row in values for value in row if value is not None]
    lowest, highest = min(known, default=0.0), max(known, default=0.0)
    with figure(MARGIN + INCH * len(columns), 0.9 + ROW * len(rows)) as drawn:
        axes = drawn.add_subplot()
        for top, (row, told) in enumerate(zip(values, cells, strict=True)):
            for left, (value, text) in enumerate(zip(row, told, strict=True)):
                _cell(axes, left, top, None if value is None else _shade(value, lowest, highest), text)
        axes.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
        axes.set_xticks([n + 0.5 for n in range(len(columns))], columns)
        axes.set_yticks([n + 0.5 for n in range(len(rows))], rows)
        axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False, labelcolor=COLOURS["ink"])
        for spine in axes.spines.values():
            spine.set_visible(False)
        return svg(drawn, name=name, label=label)


def _shade(value: float, lowest: float, highest: float) -> int:
    share = 0.5 if highest == lowest else (value - lowest) / (highest - lowest)
    return round(share * (len(SHADES) - 1))


def _cell(axes: Any, left: int, top: int, shade: int | None, text: str) -> None:
    from matplotlib.patches import Rectangle

    fill = "#ffffff" if shade is None else SHADES[shade]
    axes.add_patch(Rectangle((left, top), 1, 1, facecolor=fill, edgecolor="#ffffff", linewidth=1.5))
    colour = "#ffffff" if shade is not None and shade >= FIRST_DARK else "#000000"
    axes.text(left + 0.5, top + 0.5, text, ha="center", va="center", fontsize=9, color=colour)
