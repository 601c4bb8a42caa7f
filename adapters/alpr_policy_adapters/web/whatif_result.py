"""How a replay that is done looks on the page: figures, charts with their tables, rows, samples, files to take away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from nicegui import ui

from alpr_policy_adapters.web.desk import Desk, told
from alpr_policy_adapters.web.frame import heading, said, tell
from alpr_policy_adapters.web.whatif_charts import height_of
from alpr_policy_adapters.web.whatif_flips import PAGE, directions_of, flips_page
from alpr_policy_adapters.web.whatif_runs import Run
from alpr_policy_adapters.web.wide import pre, wide

EVERY = "every direction"
WORK = "Work"
# Which tables of the report stand in which part.
PARTS = {
    "Which way": ("Which way", "Month by month", "By act"),
    "Why": ("By rule", "Newly asked for", "No longer asked for"),
    WORK: ("Work: approvals, checks, papers", "What must follow"),
}
FILES = {
    "report.html": "The report (HTML)",
    "replay.json": "All of it (JSON)",
    "flips.csv": "The rows (CSV)",
    "flips.parquet": "The rows (Parquet)",
}


def result_shown(desk: Desk, run: Run, data: Mapping[str, Any], part: str, chosen: Callable[[str], object]) -> None:
    """Draw what came of a replay into the place where this is called; `chosen` is told which part is looked at."""
    heading(data["title"])
    for line in data["gist"]:
        ui.label(line).classes("m-gist")
    if data["clash"]:
        said(data["clash"])
    with ui.element("ul").classes("tiles"):
        for value, says in data["tiles"]:
            with ui.element("li"):
                ui.html(value, tag="strong").classes(f"m-tile-{says.split(' (')[0].replace(' ', '-')}")
                ui.label(says)
    _files(desk, run, data)
    parts = {name: draw for name, draw in _parts(desk, run, data).items() if draw is not None}
    first = part if part in parts else next(iter(parts))
    with (
        ui.tabs(on_change=lambda event: chosen(str(event.value)))
        .props("align=left no-caps outside-arrows mobile-arrows")
        .classes("w-full m-parts") as tabs
    ):
        for name in parts:
            ui.tab(name).classes(f"m-part-{name.split()[-1].lower()}")
    with ui.tab_panels(tabs, value=first, animated=False).classes("w-full panels"):
        for name, draw in parts.items():
            with ui.tab_panel(name).classes("px-0"):
                draw()


def _parts(desk: Desk, run: Run, data: Mapping[str, Any]) -> dict[str, Callable[[], None] | None]:
    """Return what is shown in parts, each by its name; None for one in which there is nothing."""
    charts = data["charts"]
    about = {name: [one for one in data["changes"] if one["title"] in titles] for name, titles in PARTS.items()}
    drawn: dict[str, Callable[[], None] | None] = {
        name: partial(_blocks, blocks, charts, data["alerts"] if name == WORK else ())
        if blocks or (name == WORK and data["alerts"])
        else None
        for name, blocks in about.items()
    }
    drawn["Rows"] = Flips(desk, run).draw if data["flips"] else None
    drawn["Samples"] = partial(_samples, data["samples"]) if data["samples"] else None
    drawn["By whom, and what is kept"] = partial(_blocks, data["breakdowns"], charts) if data["breakdowns"] else None
    drawn["How sure"] = partial(_sure, data)
    return drawn


def _blocks(blocks: Sequence[Mapping[str, Any]], charts: Mapping[str, Any], alerts: Sequence[str] = ()) -> None:
    for one in blocks:
        _block(one, charts)
    if alerts:
        heading("Alerts", 3)
        _lines(alerts)


def _sure(data: Mapping[str, Any]) -> None:
    _cannot(data)
    _effort(data)


def _files(desk: Desk, run: Run, data: Mapping[str, Any]) -> None:
    with ui.row().classes("gap-2 items-center my-2").props('role=group aria-label="Take it away"'):
        for name, says in FILES.items():
            if run.file(name) is not None:
                button = ui.button(says, icon="download", on_click=partial(_download, desk, run, name))
                button.props("outline no-caps dense").classes(f"px-2 m-take-{name.replace('.', '-')}")
    if data["lacking"]:
        said(data["lacking"])


def _download(desk: Desk, run: Run, name: str) -> None:
    desk.caller("audit")
    path = run.file(name)
    if path is None:
        tell("the files of this replay were removed: judge the log again")
        return
    ui.download.file(path, name)


def _block(one: Mapping[str, Any], charts: Mapping[str, Any]) -> None:
    heading(one["title"], 3)
    if one["note"]:
        ui.label(one["note"]).classes("quiet text-sm")
    options = charts.get(one["chart"])
    if options is None:
        wide(one["title"], one["headings"], one["rows"], texts=one["texts"])
    else:
        with ui.row().classes("w-full items-start gap-4"):
            chart = ui.echart(options, renderer="svg").classes("min-w-0").style(
                f"height: {height_of(one['chart'], options)}px; flex: 1 1 20rem; max-width: 100%"
            )  # fmt: skip
            chart.props(f'role=img aria-label="{one["title"]}; the table beside it says the same"')
            with ui.element("div").classes("min-w-0 beside"):
                wide(one["title"], one["headings"], one["rows"], texts=one["texts"])
    if one["more"]:
        ui.label(one["more"]).classes("quiet text-sm")


def _lines(lines: Sequence[str]) -> None:
    with ui.element("ul").classes("list-disc pl-6"):
        for line in lines:
            with ui.element("li"):
                ui.label(line)


def _cannot(data: Mapping[str, Any]) -> None:
    heading("What this cannot say", 3)
    _lines(data["left_out"])
    if data["absent"]:
        ui.label("Rules read these facts, and no column holds them, so they are unknown in every row:")
        ui.label(", ".join(data["absent"])).classes("quiet m-absent").style("overflow-wrap: anywhere")


def _samples(samples: Sequence[Mapping[str, Any]]) -> None:
    if not samples:
        return
    heading(f"Samples ({len(samples)})", 3)
    for one in samples:
        with ui.expansion(one["head"]).classes("w-full fine"):
            for name, text in one["sides"]:
                heading(name, 4)
                pre(text)


def _effort(data: Mapping[str, Any]) -> None:
    heading("How it was done", 3)
    for line in data["effort"]:
        ui.label(line).classes("quiet m-effort")
    if data["mismatches"]:
        headings = ("row", "text", "by its group", "by itself", "differs in")
        wide("Rows that came out otherwise", headings, data["mismatches"], texts=5)


class Flips:
    """The rows with another outcome, some at a time."""

    def __init__(self, desk: Desk, run: Run) -> None:
        """Show those of a replay."""
        self.desk, self.run = desk, run
        self.page, self.direction, self.total = 0, "", 0

    def draw(self) -> None:
        """Draw the place for the rows and fetch the first."""
        heading("Rows with another outcome", 3)
        with ui.row().classes("items-center gap-3"):
            self.ways = ui.select([EVERY], value=EVERY, label="Direction", on_change=self._way)
            self.ways.props("outlined dense").classes("m-direction").style("min-width: 12rem")
            ui.button("Earlier", on_click=partial(self._turn, -1)).props("flat dense no-caps")
            ui.button("Further", on_click=partial(self._turn, 1)).props("flat dense no-caps").classes("m-further")
            self.where = ui.label().props("role=status").classes("m-flips-where")
        self.rows = ui.element("div").classes("w-full m-flips")
        ui.timer(0, told(tell)(self._first), once=True)

    async def _first(self) -> None:
        path = self.run.file("flips.parquet")
        if path is not None:
            ways = await self.desk.thread(directions_of, path)
            if not self.rows.is_deleted:
                self.ways.set_options([EVERY, *ways], value=EVERY)
        await self._fetch()

    async def _way(self, event: Any) -> None:
        self.direction, self.page = ("" if event.value == EVERY else str(event.value or "")), 0
        await told(tell)(self._fetch)()

    async def _turn(self, by: int) -> None:
        self.page = max(0, min(self.page + by, (self.total - 1) // PAGE))
        await told(tell)(self._fetch)()

    async def _fetch(self) -> None:
        self.desk.caller("audit")
        path = self.run.file("flips.parquet")
        if path is None:
            tell("the rows of this replay were removed: judge the log again")
            return
        found = await self.desk.thread(flips_page, path, self.page, self.direction)
        if self.rows.is_deleted:
            return
        self.total = found.total
        first = self.page * PAGE
        to = f"{first + 1:,} to {first + len(found.rows):,} of {found.total:,}"
        self.where.set_text(to if found.rows else "none")
        self.rows.clear()
        with self.rows:
            kinds = ["short" if one in ("row", "when (UTC)", "before", "after") else "" for one in found.headings]
            wide("Rows with another outcome", found.headings, found.rows, texts=len(found.headings), kinds=kinds)
