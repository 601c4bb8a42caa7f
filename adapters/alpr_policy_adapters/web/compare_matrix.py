"""The part *Side by side* of the tab *Compare*: the matrix of departments on a topic, a group of acts or an act."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Final

from nicegui import ui

from alpr_policy.durations import parse_moment
from alpr_policy.errors import Diagnostic, PolicyError
from alpr_policy.model.wire import plain
from alpr_policy.questions.as_of import Moment, TimeError
from alpr_policy.questions.matrix import Column, Matrix, matrix
from alpr_policy_adapters.http import Refusal
from alpr_policy_adapters.web.compare_shown import (
    for_reader,
    group_sheets,
    kept_sheet,
    lists_of,
    stance_sheet,
    stances_used,
    subjects,
)
from alpr_policy_adapters.web.desk import Desk, problem_of
from alpr_policy_adapters.web.frame import heading, said

if TYPE_CHECKING:
    from alpr_policy_adapters.web.compare_tab import Comparing

HINT: Final = "a day or an instant; empty: now"


class SideBySide:
    """What is asked, and the answer below it, anew with every change."""

    def __init__(self, desk: Desk, kept: Comparing) -> None:
        """Show what is `kept` to the visitor at `desk`."""
        self.desk, self.kept = desk, kept
        self.asked = 0

    def draw(self) -> None:
        """Draw the part."""
        kept = self.kept
        chosen_departments(self.desk, kept, self._ask)
        profiles = [self.desk.point.catalog.latest(name) for name in self.desk.caller("decide").departments]
        with ui.row().classes("w-full gap-2 items-start"):
            known = subjects(profiles)
            if kept.subject not in known:
                kept.subject = next(iter(known))
            subject = ui.select(known, value=kept.subject, label="Topic, group of acts, or act", with_input=True)
            subject.props("outlined dense").classes("grow min-w-64").classes("m-subject")
            day = ui.input("As of", value=kept.as_of).props(f'outlined dense debounce=400 hint="{HINT}"')
            day.classes("w-64").classes("m-as-of")
        readings = ui.checkbox("Show how doubtful clauses are read", value=kept.readings).classes("m-readings")
        subject.on_value_change(lambda event: self._change("subject", event.value or kept.subject))
        day.on_value_change(lambda event: self._change("as_of", str(event.value or "").strip()[:40]))
        readings.on_value_change(lambda event: self._change("readings", bool(event.value)))
        self.answer = ui.column().classes("w-full gap-2").props("aria-live=polite")
        ui.timer(0, self._ask, once=True)

    async def _change(self, name: str, value: Any) -> None:
        setattr(self.kept, name, value)
        await self._ask()

    async def _ask(self) -> None:
        """Ask for what is chosen now; an answer that comes after a later question is dropped."""
        self.asked += 1
        mine, kept = self.asked, self.kept
        try:
            caller = self.desk.caller("decide")
            names = [name for name in kept.departments if name in caller.departments]
            if not names:
                raise PolicyError([Diagnostic("usage", "choose a department")])
            as_of = time_of(kept.as_of, self.desk.service.asking.clock())
            found = await self.desk.thread(matrix, self.desk.point, kept.subject, as_of=as_of, profiles=tuple(names))
        except (Refusal, PolicyError) as error:
            told = problem_of(error)
            self._show(mine, lambda: said(told))
            return
        shown, left_out = for_reader(found, confidential="audit" in caller.scopes)
        self._show(mine, lambda: self._told(shown, left_out))

    def _show(self, mine: int, draw: Any) -> None:
        if mine != self.asked or self.answer.is_deleted:
            return
        self.answer.clear()
        with self.answer:
            draw()

    def _told(self, found: Matrix, left_out: int) -> None:
        heading(found.heading, 2)
        with ui.element("ul").classes("list-disc pl-6"):
            for column in found.columns:
                _text(column)
        if left_out:
            ui.label(f"{left_out} statements are shown to auditors alone, and left out here.").classes("quiet")
        acts = stance_sheet(found)
        if acts:
            heading("Act by act", 3)
            ui.html(acts, sanitize=False).classes("w-full").classes("m-acts")
            with ui.element("ul").classes("quiet text-sm"):
                for stance, meaning in stances_used(found):
                    with ui.element("li"):
                        ui.label(f"{stance}: {meaning}")
        kept = kept_sheet(found)
        if kept:
            heading("How long each class of data stays, and with whom", 3)
            ui.html(kept, sanitize=False).classes("w-full").classes("m-retention")
        for title, sheet in group_sheets(found, readings=self.kept.readings):
            heading(title, 3)
            ui.html(sheet, sanitize=False).classes("w-full").classes("m-statements")
        _silent(found)
        _lists(found)
        if not left_out:
            download("matrix.json", plain(found))


def _text(column: Column) -> None:
    with ui.element("li"):
        ui.label(f"{column.name}: {column.gist}").classes("inline")
        for remark in column.remarks:
            ui.label(f"; {remark}").classes("inline font-bold")


def _silent(found: Matrix) -> None:
    if found.without:
        names = ", ".join(column.name for column in found.without)
        ui.label(f"Silent, without any statement on this: {names}").classes("font-bold").classes("m-silent")


def _lists(found: Matrix) -> None:
    for column in found.columns:
        if column.lists:
            heading(f"Lists of {column.name}", 3)
            with ui.element("ul").classes("list-disc pl-6"):
                for line in lists_of(column):
                    with ui.element("li"):
                        ui.label(line)


def chosen_departments(desk: Desk, kept: Comparing, changed: Any) -> None:
    """Draw the field in which departments are chosen."""
    names = {name: desk.point.catalog.latest(name).department for name in desk.caller("decide").departments}

    async def change(event: Any) -> None:
        kept.departments = [name for name in event.value or () if name in names]
        await changed()

    field = ui.select(names, value=kept.departments, multiple=True, label="Departments", on_change=change)
    field.props("outlined dense use-chips").classes("w-full").classes("m-departments")


def time_of(text: str, now: dt.datetime) -> Moment:
    """Return the time of a question about texts, as `--as-of` reads it; now where none is given. Raises TimeError."""
    if not text:
        return now
    try:
        return parse_moment(text)
    except ValueError as error:
        raise TimeError([Diagnostic("usage", f"as of: {error}")]) from None


def download(name: str, data: Any) -> None:
    """Draw a button that hands out what the command line writes with `--json`."""

    def give() -> None:
        ui.download.content(json.dumps(data, indent=2) + "\n", name, "application/json")

    ui.button(f"Download {name}", on_click=give).props("flat dense no-caps").classes("m-download")
