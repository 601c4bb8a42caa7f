"""The tab *Cases and duties*: what waits for whom, what is overdue, and what the visitor can do for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nicegui import ui

from alpr_policy.errors import PolicyError
from alpr_policy.questions.case_words import briefly
from alpr_policy_adapters.http import Refusal, native
from alpr_policy_adapters.web.case_panel import CasePanel
from alpr_policy_adapters.web.desk import Desk, problem_of
from alpr_policy_adapters.web.frame import heading, said
from alpr_policy_adapters.web.offers import waits_for
from alpr_policy_adapters.web.tables import Cell, table

SHOWN: Final = 50
EVERYTHING, MINE, LATE = "all", "for my roles", "late"
STANDINGS: Final = {"overdue": "overdue", "due": "due now", "undetermined": "cannot be said", "not_due": "not due"}
AHEAD: Final = 40


def build(desk: Desk) -> None:
    """Draw the tab."""
    if desk.service.asking.deciding.keeper is None:
        said("This server keeps no ledger, so it has no cases: begin it with --ledger.")
        return
    Cases(desk).draw()


class Cases:
    """The list, the case that is looked at, and the duties of each department."""

    def __init__(self, desk: Desk) -> None:
        """Show what the visitor at `desk` may see."""
        self.desk = desk
        self.which = EVERYTHING
        self.first = 0

    def draw(self) -> None:
        """Draw the tab."""
        with ui.element("section").props('aria-label="Cases"'):
            heading("Cases")
            with ui.row().classes("items-center gap-4"):
                choices = [EVERYTHING, *([MINE] if self._roles() else []), LATE]
                ui.radio(choices, value=self.which, on_change=self._chosen).props("inline dense").classes("m-which")
                ui.button("Look again", on_click=self.show).props("flat dense no-caps").classes("m-again")
            self.list = ui.column().classes("w-full m-cases")
            self.panel = CasePanel(self.desk, self.show)
        with ui.element("section").props('aria-label="Duties"'):
            heading("Duties")
            self.duties = ui.column().classes("w-full m-duties")
        ui.timer(0.05, self._begin, once=True)

    async def _begin(self) -> None:
        await self.show()
        await self._duties()

    async def _chosen(self, event: Any) -> None:
        self.which, self.first = event.value, 0
        await self.show()

    def _roles(self) -> tuple[str, ...]:
        """Return the roles that the signed-in person holds now, by the directory."""
        people, person = self.desk.service.asking.deciding.people, self.desk.visit.person
        found = people.person(person) if people is not None and person else None
        if people is None or found is None:
            return ()
        held = people.roles(found, self.desk.service.asking.clock())
        return tuple(role for role, _ in held.pairs()) if held is not None else ()

    async def show(self) -> None:
        """Read the cases and draw the list."""
        try:
            found = await self.desk.thread(self.desk.asked, native.cases, "approve")
        except (Refusal, PolicyError) as error:
            found = {"cases": [], "problem": problem_of(error)}
        lines = [one for one in found["cases"] if self._is_wanted(one)]
        self.first = min(self.first, max(0, len(lines) - 1) // SHOWN * SHOWN)
        self.list.clear()
        with self.list:
            if "problem" in found:
                said(found["problem"])
            elif not lines:
                ui.label("No case is open." if self.which == EVERYTHING else "No open case is of this kind.")
            else:
                shown = lines[self.first : self.first + SHOWN]
                table("Open cases", ("Case", "About", "Status", "Since", "Answer", "Waits for"), map(self._row, shown))
                self._pages(len(lines))

    def _pages(self, count: int) -> None:
        if count <= SHOWN:
            return

        async def turn(by: int) -> None:
            self.first = max(0, self.first + by)
            await self.show()

        with ui.row().classes("items-center"):
            ui.label(f"{self.first + 1} to {min(count, self.first + SHOWN)} of {count}")
            ui.button("Earlier", on_click=lambda: turn(-SHOWN)).props("flat dense no-caps")
            ui.button("Later", on_click=lambda: turn(SHOWN)).props("flat dense no-caps")

    def _is_wanted(self, line: Mapping[str, Any]) -> bool:
        match self.which:
            case str(word) if word == MINE:
                return waits_for(line, self._roles())
            case str(word) if word == LATE:
                return bool(line["late"])
        return True

    def _row(self, line: Mapping[str, Any]) -> tuple[Cell, ...]:
        name = line["case"]

        def link() -> None:
            ui.button(name, on_click=lambda: self.panel.show(name)).props("flat dense no-caps align=left no-wrap")

        since = line["since"][:16].replace("T", " ")
        told = briefly(line["late"], line["owed"], line["waits_for"]) or "nothing"
        return (link, line["about"], line["status"], since, line["answer"] or "", told)

    async def _duties(self) -> None:
        self.duties.clear()
        for name in self.desk.caller("approve").departments:
            try:
                found = await self.desk.thread(self.desk.asked, native.duties, "audit", path={"department": name})
            except (Refusal, PolicyError) as error:
                with self.duties:
                    said(problem_of(error))
                return
            with self.duties:
                self._department(name, found["duties"])

    def _department(self, name: str, lines: list[dict[str, Any]]) -> None:
        owed = [one for one in lines if one["standing"] != "not_due" and one.get("unknown") != ["events"]]
        late = sum(one["standing"] == "overdue" for one in owed)
        title = f"{self.desk.point.catalog.latest(name).department}: {late} overdue, {len(owed) - late} others open"
        with ui.expansion(title, value=bool(late)).classes(f"w-full m-duties-{name}"):
            if not owed:
                ui.label("Nothing is owed now.")
                return
            headings = ("What", "Standing", "By when", "Who", "Clause", "Why")
            table(f"Duties of {name}", headings, (_duty(one) for one in owed[:AHEAD]))
            if len(owed) > AHEAD:
                ui.label(f"and {len(owed) - AHEAD} more: alpr-policy duties -p {name}").classes("quiet")


def _duty(one: Mapping[str, Any]) -> tuple[Cell, ...]:
    whom = f" ({one['for_each']} {one['of']})" if one.get("of") else ""
    due = one.get("due_by") or ""
    standing = STANDINGS.get(one["standing"], one["standing"])
    return (one["what"] + whom, standing, due[:16].replace("T", " "), one["who"], ", ".join(one["cite"]), one["why"])
