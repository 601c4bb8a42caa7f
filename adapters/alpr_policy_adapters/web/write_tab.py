"""The tab *Write*: a policy in an editor, what is wrong in it as it is typed, its tests, and what it says in words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from nicegui import ui

from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.questions.editing import Draft
from alpr_policy_adapters.http import Refusal
from alpr_policy_adapters.web.desk import Desk, problem_of, told
from alpr_policy_adapters.web.editors import LEAVE, yaml_editor
from alpr_policy_adapters.web.frame import guarded, heading, tell
from alpr_policy_adapters.web.write_findings import Findings
from alpr_policy_adapters.web.write_results import Results, Words
from alpr_policy_adapters.web.write_tests import Tested, own_text, suites_of
from alpr_policy_adapters.web.write_text import (
    MOST,
    Looked,
    laid_out,
    look_at,
    marks,
    outline,
    parts_of,
    text_of,
    tooltips,
)

KEPT: Final = "write"
NEW: Final = ""
LONGEST: Final = 1_000_000
"""Characters of a draft that are kept from tab to tab."""
PAUSE: Final = 0.4
"""Seconds without a keystroke after which a text is looked at."""
PATIENCE: Final = 10.0
"""Seconds after which it is said that looking takes long; nothing else is begun meanwhile."""
STYLE: Final = """
.write-text { height: 36rem; max-height: 75vh; } .write-answers { height: 20rem; }
.d-error { text-decoration: underline wavy #c00; } .d-warning { text-decoration: underline wavy #a60; }
.d-info { text-decoration: underline dotted #06c; } .d-here { background: #fff3b0; }
.finding pre { white-space: pre; overflow-x: auto; font-size: .8rem; }
.severity-error { color: #a32020; font-weight: 600; } .severity-warning { color: #7a4a00; font-weight: 600; }
.severity-info { color: #1d4e89; font-weight: 600; }
.body--dark .severity-error { color: #ff9c9c; } .body--dark .severity-warning { color: #ffc873; }
.body--dark .severity-info { color: #9cc4f0; }
"""


@dataclass(slots=True)
class Writing:
    """The draft and what belongs to it. It stays with the visit, in memory alone."""

    text: str = ""
    answers: str = ""
    begun: str = NEW
    name: str = "new_department"
    part: str = "Findings"
    is_own: bool = False
    tested: Tested | None = None


def build(desk: Desk) -> None:
    """Draw the tab."""
    desk.caller("author")
    kept: Writing = desk.visit.kept.setdefault(KEPT, Writing())
    ui.add_css(STYLE)
    Writer(desk, kept).draw()


@dataclass(slots=True)
class Writer:
    """The editor, and the parts beside it that ask for its text."""

    desk: Desk
    kept: Writing
    looked: Looked | None = None
    seen: int = 0
    is_looking: bool = False
    is_stale: bool = False
    parts: list[Callable[[], None]] = field(default_factory=list)
    editor: Any = None
    answers: Any = None
    findings: Any = None
    jump: Any = None

    def draw(self) -> None:
        """Draw the tab."""
        ui.label(
            "Nothing is saved on the server: the draft stays in its memory while you are here, and for half an hour "
            f"after. Download it to keep it. At most {MOST:,} characters are looked at. {LEAVE}"
        ).classes("quiet")
        self._begin_row()
        with ui.element("div").classes("grid gap-6 w-full lg:grid-cols-2 grid-cols-1"):
            with ui.element("section").props('aria-label="The draft"').classes("min-w-0"):
                self._editor()
            with ui.element("section").props('aria-label="What is found in it"').classes("min-w-0"):
                self._beside()
        if self.kept.text:
            ui.timer(0, self.look, once=True)

    # Where a draft begins

    def _begin_row(self) -> None:
        known = self.desk.caller("author").departments
        choices = {NEW: "A new outline"} | {n: self.desk.point.catalog.latest(n).department for n in known}
        if self.kept.begun not in choices:
            self.kept.begun = NEW
        with ui.row().classes("w-full gap-2 items-center"):
            chosen = ui.select(choices, value=self.kept.begun, label="Begin with").props("outlined dense")
            chosen.classes("grow min-w-64").classes("m-begin-with")
            name = ui.input("Id of the new profile", value=self.kept.name).props("outlined dense maxlength=60")
            name.classes("grow min-w-64").classes("m-name").bind_visibility_from(chosen, "value", value=NEW)
            with ui.dialog() as sure, ui.card():
                ui.label("The draft that is in the editor goes.")
                with ui.row():
                    ui.button("Begin anew", on_click=lambda: sure.submit(True)).props("no-caps").classes("m-sure")
                    ui.button("Keep it", on_click=lambda: sure.submit(False)).props("flat no-caps")

            async def begin() -> None:
                if not self.kept.text.strip() or await sure:
                    await self._begin(str(chosen.value or NEW), str(name.value or "").strip())

            ui.button("Begin", on_click=told(tell)(begin)).props("no-caps").classes("m-begin")

    async def _begin(self, served: str, name: str) -> None:
        known, catalog = self.desk.caller("author").departments, self.desk.point.catalog
        if served in known:
            text = text_of(catalog, served)
            answers = await self.desk.thread(self._own_text, served)
        else:
            files = await self.desk.thread(outline, name, self.desk.service.asking.clock())
            text, answers = files.profile, files.suite
        self.kept.begun, self.kept.name = served if served in known else NEW, name
        self.kept.is_own = served in known and not answers
        self.kept.tested = None
        self.answers.set_value(answers)
        self.write(text)
        for draw in self.parts:
            draw()

    def _own_text(self, served: str) -> str:
        return own_text(suites_of(self.desk.point.catalog, served, self.desk.tools.suites))

    # The editor

    def _editor(self) -> None:
        heading("The draft", 2)
        self.editor = yaml_editor(self.kept.text, "The draft, in YAML").classes("write-text").classes("m-draft")
        self.editor.on_value_change(self._typed)
        with ui.row().classes("w-full gap-1 items-center"):
            self.jump = ui.select({}, label="Go to", with_input=True, on_change=lambda event: self.show(event.value))
            self.jump.props("outlined dense clearable").classes("grow min-w-48").classes("m-go-to")
            ui.button("Lay out", on_click=guarded(self._lay_out)).props("flat dense no-caps").classes("m-fmt")
            ui.button("Download", on_click=guarded(self._download)).props("flat dense no-caps").classes("m-save")

    def _download(self) -> None:
        self.desk.caller("author")
        profile = self.looked.draft.profile if self.looked is not None else None
        ui.download.content(self.editor.value, f"{profile.profile if profile else 'draft'}.yaml", "application/yaml")

    def _lay_out(self) -> None:
        self.desk.caller("author")
        if len(self.kept.text) > MOST:
            tell("the text is too long to be laid out here")
            return
        made = laid_out(self.kept.text, self.desk.point.catalog, self.kept.begun)
        if made.diagnostics:
            one = made.diagnostics[0]
            tell(f"left as it is: line {one.span.line}: {one.message}")
        elif made.text == self.kept.text:
            ui.notify("It is laid out as it should be.", position="top")
        else:
            self.write(made.text)

    def write(self, text: str) -> None:
        """Put another text into the editor."""
        self.editor.set_value(text)

    def show(self, line: int | None) -> None:
        """Bring a line of the editor into view, and mark it."""
        if line is None or not 1 <= line <= self.kept.text.count("\n") + 1:
            return
        self._mark(line)
        self.editor.reveal_line(line)

    def _mark(self, line: int = 0) -> None:
        found = self.looked.look.diagnostics if self.looked is not None else ()
        if self.looked is not None and self.looked.draft.source.text == self.kept.text:
            self.editor.decorations = marks(self.kept.text, found, line)
            self.editor.line_tooltips = tooltips(found)

    async def _typed(self, event: Any) -> None:
        """Keep what was typed, and look at it once nobody types any more."""
        text = str(event.value or "")
        self.kept.text = text[:LONGEST]
        self.seen += 1
        mine = self.seen
        await asyncio.sleep(PAUSE)
        if mine == self.seen:
            await self.look()

    # What is found in it

    async def look(self) -> None:
        """Look at the text as it is now; one look at a time, and again if it changed meanwhile."""
        self.is_stale = True
        if self.is_looking:
            return
        self.is_looking = True
        try:
            while self.is_stale and not self.findings.is_gone:
                self.is_stale = False
                await self._look()
        finally:
            self.is_looking = False

    async def _look(self) -> None:
        text = self.kept.text
        if not text.strip():
            self.looked = None
            self.findings.empty()
            return
        self.findings.looking()
        answer = asyncio.ensure_future(self._asked(text))
        done, _ = await asyncio.wait({answer}, timeout=PATIENCE)
        if not done:
            self.findings.waiting(PATIENCE)
        try:
            looked = await answer
        except (Refusal, PolicyError) as error:
            self.findings.refused(problem_of(error))
            return
        if text == self.kept.text and not self.editor.is_deleted:
            self.looked = looked
            self.findings.found(looked)
            self._mark()
            self.jump.set_options(parts_of(looked.draft), value=None)

    async def _asked(self, text: str) -> Looked:
        self.desk.caller("author")
        before: Draft | None = self.looked.draft if self.looked is not None else None
        return await self.desk.thread(look_at, text, self.desk.point.catalog, self.kept.begun, before)

    def _beside(self) -> None:
        kept = self.kept
        titles = ("Findings", "Tests", "In plain words")
        tabs: dict[str, Any] = {}
        self.findings = Findings(self)
        self.findings.status()
        with ui.tabs(value=kept.part).props("dense no-caps align=left outside-arrows mobile-arrows") as bar:
            for title in titles:
                tabs[title] = ui.tab(title)
        bar.on_value_change(lambda event: setattr(kept, "part", event.value))
        with ui.tab_panels(bar, value=kept.part, animated=False, keep_alive=True).classes("w-full bg-transparent"):
            with ui.tab_panel(tabs["Findings"]).classes("px-0"):
                self.findings.draw()
            with ui.tab_panel(tabs["Tests"]).classes("px-0"):
                Results(self).draw()
            with ui.tab_panel(tabs["In plain words"]).classes("px-0"):
                Words(self).draw()

    def draft(self) -> Draft:
        """Return the draft as it was last looked at; raises PolicyError where nothing was yet."""
        if self.looked is None:
            raise PolicyError(
                [Diagnostic("empty-file", "there is no draft yet: begin with a department or an outline")]
            )
        return self.looked.draft
