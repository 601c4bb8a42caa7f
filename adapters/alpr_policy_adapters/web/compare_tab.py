"""The tab *Compare*: departments side by side on one matter, who is stricter on what, and two texts held together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from nicegui import ui

from alpr_policy.questions.compare import Comparison, Side
from alpr_policy.questions.decide import PolicyDecisionPoint
from alpr_policy.questions.pairs import Ranking
from alpr_policy_adapters.web.compare_matrix import SideBySide
from alpr_policy_adapters.web.compare_pair import TwoTexts
from alpr_policy_adapters.web.compare_ranking import WhoIsStricter
from alpr_policy_adapters.web.desk import Desk
from alpr_policy_adapters.web.html_tables import STYLE

KEPT: Final = "compare"
PARTS: Final = ("Side by side", "Who is stricter", "Two texts")


@dataclass(slots=True)
class Comparing:
    """What was chosen and found. It stays with the visit; what was found under other profiles is not shown again."""

    departments: list[str]
    subject: str = "searches"
    as_of: str = ""
    readings: bool = False
    part: str = PARTS[0]
    pair: list[str] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)
    floor: bool = False
    ranked: tuple[PolicyDecisionPoint, Ranking] | None = None
    compared: tuple[PolicyDecisionPoint, Comparison, tuple[Side, Side], bool] | None = None


def build(desk: Desk) -> None:
    """Draw the tab."""
    names = list(desk.caller("decide").departments)
    kept: Comparing = desk.visit.kept.setdefault(KEPT, Comparing(names))
    kept.departments = [name for name in kept.departments if name in names] or names
    kept.pair = [name for name in kept.pair if name in names]
    if len(kept.pair) < 2:
        kept.pair = [*names, *names][:2]
    ui.add_css(STYLE)
    parts: dict[str, Any] = {}
    with ui.tabs(value=kept.part).props("dense no-caps align=left inline-label outside-arrows mobile-arrows") as bar:
        for title in PARTS:
            parts[title] = ui.tab(title)
    bar.on_value_change(lambda event: setattr(kept, "part", event.value))
    with ui.tab_panels(bar, value=kept.part, animated=False, keep_alive=False).classes("w-full bg-transparent"):
        for title, drawn in zip(PARTS, _drawn(desk, kept), strict=True):
            with ui.tab_panel(parts[title]).classes("px-0"):
                drawn()


def _drawn(desk: Desk, kept: Comparing) -> tuple[Callable[[], None], ...]:
    return SideBySide(desk, kept).draw, WhoIsStricter(desk, kept).draw, TwoTexts(desk, kept).draw
