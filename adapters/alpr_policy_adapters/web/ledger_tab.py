"""The tab *Ledger*: what was decided, searched, shown with its proof, verified, and taken away. It only reads."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from nicegui import ui

from alpr_policy.model.decision import Outcome
from alpr_policy.vocabulary import VOCABULARY
from alpr_policy_adapters.http import Service
from alpr_policy_adapters.ledger import Head, Kind, Ledger, LedgerError, Summary, Wanted
from alpr_policy_adapters.web.desk import Desk, problem_of, told
from alpr_policy_adapters.web.frame import said, tell
from alpr_policy_adapters.web.ledger_asking import (
    ANY,
    Line,
    Page,
    Sought,
    among,
    exported,
    ledger_of,
    page_of,
    wanted_of,
)
from alpr_policy_adapters.web.ledger_proving import Given, Proving
from alpr_policy_adapters.web.ledger_row import row_shown
from alpr_policy_adapters.web.tables import table
from alpr_policy_adapters.web.wide import add_style, wide

KEPT: Final = "ledger"
HEADINGS: Final = ("row", "happened (UTC)", "kind", "about")


@dataclass(slots=True)
class Kept:
    """What stays with the visit: what is sought, and the checkpoints that were given."""

    sought: Sought = field(default_factory=Sought)
    given: Given = field(default_factory=Given)


def build(desk: Desk) -> None:
    """Draw the tab, as soon as the ledger has said what it holds."""
    add_style()
    place = ui.element("div").classes("w-full")

    async def opened() -> None:
        try:
            found = await desk.thread(_found, desk.service)
        except LedgerError as error:
            found = None, problem_of(error)
        if not place.is_deleted:
            with place:
                _draw(desk, *found)

    ui.timer(0, told(tell)(opened), once=True)


def _found(service: Service) -> tuple[tuple[Ledger, Head, Summary] | None, str]:
    ledger = ledger_of(service)
    return (None, "") if ledger is None else ((ledger, ledger.head(), ledger.summary()), "")


def _draw(desk: Desk, found: tuple[Ledger, Head, Summary] | None, problem: str) -> None:
    if found is None and problem:
        said(problem)
        return
    if found is None:
        ui.label("This server keeps no ledger. Begin it with one, and every decision is written before it is answered:")
        ui.label("alpr-policy serve … --ledger decisions.db").classes("place m-no-ledger")
        return
    ledger, head, summary = found
    kept = desk.visit.kept.setdefault(KEPT, Kept())
    _head(head, summary)
    with ui.tabs().props("align=left no-caps outside-arrows mobile-arrows").classes("w-full") as tabs:
        ui.tab("Search").classes("m-part-search")
        ui.tab("Verify").classes("m-part-verify")
    with ui.tab_panels(tabs, value="Search", animated=False, keep_alive=True).classes("w-full panels"):
        with ui.tab_panel("Search").classes("px-0 gap-2"):
            Searching(desk, ledger, kept).draw()
        with ui.tab_panel("Verify").classes("px-0 gap-2"):
            Proving(desk, ledger, kept.given).draw()


def _head(head: Head, found: Summary) -> None:
    with ui.element("ul").classes("tiles"):
        for value, says in (
            (f"{head.size:,}", "rows"),
            ((found.first_written or "never")[:10], "first written"),
            ((found.last_written or "never")[:10], "last written"),
            (f"row {found.last_checkpoint}" if found.last_checkpoint else "none", "last checkpoint"),
        ):
            with ui.element("li"):
                ui.html(value, tag="strong")
                ui.label(says)
    with ui.expansion("Rows by kind").classes("w-full"):
        wide("Rows by kind", ("kind", "rows"), [(kind, f"{count:,}") for kind, count in found.kinds.items()])
        ui.label(f"Ledger {head.ledger}, its last row {head.hash}").classes("place quiet text-sm break-all")


class Searching:
    """The form, the rows that it finds a page at a time, and one of them in full."""

    def __init__(self, desk: Desk, ledger: Ledger, kept: Kept) -> None:
        """Search `ledger` for the visitor at `desk`."""
        self.desk, self.ledger, self.sought, self.given = desk, ledger, kept.sought, kept.given
        self.before: list[int | None] = [None]
        self.page = Page((), None)

    def draw(self) -> None:
        """Draw the form and fetch the newest rows."""
        with ui.element("section").props('aria-label="Which rows"').classes("w-full"):
            with ui.element("div").classes("grid gap-2 w-full grid-cols-1 sm:grid-cols-2 md:grid-cols-4"):
                self._choices()
                self._texts()
            with ui.row().classes("items-center gap-3 my-2"):
                ui.button("Search", on_click=self._again).props("no-caps").classes("m-search")
                ui.button("Take these rows away (JSON Lines)", icon="download", on_click=self._export).props(
                    "outline no-caps"
                ).classes("m-export")
                ui.switch(
                    "With persons, plates, case numbers and free text", value=self.sought.personal, on_change=self._show
                ).classes("m-personal")
        with ui.row().classes("items-center gap-2"):
            ui.button("Newer", on_click=self._newer).props("flat dense no-caps").classes("m-newer")
            ui.button("Older", on_click=self._older).props("flat dense no-caps").classes("m-older")
            self.where = ui.label().props("role=status").classes("m-where")
        self.rows = ui.element("div").classes("w-full m-rows")
        self.one = (
            ui.element("section")
            .classes("w-full m-row")
            .props('aria-label="One row in full"')
            .style("scroll-margin-top: 6rem")
        )
        ui.timer(0, told(tell)(self._fetch), once=True)

    def _choices(self) -> None:
        departments = self.desk.caller("audit").departments
        for name, label, values in (
            ("kind", "Kind", [kind.value for kind in Kind]),
            ("outcome", "Outcome", [outcome.value for outcome in Outcome]),
            ("act", "Act", sorted(VOCABULARY.actions)),
            ("department", "Department", list(departments)),
        ):
            listed = {ANY: "any", **{value: value.replace("_", " ") for value in values}}
            made = ui.select(listed, value=getattr(self.sought, name), label=label, with_input=name == "act",
                             on_change=partial(self._set, name))  # fmt: skip
            made.props("outlined dense").classes(f"w-full m-{name}")

    def _texts(self) -> None:
        for name, label, hint in (
            ("since", "Happened then or later", "2026-05-01T00:00:00-04:00"),
            ("until", "Happened then or before", "2026-05-31T23:59:59-04:00"),
            ("row", "Up to row number", ""),
            ("person", "Person", ""),
            ("plate", "Plate", ""),
            ("case", "Case, or its number", ""),
        ):
            made = ui.input(
                label, value=getattr(self.sought, name), placeholder=hint, on_change=partial(self._set, name)
            )
            made.props("outlined dense debounce=200 maxlength=300").classes(f"w-full m-{name}")
            made.on("keydown.enter", self._again)

    def _set(self, name: str, event: Any) -> None:
        setattr(self.sought, name, str(event.value or "")[:300])

    def _wanted(self) -> Wanted:
        return wanted_of(self.sought, among(self.desk.service, self.desk.caller("audit")))

    @property
    def personal(self) -> bool:
        """Say whether personal values are wanted, which takes the scope `audit` each time."""
        return self.sought.personal and "audit" in self.desk.caller("audit").scopes

    async def _again(self) -> None:
        self.before = [None]
        await told(tell)(self._fetch)()

    async def _show(self, event: Any) -> None:
        self.sought.personal = bool(event.value)
        self.one.clear()
        await told(tell)(self._fetch)()

    async def _older(self) -> None:
        if self.page.older is not None:
            self.before.append(self.page.older)
            await told(tell)(self._fetch)()

    async def _newer(self) -> None:
        if len(self.before) > 1:
            self.before.pop()
        await told(tell)(self._fetch)()

    async def _fetch(self) -> None:
        wanted = self._wanted()
        if self.before[-1] is not None:
            wanted = replace(wanted, last=self.before[-1])
        self.page = await self.desk.thread(page_of, self.ledger, wanted, personal=self.personal)
        if not self.rows.is_deleted:
            self._draw_rows()

    def _draw_rows(self) -> None:
        lines = self.page.lines
        found = f"rows {lines[0].seq:,} to {lines[-1].seq:,}, the newest first" if lines else "no row is like this"
        self.where.set_text(found)
        self.rows.clear()
        with self.rows:
            table("Rows", HEADINGS, ([partial(self._opener, line.seq), *_cells(line)] for line in lines))

    def _opener(self, seq: int) -> None:
        opened = ui.button(f"{seq:,}", on_click=partial(self._open, seq))
        opened.props(f'flat dense no-caps aria-label="Open row {seq}"').classes(f"m-row-{seq}")

    async def _open(self, seq: int) -> None:
        await told(tell)(self._opened)(seq)

    async def _opened(self, seq: int) -> None:
        await row_shown(self.desk, self.ledger, seq, self.one, self.given, personal=self.personal)

    async def _export(self) -> None:
        await told(tell)(self._exported)()

    async def _exported(self) -> None:
        wanted, personal = self._wanted(), self.personal
        data = await self.desk.thread(exported, self.ledger, wanted, self.given.newest, personal=personal)
        if not self.rows.is_deleted:
            ui.download.content(data, "ledger.jsonl", "application/jsonl")


def _cells(line: Line) -> tuple[str, str, str]:
    return line.happened[:19].replace("T", " "), line.kind.replace("_", " "), line.about
