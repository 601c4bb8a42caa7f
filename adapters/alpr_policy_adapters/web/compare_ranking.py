"""The part *Who is stricter* of the tab *Compare*: every two texts held against each other, act by act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nicegui import ui

from alpr_policy.questions.pairs import Ranking, ranking
from alpr_policy.questions.ranked_words import ENDS, HOW, enough, ranking_data
from alpr_policy.questions.sides import side_of
from alpr_policy_adapters.cli.solving import solver_if_here
from alpr_policy_adapters.web.compare_matrix import chosen_departments, download
from alpr_policy_adapters.web.compare_shown import acts_sheet, texts_sheet
from alpr_policy_adapters.web.desk import Desk, told
from alpr_policy_adapters.web.frame import heading, tell
from alpr_policy_adapters.web.work import Work, worked

if TYPE_CHECKING:
    from alpr_policy_adapters.web.compare_tab import Comparing

SECONDS: Final = 120.0


class WhoIsStricter:
    """The departments, a button, and what came of it."""

    def __init__(self, desk: Desk, kept: Comparing) -> None:
        """Show what is `kept` to the visitor at `desk`."""
        self.desk, self.kept = desk, kept

    def draw(self) -> None:
        """Draw the part."""
        ui.label(HOW).classes("quiet")
        chosen_departments(self.desk, self.kept, self._nothing)
        self.go = ui.button("Who is stricter?", on_click=told(tell)(self._rank)).props("no-caps").classes("m-rank")
        self.progress = ui.column().classes("w-full")
        self.answer = ui.column().classes("w-full gap-2")
        if self.kept.ranked is not None and self.kept.ranked[0] is self.desk.point:
            self._show(self.kept.ranked[1])

    async def _nothing(self) -> None:
        """Leave what was found until somebody asks anew: the table names its texts."""

    async def _rank(self) -> None:
        caller, point = self.desk.caller("decide"), self.desk.point
        names = [name for name in self.kept.departments if name in caller.departments]
        sides = [side_of(point, name)[0] for name in names]
        enough(sides)

        def asked(work: Work) -> Ranking:
            def watch(first: str, second: str, pairs: int) -> None:
                work.step(f"{first} and {second}", pairs)

            return ranking(sides, solver=solver_if_here(), watch=watch)

        self.go.disable()
        try:
            found = await worked(self.desk, self.progress, asked, what="Comparing", seconds=SECONDS)
        finally:
            self.go.enable()
        self.kept.ranked = (point, found)
        if not self.answer.is_deleted:
            self._show(found)

    def _show(self, found: Ranking) -> None:
        self.answer.clear()
        with self.answer:
            heading("Text beside text", 2)
            ui.label(
                "Each cell says on how many acts the text of the row is stricter, laxer, or both: stricter in some "
                "cases, laxer in others."
            ).classes("quiet")
            ui.html(texts_sheet(found), sanitize=False).classes("w-full").classes("m-texts")
            heading("Act by act", 2)
            ui.label(
                "Each cell says beside how many of the others a text is stricter, laxer or both on an act; in brackets "
                f"how many rules make it stricter, and how many laxer. {ENDS}"
            ).classes("quiet")
            ui.html(acts_sheet(found), sanitize=False).classes("w-full").classes("m-ranked-acts")
            not_covered(found.not_covered)
            download("stricter.json", ranking_data(found))


def not_covered(lines: tuple[str, ...]) -> None:
    """Say what no comparison sees."""
    heading("Not covered", 2)
    with ui.element("ul").classes("list-disc pl-6"):
        for line in lines:
            with ui.element("li"):
                ui.label(line)
